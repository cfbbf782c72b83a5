"""Values that somebody reported, as they stand in the record (MeasureReport), beside those computed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

MEASURE = "urn:kangyu:indicator:"
SOURCE = "urn:kangyu:ext:source"
_SELECT = """
SELECT body->>'measure', body#>>'{subject,identifier,value}', (body#>>'{period,start}')::date, (body#>>'{period,end}')::date,
       (body#>>'{group,0,measureScore,value}')::float8,
       jsonb_path_query_first(body, '$.extension[*] ? (@.url == $url).valueString', jsonb_build_object('url', %s::text)) #>> '{}',
       body#>>'{reporter,reference}', updated, id
FROM resource WHERE rtype = 'MeasureReport' AND body->>'measure' = ANY(%s) AND body#>>'{subject,identifier,value}' LIKE %s
ORDER BY 4, updated
"""


@dataclass(frozen=True)
class ReportedValue:
    """One reported value. ``source`` says what it was taken from, ``reporter`` who reported (a reference to an Organization)."""

    indicator: str
    area: str
    start: date | None
    end: date
    value: float
    source: str
    reporter: str
    updated: datetime
    id: str

    @property
    def year(self) -> int:
        """The calendar year it belongs to."""
        return self.end.year


def values(keys: Sequence[str], area: str) -> dict[str, list[ReportedValue]]:
    """The reported values of some indicators for exactly one area, oldest period first; of two for one period the later report stands."""
    found = _read(keys, area)
    return {key: [item for item in found if item.indicator == key] for key in keys}


def by_area(key: str, pattern: str) -> list[ReportedValue]:
    """The reported values of one indicator for the areas whose code is like ``pattern``."""
    return _read([key], pattern)


def _read(keys: Sequence[str], pattern: str) -> list[ReportedValue]:
    with connection.cursor() as cursor:
        cursor.execute(_SELECT, [SOURCE, [f"{MEASURE}{key}" for key in keys], pattern])
        rows = cursor.fetchall()
    latest: dict[tuple[str, str, date], ReportedValue] = {}
    for measure, area, start, end, value, source, reporter, updated, id in rows:
        if end is not None and value is not None:
            key = measure.removeprefix(MEASURE)
            latest[key, area, end] = ReportedValue(key, area, start, end, value, source or "", reporter or "", updated, id)
    return sorted(latest.values(), key=lambda item: item.end)
