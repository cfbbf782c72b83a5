"""From values to pixels: linear scales, round tick marks, labels moved apart."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """A linear scale: ``low`` falls on ``start``, ``high`` on ``end`` (pixels; ``end`` may be smaller)."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        if self.high == self.low:
            return (self.start + self.end) / 2
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def step_of(span: float, count: int) -> float:
    """The round step (1, 2 or 5 times a power of ten) that cuts ``span`` into about ``count`` parts."""
    raw = max(span, 1e-9) / max(1, count)
    power = 10 ** math.floor(math.log10(raw))
    return next((factor * power for factor in (1, 2, 5) if raw <= factor * power), 10 * power)


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round values from ``low`` to ``high``."""
    step = step_of(high - low, count)
    first = math.ceil(low / step - 1e-9)
    return [round(index * step, 10) for index in range(first, math.floor(high / step + 1e-9) + 1)]


def bounds(values: Sequence[float], count: int = 5) -> tuple[float, float]:
    """Round bounds that hold every value with a little air; from 0 when the values come near it, else cut, which the chart must say."""
    low, high = min(values), max(values)
    if low >= 0 and (low <= 0.5 * high or high == 0):
        low = 0.0
    spread = high - low or abs(high) * 0.1 or 1.0
    step = step_of(spread * 1.1, count)
    floor = math.floor((low - (0.04 * spread if low else 0)) / step + 1e-9) * step
    return round(floor, 10), round(math.ceil((high + 0.04 * spread) / step - 1e-9) * step, 10)


def apart(wanted: Sequence[float], gap: float, lowest: float, highest: float) -> list[float]:
    """Positions near the ``wanted`` ones, at least ``gap`` from each other, within ``lowest`` … ``highest`` where that is possible."""
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    placed = [0.0] * len(wanted)
    last = lowest - gap
    for index in order:
        last = placed[index] = max(wanted[index], last + gap)
    limit = highest
    for index in reversed(order):
        limit = placed[index] = min(placed[index], limit)
        limit -= gap
    return placed
