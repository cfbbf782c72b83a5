"""How many of a county's people are expected to die in one year, by sex, age and side of the birthday."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from . import mortality
from .calibration import Calibration
from .mortality import AGES, OLDEST, Ages, Bend


class YearOfDeaths:
    """Expected deaths among ``start`` (sex, age at 1 January) and ``births`` in the first ``fraction`` of a year."""

    def __init__(self, start: NDArray[np.int64], births: int, fraction: float, aims: Calibration, year: int):
        self._start, self._births, self._aims, self._year = start.astype(float), float(births), aims, year
        self._before = fraction - fraction**2 / 2  # person-years before the birthday, per person
        self._after = fraction**2 / 2
        self.infant_deaths = aims.value("infant_mortality", year) / 1000 * births
        self._toddler_deaths = max(aims.value("under_5_mortality", year) - aims.value("infant_mortality", year), 0) / 1000 * births
        self._fraction = fraction

    @cached_property
    def expected(self) -> Ages:
        """(sex, age at 1 January, before/after the birthday), the rates bent to the year's aims; newborns are not among them."""
        aims = self._aims
        bend = mortality.solve(
            self._expectancy, self._premature, aims.value("life_expectancy", self._year), aims.value("premature_mortality", self._year)
        )
        return self._deaths(bend)

    def _deaths(self, bend: Bend) -> Ages:
        rates = np.concatenate([bend.rates(), bend.rates()[:, -1:]], axis=1)
        rates[:, 0] = 0
        rates[:, 1:5] = self._toddler_rates()
        before = self._start * -np.expm1(-rates[:, :-1] * self._before)
        first = self.infant_deaths * (1 - mortality.shapes()["infant_deaths_in_birth_year"])
        before[:, 0] = first * self._start[:, 0] / max(self._start[:, 0].sum(), 1)
        after = (self._start - before) * -np.expm1(-rates[:, 1:] * self._after)
        return np.stack([before, after], axis=2)

    def _toddler_rates(self) -> Ages:
        pattern = np.array(mortality.shapes()["toddler_pattern"])
        lived = (self._start[:, 1:5] * self._before + self._start[:, 0:4] * self._after).sum(axis=0)
        rates: Ages = pattern * self._toddler_deaths / max((pattern * lived).sum(), 1e-9)
        return rates

    def _by_age_at_death(self, deaths: Ages) -> Ages:
        at_age = deaths[:, :, 0].sum(axis=0)
        at_age[1:] += deaths[:, :-1, 1].sum(axis=0)
        at_age[-1] += deaths[:, -1, 1].sum()
        at_age[0] += self.infant_deaths * mortality.shapes()["infant_deaths_in_birth_year"]
        return at_age

    def _person_years(self, deaths: Ages) -> Ages:
        lived = self._start.sum(axis=0) * self._before
        survivors = (self._start - deaths.sum(axis=2)).sum(axis=0)
        lived[1:] += survivors[:-1] * self._after
        lived[0] += self._births * self._fraction / 2
        return lived

    def _expectancy(self, bend: Bend) -> float:
        deaths = self._deaths(bend)
        return mortality.life_expectancy(
            mortality.in_groups(self._by_age_at_death(deaths)), mortality.in_groups(self._person_years(deaths))
        )

    def _premature(self, bend: Bend) -> float:
        deaths = self._deaths(bend)
        chronic = self._by_age_at_death(deaths) * chronic_share()
        return mortality.premature_mortality(mortality.in_groups(chronic), mortality.in_groups(self._person_years(deaths)))


def chronic_share() -> Ages:
    """The share of the four chronic diseases among deaths, by single age."""
    return mortality.by_age(mortality.shapes()["chronic_share"])


def by_age_at_death(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """(village, sex, age at 1 January, side) turned into (age at death, side, sex, village), so that it can be rounded along age."""
    turned = np.zeros((OLDEST + 2, 2, cells.shape[1], cells.shape[0]))
    turned[:-1, 0] = cells[..., 0].transpose(2, 1, 0)
    turned[1:, 1] = cells[..., 1].transpose(2, 1, 0)
    return turned


def by_age_at_start(turned: NDArray[np.int64]) -> NDArray[np.int64]:
    """The way back from :func:`by_age_at_death`."""
    return np.stack([turned[:-1, 0].transpose(2, 1, 0), turned[1:, 1].transpose(2, 1, 0)], axis=3)


AGES_AT_DEATH = np.minimum(np.arange(OLDEST + 2), AGES[-1])
