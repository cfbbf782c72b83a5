"""Compiling checked expressions to one Ibis table for a whole population.

Each event table is read once for all expressions of a pass: one filter that keeps rows some expression wants, one group-by,
one filtered aggregate for each record function. The results hang on the *spine*, a table with one row for each evaluation:
of persons (an indicator) or of visits with a ``today`` of their own (a replay of a rule over history).

Columns of the spine: the subject's fields under their own names, the form's as ``this.x``, the previous form's as ``prev.x``;
``today`` and ``row_id`` (the id of a visit's own row) where they differ from row to row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import and_
from typing import Any

import ibis
import ibis.expr.types as ir

from kangyu.kernel.errors import UserError
from kangyu.kernel.period import Period

from . import nodes as n
from .batch import Stage, stages
from .expression import Typed
from .fold import fold
from .ibis_values import DTYPES, Names, ibis_value
from .nodes import Scope, Type


def population(
    expressions: Mapping[str, Typed],
    tables: Mapping[str, ir.Table],
    spine: ir.Table,
    *,
    today: date | None = None,
    period: Period | None = None,
    key: str = "pid",
    row: str | None = None,
    keep: Sequence[str] = (),
) -> ir.Table:
    """One row for each row of ``spine``: ``key``, ``row`` if given, the spine's columns ``keep``, and a column for each expression.

    ``key`` is the subject's column, in the spine and in every table (any type). ``row`` names a column of the spine that is unique
    where ``key`` is not (visits). ``today`` may be left out when the spine has such a column. Numbers come out as doubles.
    Compile once for each version of the rules and keep the SQL: Ibis takes tens of milliseconds.
    """
    if today is None and "today" not in spine.columns:
        raise UserError("没有说明 today：给出日期，或让人群表带 today 一列。")
    kept = tuple(dict.fromkeys([key, *([row] if row else []), *keep]))
    compiler = _Compiler(expressions, tables, spine, _known(spine, today, period), key, row or key)
    compiler.narrow(kept)
    for stage in stages(expressions):
        compiler.run(stage)
    values = {name: compiler.spine[_computed(name)].cast(DTYPES[typed.type]) for name, typed in expressions.items()}
    return compiler.spine.select(*kept, **values)


def _known(spine: ir.Table, today: date | None, period: Period | None) -> dict[str, n.Literal]:
    known = {
        "period.start": n.Literal(period.start if period else None, Type.DATE),
        "period.end": n.Literal(period.end if period else None, Type.DATE),
    }
    if "today" not in spine.columns:
        known["today"] = n.Literal(today, Type.DATE)
    if "row_id" not in spine.columns:
        known["row_id"] = n.Literal(None, Type.TEXT)
    return known


def _computed(name: str) -> str:
    return f"value.{name}"


def _of_spine(column: str) -> str:
    return f"spine.{column}"


@dataclass
class _Compiler:
    expressions: Mapping[str, Typed]
    tables: Mapping[str, ir.Table]
    spine: ir.Table
    known: Mapping[str, n.Literal]
    key: str
    row: str

    def run(self, stage: Stage) -> None:
        """One pass: the tables' aggregates, all hung on the spine as it stands, then the values made of them."""
        self.results: dict[n.Node, str] = {}
        groups: dict[tuple[str, bool], list[n.Record]] = {}
        for record in dict.fromkeys(fold(record, self.known) for record in stage.records):
            assert isinstance(record, n.Record)
            groups.setdefault((record.table, bool(self.columns_needed([record]))), []).append(record)
        joined = self.spine
        for index, ((table, beside), records) in enumerate(groups.items()):
            group_key = f"record.key.{index}"
            figures = self.figures(table, records, group_key)
            joined = joined.left_join(figures, self.spine[self.row if beside else self.key] == figures[group_key])
        if groups:
            self.spine = joined.select(*self.spine.columns, *self.results.values())
        self.add_values(stage.names)

    # names

    def narrow(self, kept: Sequence[str]) -> None:
        """Leaves on the spine only what is returned or read, so that the SQL stays short."""
        cores = [fold(typed.core, self.known) for typed in self.expressions.values()]
        refs = [ref for core in cores for ref in n.walk(core) if isinstance(ref, n.Ref) and ref.scope is not Scope.ROW]
        stored = [self.spine_column(ref) for ref in refs if ref.scope is not Scope.FORM or ref.name not in self.expressions]
        self.spine = self.spine.select(*dict.fromkeys([*kept, *stored]))

    def spine_column(self, ref: n.Ref) -> str:
        """The column of the spine that holds a name which does not come from an event row."""
        if ref.scope is Scope.FORM:
            name = _computed(ref.name) if ref.name in self.expressions else f"this.{ref.name}"
        else:
            name = f"prev.{ref.name}" if ref.scope is Scope.PREVIOUS else ref.name
        if name not in self.spine.columns and not name.startswith("value."):
            raise UserError(f"人群表缺少列 {name}。请在生成人群表时加上这一列。")
        return name

    def columns_needed(self, nodes: Sequence[n.Node]) -> list[str]:
        refs = (ref for node in nodes for ref in n.walk(node) if isinstance(ref, n.Ref) and ref.scope is not Scope.ROW)
        return list(dict.fromkeys(self.spine_column(ref) for ref in refs))

    # passes over event tables

    def figures(self, table: str, records: Sequence[n.Record], group_key: str) -> ir.Table:
        """One column for each record function, one row for each subject (or row of the spine) that has any."""
        needed = self.columns_needed(records)
        events, by = self.events(table, needed)
        shared = [item for item in _conditions(records[0]) if all(item in _conditions(other) for other in records)]
        rest = [[item for item in _conditions(record) if item not in shared] for record in records]
        wanted = n.And((*shared, *([n.Or(tuple(n.And(tuple(items)) for items in rest))] if all(rest) else [])))
        kept = events.filter(ibis_value(wanted, self.row_names(events))) if wanted.items else events
        names = self.row_names(kept)
        columns = {}
        for record, items in zip(records, rest, strict=True):
            self.results[record] = f"record.{len(self.results)}"
            tests = [ibis_value(item, names) for item in items]
            columns[self.results[record]] = _aggregated(record, names, tests, kept)
        return kept.group_by(**{group_key: kept[by]}).aggregate(**columns)

    def row_names(self, events: ir.Table) -> Names:
        """How a condition on a row reads its names: from the row, or from the spine's columns beside it."""
        return lambda ref: events[ref.name if ref.scope is Scope.ROW else _of_spine(self.spine_column(ref))]

    def events(self, table: str, needed: Sequence[str]) -> tuple[ir.Table, str]:
        """The event table, with the spine's columns beside each row where conditions need them, and the column to group by."""
        if table not in self.tables:
            raise UserError(f"没有给出表 {table} 的数据。")
        events = self.tables[table]
        if not needed:
            return events, self.key
        renamed = {_of_spine(name): self.spine[name] for name in dict.fromkeys([self.key, self.row, *needed])}
        beside = self.spine.select(**renamed)
        return events.inner_join(beside, events[self.key] == beside[_of_spine(self.key)]), _of_spine(self.row)

    # values on the spine

    def add_values(self, names: Sequence[str]) -> None:
        """Adds a column for each name, in as few steps as their use of one another allows."""
        waiting: dict[str, Any] = {}
        for name in names:
            if any(_computed(used) in waiting for used in self.expressions[name].fields):
                self.spine = self.spine.mutate(**waiting)
                waiting = {}
            value = ibis_value(self.with_results(fold(self.expressions[name].core, self.known)), self.spine_value)
            waiting[_computed(name)] = value.cast(DTYPES[self.expressions[name].type])
        kept = [column for column in self.spine.columns if column not in self.results.values()]
        self.spine = self.spine.select(*kept, **waiting)

    def spine_value(self, ref: n.Ref) -> Any:
        if ref.scope is not Scope.ROW:
            return self.spine[self.spine_column(ref)]
        column = self.spine[ref.name]
        empty = {Type.BOOLEAN: False, Type.NUMBER: 0}.get(ref.type) if ref.name in self.filled else None
        return column if empty is None else column.fill_null(empty)

    @property
    def filled(self) -> frozenset[str]:
        """Columns of functions that are never null (rule 6)."""
        never_null = ("exists", "count", "sum")
        return frozenset(name for node, name in self.results.items() if isinstance(node, n.Record) and node.function in never_null)

    def with_results(self, node: n.Node) -> n.Node:
        """The tree with each record function replaced by the column that holds its result."""
        if isinstance(node, n.Record):
            fixed = {"exists": Type.BOOLEAN, "count": Type.NUMBER}.get(node.function)
            kind = fixed or (node.column.type if isinstance(node.column, n.Ref) else Type.NULL)
            return n.Ref(Scope.ROW, self.results[node], kind)
        return n.rebuild(node, self.with_results)


def _conditions(record: n.Record) -> tuple[n.Node, ...]:
    assert isinstance(record.where, n.And)
    return record.where.items


def _aggregated(record: n.Record, names: Names, conditions: Sequence[Any], events: ir.Table) -> Any:
    """The Ibis aggregate of one record function over rows that meet ``conditions``."""
    column: Any = ibis_value(record.column, names) if record.column is not None else None
    tests = [*conditions, *([column.notnull()] if column is not None else [])]
    where = reduce(and_, tests) if tests else None
    if record.function in ("exists", "count"):
        rows = column.nunique(where=where) if record.distinct else events.count(where=where)
        return rows > 0 if record.function == "exists" else rows
    if record.function in ("first", "last"):
        order = ibis.struct({"on": events["on"], "id": events["id"]})
        return column.argmin(order, where=where) if record.function == "first" else column.argmax(order, where=where)
    return getattr(column, record.function)(where=where)
