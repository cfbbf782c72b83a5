"""Postings from sixteen connections at once: everybody on one account, and spread over two hundred."""

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

from bench import machine

LEDGER = "emergency_stock"
WRITERS = 16
SECONDS = 8.0


def measure() -> None:
    """Durable postings per second, each a take with its audit row in a transaction of its own; then what was posted is added up."""
    for words, stores in (("one account", 1), ("200 accounts", 200)):
        run = f"bench-{time.time_ns()}"
        _open(run, stores)
        spent: list[float] = []
        posted, seconds = _write(run, stores, spent)
        machine.rate(f"ledger: {WRITERS} writers on {words}", posted, seconds, "postings")
        machine.times("    one posting", spent)
        _check(run, posted)


def _at(run: str, store: int) -> dict[str, str]:
    return {"store": f"{run}-{store}", "item": run, "lot": "L1", "expiry": "2099-12-31", "state": "usable"}


def _open(run: str, stores: int) -> None:
    from kangyu.apps.governance.access import SYSTEM
    from kangyu.apps.ledgers.actions.postings import Entry, post

    post(LEDGER, [Entry("put", Decimal(10_000_000), _at(run, store)) for store in range(stores)], key=run, by=SYSTEM)


def _write(run: str, stores: int, spent: list[float]) -> tuple[int, float]:
    from django.db import connection

    from kangyu.apps.governance.access import SYSTEM
    from kangyu.apps.ledgers.actions.postings import Entry, post

    numbers, start = itertools.count(), threading.Barrier(WRITERS)

    def write(_: int) -> int:
        done = 0
        try:
            start.wait()
            until = time.monotonic() + SECONDS
            while (began := time.monotonic()) < until:
                number = next(numbers)
                post(LEDGER, [Entry("take", Decimal(1), _at(run, number % stores))], key=f"{run}-{number}", by=SYSTEM)
                spent.append(time.monotonic() - began)
                done += 1
        finally:
            connection.close()
        return done

    began = time.monotonic()
    with ThreadPoolExecutor(WRITERS) as pool:
        posted = sum(pool.map(write, range(WRITERS)))
    return posted, time.monotonic() - began


def _check(run: str, posted: int) -> None:
    from kangyu.apps.ledgers import queries

    stands = queries.balances(LEDGER, at={"item": run})
    missing = 10_000_000 * len(stands) - sum(one.quantity for one in stands) - posted
    if missing:
        raise SystemExit(f"{missing} postings were lost")
