"""One case in hand: read from its Task with answers, parts and subject; advanced by a fact; written back whole."""

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson
from django.db import connection
from django.utils import timezone

from kangyu.apps.cases import case_access
from kangyu.apps.cases.rules import Rules, rules
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import Viewer
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.engines import forms
from kangyu.engines.cases.advance import Fact, Made, Outcome, advance, heading
from kangyu.engines.cases.case import Case, PartCase, Who
from kangyu.engines.cases.moves import turns
from kangyu.engines.cases.parties import hidden
from kangyu.engines.cases.procedure import PreparedProcedure, Values
from kangyu.engines.cases.task import Facts, read_task, task, wall
from kangyu.engines.cases.timers import all_clocks
from kangyu.engines.cases.vocabulary import AMEND
from kangyu.engines.forms import PreparedForm, Result
from kangyu.engines.language.subject import Subject
from kangyu.flows import case_subjects
from kangyu.flows.case_subjects import SubjectFacts
from kangyu.kernel.errors import Problem, ProblemsError

WARRANT = "case"
"""Why the record lets a party of a case write about somebody beyond its own reach."""
ANSWERS = uuid.UUID("f4c3f5f8-9f0e-4d62-9e8f-3e3f3a0f1d11")
SYNTHETIC_TAG = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}


class AnswersRefused(ProblemsError):
    """The answers of a move cannot be stored as they are; ``result`` holds what the form shows beside each field."""

    def __init__(self, form: PreparedForm, result: Result, answers: Mapping[str, Any]):
        self.form, self.result, self.answers = form, result, answers
        pending = (*result.hard, *result.unexplained)
        super().__init__([Problem(form.form.title, "、".join(form.title(key) for key in one.fields), one.message) for one in pending])


def wall_now() -> datetime:
    """The present moment on the deployment's own clock, without an offset, as the engine counts."""
    return clock.now().replace(tzinfo=None, microsecond=0)


def local(moment: datetime) -> datetime:
    """A moment of the database on the deployment's own clock, without an offset."""
    return timezone.localtime(moment).replace(tzinfo=None) if timezone.is_aware(moment) else moment


@dataclass
class Work:
    """A case being worked on by ``viewer`` at ``now``. ``drafts`` are answers still to be written with the Task."""

    declared: Rules
    prepared: PreparedProcedure
    case: Case
    subject: SubjectFacts
    viewer: Viewer
    now: datetime
    part: str = ""
    number: int = 0
    merged_into: str = ""
    vid: int = 0
    drafts: list[Draft] = field(default_factory=list)
    facts: Facts | None = None

    # what it is made of

    @staticmethod
    def needs(declared: Rules, prepared: PreparedProcedure, form: str | None) -> dict[str, frozenset[str]]:
        """The subject's tables that a form's own conditions read."""
        if form is None or form not in prepared.forms:
            return {}
        found: dict[str, set[str]] = {}
        for typed in declared.form(prepared.forms[form]).typed.values():
            for table, columns in typed.columns.items():
                if table not in prepared.forms[form].fields:
                    found.setdefault(table, set()).update(columns)
        return {table: frozenset(columns) for table, columns in found.items()}

    def with_subject(self) -> "Work":
        """The same with the subject's fields and rows in the case."""
        kind, upper = case_subjects.opener_of(self.case.opener) if self.prepared.asks_opener else ("", "")
        given = {"fields": self.subject.fields, "tables": self.subject.tables, "opener_kind": kind, "opener_upper": upper}
        self.case = replace(self.case, **given)
        return self

    @property
    def owner(self) -> str:
        """The institution responsible for the case."""
        return self.case.parties.get(self.prepared.procedure.responsible, "") or self.case.opener or self.subject.org

    @property
    def who(self) -> Who:
        return case_access.who(self.viewer, self.case, area=self.subject.area, owner=self.owner)

    @property
    def pids(self) -> list[int]:
        return [self.subject.pid] if self.subject.pid is not None else []

    def title_of(self, move: str) -> str:
        return self.prepared.moves[move].title if move in self.prepared.moves else move

    # facts

    def with_answers(self, made: Made, answers: Mapping[str, Any] | None, reasons: Mapping[str, str] | None = None) -> Made:
        """The move with its form's answers checked, and the drafts that store them. Raises ``AnswersRefused``."""
        move = self.prepared.moves.get(made.move)
        if move is None or move.form is None or answers is None:
            return made
        asked = self.declared.form(self.prepared.forms[move.form])
        result = self.checked(asked, answers, reasons)
        if not result.ok:
            raise AnswersRefused(asked, result, answers)
        amended = self.case.rows.get(move.form, ())[-1]["id"] if made.move == AMEND and self.case.rows.get(move.form) else ""
        response = str(amended or uuid.uuid5(ANSWERS, f"{self.case.id}/{made.key}/{move.form}"))
        given, enclosed = forms.take_out(asked, result.cleaned, id=response, subject=str(self.subject.reference.get("reference", "")))
        body = self._response(asked, result, given, response, "amended" if amended else "completed")
        yielded = forms.extract(asked, body) if self.subject.pid is not None else []
        for one in (*enclosed, *yielded) if self.subject.synthetic else ():
            one["meta"] = {**one.get("meta", {}), "tag": [SYNTHETIC_TAG]}
        self.drafts += [Draft("update", one["resourceType"], one["id"], one) for one in (body, *enclosed, *yielded)]
        return replace(made, answers=given, response=response)

    def checked(self, asked: PreparedForm, answers: Mapping[str, Any], reasons: Mapping[str, str] | None = None) -> Result:
        """What the form says of answers, half-filled or whole."""
        subject = Subject(fields=self.case.fields, tables=self.case.tables, today=self.now.date())
        return forms.check_answers(asked, answers, subject=subject, reasons=reasons)

    def _response(self, asked: PreparedForm, result: Result, answers: Mapping[str, Any], id: str, status: str) -> dict[str, Any]:
        """The answers as they are stored; of a correction the old version stays in the record."""
        org = self.viewer.org or self.owner
        body = forms.response(
            asked,
            answers,
            id=id,
            subject=dict(self.subject.reference),
            author=f"PractitionerRole/{self.viewer.practitioner_role}" if self.viewer.practitioner_role else "",
            institution=f"Organization/{org}" if org else "",
            on=self.now,
            reasons={one.key: one.reason for one in result.soft if one.reason},
            case=self.case.id,
        )
        body["status"] = status
        if self.subject.synthetic:
            body["meta"] = {**body.get("meta", {}), "tag": [SYNTHETIC_TAG]}
        return body

    def advance(self, fact: Fact) -> Outcome:
        """Something happens: the case advances and is written, with the answers given. Raises ``RefusedError`` and nothing is."""
        outcome = advance(self.prepared, self.case, fact, self.now)
        self.case = outcome.case
        self.facts = self.facts_now(outcome.values)
        body = task(self.prepared, self.case, self.facts)
        drafts = [Draft("update", "Task", self.case.id, body), *self.drafts]
        written = write(drafts, by=self.viewer, purpose=self.prepared.procedure.title, warrant=WARRANT)
        self.vid, self.drafts = written[0].vid, []
        return outcome

    def facts_now(self, said: Values) -> Facts:
        """What lists need to know of the case as it stands."""
        procedure = self.prepared.procedure
        ended = self.case.state in procedure.ends
        last = next((step for step in reversed(self.case.steps) if step.changes), None)
        move = self.prepared.moves.get(last.move) if last else None
        return Facts(
            heading=heading(self.prepared, said),
            ended=ended or bool(self.merged_into),
            cancelled=bool(self.merged_into) or (ended and move is not None and move.needs_reason),
            owner=self.owner,
            area=self.subject.area,
            turns=() if ended else turns(self.prepared, self.case),
            clocks=tuple(all_clocks(self.prepared, self.case, said, self.now)),
            same=tuple(self._same(said)),
            columns={key: said.get(f"column.{key}") for key in procedure.columns},
            merged_into=self.merged_into,
            part=self.part,
            part_number=self.number,
            synthetic=self.subject.synthetic,
            title=procedure.title,
            state_title=self.prepared.state(self.case.state),
            reference=self.subject.reference,
            hidden=hidden(procedure, self.case),
        )

    def _same(self, said: Values) -> Iterator[str]:
        """Short names one of which is equal for cases that may be one; none for a way of which a part is unknown."""
        same = self.prepared.procedure.same
        if same is None or self.case.state in same.not_in:
            return
        for way, matched in enumerate(same.ways):
            parts = [self.subject.ref.id if text == "it" else said.get(f"same.{way}.{place}") for place, text in enumerate(matched)]
            if all(part is not None for part in parts):
                yield hashlib.sha256(json.dumps([self.prepared.procedure.key, way, *map(str, parts)]).encode()).hexdigest()[:32]


# reading

CURRENT = "SELECT vid, pid, body::text FROM resource WHERE rtype = 'Task' AND id = %s"
RESPONSES = "SELECT id, body::text FROM resource WHERE rtype = 'QuestionnaireResponse' AND id = ANY(%s)"
PARTS = "SELECT id, part, part_number, state, ended, opened FROM case_file WHERE parent = %s AND part <> '' ORDER BY part, part_number"


def load(viewer: Viewer, case: str, *, lock: bool = False, form_of: str = "", now: datetime | None = None) -> Work:
    """A case in hand; with ``lock`` nobody else changes it until the transaction ends. ``form_of`` names the move whose form is to come."""
    with connection.cursor() as cursor:
        cursor.execute(CURRENT + (" FOR UPDATE" if lock else ""), [case])
        found = cursor.fetchone()
        if found is None:
            raise case_access.CaseNotWithinReach(case_access.NOT_HERE)
        vid, pid, text = found
        stored = read_task(orjson.loads(text), pid)
        cursor.execute(RESPONSES, [[step.response for step in stored.case.steps if step.response]])
        responses = {id: orjson.loads(body) for id, body in cursor.fetchall()}
        cursor.execute(PARTS, [case])
        parts = [PartCase(part, number, id, state, ended, local(at)) for id, part, number, state, ended, at in cursor.fetchall()]
    declared = in_force(stored.procedure, stored.case.opened)
    prepared = declared.procedure(stored.procedure)
    move = prepared.moves.get(form_of)
    subject = case_subjects.read(stored.case.subject, prepared, Work.needs(declared, prepared, move.form if move else None))
    held = replace(stored.case, parts=tuple(parts), carried=carried_of(prepared, stored.case.carried))
    case = answered_by(declared, prepared, held, responses)
    work = Work(declared, prepared, case, subject, viewer, now or wall_now(), vid=vid, facts=stored.facts)
    work.part, work.number, work.merged_into = stored.facts.part, stored.facts.part_number, stored.facts.merged_into
    return work.with_subject()


def in_force(procedure: str, opened: datetime | None) -> Rules:
    """The rules a case goes by: those of the day it was opened, else (its procedure came later) those of today."""
    then = rules(opened.date()) if opened else rules()
    return then if procedure in then.content.procedures else rules()


def carried_of(prepared: PreparedProcedure, carried: Mapping[str, Any]) -> dict[str, Any]:
    """What the case was opened with; lists were stored as one text."""
    lists = {key for key, asked in prepared.procedure.takes.items() if asked.type == "codes"}
    return {key: value.split(",") if key in lists and isinstance(value, str) else value for key, value in carried.items()}


def answered_by(declared: Rules, prepared: PreparedProcedure, case: Case, responses: Mapping[str, Mapping[str, Any]]) -> Case:
    """The case with the answers that its steps name, in the order they were given."""
    keys = {form.name: key for key, form in prepared.forms.items()}
    for step in case.steps:
        body = responses.get(step.response)
        name = str((body or {}).get("questionnaire", "")).removeprefix("urn:kangyu:form:")
        if body is None or name not in keys:
            continue
        asked = declared.form(prepared.forms[keys[name]])
        case = case.answered(keys[name], forms.answers_of(asked, dict(body)), wall(body["authored"]), step.response)
    return case
