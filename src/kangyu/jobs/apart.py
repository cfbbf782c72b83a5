"""Long work in a process of its own beside the background process: it makes no other duty wait, and ends with its parent."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

YIELDING = 10
"""The nice value of work apart: pages and fresh figures come first."""
AWAITED = {"imports": 5}
"""Work that somebody watches on a page gives way less, or a busy machine would never come to it."""
PATIENCE = 10.0


class EndedBadlyError(Exception):
    """The process of some work ended without having done it."""


@dataclass
class Apart:
    """One kind of long work. ``needed`` says whether there is any; ``name`` is what `python -m kangyu.jobs NAME PARENT` is told to do.

    Called as a duty it starts the process when there is something to do and none is under way.
    """

    name: str
    needed: Callable[[], object]
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def __call__(self, stopping: Callable[[], bool] = lambda: False) -> bool:
        """Start the work if it is needed; whether it was started. Raises ``EndedBadlyError`` once for a process that failed."""
        if self.process is not None and (code := self.process.poll()) is not None:
            self.process = None
            if code:
                raise EndedBadlyError(f"{self.name}: {code}")
        if self.process is not None or stopping() or not self.needed():
            return False
        command = [sys.executable, "-m", "kangyu.jobs", self.name, str(os.getpid())]
        self.process = subprocess.Popen(command, start_new_session=True)
        return True

    def end(self) -> None:
        """End the process, in good order if it takes the hint. What it had begun and not committed is gone."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


def yield_the_processor(name: str = "") -> None:
    """Give way to everything else. Linux weighs sessions before processes where it groups them, so the session gives way too."""
    value = AWAITED.get(name, YIELDING)
    os.nice(value)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(value))
