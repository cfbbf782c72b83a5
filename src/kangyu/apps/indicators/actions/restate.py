"""Fresh figures: when a person's record changes, only that person is evaluated again, and the difference is stored beside the run.

What the person added in the run comes from the run's own tables, what they add now from the record. A person is restated as a whole
and from the outbox, so doing it again, or after a kill, gives the same rows.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from kangyu.apps.indicators import live, periods, tables
from kangyu.apps.indicators.actions import changes
from kangyu.apps.indicators.models import MeasureRun
from kangyu.engines.indicators.contributions import Contributions, Measures, evaluate_person, latest
from kangyu.engines.indicators.evaluate import Sum
from kangyu.gateways.warehouse import reader, runs

LOCK = 7_202_012
BATCH = 400

Stopping = Callable[[], bool]
Keyed = dict[tuple[str, str, str, str, int], Sum]
"""(indicator, period, area, org, stratum) → what is added"""


def restate_published(stopping: Stopping = lambda: False) -> int:
    """Restate everyone changed since the published run was last brought up to date; returns how many persons."""
    run = MeasureRun.objects.filter(state=MeasureRun.State.PUBLISHED).first()
    return restate(run, stopping) if run else 0


def restate(run: MeasureRun, stopping: Stopping = lambda: False) -> int:
    """Restate everyone whose changes the run has not seen, in batches of one transaction each; returns how many persons.

    Nobody, when definitions have changed since or the run's tables are gone: then a full recompute is due.
    """
    found = tables.measures()
    if found.digest != run.digest or not folder_of(run).is_dir():
        return 0
    done = 0
    while True:
        batch = _batch(run, found)
        done += batch
        if batch < BATCH or stopping():
            return done


@transaction.atomic
def _batch(run: MeasureRun, found: Measures) -> int:
    with connection.cursor() as cursor:
        if not connection.savepoint_ids:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s), pg_current_snapshot()::text", [LOCK])
        free, now = cursor.fetchone()
        if not free:
            return 0
        cursor.execute("SELECT seen FROM measure_run WHERE id = %s", [run.pk])
        pids = changes.waiting(cursor, run.pk, cursor.fetchone()[0], BATCH)
        if pids:
            _write(cursor, run, pids, now, _before(run, pids), live.rows_of(cursor, pids), found)
        if len(pids) < BATCH:
            cursor.execute("UPDATE measure_run SET seen = %s, seen_at = now() WHERE id = %s", [now, run.pk])
    return len(pids)


def _before(run: MeasureRun, pids: Sequence[int]) -> reader.Rows:
    return reader.rows_of(folder_of(run), tables.sources(), pids)


def folder_of(run: MeasureRun) -> Path:
    """Where the run's tables lie."""
    return runs.home(settings.DATA) / run.name


def keyed(contributions: Mapping[str, Contributions], area: str, org: str) -> Keyed:
    """A person's contributions by the cell of the figure they belong to."""
    return {
        (indicator, period, area, org, stratum): added
        for period, part in contributions.items()
        for (indicator, stratum), added in part.items()
    }


def difference(before: Keyed, after: Keyed) -> Keyed:
    """After less before, without what stayed the same."""
    found = {}
    for cell in before.keys() | after.keys():
        old, new = before.get(cell, Sum()), after.get(cell, Sum())
        if old != new:
            found[cell] = Sum(new.top - old.top, new.bottom - old.bottom)
    return found


def _write(cursor: Any, run: MeasureRun, pids: Sequence[int], seen: str, before: reader.Rows, after: reader.Rows, found: Measures) -> None:
    spans, opened, at = periods.periods(run.as_of), periods.opened(run.as_of), timezone.now()
    differences, people = [], []
    for pid in pids:
        old_place, new_place = _place(before[pid]), _place(after[pid])
        adds = evaluate_person(found, after[pid], spans) if after[pid].get("residents") else {}
        had = evaluate_person(found, before[pid], spans) if before[pid].get("residents") else {}
        for cell, change in difference(keyed(had, *old_place), keyed(adds, *new_place)).items():
            differences.append((run.pk, pid, *cell, change.top, change.bottom))
        now = {period: _whole(adds.get(period, {})) for period in opened}
        people.append((run.pk, pid, at, *new_place, _json(now), seen))
    for table in ("restatement", "restated_person"):
        cursor.execute(f"DELETE FROM {table} WHERE run_id = %s AND pid = ANY(%s)", [run.pk, list(pids)])
    columns = "(run_id, pid, indicator, period, area, org, stratum, top, bottom)"
    cursor.executemany(f"INSERT INTO restatement {columns} VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)", differences)
    cursor.executemany("INSERT INTO restated_person (run_id, pid, at, area, org, adds, seen) VALUES (%s, %s, %s, %s, %s, %s, %s)", people)


def _place(rows: Mapping[str, list[Mapping[str, Any]]]) -> tuple[str, str]:
    """Where a person's contributions belong: area and institution of their latest row of residence."""
    residents = rows.get("residents")
    if not residents:
        return "", ""
    last = sorted(residents, key=latest)[-1]
    return last.get("area") or "", last.get("org") or ""


def _whole(part: Contributions) -> dict[str, list[float]]:
    """What a person adds to each indicator, bands together."""
    found: dict[str, Sum] = {}
    for (indicator, _), added in part.items():
        found[indicator] = found.get(indicator, Sum()) + added
    return {indicator: [added.top, added.bottom] for indicator, added in found.items()}


def _json(value: Any) -> Any:
    from psycopg.types.json import Jsonb

    return Jsonb(value)
