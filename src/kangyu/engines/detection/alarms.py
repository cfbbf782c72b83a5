"""From exceedances to what people are told: alarms that open something, alarms that belong to one already open, sources fallen silent."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .result import Flags, Values

RARE = 0.01
LOOKED_AT = 56


@dataclass(frozen=True)
class Episode:
    """A run of exceedances of one series that belong together: positions of the first and the last, and how many there were."""

    first: int
    last: int
    days: int


def episodes(alarm: Sequence[bool] | Flags, quiet: int) -> list[Episode]:
    """Exceedances less than ``quiet`` positions after the one before join it; a later one opens another."""
    found: list[Episode] = []
    for position in np.flatnonzero(np.asarray(alarm)).tolist():
        if found and position - found[-1].last < max(quiet, 1):
            found[-1] = Episode(found[-1].first, position, found[-1].days + 1)
        else:
            found.append(Episode(position, position, 1))
    return found


def openings(alarm: Flags, quiet: int) -> Flags:
    """Where, in many series at once, an exceedance opens something: no other in the ``quiet`` − 1 positions before."""
    flags = np.asarray(alarm, dtype=bool)
    recent = np.zeros(flags.shape, dtype=bool)
    for back in range(1, max(quiet, 1)):
        if back < flags.shape[-1]:
            recent[..., back:] |= flags[..., :-back]
    return np.asarray(flags & ~recent)


def silence(reports: Values, after: int) -> NDArray[np.int64]:
    """For each source, how many positions (the last included) it has been silent, 0 where that is no reason to ask.

    A source is asked after ``after`` silent positions, and only where so long a silence would be rare: by its own mean of the weeks before
    it, nothing at all would be heard with a chance below one in a hundred. A clinic that sees a patient a week is not asked every day.
    """
    counts = np.asarray(reports, dtype=float)
    length = counts.shape[-1]
    heard = counts > 0
    last = np.where(heard.any(axis=-1), length - 1 - np.argmax(heard[..., ::-1], axis=-1), -1)
    silent = length - 1 - last
    before = np.arange(length)
    window = (before <= last[..., None]) & (before > last[..., None] - LOOKED_AT)
    rate = np.where(window, counts, 0).sum(axis=-1) / np.maximum(window.sum(axis=-1), 1)
    unlikely = np.exp(-rate * silent) < RARE
    return np.asarray(np.where((last >= 0) & (silent >= after) & unlikely, silent, 0))
