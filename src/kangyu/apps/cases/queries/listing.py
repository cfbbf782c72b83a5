"""The cases of one procedure as a list: picked by what is known of them, by place and day, with the counts to pick from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection

from kangyu.apps.cases.case_access import scope
from kangyu.apps.cases.queries.files import COLUMNS, CaseRow, row_of
from kangyu.apps.governance.access import Viewer
from kangyu.engines.content.kinds import Procedure
from kangyu.kernel.permission import Permission

PAGE = 50


@dataclass(frozen=True)
class Picked:
    """What a list is narrowed to: values of filtering columns, a state, a township, days, only what may be doubled."""

    values: Mapping[str, str] = field(default_factory=dict)
    state: str = ""
    area: str = ""
    since: date | None = None
    until: date | None = None
    alike: bool = False


@dataclass(frozen=True)
class Listing:
    """One page, newest first. ``counts`` by filter (a column's key, ``state``, ``area``) what each choice would show, under the others."""

    rows: list[CaseRow]
    total: int
    counts: dict[str, dict[str, int]]
    doubled: frozenset[str]
    after: str = ""


ALIKE = """
EXISTS (SELECT 1 FROM case_file o WHERE o.same_keys && c.same_keys AND o.id <> c.id AND o.merged_into = ''
AND NOT EXISTS (SELECT 1 FROM case_step s WHERE s.kind = 'same' AND s.case_id IN (c.id, o.id)
                AND s.move = 'apart:' || CASE s.case_id WHEN c.id THEN o.id ELSE c.id END))
"""


def listing(viewer: Viewer, procedure: Procedure, picked: Picked, *, after: str = "", limit: int = PAGE) -> Listing:
    """The cases within reach that are not merged into others. ``DeniedError`` without the right."""
    viewer.require(Permission.CASE_VIEW)
    day = next((key for key, column in procedure.columns.items() if column.day), "")
    conditions = _conditions(viewer, procedure, picked, day)
    where = " AND ".join(f"({text})" for text, _ in conditions.values())
    given = [value for _, values in conditions.values() for value in values]
    dated = _day(day)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM case_file c WHERE {where}", given)
        total = cursor.fetchone()[0]
        keyed, start = ("", [])
        if after:
            on, _, id = after.partition("|")
            keyed, start = f" AND ({dated}, c.id) < (%s::date, %s)", [on, id]
        cursor.execute(
            f"SELECT {dated}::text, {ALIKE}, {COLUMNS} FROM case_file c LEFT JOIN person ON person.pid = c.pid "
            f"WHERE {where}{keyed} ORDER BY {dated} DESC, c.id DESC LIMIT %s",
            [*given, *start, limit + 1],
        )
        found = cursor.fetchall()
    page = found[:limit]
    rows = [row_of(row[2:]) for row in page]
    doubled = frozenset(row.id for row, one in zip(rows, page, strict=True) if one[1])
    last = f"{page[-1][0]}|{rows[-1].id}" if len(found) > limit else ""
    return Listing(rows, total, _counts(procedure, conditions), doubled, last)


def _day(column: str) -> str:
    return f"coalesce((c.columns ->> '{column}')::date, c.opened::date)" if column else "c.opened::date"


def _conditions(viewer: Viewer, procedure: Procedure, picked: Picked, day: str) -> dict[str, tuple[str, list[Any]]]:
    """Every condition by the filter it comes from, so that the counts of a filter can leave out its own."""
    reach, parameters = scope(viewer)
    found: dict[str, tuple[str, list[Any]]] = {
        "": (f"c.procedure = %s AND c.merged_into = '' AND {reach}", [procedure.key, *parameters]),
    }
    for key, column in procedure.columns.items():
        if column.filter and picked.values.get(key):
            found[key] = (f"c.columns ->> '{key}' = %s", [picked.values[key]])
    if picked.state in procedure.states:
        found["state"] = ("c.state = %s", [picked.state])
    elif procedure.same and procedure.same.not_in:
        found["state"] = ("NOT c.state = ANY(%s)", [list(procedure.same.not_in)])
    if picked.area:
        found["area"] = ("c.area LIKE %s", [f"{picked.area}%"])
    if picked.since:
        found["since"] = (f"{_day(day)} >= %s", [picked.since])
    if picked.until:
        found["until"] = (f"{_day(day)} <= %s", [picked.until])
    if picked.alike:
        found["alike"] = (ALIKE, [])
    return found


def _counts(procedure: Procedure, conditions: Mapping[str, tuple[str, list[Any]]]) -> dict[str, dict[str, int]]:
    by = {key: f"c.columns ->> '{key}'" for key, column in procedure.columns.items() if column.filter}
    by |= {"state": "c.state", "area": "left(c.area, 9)"}
    found = {}
    with connection.cursor() as cursor:
        for name, value in by.items():
            kept = [one for key, one in conditions.items() if key != name]
            where = " AND ".join(f"({text})" for text, _ in kept)
            cursor.execute(
                f"SELECT {value}, count(*) FROM case_file c WHERE {where} GROUP BY 1 ORDER BY 2 DESC, 1",
                [one for _, values in kept for one in values],
            )
            found[name] = {str(key): count for key, count in cursor.fetchall() if key}
    return found
