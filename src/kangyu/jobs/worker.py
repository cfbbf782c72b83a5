"""The background process: fresh figures within seconds of a write, the audit trail sealed; full figures and imports in processes apart."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import close_old_connections
from psycopg import errors

from kangyu.apps.cases.actions import new_rules, status
from kangyu.apps.governance.actions import audit
from kangyu.apps.ledgers.actions import holds
from kangyu.apps.registers.actions import restate
from kangyu.flows import backtests, case_work, measure, record_imports, replays, statement_work, surveillance
from kangyu.jobs.apart import Apart

logger = logging.getLogger("kangyu.jobs")
Stopping = Callable[[], bool]
STOPPED = (errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow)
"""How PostgreSQL says that it is being stopped, or is not yet up again."""
AGAIN = 3.0

WORK: dict[str, Callable[[], object]] = {
    "imports": record_imports.carry_out,
    "figures": measure.recompute_all,
    "lists": new_rules.rederive,
    "signals": surveillance.recount_all,
    "backtests": backtests.carry_out,
    "replays": replays.carry_out,
}
"""What is done in a process apart, by the name that `python -m kangyu.jobs` is given."""


@dataclass
class Duty:
    """Something done again and again. ``work`` is told how to ask whether everything is being stopped."""

    name: str
    every: float
    work: Callable[[Stopping], object]
    due: float = 0.0
    unanswered: int = 0


def duties() -> tuple[Duty, ...]:
    """Every duty, by cadence."""
    return (
        Duty("fresh figures", 0.5, measure.restate_changed),
        Duty("full figures", 20.0, Apart("figures", measure.due)),
        Duty("signals", 0.5, surveillance.follow_changes),
        Duty("back-tests", 1.0, Apart("backtests", backtests.pending)),
        Duty("signal history", 20.0, Apart("signals", surveillance.recount_due)),
        Duty("replays", 1.0, Apart("replays", replays.pending)),
        Duty("imports", 1.0, Apart("imports", record_imports.pending)),
        Duty("statements", 60.0, lambda stopping: statement_work.settle_due()),
        Duty("due lists of a new day", 60.0, status.renew),
        Duty("due lists under changed rules", 5.0, Apart("lists", new_rules.due)),
        Duty("things of a new day", 60.0, restate.renew),
        Duty("lapsed holds", 1.0, lambda stopping: holds.lapse_due()),
        Duty("timers of cases", 0.5, lambda stopping: case_work.fire_due(stopping=stopping)),
        Duty("audit seal", 60.0, lambda stopping: audit.seal()),
    )


def run() -> None:
    """Do every duty when it is due, until SIGTERM or SIGINT; then end what runs apart. A duty that fails is logged and tried again."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    every = duties()
    try:
        while not stop.is_set():
            for duty in every:
                if time.monotonic() >= duty.due and not stop.is_set():
                    do(duty, stop.is_set)
            stop.wait(0.25)
    finally:
        for duty in every:
            if isinstance(duty.work, Apart):
                duty.work.end()


def do(duty: Duty, stopping: Stopping) -> None:
    """Do one duty. A database that is being stopped is no failure: either this process is told to stop next, or the database comes back."""
    try:
        close_old_connections()
        duty.work(stopping)
        duty.due, duty.unanswered = time.monotonic() + duty.every, 0
    except Exception as error:
        duty.due = time.monotonic() + max(AGAIN, duty.every)
        duty.unanswered = duty.unanswered + 1 if _unanswered(error) else 0
        if stopping() or duty.unanswered == 1:
            logger.info("%s left off: the database is being stopped", duty.name)
        elif duty.unanswered:
            logger.warning("%s waits: the database does not answer", duty.name)
        else:
            logger.error("%s failed: %s", duty.name, type(error).__name__)


def _unanswered(error: Exception) -> bool:
    """Whether the database was stopped under the duty, or is not there: it said so, or closed the connection without a word."""
    said = error.__cause__ if isinstance(error.__cause__, errors.Error) else error
    return isinstance(said, STOPPED) or (isinstance(said, errors.OperationalError) and said.sqlstate is None)
