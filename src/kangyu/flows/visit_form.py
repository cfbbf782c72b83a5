"""A form opened for one resident: what was answered last, what is carried over, what the rules say of the answers while they are typed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from kangyu.apps.cases.queries import within_reach
from kangyu.apps.cases.rules import Rules, rules
from kangyu.apps.cases.subject_rows import Held, held
from kangyu.apps.cases.timeline import answers
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import Viewer
from kangyu.apps.identity.models import Person
from kangyu.apps.record import queries as record
from kangyu.engines import forms
from kangyu.engines.cases import Assessment, PreparedProgramme, assess
from kangyu.engines.content.kinds import Form
from kangyu.engines.forms import PreparedForm, Result
from kangyu.engines.language.subject import Subject
from kangyu.flows import dose_rows
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission

RECENT = 6


@dataclass(frozen=True)
class Last:
    """What was answered last to one question."""

    value: Any
    on: date


@dataclass(frozen=True)
class Visit:
    """A form opened for one person on one day. ``corrects`` is the stored response being corrected, with its version."""

    person: Person
    held: Held
    rules: Rules
    programme: PreparedProgramme | None
    programme_key: str
    prepared: PreparedForm
    on: date
    today: date
    values: dict[str, Any] = field(default_factory=dict)
    carried: frozenset[str] = frozenset()
    last: dict[str, Last] = field(default_factory=dict)
    recent: list[Mapping[str, Any]] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    corrects: str = ""
    version: int = 0

    @property
    def form(self) -> Form:
        return self.prepared.form

    def subject(self, **visit: Any) -> Subject:
        """The person on the day of the visit, with the visit before it."""
        return self.held.subject(self.on, previous=self.recent[-1] if self.recent else None, row_id=self.corrects or None, **visit)

    def seen(self, answers: Mapping[str, Any]) -> Subject:
        """The person with these answers, the rows of repeating tables among their tables."""
        return self.prepared.seen(self.subject(), answers)


@dataclass(frozen=True)
class Judged:
    """What stands beside the form: the findings, what the rules say, and how the year stands with this visit."""

    visit: Visit
    answers: Mapping[str, Any]
    reasons: Mapping[str, str]
    result: Result
    assessment: Assessment | None

    @property
    def ok(self) -> bool:
        return self.result.ok


def open_form(
    viewer: Viewer, pid: int, programme: str, form: str = "", *, on: date | None = None, corrects: str = "", person: Person | None = None
) -> Visit:
    """The form for one resident: previous answers, what is carried over, the last visits. ``corrects`` opens a stored visit instead.

    ``person`` is the resident where the caller has already made sure that they are within the viewer's reach.
    Raises ``NotWithinReach`` for somebody else's resident, ``UserError`` for a form that is not declared or a day that cannot be.
    """
    viewer.require(Permission.VISIT_CORRECT if corrects else Permission.VISIT_RECORD)
    visit = opened(viewer, pid, programme, form, on=on, corrects=corrects, person=person)
    return visit if corrects else _with_doses(_carried(visit), viewer)


def opened(
    viewer: Viewer, pid: int, programme: str, form: str = "", *, on: date | None = None, corrects: str = "", person: Person | None = None
) -> Visit:
    """The form with what came before it, for whoever may see the resident."""
    person = person or within_reach(viewer, pid)
    today, body, version = clock.today(), *(_stored_response(pid, corrects) if corrects else ({}, 0))
    day = on or (date.fromisoformat(body["authored"][:10]) if body else today)
    declared = _in_force(day, programme)
    named = form_named(programme, form, declared)
    owner = declared.owners[named.name]
    own = declared.programmes.get(owner)
    visit = Visit(
        person=person,
        held=held(declared, [pid], form=named.name)[0],
        rules=declared,
        programme=own if own and own.form and own.form.name == named.name else None,
        programme_key=owner,
        prepared=declared.form(named),
        on=day,
        today=today,
    )
    visit = _stored(visit, corrects, body, version) if corrects else visit
    _possible_day(visit)
    rows = _before(visit)
    return replace(visit, recent=rows[-RECENT:], last=_last_answers(visit, rows))


def _in_force(day: date, programme: str) -> Rules:
    """The rules of the visit's day: last year's visit keeps last year's rule. A day before the programme's first rules has today's."""
    then = rules(day)
    return then if programme in then.content.programmes else rules()


def form_named(programme: str, form: str = "", declared: Rules | None = None) -> Form:
    """The form of a programme that is filled in for a resident, without looking at anybody. ``UserError`` when it is not declared."""
    content = (declared or rules()).content
    found = content.programmes.get(programme)
    named = content.form_of(programme, form or (found.derive_on if found else None) or "follow_up") if found else None
    if named is None or named.about != "person":
        raise UserError(f"没有“{programme}”项目的“{form or 'follow_up'}”表单，请从今日待办或居民页面打开。")
    return named


def _possible_day(visit: Visit) -> None:
    if visit.on > visit.today:
        raise UserError(f"随访日期 {visit.on} 在今天（{visit.today}）之后，还没有发生的随访不能录。")
    born, died = visit.person.birth_date, visit.person.deceased_on
    if (born and visit.on < born) or (died and visit.on > died):
        raise UserError(f"随访日期 {visit.on} 不在本人的生卒日期之内，请核对日期和人。")


def _stored_response(pid: int, response: str) -> tuple[Mapping[str, Any], int]:
    """A stored visit of this person and its version."""
    found = record.current("QuestionnaireResponse", response)
    if found is None or found.pid != pid or found.text is None:
        raise UserError("没有找到这次随访，可能已经删除。请回到居民页面重新打开。")
    return json.loads(found.text), found.vid


def _stored(visit: Visit, response: str, body: Mapping[str, Any], version: int) -> Visit:
    """The visit as it was stored; what it yielded is taken out of the person's rows, so that it is not compared with itself."""
    if body.get("questionnaire") != forms.canonical(visit.form.name):
        raise UserError("这次随访不是这张表单，请回到居民页面重新打开。")
    tables = {name: [row for row in rows if not str(row["id"]).startswith(f"{response}-")] for name, rows in visit.held.tables.items()}
    return replace(
        visit,
        held=replace(visit.held, tables=tables),
        corrects=response,
        version=version,
        values=forms.answers_of(visit.prepared, dict(body)),
        reasons={key.removeprefix("reason."): value for key, value in answers(dict(body)).items() if key.startswith("reason.")},
    )


def _before(visit: Visit) -> list[Mapping[str, Any]]:
    """The rows of this form before this visit, in order."""
    own = (visit.on, visit.corrects or "\uffff")
    rows = [row for row in visit.held.tables.get(visit.form.name, ()) if (row["on"], str(row["id"])) < own]
    return sorted(rows, key=lambda row: (row["on"], str(row["id"])))


def _last_answers(visit: Visit, rows: list[Mapping[str, Any]]) -> dict[str, Last]:
    """For each question the newest answer; for a measurement the newest wherever it was taken."""
    found: dict[str, Last] = {}
    for key, asked in visit.form.fields.items():
        if asked.from_last == "no":
            continue
        own = [Last(row[key], row["on"]) for row in rows if row.get(key) is not None]
        measured = _measured(visit, asked.becomes)
        newest = max([*own[-1:], *measured[-1:]], key=lambda last: last.on, default=None)
        if newest is not None:
            found[key] = newest
    return found


def _measured(visit: Visit, becomes: str | None) -> list[Last]:
    """What was measured of this kind before the visit, in order of time."""
    table, _, part = (becomes or "").partition(".")
    rows = visit.held.tables.get(table, ())
    before = [row for row in rows if row["on"] <= visit.on and row.get(part or "value") is not None]
    return [Last(row[part or "value"], row["on"]) for row in sorted(before, key=lambda row: (row["on"], str(row["id"])))]


def _carried(visit: Visit) -> Visit:
    """Fill in what stays (``from_last: fill``), and what was measured on the very day in another form."""
    values: dict[str, Any] = {}
    for key, last in visit.last.items():
        asked = visit.form.fields[key]
        if asked.from_last == "fill" or (asked.becomes and last.on == visit.on):
            values[key] = last.value
    return replace(visit, values=values, carried=frozenset(values))


def _with_doses(visit: Visit, viewer: Viewer) -> Visit:
    """On a form that gives doses by a schedule, the rows of those due, with their lots."""
    schedule = dose_rows.schedule_of(visit)
    made = next((made.immunization for made in visit.form.makes if made.immunization), None)
    if schedule is None or made is None:
        return visit
    return replace(visit, values={**visit.values, made.rows: dose_rows.filled(visit, schedule, viewer.org or visit.person.org)})


def judge(visit: Visit, given: Mapping[str, Any], reasons: Mapping[str, str] | None = None) -> Judged:
    """What the rules say of the answers as they stand, half-filled or whole. What cannot be true is not given to the rules."""
    result = forms.check_answers(visit.prepared, given, subject=visit.subject(), reasons=reasons)
    result = replace(result, findings=(*result.findings, *dose_rows.findings(visit, result.cleaned)))
    wrong = {key for one in result.hard for key in one.fields}
    known = {key: None if key in wrong else value for key, value in result.cleaned.items()}
    answered = any(value is not None for value in known.values())
    assessment = assess(visit.programme, visit.seen(known)) if visit.programme and answered else None
    return Judged(visit, given, dict(reasons or {}), result, assessment)
