"""The versions of a stored visit: who wrote each, when, and what it changed."""

import json
from dataclasses import dataclass
from datetime import date, datetime

from kangyu.apps.cases.queries import within_reach
from kangyu.apps.cases.rules import rules
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.governance.queries import display_names
from kangyu.apps.identity.models import Person
from kangyu.apps.record import queries as record
from kangyu.engines import forms
from kangyu.engines.content.kinds import Form
from kangyu.engines.forms import Change
from kangyu.kernel.errors import UserError


@dataclass(frozen=True)
class Version:
    """One version: its number, the day it speaks of, when and by whom it was written, and what it changed of the one before."""

    number: int
    on: date
    written: datetime
    by: str
    changes: list[Change]


@dataclass(frozen=True)
class Story:
    """All versions of one response, newest first."""

    person: Person
    form: Form
    response: str
    versions: list[Version]


def story(viewer: Viewer, pid: int, response: str) -> Story:
    """What became of a visit. Raises ``NotWithinReach`` for somebody else's resident, ``UserError`` when it is not this person's."""
    person = within_reach(viewer, pid)
    stored = [one for one in record.history("QuestionnaireResponse", response) if one.text and one.pid == pid]
    bodies = [json.loads(one.text) for one in stored if one.text]
    name = bodies[0].get("questionnaire", "").removeprefix("urn:kangyu:form:") if bodies else ""
    form = rules().content.forms.get(name)
    if form is None:
        raise UserError("没有找到这次随访的历史版本，请回到居民页面。")
    prepared = rules().form(form)
    audit.record("record.read", by=viewer, pids=[pid], target=f"QuestionnaireResponse/{response}/_history", purpose=form.title)
    answers = [forms.answers_of(prepared, body) for body in bodies]
    authors = record.authors("QuestionnaireResponse", response)
    names = display_names(authors.values())
    versions = []
    for place, (one, body) in enumerate(zip(stored, bodies, strict=True)):
        changes = forms.differences(prepared, answers[place + 1], answers[place]) if place + 1 < len(answers) else []
        day = date.fromisoformat(body["authored"][:10])
        if place + 1 < len(bodies) and bodies[place + 1]["authored"][:10] != day.isoformat():
            changes = [Change("on", "随访日期", bodies[place + 1]["authored"][:10], day.isoformat()), *changes]
        author = authors.get(one.vid, "")
        versions.append(Version(one.vid, day, one.updated, names.get(author, author), changes))
    return Story(person, form, response, versions)
