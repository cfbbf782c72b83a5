"""Where a planned figure stands: the yearly path from baseline to target, the status now and why, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from .evaluate import Noise
from .forecast import Direction, Forecast, Goal, Point, forecast

ABOUT = 0.02
"""左右 is read as within two per cent of the number."""
LIKELY, UNLIKELY = 0.5, 0.2
SHORTFALL = 0.2
"""Without an outlook, a figure is off track when it lacks more than this part of the whole planned change."""


class Status(StrEnum):
    """Said by word, and shown by shape and colour through its name."""

    OK = "按期"
    WARN = "有风险"
    BAD = "偏离"
    NONE = "无数据"


@dataclass(frozen=True)
class Commitment:
    """One row of a plan: what was, what shall be. ``comparator`` and ``relative`` as in ``content/plans``; ``better`` of the indicator."""

    baseline_year: int
    baseline: float | None
    target_year: int
    target: float | None
    comparator: str
    better: str = "neutral"
    relative: bool = False


@dataclass(frozen=True)
class Progress:
    """The outcome. ``expected`` is the path's value at the moment of ``now``; ``path`` holds it by year; ``reason`` says why in Chinese."""

    status: Status
    reason: str
    goal: Goal | None
    path: dict[int, float]
    expected: float | None
    now: Point | None
    reached: bool | None
    outlook: Forecast | None
    note: str = ""


def moment(end: date) -> float:
    """Where twelve months that end on a day stand on the axis of calendar years: the year 2025 at 2025.0, those to mid-2025 at 2024.5."""
    first = date(end.year, 1, 1)
    return end.year - 1 + ((end - first).days + 1) / (date(end.year + 1, 1, 1) - first).days


def goal_of(row: Commitment, start: float | None = None) -> Goal | None:
    """What has to be reached, or None where the plan writes no number; ``start`` stands in for a baseline the plan leaves out."""
    baseline = row.baseline if row.baseline is not None else start
    if row.comparator in ("improve", "proportional"):
        return None if baseline is None or row.better == "neutral" else Goal(_towards(row.better), baseline, strict=True)
    if row.target is None or row.comparator == "none":
        return None
    if row.comparator in ("increase_by", "decrease_by_per_year"):
        return None if baseline is None else _goal_by_change(row, baseline, row.target)
    if row.comparator in ("ge", "gt"):
        return Goal("at_least", row.target, strict=row.comparator == "gt")
    if row.comparator in ("le", "lt"):
        return Goal("at_most", row.target, strict=row.comparator == "lt")
    return _goal_by_number(row, row.target)


def _towards(better: str) -> Direction:
    return "at_least" if better == "higher" else "at_most"


def _goal_by_change(row: Commitment, baseline: float, change: float) -> Goal:
    if row.comparator == "decrease_by_per_year":
        return Goal("at_most", baseline - change * (row.target_year - row.baseline_year))
    return Goal("at_least", baseline * (1 + change / 100) if row.relative else baseline + change)


def _goal_by_number(row: Commitment, target: float) -> Goal:
    """A bare number is read in the direction that is better; 左右 with a margin."""
    margin = abs(target) * ABOUT
    if row.better == "neutral":
        return Goal("within", target, margin=margin)
    if row.comparator != "approx":
        return Goal(_towards(row.better), target)
    return Goal(_towards(row.better), target - margin if row.better == "higher" else target + margin)


def path_at(row: Commitment, at: float, start: tuple[float, float] | None = None) -> float | None:
    """The value the plan implies at a moment: straight from the baseline to the target, flat where the baseline already satisfies it.

    ``start`` (moment, value) stands in for a baseline the plan leaves out. Flat after the target year and before the baseline year.
    """
    goal = goal_of(row, start[1] if start else None)
    if goal is None:
        return None
    year, value = (row.baseline_year, row.baseline) if row.baseline is not None else (start or (0.0, None))
    if value is None or goal.reached(value) or row.comparator in ("improve", "proportional") or row.target_year <= year:
        return goal.value
    share = min(1.0, max(0.0, (at - year) / (row.target_year - year)))
    return value + (goal.value - value) * share


def assess(
    row: Commitment,
    points: Sequence[Point],
    *,
    noise: Noise = "none",
    per: float = 1.0,
    unit: str = "",
    decimals: int = 2,
    missing: str = "",
) -> Progress:
    """Judge a series against a row of the plan. ``missing`` says why a series is empty, where the caller knows it."""
    series = sorted(points, key=lambda point: point.at)
    start = (series[0].at, series[0].value) if series and row.baseline is None else None
    goal = goal_of(row, start[1] if start else None)
    years = range(row.baseline_year, row.target_year + 1)
    path = {year: value for year in years if (value := path_at(row, year, start)) is not None}
    if not series:
        return Progress(Status.NONE, missing or "还没有算出或上报这个指标的值。", goal, path, None, None, None, None)
    now = series[-1]
    if goal is None:
        return Progress(Status.NONE, _no_goal(row), None, path, None, now, None, None)
    final = next((point for point in series if abs(point.at - row.target_year) < 1e-6), None)
    if final is not None:
        return _final(row, goal, path, final, unit, decimals)
    expected = path_at(row, now.at, start)
    outlook = forecast(series, row.target_year, goal, noise=noise, per=per)
    said = _Words(row, unit, decimals)
    status = _status(row, goal, now, expected, outlook, start)
    reason = said.reason(goal, now, expected, outlook)
    note = "规划没有写基期值，路径从最早算得的值起。" if start else ""
    return Progress(status, reason, goal, path, expected, now, goal.reached(now.value), outlook, note)


def _no_goal(row: Commitment) -> str:
    if row.comparator == "none" or row.baseline is not None:
        return "规划没有写出目标值，无法判断进度。"
    return "规划没有写基期值，算不出目标，无法判断进度。"


def _final(row: Commitment, goal: Goal, path: dict[int, float], final: Point, unit: str, decimals: int) -> Progress:
    reached = goal.reached(final.value)
    said = _Words(row, unit, decimals)
    words = f"{row.target_year} 年的值 {said.number(final.value)}，{'已经' if reached else '没有'}达到目标 {said.goal(goal)}。"
    return Progress(Status.OK if reached else Status.BAD, words, goal, path, path.get(row.target_year), final, reached, None)


def _ahead(goal: Goal, value: float, expected: float | None) -> float:
    """How much better than the path a value is, in its unit; negative is worse."""
    if expected is None:
        return 0.0
    if goal.direction == "within":
        return goal.margin - abs(value - goal.value)
    return value - expected if goal.direction == "at_least" else expected - value


def _status(
    row: Commitment, goal: Goal, now: Point, expected: float | None, outlook: Forecast | None, start: tuple[float, float] | None
) -> Status:
    chance = outlook.probability if outlook else None
    on_path = goal.reached(now.value) or _ahead(goal, now.value, expected) >= -1e-9
    if chance is not None:
        if chance >= LIKELY:
            return Status.OK if on_path else Status.WARN
        return Status.WARN if on_path or chance >= UNLIKELY else Status.BAD
    if on_path:
        return Status.OK
    begin = row.baseline if row.baseline is not None else (start[1] if start else None)
    planned = abs(goal.value - begin) if begin is not None else abs(goal.value)
    return Status.WARN if planned and -_ahead(goal, now.value, expected) <= SHORTFALL * planned else Status.BAD


@dataclass(frozen=True)
class _Words:
    row: Commitment
    unit: str
    decimals: int

    def number(self, value: float) -> str:
        joined = "" if self.unit in ("%", "‰") or self.unit.startswith("/") else " "
        return f"{value:,.{self.decimals}f}{joined}{self.unit}".strip()

    def goal(self, goal: Goal) -> str:
        if self.row.comparator in ("improve", "proportional"):
            return f"比基期 {self.number(goal.value)} {'高' if goal.direction == 'at_least' else '低'}"
        if goal.direction == "within":
            return f"{self.number(goal.value)} 左右"
        sign = {("at_least", False): "≥", ("at_least", True): "＞", ("at_most", False): "≤", ("at_most", True): "＜"}
        return f"{sign[goal.direction, goal.strict]} {self.number(goal.value)}"

    def reason(self, goal: Goal, now: Point, expected: float | None, outlook: Forecast | None) -> str:
        parts = [f"现值 {self.number(now.value)}"]
        if goal.reached(now.value):
            parts.append(f"已在目标 {self.goal(goal)} 之内")
        elif expected is not None:
            gap = now.value - expected
            where = "与路径持平" if abs(gap) < 0.5 * 10**-self.decimals else f"比路径 {self.number(expected)} {'高' if gap > 0 else '低'} "
            parts.append(where if where.startswith("与") else where + f"{abs(gap):,.{self.decimals}f}")
        if outlook and outlook.probability is not None:
            parts.append(f"照现在的走势，{self.row.target_year} 年达标的可能是 {chance_words(outlook.probability)}")
        return "，".join(parts) + "。"


def chance_words(chance: float) -> str:
    """A probability as a person reads it: never 0 % or 100 %."""
    percent = round(chance * 100)
    if percent < 1:
        return "不到 1%"
    return "超过 99%" if percent > 99 else f"{percent}%"


def goal_words(row: Commitment, goal: Goal | None, unit: str = "", decimals: int = 2) -> str:
    """The goal as printed beside a figure: ``≤ 7.70/10万``; ``—`` where there is none."""
    return "—" if goal is None else _Words(row, unit, decimals).goal(goal)
