"""The unconditional probability of dying between two ages from given causes (30q70 for the four main chronic diseases)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike

from .errors import NotComputableError
from .life_table import Z95


@dataclass(frozen=True)
class Probability:
    """A probability (0 to 1) with its standard error and 95 % interval."""

    value: float
    standard_error: float

    @property
    def interval(self) -> tuple[float, float]:
        half = Z95 * self.standard_error
        return max(0.0, self.value - half), min(1.0, self.value + half)


def probability_of_dying(
    populations: ArrayLike, deaths: ArrayLike, widths: Sequence[float] | float = 5.0, share: float = 0.5
) -> Probability:
    """One minus the product of surviving each band, deaths of other causes counted as never happening.

    ``populations`` are person-years and ``deaths`` those of the causes, by band from the first age to the last; ``share`` is the part of
    a band lived by those who die in it. WHO's method for premature mortality, eight five-year bands from 30 to 69. The standard error
    follows from binomial variances of the bands (delta method).
    """
    people, died = np.asarray(populations, dtype=float), np.asarray(deaths, dtype=float)
    if np.any(people <= 0):
        raise NotComputableError("有年龄组没有人口，算不出过早死亡率。请扩大地区或合并年份后再算。")
    n = np.broadcast_to(np.asarray(widths, dtype=float), people.shape)
    m = died / people
    q = np.minimum(1.0, n * m / (1 + (1 - share) * n * m))
    surviving = float(np.prod(1 - q))
    with np.errstate(divide="ignore", invalid="ignore"):
        # Var(q) = q²(1−q)/D, so Var(ln(1−q)) = q²/((1−q)·D)
        logs = np.where(died > 0, q**2 / ((1 - q) * died), 0.0)
    return Probability(1 - surviving, surviving * sqrt(float(np.sum(logs))))
