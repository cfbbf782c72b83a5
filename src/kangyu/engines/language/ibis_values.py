"""One desugared node as one Ibis expression. Three-valued logic is SQL's own; the traps of DuckDB and Spark are met here.

Traps: date plus months is a timestamp that Ibis believes to be a date; bare floats are read as decimals; division by zero is
infinite or an error; ``least`` and ``greatest`` skip nulls; an empty ``in`` list forgets that null is unknown; ``NOT`` is printed
without parentheses, so that ``(not a) is null`` would be read as ``not (a is null)``.
"""

from collections.abc import Callable
from functools import reduce
from operator import and_, or_
from typing import Any

import ibis
import ibis.expr.types as ir

from . import nodes as n
from .nodes import Type

DTYPES = {
    Type.NUMBER: "float64",
    Type.TEXT: "string",
    Type.BOOLEAN: "boolean",
    Type.DATE: "date",
    Type.DATETIME: "timestamp",
    Type.LIST: "array<string>",
    Type.NULL: "null",
}
SPELLED_OUT = 100
"""A set with more codes than this is looked up in a sub-query instead of being compared one by one (rule 17)."""

Names = Callable[[n.Ref], ir.Value]


def ibis_value(node: n.Node, names: Names) -> Any:
    """The node as an Ibis expression; ``names`` says which column holds a reference."""
    return _VALUES[type(node)](node, lambda child: ibis_value(child, names), names)


def typed_column(column: Any, kind: Type) -> Any:
    """A stored column as the language sees it: every number a double, every day a date."""
    wanted = DTYPES[kind]
    same = column.type().copy(nullable=True) == ibis.dtype(wanted)
    return column if same or kind is Type.LIST else column.cast(wanted)


Below = Callable[[n.Node], Any]


def _literal(node: n.Literal, below: Below, names: Names) -> Any:
    if node.value is None:
        return ibis.null() if node.type is Type.NULL else ibis.null(DTYPES[node.type])
    if node.type is Type.NUMBER:
        return ibis.literal(repr(float(node.value))).cast("float64")  # type: ignore[arg-type]
    return ibis.literal(node.value, DTYPES[node.type])


def _ref(node: n.Ref, below: Below, names: Names) -> Any:
    return typed_column(names(node), node.type)


def _number(value: Any) -> Any:
    return value.cast("float64") if value.type().is_null() else value


def _negate(node: n.Negate, below: Below, names: Names) -> Any:
    return -_number(below(node.operand))


def _arithmetic(node: n.Arithmetic, below: Below, names: Names) -> Any:
    left, right = _number(below(node.left)), _number(below(node.right))
    if node.op == "/":
        return left / right.nullif(ibis.literal("0").cast("float64"))
    return {"+": left.__add__, "-": left.__sub__, "*": left.__mul__}[node.op](right)


def _moved(value: Any, count: int, unit: str) -> Any:
    moved = value + ibis.interval(count, unit={"minute": "m", "hour": "h", "day": "D", "week": "W", "month": "M", "year": "Y"}[unit])
    return moved if value.type().is_timestamp() else moved.cast("timestamp").cast("date")


def _shift(node: n.Shift, below: Below, names: Names) -> Any:
    return _moved(below(node.start), node.duration.count, node.duration.unit)


def _edge(node: n.Edge, below: Below, names: Names) -> Any:
    months = {"month": 1, "quarter": 3, "year": 12}[node.span]
    first = below(node.day).truncate({"month": "M", "quarter": "Q", "year": "Y"}[node.span]).cast("timestamp").cast("date")
    return first if node.side == "start" else _moved(_moved(first, months, "month"), -1, "day")


def _elapsed(node: n.Elapsed, below: Below, names: Names) -> Any:
    assert node.end is not None
    start, end = below(node.start), below(node.end)
    if node.type is Type.DATETIME:
        return (end.delta(start, unit="microsecond") / {"minute": 60_000_000, "hour": 3_600_000_000}[node.unit]).floor().cast("float64")
    if node.unit in ("day", "week"):
        days = end.epoch_days() - start.epoch_days()
        return (days / 7).floor().cast("float64") if node.unit == "week" else days.cast("float64")
    months = (end.year() - start.year()) * 12 + end.month() - start.month()
    unfinished = (start.day() > end.day()) & (_moved(end, 1, "day").day() != 1)
    whole = months - ibis.cases((unfinished, 1), else_=0)
    return (whole / 12).floor().cast("float64") if node.unit == "year" else whole.cast("float64")


def _call(node: n.Call, below: Below, names: Names) -> Any:
    values = [below(argument) for argument in node.arguments]
    if node.function == "coalesce":
        return ibis.coalesce(*values)
    if node.function in ("least", "greatest"):
        if any(value.type().is_null() for value in values):
            return ibis.null()
        unknown = reduce(or_, [value.isnull() for value in values])
        return ibis.cases((unknown, ibis.null()), else_=getattr(ibis, node.function)(*values))
    if node.function == "date_of":
        return values[0].cast("timestamp").cast("date")
    return _NUMERIC[node.function](*(_number(value) for value in values))


def _rounded(value: Any, digits: Any = None) -> Any:
    return value.round(0 if digits is None else int(float(digits.op().arg.value))).cast("float64")


def _logarithm(value: Any) -> Any:
    return ibis.cases((value > 0, value)).ln()


def _power(base: Any, exponent: Any) -> Any:
    impossible = ((base == 0) & (exponent < 0)) | ((base < 0) & (exponent != exponent.floor()))
    value = ibis.cases((impossible, ibis.null()), else_=base).cast("float64") ** exponent
    return ibis.cases((value.isinf(), ibis.null()), else_=value)


_NUMERIC: dict[str, Callable[..., Any]] = {
    "abs": lambda value: value.abs(),
    "ceil": lambda value: value.ceil().cast("float64"),
    "floor": lambda value: value.floor().cast("float64"),
    "round": _rounded,
    "ln": _logarithm,
    "power": _power,
}


def _case(node: n.Case, below: Below, names: Names) -> Any:
    branches = [(below(when), below(then)) for when, then in node.branches]
    otherwise = below(node.otherwise) if node.otherwise is not None else ibis.null()
    if all(then.type().is_null() for _, then in branches) and otherwise.type().is_null():
        return ibis.null()
    return ibis.cases(*branches, else_=otherwise)


def _chosen(node: n.Chosen, below: Below, names: Names) -> Any:
    held = [ibis.cases((below(condition), key)) for key, condition in zip(node.keys, node.conditions, strict=True)]
    return ibis.array(held).filter(lambda key: key.notnull())


def _and(node: n.And, below: Below, names: Names) -> Any:
    return reduce(and_, [below(item) for item in node.items])


def _or(node: n.Or, below: Below, names: Names) -> Any:
    return reduce(or_, [below(item) for item in node.items])


def _not(node: n.Not, below: Below, names: Names) -> Any:
    return ~below(node.operand)


def _closed(node: n.Node, below: Below) -> Any:
    """The value of a node in front of an operator that would otherwise slip inside its ``NOT``."""
    return below(node.operand) == ibis.literal(False) if isinstance(node, n.Not) else below(node)


def _compare(node: n.Compare, below: Below, names: Names) -> Any:
    left, right = _closed(node.left, below), _closed(node.right, below)
    operators = {"=": "__eq__", "<>": "__ne__", "<": "__lt__", "<=": "__le__", ">": "__gt__", ">=": "__ge__"}
    return getattr(left, operators[node.op])(right)


def _is_null(node: n.IsNull, below: Below, names: Names) -> Any:
    return _closed(node.operand, below).isnull()


def _is_empty(node: n.IsEmpty, below: Below, names: Names) -> Any:
    value = below(node.operand)
    return value.cast("array<string>").length() == 0


def _in(node: n.In, below: Below, names: Names) -> Any:
    assert isinstance(node.members, n.Codes)
    value, exact = _closed(node.value, below), node.members.exact
    if len(exact) > SPELLED_OUT:
        codes = ibis.array(sorted(exact)).unnest().name("code").as_table()
        return reduce(or_, [value.isin(codes.code), *_prefix_tests(value, node.members.prefixes)])
    return _member(value, node.members)


def _member(value: Any, codes: n.Codes) -> Any:
    tests = _prefix_tests(value, codes.prefixes)
    if codes.exact:
        constants = [_constant(item) for item in sorted(codes.exact, key=str)]
        tests.insert(0, value.isin(constants) if len(constants) > 1 else value == constants[0])
    return reduce(or_, tests) if tests else value.isnull().nullif(True)


def _constant(item: Any) -> Any:
    is_number = isinstance(item, int | float) and not isinstance(item, bool)
    return ibis.literal(repr(float(item))).cast("float64") if is_number else ibis.literal(item)


def _prefix_tests(value: Any, prefixes: tuple[str, ...]) -> list[Any]:
    """One test for each length of prefix, so that a chapter of hundreds of prefixes stays a few comparisons."""
    by_length: dict[int, list[str]] = {}
    for prefix in prefixes:
        by_length.setdefault(len(prefix), []).append(prefix)
    return [
        value.startswith(group[0]) if len(group) == 1 else value.substr(0, length).isin(group)
        for length, group in sorted(by_length.items())
    ]


def _has(node: n.Has, below: Below, names: Names) -> Any:
    assert isinstance(node.members, n.Codes)
    values = below(node.value).cast("array<string>")
    if node.mode == "any":
        return _some(values, node.members)
    single = [n.Codes(frozenset([code])) for code in sorted(node.members.exact)]
    single += [n.Codes(frozenset(), (prefix,)) for prefix in node.members.prefixes]
    return reduce(and_, [_some(values, codes) for codes in single]) if single else ~values.isnull().nullif(True)


def _some(values: Any, codes: n.Codes) -> Any:
    return values.filter(lambda value: _member(value, codes)).length() > 0


_VALUES: dict[type, Callable[[Any, Below, Names], Any]] = {
    n.Literal: _literal,
    n.Ref: _ref,
    n.Negate: _negate,
    n.Arithmetic: _arithmetic,
    n.Shift: _shift,
    n.Edge: _edge,
    n.Elapsed: _elapsed,
    n.Call: _call,
    n.Case: _case,
    n.Chosen: _chosen,
    n.And: _and,
    n.Or: _or,
    n.Not: _not,
    n.Compare: _compare,
    n.IsNull: _is_null,
    n.IsEmpty: _is_empty,
    n.In: _in,
    n.Has: _has,
}
