"""Replays that a page asked for: the draft waits in the data folder until a process apart has run it; what it found stays to be read.

One folder each under ``replays/``: ``request.json`` with who asked, the draft's text, how far it is and what came out.
"""

import json
import os
import secrets
import shutil
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path, PurePath
from typing import Any

from django.conf import settings
from django.utils import timezone

from kangyu.apps.governance import clock
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.flows import replay
from kangyu.gateways import content
from kangyu.kernel.errors import DeniedError, UserError
from kangyu.kernel.period import Period
from kangyu.kernel.permission import Permission

KINDS = ("programme", "indicator")
KEPT = 30
LONGEST = 100_000
"""Characters of a draft; a declaration stands on a screen."""


@dataclass(frozen=True)
class Request:
    """One replay asked for. ``state``: ``waiting running done refused``; ``outcome`` is ``replay.Outcome`` as plain data."""

    id: str
    account: str
    asked: str
    kind: str
    key: str
    file: str
    text: str
    start: str
    end: str
    state: str = "waiting"
    step: str = ""
    count: int = 0
    note: str = ""
    attempts: int = 0
    outcome: dict[str, Any] | None = None

    @property
    def over(self) -> bool:
        return self.state in ("done", "refused")

    @property
    def period(self) -> Period:
        return Period(date.fromisoformat(self.start), date.fromisoformat(self.end))


def ask(kind: str, key: str, text: str, period: Period, *, by: Viewer) -> Request:
    """Put a draft in line, after it has been checked. Raises ``ProblemsError`` for what is wrong with it, ``UserError`` for the rest."""
    require_reach(by)
    now = content.current()
    shelf = {"programme": now.programmes, "indicator": now.indicators}.get(kind, {})
    if key not in shelf:
        raise UserError("只有已声明的项目和指标可以试算。")
    if len(text) > LONGEST:
        raise UserError(f"草稿太长（{len(text)} 字），一个声明不超过 {LONGEST} 字。")
    file = now.document(shelf[key]).file
    fresh = replay.draft(now, file, text)
    if key not in (fresh.programmes if kind == "programme" else fresh.indicators):
        raise UserError(f"草稿里没有 {key} 了。请保留原来的 key，只改规则。")
    if period.start > clock.today():
        raise UserError("试算的时间段还没有开始，没有记录可算。")
    id = f"{timezone.now():%Y%m%d%H%M%S%f}-{secrets.token_hex(3)}"
    (_home() / id).mkdir(parents=True, mode=0o700)
    one = Request(id, by.username, timezone.now().isoformat(), kind, key, file, text, str(period.start), str(period.end))
    _write(one)
    audit.record("content.replay", by=by, target=f"{kind}/{key}", purpose=f"{period.start} 至 {period.end}")
    _forget_old()
    return one


def require_reach(viewer: Viewer) -> None:
    """Raise ``DeniedError`` for a role that sees less than the county: a replay goes over everybody's records."""
    viewer.require(Permission.CONTENT_VIEW)
    if viewer.within != "county":
        raise DeniedError("新规则试算看的是全县的记录，只有全县范围的角色可以做。")


def requests(limit: int = KEPT) -> list[Request]:
    """Newest first."""
    folders = sorted((folder for folder in _home().glob("*") if (folder / "request.json").exists()), reverse=True)
    return [_read(folder) for folder in folders[:limit]]


def request(id: str) -> Request | None:
    """One by its id."""
    folder = _home() / PurePath(id).name
    return _read(folder) if (folder / "request.json").exists() else None


def pending() -> bool:
    """Whether one waits, or was left behind in the middle."""
    return any(not one.over for one in requests())


def carry_out() -> int:
    """Run every replay that waits, oldest first; returns how many. One that twice did not come to an end is given up."""
    done = 0
    while waiting := [one for one in reversed(requests()) if not one.over]:
        _run(waiting[0])
        done += 1
    return done


def _run(one: Request) -> None:
    if one.attempts >= 2:
        _write(replace(one, state="refused", note="试算两次中途结束。请换短一些的时间段再试。"))
        return
    _write(one := replace(one, state="running", attempts=one.attempts + 1))

    def note(step: str, count: int) -> None:
        _write(replace(one, step=step, count=count))

    now, today = content.current(), clock.today()
    try:
        new = replay.draft(now, one.file, one.text)
        old = now.on(min(one.period.end, today))
        if one.kind == "programme":
            outcome = replay.programme(old, new, one.key, one.period, note)
        else:
            outcome = replay.indicator(old, new, one.key, one.period, min(one.period.end, today), note)
    except UserError as error:
        _write(replace(one, state="refused", note=str(error)))
        return
    _write(replace(one, state="done", step="", outcome=asdict(outcome)))


def _forget_old() -> None:
    for folder in sorted((folder for folder in _home().glob("*-*") if (folder / "request.json").exists()), reverse=True)[KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)


def _home() -> Path:
    return Path(settings.DATA) / "replays"


def _read(folder: Path) -> Request:
    return Request(**json.loads((folder / "request.json").read_text(encoding="utf-8")))


def _write(one: Request) -> None:
    """In one step, so that a reader never sees half a file."""
    path = _home() / one.id / "request.json"
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(one), ensure_ascii=False), encoding="utf-8")
    os.replace(fresh, path)
