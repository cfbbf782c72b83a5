"""Rates and proportions with their intervals, direct and indirect standardisation, and the mortality family."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaincinv

from .errors import NotComputableError
from .life_table import Z95


@dataclass(frozen=True)
class Rate:
    """A value with its interval, all in the unit of ``per`` (1000 for ‰, 100 000 for one in a hundred thousand)."""

    value: float
    low: float
    high: float
    top: float
    bottom: float
    per: float

    @property
    def standard_error(self) -> float:
        """The normal standard error that matches the interval's width."""
        return (self.high - self.low) / (2 * Z95)


def poisson_interval(count: float, level: float = 0.95) -> tuple[float, float]:
    """The exact interval of a Poisson mean from one count (Garwood 1936)."""
    tail = (1 - level) / 2
    low = float(gammaincinv(count, tail)) if count > 0 else 0.0
    return low, float(gammaincinv(count + 1, 1 - tail))


def wilson_interval(successes: float, n: float, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval of a proportion, 0 to 1 (Wilson 1927)."""
    if n <= 0:
        raise NotComputableError("分母是 0，算不出比例。")
    p = successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def rate(events: float, population: float, per: float = 1.0) -> Rate:
    """Events over person-years or births, with the exact Poisson interval."""
    if population <= 0:
        raise NotComputableError("分母是 0，算不出率。")
    low, high = poisson_interval(events)
    return Rate(events / population * per, low / population * per, high / population * per, events, population, per)


def proportion(successes: float, n: float, per: float = 100.0) -> Rate:
    """A share of ``n`` with Wilson's interval, in percent unless ``per`` says otherwise."""
    low, high = wilson_interval(successes, n)
    return Rate(successes / n * per, low * per, high * per, successes, n, per)


def infant_mortality(deaths: float, live_births: float) -> Rate:
    """Deaths below one year of age per 1,000 live births of the same year."""
    return rate(deaths, live_births, 1000)


def under_five_mortality(deaths: float, live_births: float) -> Rate:
    """Deaths below five years of age per 1,000 live births of the same year."""
    return rate(deaths, live_births, 1000)


def neonatal_mortality(deaths: float, live_births: float) -> Rate:
    """Deaths of day 0 to 27 per 1,000 live births."""
    return rate(deaths, live_births, 1000)


def maternal_mortality(deaths: float, live_births: float) -> Rate:
    """Deaths in pregnancy and to the 42nd day after it, accidents excepted, per 100,000 live births."""
    return rate(deaths, live_births, 100_000)


def perinatal_mortality(stillbirths: float, early_deaths: float, live_births: float) -> Rate:
    """Stillbirths and deaths of day 0 to 6 per 1,000 births, the stillborn included."""
    return rate(stillbirths + early_deaths, live_births + stillbirths, 1000)


def standardised(deaths: ArrayLike, populations: ArrayLike, weights: ArrayLike, per: float = 1000.0) -> Rate:
    """The rate a standard population (``weights`` by age band, any scale) would have, with the normal interval (direct method)."""
    died, people, weight = (np.asarray(x, dtype=float) for x in (deaths, populations, weights))
    if np.any(people <= 0):
        raise NotComputableError("有年龄组没有人口，不能直接标准化。请合并年龄组后再算。")
    part = weight / weight.sum()
    value = float(np.sum(part * died / people))
    half = Z95 * sqrt(float(np.sum(part**2 * died / people**2)))
    return Rate(value * per, max(0.0, value - half) * per, (value + half) * per, float(died.sum()), float(people.sum()), per)


def standardised_mortality_ratio(observed: float, expected: float) -> Rate:
    """Observed over expected deaths with Byar's interval (indirect method)."""
    if expected <= 0:
        raise NotComputableError("期望死亡数是 0，算不出标化死亡比。")
    low = observed * (1 - 1 / (9 * observed) - Z95 / (3 * sqrt(observed))) ** 3 if observed > 0 else 0.0
    above = observed + 1
    high = above * (1 - 1 / (9 * above) + Z95 / (3 * sqrt(above))) ** 3
    return Rate(observed / expected, low / expected, high / expected, observed, expected, 1.0)
