"""How many of the doses owed were given, by birth year and series and by township: sums over the care status, never people."""

from dataclasses import dataclass

from django.db import connection

from kangyu.apps.governance.access import Viewer
from kangyu.kernel.permission import Permission

BY_COHORT = """
SELECT extract(year FROM p.birth_date)::int, d.key, count(DISTINCT c.pid), sum((d.value ->> 0)::int), sum((d.value ->> 1)::int),
       sum((d.value ->> 2)::int)
FROM care_status c JOIN person p USING (pid), jsonb_each(c.last -> 'doses') AS d
WHERE c.programme = %(programme)s AND c.state IN ('enrolled', 'expected') AND p.deceased_on IS NULL AND c.area LIKE %(area)s
  AND (%(org)s = '' OR c.org = %(org)s) GROUP BY 1, 2
"""
BY_PLACE = """
SELECT left(c.area, 9), count(*), count(*) FILTER (WHERE (c.last ->> 'missed')::int = 0), sum((c.last ->> 'missed')::int)
FROM care_status c JOIN person p USING (pid)
WHERE c.programme = %(programme)s AND c.state IN ('enrolled', 'expected') AND p.deceased_on IS NULL AND c.area LIKE %(area)s
  AND (%(org)s = '' OR c.org = %(org)s) AND c.last ? 'doses' GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True)
class Cell:
    """One birth year and series: children, doses that count, doses owed and not given, doses given in time."""

    cohort: int
    series: str
    children: int
    given: int
    owed: int
    timely: int


@dataclass(frozen=True)
class PlaceCount:
    """One township: children, those who miss no dose, doses missed."""

    area: str
    children: int
    complete: int
    missed: int


def coverage(viewer: Viewer, programme: str) -> tuple[list[Cell], list[PlaceCount]]:
    """The sums within the viewer's area (and institution). ``DeniedError`` without the right."""
    viewer.require(Permission.COVERAGE_VIEW)
    org = viewer.org if viewer.within == "institution" else ""
    given = {"programme": programme, "area": f"{viewer.area}%", "org": org}
    with connection.cursor() as cursor:
        cursor.execute(BY_COHORT, given)
        cells = [Cell(*row) for row in cursor.fetchall()]
        cursor.execute(BY_PLACE, given)
        places = [PlaceCount(*row) for row in cursor.fetchall()]
    return cells, places
