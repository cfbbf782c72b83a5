"""Imports that a page asked for: the files wait in the data folder until a process of their own takes them in, all or nothing.

One folder each under ``imports/``: the files, and ``request.json`` with who asked, the state and how far it is. A process killed in the
middle leaves a request ``running``. The record's own list of imports, written in the transaction of the import, says whether it had come
in: then only what follows from it is done again; otherwise nothing of it was written and it starts from the beginning, at most twice.
"""

import contextlib
import fcntl
import json
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path, PurePath
from typing import BinaryIO

from django.conf import settings
from django.utils import timezone

from kangyu.apps.cases.actions import missing, status
from kangyu.apps.directory.actions import refresh
from kangyu.apps.governance import queries as governance
from kangyu.apps.governance.access import Viewer, viewer_of
from kangyu.apps.record import import_history
from kangyu.apps.record.actions import bulk_import
from kangyu.apps.record.errors import InvalidError
from kangyu.kernel.errors import Problem, UserError
from kangyu.kernel.permission import Permission

SUFFIX = ".ndjson"
CHUNK = 1_000_000
BUSY = "另一个导入（例如从命令行做的）正在进行，等它结束就开始"
ATTEMPTS = 2
"""An import cut short is begun again once; one cut short every time may be what ends its process."""
PATIENCE = 2.0
"""Seconds between two looks at whether somebody else's import has ended."""


@dataclass(frozen=True)
class ImportRequest:
    """One import asked for. ``state``: ``waiting running done refused interrupted``; ``step`` and ``count`` say how far it is."""

    id: str
    account: str
    asked: str
    names: tuple[str, ...]
    size: int
    state: str = "waiting"
    step: str = ""
    count: int = 0
    note: str = ""
    problems: tuple[dict, ...] = ()
    attempts: int = 0

    @property
    def over(self) -> bool:
        return self.state in ("done", "refused", "interrupted")

    @property
    def faults(self) -> list[Problem]:
        return [Problem(**one) for one in self.problems]

    @property
    def asked_at(self) -> datetime:
        return datetime.fromisoformat(self.asked)


def ask(files: Iterable[tuple[str, BinaryIO]], *, by: Viewer) -> ImportRequest:
    """Keep the files (name, stream) and put them in line. ``UserError`` when there is nothing of the right kind."""
    by.require(Permission.RECORDS_IMPORT)
    given = [(PurePath(name).name, stream) for name, stream in files]
    wrong = [name for name, _ in given if not name.endswith(SUFFIX)]
    if not given or wrong:
        raise UserError(f"请选 {SUFFIX} 文件（每行一条 FHIR 资源）。" + (f"这些不是：{'、'.join(wrong)}。" if wrong else ""))
    id = f"{timezone.now():%Y%m%d%H%M%S%f}-{secrets.token_hex(3)}"
    folder = _home() / id
    folder.mkdir(parents=True, mode=0o700)
    size = sum(_keep(stream, folder / name) for name, stream in given)
    request = ImportRequest(id, by.username, timezone.now().isoformat(), tuple(name for name, _ in given), size)
    _write(request)
    return request


def requests(limit: int = 20) -> list[ImportRequest]:
    """Newest first."""
    folders = sorted((folder for folder in _home().glob("*") if (folder / "request.json").exists()), reverse=True)
    return [_read(folder) for folder in folders[:limit]]


def request(id: str) -> ImportRequest | None:
    """One by its id."""
    folder = _home() / PurePath(id).name
    return _read(folder) if (folder / "request.json").exists() else None


def pending() -> bool:
    """Whether a request waits, or was left behind in the middle."""
    return any(not one.over for one in requests(limit=500))


def carry_out() -> int:
    """Take in every request that waits, oldest first, those left behind in the middle before them; returns how many were brought to an end.

    Only one process does so at a time; a second one leaves it to the first.
    """
    done = 0
    with _alone() as free:
        while free and (one := _next()):
            _bring_to_an_end(one)
            done += 1
    return done


@contextlib.contextmanager
def _alone() -> Iterator[bool]:
    _home().mkdir(parents=True, exist_ok=True)
    with (_home() / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _next() -> ImportRequest | None:
    open_ones = [one for one in reversed(requests(limit=500)) if not one.over]
    return min(open_ones, key=lambda one: one.state != "running", default=None)


def _bring_to_an_end(one: ImportRequest) -> None:
    job = import_history.last_of(one.id) if one.attempts else None
    if job and job.state == "done":
        _settle(replace(one, state="running", count=job.stored, note=one.note or job.note), job.started)
    elif one.attempts >= ATTEMPTS:
        _end(replace(one, state="interrupted", step="", note=f"导入进程 {ATTEMPTS} 次中途结束，没有写入任何记录。请分成小些的文件再交。"))
    else:
        _take_in(one)


def _take_in(one: ImportRequest) -> None:
    _wait_for_others(one)
    _write(one := replace(one, state="running", step="检查文件", count=0, attempts=one.attempts + 1))
    try:
        outcome = bulk_import.run([_home() / one.id], by=viewer_of(governance.account(one.account)), progress=_noted(one))
    except bulk_import.UnderWayError:
        _write(replace(one, state="waiting", step=BUSY, attempts=one.attempts - 1))
    except InvalidError as error:
        problems = tuple(asdict(problem) for problem in error.problems[: bulk_import.SHOWN_PROBLEMS])
        _end(replace(one, state="refused", step="", problems=problems, note="文件里有错，什么都没有写入。"))
    except UserError as error:
        _end(replace(one, state="refused", step="", note=str(error)))
    else:
        _write(one := replace(one, count=outcome.stored, note=_by_type(outcome.by_type)))
        job = import_history.last_of(one.id)
        _settle(one, job.started if job else one.asked_at)


def _wait_for_others(one: ImportRequest) -> None:
    """An import from the command line is let finish first; the page says so."""
    while bulk_import.under_way():
        if one.step != BUSY:
            _write(one := replace(one, state="waiting", step=BUSY))
        time.sleep(PATIENCE)


def _settle(one: ImportRequest, since: datetime) -> None:
    """What follows from records that have come in: the directory, and the care status of the people concerned."""
    _write(replace(one, step="整理区域与机构"))
    refresh.refresh()
    noted = _noted(one)
    status.rebuild(lambda what, done: noted(what, one.count), since=since)
    missing.rebuild()
    _end(replace(one, state="done", step=""))


def _end(one: ImportRequest) -> None:
    """Say how it ended; the files are no longer needed."""
    _write(one)
    for file in (_home() / one.id).glob(f"*{SUFFIX}"):
        file.unlink()


def _noted(one: ImportRequest) -> Callable[[str, int], None]:
    """A progress callback that writes at most twice a second."""
    last = [0.0]

    def note(step: str, count: int) -> None:
        now = timezone.now().timestamp()
        if now - last[0] > 0.5:
            last[0] = now
            _write(replace(one, step=step, count=count))

    return note


def _by_type(counts: dict[str, int]) -> str:
    return "、".join(f"{rtype} {count:,}" for rtype, count in sorted(counts.items(), key=lambda pair: -pair[1]))


def _home() -> Path:
    return Path(settings.DATA) / "imports"


def _keep(stream: BinaryIO, path: Path) -> int:
    size = 0
    with path.open("wb") as out:
        while block := stream.read(CHUNK):
            size += out.write(block)
    return size


def _read(folder: Path) -> ImportRequest:
    held = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    return ImportRequest(**{**held, "names": tuple(held["names"]), "problems": tuple(held["problems"])})


def _write(one: ImportRequest) -> None:
    """In one step, so that a reader never sees half a file."""
    path = _home() / one.id / "request.json"
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(one), ensure_ascii=False), encoding="utf-8")
    os.replace(fresh, path)
