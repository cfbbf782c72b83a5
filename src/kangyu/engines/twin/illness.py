"""Who is ill with what, and since when: hypertension, diabetes, severe mental disorder, tuberculosis, complications, what people die of."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from .days import NEVER, Days, age_years, year_start
from .people import Flags
from .place import Place

# Share diagnosed by age: (age, share).
_HYPERTENSION = ((20, 0.0), (30, 0.012), (35, 0.035), (45, 0.11), (55, 0.22), (65, 0.34), (75, 0.42), (90, 0.45))
_DIABETES = ((28, 0.0), (35, 0.01), (45, 0.035), (55, 0.08), (65, 0.12), (75, 0.138), (90, 0.14))
_MENTAL_SHARE = 0.0056
_MENTAL = (("F20.9", 70), ("F31.9", 14), ("F25.9", 6), ("F22.0", 4), ("F20.0", 6))
_ENROLLED = {"hypertension": 0.80, "diabetes": 0.77, "severe_mental": 1.0}
_TUBERCULOSIS = (("A16.2", 58), ("A15.0", 42))
_COMPLICATIONS = (("I25.1", 50), ("I63.9", 34), ("N18.3", 9), ("I50.9", 7))
_LEAST_AGE = {"hypertension": 35, "diabetes": 35, "severe_mental": 0}
_START_OF_PROGRAMMES = 2010


@dataclass
class Illness:
    """Days of diagnosis and of enrolment per person, NEVER where there is none."""

    hypertension: Days
    diabetes: Days
    mental: Days
    in_hypertension: Days
    in_diabetes: Days
    in_mental: Days
    unknown_hypertension: Flags  # raised blood pressure nobody has diagnosed


def fall_ill(place: Place) -> Illness:
    """Draw the chronic illnesses of a village and write its Conditions and the programmes' memberships."""
    people, random = place.people, place.random("illness")
    z = random.normal(size=len(people))
    hypertension = _diagnosed(place, ndtr(z), _HYPERTENSION)
    diabetes = _diagnosed(place, ndtr(0.45 * z + 0.89 * random.normal(size=len(people))), _DIABETES)
    ill = random.random(len(people)) < _MENTAL_SHARE
    mental = np.where(ill, people.birth + (365.25 * random.uniform(16, 48, len(people))).astype(np.int64), NEVER)
    mental = np.where(mental <= np.minimum(people.last - 40, place.plan.as_of), mental, NEVER)
    illness = Illness(
        hypertension,
        diabetes,
        mental,
        _enrolled(place, hypertension, "hypertension"),
        _enrolled(place, diabetes, "diabetes"),
        _enrolled(place, mental, "severe_mental"),
        (hypertension == NEVER) & (random.random(len(people)) < 0.05),
    )
    _write(place, illness, random)
    _tuberculosis(place, random)
    _terminal(place, random)
    return illness


def _diagnosed(place: Place, rank: np.ndarray, curve: tuple[tuple[float, float], ...]) -> Days:
    """The day of diagnosis: each person's rank meets the curve at one age, or never."""
    ages, shares = zip(*curve, strict=True)
    people = place.people
    found = people.birth + (365.25 * np.interp(rank, shares, ages)).astype(np.int64)
    known = (rank < shares[-1]) & (found <= np.minimum(people.last, place.plan.as_of) - 1)
    return np.where(known, found, NEVER)


def _enrolled(place: Place, diagnosed: Days, programme: str) -> Days:
    """The day of joining a programme: some weeks after the diagnosis, or when the programme reached the village."""
    people, random = place.people, place.random(f"enrolment {programme}")
    joins = (diagnosed != NEVER) & (random.random(len(people)) < _ENROLLED[programme])
    known = np.where(joins, diagnosed, 0)
    wait = 5 + random.exponential(35, len(people)).astype(np.int64)
    opened = year_start(_START_OF_PROGRAMMES) + random.integers(0, 2200, len(people))
    of_age = people.birth + int(365.25 * _LEAST_AGE[programme]) + 2
    since = np.maximum.reduce([known + wait, np.where(known < opened, opened, 0), of_age, people.since + 10 + wait])
    return np.where(joins & (since <= np.minimum(people.last, place.plan.as_of) - 1), since, NEVER)


def _write(place: Place, illness: Illness, random: np.random.Generator) -> None:
    people = place.people
    for diagnosed, codes in ((illness.hypertension, "I10"), (illness.diabetes, "E11.9"), (illness.mental, None)):
        rows = np.flatnonzero(diagnosed != NEVER)
        drawn = _draw(_MENTAL, len(rows), random) if codes is None else np.full(len(rows), codes, dtype=object)
        onset = diagnosed[rows]
        place.conditions(rows, drawn, onset, np.minimum(np.maximum(onset, people.since[rows]), people.last[rows]))
    for programme, since in (
        ("hypertension", illness.in_hypertension),
        ("diabetes", illness.in_diabetes),
        ("severe_mental", illness.in_mental),
    ):
        rows = np.flatnonzero(since != NEVER)
        place.episodes(programme, rows, since[rows], people.last[rows])
    _complications(place, illness, random)


def _complications(place: Place, illness: Illness, random: np.random.Generator) -> None:
    people = place.people
    rows = np.flatnonzero((illness.hypertension != NEVER) & (random.random(len(people)) < 0.09))
    onset = illness.hypertension[rows] + random.integers(200, 5000, len(rows))
    known = (onset >= people.since[rows]) & (onset < np.minimum(people.last[rows], place.plan.as_of))
    place.conditions(rows[known], _draw(_COMPLICATIONS, int(known.sum()), random), onset[known], onset[known])


def _tuberculosis(place: Place, random: np.random.Generator) -> None:
    """New cases to the county's numbers; most are over within nine months."""
    people, as_of = place.people, place.plan.as_of
    for flows in place.plan.projection.years:
        start, end = year_start(flows.year), min(year_start(flows.year + 1) - 1, as_of)
        chances = np.where(people.present(start) & people.present(end), np.clip(flows.year - people.cohort - 14, 0, 60) + 10.0, 0.0)
        chances = np.where(flows.year - people.cohort < 15, 0.0, chances)
        count = min(int(flows.tuberculosis[place.village]), int((chances > 0).sum()))
        rows = random.choice(len(people), size=count, replace=False, p=chances / chances.sum())
        onset = random.integers(start, end + 1, count)
        cured = onset + random.integers(180, 280, count)
        cured = np.where(cured <= np.minimum(people.last[rows], as_of), cured, 0)
        place.conditions(rows, _draw(_TUBERCULOSIS, count, random), onset, onset, cured)


def _terminal(place: Place, random: np.random.Generator) -> None:
    """What people die of is mostly known before: cancers a year or so, strokes and heart disease some years."""
    people = place.people
    dead = np.flatnonzero(people.death != NEVER)
    first = np.array([str(cause)[:1] for cause in people.cause[dead]])
    chance = np.select([first == "C", first == "I", first == "J", first == "N"], [0.95, 0.5, 0.5, 0.8], 0.0)
    rows = dead[random.random(len(dead)) < chance]
    before = random.exponential(np.where(first[np.searchsorted(dead, rows)] == "C", 420, 1100)).astype(np.int64) + 3
    onset = np.maximum(people.death[rows] - before, people.birth[rows] + 1)
    adult = age_years(people.birth[rows], onset) >= 1
    rows, onset = rows[adult], onset[adult]
    place.conditions(rows, people.cause[rows], onset, np.minimum(np.maximum(onset, people.since[rows]), people.death[rows]))


def _draw(table: tuple[tuple[str, int], ...], count: int, random: np.random.Generator) -> np.ndarray:
    codes, weights = zip(*table, strict=True)
    chances = np.array(weights, dtype=float)
    return random.choice(np.array(codes, dtype=object), size=count, p=chances / chances.sum())
