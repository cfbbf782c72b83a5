"""Reads of cases: the inbox of a role, the board of a procedure, the cases of a person; each within the viewer's reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from django.db import connection

from kangyu.apps.cases.case_access import scope
from kangyu.apps.governance.access import Viewer
from kangyu.kernel.permission import Permission

PAGE = 50
CARDS = 20
MANY = 999


@dataclass(frozen=True)
class CaseRow:
    """One case as lists show it. ``name`` is the person's, empty for other subjects."""

    id: str
    procedure: str
    state: str
    ended: bool
    subject_kind: str
    subject_id: str
    pid: int | None
    area: str
    owner: str
    heading: str
    opened: datetime
    since: datetime
    due: datetime | None
    due_clock: str
    name: str
    sex: str
    birth_date: Any
    handler: str
    columns: dict[str, Any]
    parties: dict[str, str]


@dataclass(frozen=True)
class Inbox:
    """One page of what waits for a role, the soonest to run out first. ``counts`` by procedure; ``after`` opens the next page."""

    rows: list[CaseRow]
    counts: dict[str, int]
    total: int
    late: int
    after: str = ""


COLUMNS = """
c.id, c.procedure, c.state, c.ended, c.subject_kind, c.subject_id, c.pid, c.area, c.owner, c.heading, c.opened, c.since, c.due, c.due_clock,
 coalesce(person.name, ''), coalesce(person.sex, ''), person.birth_date, c.handler, c.columns,
(SELECT coalesce(jsonb_object_agg(cp.party, cp.org), '{}') FROM case_party cp WHERE cp.case_id = c.id AND cp.party NOT LIKE 'offered.%%')"""
_FAR = "'infinity'::timestamptz"


def mine(viewer: Viewer) -> tuple[str, list[Any]]:
    """The condition on ``case_turn`` (as ``t``) for what waits for this viewer's role, at its institution or wherever it reaches."""
    here = "(t.role = %s AND t.org = %s)" if viewer.org else "false"
    parameters: list[Any] = [viewer.role, viewer.org] if viewer.org else []
    if viewer.within in ("county", "township") and viewer.area:
        reach = "(t.area LIKE %s OR t.owner = %s AND t.owner <> '')"
        return f"({here} OR (t.role = %s AND t.org = '' AND {reach}))", [*parameters, viewer.role, f"{viewer.area}%", viewer.org]
    if viewer.within == "institution" and viewer.org:
        return f"({here} OR (t.role = %s AND t.org = '' AND t.owner = %s))", [*parameters, viewer.role, viewer.org]
    return here, parameters


def inbox(viewer: Viewer, now: datetime, *, procedure: str = "", after: str = "", limit: int = PAGE) -> Inbox:
    """What waits for the viewer's role. ``after`` is the key of the last row of the page before. ``DeniedError`` without the right."""
    viewer.require(Permission.CASE_VIEW)
    condition, parameters = mine(viewer)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.procedure, count(*), count(*) FILTER (WHERE t.due < %s) FROM case_turn t WHERE {condition} GROUP BY t.procedure",
            [now, *parameters],
        )
        counted = cursor.fetchall()
        chosen, extra = ("AND t.procedure = %s", [procedure]) if procedure else ("", [])
        keyed, start = ("", [])
        if after:
            due, _, id = after.partition("|")
            keyed, start = f"AND (coalesce(t.due, {_FAR}), t.case_id) > (%s::timestamptz, %s)", [due, id]
        cursor.execute(
            f"WITH page AS MATERIALIZED (SELECT DISTINCT coalesce(t.due, {_FAR}) AS due, t.case_id FROM case_turn t "
            f"WHERE {condition} {chosen} {keyed} ORDER BY 1, 2 LIMIT %s) "
            f"SELECT page.due::text, {COLUMNS} FROM page JOIN case_file c ON c.id = page.case_id "
            "LEFT JOIN person ON person.pid = c.pid ORDER BY page.due, c.id",
            [*parameters, *extra, *start, limit + 1],
        )
        found = cursor.fetchall()
    more, page = len(found) > limit, found[:limit]
    rows = [row_of(row[1:]) for row in page]
    counts = {key: count for key, count, _ in counted}
    last = f"{page[-1][0]}|{page[-1][1]}" if more else ""
    return Inbox(rows, counts, sum(counts.values()), sum(late for _, _, late in counted), last)


def waiting(viewer: Viewer) -> int:
    """How many cases wait for the viewer's role; counted no further than a badge can show."""
    condition, parameters = mine(viewer)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM (SELECT 1 FROM case_turn t WHERE {condition} LIMIT {MANY + 1}) w", parameters)
        return cursor.fetchone()[0]


@dataclass(frozen=True)
class Column:
    """One state of a board: how many cases stand in it, and the first of them by their clocks."""

    state: str
    count: int
    rows: list[CaseRow]


BOARD = """
WITH own AS MATERIALIZED ({own}),
placed AS MATERIALIZED (
    SELECT id, count(*) OVER (PARTITION BY state) AS whole, row_number() OVER (PARTITION BY state ORDER BY due NULLS LAST, id) AS place
    FROM own WHERE state = ANY(%s) AND merged_into = '' AND (NOT ended OR since >= %s)
)
SELECT placed.whole, {columns} FROM placed JOIN case_file c ON c.id = placed.id LEFT JOIN person ON person.pid = c.pid
WHERE placed.place <= %s ORDER BY c.state, placed.place
"""
OWN = "SELECT c.id, c.state, c.due, c.ended, c.since, c.merged_into FROM case_file c"


def board(viewer: Viewer, procedure: str, states: Sequence[str], *, since: datetime, cards: int = CARDS) -> list[Column]:
    """The cases of one procedure within the viewer's reach, a column for each state; of ended ones those that ended ``since``."""
    viewer.require(Permission.CASE_VIEW)
    own, parameters = _in_reach(viewer, procedure)
    with connection.cursor() as cursor:
        cursor.execute(BOARD.format(own=own, columns=COLUMNS), [*parameters, list(states), since, cards])
        found = cursor.fetchall()
    columns: dict[str, Column] = {state: Column(state, 0, []) for state in states}
    for whole, *row in found:
        one = row_of(row)
        columns[one.state] = Column(one.state, whole, [*columns[one.state].rows, one])
    return list(columns.values())


def _in_reach(viewer: Viewer, procedure: str) -> tuple[str, list[Any]]:
    """The cases of a procedure that a viewer may see, found the short way: by their institution's part in them, by their own residents."""
    if viewer.within != "institution":
        condition, parameters = scope(viewer)
        return f"{OWN} WHERE c.procedure = %s AND {condition}", [procedure, *parameters]
    taking_part = f"{OWN} WHERE c.id IN (SELECT case_id FROM case_party WHERE org = %s AND procedure = %s AND NOT hidden)"
    if not viewer.may(Permission.PERSON_VIEW):
        return taking_part, [viewer.org, procedure]
    people, scoped = viewer.people("p")
    residents = f"{OWN} JOIN person p ON p.pid = c.pid WHERE c.procedure = %s AND ({people})"
    return f"{taking_part} UNION {residents}", [viewer.org, procedure, procedure, *scoped]


def of_person(viewer: Viewer, pid: int, limit: int = 20) -> list[CaseRow]:
    """The cases about one person that the viewer may see, newest first."""
    return _some(viewer, "c.pid = %s", [pid], limit)


def of_subject(viewer: Viewer, kind: str, id: str, limit: int = 20) -> list[CaseRow]:
    """The cases about one subject that the viewer may see, newest first."""
    return _some(viewer, "c.subject_kind = %s AND c.subject_id = %s", [kind, id], limit)


def by_id(viewer: Viewer, id: str) -> CaseRow | None:
    """One case, if the viewer may see it."""
    return next(iter(_some(viewer, "c.id = %s", [id], 1)), None)


APART = """
NOT EXISTS (SELECT 1 FROM case_step s WHERE s.kind = 'same' AND s.case_id IN (c.id, %s)
AND s.move = 'apart:' || CASE s.case_id WHEN c.id THEN %s ELSE c.id END)
"""


def alike(
    viewer: Viewer, same_keys: Sequence[str], but: str, *, column: str = "", on: date | None = None, hours: float | None = None
) -> list[CaseRow]:
    """Other cases that may be the same one and that nobody has held to be another.

    With ``on`` and ``hours`` only those dated (by ``column``, else by their opening) no further away than that.
    """
    if not same_keys:
        return []
    where, given = "c.same_keys && %s AND c.id <> %s AND c.merged_into = '' AND " + APART, [list(same_keys), but, but, but]
    if on is not None and hours is not None:
        dated = "coalesce((c.columns ->> %s)::date, c.opened::date)" if column else "c.opened::date"
        where, given = f"{where} AND abs({dated} - %s) * 24 <= %s", [*given, *([column] if column else []), on, hours]
    return _some(viewer, where, given, 10)


def parts_of(viewer: Viewer, parent: str) -> list[CaseRow]:
    """The child cases of a case that the viewer may see, in order of opening."""
    return _some(viewer, "c.parent = %s", [parent], 200)[::-1]


def _some(viewer: Viewer, where: str, parameters: list[Any], limit: int) -> list[CaseRow]:
    condition, given = scope(viewer)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS} FROM case_file c LEFT JOIN person ON person.pid = c.pid "
            f"WHERE {where} AND ({condition}) ORDER BY c.opened DESC, c.id LIMIT %s",
            [*parameters, *given, limit],
        )
        return [row_of(row) for row in cursor.fetchall()]


def row_of(row: Sequence[Any]) -> CaseRow:
    """The last two columns are JSON: as text, or read already where the caller's cursor does so."""
    return CaseRow(*row[:-2], *(orjson.loads(one) if isinstance(one, str) else one for one in row[-2:]))


def procedures_in_reach(viewer: Viewer) -> dict[str, tuple[int, int]]:
    """For each procedure with cases in reach: how many are open, how many are late by the database's clock."""
    condition, parameters = scope(viewer)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.procedure, count(*) FILTER (WHERE NOT c.ended), count(*) FROM case_file c WHERE {condition} GROUP BY c.procedure",
            parameters,
        )
        return {key: (open_, whole) for key, open_, whole in cursor.fetchall()}
