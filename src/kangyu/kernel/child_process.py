"""Ties a process to the one that started it, so that nothing outlives a kill -9."""

import ctypes
import multiprocessing
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
ENDING = frozenset({signal.SIGTERM, signal.SIGINT})


def die_with_parent(stop_signal: int) -> None:
    """Ask the kernel to send ``stop_signal`` to this process when the thread that started it ends (Linux; elsewhere nothing happens)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, stop_signal)


def stay_with(parent: int) -> None:
    """End this process together with ``parent`` (its pid), also when that ended before the kernel could be asked."""
    die_with_parent(signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def become_pool_process() -> None:
    """What a forked process of a pool does first: it ends with its parent, and at once when it is told to.

    It inherits the handlers of whoever forked it. Those run between two steps of Python, which a process waiting for work may never take.
    """
    parent = multiprocessing.parent_process()
    stay_with(parent.pid if parent and parent.pid else os.getppid())
    for one in ENDING:
        signal.signal(one, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
