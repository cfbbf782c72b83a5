"""What is exported: one table, its columns and the SQL that yields it from the record."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

ARROW: Mapping[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us"),
    "list": pa.string(),
}
PERSON = "pid"


@dataclass(frozen=True)
class Source:
    """A table of the warehouse. ``sql`` is a SELECT over the record that yields ``columns`` (name → a key of ``ARROW``) and the key.

    ``key`` names the column that says whose row it is: ``pid`` for people, else the institution's or area's. A ``list`` column is an SQL
    array of text. With ``from_people`` the SQL of an institution's or area's table yields ``pid`` besides: the person whose record holds
    the row, if any, so that a later export reads only the rows of changed persons and those of nobody.
    """

    name: str
    key: str
    columns: Mapping[str, str]
    sql: str
    from_people: bool = False

    @property
    def of_people(self) -> bool:
        return self.key == PERSON

    @property
    def renewed(self) -> bool:
        """Whether a later export can take over the rows of everybody who did not change."""
        return self.of_people or self.from_people

    @property
    def written(self) -> Mapping[str, str]:
        """The columns of the file: those of the table and, ``from_people``, the person."""
        return self.columns if not self.from_people else {**self.columns, PERSON: "integer"}

    def select(self, only: bool = False) -> str:
        """The SELECT in column order; ``only`` keeps the persons in the parameter ``%s`` (an array of pids)."""
        columns = ", ".join(f'"{name}"' for name in self.columns)
        return f"SELECT {columns} FROM ({self.sql}) v{self._chosen(only)}"

    def copy(self, only: bool = False) -> str:
        """The COPY that streams what is written; lists travel as JSON text. ``only`` as in `select`, with the rows of nobody."""
        columns = ", ".join(_sent(name, kind) for name, kind in self.written.items())
        return f"COPY (SELECT {columns} FROM ({self.sql}) v{self._chosen(only)}) TO STDOUT (FORMAT csv)"

    def _chosen(self, only: bool) -> str:
        if not only:
            return ""
        return f' WHERE v."{PERSON}" = ANY(%s)' + (f' OR v."{PERSON}" IS NULL' if self.from_people else "")

    @property
    def arrow(self) -> pa.Schema:
        """The schema of what is written."""
        return pa.schema([(name, ARROW[kind]) for name, kind in self.written.items()])


def _sent(name: str, kind: str) -> str:
    return f'array_to_json("{name}")::text' if kind == "list" else f'"{name}"'
