"""Death rates by age: a Chinese-like shape, bent until the county's deaths give the life expectancy and premature mortality aimed at."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ruamel.yaml import YAML
from scipy.optimize import brentq

Ages = NDArray[np.float64]

OLDEST = 105
AGES = np.arange(OLDEST + 1)
GROUPS = np.array([0, 1, *range(5, 90, 5)])  # first ages of the abridged life table, the last open
_WIDTHS = np.diff(np.append(GROUPS, 90)).astype(float)
_LIVED = np.array([0.15, 0.40] + [0.5] * (len(GROUPS) - 2))
_PIVOT = 65.0


@cache
def shapes() -> dict[str, Any]:
    """The declared age shapes of the population."""
    text = resources.files(__package__).joinpath("population.yaml").read_text(encoding="utf-8")
    declared: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return declared


def by_age(values: list[float], first: int = 0) -> Ages:
    """Five-year values spread over single ages by straight lines between group middles."""
    middles = first + 2.5 + 5 * np.arange(len(values))
    return np.interp(AGES + 0.5, middles, values)


def in_groups(by_single_age: NDArray[Any]) -> Ages:
    """Sums by the abridged life table's age groups (0, 1–4, 5–9 … 85+) along the last axis."""
    return np.add.reduceat(np.asarray(by_single_age, dtype=float), GROUPS, axis=-1)


def life_expectancy(deaths: Ages, persons: Ages) -> float:
    """Life expectancy at birth by Chiang's abridged life table: 19 groups, a = 0.15, 0.40, 0.5 …, open group L = l / m."""
    rates = deaths / persons
    dying = _WIDTHS * rates / (1 + (1 - _LIVED) * _WIDTHS * rates)
    dying[-1] = 1.0
    alive = np.concatenate(([1.0], np.cumprod(1 - dying[:-1])))
    lost = alive * dying
    lived = _WIDTHS * (alive - lost) + _LIVED * _WIDTHS * lost
    lived[-1] = alive[-1] / rates[-1]
    return float(lived.sum())


def premature_mortality(chronic_deaths: Ages, persons: Ages) -> float:
    """The unconditional chance of dying of the four chronic diseases between 30 and 70, in per cent."""
    rates = (chronic_deaths / persons)[7:15]
    return float(100 * (1 - np.prod(1 - 5 * rates / (1 + 2.5 * rates))))


@dataclass(frozen=True)
class Bend:
    """How the shape is bent: everybody's rates times e^level, and the young adults' more than the old's by tilt."""

    level: float
    tilt: float

    def rates(self) -> Ages:
        """Death rates per person-year by sex (male, female) and single age; below 5 the caller sets its own."""
        declared = shapes()["death_rates"]
        logs = np.array(
            [np.interp(AGES + 0.5, 5 + 2.5 + 5 * np.arange(20), np.log(np.array(declared[sex]) / 1000)) for sex in ("male", "female")]
        )
        grown = np.clip((AGES - 20) / 15, 0, 1)
        return np.exp(logs + self.level + self.tilt * grown * (_PIVOT - AGES) / 35)


def solve(expectancy_of: Callable[[Bend], float], premature_of: Callable[[Bend], float], expectancy: float, premature: float) -> Bend:
    """The bend with which both figures come out; where they cannot agree, life expectancy wins."""

    def levelled(tilt: float) -> Bend:
        level = _root(lambda level: expectancy - expectancy_of(Bend(level, tilt)), -3.0, 3.0)
        return Bend(level, tilt)

    return levelled(_root(lambda tilt: premature_of(levelled(tilt)) - premature, -1.0, 2.0))


def _root(rising: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function crosses zero; an end of the range where it does not."""
    if rising(low) >= 0:
        return low
    if rising(high) <= 0:
        return high
    return float(brentq(rising, low, high, xtol=1e-8))
