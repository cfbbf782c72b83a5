"""A visit from opening the form to the record: what was last time, what the rules say while typing, and one save that holds or does not."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import connection, transaction

from kangyu.apps.cases.queries import within_reach
from kangyu.apps.cases.rules import Rules, rules
from kangyu.apps.cases.subject_rows import Held, held
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.identity.models import Person
from kangyu.apps.record import queries as record
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.errors import ConflictError
from kangyu.apps.record.pipeline import Draft
from kangyu.engines import forms
from kangyu.engines.cases import Assessment, Expected, PreparedProgramme, assess, due_items
from kangyu.engines.content.kinds import Form
from kangyu.engines.forms import PreparedForm, Result
from kangyu.engines.language.subject import Subject
from kangyu.kernel.errors import Problem, ProblemsError, UserError
from kangyu.kernel.permission import Permission

PURPOSE = "随访"
IDS = uuid.UUID("5a0d5f0c-2f7e-4b7c-9c55-0f3c1d1c7e11")
SYNTHETIC_TAG = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
RECENT = 6


class NotAcceptable(ProblemsError):
    """The answers cannot be stored as they are; ``judged`` holds what the form shows beside each field."""

    def __init__(self, judged: "Judged"):
        self.judged = judged
        form = judged.visit.prepared.form
        pending = (*judged.result.hard, *judged.result.unexplained)
        problems = [Problem(form.title, "、".join(form.fields[k].title for k in one.fields if k in form.fields), one.message) for one in pending]
        super().__init__(problems or judged.faults)


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
    corrects: str = ""
    version: int = 0

    @property
    def form(self) -> Form:
        return self.prepared.form

    def subject(self, **visit: Any) -> Subject:
        """The person on the day of the visit, with the visit before it."""
        return self.held.subject(self.on, previous=self.recent[-1] if self.recent else None, row_id=self.corrects or None, **visit)


@dataclass(frozen=True)
class Judged:
    """What stands beside the form: the findings, what the rules say, and how the year stands with this visit."""

    visit: Visit
    answers: Mapping[str, Any]
    reasons: Mapping[str, str]
    result: Result
    assessment: Assessment | None
    faults: list[Problem] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return self.result.ok and not self.faults


def open_form(viewer: Viewer, pid: int, programme: str, form: str = "", *, on: date | None = None, corrects: str = "") -> Visit:
    """The form for one resident: previous answers, what is carried over, the last visits.

    Raises ``NotWithinReach`` for somebody else's resident, ``UserError`` for a form that is not declared or a day that cannot be.
    """
    viewer.require(Permission.VISIT_CORRECT if corrects else Permission.VISIT_RECORD)
    person = within_reach(viewer, pid)
    declared = rules()
    named = _form(declared, programme, form)
    today = clock.today()
    people = held(declared, [pid])
    owner = declared.owners[named.name]
    own = declared.programmes.get(owner)
    visit = Visit(
        person=person,
        held=people[0],
        rules=declared,
        programme=own if own and own.form and own.form.name == named.name else None,
        programme_key=owner,
        prepared=declared.form(named),
        on=on or today,
        today=today,
    )
    _possible_day(visit)
    visit = _corrected(visit, corrects) if corrects else visit
    rows = _before(visit)
    visit = replace(visit, recent=rows[-RECENT:], last=_last_answers(visit, rows))
    return visit if corrects else _carried(visit)


def _form(declared: Rules, programme: str, form: str) -> Form:
    found = declared.content.programmes.get(programme)
    named = declared.content.form_of(programme, form or (found.derive_on if found else None) or "follow_up") if found else None
    if named is None or named.about != "person":
        raise UserError(f"没有“{programme}”项目的“{form or 'follow_up'}”表单，请从今日待办或居民页面打开。")
    return named


def _possible_day(visit: Visit) -> None:
    if visit.on > visit.today:
        raise UserError(f"随访日期 {visit.on} 在今天（{visit.today}）之后，还没有发生的随访不能录。")
    born, died = visit.person.birth_date, visit.person.deceased_on
    if born and visit.on < born or died and visit.on > died:
        raise UserError(f"随访日期 {visit.on} 不在本人的生卒日期之内，请核对日期和人。")


def _corrected(visit: Visit, corrects: str) -> Visit:
    stored = record.current("QuestionnaireResponse", corrects)
    if stored is None or stored.pid != visit.person.pid:
        raise UserError("没有找到要更正的这次随访，可能已经删除。请回到居民页面重新打开。")
    import json

    body = json.loads(stored.text or "{}")
    if body.get("questionnaire") != forms.canonical(visit.form.name):
        raise UserError("要更正的不是这张表单，请回到居民页面重新打开。")
    on = date.fromisoformat(body["authored"][:10])
    return replace(visit, on=on, corrects=corrects, version=stored.vid, values=forms.answers_of(visit.prepared, body))


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
    if visit.corrects:
        before = [row for row in before if row["on"] < visit.on]
    return [Last(row[part or "value"], row["on"]) for row in sorted(before, key=lambda row: (row["on"], str(row["id"])))]


def _carried(visit: Visit) -> Visit:
    """Fill in what stays (``from_last: fill``), and what was measured on the very day in another form."""
    values: dict[str, Any] = {}
    for key, last in visit.last.items():
        asked = visit.form.fields[key]
        if asked.from_last == "fill" or (asked.becomes and last.on == visit.on):
            values[key] = last.value
    return replace(visit, values=values, carried=frozenset(values))


def judge(visit: Visit, answers: Mapping[str, Any], reasons: Mapping[str, str] | None = None) -> Judged:
    """What the rules say of the answers as they stand, half-filled or whole. What cannot be true is not given to the rules."""
    result = forms.check_answers(visit.prepared, answers, subject=visit.subject(), reasons=reasons)
    wrong = {key for one in result.hard for key in one.fields}
    known = {key: None if key in wrong else value for key, value in result.cleaned.items()}
    assessment = assess(visit.programme, visit.subject(form=known)) if visit.programme and any(v is not None for v in known.values()) else None
    return Judged(visit, answers, dict(reasons or {}), result, assessment)


@dataclass(frozen=True)
class Saved:
    """A stored visit; ``again`` when the same key had stored it before."""

    response: str
    version: int
    again: bool = False


def save(
    viewer: Viewer, pid: int, programme: str, form: str, answers: Mapping[str, Any], *, key: str,
    on: date | None = None, reasons: Mapping[str, str] | None = None, corrects: str = "", version: int = 0,
) -> Saved:  # fmt: skip
    """Store one visit: the answers, what they yield, the projections and the audit row together, or nothing.

    ``key`` makes the save idempotent: the same key stores once. ``corrects`` makes a new version of that response; ``version`` is the one
    the writer saw. Raises ``NotAcceptable`` (with everything to mend), ``ConflictError``, ``NotWithinReach``, ``DeniedError``.
    """
    response = corrects or str(uuid.uuid5(IDS, f"{pid}/{programme}/{form}/{key}"))
    with transaction.atomic():
        _one_at_a_time(response)
        if not corrects and (stored := record.current("QuestionnaireResponse", response)) is not None:
            within_reach(viewer, pid)
            return Saved(response, stored.vid, again=True)
        visit = open_form(viewer, pid, programme, form, on=on, corrects=corrects)
        visit = replace(visit, on=on or visit.on)
        _possible_day(visit)
        if corrects and version and version != visit.version:
            raise ConflictError("这次随访在您打开之后被别人更正过。请重新打开，核对后再改。")
        judged = judge(visit, answers, reasons)
        if not judged.ok:
            raise NotAcceptable(judged)
        body = _response(viewer, visit, judged, response)
        drafts = write(_drafts(visit, body), by=viewer, purpose=PURPOSE)
        action = "visit.correct" if corrects else "visit.record"
        audit.record(action, by=viewer, pids=[pid], target=f"QuestionnaireResponse/{response}", purpose=visit.form.title)
    return Saved(response, drafts[0].vid)


def _one_at_a_time(response: str) -> None:
    """Two saves of one visit wait for each other, so that the second sees what the first stored."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [response])


def _response(viewer: Viewer, visit: Visit, judged: Judged, id: str) -> dict[str, Any]:
    said = judged.assessment.judgement if judged.assessment else None
    derived = {key: one.value for key, one in said.derived.items()} if said else {}
    body = forms.response(
        visit.prepared,
        judged.result.cleaned,
        id=id,
        subject=f"Patient/{visit.person.patient_id}",
        author=f"PractitionerRole/{viewer.practitioner_role}" if viewer.practitioner_role else "",
        institution=f"Organization/{viewer.org or visit.person.org}",
        on=visit.on,
        derived=derived,
        reasons={one.key: one.reason for one in judged.result.soft if one.reason},
    )
    if not viewer.practitioner_role:
        body.pop("author", None)
    if visit.person.synthetic:
        body["meta"] = {**body.get("meta", {}), "tag": [SYNTHETIC_TAG]}
    return body


def _drafts(visit: Visit, body: dict[str, Any]) -> list[Draft]:
    """The response, what it yields, and the removal of what it yielded before but no longer does."""
    method = "update" if visit.corrects else "create"
    yielded = forms.extract(visit.prepared, body)
    drafts = [Draft(method, body["resourceType"], body["id"], body, visit.version if visit.corrects else None)]
    drafts += [Draft("update" if visit.corrects else "create", made["resourceType"], made["id"], made) for made in yielded]
    if visit.corrects:
        import json

        before = record.current("QuestionnaireResponse", visit.corrects)
        kept = {made["id"] for made in yielded}
        gone = [made for made in forms.extract(visit.prepared, json.loads(before.text)) if made["id"] not in kept] if before else []
        drafts += [
            Draft("delete", made["resourceType"], made["id"], {}) for made in gone if record.current(made["resourceType"], made["id"])
        ]
    return drafts


@dataclass(frozen=True)
class Outcome:
    """What a stored visit came to and what follows from it."""

    visit: Visit
    judged: Judged
    expected: Expected | None
    response: str
    version: int


def outcome(viewer: Viewer, pid: int, programme: str, response: str) -> Outcome:
    """A stored visit as the page after saving tells it. Raises ``UserError`` when it is not this person's."""
    stored = record.current("QuestionnaireResponse", response)
    import json

    body = json.loads(stored.text) if stored and stored.text else {}
    name = body.get("questionnaire", "").removeprefix("urn:kangyu:form:")
    if not body or stored is None or stored.pid != pid or name not in rules().content.forms:
        raise UserError("没有找到这次随访，请回到居民页面。")
    owner = rules().owners[name]
    visit = open_form(viewer, pid, owner, name.removeprefix(f"{owner}_"), on=date.fromisoformat(body["authored"][:10]))
    visit = replace(visit, corrects=response, version=stored.vid, values=forms.answers_of(visit.prepared, body))
    rows = _before(visit)
    visit = replace(visit, recent=rows[-RECENT:])
    given = {item["linkId"].removeprefix("reason."): item["answer"][0]["valueString"] for item in body.get("item", ()) if item["linkId"].startswith("reason.")}
    expected = due_items(visit.programme, visit.held.subject(visit.today)) if visit.programme else None
    return Outcome(visit, judge(visit, visit.values, given), expected, response, stored.vid)
