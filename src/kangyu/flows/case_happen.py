"""A case advanced and what follows carried out: effects, child cases, the parent that waits. In the caller's transaction."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import connection, transaction

from kangyu.apps.cases.actions.case_tables import aware
from kangyu.apps.cases.rules import rules
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import SYSTEM, Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.record import queries as record
from kangyu.apps.relations import queries as relations
from kangyu.engines.cases.advance import Fact, Made, Outcome, heading
from kangyu.engines.cases.case import Case, PartCase, SubjectRef, Who
from kangyu.engines.cases.parts import PartOpening
from kangyu.engines.cases.procedure import PreparedProcedure
from kangyu.engines.cases.vocabulary import CONTACT
from kangyu.engines.content.kinds.action import Opening
from kangyu.engines.content.kinds.work import START
from kangyu.flows import case_subjects, contacts, gatherings, made_records
from kangyu.flows.case_load import Work, wall_now
from kangyu.flows.effects import EFFECTS, Effect, about, carry_out
from kangyu.kernel.errors import UserError

CASES = uuid.UUID("6c0c3c0e-3c0e-4d55-9d0b-8d9f6a0f8a77")


def happen(work: Work, fact: Fact) -> Outcome:
    """Something happens to a case: it advances, is written, and what follows is done. Whatever refuses undoes all of it."""
    before = work.case.state
    outcome = work.advance(fact)
    said = heading(work.prepared, outcome.values)
    carry_out(
        Effect(todo.verb, todo, work.prepared, work.case, work.subject, said, f"{work.case.id}/{todo.key}", work.viewer, work.now)
        for todo in outcome.actions
    )
    for opening in outcome.parts:
        id = open_part(work, opening)
        fresh = PartCase(opening.part, opening.number, id, case_subjects.state_of(id), False, work.now)
        work.case = replace(work.case, parts=(*work.case.parts, fresh))
    if work.case.state != before:
        if work.case.parent:
            look_again(work.case.parent)
        for one in gatherings.propose(work):
            begin(one.procedure, one.group, key=f"gathered/{one.group.id}", carry=one.carry)
        for group in relations.groups_of(work.case.id, clock.today()):
            _look_again_at_group(group)
    return outcome


def _look_again_at_group(group: str) -> None:
    """A member's state changed: the case about its group is looked at."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM case_file WHERE subject_kind = 'group' AND subject_id = %s AND NOT ended ORDER BY id", [group])
        for (id,) in cursor.fetchall():
            look_again(id)


def case_id(procedure: str, subject: SubjectRef, key: str) -> str:
    """The id of the case that a key opens: the same key opens one case."""
    return str(uuid.uuid5(CASES, f"{procedure}/{subject.kind}/{subject.id}/{key}"))


def one_at_a_time(id: str) -> None:
    """Two openings of one case wait for each other, so that the second sees what the first stored."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [id])


def right_subject(prepared: PreparedProcedure, subject: SubjectRef) -> None:
    """Raise ``UserError`` for a subject of another kind than the procedure is about."""
    procedure = prepared.procedure
    if procedure.about != subject.kind and not (procedure.about == CONTACT and subject.kind == "person"):
        raise UserError(f"“{procedure.title}”是关于 {procedure.about} 的，不能为 {subject.kind} 立案。")


def fresh(
    viewer: Viewer, prepared: PreparedProcedure, subject: SubjectRef, id: str, *, parties: Mapping[str, str], carry: Mapping[str, Any],
    form: str | None = None, org: str = "", parent: str = "",
) -> Work:  # fmt: skip
    """A case that is about to be opened: its subject read, the parties that cover the subject's area found."""
    unknown = [key for key in parties if key not in prepared.procedure.parties]
    if unknown:
        raise UserError(f"“{prepared.procedure.title}”没有这一方：{'、'.join(unknown)}。")
    declared = rules()
    facts = case_subjects.read(subject, prepared, Work.needs(declared, prepared, form))
    known = {**case_subjects.covering(prepared, facts.area), **parties}
    case = Case(id, subject, opener=org or viewer.org, parties=known, carried=dict(carry), parent=parent)
    return Work(declared, prepared, case, facts, viewer, wall_now()).with_subject()


def starts(prepared: PreparedProcedure) -> list[str]:
    """The moves that open a case, in the order of writing."""
    return [key for key, move in prepared.moves.items() if START in move.from_ and move.by]


def begin(
    procedure: str, subject: SubjectRef, *, key: str, by: Viewer = SYSTEM, org: str = "", parties: Mapping[str, str] | None = None,
    carry: Mapping[str, Any] | None = None, parent: str = "", part: str = "", number: int = 0,
) -> str:  # fmt: skip
    """A case opened because something else asked for it (another case, a signal, a statement): nobody's role is asked for.

    It takes the first start whose form, if it has one, can still be filled in afterwards. ``org`` is the institution in whose name it is
    opened, ``carry`` what it is given along. Returns its id, the same for the same ``key``.
    """
    prepared = rules().procedure(procedure)
    right_subject(prepared, subject)
    id = case_id(procedure, subject, key)
    with transaction.atomic():
        one_at_a_time(id)
        if record.current("Task", id) is not None:
            return id
        work = fresh(by, prepared, subject, id, parties=parties or {}, carry=carry or {}, org=org, parent=parent)
        work.part, work.number = part, number
        happen(work, Made(_start(prepared), Who(by.username, "", org), key=key, by_itself=True))
        audit.record("case.open", by=by, pids=work.pids, target=f"Task/{id}", purpose=prepared.procedure.title)
    return id


def _start(prepared: PreparedProcedure) -> str:
    every = starts(prepared)
    if not every:
        raise UserError(f"“{prepared.procedure.title}”没有可以立案的一步。")
    return next((key for key in every if _can_wait(prepared, key)), every[0])


def _can_wait(prepared: PreparedProcedure, key: str) -> bool:
    """Whether the form of a start can be filled in later: a move out of where it leads asks for the same one, or it has none."""
    start = prepared.moves[key]
    return start.form is None or any(start.to in move.from_ and move.form == start.form for move in prepared.moves.values())


def open_part(work: Work, opening: PartOpening) -> str:
    """A child case, opened once for its part and row."""
    child = rules().procedure(opening.procedure).procedure
    if opening.about == "it":
        subject = work.case.subject
    elif opening.about == "parent":
        subject = SubjectRef("case", work.case.id)
    elif opening.finding is not None:
        subject = contacts.found_or_kept(work, opening)
    else:
        subject = case_subjects.by_resource(child.about, opening.about)
    shared = {key: org for key, org in work.case.parties.items() if key in child.parties and not child.parties[key].is_}
    if opening.org and child.responsible and not child.parties[child.responsible].is_:
        shared[child.responsible] = opening.org
    return begin(
        opening.procedure, subject, key=f"{work.case.id}/{opening.part}/{opening.number}", by=work.viewer, org=opening.org or work.owner,
        parties=shared, carry=opening.carry, parent=work.case.id, part=opening.part, number=opening.number,
    )  # fmt: skip


def _open_other(effect: Effect) -> None:
    """``open``: another case, about the same subject unless the declaration says otherwise."""
    opening = effect.todo.action.open
    wanted = opening if isinstance(opening, Opening) else Opening(procedure=str(opening))
    target = rules().procedure(wanted.procedure).procedure
    subject = about(effect, wanted.about)
    if not subject.kind:
        subject = case_subjects.by_resource(target.about, subject.id)
    held = effect.case.parties
    org = held.get(wanted.at or "", "") or held.get(effect.prepared.procedure.responsible, "")
    parties = {key: one for key, one in held.items() if key in target.parties and not target.parties[key].is_}
    if wanted.at and target.responsible and not target.parties[target.responsible].is_:
        parties[target.responsible] = org
    carry = {key.removeprefix("open.carry."): value for key, value in effect.values.items() if key.startswith("open.carry.")}
    begin(wanted.procedure, subject, key=effect.key, by=effect.by, org=org, parties=parties, carry=carry)


EFFECTS.update(open=_open_other, **made_records.RECORDS)


def look_again(case: str) -> None:
    """Have a case looked at within a second: something it may depend on has changed."""
    now = aware(wall_now())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM case_timer WHERE case_id = %s AND kind = 'look'", [case])
        cursor.execute(
            "INSERT INTO case_timer (case_id, clock, kind, entry, at, begun, again) "
            "SELECT id, '', 'look', 0, %s, %s, %s FROM case_file WHERE id = %s AND NOT ended",
            [now, now, now, case],
        )
