"""Checking an expression against a schema: every name known, every type right, every set pinned, before anything runs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from . import nodes as n
from .errors import ExpressionError, nearest
from .nodes import Scope, Type
from .schema import CLOCK_NAMES, QUALIFIERS, Schema, Table, split_codes

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


@dataclass
class Checker:
    """Walks a parsed tree and returns it with names resolved. ``table`` is set inside a ``where``, ``in_record`` also in its windows."""

    text: str
    schema: Schema
    table: Table | None = None
    in_record: bool = False

    def error(self, node: n.Node, message: str, remedy: str = "") -> ExpressionError:
        return ExpressionError(message, text=self.text, position=node.at, remedy=remedy)

    def check(self, node: n.Node) -> Result:
        """The resolved node and its type."""
        return _RULES[type(node)](self, node)

    def typed(self, node: n.Node, *wanted: Type, remedy: str = "") -> n.Node:
        """The resolved node, which must have one of the types ``wanted`` (a null literal passes)."""
        resolved, kind = self.check(node)
        if kind not in wanted and not (kind is Type.NULL and Type.BOOLEAN not in wanted):
            words = "或".join(WORDS[t] for t in wanted)
            raise self.error(node, f"这里要{words}，却是{WORDS[kind]}。", remedy or _conversion(kind, wanted))
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


def _conversion(kind: Type, wanted: tuple[Type, ...]) -> str:
    if Type.BOOLEAN in wanted:
        return "写成条件，例如 systolic >= 140、outcome = 'controlled' 或 x is not null。"
    if kind is Type.TEXT and Type.DATE in wanted:
        return "日期写成 date '2025-01-31'。"
    if kind is Type.LIST:
        return "多选用 has any、has all 或 is empty。"
    return ""


# names


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
            raise c.error(part, f"“{node.op}”两边要数字，这里是{WORDS[kind]}。", _conversion(kind, (Type.NUMBER,)))
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
    else:
        for argument, kind in pairs:
            if kind not in (Type.NUMBER, Type.NULL):
                raise c.error(argument, f"{node.function} 要数字，这里是{WORDS[kind]}。", _conversion(kind, (Type.NUMBER,)))
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


# conditions


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


# time and records


def _age(c: Checker, node: n.Age) -> Result:
    if node.unit in TIMED_UNITS:
        raise c.error(node, "年龄没有钟点。", "用 days、weeks、months 或 years。")
    own = c.table is not None and "birth_date" in c.table.columns
    if not own and "birth_date" not in c.schema.subject:
        raise c.error(node, "这里的对象没有出生日期，不能用 age()。", "age() 用于人，或用于有 birth_date 列的表。")
    birth = n.Ref(Scope.ROW if own else Scope.SUBJECT, "birth_date", Type.DATE, at=node.at)
    when = c.typed(node.when, Type.DATE) if node.when else None
    if when is None and c.table is not None:
        when = n.Ref(Scope.ROW, "on", Type.DATE, at=node.at)
    return n.Age(node.unit, when, birth, at=node.at), Type.NUMBER


def _elapsed(c: Checker, node: n.Elapsed) -> Result:
    start, kind = c.check(node.start)
    if kind not in (Type.DATE, Type.DATETIME):
        raise c.error(node.start, f"这里要日期，却是{WORDS[kind]}。")
    if (node.unit in TIMED_UNITS) != (kind is Type.DATETIME):
        raise c.error(node, "分钟、小时要两个时刻，天、周、月、年要两个日期。")
    if node.end is None and kind is Type.DATETIME:
        raise c.error(node, "today 没有钟点。", f"写成 {node.unit}s(from 时刻 to 时刻)。")
    end = c.typed(node.end, kind) if node.end is not None else None
    return n.Elapsed(node.unit, start, end, kind, at=node.at), Type.NUMBER


def _enrolled(c: Checker, node: n.Enrolled) -> Result:
    table = c.schema.tables.get("episodes")
    if table is None or "programme" not in table.columns:
        raise c.error(node, "这里不能用 enrolled：没有项目登记表 episodes。")
    programme = n.Literal(node.programme, Type.TEXT, at=node.at)
    where = n.Compare("=", n.Name(("programme",), at=node.at), programme, at=node.at)
    return _record(c, n.Record("exists", "episodes", None, False, where, node.windows, at=node.at))


def _record(c: Checker, node: n.Record) -> Result:
    if c.in_record:
        raise c.error(node, f"{node.function}() 里不能再套 {node.function}() 这类函数。", "把里面的部分另起一个名字，再引用它。")
    table = c.schema.tables.get(node.table)
    if table is None:
        raise c.error(
            replace(node, at=node.at + len(node.function) + 1), f"没有叫 {node.table} 的表。", nearest(node.table, c.schema.tables)
        )
    inner = replace(c, table=table, in_record=True)
    column, kind = _record_column(c, inner, node)
    where = inner.condition(node.where) if node.where is not None else None
    windows = tuple(_window(replace(c, in_record=True), window, table) for window in node.windows)
    own = node.table == c.schema.own
    return n.Record(node.function, node.table, column, node.distinct, where, windows, own, at=node.at), kind


def _record_column(c: Checker, inner: Checker, node: n.Record) -> tuple[n.Node | None, Type]:
    fixed = {"exists": Type.BOOLEAN, "count": Type.NUMBER}.get(node.function)
    if node.distinct and (node.function != "count" or node.column is None):
        raise c.error(node, "distinct 只用于 count(distinct 表.列)。")
    if node.column is None:
        if fixed is None:
            raise c.error(node, f"{node.function} 要写明哪一列。", f"写成 {node.function}({node.table}.列 …)。")
        return None, fixed
    column, kind = inner.check(node.column)
    allowed = {"sum": (Type.NUMBER,), "min": ORDERED, "max": ORDERED}.get(node.function)
    if allowed and kind not in allowed:
        raise c.error(node.column, f"{node.function} 不能用于{WORDS[kind]}。")
    if node.distinct and kind is Type.LIST:
        raise c.error(node.column, "多选不能用 distinct。")
    return column, fixed or kind


def _window(c: Checker, node: n.Node, table: Table) -> n.Node:
    if isinstance(node, n.ActiveDuring | n.ActiveAt) and not table.interval:
        raise c.error(node, f"表 {table.name} 没有结束日期，不能用 active。", "用 during、within、since 或 before。")
    if isinstance(node, n.During | n.ActiveDuring):
        return node
    if isinstance(node, n.Within):
        if node.duration.unit in TIMED_UNITS:
            raise c.error(node.duration, "表里的 on 是日期，不能按小时或分钟开窗。", "用 days 以上的单位。")
        return replace(node, of=c.typed(node.of, Type.DATE) if node.of is not None else None)
    assert isinstance(node, n.Since | n.Before | n.ActiveAt)
    return replace(node, bound=c.typed(node.bound, Type.DATE))


_RULES: dict[type, Callable[[Checker, Any], Result]] = {
    n.Name: _name,
    n.Literal: _literal,
    n.Duration: _duration,
    n.Arithmetic: _arithmetic,
    n.Negate: _negate,
    n.Call: _call,
    n.Case: _case,
    n.And: _all_conditions(n.And),
    n.Or: _all_conditions(n.Or),
    n.Not: _not,
    n.Compare: _compare,
    n.Between: _between,
    n.IsNull: _is_null,
    n.IsEmpty: _is_empty,
    n.In: _in,
    n.Has: _has,
    n.Age: _age,
    n.Elapsed: _elapsed,
    n.Enrolled: _enrolled,
    n.Record: _record,
}
