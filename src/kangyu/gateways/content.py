"""The declarations in force: loaded from the content folder, and again when a file there changes."""

import os
import threading
import time
from pathlib import Path

from kangyu.engines.content import Content, load
from kangyu.engines.content.tables import Tables

RECHECK_SECONDS = 2.0
CHECKOUT = Path(__file__).resolve().parents[3]
_lock = threading.Lock()
_held: dict[str, tuple[tuple[int, int], float, Content]] = {}


def folder() -> Path:
    """The content folder: ``KANGYU_CONTENT``, else ``content/`` of the checkout."""
    return Path(os.environ.get("KANGYU_CONTENT") or CHECKOUT / "content")


def _stamp(root: Path) -> tuple[int, int]:
    """How many files there are and when the newest changed: enough to see an edit, an addition and a removal."""
    count, newest, folders = 0, 0, [str(root)] if root.is_dir() else []
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.name.endswith((".yaml", ".csv")):
                    count, newest = count + 1, max(newest, entry.stat().st_mtime_ns)
    return count, newest


def current(root: Path | None = None) -> Content:
    """The content as last loaded; a changed folder is loaded anew, and kept as it was while the change has errors.

    One caller looks whether the folder has changed; whoever asks meanwhile gets what is in force and does not wait.
    """
    key = str(root or folder())
    held = _held.get(key)
    if held and (time.monotonic() - held[1] < RECHECK_SECONDS or not _lock.acquire(blocking=False)):
        return held[2]
    if not held:
        _lock.acquire()
    try:
        return _renewed(key)
    finally:
        _lock.release()


def _renewed(key: str) -> Content:
    held, stamp = _held.get(key), _stamp(Path(key))
    if held and held[0] == stamp:
        content = held[2]
    else:
        fresh = load(Path(key))
        broken = any(problem.severity == "error" for problem in fresh.problems)
        content = held[2] if held and broken else fresh
    _held[key] = (stamp, time.monotonic(), content)
    return content


_tables: Tables | None = None


def tables() -> Tables:
    """The declared tables of the content in force, made once for each state of it."""
    global _tables
    now, held = current(), _tables
    if held is None or held.content is not now:
        _tables = held = Tables(now)
    return held
