"""Yearly health checks of the old and of those in a chronic programme, and the follow-ups of severe mental disorder."""

import numpy as np

from .apportion import chosen_share
from .days import add_months, age_years, text, year_start
from .followups import Diligence, visits
from .illness import Illness
from .people import Whole
from .place import Place
from .readings import Bodies
from .records import BOOLEAN, DECIMAL, INTEGER, WEIGHT, choice, item, response
from .shapes import fill

_CHECK = response(
    "elderly_health_check",
    [
        *(item(key, DECIMAL) for key in ("systolic", "diastolic", "height", "weight")),
        item("self_care", choice("self_care")),
        item("complete", BOOLEAN),
        item("guidance", BOOLEAN),
        item("derived.body_mass_index", DECIMAL),
    ],
)
_MENTAL = response(
    "severe_mental_follow_up",
    [
        item("danger_level", INTEGER),
        item("symptoms_class", choice("mental_condition")),
        item("medication_adherence", choice("medication_adherence")),
    ],
)
_SEASON = (60, 314)  # days of the year in which checks are held
_INCOMPLETE = 0.025
_YOUNGER = 0.5  # share of those under 65 in a chronic programme who are checked
_MEMBERS = 0.85


def check_health(place: Place, illness: Illness, bodies: Bodies) -> None:
    """Everybody checked in a year, the share of the plan among those who are 65 by its end."""
    people, random = place.people, place.random("health checks")
    inclined = random.normal(size=len(people))
    rows, days = [], []
    for flows in place.plan.projection.years:
        first, last = year_start(flows.year), year_start(flows.year + 1) - 1
        here = people.present(min(last, place.plan.as_of))
        old = here & (add_months(people.birth, 65 * 12) <= last)
        younger = here & ~old & (np.minimum(illness.in_hypertension, illness.in_diabetes) < first)
        for who, share in ((old, place.share("elderly_check", flows.year)), (younger, _YOUNGER)):
            among = np.flatnonzero(who)
            scores = inclined[among] + random.normal(0, 0.6, len(among))
            chosen = among[chosen_share(scores, share, place.offset("elderly_check", flows.year))]
            rows.append(chosen)
            days.append(first + random.integers(*_SEASON, len(chosen)))
    row, day = np.concatenate(rows), np.concatenate(days)
    _write_checks(place, bodies, row, day, np.zeros(len(row), dtype=bool), random)
    spoiled = random.random(len(row)) < _INCOMPLETE
    others = _unchecked(place, row, day, spoiled, random)
    _write_checks(place, bodies, others[0], others[1], np.ones(len(others[0]), dtype=bool), random)
    _membership(place, random)


def _unchecked(place: Place, row: Whole, day: Whole, near: np.ndarray, random: np.random.Generator) -> tuple[Whole, Whole]:
    """A few old people whose check was broken off: they stand beside somebody checked on that day and were not checked themselves."""
    people = place.people
    others, when = (row[near] + 1) % len(people), day[near]
    never = ~np.isin(others, row)
    old = age_years(people.birth[others], np.maximum(when, people.birth[others])) >= 65
    keep = never & old & (people.since[others] <= when)
    return others[keep], when[keep]


def _write_checks(place: Place, bodies: Bodies, row: Whole, day: Whole, broken: np.ndarray, random: np.random.Generator) -> None:
    people = place.people
    held = (day <= np.minimum(people.last[row], place.plan.as_of)) & (day >= people.since[row])
    row, day, broken = row[held], day[held], broken[held]
    many = len(row)
    systolic, diastolic = bodies.blood_pressure(row, day, random)
    weight, height = bodies.weight(row, random), np.round(bodies.height[row], 1)
    frailty = (bodies.age[row] - 65) / 30 + random.normal(0, 0.35, many)
    care = np.select([frailty > 1.2, frailty > 0.95, frailty > 0.7], ["dependent", "moderate", "mild"], "independent")
    ids = place.new_ids("check-", many)
    lines = fill(
        _CHECK,
        ids,
        [place.hospital] * many,
        place.patients(row),
        text(day),
        [place.doctor] * many,
        systolic.tolist(),
        diastolic.tolist(),
        height.tolist(),
        weight.tolist(),
        care.tolist(),
        np.where(broken, "false", "true").tolist(),
        np.where(broken, "false", "true").tolist(),
        np.round(weight / (height / 100) ** 2, 1).tolist(),
    )
    place.write("QuestionnaireResponse", lines)
    place.blood_pressures(row, day, systolic, diastolic, [place.hospital] * many, ids)
    place.measured(WEIGHT, "weight", row, day, weight.tolist(), place.hospital, ids)


def _membership(place: Place, random: np.random.Generator) -> None:
    """Most people join the programme of the old soon after their 65th birthday."""
    people = place.people
    start = np.maximum(add_months(people.birth, 65 * 12), year_start(2011)) + random.integers(5, 200, len(people))
    start = np.maximum(start, people.since + 20)
    joins = (random.random(len(people)) < _MEMBERS) & (start < np.minimum(people.last, place.plan.as_of))
    rows = np.flatnonzero(joins)
    place.episodes("elderly", rows, start[rows], people.last[rows])


def follow_mental_disorder(place: Place, illness: Illness) -> None:
    """Quarterly visits of those managed; the others were not found at home all year."""
    random = place.random("mental")
    diligence = Diligence(len(place.people), place.random("mental diligence"))
    seen = visits(place, "severe_mental_management", illness.in_mental, diligence, none_if_missed=True)
    many = len(seen)
    steady = place.random("steadiness").random(len(place.people))[seen.row] + random.normal(0, 0.06, many)
    state = np.select([steady < 0.03, steady < 0.17], ["unstable", "basically_stable"], "stable")
    danger = np.select([steady < 0.012, steady < 0.03, steady < 0.1], [3, 2, 1], 0)
    taking = random.choice(["regular", "irregular", "none"], size=many, p=[0.83, 0.13, 0.04])
    ids = place.new_ids("smi-", many)
    lines = fill(
        _MENTAL,
        ids,
        [place.clinic] * many,
        place.patients(seen.row),
        text(seen.day),
        [place.doctor] * many,
        danger.tolist(),
        state.tolist(),
        taking.tolist(),
    )
    place.write("QuestionnaireResponse", lines)
    home = random.random(many) < 0.5
    place.encounters("home_visit", "HH", seen.row[home], seen.day[home], seen.day[home], [place.clinic] * int(home.sum()))
