"""What everything an expression may name is called in Chinese: fields, tables and their columns, codes, value sets, programmes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .nodes import Constant, Scope

SUBJECT_TITLES: Mapping[str, str] = {
    "it.sex": "性别",
    "it.birth_date": "出生日期",
    "it.death_date": "死亡日期",
    "it.kind": "类型",
    "it.level": "级别",
    "it.public": "公立",
    "it.code": "地区代码",
    "it.population": "常住人口",
    "it.org": "管理机构",
    "it.area": "所在地区",
    "it.township": "所在乡镇",
    "it.county": "所在县",
    "it.id": "编号",
    "it.state": "状态",
}
CLOCK_TITLES: Mapping[str, str] = {"today": "当天", "period.start": "期初", "period.end": "期末", "row_id": "本条"}
COLUMN_TITLES: Mapping[str, str] = {
    "id": "编号",
    "on": "日期",
    "to": "截止日期",
    "org": "机构",
    "area": "地区",
    "institution": "机构",
    "at": "时刻",
}
"""Columns that every table has."""


@dataclass(frozen=True)
class TableWords:
    """A table in words: what one row is called (诊断), what a row still open is (在诊), which column names a row better than the table,
    what so many rows are (次数 of events, 数量 of things)."""

    row: str
    active: str = "在期"
    named_by: str = ""
    number: str = "次数"


@dataclass(frozen=True)
class Names:
    """Chinese names, keyed as ``Schema.choices``: ``field``, ``it.field`` or ``table.column``. Whatever is missing is said by its key.

    ``codes`` names the codes a field holds, ``units`` its unit as people write it, ``labels`` constants that have a name (settings).
    """

    titles: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, TableWords] = field(default_factory=dict)
    value_sets: Mapping[str, str] = field(default_factory=dict)
    programmes: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)

    def with_(
        self,
        titles: Mapping[str, str] | None = None,
        codes: Mapping[str, Mapping[str, str]] | None = None,
        units: Mapping[str, str] | None = None,
        tables: Mapping[str, TableWords] | None = None,
    ) -> "Names":
        """These names and more; the new ones stand before the old."""
        return replace(
            self,
            titles={**self.titles, **(titles or {})},
            codes={**self.codes, **(codes or {})},
            units={**self.units, **(units or {})},
            tables={**self.tables, **(tables or {})},
        )

    def key(self, scope: Scope, name: str, table: str = "") -> str:
        """The key under which a resolved name is found."""
        return {Scope.SUBJECT: f"it.{name}", Scope.ROW: f"{table}.{name}"}.get(scope, name)

    def title(self, scope: Scope, name: str, table: str = "") -> str:
        """The title of a resolved name; the answers of an earlier form are those of ``上一次``."""
        if scope is Scope.CLOCK:
            return CLOCK_TITLES.get(name, name)
        key = self.key(scope, name, table)
        known = self.titles.get(key) or (COLUMN_TITLES.get(name) if scope is Scope.ROW else SUBJECT_TITLES.get(key)) or name
        return f"上一次的{known}" if scope is Scope.PREVIOUS else known

    def code(self, key: str, value: Constant) -> str | None:
        """The name of a code that the field ``key`` holds, or None."""
        return self.codes.get(key, {}).get(str(value))
