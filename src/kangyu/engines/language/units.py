"""Whether quantities that are added or compared have one unit. Units are UCUM codes; values are stored in their field's unit (rule 13).

A literal carries no unit and goes with any. What is multiplied or divided has a unit nobody declared, and goes with any too.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from . import nodes as n
from .errors import ExpressionError
from .nodes import Scope
from .schema import Schema

TIME_UNITS = {"minute": "min", "hour": "h", "day": "d", "week": "wk", "month": "mo", "year": "a"}
KEEPS_UNIT = ("abs", "ceil", "floor", "round")
ONE_OF = ("coalesce", "least", "greatest")


def check_units(text: str, tree: n.Node, schema: Schema) -> str | None:
    """The unit of the whole expression, ``None`` when it has none or nobody knows.

    Raises ``ExpressionError`` at the second of two values whose units are known and differ.
    """
    return _Units(text, schema).of(tree) if schema.units else None


@dataclass(frozen=True)
class _Units:
    text: str
    schema: Schema
    table: str = ""

    def of(self, node: n.Node) -> str | None:
        """The unit of a node; everything below it is checked on the way."""
        rule = _RULES.get(type(node))
        if rule is not None:
            return rule(self, node)
        for child in n.children(node):
            self.of(child)
        return None

    def one(self, *nodes: n.Node) -> str | None:
        """The one unit of values that stand side by side."""
        found: tuple[n.Node, str] | None = None
        for node in nodes:
            unit = self.of(node)
            if unit is None:
                continue
            if found is not None and unit != found[1]:
                message = f"这里的单位是 {unit}，前面的（{self.said(found[0])}）是 {found[1]}，不能直接比较或相加减。"
                raise ExpressionError(message, text=self.text, position=node.at, remedy="检查是不是写错了字段；要换算，先乘以换算系数。")
            found = found or (node, unit)
        return found[1] if found else None

    def said(self, node: n.Node) -> str:
        return next((item.name for item in n.walk(node) if isinstance(item, n.Ref)), "时长")


def _ref(units: _Units, node: n.Ref) -> str | None:
    prefix = {Scope.SUBJECT: "it.", Scope.ROW: f"{units.table}."}.get(node.scope, "")
    return units.schema.units.get(prefix + node.name)


def _arithmetic(units: _Units, node: n.Arithmetic) -> str | None:
    if node.op in "+-":
        return units.one(node.left, node.right)
    units.of(node.left), units.of(node.right)
    return None


def _compare(units: _Units, node: n.Compare) -> None:
    units.one(node.left, node.right)


def _between(units: _Units, node: n.Between) -> None:
    units.one(node.value, node.low, node.high)


def _call(units: _Units, node: n.Call) -> str | None:
    if node.function in ONE_OF:
        return units.one(*node.arguments)
    found = [units.of(argument) for argument in node.arguments]
    return found[0] if node.function in KEEPS_UNIT else None


def _case(units: _Units, node: n.Case) -> str | None:
    for when, _ in node.branches:
        units.of(when)
    return units.one(*(then for _, then in node.branches), *([node.otherwise] if node.otherwise else []))


def _record(units: _Units, node: n.Record) -> str | None:
    inside = replace(units, table=node.table)
    if node.where is not None:
        inside.of(node.where)
    for window in node.windows:
        units.of(window)
    unit = inside.of(node.column) if node.column is not None else None
    return None if node.function in ("count", "exists") else unit


def _negate(units: _Units, node: n.Negate) -> str | None:
    return units.of(node.operand)


def _time(units: _Units, node: Any) -> str:
    return TIME_UNITS[node.unit]


_RULES: dict[type, Callable[[_Units, Any], str | None]] = {
    n.Ref: _ref,
    n.Arithmetic: _arithmetic,
    n.Compare: _compare,
    n.Between: _between,
    n.Call: _call,
    n.Case: _case,
    n.Record: _record,
    n.Negate: _negate,
    n.Age: _time,
    n.Elapsed: _time,
}
