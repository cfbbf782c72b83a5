"""EARS C1, C2 and C3: today against the mean and spread of a baseline of days just before.

Reference: infectious-surveillance facts §6.3; Hutwagner et al. 2003. C1 compares with the baseline that ends yesterday, C2 leaves two days
between. Of C3 there are two conventions, and both are used: ``sum`` adds what exceeded one spread on this and the two days before
(alarm above 2); ``surveillance`` is R's `earsC`, which adds the two days before only and compares the sum with a normal quantile.
"""

import math
from collections.abc import Sequence
from typing import Literal, TypedDict

import numpy as np

from .result import Found, Judged, Values
from .windows import baseline, shifted

LAGS = {"ears_c1": 0, "ears_c2": 2, "ears_c3": 2}
BELOW = 1e-9
"""C3 may alarm whatever today brings: then the bound stands a hair below what was seen."""
Convention = Literal["sum", "surveillance"]


class Spread(TypedDict):
    """How the spread of the baseline is taken."""

    length: int
    least: float
    if_zero: float
    convention: Convention


def spread_of(spread: Values, least: float, if_zero: float) -> Values:
    """The spread used: at least ``least``; a spread of exactly nothing counts as ``if_zero``."""
    return np.maximum(np.where(spread == 0, if_zero, spread), least)


def ears(
    values: Values, which: str, over: float, *, length: int = 7, least: float = 0.0, if_zero: float = 0.0, convention: Convention = "sum"
) -> Found:
    """``which`` is ``ears_c1``, ``ears_c2`` or ``ears_c3``; ``over`` the number of spreads (for C3 the sum) that must be exceeded."""
    mean, spread = baseline(values, length, LAGS[which])
    used = spread_of(spread, least, if_zero)
    with np.errstate(divide="ignore", invalid="ignore"):
        if which != "ears_c3":
            upper = mean + over * used
        else:
            exceeded = np.maximum((values - mean) / used - 1, 0)
            before = shifted(exceeded, 1) + shifted(exceeded, 2)
            upper = _third(values, mean, used, before, over, convention)
        return Found(values, mean, upper, values > upper)


def _third(values: Values, mean: Values, used: Values, before: Values, over: float, convention: Convention) -> Values:
    if convention == "surveillance":
        return np.maximum(values + used * (over - before), 0)
    enough = np.where(np.isnan(before + values), np.nan, np.minimum(values, mean) - BELOW)
    return np.where(before > over, enough, mean + used * (1 + over - before))


def ears_day(
    values: Sequence[float],
    position: int,
    which: str,
    over: float,
    *,
    length: int = 7,
    least: float = 0.0,
    if_zero: float = 0.0,
    convention: Convention = "sum",
) -> Judged:
    """The same for one day of one series, step by step."""
    value, (mean, used) = values[position], _baseline_day(values, position, which, length, least, if_zero)
    if mean is None or used is None:
        return Judged(_known(value), mean, None, False)
    if which != "ears_c3":
        upper: float | None = mean + over * used
    else:
        before = [_exceeded(values, position - back, which, length, least, if_zero) for back in (1, 2)]
        upper = _third_day(value, mean, used, before, over, convention)
    if upper is None or math.isnan(upper) or math.isnan(value):
        return Judged(_known(value), mean, upper, False)
    return Judged(value, mean, upper, value > upper)


def _third_day(value: float, mean: float, used: float, before: list[float | None], over: float, convention: Convention) -> float | None:
    if None in before:
        return None
    total = sum(part for part in before if part is not None)
    if convention == "surveillance":
        bound = used * (over - total) if used or math.isfinite(total) else math.nan
        return None if math.isnan(bound) else max(value + bound, 0.0)
    if total > over:
        return min(value, mean) - BELOW
    return mean + used * (1 + over - total)


def _exceeded(values: Sequence[float], position: int, which: str, length: int, least: float, if_zero: float) -> float | None:
    if position < 0 or math.isnan(values[position]):
        return None
    mean, used = _baseline_day(values, position, which, length, least, if_zero)
    if mean is None or used is None:
        return None
    away = values[position] - mean
    if used == 0:
        return None if away == 0 else (math.inf if away > 0 else 0.0)
    return max(away / used - 1, 0.0)


def _baseline_day(
    values: Sequence[float], position: int, which: str, length: int, least: float, if_zero: float
) -> tuple[float | None, float | None]:
    end = position - LAGS[which]
    if end - length < 0:
        return None, None
    there = [value for value in values[end - length : end] if not math.isnan(value)]
    if len(there) < max(length - 2, 2):
        return None, None
    mean = sum(there) / len(there)
    spread = math.sqrt(sum((value - mean) ** 2 for value in there) / (len(there) - 1))
    return mean, max(if_zero if spread == 0 else spread, least)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
