"""The sheet: each row's columns in their order, the pool shared among the rows, the lines after it.

What a column shows is what later columns reckon with: each value is rounded half up to the column's decimals before it is used, and a
column of items is the sum of the points as they are shown. So the sheet can be followed with a pocket calculator.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from kangyu.engines.allocation import share
from kangyu.engines.content.kinds.statement import Column
from kangyu.engines.language.subject import Subject
from kangyu.kernel.errors import Problem, ProblemsError
from kangyu.kernel.period import Period

from .prepared import PreparedStatement

Values = dict[str, Decimal | None]


@dataclass(frozen=True)
class Figured:
    """An indicator's value for a row; None where there is nothing to divide by."""

    value: float | None
    top: float
    bottom: float


@dataclass(frozen=True)
class RowFacts:
    """What a row is computed from. ``counts`` and ``figures`` go by ``column`` or ``column.item``; ``tables`` are the institution's own
    (its ledger lines, say); ``known`` are columns that are taken as they are."""

    id: str
    name: str
    fields: Mapping[str, Any]
    counts: Mapping[str, int] = field(default_factory=dict)
    figures: Mapping[str, Figured] = field(default_factory=dict)
    tables: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    known: Mapping[str, Decimal | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Points:
    """What one item of a column comes to for a row: so many records (or an indicator's value, so much of full marks) at a weight.

    ``points`` is None where the item could not be assessed.
    """

    weight: Decimal
    points: Decimal | None
    count: int | None = None
    figure: Figured | None = None
    score: Decimal | None = None


@dataclass(frozen=True)
class SheetRow:
    """One institution: its columns, their items, its weight in the pool, its share and whether a bound holds it, its lines."""

    id: str
    name: str
    fields: Mapping[str, Any]
    values: Mapping[str, Decimal | None]
    points: Mapping[str, Mapping[str, Points]]
    weight: Decimal | None = None
    share: Decimal | None = None
    bound: str = ""

    def of(self, column: str) -> Decimal | None:
        """A column, a line, or the share."""
        return self.share if column == "share" else self.values.get(column)


@dataclass(frozen=True)
class Sheet:
    """``rate`` is the money for one unit of weight between the bounds, ``average`` the average share."""

    rows: tuple[SheetRow, ...]
    totals: Mapping[str, Decimal]
    amount: Decimal | None = None
    rate: Decimal | None = None
    average: Decimal | None = None


def rows_among(prepared: PreparedStatement, candidates: Iterable[RowFacts], period: Period) -> list[RowFacts]:
    """Those for which ``among`` is true."""
    if prepared.statement.among is None:
        return list(candidates)
    return [one for one in candidates if prepared.value("among", _subject(one, {}, period)) is True]


def compute(prepared: PreparedStatement, facts: Sequence[RowFacts], period: Period) -> Sheet:
    """The sheet of these rows. Raises ``Infeasible`` where the pool cannot be shared and ``ProblemsError`` for a row without a weight."""
    statement = prepared.statement
    rows = [_columns(prepared, one, period) for one in facts]
    if statement.pool is None:
        return Sheet(tuple(rows), _totals(prepared, rows))
    amount = _exact(prepared.value("pool.amount", Subject({}, {}, period.end, period)))
    if amount is None:
        raise ProblemsError([Problem("pool.amount", "amount", "总额算不出来。", "请检查总额的设置。")])
    weights = {one.id: _weight(prepared, row, one, period) for row, one in zip(rows, facts, strict=True)}
    missing = [row.name for row in rows if weights[row.id] is None]
    if missing:
        raise ProblemsError(
            [Problem(name, statement.pool.by, "份额算不出来，缺少数据。", "请补上数据，或在算式里写明缺了怎么算。") for name in missing]
        )
    found = share(
        amount,
        {key: weight for key, weight in weights.items() if weight is not None},
        round_to=Decimal(str(statement.pool.round)),
        at_least=_setting(statement.pool.floor),
        at_most=_setting(statement.pool.cap),
    )
    rows = [
        _lines(prepared, row, one, period, weights[row.id], found.shares[row.id], found.bound.get(row.id, ""))
        for row, one in zip(rows, facts, strict=True)
    ]
    return Sheet(tuple(rows), _totals(prepared, rows), amount, found.rate, found.average)


def _columns(prepared: PreparedStatement, facts: RowFacts, period: Period) -> SheetRow:
    values: Values = {}
    points: dict[str, dict[str, Points]] = {}
    for key, column in prepared.statement.columns.items():
        if column.items:
            points[key] = {name: _item(prepared, key, name, column, facts, values, period) for name in column.items}
            values[key] = _added(column, points[key])
        else:
            values[key] = _value(prepared, "columns", key, column, facts, values, period)
    return SheetRow(facts.id, facts.name, facts.fields, values, points)


def _value(
    prepared: PreparedStatement, part: str, key: str, column: Column, facts: RowFacts, values: Mapping[str, Decimal | None], period: Period
) -> Decimal | None:
    if key in facts.known:
        return facts.known[key]
    if column.counts:
        return Decimal(facts.counts.get(key, 0))
    return rounded(prepared.value(f"{part}.{key}.gives", _subject(facts, values, period)), column.decimals)


def _item(prepared: PreparedStatement, column: str, name: str, declared: Column, facts: RowFacts, values: Values, period: Period) -> Points:
    place, item = f"{column}.{name}", declared.items[name]
    weight = _exact(prepared.value(f"columns.{column}.items.{name}.weight", _subject(facts, values, period)))
    if weight is None:
        raise ProblemsError([Problem(facts.name, item.title, "权重算不出来。", f"请检查 {item.weight}。")])
    if item.counts:
        count = facts.counts.get(place, 0)
        return Points(weight, _half_up(count * weight, declared.decimals), count=count)
    figure = facts.figures.get(place, Figured(None, 0.0, 0.0))
    given = _subject(facts, {}, period, {"value": figure.value})
    score = rounded(prepared.value(f"columns.{column}.items.{name}.gives", given), 4) if figure.value is not None else None
    points = _half_up(score * weight, declared.decimals) if score is not None else None
    return Points(weight, points, figure=figure, score=score)


def _added(column: Column, points: Mapping[str, Points]) -> Decimal | None:
    """The sum of what could be assessed; out of ``full``, the sum of their weights being full marks."""
    assessed = [one for one in points.values() if one.points is not None]
    total = sum((one.points for one in assessed if one.points is not None), Decimal(0))
    if column.full is None:
        return _half_up(total, column.decimals)
    possible = sum((one.weight for one in assessed), Decimal(0))
    return _half_up(total * Decimal(str(column.full)) / possible, column.decimals) if possible else None


def _weight(prepared: PreparedStatement, row: SheetRow, facts: RowFacts, period: Period) -> Decimal | None:
    return _exact(prepared.value("pool.by", _subject(facts, row.values, period)))


def _lines(
    prepared: PreparedStatement, row: SheetRow, facts: RowFacts, period: Period, weight: Decimal | None, given: Decimal, bound: str
) -> SheetRow:
    values: Values = {**row.values}
    for key, column in prepared.statement.lines.items():
        values[key] = _value(prepared, "lines", key, column, facts, {**values, "share": given}, period)
    return SheetRow(row.id, row.name, row.fields, values, row.points, weight, given, bound)


def _totals(prepared: PreparedStatement, rows: Sequence[SheetRow]) -> dict[str, Decimal]:
    return {key: sum((value for row in rows if (value := row.of(key)) is not None), Decimal(0)) for key in prepared.statement.totals}


def _subject(facts: RowFacts, values: Mapping[str, Decimal | None], period: Period, more: Mapping[str, Any] | None = None) -> Subject:
    form = {key: None if value is None else float(value) for key, value in values.items()}
    today: date = period.end
    return Subject({**facts.fields, "id": facts.id}, facts.tables, today, period, form={**form, **(more or {})})


def rounded(value: Any, decimals: int) -> Decimal | None:
    """A computed number, half up."""
    exact = _exact(value)
    return None if exact is None else _half_up(exact, decimals)


def _half_up(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _exact(value: Any) -> Decimal | None:
    """A number of the language as the decimal it is written as; doubles to ten places, below which they are noise."""
    if value is None:
        return None
    return Decimal(value) if isinstance(value, int) else Decimal(repr(float(value))).quantize(Decimal("1e-10"), ROUND_HALF_UP).normalize()


def _setting(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))
