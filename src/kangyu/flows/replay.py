"""Last year under next year's rules: a changed programme or indicator run over the records there are, beside the one in force."""

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from django.conf import settings

from kangyu.apps.indicators import tables
from kangyu.apps.indicators.actions.recompute import connect
from kangyu.engines.cases import PreparedProgramme, prepare
from kangyu.engines.content import Content, Shelf, load
from kangyu.engines.content.checker import check_content
from kangyu.engines.indicators import contributions
from kangyu.engines.indicators.evaluate import Figure, Sum, finish
from kangyu.gateways.warehouse import replay as warehouse
from kangyu.gateways.warehouse.aggregate import Cell, evaluate
from kangyu.gateways.warehouse.export import export, snapshot
from kangyu.gateways.warehouse.reader import open_run
from kangyu.gateways.warehouse.sources import Source
from kangyu.kernel.errors import ProblemsError, UserError
from kangyu.kernel.period import Period

Progress = Callable[[str, int], None]
WHOLE = re.compile(r"^(-?\d+)\.0$")
"""A whole number as the warehouse writes decimals."""
KEY = "replay"


@dataclass(frozen=True)
class Shift:
    """So many visits (or people) that were ``before`` are ``after``, in words."""

    name: str
    before: str
    after: str
    count: int


@dataclass(frozen=True)
class Outcome:
    """What a replay found. ``before`` and ``after`` are an indicator's figures (None for a programme).

    ``institutions`` hold (institution, visits, changed visits, changed people), ``examples`` (pid, date, institution, what became of it).
    """

    kind: str
    title: str
    visits: int
    people: int
    changed: int
    changed_people: int
    shifts: tuple[Shift, ...]
    institutions: tuple[tuple[str, int, int, int], ...]
    examples: tuple[tuple[int, str, str, str], ...]
    before: float | None = None
    after: float | None = None
    unit: str = ""


def draft(current: Content, file: str, text: str) -> Content:
    """The content with one file's text replaced. Raises ``ProblemsError`` with what the draft breaks, there or in what depends on it."""
    fresh = load(current.root, {file: text})
    known = set(check_content(current))
    wrong = [problem for problem in check_content(fresh) if problem.severity == "error" and problem not in known]
    if wrong:
        raise ProblemsError(wrong)
    return fresh


def programme(old: Content, new: Content, key: str, period: Period, progress: Progress = lambda what, done: None) -> Outcome:
    """A programme's visits of a period judged by both versions."""
    before, after = (prepare(content, content.programmes[key]) for content in (old, new))
    if before.form is None or after.form is None or before.form.name != after.form.name:
        raise UserError("试算要求两版用同一张随访表单。")
    form = after.form.name
    used = _columns(before, after) | {form: {*new.forms[form].fields, *before.programme.derive, "org"}}
    with _warehouse(new, used, progress) as (folder, sources):
        progress("两版规则各判一遍", 0)
        connection = open_run(folder, sources)
        try:
            names = tuple(dict.fromkeys((*_names(before), *_names(after))))
            own = next(source for source in sources if source.name == form)
            span = (period.start, period.end)
            found = warehouse.compare(connection, sources, own, _side(before), _side(after), period=span, compared=names)
        finally:
            connection.close()
    return _told(before, after, found)


def _names(prepared: PreparedProgramme) -> list[str]:
    """What is compared: the derived values that are decided (tables), and the rules."""
    return [*prepared.programme.derive, *(f"act.{key}" for key in prepared.programme.act)]


def _side(prepared: PreparedProgramme) -> warehouse.Side:
    return warehouse.Side({name: prepared.typed[name] for name in _names(prepared)}, tuple(prepared.programme.derive))


def _columns(*sides: PreparedProgramme) -> dict[str, set[str]]:
    used: dict[str, set[str]] = {}
    for side in sides:
        for name in _names(side):
            for table, columns in side.typed[name].columns.items():
                used.setdefault(table, set()).update(columns)
    return used


def _told(before: PreparedProgramme, after: PreparedProgramme, found: warehouse.Changed) -> Outcome:
    shifts = tuple(
        Shift(_title(after, before, name), _words(before, name, old), _words(after, name, new), count)
        for name, old, new, count in found.shifts
    )
    examples = tuple(_example(before, after, row) for row in found.examples)
    return Outcome(
        "programme", after.programme.title, found.visits, found.people, found.changed_visits, found.changed_people, shifts,
        tuple((org, visits, changed, people) for org, visits, changed, people in found.institutions), examples,
    )  # fmt: skip


def _example(before: PreparedProgramme, after: PreparedProgramme, row: Mapping[str, Any]) -> tuple[int, str, str, str]:
    moved = [name.removeprefix("old.") for name in row if name.startswith("old.") and row[name] != row[f"new.{name[4:]}"]]
    said = "；".join(
        f"{_title(after, before, name)}：{_words(before, name, row[f'old.{name}'])} → {_words(after, name, row[f'new.{name}'])}"
        for name in moved
    )
    return row["pid"], str(row["today"]), row["org"] or "", said


def _title(first: PreparedProgramme, other: PreparedProgramme, name: str) -> str:
    for prepared in (first, other):
        rule = prepared.programme.act.get(name.removeprefix("act."))
        if name.startswith("act.") and rule:
            return f"规则“{rule.title or name.removeprefix('act.')}”"
        if name in prepared.words.titles:
            return prepared.words.titles[name]
    return name


def _words(prepared: PreparedProgramme, name: str, value: str | None) -> str:
    if name.startswith("act."):
        return {"true": "成立", "false": "不成立"}.get(value or "", "未知")
    return "未知" if value is None else prepared.words.value(name, WHOLE.sub(r"\1", value))


def indicator(old: Content, new: Content, key: str, period: Period, today: date, progress: Progress = lambda what, done: None) -> Outcome:
    """An indicator's figure of a period by both versions, and where and for whom they differ."""
    sides = [replace(content, indicators=Shelf({key: (content.indicators[key],)})) for content in (old, new)]
    measures = [contributions.measures(side) for side in sides]
    used: dict[str, set[str]] = {}
    for one in measures:
        for about in ("person", "institution"):
            for table, columns in one.columns(about).items():
                used.setdefault(table, set()).update(columns)
    with _warehouse(new, used, progress) as (folder, sources):
        cells: list[list[Cell]] = []
        files = []
        for number, one in enumerate(measures):
            progress("两版各算一遍", number)
            cells.append(evaluate(folder, sources, one, {KEY: (period, today)}, open_periods=[KEY]).cells)
            made = folder / "contributions" / f"period={KEY}"
            files.append(made.rename(folder / f"side-{number}") if made.is_dir() else folder / f"side-{number}")
        moved = _moved(files[0], files[1])
    before, after = (finish(side.indicators[key], _sums(found)) for side, found in zip(sides, cells, strict=True))
    return _figures(new.indicators[key].title, new.indicators[key].unit, before, after, cells, moved)


def _sums(cells: list[Cell]) -> dict[int, Sum]:
    found: dict[int, Sum] = {}
    for _, _, _, _, stratum, top, bottom in cells:
        found[stratum] = found.get(stratum, Sum()) + Sum(top, bottom)
    return found


def _figures(title: str, unit: str, before: Figure, after: Figure, cells: list[list[Cell]], moved: list[tuple]) -> Outcome:
    orgs: dict[str, list[tuple[float, float]]] = {}
    for side, found in enumerate(cells):
        for _, _, _, org, _, top, bottom in found:
            sums = orgs.setdefault(org, [(0.0, 0.0), (0.0, 0.0)])
            sums[side] = (sums[side][0] + top, sums[side][1] + bottom)
    people: dict[str, int] = {}
    shifts: dict[tuple[str, str], int] = {}
    examples = []
    for pid, org, old, new in moved:
        people[org] = people.get(org, 0) + 1
        words = (_counted(old), _counted(new))
        shifts[words] = shifts.get(words, 0) + 1
        if len(examples) < 500:
            examples.append((pid, "", org, f"{words[0]} → {words[1]}"))
    lines = sorted(((org, round(sums[0][1]), people.get(org, 0), people.get(org, 0)) for org, sums in orgs.items() if people.get(org)),
                   key=lambda line: -line[2])  # fmt: skip
    told = tuple(Shift("每个人算不算", one, other, count) for (one, other), count in sorted(shifts.items(), key=lambda pair: -pair[1]))
    return Outcome("indicator", title, round(before.bottom), round(before.bottom), len(moved), len(moved), told, tuple(lines),
                   tuple(examples), before.value, after.value, unit)  # fmt: skip


def _counted(value: tuple[float, float] | None) -> str:
    if value is None or (value[1] == 0 and value[0] == 0):
        return "不在统计内"
    return "计入分子" if value[0] else "只在分母"


def _moved(old: Path, new: Path) -> list[tuple[int, str, tuple[float, float] | None, tuple[float, float] | None]]:
    """People who add something else: pid, institution, (top, bottom) before and after."""
    if not list(old.glob("*.parquet")) or not list(new.glob("*.parquet")):
        return []
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT pid, coalesce(n.org, o.org, ''), o.top, o.bottom, n.top, n.bottom FROM read_parquet('{old}/*.parquet') o "
            f"FULL JOIN read_parquet('{new}/*.parquet') n USING (pid) "
            "WHERE o.top IS DISTINCT FROM n.top OR o.bottom IS DISTINCT FROM n.bottom ORDER BY pid"
        ).fetchall()
    return [(pid, org, None if ot is None else (ot, ob), None if nt is None else (nt, nb)) for pid, org, ot, ob, nt, nb in rows]


@contextmanager
def _warehouse(of: Content, used: dict[str, set[str]], progress: Progress) -> Iterator[tuple[Path, list[Source]]]:
    """The tables a replay needs as Parquet in a folder of its own, as they stand now; removed at the end."""
    sources = tables.sources_of(of, used)
    home = Path(settings.DATA) / "replays"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = Path(tempfile.mkdtemp(dir=home, prefix="tables-"))
    try:
        progress("读取记录", 0)
        with snapshot(connect) as moment:
            rows = export(moment, sources, folder / "run")
        progress("读取记录", sum(rows.values()))
        yield folder / "run", sources
    finally:
        shutil.rmtree(folder, ignore_errors=True)
