"""CUSUM: small excesses that add up. Reference: infectious-surveillance facts §6.4; Rossi, Lampugnani and Marchi 1999 for the transform.

``plain`` takes (x − mean)/sd; ``standard`` and ``rossi`` are those of R's `algo.cusum`, whose sum is not set back after an alarm.
"""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

from .result import Found, Judged, Values

Transform = Literal["plain", "standard", "rossi"]


def cusum(
    values: Values,
    over: float,
    *,
    k: float = 0.5,
    start: int,
    mean: float | None = None,
    sd: float | None = None,
    transform: Transform = "plain",
    restart: bool = False,
) -> Found:
    """The sum from position ``start`` on; an alarm where it reaches ``over`` (h).

    ``mean`` (and for ``plain`` ``sd``) are those of the positions before ``start`` unless given. ``restart`` begins again after an alarm.
    """
    m = np.asarray(values[..., :start].mean(axis=-1) if mean is None else np.full(values.shape[:-1], mean))
    s = _scale(values, start, m, sd, transform)
    sums = np.full(values.shape, np.nan)
    upper, running = np.full(values.shape, np.nan), np.zeros(values.shape[:-1])
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = _standardised(values, m[..., None], s[..., None], transform)
        for position in range(start, values.shape[-1]):
            upper[..., position] = _bound(over + k - running, m, s, transform)
            running = np.maximum(0.0, running + np.nan_to_num(steps[..., position], nan=k) - k)
            sums[..., position] = running
            if restart:
                running = np.where(running >= over, 0.0, running)
    alarm = (sums >= over) & ~np.isnan(values)
    return Found(values, np.broadcast_to(m[..., None], values.shape).astype(float), upper, alarm)


def _scale(values: Values, start: int, m: Values, sd: float | None, transform: Transform) -> Values:
    if transform != "plain":
        return np.asarray(np.sqrt(m))
    return np.asarray(np.full(m.shape, sd) if sd is not None else values[..., :start].std(axis=-1, ddof=1))


def _standardised(values: Values, m: Values, s: Values, transform: Transform) -> Values:
    if transform == "rossi":
        return (values - 3 * m + 2 * np.sqrt(values * m)) / (2 * np.sqrt(m))
    return (values - m) / s


def _bound(room: Values, m: Values, s: Values, transform: Transform) -> Values:
    """The smallest value that brings the sum to the alarm, given how much room is left."""
    if transform == "rossi":
        return np.asarray((np.sqrt(np.maximum(4 * m + 2 * room * np.sqrt(m), 0)) - np.sqrt(m)).clip(min=0) ** 2)
    return np.asarray(m + room * s)


def cusum_day(
    values: Sequence[float],
    position: int,
    over: float,
    *,
    k: float = 0.5,
    start: int,
    mean: float | None = None,
    sd: float | None = None,
    transform: Transform = "plain",
    restart: bool = False,
) -> Judged:
    """The same for one day of one series: the sum is run up to that day."""
    if position < start:
        return Judged(values[position], None, None, False)
    before = values[:start]
    m = math.fsum(before) / start if mean is None else mean
    s = math.sqrt(m) if transform != "plain" else sd if sd is not None else _sample_sd(before, m)
    if s == 0:
        return Judged(values[position], m, None, False)
    running, upper = 0.0, 0.0
    for at in range(start, position + 1):
        if restart and running >= over:
            running = 0.0
        upper = float(_bound(np.array(over + k - running), np.array(m), np.array(s), transform))
        step = float(_standardised(np.array(values[at]), np.array(m), np.array(s), transform))
        running = max(0.0, running + (step if not math.isnan(step) else k) - k)
    return Judged(values[position], m, upper, running >= over and not math.isnan(values[position]))


def _sample_sd(values: Sequence[float], mean: float) -> float:
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
