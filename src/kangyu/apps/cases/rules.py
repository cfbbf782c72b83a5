"""The declared programmes and forms, compiled once for the content in force and kept until it changes."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from kangyu.engines import forms
from kangyu.engines.cases import PreparedProgramme
from kangyu.engines.cases import prepare as prepare_programme
from kangyu.engines.content import Content
from kangyu.engines.content.kinds import Form
from kangyu.engines.forms import PreparedForm
from kangyu.engines.language.subject import Subject
from kangyu.gateways import content

_lock = threading.Lock()
_held: "Rules | None" = None


@dataclass
class Rules:
    """Everything compiled from one loaded content. Forms are compiled when first opened, programmes together."""

    content: Content
    _forms: dict[str, PreparedForm] = field(default_factory=dict)

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
    def tables(self) -> frozenset[str]:
        """The event tables that some rule about a person, some due item or some visit reads."""
        read = {table for prepared in self.programmes.values() for typed in prepared.typed.values() for table in typed.columns}
        read |= {form.name for prepared in self.programmes.values() for form in prepared.forms.values()}
        read |= {prepared.form.name for prepared in self.programmes.values() if prepared.form}
        return frozenset(read | {"residents", "episodes", "conditions"})

    def form(self, form: Form) -> PreparedForm:
        """One form made ready."""
        if form.name not in self._forms:
            self._forms[form.name] = forms.prepare(self.content, form)
        return self._forms[form.name]


def rules() -> Rules:
    """The rules of the content in force."""
    global _held
    current = content.current()
    held = _held
    if held is not None and held.content is current:
        return held
    with _lock:
        if _held is None or _held.content is not current:
            _held = Rules(current)
        return _held


GOAL = (140.0, 90.0)


def goal_of(born: date | None, on: date) -> tuple[float, float]:
    """The blood pressure to stay below (systolic, diastolic, mmHg), as the hypertension programme derives it for this age."""
    prepared = rules().programmes.get("hypertension")
    if prepared is None or born is None:
        return GOAL
    values = prepared.visit(Subject(fields={"birth_date": born}, tables={}, today=on))
    return (values.get("goal_systolic") or GOAL[0], values.get("goal_diastolic") or GOAL[1])
