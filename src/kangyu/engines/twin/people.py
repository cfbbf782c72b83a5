"""The people of one village as arrays: everybody who ever lived there in the period, with birth, arrival, departure and death."""

from dataclasses import dataclass
from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kangyu.kernel.identity_number import CHECKS, WEIGHTS

from .apportion import GOLDEN
from .calibration import FIRST_YEAR
from .days import NEVER, Days, text, year_start
from .mortality import OLDEST
from .plan import OLDEST_COHORT, CountyPlan
from .terrain import COUNTY_CODE

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

_NUMBERS_PER_DAY = 500  # of one sex


@dataclass
class People:
    """Residents of one village, one row each. ``until`` is the last day before moving out, ``death`` the day of death; NEVER if not."""

    village: int
    female: Flags
    birth: Days
    cohort: Whole  # birth year
    serial: Whole  # three digits of the identity number, odd for men
    since: Days
    until: Days
    death: Days
    joined: Whole  # 0 from the start, else the year of birth or arrival
    born_here: Flags
    chronic_death: Flags
    cause: NDArray[Any]
    household: Whole
    mother: Whole  # row of the mother, -1 if not known here
    surname: NDArray[Any]

    def __len__(self) -> int:
        return len(self.birth)

    def present(self, day: int) -> Flags:
        """Who lives in the village on a day."""
        return (self.since <= day) & (self.until >= day) & (self.death >= day)

    def present_ever(self, day: int) -> Flags:
        """Who lived in the village on that day or before."""
        return self.since <= day

    @property
    def last(self) -> Days:
        """The last day of life in the village, NEVER if it lasts."""
        return np.minimum(self.until, self.death)

    def ids(self) -> list[str]:
        """Resource ids of the Patients."""
        return [f"p{self.village:04d}-{row:05d}" for row in range(len(self))]


def assemble(plan: CountyPlan, village: int) -> People:
    """Everybody who will ever live in the village, with sex, birth date and number; lives are drawn afterwards."""
    groups = [_group(plan.projection.years[0].start[village], plan.sequences.initial[village], FIRST_YEAR, 0)]
    for step, flows in enumerate(plan.projection.years):
        groups.append(_newborn(flows.births[village], plan.sequences.births[step][village, :, 0], flows.year))
        groups.append(_group(flows.arriving[village], plan.sequences.arrivals[step][village], flows.year, flows.year))
    female, cohort, rank, joined = (np.concatenate(columns) for columns in zip(*groups, strict=True))
    birth, serial = _births_and_serials(plan, female, cohort, rank)
    count = len(female)
    never = np.full(count, NEVER, dtype=np.int64)
    return People(
        village,
        female.astype(bool),
        birth,
        cohort,
        serial,
        birth.copy(),
        never.copy(),
        never.copy(),
        joined,
        cohort == joined,
        np.zeros(count, dtype=bool),
        np.full(count, "", dtype=object),
        np.full(count, -1),
        np.full(count, -1),
        np.full(count, "", dtype=object),
    )


def _group(counts: Whole, first: Whole, year: int, joined: int) -> tuple[Whole, Whole, Whole, Whole]:
    """People by sex and age at 1 January of ``year``; ``first`` runs from the oldest cohort."""
    oldest_first = counts[:, ::-1]
    sex, place = np.nonzero(oldest_first)
    number = oldest_first[sex, place]
    start = np.repeat(np.cumsum(number) - number, number)
    rank = np.repeat(first[sex, place], number) + np.arange(number.sum()) - start
    cohort = np.repeat(year - 1 - OLDEST + place, number)
    return np.repeat(sex, number), cohort, rank, np.full(len(rank), joined)


def _newborn(counts: Whole, first: Whole, year: int) -> tuple[Whole, Whole, Whole, Whole]:
    sex = np.repeat(np.arange(2), counts)
    rank = np.concatenate([first[one] + np.arange(counts[one]) for one in range(2)])
    return sex, np.full(len(sex), year), rank, np.full(len(sex), year)


def _births_and_serials(plan: CountyPlan, female: Whole, cohort: Whole, rank: Whole) -> tuple[Days, Whole]:
    """A birth date and serial from a person's place among the county's people of that sex and birth year: never twice the same pair."""
    birth, serial = np.zeros(len(cohort), dtype=np.int64), np.zeros(len(cohort), dtype=np.int64)
    for year in np.unique(cohort):
        rows = cohort == year
        first = year_start(int(year))
        days = min(year_start(int(year) + 1), plan.as_of + 1) - first
        step = max(int(days * GOLDEN), 1)
        while gcd(step, days) != 1:
            step += 1
        turn = (int(year) - OLDEST_COHORT) * 101 + plan.parameters.seed * 7 + female[rows] * 53
        within = (rank[rows] * step + turn) % days
        slot = (rank[rows] // days * 197 + within * 37 + turn) % _NUMBERS_PER_DAY
        birth[rows] = first + within
        serial[rows] = slot * 2 + (1 - female[rows])
    return birth, serial


def identity_numbers(people: People) -> list[str]:
    """Eighteen characters each, the check character by GB 11643."""
    dates = [one.replace("-", "") for one in text(people.birth)]
    first17 = [f"{COUNTY_CODE}{date}{serial:03d}" for date, serial in zip(dates, people.serial.tolist(), strict=True)]
    digits = np.frombuffer("".join(first17).encode(), dtype=np.uint8).reshape(-1, 17).astype(np.int64) - ord("0")
    checks = (digits @ np.array(WEIGHTS)) % 11
    return [number + CHECKS[check] for number, check in zip(first17, checks.tolist(), strict=True)]
