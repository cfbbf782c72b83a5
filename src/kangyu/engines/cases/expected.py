"""What a case expects to be done again and again: a daily observation, a progress report every day; each occasion done, missed or to come.

An item is done by the move that asks for its form. Counted ``as: calendar`` every occasion stands for itself (what is missed stays missed);
otherwise the next one is counted from the last done.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from kangyu.engines.content.kinds.base import Span
from kangyu.engines.content.kinds.work import Due

from .case import Case
from .clocks import ClockState, moved
from .procedure import PreparedProcedure, Values

Standing = Literal["done", "missed", "open", "later"]
FINE = ("minute", "hour")
MOST = 400
"""Occasions of one item that are told apart; a watch of more than a year is a programme, not a case."""


@dataclass(frozen=True)
class Occasion:
    """One time that something is expected: from when it can be done, until when it is in time."""

    begun: datetime
    due: datetime
    standing: Standing


@dataclass(frozen=True)
class CaseDue:
    """One item. ``occasions`` in order of time; ``active`` is false when nothing more is expected (another state, ended, paused)."""

    key: str
    title: str
    form: str
    occasions: tuple[Occasion, ...]
    active: bool
    last: datetime | None = None

    @property
    def next(self) -> Occasion | None:
        """The occasion that is open or comes next."""
        return next((one for one in self.occasions if one.standing in ("open", "later")), None) if self.active else None

    @property
    def done(self) -> int:
        return sum(one.standing == "done" for one in self.occasions)

    @property
    def missed(self) -> int:
        return sum(one.standing == "missed" for one in self.occasions)


def expected(prepared: PreparedProcedure, case: Case, values: Values, now: datetime) -> list[CaseDue]:
    """Every item of the case at a moment, in the order of writing; one that has not begun has no occasions."""
    return [_item(prepared, case, values, now, key, due) for key, due in prepared.procedure.due.items()]


def due_clocks(prepared: PreparedProcedure, case: Case, values: Values, now: datetime) -> list[ClockState]:
    """The next occasion of each item as a running clock, so that lists and pages count it like any other limit."""
    items = expected(prepared, case, values, now)
    return [_clock(item, item.next) for item in items if item.next is not None]


def run_out(prepared: PreparedProcedure, case: Case, values: Values, now: datetime) -> list[ClockState]:
    """What timers are set for: the next occasion, and those missed, of every item that says what follows when one is missed."""
    found = []
    for item in expected(prepared, case, values, now):
        if prepared.procedure.due[item.key].missed:
            found += [_clock(item, one) for one in item.occasions if one.standing == "missed"]
            found += [_clock(item, item.next)] if item.next else []
    return found


def ticking(prepared: PreparedProcedure, case: Case, values: Values, now: datetime) -> bool:
    """Whether the case must be looked at when the day turns: some item still has occasions."""
    return any(item.next is not None for item in expected(prepared, case, values, now))


def due_rows(prepared: PreparedProcedure, case: Case, values: Values, now: datetime) -> list[Mapping[str, Any]]:
    """The built-in table ``due``: a row for each occasion that is over or open."""
    rows = [
        {"id": f"{item.key}-{place:04d}", "on": one.begun.date(), "item": item.key, "status": one.standing, "deadline": one.due}
        for item in expected(prepared, case, values, now)
        for place, one in enumerate(item.occasions)
        if one.standing != "later"
    ]
    return sorted(rows, key=lambda row: (row["on"], row["id"]))


def _clock(item: CaseDue, one: Occasion | None) -> ClockState:
    assert one is not None
    return ClockState(f"due_{item.key}", item.title, "running", one.begun, one.due)


def _item(prepared: PreparedProcedure, case: Case, values: Values, now: datetime, key: str, due: Due) -> CaseDue:
    title = due.title or prepared.forms[due.form].title
    begun = _begun(prepared, case, values, key, due)
    done = sorted(row["at"] for row in case.rows.get(due.form, ()) if row.get("at") is not None)
    item = CaseDue(key, title, due.form, (), _active(prepared, case, values, key, due), done[-1] if done else None)
    if begun is None or case.opened is None:
        return item
    stopped = now if item.active else _stopped(prepared, case, due, now)
    last = _last(values, key, due, begun)
    if due.by_:
        found = list(_once(values, key, begun, done, now))
    elif due.as_ == "calendar":
        found = list(_calendar(due, max(begun, case.opened), done, stopped, last, now))
    else:
        found = list(_from_last(due, begun, [at for at in done if at >= begun], last, now))
    if values.get(f"due.{key}.met_by") is True:
        found = [replace(one, standing="done") if one.standing in ("open", "later") else one for one in found]
    return replace(item, occasions=tuple(found))


def _begun(prepared: PreparedProcedure, case: Case, values: Values, key: str, due: Due) -> datetime | None:
    """When the item began to be expected: the day it names, the last coming into a state, else the opening."""
    if due.from_ and due.from_ not in prepared.procedure.states:
        return _moment(values.get(f"due.{key}.from"))
    if due.from_:
        return case.entered(due.from_)
    return _came(case, due.while_) if due.while_ else case.opened


def _came(case: Case, states: tuple[str, ...]) -> datetime | None:
    """When the case last came into one of some states from none of them."""
    steps = [step for step in case.steps if step.changes and step.to in states and step.from_ not in states]
    return steps[-1].at if steps else None


def _active(prepared: PreparedProcedure, case: Case, values: Values, key: str, due: Due) -> bool:
    here = case.state in due.while_ if due.while_ else case.state not in prepared.procedure.ends
    return here and values.get(f"due.{key}.when") is not False and values.get(f"due.{key}.pause") is not True


def _stopped(prepared: PreparedProcedure, case: Case, due: Due, now: datetime) -> datetime:
    """When nothing more was expected: the step that left the states, or ended the case."""
    states = due.while_ or tuple(state for state in prepared.procedure.states if state not in prepared.procedure.ends)
    left = [step.at for step in case.steps if step.changes and step.from_ in states and step.to not in states]
    return left[-1] if left else now


def _last(values: Values, key: str, due: Due, begun: datetime) -> datetime | None:
    """The end of the last day; a number counts days from the beginning."""
    if not due.until:
        return None
    value = values.get(f"due.{key}.until")
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        value = begun.date() + timedelta(days=int(value))
    day = value.date() if isinstance(value, datetime) else value
    return datetime.combine(day + timedelta(days=1), time())


def _once(values: Values, key: str, begun: datetime, done: list[datetime], now: datetime) -> Iterator[Occasion]:
    day = values.get(f"due.{key}.by")
    if day is None:
        return
    due = day if isinstance(day, datetime) else datetime.combine(day + timedelta(days=1), time())
    yield Occasion(begun, due, "done" if any(at >= begun for at in done) else "open")


def _calendar(
    due: Due, begun: datetime, done: list[datetime], stopped: datetime, last: datetime | None, now: datetime
) -> Iterator[Occasion]:
    """Every occasion up to the last, each with its own time; what lies after the stop was never expected."""
    assert due.every
    span = Span.parse(due.every)
    start = begun if span.unit in FINE else datetime.combine(begun.date(), time())
    for place in range(MOST):
        opens, closes = moved(start, place * span.count, span.unit), moved(start, (place + 1) * span.count, span.unit)
        if (last is not None and opens >= last) or opens > max(stopped, now):
            return
        met = any(opens <= at < closes for at in done)
        if opens > stopped or (closes > stopped and stopped < now and not met):
            return
        yield Occasion(opens, closes, "done" if met else "missed" if closes <= now else "open")
        if opens > now:
            return
        if met and closes > now and (last is None or closes < last):
            yield Occasion(closes, moved(start, (place + 2) * span.count, span.unit), "later")
            return


def _from_last(due: Due, begun: datetime, done: list[datetime], last: datetime | None, now: datetime) -> Iterator[Occasion]:
    """Those done, and the one that comes so long after the last."""
    assert due.every
    span, before = Span.parse(due.every), begun
    for at in done:
        yield Occasion(before, _after(before, span), "done")
        before = at
    following = _after(before, span)
    if last is None or (before < last and following <= last + timedelta(days=1)):
        yield Occasion(before, min(following, last) if last else following, "open")


def _after(moment: datetime, span: Span) -> datetime:
    """So long after a moment; counted in days or more, until that day is over."""
    if span.unit in FINE:
        return moved(moment, span.count, span.unit)
    day = moved(moment, span.count, span.unit).date()
    return datetime.combine(day + timedelta(days=1), time())


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    return datetime.combine(value, time()) if isinstance(value, date) else None
