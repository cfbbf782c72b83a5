"""The rows of some people in the tables that rules read, straight from the live record by the same views that fill the warehouse."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import psycopg
from django.db import connection

from kangyu.engines.content.tables import Tables
from kangyu.gateways import content

Row = dict[str, Any]
Columns = Iterable[str] | None
ALWAYS = ("id", "on", "to", "org")
_lock = threading.Lock()


def _select(table: str, columns: Columns) -> tuple[str, tuple[str, ...]]:
    """The SELECT of a table for the people of one parameter, and the names of its columns after ``pid``; kept for the content in force."""
    global _held
    views = content.tables()
    key = (table, frozenset(columns) if columns is not None else None)
    with _lock:
        if _held is None or _held[0] is not views:
            _held = (views, {})
        known = _held[1]
    if key not in known:
        view = views.view(*key)
        known[key] = (f"{view.sql(keys=('pid',))} AND r.pid = ANY(%s)", tuple(view.columns))
    return known[key]


_held: tuple[Tables, dict[tuple[str, frozenset[str] | None], tuple[str, tuple[str, ...]]]] | None = None


def read(pids: Sequence[int], wanted: Mapping[str, Columns]) -> dict[int, dict[str, list[Row]]]:
    """``{pid: {table: rows}}`` for the tables ``wanted``, in the order ``(on, id)``; one query for each table.

    ``wanted`` names for each form's table the columns needed (None is all of them); other tables come whole. Rows carry ``id``, ``on``,
    ``org``, where the table has an end ``to``, and its columns; numbers are floats, lists are lists of text.
    """
    found: dict[int, dict[str, list[Row]]] = {pid: {} for pid in pids}
    connection.ensure_connection()
    asked = []
    with connection.connection.pipeline():  # all questions are sent before the first answer is read
        for table, columns in wanted.items():
            sql, names = _select(table, columns)
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
