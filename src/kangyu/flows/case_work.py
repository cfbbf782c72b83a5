"""Cases at work: opened, moved, decided on (handed over: ``case_hand_over``). Each is one transaction that holds or does not.

    id = open_case(viewer, "referral", SubjectRef("person", str(pid)), answers={…}, key="…")
    view = make_move(viewer, id, "accept", answers={…}, key="…")
    begin("health_signal", SubjectRef("area", code), key="…", carry={…})     # because something else asked for it
    fire_due()                                                               # timers, called by the background process

The Task, the answers, what they yield, the tables, the timers and what follows are written together. One row is locked first, the
case's own Task, so that of two people the later one sees what the earlier one did and is told.
"""

from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction

from kangyu.apps.cases import case_access
from kangyu.apps.cases.actions import notices
from kangyu.apps.cases.queries import within_reach
from kangyu.apps.cases.rules import rules
from kangyu.apps.directory import queries as directory
from kangyu.apps.governance.access import SYSTEM, Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.record import queries as record
from kangyu.engines.cases.advance import Made, Noted
from kangyu.engines.cases.case import SubjectRef
from kangyu.engines.cases.procedure import PreparedProcedure
from kangyu.engines.content.kinds.action import Actor
from kangyu.engines.content.parts import owners_of_parts
from kangyu.flows import case_subjects
from kangyu.flows.case_happen import begin, case_id, fresh, happen, look_again, one_at_a_time, right_subject, starts
from kangyu.flows.case_load import AnswersRefused, Work, load
from kangyu.flows.case_timers import fire_due
from kangyu.flows.case_view import CaseView, view_of
from kangyu.kernel.errors import DeniedError, UserError
from kangyu.kernel.permission import Permission

__all__ = [
    "AnswersRefused",
    "CaseView",
    "SubjectRef",
    "begin",
    "decide_same",
    "fire_due",
    "look_again",
    "make_move",
    "open_case",
    "require_reach",
    "view",
]


def open_case(
    viewer: Viewer, procedure: str, subject: SubjectRef, *, key: str, move: str = "", answers: Mapping[str, Any] | None = None,
    parties: Mapping[str, str] | None = None, carry: Mapping[str, Any] | None = None, reason: str = "",
    reasons: Mapping[str, str] | None = None,
) -> str:  # fmt: skip
    """Somebody opens a case by one of the moves from ``start`` (the first they may make); returns its id, the same for the same ``key``.

    ``parties`` are those chosen, ``carry`` what it is given along. Raises ``RefusedError``, ``AnswersRefused``, ``DeniedError``, or what
    the subject's own door raises when it is out of reach.
    """
    viewer.require(Permission.CASE_WORK)
    prepared = rules().procedure(procedure)
    if owner := owners_of_parts(rules().content).get(procedure):
        raise UserError(f"“{prepared.procedure.title}”是“{owner}”的一部分，由它自动立案，不能单独开。")
    right_subject(prepared, subject)
    require_reach(viewer, prepared, subject)
    id, chosen = case_id(procedure, subject, key), move or first_move(viewer, prepared)
    with transaction.atomic():
        one_at_a_time(id)
        if record.current("Task", id) is not None:
            return id
        form = prepared.moves[chosen].form if chosen in prepared.moves else None
        work = fresh(viewer, prepared, subject, id, parties=parties or {}, carry=carry or {}, form=form)
        made = Made(chosen, work.who, reason=reason, key=key)
        happen(work, work.with_answers(made, answers, reasons))
        audit.record("case.open", by=viewer, pids=work.pids, target=f"Task/{id}", purpose=prepared.procedure.title)
    return id


def make_move(
    viewer: Viewer, case: str, move: str, *, key: str, answers: Mapping[str, Any] | None = None, reason: str = "",
    reasons: Mapping[str, str] | None = None,
) -> CaseView:  # fmt: skip
    """Somebody makes a move; the case as it then is. The same ``key`` moves once.

    Raises ``CaseNotWithinReach`` for an outsider, ``RefusedError`` with the reason (somebody else was first, a condition, a signature),
    ``AnswersRefused`` with everything to mend, and whatever an effect refuses (no bed left): then nothing was done.
    """
    viewer.require(Permission.CASE_WORK)
    case_access.require(viewer, case)  # before the transaction: a refused attempt stays in the audit trail
    with transaction.atomic():
        work = load(viewer, case, lock=True, form_of=move)
        if not any(step.key == key for step in work.case.steps if key):
            made = Made(move, work.who, reason=reason, key=key)
            happen(work, work.with_answers(made, answers, reasons))
            audit.record("case.move", by=viewer, pids=work.pids, target=f"Task/{case}", purpose=work.title_of(move))
            notices.seen(by=viewer, case=case)
    return view_of(work)


def decide_same(viewer: Viewer, case: str, other: str, *, same: bool, reason: str, key: str) -> CaseView:
    """A person decides that two cases are one (this one is merged into ``other`` and leaves the lists) or not; it is undone likewise.

    Raises ``UserError`` where the other is of another kind or itself merged: merged into each other, both would be gone from every list.
    """
    viewer.require(Permission.CASE_WORK)
    for one in (case, other):
        case_access.require(viewer, one)
    if case == other:
        raise UserError("不能把一件事并入它自己。")
    with transaction.atomic():
        held = {one: load(viewer, one, lock=True) for one in sorted((case, other))}
        work = held[case]
        if not any(step.key == key for step in work.case.steps if key):
            if same:
                _require_one_kind(work, held[other])
            work.merged_into = other if same else ""
            happen(work, Noted("same", f"merged:{other}" if same else f"apart:{other}", work.who, reason, key))
            audit.record("case.same", by=viewer, pids=work.pids, target=f"Task/{case} Task/{other}", purpose=reason[:200])
    return view_of(work)


def _require_one_kind(work: Work, other: Work) -> None:
    if other.merged_into:
        raise UserError("对方已经并入另一件，请打开那一件，再决定是否与它合并；或者先撤销对方的合并。")
    if other.prepared.procedure.key != work.prepared.procedure.key:
        raise UserError(f"“{work.prepared.procedure.title}”不能并入“{other.prepared.procedure.title}”：两件事不是一类。")


def view(viewer: Viewer, case: str) -> CaseView:
    """One case as its page shows it. Raises ``CaseNotWithinReach``; the read is audited, and what the role was told of it is seen."""
    case_access.require(viewer, case)
    work = load(viewer, case)
    audit.record("case.view", by=viewer, pids=work.pids, target=f"Task/{case}", purpose=work.prepared.procedure.title)
    notices.seen(by=viewer, case=case)
    return view_of(work)


def first_move(viewer: Viewer, prepared: PreparedProcedure) -> str:
    """The first move from ``start`` that the viewer's role is asked for, else the first of all. Raises ``UserError`` if there is none."""
    every = starts(prepared)
    if not every:
        raise UserError(f"“{prepared.procedure.title}”不能由人立案。")
    mine = [key for key in every if any(actor.role == viewer.role for line in prepared.moves[key].by for actor in Actor.read(line))]
    return (mine or every)[0]


KNOWN = """
SELECT 1 FROM case_file c JOIN case_party p ON p.case_id = c.id
WHERE c.subject_kind = %s AND c.subject_id = %s AND p.org = %s AND NOT p.hidden LIMIT 1
"""


def require_reach(viewer: Viewer, prepared: PreparedProcedure, subject: SubjectRef) -> None:
    """A case is opened about whom the viewer reaches, or about the subject of a case their institution is already a party of."""
    if viewer is SYSTEM:
        return
    if subject.kind in case_subjects.ALLOWED:
        case_subjects.ALLOWED[subject.kind](viewer, subject)
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [subject.kind, subject.id, viewer.org])
        if viewer.org and cursor.fetchone() is not None:
            return
    if subject.kind == "person":
        within_reach(viewer, int(subject.id))
        return
    facts = case_subjects.read(subject, prepared)
    if subject.kind == "area" and _same_county(viewer, facts.area):
        return
    if facts.area and not case_access.reaches(viewer, facts.area, facts.org):
        raise DeniedError("这不在您的管辖范围内，不能立案。")


def _same_county(viewer: Viewer, area: str) -> bool:
    """An institution reports what it hears of any place of its county: that shows it nothing of the place."""
    institution = directory.institution(viewer.org) if viewer.within == "institution" and viewer.org else None
    return institution is not None and bool(institution.area) and area[:6] == institution.area[:6]
