"""What bulk imports there were, and how they ended."""

from dataclasses import dataclass
from datetime import datetime

import orjson
from django.db import connection

from kangyu.kernel.errors import Problem


@dataclass(frozen=True)
class ImportJob:
    """One import. ``state`` is ``running``, ``done``, ``refused`` or ``interrupted``; only ``done`` wrote anything."""

    id: int
    source: str
    account: str
    state: str
    started: datetime
    ended: datetime | None
    read: int
    stored: int
    problems: tuple[Problem, ...]
    note: str


_COLUMNS = "id, source, account, state, started, ended, read, stored, problems, note"


def _job(row: tuple) -> ImportJob:
    problems = tuple(Problem(**one) for one in orjson.loads(row[8]))
    return ImportJob(*row[:6], row[6] or 0, row[7] or 0, problems, row[9] or "")


def jobs(*, before: int | None = None, limit: int = 50) -> list[ImportJob]:
    """The newest first; ``before`` is the id to continue from."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM import_job WHERE %s::bigint IS NULL OR id < %s ORDER BY id DESC LIMIT %s", [before, before, limit]
        )
        return [_job(row) for row in cursor.fetchall()]


def job(id: int) -> ImportJob | None:
    """One import by its number."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_COLUMNS} FROM import_job WHERE id = %s", [id])
        row = cursor.fetchone()
    return _job(row) if row else None


def last_of(source: str) -> ImportJob | None:
    """The newest import of a source."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_COLUMNS} FROM import_job WHERE source = %s ORDER BY id DESC LIMIT 1", [source])
        row = cursor.fetchone()
    return _job(row) if row else None
