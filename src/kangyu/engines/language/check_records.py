"""Rules for time and for record functions."""

from dataclasses import replace

from . import nodes as n
from .checker import ORDERED, TIMED_UNITS, WORDS, Checker, Result, Rules
from .errors import nearest
from .nodes import Scope, Type
from .schema import Table


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


RULES: Rules = {
    n.Age: _age,
    n.Elapsed: _elapsed,
    n.Enrolled: _enrolled,
    n.Record: _record,
}
