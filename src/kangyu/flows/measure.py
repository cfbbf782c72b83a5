"""Measuring, as the background process and the command line do it: full figures when they are due, fresh ones all the time."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from kangyu.apps.governance import clock
from kangyu.apps.governance.access import SYSTEM, Viewer
from kangyu.apps.indicators import queries, tables
from kangyu.apps.indicators.actions import changes, recompute, restate
from kangyu.apps.indicators.models import MeasureRun
from kangyu.apps.ledgers import sources
from kangyu.gateways import content
from kangyu.gateways.warehouse.aggregate import CORES, HALF

REST = 10
"""After a full recompute the next one waits at least this many times as long as it took (a minute at least)."""
MANY = 0.02
MARGIN = 5
"""Seconds that a posting may take to be committed."""


def recompute_all(
    *, by: Viewer = SYSTEM, progress: Callable[[str, int], None] = lambda what, done: None, threads: int = HALF
) -> MeasureRun:
    """Recompute every figure now, in this process; with as many ``threads`` as are given, half of the machine's cores otherwise."""
    return recompute.recompute(as_of=clock.today(), by=by, progress=progress, threads=threads)


def recompute_before_all_else(progress: Callable[[str, int], None] = lambda what, done: None) -> MeasureRun:
    """Recompute every figure with the whole machine: for somebody who waits for it, and a county that serves no pages yet."""
    return recompute_all(progress=progress, threads=CORES)


def restate_changed(stopping: Callable[[], bool] = lambda: False) -> int:
    """Bring figures up to date with everybody whose record changed, a batch at a time until told to stop; returns how many persons."""
    return restate.restate_published(stopping)


def due() -> str:
    """Why a full recompute is due, in a word; empty when it is not."""
    run = queries.published()
    if run is None:
        return "first"
    if not restate.folder_of(run).is_dir():
        return "warehouse"
    if run.digest != tables.measures().digest:
        return "definitions"
    if run.as_of != clock.today():
        return "date"
    if not _rested(run):
        return ""
    with connection.cursor() as cursor:
        if changes.directory_since(cursor, run.snapshot):
            return "directory"
        if sources.posted_since(content.current(), [one.name for one in tables.sources()], _begun(run)):
            return "ledger"
        cursor.execute("SELECT count(*) FROM restated_person WHERE run_id = %s", [run.pk])
        return "many" if cursor.fetchone()[0] > max(1000, MANY * run.people) else ""


def _begun(run: MeasureRun) -> datetime:
    """When a run began to read, a little early: what was posted while it read may not be in it."""
    return (run.computed_at or timezone.now()) - timedelta(seconds=float(run.seconds.get("all", 0)) + MARGIN)


def _rested(run: MeasureRun) -> bool:
    pause = timedelta(seconds=max(60.0, REST * float(run.seconds.get("all", 0))))
    return run.computed_at is not None and timezone.now() - run.computed_at >= pause
