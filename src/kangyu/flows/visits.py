"""One save of a visit that holds or does not: the answers, what they yield, the projections and the audit row; and what follows from it."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from kangyu.apps.cases.queries import within_reach
from kangyu.apps.cases.rules import rules
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.record import queries as record
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.errors import ConflictError
from kangyu.apps.record.pipeline import Draft
from kangyu.engines import forms
from kangyu.engines.cases import Expected, due_items
from kangyu.engines.forms.sharing import shared_questions
from kangyu.flows import dose_rows, episode_work
from kangyu.flows.visit_form import Judged, Visit, form_named, judge, open_form, opened
from kangyu.kernel.errors import Problem, ProblemsError, UserError

__all__ = [
    "Judged",
    "NotAcceptable",
    "Outcome",
    "Saved",
    "Visit",
    "form_named",
    "judge",
    "open_form",
    "outcome",
    "save",
    "stored_answers",
    "together_with",
]

PURPOSE = "随访"
Yields = Callable[[forms.PreparedForm, dict[str, Any]], list[dict[str, Any]]]
IDS = uuid.UUID("5a0d5f0c-2f7e-4b7c-9c55-0f3c1d1c7e11")
SYNTHETIC_TAG = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}


TOGETHER = "urn:kangyu:ext:visit"
"""On the responses of one combined visit: the key under which they were first sent, the same in all of them and kept by corrections."""
BESIDE = """
SELECT id, body->>'questionnaire' FROM resource WHERE rtype = 'QuestionnaireResponse' AND pid = %s AND body @> %s::jsonb ORDER BY id
"""


class NotAcceptable(ProblemsError):
    """The answers cannot be stored as they are; ``judged`` holds what the form shows beside each field."""

    def __init__(self, judged: Judged):
        self.judged = judged
        form = judged.visit.form
        pending = (*judged.result.hard, *judged.result.unexplained)
        super().__init__([Problem(form.title, _titles(form, one.fields), one.message) for one in pending])


def _titles(form: Any, keys: tuple[str, ...]) -> str:
    return "、".join(form.fields[key].title for key in keys if key in form.fields)


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
    person = within_reach(viewer, pid)  # before the transaction: a refused attempt stays in the audit trail
    with transaction.atomic():
        one_at_a_time(response)
        if (stored := stored_before(response, key, corrects)) is not None:
            return Saved(response, stored.vid, again=True)
        visit = open_form(viewer, pid, programme, form, on=on, corrects=corrects, person=person)
        if corrects and version and version != visit.version:
            raise ConflictError("这次随访在您打开之后被别人更正过。请重新打开，核对后再改。")
        judged = judge(visit, answers, reasons)
        if not judged.ok:
            raise NotAcceptable(judged)
        if corrects:
            _shares_nothing(visit, judged)
        body, enclosed = response_of(viewer, visit, judged, response, submission(key, corrects))
        drafts = write([*drafts_of(visit, body, enclosed), *episode_work.closing(visit)], by=viewer, purpose=PURPOSE)
        dose_rows.take(viewer, visit, judged.result.cleaned, response, viewer.org or visit.person.org, drafts[0].vid)
        episode_work.look_at_parts(visit)
        episode_work.open_parts(viewer, judged)
        action = "visit.correct" if corrects else "visit.record"
        audit.record(action, by=viewer, pids=[pid], target=f"QuestionnaireResponse/{response}", purpose=visit.form.title)
    return Saved(response, drafts[0].vid)


def mark_of(body: Mapping[str, Any]) -> str:
    """By which the responses of one combined visit know each other; empty for one that stands alone."""
    return next((one.get("valueString", "") for one in body.get("extension", ()) if one.get("url") == TOGETHER), "")


def together_with(pid: int, response: str) -> dict[str, str]:
    """The responses of the combined visit to which a stored one belongs, itself among them, with their forms' names; else nothing."""
    found = record.current("QuestionnaireResponse", response)
    mark = mark_of(json.loads(found.text)) if found and found.text and found.pid == pid else ""
    if not mark:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(BESIDE, [pid, json.dumps({"extension": [{"url": TOGETHER, "valueString": mark}]})])
        return {id: name.removeprefix("urn:kangyu:form:") for id, name in cursor.fetchall()}


def _shares_nothing(visit: Visit, judged: Judged) -> None:
    """Refuse a correction of one form that changes what other forms of the same visit hold as well: they are corrected as one."""
    others = {id: name for id, name in together_with(visit.person.pid, visit.corrects).items() if id != visit.corrects}
    changed = {one.path for one in forms.differences(visit.prepared, visit.values, judged.result.cleaned)}
    for name in others.values():
        beside = rules().form(rules().content.forms[name])
        for shared in shared_questions([visit.prepared, beside]):
            both = (shared.asked, *shared.others)
            if any(form == visit.form.name and key in changed for form, key in both):
                raise UserError(f"“{visit.form.title}”和“{beside.form.title}”是同一次填的，要改的两张表都有。请从“更正这次随访”一起更正。")


def stored_answers(prepared: forms.PreparedForm, response: str) -> dict[str, Any]:
    """The answers a stored response of this form holds now; empty when there is none."""
    found = record.current("QuestionnaireResponse", response)
    body = json.loads(found.text) if found and found.text else {}
    return forms.answers_of(prepared, body) if body.get("questionnaire") == forms.canonical(prepared.form.name) else {}


def stored_before(response: str, key: str, corrects: str) -> record.Stored | None:
    """The version this very submission stored, should it arrive a second time; a first visit's id is made from its key."""
    if not corrects:
        return record.current("QuestionnaireResponse", response)
    versions = (one for one in record.history("QuestionnaireResponse", response) if one.text)
    return next((one for one in versions if json.loads(one.text).get("identifier", {}).get("value") == submission(key, corrects)), None)


def submission(key: str, corrects: str) -> str:
    """By which a submission is known again: the key of the page, apart from the one that first stored what it corrects."""
    return f"correction/{key[:64]}" if corrects else key[:64]


def one_at_a_time(response: str) -> None:
    """Two saves of one visit wait for each other, so that the second sees what the first stored."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [response])


def response_of(viewer: Viewer, visit: Visit, judged: Judged, id: str, submission: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The response and the Binaries that hold its files."""
    subject = f"Patient/{visit.person.patient_id}"
    answers, enclosed = forms.take_out(visit.prepared, judged.result.cleaned, id=id, subject=subject)
    said = judged.assessment.judgement if judged.assessment else None
    derived = {key: one.value for key, one in said.derived.items()} if said else {}
    body = forms.response(
        visit.prepared,
        answers,
        id=id,
        subject=subject,
        author=f"PractitionerRole/{viewer.practitioner_role}" if viewer.practitioner_role else "",
        institution=f"Organization/{viewer.org or visit.person.org}",
        on=visit.on,
        derived=derived,
        reasons={one.key: one.reason for one in judged.result.soft if one.reason},
        submission=submission,
    )
    before = record.current("QuestionnaireResponse", id) if visit.corrects else None
    mark = mark_of(json.loads(before.text)) if before and before.text else ""
    if mark:
        body["extension"].append({"url": TOGETHER, "valueString": mark})
    if visit.person.synthetic:
        for made in (body, *enclosed):
            made["meta"] = {**made.get("meta", {}), "tag": [SYNTHETIC_TAG]}
    return body, enclosed


def drafts_of(visit: Visit, body: dict[str, Any], enclosed: list[dict[str, Any]], *, yields: Yields = forms.extract) -> list[Draft]:
    """The response with its files, what it yields, and the removal of what it yielded before but no longer does."""
    method = "update" if visit.corrects else "create"
    yielded = yields(visit.prepared, body)
    if visit.corrects:
        yielded = [_shared(visit, made) for made in yielded]
    drafts = [Draft(method, body["resourceType"], body["id"], body, visit.version if visit.corrects else None)]
    drafts += [Draft("update", file["resourceType"], file["id"], file) for file in enclosed]
    drafts += [Draft("update" if visit.corrects else "create", made["resourceType"], made["id"], made) for made in yielded]
    if visit.corrects:
        before = record.current("QuestionnaireResponse", visit.corrects)
        kept = {made["id"] for made in yielded}
        gone = [made for made in forms.extract(visit.prepared, json.loads(before.text)) if made["id"] not in kept] if before else []
        drafts += [
            Draft("delete", made["resourceType"], made["id"], {}) for made in gone if record.current(made["resourceType"], made["id"])
        ]
    return drafts


def _shared(visit: Visit, made: dict[str, Any]) -> dict[str, Any]:
    """An observation as it is to be corrected: the one that several forms of one visit made together stays one."""
    if made["resourceType"] != "Observation":
        return made
    ours = f"QuestionnaireResponse/{visit.corrects}"
    stored = (json.loads(one.text) for one in record.of_person(visit.person.pid, ["Observation"]) if one.text and ours in one.text)
    same = next((one for one in stored if one["code"]["coding"] == made["code"]["coding"]), None)
    return {**made, "id": same["id"], "derivedFrom": same["derivedFrom"]} if same else made


@dataclass(frozen=True)
class Outcome:
    """What a stored visit came to and what follows from it."""

    judged: Judged
    expected: Expected | None

    @property
    def visit(self) -> Visit:
        return self.judged.visit


def outcome(viewer: Viewer, pid: int, response: str) -> Outcome:
    """A stored visit as the page after saving tells it. Raises ``UserError`` when it is not this person's."""
    within_reach(viewer, pid)
    found = record.current("QuestionnaireResponse", response)
    body = json.loads(found.text) if found and found.text else {}
    name = body.get("questionnaire", "").removeprefix("urn:kangyu:form:")
    if found is None or found.pid != pid or name not in rules().content.forms:
        raise UserError("没有找到这次随访，请回到居民页面。")
    owner = rules().owners[name]
    visit = opened(viewer, pid, owner, name.removeprefix(f"{owner}_"), corrects=response)
    now = opened(viewer, pid, owner, name.removeprefix(f"{owner}_"))
    expected = due_items(visit.programme, now.held.subject(visit.today)) if visit.programme else None
    return Outcome(judge(visit, visit.values, visit.reasons), expected)
