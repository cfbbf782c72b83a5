"""The walk over a parsed tree that resolves names and types; which rule applies to which node is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import nodes as n
from .errors import ExpressionError
from .nodes import Type
from .schema import Schema, Table

WORDS = {
    Type.NUMBER: "数字",
    Type.TEXT: "文字",
    Type.BOOLEAN: "是否（条件）",
    Type.DATE: "日期",
    Type.DATETIME: "时刻",
    Type.LIST: "多选",
    Type.DURATION: "一段时间",
    Type.NULL: "空值",
}
ORDERED = (Type.NUMBER, Type.DATE, Type.DATETIME)
TIMED_UNITS = ("minute", "hour")

Result = tuple[n.Node, Type]
Rules = Mapping[type, Callable[["Checker", Any], "Result"]]


@dataclass
class Checker:
    """Walks a parsed tree and returns it with names resolved. ``table`` is set inside a ``where``, ``in_record`` also in its windows."""

    text: str
    schema: Schema
    rules: "Rules"
    table: Table | None = None
    in_record: bool = False

    def error(self, node: n.Node, message: str, remedy: str = "") -> ExpressionError:
        return ExpressionError(message, text=self.text, position=node.at, remedy=remedy)

    def check(self, node: n.Node) -> Result:
        """The resolved node and its type."""
        return self.rules[type(node)](self, node)

    def typed(self, node: n.Node, *wanted: Type, remedy: str = "") -> n.Node:
        """The resolved node, which must have one of the types ``wanted`` (a null literal passes)."""
        resolved, kind = self.check(node)
        if kind not in wanted and not (kind is Type.NULL and Type.BOOLEAN not in wanted):
            words = "或".join(WORDS[t] for t in wanted)
            raise self.error(node, f"这里要{words}，却是{WORDS[kind]}。", remedy or conversion(kind, wanted))
        return resolved

    def condition(self, node: n.Node) -> n.Node:
        """The resolved node, which must be a condition; the literal ``null`` is none."""
        return self.typed(node, Type.BOOLEAN)

    def same(self, parts: list[tuple[n.Node, Type]]) -> Type:
        """The one type of several values, null literals aside."""
        kinds = [(node, kind) for node, kind in parts if kind is not Type.NULL]
        for node, kind in kinds:
            if kind is Type.DURATION:
                raise self.error(node, "一段时间不能单独作为值。", "时间要与日期相加减，例如 today - 3 months。")
            if kind is not kinds[0][1]:
                raise self.error(node, f"几个结果的类型不同：前面是{WORDS[kinds[0][1]]}，这里是{WORDS[kind]}。", "让每个结果类型相同。")
        return kinds[0][1] if kinds else Type.NULL


def conversion(kind: Type, wanted: tuple[Type, ...]) -> str:
    if Type.BOOLEAN in wanted:
        return "写成条件，例如 systolic >= 140、outcome = 'controlled' 或 x is not null。"
    if kind is Type.TEXT and Type.DATE in wanted:
        return "日期写成 date '2025-01-31'。"
    if kind is Type.LIST:
        return "多选用 has any、has all 或 is empty。"
    return ""
