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
    array of text.
    """

    name: str
    key: str
    columns: Mapping[str, str]
    sql: str

    @property
    def of_people(self) -> bool:
        return self.key == PERSON

    def select(self, only: bool = False) -> str:
        """The SELECT in column order; ``only`` keeps the persons in the parameter ``%s`` (an array of pids)."""
        columns = ", ".join(f'"{name}"' for name in self.columns)
        chosen = f' WHERE v."{self.key}" = ANY(%s)' if only else ""
        return f"SELECT {columns} FROM ({self.sql}) v{chosen}"

    def copy(self, only: bool = False) -> str:
        """The COPY that streams the table; lists travel as JSON text."""
        columns = ", ".join(_sent(name, kind) for name, kind in self.columns.items())
        chosen = f' WHERE v."{self.key}" = ANY(%s)' if only else ""
        return f"COPY (SELECT {columns} FROM ({self.sql}) v{chosen}) TO STDOUT (FORMAT csv)"

    @property
    def arrow(self) -> pa.Schema:
        return pa.schema([(name, ARROW[kind]) for name, kind in self.columns.items()])


def _sent(name: str, kind: str) -> str:
    return f'array_to_json("{name}")::text' if kind == "list" else f'"{name}"'
