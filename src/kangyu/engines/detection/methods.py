"""The methods by name: one declaration of a method runs over many series (``detect``) or for one day of one series (``judge``)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from . import cusum, ears, farrington, thresholds
from .result import Flags, Found, Judged, Values

Name = Literal["fixed", "same_week_percentile", "moving_percentile", "ears_c1", "ears_c2", "ears_c3", "cusum", "farrington_flexible"]
EARS = ("ears_c1", "ears_c2", "ears_c3")
SEVEN = 7
LEARNT = 56
"""How many positions CUSUM learns its mean and spread from before it begins."""


@dataclass(frozen=True)
class Method:
    """A method and its parameters. ``over`` must be exceeded: a count, a percentile, a number of spreads, CUSUM's h, or 1 (Farrington).

    ``days`` is the window of ``fixed``; ``years`` and ``around`` (weeks on either side) belong to percentiles and Farrington; ``baseline``,
    ``least`` (smallest spread), ``if_zero`` and ``convention`` to EARS; ``k`` to CUSUM; ``alpha`` to Farrington. ``at_least`` cases are
    needed whatever the method says. ``weekly`` series have one value a week. ``of_cases`` methods look at the cases even of a share.
    """

    name: Name
    over: float
    weekly: bool = False
    days: int = 1
    years: int = 3
    around: int = 0
    baseline: int = 7
    least: float = 0.0
    if_zero: float = 0.0
    convention: ears.Convention = "sum"
    k: float = 0.5
    alpha: float = 0.05
    at_least: float = 0.0
    of_cases: bool = False

    @property
    def memory(self) -> int:
        """How many positions before a day the method looks at, that day included; CUSUM looks at everything."""
        week = 1 if self.weekly else SEVEN
        if self.name == "fixed":
            return self.days
        if self.name in EARS:
            return self.baseline + 5
        if self.name == "cusum":
            return 10**6
        return week * (53 * self.years + self.around + 8)


def detect(values: Values, method: Method, counts: Values | None = None, needed: Flags | None = None) -> Found:
    """Run a method over series (any leading axes, time last). ``counts`` are the cases behind a share, for ``at_least``.

    Costly methods spare what is not ``needed``; there it is then not known.
    """
    found = _run(np.asarray(values, dtype=float), method, needed)
    if method.at_least <= 0:
        return found
    cases = found.value if counts is None else _window(np.asarray(counts, dtype=float), method)
    return Found(found.value, found.expected, found.upper, found.alarm & (cases >= method.at_least))


def _window(counts: Values, method: Method) -> Values:
    days = method.days if method.name == "fixed" else SEVEN if method.name == "moving_percentile" and not method.weekly else 1
    return thresholds.trailing_sum(counts, days) if days > 1 else counts


def _run(values: Values, method: Method, needed: Flags | None = None) -> Found:
    unit = SEVEN if method.weekly else 1
    if method.name == "fixed":
        return thresholds.fixed(values, method.over, days=method.days)
    if method.name == "same_week_percentile":
        return thresholds.percentile(values, method.over, years=method.years, around=method.around, unit=unit)
    if method.name == "moving_percentile":
        days = 1 if method.weekly else SEVEN
        return thresholds.percentile(values, method.over, years=method.years, around=method.around, unit=unit, days=days)
    if method.name == "cusum":
        return cusum.cusum(values, method.over, k=method.k, start=LEARNT, restart=True)
    if method.name == "farrington_flexible":
        return farrington.farrington(values, _farrington(method), needed)
    return ears.ears(values, method.name, method.over, **_ears(method))


def judge(values: Sequence[float], position: int, method: Method, counts: Sequence[float] | None = None) -> Judged:
    """One day (or week) of one series; the same answer as ``detect`` gives there."""
    found = _judge(values, position, method)
    if method.at_least <= 0 or not found.alarm:
        return found
    cases = found.value if counts is None else _window(np.array(counts[: position + 1], dtype=float), method)[position]
    return Judged(found.value, found.expected, found.upper, bool(cases is not None and cases >= method.at_least))


def _judge(values: Sequence[float], position: int, method: Method) -> Judged:
    unit = SEVEN if method.weekly else 1
    if method.name == "fixed":
        return thresholds.fixed_day(values, position, method.over, days=method.days)
    if method.name in ("same_week_percentile", "moving_percentile"):
        days = SEVEN if method.name == "moving_percentile" and not method.weekly else 1
        around = {"years": method.years, "around": method.around, "unit": unit, "days": days}
        return thresholds.percentile_day(values, position, method.over, **around)
    if method.name == "cusum":
        return cusum.cusum_day(values, position, method.over, k=method.k, start=LEARNT, restart=True)
    if method.name == "farrington_flexible":
        return farrington.farrington_week(values, position, _farrington(method))
    return ears.ears_day(values, position, method.name, method.over, **_ears(method))


def _ears(method: Method) -> ears.Spread:
    return {"length": method.baseline, "least": method.least, "if_zero": method.if_zero, "convention": method.convention}


def _farrington(method: Method) -> farrington.Settings:
    return farrington.Settings(years=method.years, half_window=method.around or 3, alpha=method.alpha)
