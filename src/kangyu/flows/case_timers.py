"""Timers of cases: fired once, by whichever process comes first, each with all its consequences in one transaction."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import connection, transaction

from kangyu.apps.cases.actions import notices
from kangyu.apps.cases.actions.case_tables import aware
from kangyu.apps.governance.access import SYSTEM
from kangyu.engines.cases.advance import Fact, Fired, HandedOver, Looked, advance
from kangyu.engines.cases.case import Timer
from kangyu.engines.cases.moves import turns
from kangyu.flows import case_subjects
from kangyu.flows.case_happen import happen
from kangyu.flows.case_load import Work, load, local, wall_now
from kangyu.kernel.errors import UserError

logger = logging.getLogger("kangyu.cases")
PATIENCE = timedelta(minutes=5)
"""How long after a failure a timer is tried again."""
NEXT = """
SELECT t.id, t.case_id, t.clock, t.kind, t.entry, t.at, t.begun FROM case_timer t JOIN resource r ON r.rtype = 'Task' AND r.id = t.case_id
WHERE t.again <= %s ORDER BY t.again, t.id LIMIT 1 FOR UPDATE OF r, t SKIP LOCKED
"""


def fire_due(now: datetime | None = None, limit: int = 100, stopping: Callable[[], bool] = lambda: False) -> int:
    """Fire what has run out, each timer in a transaction of its own; returns how many.

    Several processes may do so at once: each takes a case nobody else is at. What fails is logged and tried again later.
    """
    done = 0
    while done < limit and not stopping() and _fire_one(local(now) if now else wall_now()):
        done += 1
    return done


def _fire_one(now: datetime) -> bool:
    """Fire the next timer; whether there was one."""
    id = None
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(NEXT, [aware(now)])
                found = cursor.fetchone()
            if found is None:
                return False
            id, case, clock, kind, entry, at, begun = found
            work = load(SYSTEM, case, lock=True, now=now)
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM case_timer WHERE id = %s", [id])
            if kind == "look":
                look(work)
            else:
                fire(work, Timer(clock, kind, entry, local(at), local(begun)))
    except Exception as error:
        if id is None:
            raise
        logger.error("a timer of a case failed: %s", type(error).__name__)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE case_timer SET again = %s WHERE id = %s", [aware(now + PATIENCE), id])
    return True


def fire(work: Work, timer: Timer) -> None:
    """A clock ran out; a timer that no longer stands does nothing."""
    if timer in work.case.timers:
        _happen_or_tell(work, Fired(timer))


def look(work: Work) -> None:
    """Whether something holds now that did not; where nothing does, only the next look is set."""
    covers = case_subjects.covering(work.prepared, work.subject.area)
    moved = {key: org for key, org in covers.items() if work.case.parties.get(key) not in ("", None, org)}
    if moved:
        _happen_or_tell(work, HandedOver(moved, "对象所在地区变了"))
    outcome = advance(work.prepared, work.case, Looked(), work.now)
    placed = work.facts is not None and work.facts.area != work.subject.area
    if outcome.steps or outcome.parts or outcome.actions or placed or outcome.case.parties != work.case.parties:
        _happen_or_tell(work, Looked())
        return
    following = next((timer for timer in outcome.case.timers if timer.kind == "look"), None)
    if following is not None:
        moment = aware(following.at)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM case_timer WHERE case_id = %s AND kind = 'look'", [work.case.id])
            cursor.execute(
                "INSERT INTO case_timer (case_id, clock, kind, entry, at, begun, again) VALUES (%s, '', 'look', 0, %s, %s, %s)",
                [work.case.id, moment, moment, moment],
            )


def _happen_or_tell(work: Work, fact: Fact) -> None:
    """What happens by itself. Where what should follow is refused (no stock left), the case advances all the same and those whose turn
    it is are told, so that it does not go unseen."""
    before = replace(work)
    try:
        with transaction.atomic():
            happen(work, fact)
    except UserError as error:
        work.case, work.vid, work.drafts = before.case, before.vid, []
        work.advance(fact)
        says = f"到时应办的事没有办成：{error}"
        for turn in turns(work.prepared, work.case):
            source = f"{work.case.id}/{work.case.number}/failed/{turn.role}/{turn.org}"
            notices.tell(role=turn.role, org=turn.org, area=work.subject.area, says=says, source=source, case=work.case.id)
