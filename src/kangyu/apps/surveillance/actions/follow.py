"""New, late and corrected records: the persons they are about are counted again as a whole, and the difference goes to the places' days.

A person's events are replaced from the record in one transaction, so doing it again, or after a kill, gives the same counts.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils import timezone
from psycopg.errors import SerializationFailure

from kangyu.apps.directory.models import Institution
from kangyu.apps.record import person_rows
from kangyu.apps.surveillance.actions.recount import HISTORY, LOCK
from kangyu.apps.surveillance.declared import CASES, OUT_OF, RESIDENTS, Side, Watched, current
from kangyu.apps.surveillance.models import DIGITS, SeriesState
from kangyu.engines.detection.counting import once
from kangyu.engines.language import Subject

BATCH = 400
Event = tuple[str, int, int, str, date, str, str]
"""(signal, side, pid, event, day, area, org)"""
Cell = tuple[str, str, str, date]
"""(signal, level, place, day)"""

_SINCE = "txid >= pg_snapshot_xmin(%s::pg_snapshot) AND NOT pg_visible_in_snapshot(txid, %s::pg_snapshot)"


def recount_due() -> bool:
    """Whether the counts must be made from the whole record: never made, counted otherwise now, or a bulk import came in."""
    state = SeriesState.objects.first()
    if state is None or not state.seen or state.digest != current().digest:
        return True
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT 1 FROM outbox WHERE {_SINCE} AND rtype = '*')", [state.seen, state.seen])
        return bool(cursor.fetchone()[0])


def follow(*, today: date) -> set[Cell]:
    """Count everyone changed since the last time again, in one transaction; returns the places' days whose counts changed.

    None, when another process counted or judged everything meanwhile: what was not counted is there the next time.
    """
    try:
        return _follow(today)
    except OperationalError as error:
        if isinstance(error.__cause__, SerializationFailure):
            return set()
        raise


@transaction.atomic
def _follow(today: date) -> set[Cell]:
    with connection.cursor() as cursor:
        if not connection.savepoint_ids:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s), pg_current_snapshot()::text", [LOCK])
        free, now = cursor.fetchone()
        state = SeriesState.objects.first()
        if not free or state is None or state.digest != current().digest:
            return set()
        cursor.execute(f"SELECT DISTINCT pid FROM outbox WHERE {_SINCE} AND pid IS NOT NULL ORDER BY pid", [state.seen, state.seen])
        pids = [row[0] for row in cursor.fetchall()]
        cells: set[Cell] = set()
        for start in range(0, len(pids), BATCH):
            cells |= _restate(cursor, pids[start : start + BATCH], today)
        first = min((day for *_, day in cells), default=None)
        begun = min(filter(None, (state.first_day, first)), default=None)
        SeriesState.objects.filter(pk=state.pk).update(seen=now, seen_at=timezone.now(), first_day=begun)
    return cells


def _restate(cursor: Any, pids: Sequence[int], today: date) -> set[Cell]:
    after = events_of(pids, since=today - timedelta(days=HISTORY))
    cursor.execute('SELECT signal, side, pid, event, "on", area, org FROM series_event WHERE pid = ANY(%s)', [list(pids)])
    before = {tuple(row) for row in cursor.fetchall()}
    gone, new = before - set(after), set(after) - before
    if not gone and not new:
        return set()
    cursor.execute("DELETE FROM series_event WHERE pid = ANY(%s)", [list(pids)])
    with cursor.copy('COPY series_event (signal, side, pid, event, "on", area, org) FROM STDIN') as copy:
        for event in after:
            copy.write_row(event)
    _learn_delay(cursor, {event[:4] for event in before}, new, today)
    return _apply(cursor, gone, new)


def events_of(pids: Sequence[int], *, since: date) -> list[Event]:
    """What some persons' records count for, straight from the live record."""
    watched = current().watched
    wanted: dict[str, set[str] | None] = {RESIDENTS: None}
    for one in watched.values():
        for side in one.sides:
            wanted[side.table] = None
            wanted |= dict.fromkeys(side.where.columns if side.where else (), None)
    rows = person_rows.read(pids, wanted)
    found = [event for pid in pids for one in watched.values() for event in _counted(pid, one, rows[pid], since)]
    return _by_institution(found, watched)


def _counted(pid: int, one: Watched, rows: Mapping[str, list[dict[str, Any]]], since: date) -> list[Event]:
    """What one person's records count for in one signal."""
    cases = [event for side in one.of(CASES) for event in _events(pid, side, rows, since)]
    if one.once:
        cases = once(cases, one.once, by=lambda event: (event[2], event[4], event[3]))
    return [*cases, *(event for side in one.of(OUT_OF) for event in _events(pid, side, rows, since))]


def _events(pid: int, side: Side, rows: Mapping[str, list[dict[str, Any]]], since: date) -> list[Event]:
    residents = rows.get(RESIDENTS, [])
    fields = residents[-1] if residents else {}
    found: list[Event] = []
    days: set[date] = set()
    for row in rows.get(side.table, []):
        day = row["on"]
        if day is None or day < since or (side.distinct and day in days):
            continue
        program = side.program
        if program is None or program(Subject(fields, rows, day, None, row, None, row["id"]))["counts"] is True:
            days.add(day)
            found.append((side.signal, side.side, pid, row["id"], day, _lived(residents, day), row.get("org") or ""))
    return found


def _lived(residents: Sequence[Mapping[str, Any]], day: date) -> str:
    """The area of the last row of residence that had begun by a day."""
    begun = [row for row in residents if row["on"] and row["on"] <= day]
    return (begun[-1].get("area") or "") if begun else ""


def _by_institution(events: list[Event], watched: Mapping[str, Watched]) -> list[Event]:
    keys = {key for key, one in watched.items() if one.signal.where_of == "institution"}
    if not keys:
        return events
    areas = dict(Institution.objects.filter(id__in={event[6] for event in events}).values_list("id", "area"))
    return [(*event[:5], areas.get(event[6], event[5]), event[6]) if event[0] in keys else event for event in events]


def places_of(signal: Watched, area: str, org: str) -> list[tuple[str, str]]:
    """The places, level by level, whose series an event belongs to."""
    found = [(level, org if level == "institution" else area[: DIGITS[level]]) for level in signal.signal.by]
    return [(level, place) for level, place in found if place and (level == "institution" or len(place) == DIGITS[level])]


def _apply(cursor: Any, gone: Iterable[tuple], new: Iterable[tuple]) -> set[Cell]:
    """Add what is new and take away what is gone, cell by cell."""
    watched = current().watched
    change: Counter[tuple[Cell, int]] = Counter()
    for events, step in ((gone, -1), (new, 1)):
        for signal, side, _, _, day, area, org in events:
            for level, place in places_of(watched[signal], area, org) if signal in watched else ():
                change[(signal, level, place, day), side] += step
    cells = {cell for (cell, _), step in change.items() if step}
    cursor.executemany(
        'INSERT INTO series_count (signal, level, place, "on", cases, total) VALUES (%s, %s, %s, %s, %s, %s) '
        'ON CONFLICT (signal, level, place, "on") DO UPDATE SET '
        "cases = series_count.cases + excluded.cases, total = series_count.total + excluded.total",
        [(*cell, change[cell, 0], change[cell, 1]) for cell in sorted(cells)],
    )
    return cells


def _learn_delay(cursor: Any, known: set[tuple], new: Iterable[tuple], today: date) -> None:
    """Records heard of for the first time tell how late they come."""
    late = Counter((event[0], min(max((today - event[4]).days, 0), 60)) for event in new if event[1] == 0 and event[:4] not in known)
    cursor.executemany(
        "INSERT INTO series_delay (signal, days, records) VALUES (%s, %s, %s) "
        "ON CONFLICT (signal, days) DO UPDATE SET records = series_delay.records + excluded.records",
        [(signal, days, records) for (signal, days), records in sorted(late.items())],
    )
