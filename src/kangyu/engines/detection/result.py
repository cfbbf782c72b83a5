"""What a method says: of whole series, or of one day."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Found:
    """For every position of every series: the value that was judged, what was expected, the bound above it, and whether it was exceeded.

    ``nan`` in ``upper`` means that the method could not tell (too little history, a day without a value).
    """

    value: Values
    expected: Values
    upper: Values
    alarm: Flags

    @property
    def known(self) -> Flags:
        """Where the method could tell."""
        known: Flags = ~np.isnan(self.upper) & ~np.isnan(self.value)
        return known

    def at(self, *where: int) -> "Judged":
        """One position."""
        value, expected, upper = (_plain(part[where]) for part in (self.value, self.expected, self.upper))
        return Judged(value, expected, upper, bool(self.alarm[where]))


@dataclass(frozen=True)
class Judged:
    """One day of one series. ``upper`` is None where the method could not tell."""

    value: float | None
    expected: float | None
    upper: float | None
    alarm: bool


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
