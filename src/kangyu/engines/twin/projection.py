"""The county in whole numbers: how many people of each sex and age live, are born, die and move in each village each year.

Every village is drawn later, one at a time, to exactly these numbers, so a village does not depend on its neighbours and the county still
adds up. Axes are (village, sex, age at 1 January); sex 0 is male, 1 female. A year's deaths are split at the birthday (before, after).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import mortality
from .apportion import GOLDEN, apportion
from .calibration import FIRST_YEAR, Calibration
from .course import AGES_AT_DEATH, YearOfDeaths, by_age_at_death, by_age_at_start, chronic_share
from .days import day, year_start
from .mortality import OLDEST, Ages
from .parameters import TwinParameters

Counts = NDArray[np.int64]

_BOYS = 0.527


@dataclass(frozen=True)
class YearFlows:
    """One year of one county; in the year of the as-of date only what happens up to that date."""

    year: int
    fraction: float  # of the year that has passed at the as-of date
    start: Counts
    births: Counts  # (village, sex)
    infant_deaths: Counts  # of those born this year, (village, sex)
    deaths: Counts  # (village, sex, age, before/after the birthday)
    chronic: Counts  # of ``deaths``, those from the four chronic diseases
    leaving: Counts
    arriving: Counts
    maternal_deaths: Counts  # (village,), besides ``deaths``
    tuberculosis: Counts  # new cases, (village,)
    end: Counts  # by age at the next 1 January


@dataclass(frozen=True)
class Projection:
    """All years of a county."""

    years: tuple[YearFlows, ...]

    def residents_at_end(self, year: int) -> Counts:
        """Residents by village at the end of a year (or at the as-of date)."""
        until = year - FIRST_YEAR + 1
        mothers = sum((flows.maternal_deaths for flows in self.years[:until]), np.zeros_like(self.years[0].maternal_deaths))
        return self.years[until - 1].end.sum(axis=(1, 2)) - mothers

    def residents_at_start(self) -> Counts:
        """Residents by village on 1 January 2020."""
        return self.years[0].start.sum(axis=(1, 2))


class _Owed:
    """What one year's rounding left over, paid in the next: events too rare to fall in every year still come in their number."""

    def __init__(self) -> None:
        self._left: dict[str, float] = {}

    def pay(self, what: str, expected: Ages) -> Counts:
        """Whole numbers for this year."""
        due = float(expected.sum()) + self._left.get(what, 0.0)
        paid = apportion(expected * max(due / max(float(expected.sum()), 1e-12), 0.0))
        self._left[what] = due - float(paid.sum())
        return paid


def project(parameters: TwinParameters, calibration: Calibration, weights: Ages) -> Projection:
    """The whole course of the county from 1 January 2020 to the as-of date; ``weights`` are the relative sizes of villages."""
    population = initial_population(parameters.residents, weights)
    years: list[YearFlows] = []
    owed = _Owed()
    for year in range(FIRST_YEAR, parameters.as_of.year + 1):
        ended = min(day(parameters.as_of) + 1, year_start(year + 1))
        fraction = (ended - year_start(year)) / (year_start(year + 1) - year_start(year))
        flows = _one_year(year, fraction, population, calibration, owed)
        years.append(flows)
        population = flows.end
    return Projection(tuple(years))


def initial_population(residents: int, weights: Ages) -> Counts:
    """``residents`` people by village, sex and age, aged like the 2020 census."""
    declared = mortality.shapes()
    groups = np.array(declared["census_2020"], dtype=float)
    edges = np.append(5.0 * np.arange(len(groups)), OLDEST + 1.0)
    below = np.interp(np.arange(OLDEST + 2), edges, np.concatenate(([0.0], np.cumsum(groups))))
    persons = _smoothed(np.diff(below))
    male = mortality.by_age(declared["male_share"])
    expected = np.stack([persons * male, persons * (1 - male)], axis=1) / persons.sum() * residents
    return apportion(expected[:, :, None] * (weights / weights.sum())).transpose(2, 1, 0)


def _smoothed(persons: Ages) -> Ages:
    """Single ages without the steps between five-year groups, the total kept."""
    smooth = np.convolve(np.pad(persons, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    return smooth * (persons.sum() / smooth.sum())


def _one_year(year: int, fraction: float, start: Counts, aims: Calibration, owed: _Owed) -> YearFlows:
    births = _births(aims.each_year("births_per_1000", year) / 1000 * fraction, start)
    course = YearOfDeaths(start.sum(axis=0), int(births.sum()), fraction, aims, year)
    deaths, chronic = _deaths(course.expected, start, (0.5 + (year - FIRST_YEAR) * GOLDEN) % 1)
    infants = course.infant_deaths * mortality.shapes()["infant_deaths_in_birth_year"]
    infant_deaths = np.minimum(owed.pay("infants", births * (infants / max(births.sum(), 1))), births)
    maternal_deaths = owed.pay("mothers", births.sum(axis=1) * aims.value("maternal_mortality", year) / 100_000)
    leaving, arriving = _moves(aims.each_year("moves_per_1000", year) / 1000 * fraction, start, deaths.sum(axis=3))
    tuberculosis = apportion(start.sum(axis=(1, 2)) * aims.value("tuberculosis", year) / 100_000 * fraction)
    stayed = start - deaths.sum(axis=3) - leaving + arriving
    end = np.zeros_like(start)
    end[:, :, 1:] = stayed[:, :, :-1]
    end[:, :, -1] += stayed[:, :, -1]
    end[:, :, 0] = births - infant_deaths
    return YearFlows(year, fraction, start, births, infant_deaths, deaths, chronic, leaving, arriving, maternal_deaths, tuberculosis, end)


def _births(rate: float, start: Counts) -> Counts:
    expected = start.sum(axis=(1, 2)) * rate
    return apportion(expected[:, None] * np.array([_BOYS, 1 - _BOYS]))


def _moves(rate: float, start: Counts, dying: Counts) -> tuple[Counts, Counts]:
    profile = mortality.by_age(mortality.shapes()["moving"])
    county = start.sum(axis=0)
    expected = (start * profile * rate * county.sum() / (county * profile).sum()).transpose(2, 1, 0)
    leaving = apportion(expected).transpose(2, 1, 0)
    arriving = apportion(expected, 0.25).transpose(2, 1, 0)
    return np.minimum(leaving, start - dying), arriving


def _deaths(expected: Ages, start: Counts, offset: float) -> tuple[Counts, Counts]:
    """Deaths by village, and those from chronic disease, rounded along the age at death: every age group of the county is within one.

    ``offset`` differs from year to year, so that what is rare in a small county is not rounded away every time.
    """
    shares = start / np.maximum(start.sum(axis=0), 1)
    whole = by_age_at_start(apportion(by_age_at_death(expected[None] * shares[..., None]), offset))
    before = _within(whole[..., 0], start)
    deaths = np.stack([before, _within(whole[..., 1], start - before)], axis=3)
    share = chronic_share()[AGES_AT_DEATH][:, None, None, None]
    chronic = by_age_at_start(apportion(by_age_at_death(deaths.astype(float)) * share))
    return deaths, chronic


def _within(wanted: Counts, living: Counts) -> Counts:
    """The same numbers, moved to other villages where a village has fewer people of that sex and age than deaths."""
    given = np.minimum(wanted, living)
    for sex, age in np.argwhere(wanted.sum(axis=0) > given.sum(axis=0)):
        for _ in range(int((wanted[:, sex, age] - given[:, sex, age]).sum())):
            roomiest = int(np.argmax(living[:, sex, age] - given[:, sex, age]))
            if living[roomiest, sex, age] > given[roomiest, sex, age]:
                given[roomiest, sex, age] += 1
    return given
