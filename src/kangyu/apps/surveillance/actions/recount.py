"""Counts of all signals from the whole record: exported at one snapshot, conditions evaluated in the warehouse, sums by place and day."""

import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import chain
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.surveillance import sources
from kangyu.apps.surveillance.declared import CASES, OUT_OF, Watched, current
from kangyu.apps.surveillance.models import DIGITS, SeriesState
from kangyu.engines.detection.counting import once
from kangyu.gateways.warehouse.events import Event, counted
from kangyu.gateways.warehouse.export import export, snapshot
from kangyu.gateways.warehouse.sources import Source
from kangyu.kernel.errors import UserError

LOCK = 7_202_061
HISTORY = 2557
"""Days of history that are counted: seven years, five for baselines and some to test methods on."""

Progress = Callable[[str, int], None]


def recount(*, as_of: date, by: Viewer, progress: Progress = lambda what, done: None) -> SeriesState:
    """Count everything anew. One at a time: raises ``UserError`` when another recount is under way."""
    began = time.monotonic()
    with _alone():
        held, since = current(), as_of - timedelta(days=HISTORY)
        folder = Path(settings.DATA) / "surveillance"
        shutil.rmtree(folder, ignore_errors=True)
        try:
            with snapshot(_connect) as moment:
                export(moment, sources.sources(), folder)
            with transaction.atomic():
                records = _replace(folder, list(held.watched.values()), since, progress)
                state = _state(held.digest, moment.watermark, records, round(time.monotonic() - began, 2))
                audit.record("signals.recount", by=by, target=f"digest/{held.digest[:16]}")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    progress("监测序列已算", records)
    return state


@contextmanager
def _alone() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise UserError("监测序列正在另一处重算，请等它结束。")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _connect() -> psycopg.Connection:
    given = connection.settings_dict
    return psycopg.connect(
        host=given["HOST"], port=given["PORT"], user=given["USER"], password=given["PASSWORD"], dbname=given["NAME"], connect_timeout=20
    )


def _replace(folder: Path, watched: list[Watched], since: date, progress: Progress) -> int:
    """Write the events of every signal in the place of what was there, and add them up."""
    records, tables = 0, sources.sources()
    with connection.cursor() as cursor:
        for table in ("series_event", "series_count"):
            cursor.execute(f"DELETE FROM {table}")
        for one in watched:
            for number in (CASES, OUT_OF):
                with cursor.copy('COPY series_event (signal, side, pid, event, "on", area, org) FROM STDIN') as copy:
                    for pid, event, day, area, org in _events(one, number, folder, tables, since):
                        copy.write_row((one.signal.key, number, pid, event, day, area, org))
                        records += 1
            progress("监测序列", records)
        _residence_or_institution(cursor, watched)
        for one in watched:
            for level in one.signal.by:
                cursor.execute(_SUM.format(place=place_of(level)), {"signal": one.signal.key, "level": level})
    return records


def _events(one: Watched, number: int, folder: Path, tables: list[Source], since: date) -> Iterable[Event]:
    """The records that count on one side of a signal."""
    sides = one.of(number)
    found = chain.from_iterable(_daily(counted(folder, tables, side.table, side.where, since=since), side.distinct) for side in sides)
    return once(found, one.once, by=lambda row: (row[0], row[2], row[1])) if number == CASES and one.once else found


def _daily(blocks: Iterable[list[Event]], distinct: bool) -> Iterator[Event]:
    """With ``distinct`` one row for each person and day, the first."""
    seen: set[tuple[int, date]] = set()
    for block in blocks:
        for row in block:
            if not distinct or (row[0], row[2]) not in seen:
                yield row
            if distinct:
                seen.add((row[0], row[2]))


def _residence_or_institution(cursor, watched: list[Watched]) -> None:
    """Signals by the institution's place take its area instead of the person's."""
    keys = [one.signal.key for one in watched if one.signal.where_of == "institution"]
    cursor.execute(
        "UPDATE series_event e SET area = i.area FROM institution i WHERE i.id = e.org AND e.signal = ANY(%s) AND e.area <> i.area", [keys]
    )


def place_of(level: str) -> str:
    """The SQL of an event's place at a level."""
    return "org" if level == "institution" else f"left(area, {DIGITS[level]})"


_SUM = """
INSERT INTO series_count (signal, level, place, "on", cases, total)
SELECT signal, %(level)s, {place}, "on", count(*) FILTER (WHERE side = 0), count(*) FILTER (WHERE side = 1) FROM series_event
WHERE signal = %(signal)s AND {place} <> '' AND (%(level)s NOT IN ('village', 'township') OR length(area) >= length({place}))
GROUP BY signal, {place}, "on"
"""


def _state(digest: str, seen: str, records: int, seconds: float) -> SeriesState:
    with connection.cursor() as cursor:
        cursor.execute('SELECT min("on") FROM series_count')
        first = cursor.fetchone()[0]
    given = {"digest": digest, "seen": seen, "seen_at": timezone.now(), "first_day": first, "records": records, "seconds": seconds}
    state, _ = SeriesState.objects.update_or_create(id=1, defaults=given)
    return state
