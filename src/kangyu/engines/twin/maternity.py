"""Pregnancies: antenatal visits, the delivery and its record, visits after birth, and the women who are pregnant on the as-of date."""

import numpy as np

from .apportion import apportion
from .days import NEVER, Days, text
from .people import Flags, Whole
from .place import Place
from .projection import YearFlows
from .records import BOOLEAN, INTEGER, LMP, choice, item, response
from .shapes import fill

_RECORD = response(
    "maternal_delivery_record",
    [
        item("live_births", INTEGER),
        item("first_antenatal_week", INTEGER),
        item("antenatal_visits", INTEGER),
        item("postnatal_visits", INTEGER),
        item("prenatal_screening", BOOLEAN),
        item("delivery_mode", choice("delivery_mode")),
        item("birth_weight", INTEGER),
    ],
)
_CAESAREAN = 0.41
_LYING_IN = 42
_HOSPITALS = {"general_hospital": 0.52, "maternal_child_hospital": 0.36, "tcm_hospital": 0.12}


class _Pregnancies:
    """The pregnancies of one year's births in one village."""

    def __init__(self, mother: Whole, birth: Days, random: np.random.Generator):
        self.mother, self.birth, self.random = mother, birth, random
        self.lmp = birth - np.clip(random.normal(275, 9, len(mother)), 238, 293).astype(np.int64)

    def __len__(self) -> int:
        return len(self.mother)


def give_birth(place: Place) -> None:
    """Everything about the births of the period whose mothers live in the village."""
    people, random = place.people, place.random("maternity")
    for flows in place.plan.projection.years:
        born = np.flatnonzero((people.joined == flows.year) & people.born_here & (people.mother >= 0))
        pregnancies = _Pregnancies(people.mother[born], people.birth[born], random)
        managed = _chosen(place, "maternal_management", flows, len(born), random)
        screened = _chosen(place, "prenatal_screening", flows, len(born), random)
        _deliver(place, pregnancies, managed, screened)
    _expecting(place, random)


def _chosen(place: Place, key: str, flows: YearFlows, count: int, random: np.random.Generator) -> Flags:
    """As many of the village's births as its share of the county's exact number."""
    births = flows.births.sum(axis=1)
    wanted = int(apportion(births * place.plan.shares(key, flows.year))[place.village])
    mask = np.zeros(count, dtype=bool)
    mask[random.permutation(count)[:wanted]] = True
    return mask


def _deliver(place: Place, pregnancies: _Pregnancies, managed: Flags, screened: Flags) -> None:
    """Antenatal visits, the delivery and visits after it; somebody not managed to the standard fell short in one of the three."""
    random, many, mother = pregnancies.random, len(pregnancies), pregnancies.mother
    fault = np.where(managed, 0, random.integers(1, 4, many))
    week = np.where(fault == 1, random.integers(13, 25, many), random.integers(6, 13, many))
    visits = np.where(fault == 2, random.integers(1, 5, many), random.integers(5, 10, many))
    survived = place.people.death[mother] > pregnancies.birth + 28
    after = np.where((fault == 3) | ~survived, 0, random.integers(1, 3, many))
    caesarean = random.random(many) < _CAESAREAN
    where = _hospitals(place, many, random)
    _record(place, pregnancies, where, (week, visits, after), screened, caesarean)
    first = pregnancies.lmp + week * 7 + random.integers(0, 6, many)
    _antenatal(place, mother, first, visits, pregnancies.birth, random)
    end = np.minimum.reduce([pregnancies.birth + np.where(caesarean, 5, 3), place.people.last[mother], np.full(many, place.plan.as_of)])
    place.encounters("delivery", "IMP", mother, pregnancies.birth, end, where)
    _postnatal(place, pregnancies, after)
    opened, closed = np.maximum(first, place.people.since[mother]), np.minimum(pregnancies.birth + _LYING_IN, place.people.last[mother])
    place.episodes("maternal", mother, opened, closed, [LMP % day for day in text(pregnancies.lmp)])


def _record(
    place: Place, pregnancies: _Pregnancies, where: list[str], counts: tuple[Whole, Whole, Whole], screened: Flags, caesarean: Flags
) -> None:
    many = len(pregnancies)
    lines = fill(
        _RECORD,
        place.new_ids("delivery-", many),
        where,
        place.patients(pregnancies.mother),
        text(pregnancies.birth),
        [place.doctor] * many,
        [1] * many,
        *(values.tolist() for values in counts),
        np.where(screened, "true", "false").tolist(),
        np.where(caesarean, "caesarean", "vaginal").tolist(),
        np.clip(pregnancies.random.normal(3310, 420, many), 1100, 4900).astype(int).tolist(),
    )
    place.write("QuestionnaireResponse", lines)


def _antenatal(place: Place, mother: Whole, first: Days, visits: Whole, birth: Days, random: np.random.Generator) -> None:
    """``visits`` contacts from the first one to the birth; those before the woman came here are on record elsewhere."""
    span = np.maximum(birth - first - 4, 1)
    number = np.arange(int(visits.max(initial=1)))
    day = first[:, None] + (span[:, None] * number / np.maximum(visits - 1, 1)[:, None]).astype(np.int64)
    known = (number < visits[:, None]) & (day <= place.plan.as_of) & (day >= place.people.since[mother][:, None]) & (day < birth[:, None])
    row, step = np.nonzero(known)
    early = np.arange(len(row)) % 3 == 0
    where = [place.hospital if one else other for one, other in zip(early.tolist(), _hospitals(place, len(row), random), strict=True)]
    place.encounters("antenatal", "AMB", mother[row], day[row, step], day[row, step], where)


def _postnatal(place: Place, pregnancies: _Pregnancies, after: Whole) -> None:
    day = pregnancies.birth[:, None] + np.array([10, 42]) + pregnancies.random.integers(-2, 3, (len(pregnancies), 2))
    limit = np.minimum(place.people.last[pregnancies.mother], place.plan.as_of)
    row, step = np.nonzero((np.arange(2) < after[:, None]) & (day <= limit[:, None]))
    place.encounters("postnatal", "HH", pregnancies.mother[row], day[row, step], day[row, step], [place.hospital] * len(row))


def _expecting(place: Place, random: np.random.Generator) -> None:
    """Women who will give birth after the as-of date."""
    people, as_of = place.people, place.plan.as_of
    year = place.plan.parameters.as_of.year
    last = place.plan.projection.years[-1]
    recent = np.zeros(len(people), dtype=bool)
    mothers = people.mother[(people.birth > as_of - 500) & (people.mother >= 0)]
    recent[mothers] = True
    could = (
        people.female
        & ~recent
        & people.present(as_of)
        & (people.last == NEVER)
        & (people.cohort >= year - 39)
        & (people.cohort <= year - 21)
    )
    could &= people.since < as_of - 280
    among = np.flatnonzero(could)
    wanted = float(last.births[place.village].sum()) / last.fraction * 0.58
    count = min(int(wanted + place.offset("expecting", year)), len(among))
    rows = random.choice(among, size=count, replace=False) if count else among[:0]
    lmp = as_of - random.integers(75, 265, count)
    first = np.minimum(lmp + random.integers(42, 90, count), as_of - 3)
    place.episodes("maternal", rows, first, np.full(count, NEVER), [LMP % day for day in text(lmp)])
    _antenatal(place, rows, first, np.full(count, 8), lmp + 280, random)


def _hospitals(place: Place, count: int, random: np.random.Generator) -> list[str]:
    """Where women go for check-ups and birth."""
    known = {institution.kind: institution.id for institution in reversed(place.plan.register.all) if institution.kind in _HOSPITALS}
    kinds = random.choice(list(_HOSPITALS), size=count, p=list(_HOSPITALS.values()))
    return [known[kind] for kind in kinds.tolist()]
