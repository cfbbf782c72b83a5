"""Why a person who is in an indicator's denominator is not in its numerator, in plain words taken from the definition itself.

The numerator's condition is split into its comparisons; for those that do not hold, the words say what was found and what was needed.
What cannot be said this way (a condition on a row's columns nested in a case) is left to the indicator's own ``words.missing``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any

from kangyu.engines.content import Content
from kangyu.engines.content.kinds import Indicator
from kangyu.engines.content.vocabulary import CODED_COLUMNS
from kangyu.engines.language import Typed
from kangyu.engines.language import nodes as n
from kangyu.engines.language.nodes import Scope, Type
from kangyu.engines.language.python_target import Program, compile_python
from kangyu.engines.language.subject import Subject
from kangyu.kernel.period import Period

from .contributions import subject_fields

TABLE_TITLES: Mapping[str, str] = MappingProxyType(
    {
        "residents": "居住",
        "deaths": "死亡",
        "births": "出生",
        "conditions": "诊断",
        "encounters": "就诊",
        "blood_pressure": "血压",
        "glucose": "血糖",
        "immunizations": "接种",
        "episodes": "建档",
    }
)
COLUMN_TITLES: Mapping[str, str] = MappingProxyType({"systolic": "收缩压", "diastolic": "舒张压", "value": "数值"})
NEEDED = MappingProxyType({">=": "应不少于", ">": "应多于", "<=": "应不超过", "<": "应低于", "=": "应为", "<>": "不应为"})


@dataclass(frozen=True)
class Explanation:
    """The comparisons of one numerator, compiled once. ``indicator`` gives the words of last resort."""

    indicator: Indicator
    condition: Typed
    content: Content

    @cached_property
    def leaves(self) -> list[tuple[n.Node, n.Node]]:
        """The comparisons and existence tests that decide, each with the alternative it is part of (itself where there is none)."""
        return list(_leaves(self.condition.tree))

    @cached_property
    def program(self) -> Program:
        """Each leaf's truth, and both sides of each comparison."""
        parts: dict[str, Typed] = {}
        for at, (leaf, alternative) in enumerate(self.leaves):
            parts[f"leaf{at}"] = Typed("", Type.BOOLEAN, leaf)
            parts[f"either{at}"] = Typed("", Type.BOOLEAN, alternative)
            if isinstance(leaf, n.Compare):
                parts[f"left{at}"] = Typed("", Type.NUMBER, leaf.left)
                parts[f"right{at}"] = Typed("", Type.NUMBER, leaf.right)
        return compile_python(parts)

    def reasons(self, rows: Mapping[str, list[Mapping[str, Any]]], period: Period, today: date) -> list[str]:
        """What is missing for one person, in the order of the definition."""
        values = self.program(Subject(subject_fields(rows), rows, today, period))
        said = []
        for at, (leaf, _) in enumerate(self.leaves):
            if values[f"leaf{at}"] is not True and values[f"either{at}"] is not True:
                said.append(self._said(leaf, values.get(f"left{at}"), values.get(f"right{at}")))
        return list(dict.fromkeys(words for words in said if words)) or [self.indicator.words.missing]

    def _said(self, leaf: n.Node, found: float | None, needed: float | None) -> str:
        if isinstance(leaf, n.Record):
            return f"没有{self._rows(leaf)}记录"
        assert isinstance(leaf, n.Compare)
        subject = self._subject(leaf.left)
        if not subject:
            return ""
        if found is None:
            return f"没有{subject.removeprefix('最近一次')}"
        unit = " 次" if _counts(leaf.left) else ""
        if needed is None:
            return f"{subject} {found:g}{unit}，无法判断应有多少"
        return f"{subject} {found:g}{unit}，{NEEDED[leaf.op]} {needed:g}{unit}"

    def _subject(self, node: n.Node) -> str:
        record = next((part for part in n.walk(node) if isinstance(part, n.Record)), None)
        if record is None:
            return ""
        rows = self._rows(record)
        if record.function == "count":
            return f"{rows}{'种类' if record.distinct and _is_column(record, text=True) else ''}"
        column = record.column.name if isinstance(record.column, n.Ref) else ""
        title = self._column(record.table, column)
        return f"最近一次{rows}的{title}" if record.function == "last" else f"{rows}的{title}"

    def _rows(self, record: n.Record) -> str:
        """A table's rows with the code they are chosen by, as 乙肝疫苗接种."""
        chosen = [title for node in n.walk(record.where) if (title := self._code(record.table, node))] if record.where else []
        return "".join(chosen[:1]) + self._table(record.table)

    def _table(self, table: str) -> str:
        form = self.content.forms.get(table)
        return form.title if form else TABLE_TITLES.get(table, table)

    def _column(self, table: str, column: str) -> str:
        form = self.content.forms.get(table)
        if form and column in form.fields:
            return form.fields[column].title
        return COLUMN_TITLES.get(column, column)

    def _code(self, table: str, node: n.Node) -> str:
        if isinstance(node, n.Compare) and node.op == "=" and isinstance(node.left, n.Ref) and isinstance(node.right, n.Literal):
            system = self.content.code_systems.get(CODED_COLUMNS.get(f"{table}.{node.left.name}", ""))
            return system.codes[str(node.right.value)].title if system and str(node.right.value) in system.codes else ""
        if isinstance(node, n.In) and isinstance(node.members, n.Codes) and isinstance(node.value, n.Ref) and node.value.scope is Scope.ROW:
            codes = node.members.exact
            named = (item.title for item in self.content.value_sets.values() if frozenset(item.codes) == codes)
            return next(named, "") if f"{table}.{node.value.name}" in CODED_COLUMNS else ""
        return ""


def _leaves(node: n.Node, alternative: n.Node | None = None) -> Iterator[tuple[n.Node, n.Node]]:
    if isinstance(node, n.And | n.Or):
        for item in node.items:
            yield from _leaves(item, alternative or (node if isinstance(node, n.Or) else None))
    elif (isinstance(node, n.Compare) and node.op in NEEDED and any(isinstance(part, n.Record) for part in n.walk(node.left))) or (
        isinstance(node, n.Record) and node.function == "exists"
    ):
        yield node, alternative or node


def _counts(node: n.Node) -> bool:
    return isinstance(node, n.Record) and node.function == "count" and not (node.distinct and _is_column(node, text=True))


def _is_column(record: n.Record, *, text: bool) -> bool:
    return isinstance(record.column, n.Ref) and (record.column.type is Type.TEXT) is text
