"""What follows from a case, carried out: one function for each verb of ``do``, in a table others add to. All in the move's transaction."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from kangyu.apps.cases.actions import notices
from kangyu.apps.governance.access import Viewer
from kangyu.apps.ledgers.actions.postings import post as post_to_ledger
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.engines.cases.advance import ToDo
from kangyu.engines.cases.case import Case, SubjectRef
from kangyu.engines.cases.procedure import PreparedProcedure
from kangyu.engines.cases.task import instant
from kangyu.engines.content.kinds.base import Span
from kangyu.flows.case_load import WARRANT
from kangyu.flows.case_postings import entries_of
from kangyu.flows.case_subjects import SubjectFacts
from kangyu.gateways import content
from kangyu.kernel.errors import UserError

IDS = uuid.UUID("0d3a4a57-7f0c-4c8e-9a31-1b52b8a1d4c6")


@dataclass(frozen=True)
class Effect:
    """One action to carry out. ``values`` are what its expressions gave, keyed as in the file (``post.take``, ``open.carry.disease``).

    ``key`` is unique: carried out twice it must have effect once. ``by`` made the move (SYSTEM for a timer).
    """

    verb: str
    todo: ToDo
    prepared: PreparedProcedure
    case: Case
    subject: SubjectFacts
    heading: str
    key: str
    by: Viewer
    now: datetime

    @property
    def values(self) -> Mapping[str, Any]:
        return self.todo.values


EFFECTS: dict[str, Callable[[Effect], None]] = {}
TOGETHER: dict[str, Callable[[list[Effect]], None]] = {}
"""Verbs whose effects of one move are carried out in one call (postings to a ledger)."""


def carry_out(effects: Iterable[Effect]) -> None:
    """Carry out what follows from one move, verb by verb; whatever cannot be done undoes the move (``UserError``)."""
    for verb, group in groupby(sorted(effects, key=lambda one: one.verb), key=lambda one: one.verb):
        some = list(group)
        if verb in TOGETHER:
            TOGETHER[verb](some)
            continue
        for one in some:
            if verb not in EFFECTS:
                raise UserError(f"流程“{one.prepared.procedure.title}”里的动作 {verb} 还不能办，请联系管理员。")
            EFFECTS[verb](one)


def _tell_owner(effect: Effect, says: str) -> None:
    """Put a line before those whose turn it is: everybody the last step told, else the responsible institution's own role."""
    procedure = effect.prepared.procedure
    org = effect.case.parties.get(procedure.responsible, "")
    role = effect.by.role or next(iter(effect.prepared.roles), "")
    notices.tell(role=role, org=org, area=effect.subject.area, says=says, source=effect.key, case=effect.case.id)


def advise(effect: Effect) -> None:
    """Advice goes before whoever made the move."""
    action = effect.todo.action
    title = content.current().title_of("advice", action.advise)
    _tell_owner(effect, f"{'紧急：' if action.urgency == 'urgent' else ''}{title}（{effect.heading}）")


def revisit(effect: Effect) -> None:
    """The day by which somebody is to be seen again, before whoever made the move."""
    span = Span.parse(str(effect.todo.action.revisit))
    _tell_owner(effect, f"{span.words()}{'内' if str(effect.todo.action.revisit).startswith('within') else '后'}回访（{effect.heading}）")


def publish(effect: Effect) -> None:
    """The latest answers of a form, sent to every party as a FHIR Communication about the subject."""
    form = str(effect.todo.action.publish)
    rows = effect.case.rows.get(form, ())
    if not rows:
        raise UserError(f"还没有“{form}”的内容，不能发布。请先填写。")
    body: dict[str, Any] = {
        "resourceType": "Communication",
        "status": "completed",
        "basedOn": [{"reference": f"Task/{effect.case.id}"}],
        "topic": {"text": effect.prepared.forms[form].title},
        "sent": instant(effect.now),
        "recipient": [{"reference": f"Organization/{org}"} for org in dict.fromkeys(effect.case.parties.values()) if org],
        "payload": [{"contentReference": {"reference": f"QuestionnaireResponse/{rows[-1]['id']}"}}],
    }
    if effect.subject.pid is not None:
        body["subject"] = dict(effect.subject.reference)
    if effect.by.org:
        body["sender"] = {"reference": f"Organization/{effect.by.org}"}
    if effect.subject.synthetic:
        body["meta"] = {"tag": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]}
    id = str(uuid.uuid5(IDS, effect.key))
    write([Draft("update", "Communication", id, body)], by=effect.by, purpose=effect.prepared.procedure.title, warrant=WARRANT)


def post(effects: list[Effect]) -> None:
    """All postings of one move: one call for each ledger, in the order of their keys. A hold is the case's own in that ledger.

    What goes to a statement is a line of it.
    """
    for one in effects:
        if one.todo.action.post.statement:
            EFFECTS["post_line"](one)
    effects = [one for one in effects if one.todo.action.post.ledger]
    for ledger, group in groupby(sorted(effects, key=_ledger), key=_ledger):
        some = list(group)
        entries = [entry for one in some for entry in entries_of(one.todo, one.case)]
        if entries:
            source = f"Task/{some[0].case.id}"
            post_to_ledger(ledger, entries, key=some[0].key, by=some[0].by, reason=some[0].heading, source=source, allowed=True)


def _ledger(effect: Effect) -> str:
    return effect.todo.action.post.ledger if effect.todo.action.post else ""


def about(effect: Effect, where: str) -> SubjectRef:
    """Whom an opened case is about: the same subject, this very case, or the id an expression gave."""
    if where == "it":
        return effect.case.subject
    if where == "parent":
        return SubjectRef("case", effect.case.id)
    return SubjectRef("", str(effect.values.get("open.about") or ""))


EFFECTS.update(advise=advise, revisit=revisit, publish=publish)
TOGETHER.update(post=post)
