"""Reads of the stored resources. Callers pass the viewer's scope and write the audit row; see ``apps.record.reading``."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from kangyu.apps.record import search_sql
from kangyu.apps.record.search_sql import Scope
from kangyu.engines.fhir import SearchQuery


@dataclass(frozen=True)
class Stored:
    """One version as it stands in the store; ``text`` is the JSON body, None for a tombstone."""

    rtype: str
    id: str
    vid: int
    pid: int | None
    updated: datetime
    text: str | None


_CURRENT = "SELECT rtype, id, vid, pid, updated, body::text FROM resource"
_VERSIONS = "SELECT rtype, id, vid, pid, updated, body::text FROM resource_version"


def _rows(sql: str, parameters: list) -> list[Stored]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [Stored(*row) for row in cursor.fetchall()]


def current(rtype: str, id: str) -> Stored | None:
    """The newest version, or None when it never was or was deleted."""
    return next(iter(_rows(f"{_CURRENT} WHERE rtype = %s AND id = %s", [rtype, id])), None)


def version(rtype: str, id: str, vid: int) -> Stored | None:
    """One version, current or superseded; a tombstone has no text."""
    where = "WHERE rtype = %s AND id = %s AND vid = %s"
    return next(iter(_rows(f"{_CURRENT} {where} UNION ALL {_VERSIONS} {where}", [rtype, id, vid] * 2)), None)


def history(rtype: str, id: str, limit: int = 200) -> list[Stored]:
    """All versions, newest first."""
    where = "WHERE rtype = %s AND id = %s"
    return _rows(
        f"SELECT * FROM ({_CURRENT} {where} UNION ALL {_VERSIONS} {where}) v ORDER BY vid DESC LIMIT %s", [rtype, id, rtype, id, limit]
    )


def authors(rtype: str, id: str) -> dict[int, str]:
    """Who wrote each version of a resource, by version."""
    where = "WHERE rtype = %s AND id = %s"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT vid, author FROM resource {where} UNION ALL SELECT vid, author FROM resource_version {where}", [rtype, id, rtype, id]
        )
        return dict(cursor.fetchall())


@dataclass(frozen=True)
class Found(Stored):
    """A row of a search, with the value it was sorted by."""

    sort: str


def search(query: SearchQuery, *, scope: Scope) -> list[Found]:
    """One page of a search, plus one row that tells whether more follow. ``scope`` limits the resources of people."""
    with connection.cursor() as cursor:
        cursor.execute(*search_sql.page(query, scope))
        return [Found(*row) for row in cursor.fetchall()]


def count(query: SearchQuery, *, scope: Scope) -> int:
    """How many resources a search finds."""
    with connection.cursor() as cursor:
        cursor.execute(*search_sql.count(query, scope))
        return cursor.fetchone()[0]


def of_person(pid: int, rtypes: list[str] | None = None, limit: int = 500) -> list[Stored]:
    """The newest resources of one person, newest first by their own date."""
    kinds = "AND rtype = ANY(%s)" if rtypes else ""
    parameters: list = [pid, *([rtypes] if rtypes else []), limit]
    return _rows(f"{_CURRENT} WHERE pid = %s {kinds} ORDER BY d_lo DESC NULLS LAST, id LIMIT %s", parameters)
