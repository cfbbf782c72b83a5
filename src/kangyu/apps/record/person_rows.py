"""The rows of some people in the tables that rules read, straight from the live record by the same views that fill the warehouse."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import psycopg
from django.db import connection

from kangyu.engines.content import Content
from kangyu.engines.content.checker import derived_types, visit_table
from kangyu.engines.content.vocabulary import answer_kinds, form_tables
from kangyu.engines.fhir.views import TableView, form_table, read_table, rows_table
from kangyu.gateways import content

Row = dict[str, Any]
Columns = Iterable[str] | None
ALWAYS = ("id", "on", "to", "org")
_lock = threading.Lock()


class _Selects:
    """The SELECT of each table for one loaded content, by the columns asked for."""

    def __init__(self, of: Content):
        self.content = of
        derived, _ = derived_types(of)
        self.derived = {visit_table(of, key): types for key, types in derived.items()}
        self.forms = form_tables(of)
        self.known: dict[tuple[str, frozenset[str] | None], tuple[str, tuple[str, ...]]] = {}

    def of(self, table: str, columns: Columns) -> tuple[str, tuple[str, ...]]:
        """The SELECT for the people of one parameter, and the names of its columns after ``pid``."""
        key = (table, frozenset(columns) if columns is not None else None)
        if key not in self.known:
            view = self._form(table, key[1]) if table in self.forms else self._view(table)
            sql = f"{view.sql(keys=('pid',))} AND r.pid = ANY(%s)"
            self.known[key] = (sql, tuple(view.columns))
        return self.known[key]

    def _view(self, table: str) -> TableView:
        return read_table(self.content.views[table], f"content/views/{table}.yaml")

    def _form(self, name: str, columns: frozenset[str] | None) -> TableView:
        form, rows = self.forms[name]
        kinds = answer_kinds(form.fields[rows].fields if rows else form.fields)
        fields = {key: kind for key, kind in kinds.items() if columns is None or key in columns}
        if rows:
            return rows_table(form.name, rows, fields, title=form.fields[rows].title)
        own = {key: kind.value for key, kind in self.derived.get(name, {}).items() if columns is None or key in columns}
        return form_table(name, fields, title=form.title, derived=own)


_held: _Selects | None = None


def _selects() -> _Selects:
    global _held
    now = content.current()
    with _lock:
        if _held is None or _held.content is not now:
            _held = _Selects(now)
        return _held


def read(pids: Sequence[int], wanted: Mapping[str, Columns]) -> dict[int, dict[str, list[Row]]]:
    """``{pid: {table: rows}}`` for the tables ``wanted``, in the order ``(on, id)``; one query for each table.

    ``wanted`` names for each form's table the columns needed (None is all of them); other tables come whole. Rows carry ``id``, ``on``,
    ``org``, where the table has an end ``to``, and its columns; numbers are floats, lists are lists of text.
    """
    selects, found = _selects(), {pid: {} for pid in pids}
    connection.ensure_connection()
    asked = []
    with connection.connection.pipeline():  # all questions are sent before the first answer is read
        for table, columns in wanted.items():
            sql, names = selects.of(table, columns)
            cursor = psycopg.Cursor(connection.connection)
            cursor.execute(sql, [list(pids)], prepare=True)
            asked.append((table, names, cursor))
    for table, names, cursor in asked:
        with cursor:
            for pid, *values in cursor.fetchall():
                found[pid].setdefault(table, []).append(dict(zip(names, values, strict=True)))
    for tables in found.values():
        for rows in tables.values():
            if len(rows) > 1:
                rows.sort(key=lambda row: (row["on"], row["id"]))
    return found
