"""Rules for names, numbers, dates and functions."""

from dataclasses import replace
from datetime import date, datetime

from . import nodes as n
from .checker import ORDERED, TIMED_UNITS, WORDS, Checker, Result, Rules, conversion
from .errors import nearest
from .nodes import Scope, Type
from .schema import CLOCK_NAMES, QUALIFIERS, Table


def _name(c: Checker, node: n.Name) -> Result:
    head, rest = node.parts[0], ".".join(node.parts[1:])
    if ".".join(node.parts) in CLOCK_NAMES:
        return _ref(Scope.CLOCK, ".".join(node.parts), Type.DATE, node)
    if rest and head in QUALIFIERS:
        return _qualified(c, node, head, rest)
    name = ".".join(node.parts)
    if c.table is not None:
        return _row_name(c, node, name, c.table)
    if name in c.schema.fields:
        return _ref(Scope.FORM, name, c.schema.fields[name], node)
    if name in c.schema.settings:
        return _constant(c.schema.settings[name], node)
    if name in c.schema.subject:
        raise c.error(node, f"{name} 是对象自己的字段。", f"写 it.{name}。")
    if name in c.schema.tables:
        raise c.error(node, f"{name} 是一张表，不是一个值。", f"写 exists({name} …)、count({name} …) 或 last({name}.列)。")
    raise c.error(node, f"没有叫 {name} 的字段。", nearest(name, [*c.schema.fields, *c.schema.settings, "today"]))


def _qualified(c: Checker, node: n.Name, head: str, name: str) -> Result:
    scopes = {"it": (Scope.SUBJECT, c.schema.subject), "this": (Scope.FORM, c.schema.fields), "prev": (Scope.PREVIOUS, c.schema.previous)}
    if head == "period":
        raise c.error(node, f"period 没有 {name}。", "写 period.start 或 period.end。")
    scope, known = scopes[head]
    if name not in known:
        owner = {"it": "对象", "this": "本表单", "prev": "上一次"}[head]
        raise c.error(node, f"{owner}没有叫 {name} 的字段。", nearest(name, known))
    return _ref(scope, name, known[name], node)


def _row_name(c: Checker, node: n.Name, name: str, table: Table) -> Result:
    columns = table.all_columns
    if name in columns:
        return _ref(Scope.ROW, name, columns[name], node)
    if name in c.schema.settings:
        return _constant(c.schema.settings[name], node)
    if name in c.schema.fields:
        raise c.error(node, f"表 {table.name} 没有列 {name}。", f"where 里直接写的名称是表的列；要用本表单的字段，写 this.{name}。")
    raise c.error(node, f"表 {table.name} 没有列 {name}。", nearest(name, columns))


def _ref(scope: Scope, name: str, kind: Type, node: n.Node) -> Result:
    return n.Ref(scope, name, kind, at=node.at), kind


def _constant(value: n.Constant, node: n.Node) -> Result:
    kinds: list[tuple[type, Type]] = [
        (bool, Type.BOOLEAN),
        (int, Type.NUMBER),
        (float, Type.NUMBER),
        (str, Type.TEXT),
        (datetime, Type.DATETIME),
        (date, Type.DATE),
    ]
    kind = next((kind for python, kind in kinds if isinstance(value, python)), Type.NULL)
    return n.Literal(value, kind, at=node.at), kind


def _literal(c: Checker, node: n.Literal) -> Result:
    return node, node.type


# arithmetic


def _arithmetic(c: Checker, node: n.Arithmetic) -> Result:
    left, left_type = c.check(node.left)
    right, right_type = c.check(node.right)
    if left_type in (Type.DATE, Type.DATETIME) and right_type is Type.DURATION and node.op in "+-":
        return _shift(c, node, left, left_type)
    for part, kind in ((node.left, left_type), (node.right, right_type)):
        if kind in (Type.DATE, Type.DATETIME):
            raise c.error(part, "日期不能这样计算。", "加减一段时间写 today - 3 months；两个日期相隔多久写 days(from a to b)。")
        if kind is Type.DURATION:
            raise c.error(part, "一段时间只能加在日期上或从日期减去。", "例如 today - 3 months。")
        if kind not in (Type.NUMBER, Type.NULL):
            raise c.error(part, f"“{node.op}”两边要数字，这里是{WORDS[kind]}。", conversion(kind, (Type.NUMBER,)))
    return n.Arithmetic(node.op, left, right, at=node.at), Type.NUMBER


def _shift(c: Checker, node: n.Arithmetic, start: n.Node, kind: Type) -> Result:
    duration = node.right
    assert isinstance(duration, n.Duration)
    if kind is Type.DATE and duration.unit in TIMED_UNITS:
        raise c.error(duration, "日期没有钟点，不能加减小时或分钟。", "用天数，或用带时刻的列。")
    if kind is Type.DATETIME and duration.unit in ("month", "year"):
        raise c.error(duration, "时刻只能加减分钟、小时、天、周。")
    signed = replace(duration, count=-duration.count) if node.op == "-" else duration
    return n.Shift(start, signed, kind, at=node.at), kind


def _duration(c: Checker, node: n.Duration) -> Result:
    return node, Type.DURATION


def _negate(c: Checker, node: n.Negate) -> Result:
    return n.Negate(c.typed(node.operand, Type.NUMBER), at=node.at), Type.NUMBER


def _call(c: Checker, node: n.Call) -> Result:
    few, many = {"coalesce": (2, 99), "least": (2, 99), "greatest": (2, 99), "power": (2, 2), "round": (1, 2)}.get(node.function, (1, 1))
    if not few <= len(node.arguments) <= many:
        wanted = str(few) if few == many else f"{few} 到 {many}" if many < 99 else f"至少 {few}"
        raise c.error(node, f"{node.function} 要 {wanted} 个值，这里有 {len(node.arguments)} 个。")
    parts = [c.check(argument) for argument in node.arguments]
    pairs = [(argument, kind) for argument, (_, kind) in zip(node.arguments, parts, strict=True)]
    if node.function in ("coalesce", "least", "greatest"):
        kind = c.same(pairs)
        if node.function != "coalesce" and kind not in (*ORDERED, Type.NULL):
            raise c.error(node, f"{node.function} 只能比较数字或日期。")
    elif node.function == "date_of":
        c.typed(node.arguments[0], Type.DATETIME)
        kind = Type.DATE
    else:
        for argument, kind in pairs:
            if kind not in (Type.NUMBER, Type.NULL):
                raise c.error(argument, f"{node.function} 要数字，这里是{WORDS[kind]}。", conversion(kind, (Type.NUMBER,)))
        kind = Type.NUMBER
    if node.function == "round" and len(parts) == 2:
        digits = parts[1][0]
        if not (isinstance(digits, n.Literal) and isinstance(digits.value, int) and 0 <= digits.value <= 6):
            raise c.error(digits, "保留的小数位数要是 0 到 6 的整数。", "例如 round(x, 1)。")
    return n.Call(node.function, tuple(part for part, _ in parts), at=node.at), kind


def _case(c: Checker, node: n.Case) -> Result:
    conditions = [c.condition(when) for when, _ in node.branches]
    results = [c.check(then) for _, then in node.branches]
    pairs = [(then, kind) for (_, then), (_, kind) in zip(node.branches, results, strict=True)]
    otherwise = None
    if node.otherwise is not None:
        otherwise, kind = c.check(node.otherwise)
        pairs.append((node.otherwise, kind))
    branches = tuple((when, then) for when, (then, _) in zip(conditions, results, strict=True))
    return n.Case(branches, otherwise, at=node.at), c.same(pairs)


RULES: Rules = {
    n.Name: _name,
    n.Literal: _literal,
    n.Duration: _duration,
    n.Arithmetic: _arithmetic,
    n.Negate: _negate,
    n.Call: _call,
    n.Case: _case,
}
