"""The day's work list: who needs a team now, why, until when; one row per person, the programmes combined."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import orjson
from django.db import connection

from kangyu.apps.cases.rules import rules
from kangyu.apps.directory.models import Area
from kangyu.apps.governance.access import Viewer
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission

WEEK = timedelta(days=6)
HORIZON = timedelta(days=14)
PAGE = 50

SECTIONS = ("first", "late", "week", "later")
CONDITIONS = {
    "all": "bucket <= 2",
    "high": "risk > 0 AND bucket <= 2",
    "late": "next_due < %(today)s",
    "very_late": "next_due <= %(today)s - 30",
    "week": "next_due >= %(today)s AND bucket <= 2",
    "nearly": "nearly AND bucket <= 2",
    "together": "(together OR at_home > 1) AND bucket <= 2",
    "later": "bucket = 3",
}


@dataclass(frozen=True)
class Filter:
    """What of the list to show: ``show`` is one of ``CONDITIONS``; ``programme`` narrows to one programme."""

    show: str = "all"
    programme: str = ""

    def __post_init__(self) -> None:
        if self.show not in CONDITIONS:
            raise UserError(f"没有“{self.show}”这个筛选，请从页面上的筛选里选。")


@dataclass(frozen=True)
class WorkRow:
    """One person to see. ``parts`` are the programmes in order of urgency, each as in ``CareStatus``."""

    pid: int
    section: str
    name: str
    sex: str
    birth_date: date | None
    area: str
    area_name: str
    household: str
    at_home: int
    next_due: date
    risk: int
    discreet: bool
    parts: list[dict[str, Any]]
    cursor: str

    @property
    def programme(self) -> str:
        """The programme to begin with."""
        return self.parts[0]["programme"]


@dataclass(frozen=True)
class Today:
    """The list with its counts. ``counts`` by filter, ``programmes`` by programme; ``after`` opens the next page."""

    on: date
    rows: list[WorkRow]
    counts: dict[str, int]
    programmes: dict[str, int]
    seen_today: int
    households: int
    progress: list[tuple[str, int, int]] = field(default_factory=list)
    after: str = ""


OPEN = """
WITH open AS (
    SELECT c.*, c.programme = ANY(%(discreet)s) AS discreet,
           CASE WHEN c.risk > 0 AND c.next_due <= %(week)s THEN 0
                WHEN c.next_due < %(today)s THEN 1 WHEN c.next_due <= %(week)s THEN 2 ELSE 3 END AS bucket
    FROM care_status c
    WHERE c.state IN ('enrolled', 'expected') AND c.next_due IS NOT NULL
      AND (c.next_due <= %(horizon)s OR c.next_due_from <= %(today)s) AND ({scope})
), grouped AS (
    SELECT pid, discreet, min(bucket) AS bucket, min(next_due) AS next_due, max(risk) AS risk,
           array_agg(programme ORDER BY bucket, next_due, programme) AS programmes, count(*) FILTER (WHERE bucket <= 2) > 1 AS together,
           bool_or(needed > 0 AND needed - done = 1) AS nearly
    FROM open GROUP BY pid, discreet
), work AS (
    SELECT g.*, p.name, p.sex, p.birth_date, p.area, p.household, coalesce(nullif(p.household, ''), '#' || p.pid) AS house
    FROM grouped g JOIN person p USING (pid)
    WHERE p.deceased_on IS NULL
), placed AS (
    SELECT *, min(next_due) OVER (PARTITION BY bucket, house) AS house_due,
           count(*) FILTER (WHERE bucket <= 2) OVER (PARTITION BY house) AS at_home
    FROM work
)
"""
COUNTS = (
    OPEN
    + "SELECT 'show', key, n::bigint FROM (SELECT {counted}, count(DISTINCT house) FILTER (WHERE at_home > 1 AND bucket <= 2) AS households"
    + " FROM placed) t, LATERAL (VALUES {pairs}, ('households', t.households)) AS v (key, n)"
    + " UNION ALL SELECT 'programme', programme, count(*) FROM placed, unnest(programmes) AS programme WHERE {condition} GROUP BY programme"
)
PAGE_OF = (
    OPEN
    + """
SELECT pid, discreet, bucket, next_due, risk, name, sex, birth_date, area, household, house_due, house, at_home,
       (SELECT jsonb_agg(jsonb_build_object('programme', o.programme, 'next_due', o.next_due, 'next_due_from', o.next_due_from,
               'due_item', o.due_item, 'items', o.items, 'last', o.last, 'last_on', o.last_on, 'risk', o.risk, 'reasons', o.reasons,
               'done', o.done, 'needed', o.needed, 'bucket', o.bucket) ORDER BY o.bucket, o.next_due, o.programme)
        FROM open o WHERE o.pid = placed.pid AND o.discreet = placed.discreet) AS parts
FROM placed WHERE {condition} {programme} {later}
ORDER BY bucket, house_due, house, pid, discreet LIMIT %(limit)s
"""
)
PROGRESS = """
SELECT c.programme, count(*) FILTER (WHERE c.done >= c.needed), count(*), 0 FROM care_status c
WHERE c.state IN ('enrolled', 'expected') AND c.needed > 0 AND ({scope}) GROUP BY c.programme
UNION ALL SELECT '', 0, 0, count(DISTINCT c.pid) FROM care_status c WHERE c.last_on = %(today)s AND ({scope})
ORDER BY 3 DESC, 1
"""


def _scope(viewer: Viewer) -> tuple[str, dict]:
    """The viewer's reach over ``care_status`` with named parameters, which the long queries need."""
    condition, values = viewer.people("c")
    names = {f"reach{number}": value for number, value in enumerate(values)}
    for name in names:
        condition = condition.replace("%s", f"%({name})s", 1)
    return f"({condition}) AND c.programme = ANY(%(worked)s)", {**names, "worked": rules().worked_by(viewer.role)}


def today(viewer: Viewer, on: date, chosen: Filter | None = None, after: str = "", limit: int = PAGE) -> Today:
    """The list as of ``on``: four queries, whatever its length. Raises ``DeniedError`` without the right to lists."""
    viewer.require(Permission.WORKLIST_VIEW)
    chosen = chosen or Filter()
    scope, names = _scope(viewer)
    given = {**names, "today": on, "week": on + WEEK, "horizon": on + HORIZON, "discreet": rules().discreet, "limit": limit + 1}
    with connection.cursor() as cursor:
        counts, programmes = _counts(cursor, scope, given, chosen)
        rows = _page(cursor, scope, given, chosen, after)
        cursor.execute(PROGRESS.format(scope=scope), given)
        progress = cursor.fetchall()
    more, rows = rows[limit - 1 : limit] if len(rows) > limit else [], rows[:limit]
    names_of = dict(Area.objects.filter(code__in={row[8] for row in rows}).values_list("code", "name"))
    return Today(
        on=on,
        rows=[_row(row, names_of) for row in rows],
        counts=counts,
        programmes=programmes,
        seen_today=sum(row[3] for row in progress),
        households=counts.pop("households", 0),
        progress=[(programme, done, of) for programme, done, of, _ in progress if programme],
        after=_cursor_of(more[0]) if more else "",
    )


def _counts(cursor, scope: str, given: dict, chosen: Filter) -> tuple[dict[str, int], dict[str, int]]:
    counted = ", ".join(f"count(*) FILTER (WHERE {condition}) AS n_{key}" for key, condition in CONDITIONS.items())
    pairs = ", ".join(f"('{key}', t.n_{key})" for key in CONDITIONS)
    cursor.execute(COUNTS.format(scope=scope, counted=counted, pairs=pairs, condition=CONDITIONS[chosen.show]), given)
    found: dict[str, dict[str, int]] = {"show": {}, "programme": {}}
    for kind, key, number in cursor.fetchall():
        found[kind][key] = number
    return found["show"], found["programme"]


def _page(cursor, scope: str, given: dict, chosen: Filter, after: str) -> list[tuple]:
    programme = "AND %(programme)s = ANY(programmes)" if chosen.programme else ""
    later = ""
    if after:
        later = "AND (bucket, house_due, house, pid, discreet) > (%(bucket)s, %(house_due)s, %(house)s, %(pid)s, %(hidden)s)"
    sql = PAGE_OF.format(scope=scope, condition=CONDITIONS[chosen.show], programme=programme, later=later)
    cursor.execute(sql, {**given, "programme": chosen.programme, **_read_cursor(after)})
    return cursor.fetchall()


def _row(row: tuple, names: dict[str, str]) -> WorkRow:
    pid, discreet, bucket, next_due, risk, name, sex, birth_date, area, household, _, _, at_home, parts = row
    return WorkRow(
        pid, SECTIONS[bucket], "" if discreet else name, sex, birth_date, area, names.get(area, ""), household,
        at_home, next_due, risk, discreet, orjson.loads(parts), _cursor_of(row),
    )  # fmt: skip


def _cursor_of(row: tuple) -> str:
    """Where a row stands in the order, for the page that begins after it."""
    return "~".join((str(row[2]), row[10].isoformat(), str(row[11]), str(row[0]), "1" if row[1] else ""))


def _read_cursor(after: str) -> dict[str, Any]:
    if not after:
        return {}
    try:
        bucket, due, house, pid, hidden = after.split("~")
        return {"bucket": int(bucket), "house_due": date.fromisoformat(due), "house": house, "pid": int(pid), "hidden": bool(hidden)}
    except ValueError as error:
        raise UserError("翻页的位置不对，请从列表的第一页重新打开。") from error


def next_in_line(viewer: Viewer, on: date, beside: int) -> WorkRow | None:
    """Whom to see next, other than the person just seen; somebody of the same household or village first."""
    rows = [row for row in today(viewer, on, limit=20).rows if row.pid != beside]
    return rows[0] if rows else None


WAITING = """
SELECT count(DISTINCT (c.pid, c.programme = ANY(%(discreet)s))) FROM care_status c
WHERE c.state IN ('enrolled', 'expected') AND c.next_due <= %(week)s AND ({scope})
"""


def waiting(viewer: Viewer, on: date) -> int:
    """How many people the list holds, without the list."""
    scope, names = _scope(viewer)
    with connection.cursor() as cursor:
        cursor.execute(WAITING.format(scope=scope), {**names, "week": on + WEEK, "discreet": rules().discreet})
        return cursor.fetchone()[0]
