"""An expression in Chinese: ``年龄 ≥ 35 岁，且有在诊的原发性高血压``. It says the checked tree, so it says what runs."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from . import nodes as n
from .expression import Typed, parse
from .names import Names, TableWords
from .nodes import Scope, Type
from .words_of_records import WINDOWS, counted, exists, picked

SIGNS = {"=": "=", "<>": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}
BEING = {"=": "是", "<>": "不是"}
TURNED = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
UNITS = {"minute": "分钟", "hour": "小时", "day": "天", "week": "周", "month": "个月", "year": "年"}
AGES = {"year": ("年龄", "岁"), "month": ("月龄", "个月"), "week": ("周龄", "周"), "day": ("日龄", "天"), "hour": ("出生小时数", "小时")}
OPERATORS = {"+": "+", "-": "−", "*": "×", "/": "÷"}
_LATIN_AFTER = re.compile(r"([\u4e00-\u9fff])([0-9A-Za-z−])")
_LATIN_BEFORE = re.compile(r"([0-9A-Za-z%])([\u4e00-\u9fff])")
YES_NO = {True: "是", False: "否"}
FUNCTIONS = {"ceil": "向上取整", "floor": "向下取整", "abs": "绝对值", "round": "四舍五入", "ln": "自然对数"}


def in_words(typed: Typed, names: Names) -> str:
    """One sentence without a full stop. Names without a Chinese title stay as they are written."""
    return spaced(Speaker(names, _sets(typed.text)).condition(typed.tree))


def parts_in_words(typed: Typed, names: Names) -> tuple[str, ...]:
    """The same, one part for each condition that must hold; a text that is no chain of ``and`` is one part."""
    speaker = Speaker(names, _sets(typed.text))
    items = typed.tree.items if isinstance(typed.tree, n.And) else (typed.tree,)
    return tuple(spaced(speaker.inner(item, n.And)) for item in items)


def spaced(text: str) -> str:
    """A space between Chinese characters and figures or Latin letters, as good printing has it."""
    return _LATIN_AFTER.sub(r"\1 \2", _LATIN_BEFORE.sub(r"\1 \2", text))


def _sets(text: str) -> Mapping[int, n.Node]:
    """Sets and names as written, by their place: the checked tree has a set's codes only, in no order, and a setting's value only."""
    return {node.at: node for node in n.walk(parse(text).tree) if isinstance(node, n.ValueSet | n.Constants | n.Name)}


@dataclass(frozen=True)
class Speaker:
    """Says nodes. ``table`` is the one whose rows a ``where`` speaks of."""

    names: Names
    sets: Mapping[int, n.Node] = field(default_factory=dict)
    table: str = ""

    def say(self, node: n.Node) -> str:
        return RULES[type(node)](self, node)

    def within(self, table: str) -> "Speaker":
        return replace(self, table=table)

    def inner(self, node: n.Node, around: type) -> str:
        """A condition said inside ``and`` or ``or``: what would run together stands in brackets."""
        text = self.condition(node)
        return f"（{text}）" if isinstance(node, n.And | n.Or | n.Case) and not isinstance(node, around) else text

    def condition(self, node: n.Node) -> str:
        """A condition; a yes-no value alone says that it is yes."""
        text = self.say(node)
        return f"{text}为“是”" if isinstance(node, n.Ref) and node.type is Type.BOOLEAN else text

    def operand(self, node: n.Node) -> str:
        text = self.say(node)
        return f"（{text}）" if isinstance(node, n.Arithmetic | n.Case | n.Shift) else text

    def key(self, node: n.Node) -> str:
        """The key of the value a node takes: a name's, or the column's of a record function."""
        if isinstance(node, n.Ref):
            return self.names.key(node.scope, node.name, self.table)
        if isinstance(node, n.Record) and isinstance(node.column, n.Ref):
            return f"{node.table}.{node.column.name}"
        return ""

    def words_of(self, table: str) -> TableWords:
        return self.names.tables.get(table, TableWords(table))

    def constant(self, value: n.Constant, key: str = "") -> str:
        """A constant, a code by its name, in quotation marks where it is a text."""
        if isinstance(value, bool):
            return f"“{YES_NO[value]}”"
        if isinstance(value, int | float):
            return f"{value:g}" if abs(value) < 1e6 else f"{value:,.10g}"
        if isinstance(value, datetime):
            return value.strftime("%Y-%m-%d %H:%M")
        if isinstance(value, date):
            return value.isoformat()
        return f"“{self.names.code(key, value) or value}”" if value is not None else "空"

    def unit(self, node: n.Node) -> str:
        if isinstance(node, n.Age):
            return f" {AGES[node.unit][1]}"
        if isinstance(node, n.Elapsed):
            return f" {UNITS[node.unit]}"
        if isinstance(node, n.Record) and node.function == "count":
            return " 天" if _counts_days(node) else "" if node.distinct or _counts_stock(node) else " 次"
        unit = self.names.units.get(self.key(node), "")
        return f" {unit}" if unit else ""

    def members(self, node: n.Node, key: str) -> str:
        """A set: by its title, or its codes one by one."""
        written = self.sets.get(node.at)
        if isinstance(written, n.ValueSet):
            return f"“{self.names.value_sets.get(written.key, written.key)}”"
        values = [item.value for item in written.items] if isinstance(written, n.Constants) else sorted(getattr(node, "exact", ()), key=str)
        return "或".join(self.constant(value, key) for value in values)

    def is_set(self, node: n.Node) -> bool:
        return isinstance(self.sets.get(node.at), n.ValueSet)


def _counts_days(node: n.Record) -> bool:
    return node.distinct and isinstance(node.column, n.Ref) and node.column.name == "on"


def _counts_stock(node: n.Record) -> bool:
    """Whether people or things are counted as they stand at a moment, not what happened to them."""
    return any(isinstance(window, n.ActiveAt | n.ActiveDuring) for window in node.windows)


def _not(s: Speaker, node: n.Not) -> str:
    inner = node.operand
    if isinstance(inner, n.Record):
        return exists(s, inner, "没有")
    if isinstance(inner, n.IsNull):
        return f"有{s.say(inner.operand)}"
    if isinstance(inner, n.IsEmpty):
        return f"{s.say(inner.operand)}有勾选"
    if isinstance(inner, n.Compare):
        return s.say(replace(inner, op=TURNED[inner.op]))
    if isinstance(inner, n.Enrolled):
        return _enrolled(s, inner, "没有")
    if isinstance(inner, n.In):
        return _in(s, inner, negated=True)
    if isinstance(inner, n.Ref):
        return f"{s.say(inner)}为“否”"
    return f"并非（{s.condition(inner)}）"


def _compare(s: Speaker, node: n.Compare) -> str:
    left, right = node.left, node.right
    if isinstance(left, n.Literal) and not isinstance(right, n.Literal):
        turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
        return _compare(s, n.Compare(turned.get(node.op, node.op), right, left))
    if isinstance(right, n.Literal):
        said = _literal(s, right) if isinstance(s.sets.get(right.at), n.Name) else s.constant(right.value, s.key(left))
        if (node.op in BEING and not isinstance(right.value, int | float)) or isinstance(right.value, bool):
            return f"{s.operand(left)}{BEING[node.op]}{said}"
        return f"{s.operand(left)} {SIGNS[node.op]} {said}{s.unit(left)}"
    if node.op in BEING and isinstance(right, n.Ref) and right.type is Type.TEXT:
        this = "这次的" if isinstance(left, n.Ref) and left.scope is Scope.PREVIOUS else ""
        return f"{s.operand(left)}与{this}{s.operand(right)}{'相同' if node.op == '=' else '不同'}"
    return f"{s.operand(left)} {SIGNS[node.op]} {s.operand(right)}"


def _between(s: Speaker, node: n.Between) -> str:
    return f"{s.operand(node.value)}在 {s.operand(node.low)} 到 {s.operand(node.high)}{s.unit(node.value)}之间"


def _in(s: Speaker, node: n.In, negated: bool = False) -> str:
    """``是“甲”或“乙”``, or ``属于“值集”``."""
    said = s.members(node.members, s.key(node.value))
    verb = "属于" if s.is_set(node.members) else "是"
    return f"{s.operand(node.value)}{'不' if negated else ''}{verb}{said}"


def _has(s: Speaker, node: n.Has) -> str:
    said = s.members(node.members, s.key(node.value))
    if node.mode == "all":
        return f"{s.say(node.value)}同时有{said.replace('”或“', '”和“')}"
    return f"{s.say(node.value)}里有{said}{'中的任何一项' if s.is_set(node.members) else ''}"


def _case(s: Speaker, node: n.Case) -> str:
    said = [f"{s.condition(when)}时取 {s.operand(then)}" for when, then in node.branches]
    return "；".join([*said, *([f"否则取 {s.operand(node.otherwise)}"] if node.otherwise is not None else [])])


def _call(s: Speaker, node: n.Call) -> str:
    said = [s.operand(item) for item in node.arguments]
    if node.function == "coalesce":
        return f"{said[0]}（没有时取 {'，再没有取 '.join(said[1:])}）"
    if node.function == "power":
        return f"{said[0]}的 {said[1]} 次方"
    if node.function in ("least", "greatest"):
        return f"{'、'.join(said)}中{'最小' if node.function == 'least' else '最大'}的"
    if node.function == "date_of":
        return f"{said[0]}那一天"
    digits = f"，留 {said[1]} 位小数" if node.function == "round" and len(said) > 1 else ""
    return f"{FUNCTIONS[node.function]}（{s.say(node.arguments[0])}{digits}）"


def _age(s: Speaker, node: n.Age) -> str:
    if node.when is None:
        return AGES[node.unit][0]
    at_event = isinstance(node.when, n.Ref) and node.when.scope is Scope.ROW
    return f"{'当时的' if at_event else s.say(node.when)}{AGES[node.unit][0]}"


def _elapsed(s: Speaker, node: n.Elapsed) -> str:
    end = f"到{s.operand(node.end)}" if node.end is not None else "起"
    return f"从{s.operand(node.start)}{end}的{UNITS[node.unit].removeprefix('个')}数"


def _shift(s: Speaker, node: n.Shift) -> str:
    count = node.duration.count
    return f"{s.operand(node.start)}之{'后' if count >= 0 else '前'} {abs(count)} {UNITS[node.duration.unit]}"


def _enrolled(s: Speaker, node: n.Enrolled, said: str = "") -> str:
    title = s.names.programmes.get(node.programme, node.programme)
    active = any(isinstance(window, n.ActiveAt | n.ActiveDuring) for window in node.windows)
    when = "".join(WINDOWS[type(window)](s, window) for window in node.windows)
    return f"{when}{said}{'在管' if active else '新纳入'}“{title}”"


def _ref(s: Speaker, node: n.Ref) -> str:
    return s.names.title(node.scope, node.name, s.table)


def _record(s: Speaker, node: n.Record) -> str:
    if node.function == "exists":
        return exists(s, node, "有")
    return counted(s, node, _counts_days(node), _counts_stock(node)) if node.function == "count" else picked(s, node)


def _literal(s: Speaker, node: n.Literal) -> str:
    """A constant; a setting by its title with the value that holds."""
    written = s.sets.get(node.at)
    label = s.names.labels.get(".".join(written.parts)) if isinstance(written, n.Name) else None
    return f"{label}（{s.constant(node.value)}）" if label else s.constant(node.value)


RULES: Mapping[type, Callable[[Speaker, Any], str]] = {
    n.And: lambda s, node: "，且".join(s.inner(item, n.And) for item in node.items),
    n.Or: lambda s, node: "，或".join(s.inner(item, n.Or) for item in node.items),
    n.Not: _not,
    n.Compare: _compare,
    n.Between: _between,
    n.IsNull: lambda s, node: f"没有{s.say(node.operand)}",
    n.IsEmpty: lambda s, node: f"{s.say(node.operand)}一项也没有勾",
    n.In: _in,
    n.Has: _has,
    n.Case: _case,
    n.Call: _call,
    n.Age: _age,
    n.Elapsed: _elapsed,
    n.Shift: _shift,
    n.Enrolled: _enrolled,
    n.Record: _record,
    n.Ref: _ref,
    n.Literal: _literal,
    n.Negate: lambda s, node: f"−{s.operand(node.operand)}",
    n.Arithmetic: lambda s, node: f"{s.operand(node.left)} {OPERATORS[node.op]} {s.operand(node.right)}",
    n.Duration: lambda s, node: f"{node.count} {UNITS[node.unit]}",
}
