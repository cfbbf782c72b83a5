"""Contacts outside the programmes: outpatients, emergencies, hospital stays, and the blood pressures read on the way."""

import numpy as np

from .apportion import apportion
from .days import Days, age_years, year_start
from .illness import Illness
from .institutions import Institution
from .people import Whole
from .place import Place
from .projection import YearFlows
from .readings import Bodies

_OUTPATIENT = ((0, 0.95), (5, 0.4), (15, 0.25), (30, 0.3), (45, 0.5), (60, 0.8), (75, 1.0), (90, 0.9))  # by age, per person-year
_STAYS = ((0, 1.6), (2, 0.6), (10, 0.3), (20, 0.5), (40, 0.7), (60, 1.8), (75, 3.4), (90, 3.8))  # relative, by age
_CHRONIC_MORE = 1.5
_EMERGENCY = 0.03
_MEASURED_FROM, _MEASURED = 35, 0.5
_STAY_SHAPE = 2.4
_WHERE = {"clinic": 0.45, "hospital": 0.25}


def consult(place: Place, illness: Illness, bodies: Bodies) -> None:
    """Outpatient and emergency contacts of six years."""
    people, random = place.people, place.random("outpatients")
    chronic = np.minimum(illness.hypertension, illness.diabetes)
    rows, days = [], []
    for flows in place.plan.projection.years:
        first, last, rate = _exposure(place, flows, _OUTPATIENT)
        rate *= np.where(chronic < last, _CHRONIC_MORE, 1.0)
        times = random.poisson(rate * np.clip(last - first + 1, 0, None) / 365.25)
        row = np.repeat(np.arange(len(people)), times)
        rows.append(row)
        days.append(first[row] + (random.random(len(row)) * (last - first + 1)[row]).astype(np.int64))
    row, day = np.concatenate(rows), np.concatenate(days)
    urgent = random.random(len(row)) < _EMERGENCY
    where = _institutions(place, len(row), random)
    calm = [one for one, out in zip(where, urgent.tolist(), strict=True) if not out]
    place.encounters("outpatient", "AMB", row[~urgent], day[~urgent], day[~urgent], calm)
    place.encounters("emergency", "EMER", row[urgent], day[urgent], day[urgent], [_general(place)] * int(urgent.sum()))
    measured = (age_years(people.birth[row], day) >= _MEASURED_FROM) & (random.random(len(row)) < _MEASURED)
    systolic, diastolic = bodies.blood_pressure(row[measured], day[measured], random)
    there = [one for one, read in zip(where, measured.tolist(), strict=True) if read]
    place.blood_pressures(row[measured], day[measured], systolic, diastolic, there)


def _exposure(place: Place, flows: YearFlows, curve: tuple[tuple[float, float], ...]) -> tuple[Days, Days, np.ndarray]:
    """First and last day of the year each person lives here, and the curve's value at their age."""
    people = place.people
    first = np.maximum(people.since, year_start(flows.year))
    last = np.minimum.reduce([people.last, np.full(len(people), year_start(flows.year + 1) - 1), np.full(len(people), place.plan.as_of)])
    ages, values = zip(*curve, strict=True)
    return first, last, np.interp(flows.year - people.cohort, ages, values)


def _institutions(place: Place, count: int, random: np.random.Generator) -> list[str]:
    """Where people go: mostly to the village clinic, then the township hospital, then the county's hospitals."""
    places = [place.clinic, place.hospital, *(one.id for one in _county_hospitals(place))]
    rest = 1 - sum(_WHERE.values())
    chances = [*_WHERE.values(), *([rest / (len(places) - 2)] * (len(places) - 2))]
    chosen = random.choice(len(places), size=count, p=chances)
    return [places[number] for number in chosen.tolist()]


def _county_hospitals(place: Place) -> list[Institution]:
    return place.plan.register.of("general_hospital", "tcm_hospital", "maternal_child_hospital", "specialised_hospital")


def _general(place: Place) -> str:
    return place.plan.register.of("general_hospital")[0].id


def stay_in_hospital(place: Place) -> None:
    """Hospital stays that together fill the county's beds as far as the plan's figure says."""
    random = place.random("stays")
    for flows in place.plan.projection.years:
        lengths = _lengths(place, flows, random)
        first, last, rate = _exposure(place, flows, _STAYS)
        chances = np.cumsum(rate * np.clip(last - first, 0, None))
        if not len(lengths) or chances[-1] <= 0:
            continue
        row = np.searchsorted(chances, random.random(len(lengths)) * chances[-1])
        leaves = np.minimum(place.people.last[row], place.plan.as_of)  # who is still in hospital on the as-of date has no finished stay
        room = np.maximum(np.minimum(last[row], leaves - lengths) - first[row], 0)
        start = first[row] + (random.random(len(row)) * (room + 1)).astype(np.int64)
        end = np.minimum(start + lengths, leaves)
        place.encounters("inpatient", "IMP", row, start, end, _wards(place, flows.year, lengths, random))


def _lengths(place: Place, flows: YearFlows, random: np.random.Generator) -> Whole:
    """Lengths of stay in days, this village's part of the bed days of the year."""
    plan, year = place.plan, flows.year
    beds = sum(plan.facilities.bed_counts[year].values())
    length_of_year = year_start(year + 1) - year_start(year)
    used = beds * length_of_year * flows.fraction * plan.aims.share("bed_use", year)
    here = flows.start.sum(axis=(1, 2))
    days = int(apportion(used * here / here.sum())[place.village])
    mean = plan.aims.each_year("inpatient_days", year)
    count = max(round(days / mean), 1) if days else 0
    drawn = random.gamma(_STAY_SHAPE, 1.0, count) + 0.1
    return np.maximum(apportion(drawn * days / max(drawn.sum(), 1e-9)), 1)


def _wards(place: Place, year: int, lengths: Whole, random: np.random.Generator) -> list[str]:
    """Institutions by their beds; a township hospital's beds serve its own township. Days, not stays, are dealt out by the beds."""
    plan = place.plan
    counts = plan.facilities.bed_counts[year]
    total = sum(counts.values())
    people = plan.projection.years[0].start.sum(axis=(1, 2))
    township = plan.terrain.townships[plan.villages[place.village].township]
    own = plan.hospital_of(place.village)
    near = min(counts.get(own.number, 0) / total * people.sum() / people[list(township.villages)].sum(), 0.9)
    county = _county_hospitals(place)
    weights = np.array([counts[one.number] for one in county], dtype=float)
    chances = [near, *((1 - near) * weights / weights.sum())]
    names = [own.id, *(one.id for one in county)]
    order = random.permutation(len(lengths))
    days = lengths[order]
    middle = ((np.cumsum(days) - days / 2) / days.sum() + random.random()) % 1.0
    dealt = np.empty(len(lengths), dtype=np.int64)
    dealt[order] = np.minimum(np.searchsorted(np.cumsum(chances), middle, side="right"), len(names) - 1)
    return [names[number] for number in dealt.tolist()]
