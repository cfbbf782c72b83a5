"""Cases searched for: by number, by whom they are about, by procedure, state, owner and the day they were opened; newest first."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from kangyu.apps.cases.case_access import scope
from kangyu.apps.cases.queries.files import COLUMNS, CaseRow, row_of
from kangyu.apps.cases.queries.roll import terms
from kangyu.apps.governance.access import Viewer
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission

PAGE = 50
NUMBER = re.compile(r"[0-9a-f]{6,8}(-[0-9a-f-]*)?$")
"""What a case goes by among people: the first eight characters of its id, or as many as were typed, six at least."""
WHOM = """
(c.pid IN (SELECT pid FROM person WHERE search @> %s::text[]) OR c.heading ILIKE %s)
"""


@dataclass(frozen=True)
class Wanted:
    """What to look for; what is empty does not narrow. ``since`` and ``until`` are days of opening, both included."""

    words: str = ""
    procedure: str = ""
    state: str = ""
    owner: str = ""
    since: date | None = None
    until: date | None = None
    handler: str = ""


@dataclass(frozen=True)
class FoundCases:
    """One page; ``after`` opens the next one."""

    rows: list[CaseRow]
    after: str = ""


def number_of(id: str) -> str:
    """The number people say."""
    return id[:8].upper()


def find_cases(viewer: Viewer, wanted: Wanted, *, after: str = "", limit: int = PAGE) -> FoundCases:
    """The cases within the viewer's reach that are meant, ended ones too. ``DeniedError`` without the right to see cases."""
    viewer.require(Permission.CASE_VIEW)
    condition, parameters = scope(viewer)
    narrowed, given = _narrowed(wanted)
    if after:
        narrowed.append("(c.opened, c.id) < (%s::timestamptz, %s)")
        given += _place(after)
    where = " AND ".join((f"({condition})", *narrowed))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.opened::text, {COLUMNS} FROM case_file c LEFT JOIN person ON person.pid = c.pid WHERE {where} "
            "ORDER BY c.opened DESC, c.id DESC LIMIT %s",
            [*parameters, *given, limit + 1],
        )
        found = cursor.fetchall()
    more, page = len(found) > limit, found[:limit]
    return FoundCases([row_of(row[1:]) for row in page], f"{page[-1][0]}|{page[-1][1]}" if more else "")


def _place(after: str) -> list[str]:
    opened, _, id = after.partition("|")
    try:
        datetime.fromisoformat(opened)
    except ValueError as error:
        raise UserError("翻页的位置不对，请从第一页重新打开。") from error
    return [opened, id]


def _narrowed(wanted: Wanted) -> tuple[list[str], list[Any]]:
    """The conditions that what is wanted adds, with their values."""
    conditions: list[str] = []
    values: list[Any] = []
    words = wanted.words.strip()
    if NUMBER.match(words.lower()):
        conditions.append("c.id LIKE %s")
        values.append(f"{words.lower()}%")
    elif words:
        conditions.append(WHOM)
        values += [terms(words), f"%{words.replace('%', '')}%"]
    for column in ("procedure", "state", "owner", "handler"):
        if getattr(wanted, column):
            conditions.append(f"c.{column} = %s")
            values.append(getattr(wanted, column))
    if wanted.since:
        conditions.append("c.opened >= %s::date")
        values.append(wanted.since)
    if wanted.until:
        conditions.append("c.opened < %s::date + 1")
        values.append(wanted.until)
    return conditions, values


def owners_in_reach(viewer: Viewer) -> list[str]:
    """The institutions that are responsible for cases within reach, for the choice of a search."""
    condition, parameters = scope(viewer)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT c.owner FROM case_file c WHERE c.owner <> '' AND ({condition}) LIMIT 300", parameters)
        return [row[0] for row in cursor.fetchall()]
