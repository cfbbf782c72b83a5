"""A plain outlook for one series: a trend with its sampling noise, the drift of a full count, or counts where cases are few.

It always says its method.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Literal

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from .evaluate import Noise

Direction = Literal["at_least", "at_most", "within"]
FEW_CASES = 30
LEVEL = 0.80


@dataclass(frozen=True)
class Point:
    """One value of a series. ``at`` is a calendar year as a number; twelve months that end inside a year lie before it (see ``moment``)."""

    at: float
    value: float
    standard_error: float | None = None
    top: float = 0.0
    bottom: float = 0.0


@dataclass(frozen=True)
class Goal:
    """What has to be reached: ``at_least``, ``at_most`` or ``within`` (a margin) of ``value``; ``strict`` leaves the value itself out."""

    direction: Direction
    value: float
    strict: bool = False
    margin: float = 0.0

    def reached(self, value: float) -> bool:
        """Whether a value reaches the goal (computed decimals are compared with a tolerance of one in a billion)."""
        slack = 1e-9 * max(1.0, abs(self.value))
        if self.direction == "within":
            return abs(value - self.value) <= self.margin + slack
        ahead = value - self.value if self.direction == "at_least" else self.value - value
        return ahead > slack if self.strict else ahead >= -slack


@dataclass(frozen=True)
class Forecast:
    """The outlook at one year: expected value, 80 % interval, probability of reaching the goal (None where no noise can be told)."""

    at: float
    value: float
    low: float | None
    high: float | None
    probability: float | None
    method: str


def forecast(points: Sequence[Point], at: float, goal: Goal | None, *, noise: Noise, per: float = 1.0) -> Forecast | None:
    """The outlook of a series at ``at``; None for an empty series. Shares and rates never leave their natural range."""
    series = sorted(points, key=lambda point: point.at)[-6:]
    if not series:
        return None
    if noise == "rate" and sum(point.top for point in series[-3:]) < FEW_CASES and series[-1].bottom > 0:
        return _few_cases(series[-3:], at, goal, per)
    if len(series) < 3:
        return _last_value(series[-1], at, goal)
    value, spread, freedom, words = _drift(series, at) if noise == "none" else _trend(series, at)
    top = per if noise == "share" else float("inf")
    bottom = 0.0 if noise != "none" or min(point.value for point in series) >= 0 else -float("inf")
    value = min(max(value, bottom), top)
    quantile = float(stdtrit(freedom, 0.5 + LEVEL / 2)) if isfinite(freedom) else float(ndtri(0.5 + LEVEL / 2))
    low, high = max(bottom, value - quantile * spread), min(top, value + quantile * spread)
    return Forecast(at, value, low, high, _chance(goal, value, spread, freedom), words)


def _trend(series: Sequence[Point], at: float) -> tuple[float, float, float, str]:
    """Least squares, weighted by the sampling errors where all are known.

    Returns the value at ``at``, the standard error of a new value there, its degrees of freedom, and the method in words.
    """
    x = np.array([point.at - at for point in series])
    y = np.array([point.value for point in series])
    errors = [point.standard_error or 0.0 for point in series]
    known = all(error > 0 for error in errors)
    weights = 1 / np.array(errors) ** 2 if known else np.ones_like(x)
    design = np.stack([np.ones_like(x), x], axis=1)
    covariance = np.linalg.inv(design.T @ (design * weights[:, None]))
    level, slope = covariance @ (design.T @ (weights * y))
    scatter = float(np.sum(weights * (y - level - slope * x) ** 2)) / (len(series) - 2)
    noise = errors[-1] ** 2 if known else 1.0
    inflation = max(1.0, scatter) if known else scatter
    spread = sqrt(max(0.0, inflation * (float(covariance[0, 0]) + noise)))
    how = "按抽样误差加权的" if known else ""
    return float(level), spread, float("inf") if known else len(series) - 2, f"近 {len(series)} 期{how}线性趋势外推，80% 区间"


def _drift(series: Sequence[Point], at: float) -> tuple[float, float, float, str]:
    """A full count has no sampling error: what is unsure is how it moves. A random walk with drift from the last value, by its steps."""
    x, y = np.array([point.at for point in series]), np.array([point.value for point in series])
    steps, ahead = np.diff(y) / np.diff(x), at - series[-1].at
    spread = float(np.std(steps, ddof=1)) * sqrt(abs(ahead) + ahead**2 / len(steps))
    value = series[-1].value + float(np.mean(steps)) * ahead
    return value, spread, len(steps) - 1, f"近 {len(series)} 期逐年变化的均值外推，80% 区间"


def _last_value(last: Point, at: float, goal: Goal | None) -> Forecast:
    error = last.standard_error
    words = "数据不足三期，按最近一期的值外推"
    if not error:
        return Forecast(at, last.value, None, None, None, words)
    half = float(ndtri(0.5 + LEVEL / 2)) * error * sqrt(2)
    return Forecast(at, last.value, last.value - half, last.value + half, _chance(goal, last.value, error * sqrt(2), float("inf")), words)


def _few_cases(series: Sequence[Point], at: float, goal: Goal | None, per: float) -> Forecast:
    """Poisson counts, the rate known from the pooled periods (Gamma posterior, Jeffreys prior): negative binomial for the year ahead."""
    from scipy.stats import nbinom  # here, because it takes every process of the platform most of a second to load

    shape, exposure = 0.5 + sum(point.top for point in series), sum(point.bottom for point in series)
    ahead = series[-1].bottom
    cases = nbinom(shape, exposure / (exposure + ahead))
    low, high = (float(cases.ppf(tail)) / ahead * per for tail in ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    value = sum(point.top for point in series) / exposure * per
    chance = None
    if goal is not None:
        counts = np.arange(int(cases.ppf(1 - 1e-9)) + 1)
        reached = np.array([goal.reached(count / ahead * per) for count in counts])
        chance = float(np.sum(cases.pmf(counts)[reached]))
    return Forecast(at, value, low, high, chance, f"例数少，近 {len(series)} 期合并后按泊松分布推算，80% 区间")


def _chance(goal: Goal | None, value: float, spread: float, freedom: float) -> float | None:
    if goal is None:
        return None
    if spread <= 1e-12 * max(1.0, abs(value)):
        return 1.0 if goal.reached(value) else 0.0

    def below(limit: float) -> float:
        z = (limit - value) / spread
        return float(stdtr(freedom, z)) if isfinite(freedom) else float(ndtr(z))

    if goal.direction == "within":
        return below(goal.value + goal.margin) - below(goal.value - goal.margin)
    return 1 - below(goal.value) if goal.direction == "at_least" else below(goal.value)
