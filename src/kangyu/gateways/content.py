"""The declarations in force: loaded from the content folder, and again when a file there changes."""

import os
import threading
import time
from pathlib import Path

from kangyu.engines.content import Content, load

RECHECK_SECONDS = 2.0
_lock = threading.Lock()
_held: dict[str, tuple[tuple[int, int], float, Content]] = {}


def folder() -> Path:
    """The content folder: ``KANGYU_CONTENT``, else ``content/`` of the checkout."""
    return Path(os.environ.get("KANGYU_CONTENT") or Path(__file__).resolve().parents[3] / "content")


def _stamp(root: Path) -> tuple[int, int]:
    """How many files there are and when the newest changed: enough to see an edit, an addition and a removal."""
    times = [path.stat().st_mtime_ns for path in root.rglob("*") if path.suffix in {".yaml", ".csv"}]
    return len(times), max(times, default=0)


def current(root: Path | None = None) -> Content:
    """The content as last loaded; a changed folder is loaded anew, and kept as it was while the change has errors."""
    root = root or folder()
    key = str(root)
    held = _held.get(key)
    if held and time.monotonic() - held[1] < RECHECK_SECONDS:
        return held[2]
    with _lock:
        held = _held.get(key)
        stamp = _stamp(root)
        if held and held[0] == stamp:
            content = held[2]
        else:
            fresh = load(root)
            broken = any(problem.severity == "error" for problem in fresh.problems)
            content = held[2] if held and broken else fresh
        _held[key] = (stamp, time.monotonic(), content)
        return content
