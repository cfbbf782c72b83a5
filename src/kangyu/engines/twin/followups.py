"""When people under continuing care are seen: four face-to-face visits a year for those managed to the standard, fewer for the others."""

from dataclasses import dataclass

import numpy as np

from .apportion import chosen_share
from .days import Days, year_start
from .people import Flags, Whole
from .place import Place

_QUARTER = 90
_YEAR = 365
_SHORTEST_QUARTER = 93  # counted so, nobody who missed a visit is up to standard by a day
_MISSED = (0.10, 0.22, 0.30, 0.38)  # chances of 0, 1, 2, 3 visits in a year not up to standard


@dataclass
class Visits:
    """Visits by person and day. ``managed`` says whether the person's year is up to standard, ``slot`` which visit of the year it is."""

    row: Whole
    day: Days
    managed: Flags
    slot: Whole

    def __len__(self) -> int:
        return len(self.row)

    def where(self, mask: np.ndarray) -> "Visits":
        """Some of the visits."""
        return Visits(self.row[mask], self.day[mask], self.managed[mask], self.slot[mask])

    def with_others(self, others: "Visits") -> "Visits":
        """These and others in the order of person and day."""
        columns = [
            np.concatenate(pair)
            for pair in zip(
                (self.row, self.day, self.managed, self.slot), (others.row, others.day, others.managed, others.slot), strict=True
            )
        ]
        order = np.lexsort((columns[1], columns[0]))
        return Visits(*(column[order] for column in columns))


class Diligence:
    """How regularly each person comes, and at which point of the quarter; both keep from year to year."""

    def __init__(self, count: int, random: np.random.Generator):
        self.propensity = random.normal(size=count)
        early = random.random(count) < 0.62
        self.phase = np.where(early, random.uniform(0.03, 0.55, count), random.uniform(0.55, 0.95, count))


def visits(place: Place, key: str, since: Days, diligence: Diligence, none_if_missed: bool = False) -> Visits:
    """All visits of a programme: in each year the plan's share of those enrolled is seen as often as they should be."""
    random = place.random(f"visits {key}")
    years = [_of_year(place, key, flows.year, since, diligence, none_if_missed, random) for flows in place.plan.projection.years]
    columns = [np.concatenate(parts) for parts in zip(*((v.row, v.day, v.managed, v.slot) for v in years), strict=True)]
    order = np.lexsort((columns[1], columns[0]))
    return Visits(*(column[order] for column in columns))


def _of_year(
    place: Place, key: str, year: int, since: Days, diligence: Diligence, none_if_missed: bool, random: np.random.Generator
) -> Visits:
    """One calendar year. A visit falls into each quarter of the time enrolled; those not up to standard miss one at least."""
    people, as_of = place.people, place.plan.as_of
    first, last = np.maximum(since, year_start(year)), np.minimum(people.last, year_start(year + 1) - 1)
    rows = np.flatnonzero((first <= last) & (first <= as_of) & (people.since <= last))
    first, last = first[rows], last[rows]
    lasting = last - first + 1
    needed = np.clip(-(-lasting // _QUARTER), 1, 4)
    scores = diligence.propensity[rows] + random.normal(0, 0.3, len(rows))
    managed = chosen_share(scores, place.share(key, year), place.offset(key, year))
    missed = np.zeros(len(rows), dtype=np.int64) if none_if_missed else random.choice(4, size=len(rows), p=_MISSED)
    seen = np.where(managed, needed, np.minimum(missed, np.where(lasting >= _YEAR, 3, np.maximum(lasting // _SHORTEST_QUARTER, 1) - 1)))
    slots = np.arange(4)
    kept = np.argsort(np.argsort(np.where(slots < needed[:, None], random.random((len(rows), 4)), 2.0), axis=1), axis=1) < seen[:, None]
    phase = np.clip(diligence.phase[rows][:, None] + random.normal(0, 0.012, (len(rows), 4)), 0.02, 0.97)
    days = first[:, None] + ((slots + phase) * (lasting / needed)[:, None]).astype(np.int64)
    person, slot = np.nonzero(kept & (days <= np.minimum(last, as_of)[:, None]))
    return Visits(rows[person], days[person, slot], managed[person], slot)
