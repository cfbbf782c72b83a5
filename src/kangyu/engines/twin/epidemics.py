"""Illnesses that come in waves: influenza-like illness in winter, hand, foot and mouth disease in early summer; clusters in villages.

Levels and seasons are invented within what northern Chinese counties report: consultations with influenza-like illness 3 to 8 in a hundred,
more among schoolchildren and less in their holidays; hand, foot and mouth disease among children under six. In the days before the as-of
date one village has a cluster of each, and one returning traveller has cholera, so that there is something to find.
"""

from dataclasses import dataclass

import numpy as np

from .apportion import generator
from .days import Days, age_years, year_start
from .people import Whole
from .place import Place
from .records import DETAIL, SYMPTOM
from .shapes import fragment

_FEVER = 38.0


@dataclass(frozen=True)
class _Wave:
    """Cases per person and year by age, and how a year's cases fall on its days: (day of year, relative weight)."""

    purpose: str
    by_age: tuple[tuple[float, float], ...]
    season: tuple[tuple[float, float], ...]
    strength: float  # how much years differ, in logarithms


_RESPIRATORY = _Wave(
    "respiratory",
    ((0, 0.10), (4, 0.16), (6, 0.20), (14, 0.18), (18, 0.06), (40, 0.03), (60, 0.03), (75, 0.05), (95, 0.05)),
    ((0, 2.4), (20, 3.0), (45, 1.9), (75, 1.2), (120, 0.7), (180, 0.45), (230, 0.3), (250, 0.6), (300, 0.9), (325, 1.2), (350, 2)),
    0.22,
)  # fmt: skip
_HAND_FOOT_MOUTH = _Wave(
    "hand foot mouth",
    ((0, 0.004), (1, 0.024), (3, 0.030), (5, 0.016), (7, 0.003), (12, 0.0005), (16, 0.0)),
    ((0, 0.2), (60, 0.3), (110, 1.4), (150, 3.0), (190, 2.2), (230, 0.9), (280, 1.1), (325, 0.7), (366, 0.2)),
    0.35,
)  # fmt: skip
_CLUSTERS_PER_YEAR = 2
_LATE = (0.52, 0.3, 0.12, 0.06)  # days from falling ill to being seen
_CHOLERA_SEEN_BEFORE = 1
_CHOLERA_AGES = (25, 60)


def spread(place: Place) -> None:
    """Write the outpatient visits and, of reportable disease, the Conditions of a village."""
    _respiratory(place)
    _hand_foot_mouth(place)
    _cholera(place)


def _respiratory(place: Place) -> None:
    """Coughs and sore throats; somewhat over half of those seen have a temperature of 38 °C and more."""
    random = place.random(_RESPIRATORY.purpose)
    row, day = _cases(place, _RESPIRATORY, random)
    extra = _clusters(place, _RESPIRATORY.purpose, ages=(6, 14), size=14, days=8, random=random)
    febrile = np.concatenate([random.random(len(row)) < 0.58, np.ones(len(extra[0]), dtype=bool)])
    row, day = np.concatenate([row, extra[0]]), np.concatenate([day, extra[1]])
    heat = np.where(febrile, random.uniform(_FEVER, 39.6, len(row)), random.uniform(36.4, 37.9, len(row)))
    throat, cough = random.random(len(row)) < 0.45, random.random(len(row)) < 0.8
    signs = [
        [*(["fever"] if hot >= _FEVER else []), *(["cough"] if coughs or not sore else []), *(["sore_throat"] if sore else [])]
        for hot, coughs, sore in zip(heat.tolist(), cough.tolist(), throat.tolist(), strict=True)
    ]
    _visits(place, row, day, heat, signs, ["J06.9"] * len(row), _near(place, len(row), random))


def _hand_foot_mouth(place: Place) -> None:
    random = place.random(_HAND_FOOT_MOUTH.purpose)
    row, day = _cases(place, _HAND_FOOT_MOUTH, random)
    extra = _clusters(place, _HAND_FOOT_MOUTH.purpose, ages=(3, 5), size=8, days=7, random=random)
    row, day = np.concatenate([row, extra[0]]), np.concatenate([day, extra[1]])
    seen = day + random.choice(len(_LATE), size=len(day), p=_LATE)
    kept = seen <= np.minimum(place.people.last[row], place.plan.as_of)
    row, day, seen = row[kept], day[kept], seen[kept]
    heat = random.uniform(37.0, 39.0, len(row))
    signs = [[*(["fever"] if hot >= _FEVER else []), "rash", "mouth_sores"] for hot in heat.tolist()]
    where = _near(place, len(row), random)
    _visits(place, row, seen, heat, signs, ["B08.4"] * len(row), where)
    over = np.where(day + 10 <= np.minimum(place.people.last[row], place.plan.as_of), day + 10, 0)
    place.conditions(row, np.full(len(row), "B08.4", dtype=object), day, seen, over, told_by=where)


def _cholera(place: Place) -> None:
    """One adult of one village, back from a journey, is seen at the county's hospital the day before the as-of date."""
    if place.village != _chosen(place, "cholera", place.plan.parameters.as_of.year):
        return
    people, seen = place.people, np.array([place.plan.as_of - _CHOLERA_SEEN_BEFORE])
    age = age_years(people.birth, np.minimum(seen[0], np.maximum(people.birth, seen[0])))
    fit = np.flatnonzero(
        people.present(int(seen[0]) - 1) & people.present(place.plan.as_of) & (age >= _CHOLERA_AGES[0]) & (age <= _CHOLERA_AGES[1])
    )
    if not len(fit):
        return
    row = place.random("cholera").choice(fit, 1)
    hospital = place.plan.register.of("general_hospital")[0].id
    _visits(place, row, seen, np.array([37.2]), [["diarrhoea", "vomiting"]], ["A00.9"], [hospital])
    place.conditions(row, np.array(["A00.9"], dtype=object), seen - 1, seen, told_by=[hospital])


def _cases(place: Place, wave: _Wave, random: np.random.Generator) -> tuple[Whole, Days]:
    """Who falls ill on which day, in all years; the same person now and then twice."""
    people, rows, days = place.people, [], []
    ages, rates = zip(*wave.by_age, strict=True)
    for flows in place.plan.projection.years:
        county = generator(place.plan.parameters.seed, wave.purpose, flows.year)
        level = np.exp(wave.strength * county.normal())
        times = random.poisson(np.interp(flows.year - people.cohort, ages, rates, left=0.0) * level)
        row = np.repeat(np.arange(len(people)), times)
        rows.append(row)
        days.append(year_start(flows.year) + _day_of_year(wave, 8 * county.normal(), random.random(len(row))))
    row, day = np.concatenate(rows), np.concatenate(days)
    here = (day >= np.maximum(people.since[row], people.birth[row] + 1)) & (day <= np.minimum(people.last[row], place.plan.as_of))
    return row[here], day[here]


def _day_of_year(wave: _Wave, shift: float, drawn: np.ndarray) -> Days:
    """Days of the year drawn by season; ``shift`` moves this year's wave by some days."""
    knots, weights = zip(*wave.season, strict=True)
    daily = np.interp((np.arange(365) - shift) % 365, knots, weights)
    return np.minimum(np.searchsorted(np.cumsum(daily) / daily.sum(), drawn), 364).astype(np.int64)


def _chosen(place: Place, purpose: str, year: int, number: int = 0) -> int:
    """The village where something happens in a year: the county's choice, the same whoever asks."""
    return int(generator(place.plan.parameters.seed, "cluster", purpose, year, number).integers(len(place.plan.villages)))


def _clusters(
    place: Place, purpose: str, *, ages: tuple[int, int], size: int, days: int, random: np.random.Generator
) -> tuple[Whole, Days]:
    """Cases of the clusters that fall on this village: some in school time of each year, the last one in the days before the as-of date."""
    people, last_year = place.people, place.plan.parameters.as_of.year
    rows, when = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for flows in place.plan.projection.years:
        for number in range(_CLUSTERS_PER_YEAR):
            if _chosen(place, purpose, flows.year, number) != place.village:
                continue
            now = number == 0 and flows.year == last_year
            start = (
                place.plan.as_of - days + 1
                if now
                else year_start(flows.year) + int(random.choice([random.integers(60, 175), random.integers(250, 345)]))
            )
            of_age = (people.birth <= start) & (
                np.abs(age_years(np.minimum(people.birth, start), start) - sum(ages) / 2) <= (ages[1] - ages[0]) / 2
            )
            fit = np.flatnonzero(of_age & people.present(start) & people.present(min(start + days, place.plan.as_of)))
            row = random.permutation(fit)[:size]
            drawn = start + (days * random.beta(2.2, 1.6, len(row))).astype(np.int64)
            kept = drawn <= np.minimum(people.last[row], place.plan.as_of)
            rows.append(row[kept])
            when.append(drawn[kept])
    return np.concatenate(rows), np.concatenate(when)


def _near(place: Place, count: int, random: np.random.Generator) -> list[str]:
    """Acute illness is seen nearby: at the clinic, the township's hospital, now and then at the county's."""
    general = place.plan.register.of("general_hospital")[0].id
    chosen: list[str] = random.choice(
        np.array([place.clinic, place.hospital, general], dtype=object), size=count, p=[0.45, 0.35, 0.2]
    ).tolist()
    return chosen


def _visits(place: Place, row: Whole, day: Days, heat: np.ndarray, signs: list[list[str]], diagnosis: list[str], where: list[str]) -> None:
    """Outpatient visits with what was found: temperature, symptoms, the diagnosis."""
    details = [
        DETAIL % (f"{hot:.1f}", ",".join(_SIGN[sign] for sign in found), code)
        for hot, found, code in zip(heat.tolist(), signs, diagnosis, strict=True)
    ]
    place.encounters("outpatient", "AMB", row, day, day, where, details)


_SIGN = {sign: fragment(SYMPTOM) % sign for sign in ("fever", "cough", "sore_throat", "rash", "mouth_sores", "diarrhoea", "vomiting")}
