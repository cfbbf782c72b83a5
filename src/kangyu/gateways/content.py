"""The declarations in force: loaded from the content folder and a region's overlay, and again when a file there changes."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from kangyu.engines.content import Content, load
from kangyu.engines.content.checker import check_content
from kangyu.engines.content.signing import Signature, verify
from kangyu.engines.content.tables import Tables
from kangyu.kernel.errors import Problem, ProblemsError

RECHECK_SECONDS = 2.0
CHECKOUT = Path(__file__).resolve().parents[3]
Stamp = tuple[tuple[int, int], ...]
T = TypeVar("T")


@dataclass(frozen=True)
class Held:
    """What is in force, and what lies in the folders but is not: ``refused`` changes of the standard, ``overlay_refused`` of the region."""

    stamp: Stamp
    looked: float
    content: Content
    standard: Content
    refused: tuple[Problem, ...] = ()
    overlay_refused: tuple[Problem, ...] = ()
    signature: Signature | None = None


_lock = threading.Lock()
_held: dict[str, Held] = {}


def folder() -> Path:
    """The content folder: ``KANGYU_CONTENT``, else ``content/`` of the checkout."""
    return Path(os.environ.get("KANGYU_CONTENT") or CHECKOUT / "content")


def overlay_folder() -> Path | None:
    """The region's own folder: ``KANGYU_OVERLAY``, or none."""
    given = os.environ.get("KANGYU_OVERLAY")
    return Path(given) if given else None


def trusted_keys() -> list[bytes]:
    """The public keys in ``KANGYU_OVERLAY_KEYS`` (``*.pem``), whose signatures on an overlay count."""
    given = os.environ.get("KANGYU_OVERLAY_KEYS")
    return [path.read_bytes() for path in sorted(Path(given).glob("*.pem"))] if given and Path(given).is_dir() else []


def _stamp(root: Path, endings: tuple[str, ...] = (".yaml", ".csv")) -> tuple[int, int]:
    """How many files there are and when the newest changed: enough to see an edit, an addition and a removal."""
    count, newest, folders = 0, 0, [str(root)] if root.is_dir() else []
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.name.endswith(endings):
                    count, newest = count + 1, max(newest, entry.stat().st_mtime_ns)
    return count, newest


def _stamps(root: Path) -> Stamp:
    overlay, keys = overlay_folder(), os.environ.get("KANGYU_OVERLAY_KEYS")
    of_region = [_stamp(overlay, ("",)) if overlay else (0, 0), _stamp(Path(keys), (".pem",)) if keys else (0, 0)]
    return (_stamp(root), *of_region)


def current(root: Path | None = None) -> Content:
    """The content as last loaded; a changed folder is loaded anew, and kept as it was while the change has errors.

    One caller looks whether the folder has changed; whoever asks meanwhile gets what is in force and does not wait.
    """
    return held(root).content


def refused(root: Path | None = None) -> tuple[Problem, ...]:
    """What is wrong with the standard declarations as they lie in the folder, where they are not in force for it."""
    return held(root).refused


def held(root: Path | None = None) -> Held:
    """What is in force, with what was refused and who signed the region's overlay."""
    key = str(root or folder())
    known = _held.get(key)
    if known and (time.monotonic() - known.looked < RECHECK_SECONDS or not _lock.acquire(blocking=False)):
        return known
    if not known:
        _lock.acquire()
    try:
        _held[key] = _renewed(Path(key), _held.get(key))
        return _held[key]
    finally:
        _lock.release()


def _renewed(root: Path, known: Held | None) -> Held:
    stamp = _stamps(root)
    if known and known.stamp == stamp:
        return Held(stamp, time.monotonic(), known.content, known.standard, known.refused, known.overlay_refused, known.signature)
    standard, refused = _standard(root, known, stamp)
    overlay = overlay_folder()
    if refused and known:  # the folder cannot be read anew, so the region's is not laid over it anew either
        return Held(stamp, time.monotonic(), known.content, standard, refused, known.overlay_refused, known.signature)
    if overlay is None:
        return Held(stamp, time.monotonic(), standard, standard, refused)
    content, wrong, signature = _with_overlay(standard, overlay)
    return Held(stamp, time.monotonic(), content, standard, refused, wrong, signature)


def _standard(root: Path, known: Held | None, stamp: Stamp) -> tuple[Content, tuple[Problem, ...]]:
    """The standard declarations. A changed folder is taken as a whole or not at all; the first loading has nothing else to keep to."""
    if known and known.stamp[0] == stamp[0]:
        return known.standard, known.refused
    fresh = load(root)
    if known is None:
        return fresh, ()
    errors = tuple(problem for problem in check_content(fresh) if problem.severity == "error")
    return (known.standard, errors) if errors else (fresh, ())


def _with_overlay(standard: Content, overlay: Path) -> tuple[Content, tuple[Problem, ...], Signature | None]:
    """The declarations with the region's own, if they are signed, whole and allowed; else the standard ones and what is wrong."""
    try:
        signature = verify(overlay, trusted_keys())
    except ProblemsError as error:
        return standard, tuple(error.problems), None
    content = load(standard.root, overlay=overlay)
    errors = tuple(problem for problem in check_content(content) if problem.severity == "error")
    return (standard, errors, signature) if errors else (content, (), signature)


def kept(build: Callable[[Content], T]) -> Callable[[], T]:
    """A function that gives what ``build`` makes of the content in force, made once for each state of it."""
    lock, found = threading.RLock(), list[tuple[Content, T]]()

    def of_now() -> T:
        now = current()
        with lock:
            if not found or found[0][0] is not now:
                found[:] = [(now, build(now))]
            return found[0][1]

    return of_now


tables = kept(Tables)
"""The declared tables of the content in force."""
