"""The slow, obvious evaluator: what an expression means, one rule at a time, for tests to hold the fast targets against.

It reads the checked tree with its windows still in place and keeps its own calendar, so that it shares no mistake with
``desugar`` and ``calendar``. Nothing here may be made faster at the price of being less plain.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from . import nodes as n
from .expression import Typed
from .nodes import Scope
from .subject import Subject

Row = Mapping[str, Any]


def evaluate(expression: Typed, subject: Subject) -> Any:
    """The value of one expression for one subject."""
    return _Evaluation(subject, {}).value(expression.tree)


def evaluate_all(expressions: Mapping[str, Typed], subject: Subject) -> dict[str, Any]:
    """The values of several expressions that may use one another by name (without a circle)."""
    evaluation = _Evaluation(subject, expressions)
    return {name: evaluation.value(typed.tree) for name, typed in expressions.items()}


# its own calendar


def _last_day(year: int, month: int) -> int:
    """The number of days of a month, found by trying."""
    for day in (31, 30, 29):
        try:
            date(year, month, day)
        except ValueError:
            continue
        return day
    return 28


def _moved(start: Any, count: int, unit: str) -> Any:
    """``start`` moved by ``count`` units, one month at a time for months and years."""
    if isinstance(start, datetime):
        return start + count * timedelta(**{f"{unit}s": 1})
    if unit in ("day", "week"):
        return start + count * timedelta(days=7 if unit == "week" else 1)
    year, month = start.year, start.month
    for _ in range(abs(count) * (12 if unit == "year" else 1)):
        month += 1 if count > 0 else -1
        if month == 13:
            year, month = year + 1, 1
        if month == 0:
            year, month = year - 1, 12
    return date(year, month, min(start.day, _last_day(year, month)))


def _between(unit: str, start: Any, end: Any) -> int:
    """The largest n with ``start`` + n units not after ``end``, found by counting from a first guess."""
    days = (end - start) / timedelta(days=1)
    per_unit = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1, "week": 7, "month": 30.44, "year": 365.2425}[unit]
    guess = int(days / per_unit)
    while _moved(start, guess, unit) > end:
        guess -= 1
    while _moved(start, guess + 1, unit) <= end:
        guess += 1
    return guess


def _whole_span(span: str, day: date) -> tuple[date, date]:
    """Every day of the year, quarter or month that holds ``day``: the first and the last."""
    months = {"year": range(1, 13), "month": [day.month]}.get(span)
    if months is None:
        months = next(quarter for quarter in ([1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12]) if day.month in quarter)
    return date(day.year, months[0], 1), date(day.year, months[-1], _last_day(day.year, months[-1]))


# three-valued logic


def _and(values: list[bool | None]) -> bool | None:
    if any(value is False for value in values):
        return False
    return None if any(value is None for value in values) else True


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _matches(value: Any, codes: n.Codes) -> bool:
    return any(value == code for code in codes.exact) or any(value[: len(prefix)] == prefix for prefix in codes.prefixes)


@dataclass
class _Evaluation:
    subject: Subject
    expressions: Mapping[str, Typed]
    row: Row | None = None
    memory: dict[str, Any] = field(default_factory=dict)

    def value(self, node: n.Node) -> Any:
        return getattr(self, "on_" + type(node).__name__.lower())(node)

    def true(self, node: n.Node) -> bool:
        return self.value(node) is True

    # names

    def on_literal(self, node: n.Literal) -> Any:
        return node.value

    def on_ref(self, node: n.Ref) -> Any:
        if node.scope is Scope.ROW:
            assert self.row is not None
            return self.row.get(node.name)
        if node.scope is Scope.SUBJECT:
            return self.subject.fields.get(node.name)
        if node.scope is Scope.PREVIOUS:
            return None if self.subject.previous is None else self.subject.previous.get(node.name)
        if node.scope is Scope.CLOCK:
            return self.clock(node.name)
        if node.name in self.expressions:
            if node.name not in self.memory:
                self.memory[node.name] = replace(self, row=None).value(self.expressions[node.name].tree)
            return self.memory[node.name]
        return self.subject.form.get(node.name)

    def clock(self, name: str) -> Any:
        if name == "today":
            return self.subject.today
        if self.subject.period is None:
            return None
        return self.subject.period.start if name == "period.start" else self.subject.period.end

    # arithmetic

    def on_negate(self, node: n.Negate) -> Any:
        value = self.value(node.operand)
        return None if value is None else -value

    def on_arithmetic(self, node: n.Arithmetic) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        if left is None or right is None:
            return None
        if node.op == "+":
            return left + right
        if node.op == "-":
            return left - right
        if node.op == "*":
            return left * right
        return None if right == 0 else left / right

    def on_shift(self, node: n.Shift) -> Any:
        start = self.value(node.start)
        return None if start is None else _moved(start, node.duration.count, node.duration.unit)

    def on_call(self, node: n.Call) -> Any:
        values = [self.value(argument) for argument in node.arguments]
        if node.function == "coalesce":
            return next((value for value in values if value is not None), None)
        if any(value is None for value in values):
            return None
        return getattr(self, "call_" + node.function)(*values)

    def call_least(self, *values: Any) -> Any:
        return sorted(values)[0]

    def call_greatest(self, *values: Any) -> Any:
        return sorted(values)[-1]

    def call_abs(self, value: float) -> float:
        return -value if value < 0 else value

    def call_ceil(self, value: float) -> int:
        return -int(-value // 1)

    def call_floor(self, value: float) -> int:
        return int(value // 1)

    def call_round(self, value: float, digits: int = 0) -> float:
        scaled = abs(value) * 10**digits
        below = int(scaled // 1)
        whole = below if scaled - below < 0.5 else below + 1
        return (-whole if value < 0 else whole) / 10**digits

    def call_date_of(self, value: datetime) -> date:
        return date(value.year, value.month, value.day)

    def call_ln(self, value: float) -> float | None:
        return None if value <= 0 else math.log(value)

    def call_power(self, base: float, exponent: float) -> float | None:
        if (base == 0 and exponent < 0) or (base < 0 and exponent != int(exponent)):
            return None
        try:
            return math.pow(base, exponent)
        except OverflowError:
            return None

    # conditions

    def on_and(self, node: n.And) -> bool | None:
        return _and([self.value(item) for item in node.items])

    def on_or(self, node: n.Or) -> bool | None:
        return _not(_and([_not(self.value(item)) for item in node.items]))

    def on_not(self, node: n.Not) -> bool | None:
        return _not(self.value(node.operand))

    def on_compare(self, node: n.Compare) -> bool | None:
        return self.compared(node.op, self.value(node.left), self.value(node.right))

    def compared(self, op: str, left: Any, right: Any) -> bool | None:
        if left is None or right is None:
            return None
        if op == "=":
            return bool(left == right)
        if op == "<>":
            return bool(left != right)
        if op == "<":
            return bool(left < right)
        if op == "<=":
            return bool(left < right or left == right)
        if op == ">":
            return bool(right < left)
        return bool(right < left or left == right)

    def on_between(self, node: n.Between) -> bool | None:
        value = self.value(node.value)
        return _and([self.compared("<=", self.value(node.low), value), self.compared("<=", value, self.value(node.high))])

    def on_isnull(self, node: n.IsNull) -> bool:
        return self.value(node.operand) is None

    def on_isempty(self, node: n.IsEmpty) -> bool | None:
        value = self.value(node.operand)
        return None if value is None else len(value) == 0

    def on_in(self, node: n.In) -> bool | None:
        assert isinstance(node.members, n.Codes)
        value = self.value(node.value)
        return None if value is None else _matches(value, node.members)

    def on_has(self, node: n.Has) -> bool | None:
        assert isinstance(node.members, n.Codes)
        values = self.value(node.value)
        if values is None:
            return None
        if node.mode == "any":
            return any(_matches(value, node.members) for value in values)
        single = [n.Codes(frozenset([code])) for code in node.members.exact] + [n.Codes(frozenset(), (p,)) for p in node.members.prefixes]
        return all(any(_matches(value, codes) for value in values) for codes in single)

    def on_case(self, node: n.Case) -> Any:
        for when, then in node.branches:
            if self.true(when):
                return self.value(then)
        return None if node.otherwise is None else self.value(node.otherwise)

    def on_chosen(self, node: n.Chosen) -> list[str]:
        return [key for key, condition in zip(node.keys, node.conditions, strict=True) if self.true(condition)]

    # time

    def on_age(self, node: n.Age) -> int | None:
        assert node.birth is not None
        birth = self.value(node.birth)
        when = self.subject.today if node.when is None else self.value(node.when)
        return None if birth is None or when is None else _between(node.unit, birth, when)

    def on_elapsed(self, node: n.Elapsed) -> int | None:
        start = self.value(node.start)
        end = self.subject.today if node.end is None else self.value(node.end)
        return None if start is None or end is None else _between(node.unit, start, end)

    # records

    def on_record(self, node: n.Record) -> Any:
        rows = [row for row in self.subject.tables.get(node.table, ()) if self.seen(node, row)]
        rows = [row for row in rows if all(self.in_window(window, row) for window in node.windows)]
        if node.where is not None:
            where = node.where
            rows = [row for row in rows if replace(self, row=row).true(where)]
        rows.sort(key=lambda row: (row["on"], row["id"]))
        if node.column is None:
            return bool(rows) if node.function == "exists" else len(rows)
        column = node.column
        found = [replace(self, row=row).value(column) for row in rows]
        return self.summed_up(node, [value for value in found if value is not None])

    def summed_up(self, node: n.Record, values: list[Any]) -> Any:
        if node.function == "exists":
            return bool(values)
        if node.function == "count":
            return len(set(values)) if node.distinct else len(values)
        if node.function == "sum":
            return sum(values)
        if not values:
            return None
        ordered = values if node.function in ("first", "last") else sorted(values)
        return ordered[0] if node.function in ("first", "min") else ordered[-1]

    def seen(self, node: n.Record, row: Row) -> bool:
        on, today, current = row.get("on"), self.subject.today, self.subject.row_id
        if on is None or on > today:
            return False
        if node.own and on == today:
            return current is None or row["id"] < current
        return True

    def in_window(self, window: n.Node, row: Row) -> bool:
        on, to = row["on"], row.get("to")
        if isinstance(window, n.During | n.ActiveDuring):
            bounds = self.span(window.span)
            if bounds is None:
                return False
            first, last = bounds
            if isinstance(window, n.During):
                return bool(first <= on <= last)
            return bool(on <= last and (to is None or to >= first))
        if isinstance(window, n.Within):
            end = self.subject.today if window.of is None else self.value(window.of)
            return end is not None and bool(_moved(end, -window.duration.count, window.duration.unit) < on <= end)
        assert isinstance(window, n.Since | n.Before | n.ActiveAt)
        bound = self.value(window.bound)
        if bound is None:
            return False
        if isinstance(window, n.Since):
            return bool(on >= bound)
        if isinstance(window, n.Before):
            return bool(on < bound)
        return bool(on <= bound and (to is None or bound <= to))

    def span(self, span: str) -> tuple[date, date] | None:
        if span != "period":
            return _whole_span(span, self.subject.today)
        period = self.subject.period
        return None if period is None else (period.start, period.end)
