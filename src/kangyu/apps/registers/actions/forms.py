"""Stores a form about a thing: its answers, what is derived from them and what they yield, together or not at all."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import connection, transaction

from kangyu.apps.governance import clock, deployment
from kangyu.apps.governance.access import SYSTEM, Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.record import queries as record
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.apps.registers import access, declared, rows
from kangyu.apps.registers.actions.things import IDS, SYNTHETIC_TAG, WARRANT
from kangyu.apps.registers.models import Thing
from kangyu.engines import forms
from kangyu.engines.cases import Judgement
from kangyu.engines.cases import judge as judge_rules
from kangyu.engines.forms import PreparedForm, Result
from kangyu.engines.registers import Facts, PreparedRegister, facts_of, subject_of
from kangyu.gateways import content
from kangyu.kernel.errors import DeniedError, Problem, ProblemsError, UserError
from kangyu.kernel.permission import Permission


@dataclass(frozen=True)
class Opened:
    """A form opened for one thing on one day; ``previous`` is the row before it."""

    thing: Thing
    ready: PreparedRegister
    facts: Facts
    prepared: PreparedForm
    on: date
    tables: Mapping[str, Any]
    previous: Mapping[str, Any] | None


@dataclass(frozen=True)
class Judged:
    """What stands beside the form: findings, what the register's rules say where this is their form, what a case opened takes along."""

    opened: Opened
    answers: Mapping[str, Any]
    result: Result
    judgement: Judgement | None
    carried: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.result.ok


@dataclass(frozen=True)
class Saved:
    """A stored form; ``again`` when the same key had stored it before."""

    response: str
    judged: Judged | None
    again: bool = False


class FormRefused(ProblemsError):
    """The answers cannot be stored as they are; ``judged`` holds what stands beside each field."""

    def __init__(self, judged: Judged):
        self.judged = judged
        form = judged.opened.prepared
        pending = (*judged.result.hard, *judged.result.unexplained)
        super().__init__([Problem(form.form.title, form.title(one.fields[0]), one.message) for one in pending])


def may_fill(viewer: Viewer, register: str, org: str = "") -> bool:
    """Whether forms about things of a register are this viewer's work: the keepers', and whose it is declared to be besides."""
    found = declared.registers()[register]
    actors = (*found.kept_by, *found.filled_by)
    return viewer is SYSTEM or (viewer.may(Permission.REGISTER_KEEP) and access.is_one_of(viewer, actors, org))


def open_form(viewer: Viewer, thing: str, form: str, *, on: date | None = None) -> Opened:
    """A form for one thing within reach, on a day not after today."""
    found = access.find(viewer, thing)
    ready = declared.prepared(found.register)
    named = content.current().form_of(found.register, form)
    if named is None or named.about != found.register:
        raise UserError(f"{ready.register.title}没有“{form}”这张表单，请从页面上的按钮打开。")
    today = clock.today()
    if on is not None and on > today:
        raise UserError(f"日期 {on} 在今天（{today}）之后，还没有发生的不能录。")
    stored = record.current(ready.register.is_, thing)
    if stored is None or stored.text is None:
        raise UserError("这一件的记录已经删除，请回到登记册列表。")
    prepared = forms.prepare(content.current(), named)
    tables = rows.read(found.register, [thing], ready.tables | {named.name})[thing]
    day = on or today
    before = [row for row in tables.get(named.name, ()) if row["on"] and row["on"] < day]
    facts = facts_of(ready.register, json.loads(stored.text))
    return Opened(found, ready, facts, prepared, day, tables, before[-1] if before else None)


def judge(opened: Opened, answers: Mapping[str, Any], reasons: Mapping[str, str] | None = None) -> Judged:
    """What is said of the answers as they stand; what cannot be true is not given to the rules."""
    subject = subject_of(opened.ready, opened.facts, opened.tables, opened.on)
    subject = replace(subject, previous=opened.previous)
    result = forms.check_answers(opened.prepared, answers, subject=subject, reasons=reasons)
    wrong = {key for one in result.hard for key in one.fields}
    known = {key: None if key in wrong else value for key, value in result.cleaned.items()}
    ruled = opened.ready.rules.form is not None and opened.prepared.form.name == opened.ready.rules.form.name
    said = None
    if ruled and any(value is not None for value in known.values()):
        said = judge_rules(opened.ready.rules, replace(subject, form=known))
    taken = opened.ready.rules.visit(replace(subject, form=known)) if said and said.firings else {}
    return Judged(opened, answers, result, said, {key: value for key, value in taken.items() if key.startswith("carry.")})


def save(
    viewer: Viewer, thing: str, form: str, answers: Mapping[str, Any], *, key: str, on: date | None = None,
    reasons: Mapping[str, str] | None = None, case: str = "",
) -> Saved:  # fmt: skip
    """Store one form about a thing. ``key`` makes it idempotent; ``case`` is the Task it belongs to.

    Raises ``FormRefused`` with everything to mend, ``DeniedError``, ``UserError``.
    """
    response = str(uuid.uuid5(IDS, f"{thing}/{form}/{key}"))
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [response])
        opened = open_form(viewer, thing, form, on=on)
        if not may_fill(viewer, opened.thing.register, opened.thing.org):
            raise DeniedError("这张表单不由您的角色填写。如工作需要，请联系管理员调整角色。")
        if record.current("QuestionnaireResponse", response) is not None:
            return Saved(response, None, again=True)
        judged = judge(opened, answers, reasons)
        if not judged.ok:
            raise FormRefused(judged)
        body = _response(viewer, judged, response, case)
        made = forms.extract(opened.prepared, body)
        write(
            [Draft("create", one["resourceType"], one["id"], one) for one in (body, *made)],
            by=viewer,
            warrant=WARRANT,
            purpose=opened.prepared.form.title,
        )
        audit.record("thing.form", by=viewer, target=f"{opened.thing.register}/{thing}", purpose=opened.prepared.form.title)
    return Saved(response, judged)


def _response(viewer: Viewer, judged: Judged, id: str, case: str) -> dict[str, Any]:
    opened, said = judged.opened, judged.judgement
    body = forms.response(
        opened.prepared,
        judged.result.cleaned,
        id=id,
        subject=f"{opened.ready.register.is_}/{opened.thing.id}",
        author=f"PractitionerRole/{viewer.practitioner_role}" if viewer.practitioner_role else "",
        institution=f"Organization/{org}" if (org := opened.thing.org or viewer.org) else "",
        on=opened.on,
        derived={key: one.value for key, one in said.derived.items()} if said else {},
        reasons={one.key: one.reason for one in judged.result.soft if one.reason},
        case=case,
    )
    if deployment.fact("synthetic") == "yes":
        body["meta"] = {"tag": [SYNTHETIC_TAG]}
    return body
