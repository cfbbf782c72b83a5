"""What the figures were measured on, and how they are printed."""

import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path


def describe() -> str:
    """Processor, cores, memory, system and Python, on one line."""
    cpu = next(
        (line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "?"
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{cpu}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"


def load() -> str:
    """How much else runs: the load average of the last minute, printed beside every figure."""
    return f"load {os.getloadavg()[0]:.1f}"


def processor(since: float) -> str:
    """Processor time of this process alone (not of PostgreSQL) since ``time.process_time()`` said ``since``."""
    return f"processor {time.process_time() - since:.1f} s"


def rate(what: str, number: int, seconds: float, of: str = "resources") -> None:
    """One line: how many in how long, and per second."""
    print(f"{what:<44} {number:>12,} {of} {seconds:>8.1f} s {number / max(seconds, 1e-9):>10,.0f}/s   {load()}", flush=True)


def phases() -> Callable[[str, int], None]:
    """A progress callback that prints when each phase begins, in seconds from the first."""
    start = time.monotonic()
    begun: set[str] = set()

    def progress(what: str, done: int) -> None:
        if what not in begun:
            begun.add(what)
            print(f"    {time.monotonic() - start:>8.1f} s  {what} …   {load()}", flush=True)

    return progress


def times(what: str, seconds: list[float]) -> None:
    """One line: p50 and p95 of repeated calls, in milliseconds."""
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, round(len(ordered) * 0.95))]
    p50 = statistics.median(ordered)
    print(f"{what:<44} n={len(ordered):<4} p50 {p50 * 1000:>8.1f} ms   p95 {p95 * 1000:>8.1f} ms   {load()}", flush=True)
