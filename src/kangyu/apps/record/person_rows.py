"""The rows of some people in the tables that rules read, straight from the live record by the same views that fill the warehouse."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection

from kangyu.engines.content.tables import Tables
from kangyu.gateways import content

Row = dict[str, Any]
Columns = Iterable[str] | None
FEW = 20
"""Up to so many people it is asked first which tables can have a row: most of one person's are empty, and cost a millisecond each."""
_lock = threading.Lock()


@dataclass(frozen=True)
class _Table:
    """How a table is read: its SELECT for the people of one parameter, its columns after ``pid``, and which resources it is made of."""

    sql: str
    names: tuple[str, ...]
    rtype: str
    code: str | None

    def may_have(self, present: set[tuple[str, str]]) -> bool:
        """Whether there can be a row where these types and main codes are."""
        return any(rtype == self.rtype and self.code in (None, code) for rtype, code in present)


def _table(table: str, columns: Columns) -> _Table:
    """A table as it is read; kept for the content in force."""
    global _held
    views = content.tables()
    key = (table, frozenset(columns) if columns is not None else None)
    with _lock:
        if _held is None or _held[0] is not views:
            _held = (views, {})
        known = _held[1]
    if key not in known:
        view = views.view(*key)
        sql = f"{view.sql(keys=('pid',))} AND r.pid = ANY(%s)"
        known[key] = _Table(sql, tuple(view.columns), view.definition["resource"], view.code)
    return known[key]


_held: tuple[Tables, dict[tuple[str, frozenset[str] | None], _Table]] | None = None


def _present(pids: Sequence[int]) -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT rtype, code FROM resource WHERE pid = ANY(%s)", [list(pids)])
        return set(cursor.fetchall())


def read(pids: Sequence[int], wanted: Mapping[str, Columns]) -> dict[int, dict[str, list[Row]]]:
    """``{pid: {table: rows}}`` for the tables ``wanted``, in the order ``(on, id)``; one query for each table that can have rows.

    ``wanted`` names for each form's table the columns needed (None is all of them); other tables come whole. Rows carry ``id``, ``on``,
    ``org``, where the table has an end ``to``, and its columns; numbers are floats, lists are lists of text.
    """
    found: dict[int, dict[str, list[Row]]] = {pid: {} for pid in pids}
    tables = {name: _table(name, columns) for name, columns in wanted.items()}
    if len(pids) <= FEW:
        present = _present(pids)
        tables = {name: table for name, table in tables.items() if table.may_have(present)}
    for name, table, cursor in _asked(tables, pids):
        with cursor:
            for pid, *values in cursor.fetchall():
                found[pid].setdefault(name, []).append(dict(zip(table.names, values, strict=True)))
    for held in found.values():
        for rows in held.values():
            if len(rows) > 1:
                rows.sort(key=lambda row: (row["on"], row["id"]))
    return found


def _asked(tables: Mapping[str, _Table], pids: Sequence[int]) -> list[tuple[str, _Table, psycopg.Cursor]]:
    """All questions sent before the first answer is read."""
    connection.ensure_connection()
    asked = []
    with connection.connection.pipeline():
        for name, table in tables.items():
            cursor = psycopg.Cursor(connection.connection)
            cursor.execute(table.sql, [list(pids)], prepare=True)
            asked.append((name, table, cursor))
    return asked
