"""The rows of things in the tables that their rules read: answers of their forms, and what other parts of the house keep about them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from kangyu.engines.fhir.views import TableView
from kangyu.gateways import content

Row = Mapping[str, Any]
Rows = dict[str, dict[str, list[Row]]]
READERS: list[Callable[[str, str, Sequence[str]], Mapping[str, list[Row]] | None]] = []
"""Filled by wiring: (table, register, ids) → rows by thing, or None for a table that is not theirs."""


def read(register: str, ids: Sequence[str], tables: Iterable[str]) -> Rows:
    """``{thing: {table: rows}}``, rows in the order ``(on, id)``; one query for each table."""
    found: Rows = {id: {} for id in ids}
    for table in sorted(tables):
        for id, rows in _of(table, register, ids).items():
            if id in found:
                found[id][table] = rows
    return found


def _of(table: str, register: str, ids: Sequence[str]) -> Mapping[str, list[Row]]:
    tables = content.tables()
    if tables.of_form(table) and (view := tables.view(table)).subject == register:
        return _answers(view, register, ids)
    return next((rows for reader in READERS if (rows := reader(table, register, ids)) is not None), {})


def _answers(view: TableView, register: str, ids: Sequence[str]) -> dict[str, list[Row]]:
    references = [f"{kind}/{id}" for kind in {content.current().registers[register].is_} for id in ids]
    found: dict[str, list[Row]] = {}
    with connection.cursor() as cursor:
        about = "AND r.body #>> '{subject,reference}' = ANY(%s)"
        cursor.execute(f"SELECT v.* FROM ({view.sql()} {about}) v", [references])
        names = [column.name for column in cursor.description]
        for values in cursor.fetchall():
            row = dict(zip(names, values, strict=True))
            found.setdefault(str(row[register]), []).append(row)
    for rows in found.values():
        rows.sort(key=lambda row: (str(row["on"] or ""), str(row["id"])))
    return found
