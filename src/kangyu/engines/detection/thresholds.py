"""Fixed thresholds and percentiles of the same weeks of earlier years.

Reference: infectious-surveillance facts §4 (fixed), §6.2 (moving percentile of the national automatic warning system: the last seven days
against the same seven days and two blocks on either side in each of the last years), §8 (share of consultations against the same week).
Quantiles are linear (type 7).
"""

import math
from collections.abc import Sequence

import numpy as np

from .result import Found, Judged, Values
from .windows import shifted, trailing_sum, years_back

WEEK = 7


def fixed(values: Values, over: float, *, days: int = 1) -> Found:
    """The sum of the last ``days`` against a number that must be exceeded."""
    summed = trailing_sum(values, days) if days > 1 else values
    upper = np.where(np.isnan(summed), np.nan, over)
    return Found(summed, np.full(values.shape, np.nan), upper, summed > upper)


def fixed_day(values: Sequence[float], position: int, over: float, *, days: int = 1) -> Judged:
    """The same for one day of one series."""
    if position + 1 < days:
        return Judged(None, None, None, False)
    summed = math.fsum(values[position + 1 - days : position + 1])
    return Judged(None, None, None, False) if math.isnan(summed) else Judged(summed, None, over, summed > over)


def percentile(values: Values, over: float, *, years: int = 3, around: int = 0, unit: int = 1, days: int = 1) -> Found:
    """Each value against a percentile of the same week of the last ``years`` and of ``around`` weeks on either side.

    ``unit`` is 7 for weekly series, 1 for daily ones; for these ``days`` = 7 compares sums of seven.
    Unknown until all ``years`` are there.
    """
    summed = trailing_sum(values, days) if days > 1 else values
    weeks = 1 if unit == WEEK else WEEK
    steps = [years_back(year, unit) - weeks * block for year in range(1, years + 1) for block in range(-around, around + 1)]
    earlier = np.stack([shifted(summed, step) for step in steps], axis=-1)
    upper = _linear(earlier, over / 100)
    return Found(summed, _linear(earlier, 0.5), upper, summed > upper)


def _linear(columns: Values, share: float) -> Values:
    """Type-7 quantile along the last axis; unknown as soon as one value is."""
    place = share * (columns.shape[-1] - 1)
    low = math.floor(place)
    high = min(low + 1, columns.shape[-1] - 1)
    parted = np.partition(columns, sorted({low, high}), axis=-1)
    found: Values = parted[..., low] + (place - low) * (parted[..., high] - parted[..., low])
    found[np.isnan(columns).any(axis=-1)] = np.nan
    return found


def percentile_day(
    values: Sequence[float], position: int, over: float, *, years: int = 3, around: int = 0, unit: int = 1, days: int = 1
) -> Judged:
    """The same for one day (or week) of one series."""
    weeks = 1 if unit == WEEK else WEEK
    value = _sum(values, position, days)
    history = [
        _sum(values, position - years_back(year, unit) + weeks * block, days)
        for year in range(1, years + 1)
        for block in range(-around, around + 1)
    ]
    known = sorted(part for part in history if part is not None)
    if len(known) < len(history):
        return Judged(value, None, None, False)
    upper = quantile(known, over / 100)
    return Judged(value, quantile(known, 0.5), upper, value is not None and value > upper)


def _sum(values: Sequence[float], position: int, days: int) -> float | None:
    if position + 1 < days or position >= len(values):
        return None
    summed = math.fsum(values[position + 1 - days : position + 1])
    return None if math.isnan(summed) else summed


def quantile(ordered: Sequence[float], share: float) -> float:
    """Linear interpolation between order statistics (type 7). ``ordered`` is sorted and not empty; ``share`` is 0 to 1."""
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])
