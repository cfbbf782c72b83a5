"""The moments at which a case must be looked at: worked out from the case, so that none is lost and none fires twice."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from kangyu.engines.content.kinds.action import Limit
from kangyu.engines.content.kinds.base import Span
from kangyu.engines.content.kinds.work import Clock

from .case import Case, Timer
from .clocks import SECONDS, ClockState, clock_states, moved
from .expected import due_clocks, run_out, ticking
from .procedure import PreparedProcedure, Values


def all_clocks(prepared: PreparedProcedure, case: Case, values: Values, now: datetime) -> list[ClockState]:
    """Every clock of the procedure, then the next occasion of every item that is due."""
    return [*clock_states(prepared, case, values), *due_clocks(prepared, case, values, now)]


def timers(prepared: PreparedProcedure, case: Case, values: Values, now: datetime) -> tuple[Timer, ...]:
    """Every moment at which the case must be looked at, soonest first."""
    if case.state in prepared.procedure.ends:
        return ()
    states = [*clock_states(prepared, case, values), *run_out(prepared, case, values, now)]
    found = [timer for state in states for timer in _of_clock(prepared, state)]
    fired = {(step.move, step.kind, step.entry, step.begun) for step in case.steps if step.kind in ("warn", "late")}
    waiting = [timer for timer in found if (timer.clock, timer.kind, timer.entry, timer.begun) not in fired]
    if prepared.moves_by_themselves(case.state) or ticking(prepared, case, values, now):
        midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time())
        waiting.append(Timer("", "look", 0, midnight, midnight))
    return tuple(sorted(waiting, key=lambda timer: (timer.at, timer.kind == "look", timer.clock, timer.kind == "late", timer.entry)))


def _of_clock(prepared: PreparedProcedure, state: ClockState) -> Iterator[Timer]:
    if state.standing != "running" or state.due is None or state.begun is None:
        return
    clock = prepared.clocks[state.key]
    if clock.warn:
        yield Timer(state.key, "warn", -1, _warned(prepared, clock, state), state.begun)
    for entry, late in enumerate(clock.late):
        span = Span.parse(late.after) if late.after else None
        yield Timer(state.key, "late", entry, moved(state.due, span.count, span.unit) if span else state.due, state.begun)


def _warned(prepared: PreparedProcedure, clock: Clock, state: ClockState) -> datetime:
    """When to warn: so long before it runs out, in working time where the clock counts working minutes or hours."""
    assert clock.warn and state.begun and state.due
    span, limit = Span.parse(clock.warn), Limit.read(clock.limit)
    if limit and limit.working and limit.unit in ("minute", "hour") and span.unit in SECONDS:
        whole = timedelta(seconds=limit.count * SECONDS[limit.unit])
        before = timedelta(seconds=span.count * SECONDS[span.unit])
        return prepared.calendar(clock.calendar).add(state.begun, max(whole - before, timedelta(seconds=1)))
    return max(moved(state.due, -span.count, span.unit), state.begun)
