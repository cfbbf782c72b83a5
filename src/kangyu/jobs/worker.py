"""The background process: fresh figures within seconds of a write, the audit trail sealed, imports that pages asked for carried out."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import close_old_connections

from kangyu.apps.cases.actions import status
from kangyu.apps.governance.actions import audit
from kangyu.flows import measure, record_imports

logger = logging.getLogger("kangyu.jobs")


@dataclass
class Duty:
    """Something done again and again: ``work`` returns whether there was anything to do."""

    name: str
    every: float
    work: Callable[[], object]
    due: float = 0.0


DUTIES = (
    Duty("fresh figures", 0.5, measure.restate_changed),
    Duty("full figures", 20.0, measure.recompute_when_due),
    Duty("imports", 1.0, record_imports.carry_out),
    Duty("due lists of a new day", 60.0, status.renew),
    Duty("audit seal", 60.0, audit.seal),
)


def run(*, once: bool = False) -> None:
    """Do every duty when it is due, until SIGTERM or SIGINT. A duty that fails is logged without particulars and tried again later."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    while not stop.is_set():
        for duty in DUTIES:
            if time.monotonic() >= duty.due and not stop.is_set():
                _do(duty)
        if once:
            return
        stop.wait(0.25)


def _do(duty: Duty) -> None:
    close_old_connections()
    try:
        duty.work()
        duty.due = time.monotonic() + duty.every
    except Exception as error:
        logger.error("%s failed: %s", duty.name, type(error).__name__)
        duty.due = time.monotonic() + max(5.0, duty.every)
