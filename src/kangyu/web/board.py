"""A plan at a glance: rows, counts, order, filters, how many targets are likely to be met. From what was measured to what is shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from django.utils.safestring import SafeString

from kangyu.engines.indicators.forecast import Point
from kangyu.engines.indicators.progress import Progress, Status
from kangyu.web import wording
from kangyu.web.charts.sparkline import sparkline

KIND_OF = {Status.OK: "ok", Status.WARN: "warn", Status.BAD: "bad", Status.NONE: "none"}
ATTENTION = {"bad": 0, "warn": 1, "none": 2, "ok": 3}


@dataclass(frozen=True)
class Line:
    """One row of the board, ready to show. ``probability`` orders rows and adds up; ``ask`` is where a missing figure is reported."""

    seq: str
    category: str
    key: str
    name: str
    unit: str
    binding: bool
    baseline: str
    target: str
    target_words: str
    spark: SafeString
    now: str
    when: str
    kind: str
    reason: str
    probability: float | None = None
    changed: str = ""
    doubt: str = ""
    ask: str = ""

    @property
    def chance(self) -> str:
        return chance(self.probability)


def chance(probability: float | None) -> str:
    """A probability in a table cell: never 0 % or 100 %."""
    if probability is None:
        return wording.DASH
    percent = round(probability * 100)
    if percent < 1:
        return "< 1%"
    return "> 99%" if percent > 99 else f"{percent}%"


def spark(progress: Progress, points: Sequence[Point], years: tuple[int, int]) -> SafeString:
    """The small picture of a row, on the plan's years (baseline, target)."""
    path = sorted(progress.path.items())
    if not path and progress.goal is not None:
        path = [(year, progress.goal.value) for year in years]
    actual = [(point.at, point.value) for point in sorted(points, key=attrgetter("at")) if point.at >= years[0]]
    return sparkline(actual, path, status=KIND_OF[progress.status], years=years)


def probability(progress: Progress) -> float | None:
    """How likely the target is met; certain once the target year is measured."""
    if progress.outlook is not None:
        return progress.outlook.probability
    return None if progress.reached is None or progress.now is None else float(progress.reached)


def counts(lines: Iterable[Line]) -> dict[str, int]:
    """How many rows of each status, none missing."""
    found = dict.fromkeys(("ok", "warn", "bad", "none"), 0)
    for line in lines:
        found[line.kind] += 1
    return found


def likely(probabilities: Iterable[float | None], level: float = 0.8) -> tuple[int, int] | None:
    """Between how many and how many targets are met with probability ``level``, the rows taken as independent (Poisson binomial).

    Rows without a probability count as not met; None when no row has one.
    """
    known = [one for one in probabilities if one is not None]
    if not known:
        return None
    masses = [1.0]
    for one in known:
        masses = [a * (1 - one) + b * one for a, b in zip([*masses, 0.0], [0.0, *masses], strict=True)]
    tail, below = (1 - level) / 2, 0.0
    low = high = 0
    for count, mass in enumerate(masses):
        if below <= tail + 1e-12:
            low = count
        below += mass
        high = count
        if below >= 1 - tail - 1e-12:
            break
    return low, high


@dataclass(frozen=True)
class Chip:
    """A filter with its count."""

    key: str
    title: str
    count: int
    on: bool
    kind: str = ""


FILTERS = (
    ("bad", "偏离", "bad"),
    ("warn", "有风险", "warn"),
    ("none", "无数据", "none"),
    ("binding", "约束性", ""),
    ("changed", "有变化", ""),
)


def passes(line: Line, show: str) -> bool:
    """Whether a row belongs to a filter; an unknown filter lets everything through."""
    if show in ATTENTION:
        return line.kind == show
    if show == "binding":
        return line.binding
    if show in ("changed", "doubt"):
        return bool(getattr(line, show))
    return True


def chips(lines: Sequence[Line], show: str) -> list[Chip]:
    """All rows, then each filter that would show something."""
    made = [Chip("", "全部", len(lines), show not in {key for key, _, _ in FILTERS})]
    for key, title, kind in FILTERS:
        count = sum(passes(line, key) for line in lines)
        if count or show == key:
            made.append(Chip(key, title, count, show == key, kind))
    return made


@dataclass(frozen=True)
class Group:
    """Rows under one heading; without a title the rows stand alone."""

    title: str
    rows: list[Line]


def groups(lines: Sequence[Line], *, show: str, sort: str) -> list[Group]:
    """By the plan's categories in its order, or by what needs attention: worst status first, least likely first."""
    shown = [line for line in lines if passes(line, show)]
    if sort == "attention":
        ordered = sorted(
            shown, key=lambda line: (ATTENTION[line.kind], line.probability if line.probability is not None else 2.0, line.seq)
        )
        return [Group("", ordered)] if ordered else []
    found: dict[str, list[Line]] = {}
    for line in shown:
        found.setdefault(line.category, []).append(line)
    return [Group(category, rows) for category, rows in found.items()]
