"""The full recompute: the record flattened at one snapshot, every indicator evaluated, the figures published in one step."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.indicators import periods, tables
from kangyu.apps.indicators.actions import changes, restate
from kangyu.apps.indicators.models import ADDED_UP, BASE, MeasureRun
from kangyu.gateways.warehouse import runs
from kangyu.gateways.warehouse.aggregate import HALF, Sums, evaluate
from kangyu.gateways.warehouse.export import Snapshot, export, snapshot
from kangyu.kernel.errors import UserError

LOCK = 7_202_011
WHOLE_AGAIN = 0.10
"""An export starts afresh when more than this part of the people changed since the last whole one."""

Progress = Callable[[str, int], None]


def recompute(*, as_of: date, by: Viewer, progress: Progress = lambda what, done: None, threads: int = HALF) -> MeasureRun:
    """Recompute every figure as of a day and publish. One at a time: raises ``UserError`` when another is under way.

    ``threads`` evaluate: half of the cores beside pages that are served, all of them where somebody waits for nothing else.
    """
    with _alone():
        found, clock = tables.measures(), time.monotonic()
        MeasureRun.objects.filter(state=MeasureRun.State.RUNNING).update(state=MeasureRun.State.FAILED, note="被中断")
        run = MeasureRun.objects.create(name=_name(), as_of=as_of, digest=found.digest)
        try:
            folder = _exported(run, progress)
            run.seconds["export"] = _lap(clock)
            progress("计算指标", len(found.indicators))
            asked, opened = periods.periods(as_of), periods.opened(as_of)
            sums = evaluate(folder, tables.sources(), found, asked, open_periods=opened, threads=threads)
            runs.finish(folder)
            run.seconds["evaluate"] = _lap(clock) - run.seconds["export"]
            _store(run, sums)
            run.seconds["all"] = _lap(clock)
            _publish(run, by)
        except BaseException as error:
            MeasureRun.objects.filter(pk=run.pk).update(state=MeasureRun.State.FAILED, note=type(error).__name__)
            raise
        progress("指标已重算", sums.people)
    return run


@contextmanager
def _alone() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise UserError("另一次全量重算正在进行，请等它结束。")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _name() -> str:
    return f"{timezone.now():%Y%m%d-%H%M%S}-{os.getpid()}"


def _lap(since: float) -> float:
    return round(time.monotonic() - since, 2)


def connect() -> psycopg.Connection:
    """A connection of its own, outside Django's, for long transactions and parallel streams."""
    given = connection.settings_dict
    return psycopg.connect(
        host=given["HOST"], port=given["PORT"], user=given["USER"], password=given["PASSWORD"], dbname=given["NAME"], connect_timeout=20
    )


def _exported(run: MeasureRun, progress: Progress) -> Path:
    """Write the run's tables; the run's ``snapshot`` says what they have seen."""
    folder = runs.begin(settings.DATA, run.name)
    with snapshot(connect) as moment:
        run.snapshot = run.seen = moment.watermark
        base, changed = _base(run, moment)
        run.whole = base.name if base else run.name
        written = export(moment, tables.sources(), folder, base=runs.home(settings.DATA) / base.name if base else None, changed=changed)
    (folder / tables.MARK).write_text(tables.mark())
    run.facts = sum(written.values())
    progress("导出到仓库", run.facts)
    return folder


def _base(run: MeasureRun, moment: Snapshot) -> tuple[MeasureRun | None, list[int]]:
    """The whole export that still serves, and the persons changed since; none after a bulk import or too many changes."""
    last = MeasureRun.objects.filter(state=MeasureRun.State.PUBLISHED).first()
    base = MeasureRun.objects.filter(name=last.whole).first() if last else None
    if last is None or base is None or not _has_every_table(runs.home(settings.DATA) / base.name):
        return None, []
    with moment.opened[0].cursor() as cursor:
        if changes.imported_since(cursor, base.snapshot):
            return None, []
        changed = changes.people_since(cursor, base.snapshot)
    return (None, []) if len(changed) > WHOLE_AGAIN * last.people else (base, changed)


def _has_every_table(folder: Path) -> bool:
    """Whether an export was written with the tables as they are declared now."""
    mark = folder / tables.MARK
    return mark.exists() and mark.read_text() == tables.mark()


def _store(run: MeasureRun, sums: Sums) -> None:
    """Write the figures of a run that nobody reads yet, then add them up by township and county."""
    run.people = sums.people
    with transaction.atomic(), connection.cursor() as cursor:
        with cursor.copy("COPY figure (run_id, level, indicator, period, area, org, stratum, top, bottom) FROM STDIN") as copy:
            for period, indicator, area, org, stratum, top, bottom in sums.cells:
                copy.write_row((run.pk, BASE, indicator, period, area, org, stratum, top, bottom))
        for level, length in ADDED_UP.items():
            cursor.execute(
                "INSERT INTO figure (run_id, level, indicator, period, area, org, stratum, top, bottom) "
                "SELECT run_id, %(level)s, indicator, period, left(area, %(length)s), '', stratum, sum(top), sum(bottom) FROM figure "
                "WHERE run_id = %(run)s AND level = 'base' AND length(area) >= %(length)s GROUP BY 1, 3, 4, 5, 7",
                {"level": level, "length": length, "run": run.pk},
            )
        run.save()


def _publish(run: MeasureRun, by: Viewer) -> None:
    """Let pages read the run; what it replaces goes, except the run before it, which a page may be reading at this moment."""
    restate.restate(run)
    with transaction.atomic():
        previous = MeasureRun.objects.filter(state=MeasureRun.State.PUBLISHED).first()
        MeasureRun.objects.filter(state=MeasureRun.State.PUBLISHED).update(state=MeasureRun.State.REPLACED)
        run.state, run.computed_at = MeasureRun.State.PUBLISHED, timezone.now()
        run.save(update_fields=["state", "computed_at", "seconds"])
        audit.record("figures.recompute", by=by, target=f"run/{run.name}")
    kept = {run.name, run.whole} | ({previous.name, previous.whole} if previous else set())
    runs.keep_only(settings.DATA, kept)
    with connection.cursor() as cursor:
        for table in ("figure", "restatement", "restated_person"):
            cursor.execute(f"DELETE FROM {table} WHERE run_id NOT IN (SELECT id FROM measure_run WHERE name = ANY(%s))", [list(kept)])
