"""Clocks of a case: when each began, when it runs out, whether it was kept, worked out from the steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from kangyu.engines.content.kinds.action import Limit
from kangyu.engines.content.kinds.work import Clock
from kangyu.engines.language.calendar import shift

from .case import Case
from .procedure import PreparedProcedure, Values

Standing = Literal["waiting", "running", "kept", "missed"]
BY_CASE = "按情况"
"""What is said of a limit that is an expression."""
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}


@dataclass(frozen=True)
class ClockState:
    """One clock. ``due`` and ``begun`` are there once it has begun (without ``due`` its limit does not apply to this case); ``running``
    past its due it is late. ``surely`` is false when the holidays of a year it counts through are not published."""

    key: str
    title: str
    standing: Standing
    begun: datetime | None = None
    due: datetime | None = None
    stopped: datetime | None = None
    working: bool = False
    surely: bool = True

    def late(self, now: datetime) -> bool:
        """Whether it ran out: before it was stopped, or by now."""
        return self.standing == "missed" or (self.standing == "running" and self.due is not None and now > self.due)


def clock_states(prepared: PreparedProcedure, case: Case, values: Values) -> list[ClockState]:
    """Every clock of the procedure, in the order of writing."""
    return [_state(prepared, case, values, key, clock) for key, clock in prepared.procedure.clocks.items()]


def _state(prepared: PreparedProcedure, case: Case, values: Values, key: str, clock: Clock) -> ClockState:
    begun, stopped = _span(prepared, case, clock)
    due = due_at(prepared, clock, begun, values.get(f"limit.{key}")) if begun else None
    if begun is None or due is None:
        return ClockState(key, clock.title, "waiting", begun)
    limit = Limit.read(clock.limit)
    working = bool(limit and limit.working)
    standing: Standing = "running" if stopped is None else "kept" if stopped <= due else "missed"
    surely = not working or all(prepared.calendar(clock.calendar).knows(day) for day in (begun, due))
    return ClockState(key, clock.title, standing, begun, due, stopped, working, surely)


def _span(prepared: PreparedProcedure, case: Case, clock: Clock) -> tuple[datetime | None, datetime | None]:
    """When the clock began and when it was stopped, by the steps."""
    stops = {*clock.until, *prepared.procedure.ends}
    if clock.from_ not in prepared.procedure.states:
        begun = _given(case, clock.from_)
        stopped = next((step.at for step in case.steps if step.changes and step.to in stops), None)
        return begun, max(stopped, begun) if stopped and begun else None
    begun = stopped = None
    for step in case.steps:
        if not step.changes or step.to == step.from_:
            continue
        if step.to == clock.from_:
            begun, stopped = step.at, None
        elif begun is not None and stopped is None and step.to in stops:
            stopped = step.at
    return begun, stopped


def _given(case: Case, name: str) -> datetime | None:
    """The moment an answer names; a date counts from its midnight, so that a legal limit is never taken too long."""
    form, _, field = name.partition(".")
    value = case.answers.get(form, {}).get(field)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, datetime.min.time())
    return value if isinstance(value, datetime) else None


def due_at(prepared: PreparedProcedure, clock: Clock, begun: datetime, hours: float | None) -> datetime | None:
    """When a clock that began runs out; ``hours`` is what an expression of its limit gave."""
    limit = Limit.read(clock.limit)
    if limit is None:
        return None if hours is None else begun + timedelta(hours=hours)
    if not limit.working:
        return moved(begun, limit.count, limit.unit)
    calendar = prepared.calendar(clock.calendar)
    if limit.unit in ("day", "week"):
        return calendar.add_days(begun, limit.count * (5 if limit.unit == "week" else 1))
    return calendar.add(begun, timedelta(seconds=limit.count * SECONDS[limit.unit]))


def moved(moment: datetime, count: int, unit: str) -> datetime:
    """A moment moved by calendar units; months keep the time of day."""
    if unit in SECONDS:
        return moment + timedelta(seconds=count * SECONDS[unit])
    day = shift(moment.date(), count, unit)
    assert day is not None
    return datetime.combine(day, moment.timetz())


def nearest(states: Sequence[ClockState]) -> ClockState | None:
    """The running clock that runs out first."""
    running = [state for state in states if state.standing == "running" and state.due]
    return min(running, key=lambda state: (state.due, state.key), default=None)


def left_words(state: ClockState, now: datetime, prepared: PreparedProcedure | None = None) -> str:
    """``还剩 1 小时 52 分``, ``超时 3 天``; working time is said to be such when more than the clock on the wall will pass."""
    assert state.due is not None
    if now > state.due:
        return f"超时 {span_words(now - state.due)}"
    if state.working and prepared is not None:
        clock = prepared.clocks[state.key]
        left = prepared.calendar(clock.calendar).between(now, state.due)
        limit = Limit.read(clock.limit)
        if limit and limit.unit in ("minute", "hour"):
            return f"还剩 {span_words(left)}" + ("（工作时间）" if left != state.due - now else "")
    return f"还剩 {span_words(state.due - now)}"


def span_words(span: timedelta) -> str:
    """A length of time by its two largest units: ``2 天 3 小时``, ``1 小时 52 分``, ``不到 1 分``."""
    minutes = int(span.total_seconds() // 60)
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return f"{days} 天" + (f" {hours} 小时" if hours and days < 7 else "")
    if hours:
        return f"{hours} 小时" + (f" {rest} 分" if rest else "")
    return f"{rest} 分" if rest else "不到 1 分"


def limit_words(clock: Clock) -> str:
    """``4 个工作小时``, ``24 小时``; of an expression: that it depends."""
    limit = Limit.read(clock.limit)
    if limit is None:
        return BY_CASE
    unit = {"second": "秒", "minute": "分钟", "hour": "小时", "day": "天", "week": "周", "month": "个月"}[limit.unit]
    if limit.working:
        return f"{limit.count} 个工作{'日' if limit.unit == 'day' else unit}"
    return f"{limit.count} {unit}"
