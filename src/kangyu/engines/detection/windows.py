"""Sums and spreads over windows of days, and weeks made of days. The last axis is time; ``nan`` is a day without a value."""

from datetime import date, timedelta

import numpy as np

from .result import Values

DAYS_PER_YEAR = 365.2425


def trailing_sum(values: Values, days: int) -> Values:
    """The sum of the last ``days`` positions, today's included; ``nan`` where there are not yet as many, or one has no value."""
    summed = np.full(values.shape, np.nan)
    if values.shape[-1] >= days:
        windows = np.lib.stride_tricks.sliding_window_view(values, days, axis=-1)
        summed[..., days - 1 :] = windows.sum(axis=-1)
    return summed


def shifted(values: Values, positions: int) -> Values:
    """What stood ``positions`` earlier (later when negative); ``nan`` where nothing did."""
    moved = np.full(values.shape, np.nan)
    length = values.shape[-1]
    if abs(positions) >= length:
        return moved
    if positions > 0:
        moved[..., positions:] = values[..., :-positions]
    elif positions < 0:
        moved[..., :positions] = values[..., -positions:]
    else:
        moved[...] = values
    return moved


def baseline(values: Values, length: int, lag: int) -> tuple[Values, Values]:
    """Mean and sample standard deviation (n − 1) of the ``length`` positions that end ``lag`` + 1 before each position.

    Positions without a value are left out; ``nan`` where more than two of them are missing, or the series has not yet begun.
    """
    mean, spread = np.full(values.shape, np.nan), np.full(values.shape, np.nan)
    first = length + lag
    if values.shape[-1] <= first:
        return mean, spread
    windows = np.lib.stride_tricks.sliding_window_view(values, length, axis=-1)[..., : values.shape[-1] - first, :]
    if not np.isnan(values).any():
        mean[..., first:] = windows.mean(axis=-1)
        spread[..., first:] = windows.std(axis=-1, ddof=1)
        return mean, spread
    there = ~np.isnan(windows)
    count = there.sum(axis=-1).astype(float)
    count[count < max(length - 2, 2)] = np.nan
    average = np.where(there, windows, 0).sum(axis=-1) / count
    squares = np.where(there, (windows - average[..., None]) ** 2, 0).sum(axis=-1)
    mean[..., first:] = average
    spread[..., first:] = np.sqrt(squares / (count - 1))
    return mean, spread


def years_back(years: int, unit: int = 1) -> int:
    """How many positions ``years`` ago lie, in whole weeks so that the day of the week stays; ``unit`` is 7 for weekly series."""
    weeks = round(DAYS_PER_YEAR * years / 7)
    return weeks if unit == 7 else weeks * 7


def whole_weeks(first: date, days: int) -> tuple[int, int]:
    """Weeks run from Monday to Sunday: how many days come before the first whole week, and how many whole weeks there are."""
    before = (7 - first.weekday()) % 7
    return before, max(days - before, 0) // 7


def weekly(values: Values, first: date) -> tuple[Values, date]:
    """Sums of whole weeks (a week that is not over is left out), and the Monday of the first."""
    before, weeks = whole_weeks(first, values.shape[-1])
    kept = values[..., before : before + 7 * weeks]
    return kept.reshape(*values.shape[:-1], weeks, 7).sum(axis=-1), first + timedelta(days=before)
