"""Imports that a page asked for: the files wait in the data folder until the background process takes them in, all or nothing.

One folder each under ``imports/``: the files, and ``request.json`` with who asked, the state and how far it is. A process killed in the
middle leaves a request ``running``; the next process calls it ``interrupted``, and nothing of it was written.
"""

import json
import os
import secrets
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path, PurePath
from typing import BinaryIO

from django.conf import settings
from django.utils import timezone

from kangyu.apps.governance import queries as governance
from kangyu.apps.governance.access import Viewer, viewer_of
from kangyu.apps.record.actions import bulk_import
from kangyu.apps.record.errors import InvalidError
from kangyu.kernel.errors import Problem, UserError
from kangyu.kernel.permission import Permission

SUFFIX = ".ndjson"
CHUNK = 1_000_000


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
    id = f"{timezone.now():%Y%m%d%H%M%S}-{secrets.token_hex(3)}"
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


def carry_out() -> bool:
    """Take in the oldest request that waits; returns whether there was one. Only one process may call this."""
    waiting = [one for one in reversed(requests(limit=500)) if one.state in ("waiting", "running")]
    for one in waiting:
        if one.state == "running":
            _write(replace(one, state="interrupted", note="导入进程中途结束，没有写入任何记录。请再交一次。"))
            continue
        _take_in(one)
        return True
    return False


def _take_in(one: ImportRequest) -> None:
    _write(one := replace(one, state="running", step="检查文件"))
    account = governance.account(one.account)
    folder = _home() / one.id
    try:
        outcome = bulk_import.run([folder], by=viewer_of(account), progress=_noted(one))
        _write(replace(one, state="done", count=outcome.stored, step="", note=_by_type(outcome.by_type)))
    except InvalidError as error:
        problems = tuple(asdict(problem) for problem in error.problems[: bulk_import.SHOWN_PROBLEMS])
        _write(replace(one, state="refused", step="", problems=problems, note="文件里有错，什么都没有写入。"))
    except UserError as error:
        _write(replace(one, state="refused", step="", note=str(error)))
    finally:
        for file in folder.glob(f"*{SUFFIX}"):
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
