"""The course of each life in one village: who dies, leaves, is born and arrives in each year, to exactly the county's numbers."""

import numpy as np

from . import households
from .apportion import chosen_per_cell
from .calibration import FIRST_YEAR
from .causes import causes_of_death
from .days import NEVER, Days, add_months, year_start
from .mortality import OLDEST
from .people import Flags, People, Whole, assemble
from .plan import CountyPlan
from .projection import YearFlows

_BORN_HERE = 0.75


def live(plan: CountyPlan, village: int) -> People:
    """The people of a village with their whole course up to the as-of date."""
    people = assemble(plan, village)
    _residence_before(plan, people)
    households.settle(plan, people)
    last_birth = np.full(len(people), 0)
    children = np.flatnonzero(people.mother >= 0)
    np.maximum.at(last_birth, people.mother[children], people.cohort[children])
    random = plan.generator("lives", village)
    for flows in plan.projection.years:
        _Year(plan, people, flows, random).run(last_birth)
    dead = np.flatnonzero(people.death != NEVER)
    people.cause[dead] = causes_of_death(people, dead, plan.generator("causes", village))
    return people


def _residence_before(plan: CountyPlan, people: People) -> None:
    """Of those there from the start most were born in the village; the others came at some time before 2020."""
    random = plan.generator("residence", people.village)
    start = np.flatnonzero(people.joined == 0)
    here = random.random(len(start)) < np.where(people.cohort[start] >= 2014, 0.95, _BORN_HERE)
    people.born_here[start] = here
    moved = start[~here]
    lived = year_start(FIRST_YEAR) - people.birth[moved]
    people.since[moved] = people.birth[moved] + 1 + ((lived - 1) * random.random(len(moved))).astype(np.int64)


class _Year:
    """One year of one village."""

    def __init__(self, plan: CountyPlan, people: People, flows: YearFlows, random: np.random.Generator):
        self.people, self.flows, self.random, self.village = people, flows, random, people.village
        self.start = year_start(flows.year)
        self.end = min(year_start(flows.year + 1) - 1, plan.as_of)

    def run(self, last_birth: Whole) -> None:
        """Deaths first, then departures, births and arrivals."""
        living = np.flatnonzero(self.people.present(self.start) & (self.people.joined < self.flows.year))
        cells = self.people.female[living] * (OLDEST + 1) + np.minimum(self.flows.year - 1 - self.people.cohort[living], OLDEST)
        self._die(living, cells)
        self._leave(living, cells)
        self._bear(last_birth)
        self._arrive()

    def _die(self, living: Whole, cells: Whole) -> None:
        people, quota = self.people, self.flows.deaths[self.village]
        birthday = np.clip(add_months(people.birth[living], 12 * (self.flows.year - people.cohort[living])), self.start, self.end + 1)
        spared = np.ones(len(living), dtype=bool)
        for side, (first, last) in enumerate(
            ((np.full(len(living), self.start), birthday), (birthday, np.full(len(living), self.end + 1)))
        ):
            weights = (last - first).astype(float)
            among = np.flatnonzero(spared)
            chosen = among[chosen_per_cell(cells[among], weights[among], quota[:, :, side].ravel(), self.random)]
            days = np.minimum(first[chosen] + (weights[chosen] * self.random.random(len(chosen))).astype(np.int64), self.end)
            people.death[living[chosen]] = days
            spared[chosen] = False
            self._mark_chronic(living[chosen], cells[chosen], side)

    def _mark_chronic(self, dying: Whole, cells: Whole, side: int) -> None:
        quota = self.flows.chronic[self.village][:, :, side].ravel()
        self.people.chronic_death[dying] = chosen_per_cell(cells, np.ones(len(dying)), quota, self.random)

    def _leave(self, living: Whole, cells: Whole) -> None:
        staying = np.flatnonzero(self.people.death[living] == NEVER)
        quota = self.flows.leaving[self.village].ravel()
        leaving = living[staying[chosen_per_cell(cells[staying], np.ones(len(staying)), quota, self.random)]]
        self.people.until[leaving] = self._some_day(len(leaving))

    def _some_day(self, count: int) -> Days:
        return self.random.integers(self.start, self.end, count)

    def _bear(self, last_birth: Whole) -> None:
        people = self.people
        newborn = np.flatnonzero((people.joined == self.flows.year) & people.born_here)
        households.choose_mothers(people, newborn, self.flows.year, self.end, last_birth, self.random)
        sexes = people.female[newborn].astype(np.int64)
        dying = newborn[chosen_per_cell(sexes, np.ones(len(newborn)), self.flows.infant_deaths[self.village], self.random)]
        people.death[dying] = np.minimum(people.birth[dying] + self._infant_ages(len(dying)), self.end)
        count = int(self.flows.maternal_deaths[self.village])
        known = newborn[(people.mother[newborn] >= 0) & (people.birth[newborn] < self.end - 45)][:count]
        mothers = people.mother[known]
        people.death[mothers] = people.birth[known] + self.random.integers(0, 40, len(mothers))
        people.cause[mothers] = "O72.1"

    def _infant_ages(self, count: int) -> Days:
        """Ages at death of infants in days: most die in the first week."""
        draw, within = self.random.random(count), self.random.random(count)
        low = np.select([draw < 0.6, draw < 0.8], [0, 7], 28)
        high = np.select([draw < 0.6, draw < 0.8], [7, 28], 300)
        return (low + within * (high - low)).astype(np.int64)

    def _arrive(self) -> None:
        arriving: Flags = (self.people.joined == self.flows.year) & ~self.people.born_here
        rows = np.flatnonzero(arriving)
        self.people.since[rows] = self._some_day(len(rows))
        households.take_in(self.people, rows, self.flows.year, self.random)
