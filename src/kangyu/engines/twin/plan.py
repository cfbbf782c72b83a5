"""Everything the villages share, made once: the map, the numbers, the directory, and each village's place in the county's sequences."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from . import calibration as calibrations
from . import facilities, institutions, projection, staff, terrain
from .apportion import generator, local_offset, village_shares
from .calibration import FIRST_YEAR, Calibration
from .days import day
from .facilities import Facilities
from .institutions import Institution, Register
from .mortality import OLDEST
from .parameters import TwinParameters
from .projection import Counts, Projection
from .staff import Role, Staff
from .terrain import Terrain, Village

OLDEST_COHORT = FIRST_YEAR - 1 - OLDEST
_SPREAD = 0.45  # how unlike each other villages are, in log odds


@dataclass(frozen=True)
class CountyPlan:
    """What a village needs to know of its county."""

    parameters: TwinParameters
    aims: Calibration
    terrain: Terrain
    projection: Projection
    register: Register
    facilities: Facilities
    staff: Staff

    @cached_property
    def as_of(self) -> int:
        """The last day of the records."""
        return day(self.parameters.as_of)

    @cached_property
    def clinics(self) -> list[Institution]:
        """The clinic of each village."""
        return sorted(self.register.of("village_clinic"), key=lambda clinic: clinic.village or 0)

    @cached_property
    def township_hospitals(self) -> dict[int, Institution]:
        """The hospital or centre of each township."""
        return {place.township: place for place in self.register.of("township_hospital", "community_centre") if place.township is not None}

    def hospital_of(self, village: int) -> Institution:
        """The township hospital in charge of a village."""
        return self.township_hospitals[self.terrain.villages[village].township]

    def doctor_of(self, village: int) -> Role:
        """The family doctor of a village."""
        return self.staff.family_doctors[village]

    def generator(self, purpose: str, village: int) -> np.random.Generator:
        """The random numbers of one purpose in one village."""
        return generator(self.parameters.seed, purpose, village)

    def offset(self, purpose: str, village: int) -> float:
        """Where the rounding of a share starts in one village."""
        return local_offset(self.parameters.seed, purpose, village)

    def share(self, key: str, year: int, village: int) -> float:
        """A percentage of the plan as it stands in one village: townships and villages differ, the county is on its path."""
        return float(self.shares(key, year)[village])

    def shares(self, key: str, year: int) -> NDArray[np.float64]:
        """The same for all villages."""
        known = self._share_cache
        if (key, year) not in known:
            weights = self.projection.years[min(year, self.parameters.as_of.year) - FIRST_YEAR if year >= FIRST_YEAR else 0].start.sum(
                axis=(1, 2)
            )
            known[key, year] = village_shares(self.aims.share(key, year), self._leanings(key), weights, _SPREAD)
        return known[key, year]

    @cached_property
    def _share_cache(self) -> dict[tuple[str, int], NDArray[np.float64]]:
        return {}

    def _leanings(self, key: str) -> NDArray[np.float64]:
        """How far each village leans to doing well: part its township, part itself, part general, part this figure."""
        villages = self.terrain.villages
        own, general = generator(self.parameters.seed, "leaning", key), generator(self.parameters.seed, "leaning")
        by_township = 0.6 * general.normal(size=len(self.terrain.townships)) + 0.6 * own.normal(size=len(self.terrain.townships))
        by_village = 0.35 * general.normal(size=len(villages)) + 0.35 * own.normal(size=len(villages))
        return np.array([by_township[village.township] for village in villages]) + by_village

    @cached_property
    def sequences(self) -> "Sequences":
        """Where each village's people start in the county's numbering."""
        return Sequences(self.projection)

    @property
    def villages(self) -> tuple[Village, ...]:
        """All villages, in the order in which they are written."""
        return self.terrain.villages


class Sequences:
    """Numbers that make people unique in the county without villages having to know each other.

    ``first[group][village, sex, cohort]`` is the number of people of that sex and birth year who come before the village's own of a group:
    group 0 are those of the start, then for each year the newborn (by sex) and those who moved in.
    """

    def __init__(self, projected: Projection):
        years = len(projected.years)
        start = projected.years[0].start
        running = np.zeros((2, OLDEST + 1 + years), dtype=np.int64)
        self.initial = self._place(running, start[:, :, ::-1], slice(0, OLDEST + 1))
        self.births, self.arrivals = [], []
        for step, flows in enumerate(projected.years):
            newborn = flows.births[:, :, None]
            self.births.append(self._place(running, newborn, slice(OLDEST + 1 + step, OLDEST + 2 + step)))
            self.arrivals.append(self._place(running, flows.arriving[:, :, ::-1], slice(step, OLDEST + 1 + step)))
        ever = start.sum(axis=(1, 2)) + sum(flows.births.sum(axis=1) + flows.arriving.sum(axis=(1, 2)) for flows in projected.years)
        self.person = np.cumsum(ever) - ever

    @staticmethod
    def _place(running: Counts, counts: Counts, cohorts: slice) -> Counts:
        """Exclusive running totals over villages, starting after those placed before. The last axis runs from the oldest cohort."""
        first: Counts = running[None, :, cohorts] + np.cumsum(counts, axis=0) - counts
        running[:, cohorts] += counts.sum(axis=0)
        return first


def make(parameters: TwinParameters) -> CountyPlan:
    """Plan a county."""
    aims = calibrations.load(parameters.plan_file)
    ground = terrain.survey(parameters.residents, parameters.seed)
    weights = np.array([village.weight for village in ground.villages])
    course = projection.project(parameters, aims, weights)
    register = institutions.found(ground, course, aims, parameters.seed, parameters.residents)
    equipment = facilities.equip(register, course, aims, parameters.seed)
    people = staff.appoint(ground, register, course, aims, parameters.seed)
    return CountyPlan(parameters, aims, ground, course, register, equipment, people)
