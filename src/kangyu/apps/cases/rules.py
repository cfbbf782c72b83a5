"""The declared programmes and forms, compiled once for the content in force and kept until it changes."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import cast

from kangyu.apps.cases.timeline import key_figures
from kangyu.apps.governance import clock
from kangyu.engines import forms
from kangyu.engines.cases import PreparedProgramme
from kangyu.engines.cases import prepare as prepare_programme
from kangyu.engines.cases.missing import PreparedMissing, prepare_missing
from kangyu.engines.cases.procedure import PreparedProcedure, prepare_procedure
from kangyu.engines.content import Content
from kangyu.engines.content.kinds import Form
from kangyu.engines.forms import PreparedForm
from kangyu.engines.language.subject import Subject
from kangyu.gateways import content
from kangyu.kernel.errors import UserError


@dataclass
class Rules:
    """Everything compiled from one loaded content. Forms are compiled when first opened, programmes together."""

    content: Content
    _forms: dict[str, PreparedForm] = field(default_factory=dict)
    _procedures: dict[str, PreparedProcedure] = field(default_factory=dict)

    @cached_property
    def programmes(self) -> Mapping[str, PreparedProgramme]:
        """Every programme by key."""
        return {key: prepare_programme(self.content, programme) for key, programme in self.content.programmes.items()}

    @cached_property
    def owners(self) -> Mapping[str, str]:
        """Which programme derives and acts on a form: form name → programme key; the others' own forms go to the folder they lie in."""
        owned = {prepared.form.name: key for key, prepared in self.programmes.items() if prepared.form}
        for name in self.content.forms:
            folder = next((key for key in self.content.programmes if name.startswith(f"{key}_")), "")
            owned.setdefault(name, folder)
        return owned

    @cached_property
    def discreet(self) -> list[str]:
        """Programmes whose members' names a list does not show: opening the record shows them, and leaves its mark in the audit trail."""
        return [key for key, programme in self.content.programmes.items() if programme.discreet]

    def worked_by(self, role: str) -> list[str]:
        """The programmes in a role's lists: those that name it, else, for roles no programme names, those that name nobody."""
        named = {one for programme in self.content.programmes.values() for one in programme.by}
        return [key for key, one in self.content.programmes.items() if (role in one.by if role in named else not one.by)]

    @cached_property
    def columns(self) -> Mapping[str, frozenset[str] | None]:
        """The event tables that some programme reads, and of the forms' tables the columns it reads."""
        read: dict[str, set[str]] = {"residents": set(), "episodes": set(), "conditions": set()}
        for prepared in self.programmes.values():
            own_rows = prepared.form.tables.keys() if prepared.form else ()
            for typed in prepared.typed.values():
                for table, names in typed.columns.items():
                    if table not in own_rows:
                        read.setdefault(table, set()).update(names)
            if prepared.form:
                own = read.setdefault(prepared.form.name, {"next_visit"})
                own |= {name for typed in prepared.typed.values() for name in (*typed.fields, *typed.previous)}
                own |= set(key_figures(prepared.form)) | {"outcome"} | set(prepared.programme.tags)
            for schedule in prepared.schedules.values():
                read.setdefault("immunizations", set()).update(("vaccine", "dose"))
                if schedule.asks:
                    asks = schedule.asks
                    asked = (asks.states, asks.allergic_to, asks.immunoglobulin_on, asks.deferred_until)
                    read.setdefault(asks.form, set()).update(name for name in asked if name)
            for due in prepared.programme.due.values():
                anchor, _, column = (due.from_ or "").rpartition(".")
                if anchor in prepared.anchors:
                    read.setdefault(prepared.anchors[anchor], set()).add(column)
            for form in prepared.forms.values():
                counted = self.form(form).typed.get("visit")
                read.setdefault(form.name, set()).update(counted.fields if counted else ())
        return {table: frozenset(names) for table, names in read.items()}

    @cached_property
    def belonging(self) -> Mapping[str, frozenset[str] | None]:
        """The part of ``columns`` that decides who has to do with any programme at all."""
        read = {"residents", "episodes"} | {table for one in self.programmes.values() for table in one.typed["belongs"].columns}
        return {table: self.columns[table] for table in read}

    def columns_of(self, form: str) -> Mapping[str, frozenset[str] | None]:
        """What opening a form needs besides: all its own answers, what its conditions read, what its measurements were before."""
        prepared = self.form(self.content.forms[form])
        read: dict[str, frozenset[str] | None] = {}
        for typed in prepared.typed.values():
            for table in typed.columns.keys() - prepared.form.tables.keys():
                read[table] = None
        for asked in prepared.form.fields.values():
            if asked.becomes and (table := asked.becomes.partition(".")[0]) in self.content.views:
                read[table] = None
        return {**read, form: None}

    def form(self, form: Form) -> PreparedForm:
        """One form made ready."""
        if form.name not in self._forms:
            self._forms[form.name] = forms.prepare(self.content, form)
        return self._forms[form.name]

    def procedure(self, key: str) -> PreparedProcedure:
        """One procedure made ready. Raises ``UserError`` for one that is not declared."""
        if key not in self._procedures:
            declared = self.content.procedures.get(key)
            if declared is None:
                raise UserError(f"没有名为“{key}”的流程，它的声明可能已经改名或删去。请联系管理员。")
            self._procedures[key] = prepare_procedure(self.content, declared)
        return self._procedures[key]


def missing_rules(declared: Rules) -> list[PreparedMissing]:
    """What every procedure says ought to be a case, made ready; worked out once for the content."""
    content, known = declared.content, declared.content.worked_out
    if "missing" not in known:
        known["missing"] = [one for procedure in content.procedures.values() for one in prepare_missing(content, procedure)]
    return cast("list[PreparedMissing]", known["missing"])


@dataclass
class _Stretches:
    """The content in force, and the rules of each stretch between two of its ``turns``."""

    content: Content
    rules: dict[int, Rules] = field(default_factory=dict)


_stretches = content.kept(_Stretches)


def rules(on: date | None = None) -> Rules:
    """The rules in force on a day (today, if none is given) of the content as it is now: last year's visit keeps last year's rule."""
    day = on or clock.today()
    stretches = _stretches()
    key = bisect_right(stretches.content.turns, day)
    if key not in stretches.rules:
        stretches.rules.setdefault(key, Rules(stretches.content.on(day)))
    return stretches.rules[key]


GOAL = (140.0, 90.0)


def goal_of(born: date | None, on: date) -> tuple[float, float]:
    """The blood pressure to stay below (systolic, diastolic, mmHg), as the hypertension programme derives it for this age."""
    prepared = rules().programmes.get("hypertension")
    if prepared is None or born is None:
        return GOAL
    values = prepared.visit(Subject(fields={"birth_date": born}, tables={}, today=on))
    return (values.get("goal_systolic") or GOAL[0], values.get("goal_diastolic") or GOAL[1])
