"""Rules for conditions: comparisons, sets, null and empty, and, or, not."""

from collections.abc import Callable
from typing import Any

from . import nodes as n
from .checker import ORDERED, WORDS, Checker, Result, Rules
from .errors import nearest
from .nodes import Scope, Type
from .schema import split_codes


def _all_conditions(make: type[n.And] | type[n.Or]) -> Callable[[Checker, Any], Result]:
    def rule(c: Checker, node: Any) -> Result:
        return make(tuple(c.condition(item) for item in node.items), at=node.at), Type.BOOLEAN

    return rule


def _not(c: Checker, node: n.Not) -> Result:
    return n.Not(c.condition(node.operand), at=node.at), Type.BOOLEAN


def _compare(c: Checker, node: n.Compare) -> Result:
    left, left_type = c.check(node.left)
    right, right_type = c.check(node.right)
    _comparable(c, node, left_type, right_type)
    if node.op in ("=", "<>"):
        for part, resolved in ((node.left, left), (node.right, right)):
            if left_type is Type.NUMBER and _is_computed_decimal(resolved):
                raise c.error(part, "算出来的小数不能用 = 或 <> 比较。", "用 >= 和 <=，或先用 round、floor、ceil 取整。")
        _known_choice(c, left, node.right, right)
        _known_choice(c, right, node.left, left)
    elif left_type not in ORDERED:
        raise c.error(node.left, f"{WORDS[left_type]}不能比较大小。", "文字用 = 或 in；要按次序比较，请存成数字。")
    return n.Compare(node.op, left, right, at=node.at), Type.BOOLEAN


def _comparable(c: Checker, node: n.Compare, left: Type, right: Type) -> None:
    for part, kind in ((node.left, left), (node.right, right)):
        if kind is Type.NULL:
            raise c.error(part, "与 null 比较永远不成立。", "写 x is null 或 x is not null。")
        if kind is Type.LIST:
            raise c.error(part, "多选不能用比较号。", "写 has any、has all 或 is empty。")
        if kind is Type.DURATION:
            raise c.error(part, "一段时间不能用来比较。", "写 days(since x) >= 10，或 x <= today - 10 days。")
    if left is not right:
        remedy = "日期写成 date '2025-01-31'。" if {left, right} == {Type.DATE, Type.TEXT} else "两边类型要相同。"
        raise c.error(node.right, f"不能拿{WORDS[left]}与{WORDS[right]}比较。", remedy)


def _is_computed_decimal(node: n.Node) -> bool:
    """Whether the value is worked out and may have a fraction (rule 13)."""
    if isinstance(node, n.Call):
        if node.function == "round":
            return len(node.arguments) == 2
        return node.function in ("ln", "power") or (
            node.function not in ("floor", "ceil") and any(_is_computed_decimal(item) for item in node.arguments)
        )
    if isinstance(node, n.Arithmetic):
        fractions = any(isinstance(item, n.Literal) and isinstance(item.value, float) for item in (node.left, node.right))
        return node.op == "/" or fractions or _is_computed_decimal(node.left) or _is_computed_decimal(node.right)
    if isinstance(node, n.Case):
        results = [then for _, then in node.branches] + ([node.otherwise] if node.otherwise else [])
        return any(_is_computed_decimal(item) for item in results)
    return isinstance(node, n.Negate) and _is_computed_decimal(node.operand)


def _known_choice(c: Checker, ref: n.Node, place: n.Node, value: n.Node) -> None:
    """Refuses a text the coded field can never hold: it is a slip of the pen."""
    if not isinstance(ref, n.Ref) or not isinstance(value, n.Literal):
        return
    prefix = {Scope.SUBJECT: "it.", Scope.ROW: f"{c.table.name}." if c.table else ""}.get(ref.scope, "")
    choices = c.schema.choices.get(prefix + ref.name)
    if choices is not None and isinstance(value.value, str) and value.value not in choices:
        raise c.error(place, f"{ref.name} 不会等于“{value.value}”。", nearest(value.value, choices))


def _between(c: Checker, node: n.Between) -> Result:
    value, kind = c.check(node.value)
    if kind not in ORDERED:
        raise c.error(node.value, f"between 只能用于数字或日期，这里是{WORDS[kind]}。")
    low = c.typed(node.low, kind)
    return n.Between(value, low, c.typed(node.high, kind), at=node.at), Type.BOOLEAN


def _is_null(c: Checker, node: n.IsNull) -> Result:
    operand, kind = c.check(node.operand)
    if kind is Type.DURATION:
        raise c.error(node.operand, "一段时间不会是空值。")
    return n.IsNull(operand, at=node.at), Type.BOOLEAN


def _is_empty(c: Checker, node: n.IsEmpty) -> Result:
    return n.IsEmpty(c.typed(node.operand, Type.LIST, remedy="只有多选用 is empty；其他字段写 is null。"), at=node.at), Type.BOOLEAN


def _in(c: Checker, node: n.In) -> Result:
    value, kind = c.check(node.value)
    if kind is Type.LIST:
        raise c.error(node.value, "多选不能用 in。", "写 has any 或 has all。")
    if kind in (Type.NULL, Type.DURATION):
        raise c.error(node.value, f"in 前面不能是{WORDS[kind]}。")
    return n.In(value, _members(c, node.members, kind, value), at=node.at), Type.BOOLEAN


def _has(c: Checker, node: n.Has) -> Result:
    value = c.typed(node.value, Type.LIST, remedy="单选用 in；has any、has all 用于多选。")
    return n.Has(value, node.mode, _members(c, node.members, Type.TEXT, value), at=node.at), Type.BOOLEAN


def _members(c: Checker, node: n.Node, kind: Type, value: n.Node) -> n.Codes:
    if isinstance(node, n.ValueSet):
        if kind is not Type.TEXT:
            raise c.error(node, f"值集里是代码（文字），不能与{WORDS[kind]}比较。")
        if node.key not in c.schema.value_sets:
            raise c.error(node, f"没有叫 {node.key} 的值集。", nearest(node.key, c.schema.value_sets))
        return split_codes(c.schema.value_sets[node.key], at=node.at)
    assert isinstance(node, n.Constants)
    for item in node.items:
        if item.type is not kind:
            raise c.error(item, f"这一列要{WORDS[kind]}，却有{WORDS[item.type]}。")
        _known_choice(c, value, item, item)
    return n.Codes(frozenset(item.value for item in node.items), at=node.at)


RULES: Rules = {
    n.And: _all_conditions(n.And),
    n.Or: _all_conditions(n.Or),
    n.Not: _not,
    n.Compare: _compare,
    n.Between: _between,
    n.IsNull: _is_null,
    n.IsEmpty: _is_empty,
    n.In: _in,
    n.Has: _has,
}
