"""Children: vaccinations by the national schedule and health checks at fixed ages."""

from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from ruamel.yaml import YAML

from .apportion import chosen_share
from .days import Days, add_months, age_years, day, text, year_start
from .people import Flags, Whole
from .place import Place
from .records import DECIMAL, IMMUNIZATION, INTEGER, choice, item, response
from .shapes import fill, fragment

_CHECK = response(
    "child_check",
    [
        item("age_months", INTEGER),
        item("weight", DECIMAL),
        item("height", DECIMAL),
        item("development", choice("development")),
        "@qhaemoglobin",
    ],
)
_HAEMOGLOBIN = "," + fragment(item("haemoglobin", DECIMAL))
_OLDEST_COHORT = 2014  # whose vaccinations and checks are on record
_ALSO_MISSED = 0.15  # chance of each further dose
_NEVER = -(10**6)
_USUAL_GAP = 28
_KEY_DOSES = 17  # the doses up to 18 months, of which an incompletely vaccinated child lacks some
# Typical weight (kg) and height (cm) by age in months.
_MONTHS = (0, 1, 3, 6, 8, 12, 18, 24, 30, 36, 48, 60, 72)
_WEIGHT = (3.3, 4.4, 6.4, 8.0, 8.8, 9.8, 11.0, 12.3, 13.4, 14.5, 16.4, 18.6, 20.8)
_HEIGHT = (50, 54.5, 61.5, 67.8, 71, 76, 82.5, 88.5, 93.5, 97.5, 104.5, 111.5, 118)


@cache
def schedule() -> dict[str, Any]:
    """The declared doses and ages."""
    text_ = resources.files(__package__).joinpath("immunisation.yaml").read_text(encoding="utf-8")
    declared: dict[str, Any] = YAML(typ="safe", pure=True).load(text_)
    return declared


def vaccinate(place: Place) -> None:
    """Every dose given by the as-of date; the plan's share of children have all they should have at two."""
    people, random = place.people, place.random("vaccinations")
    rows = np.flatnonzero((people.cohort >= _OLDEST_COHORT) & people.present_ever(place.plan.as_of))
    lacking = _lacking(place, rows, random)
    declared = schedule()["doses"]
    missed = lacking[:, None] & (random.random((len(rows), len(declared))) < _ALSO_MISSED)
    forced = random.integers(0, _KEY_DOSES, len(rows))
    waits = {
        months: random.exponential(7, len(rows)).astype(np.int64) % 55 if months else 0 for months in sorted({row[2] for row in declared})
    }
    before: dict[str, Whole] = {}
    for number, (vaccine, dose, months, *limits) in enumerate(declared):
        due = add_months(people.birth[rows], months)
        given = np.maximum(due + waits[months], _after(before.get(_line(vaccine)), vaccine, dose, len(rows)))
        applies = _applies(due, limits) & ~missed[:, number] & ~(lacking & (forced == number))
        applies &= (given <= np.minimum(people.last[rows], place.plan.as_of)) & (given >= people.birth[rows])
        _write_doses(place, rows[applies], given[applies], vaccine, dose)
        before[_line(vaccine)] = np.where(applies, given, before.get(_line(vaccine), np.full(len(rows), _NEVER)))


def _line(vaccine: str) -> str:
    """The vaccines whose doses follow one another."""
    return {"opv": "ipv", "dt": "dtap", "menac": "mena"}.get(vaccine, vaccine)


def _after(before: Whole | None, vaccine: str, dose: int, many: int) -> Whole:
    """The first day on which a dose may follow the one before it; whoever had none before need not wait."""
    least = schedule()["least_days_apart"].get(f"{vaccine} {dose}", _USUAL_GAP)
    return np.full(many, _NEVER) if before is None else before + least


def _lacking(place: Place, rows: Whole, random: np.random.Generator) -> Flags:
    """Children who miss doses, the same share of every birth year's, as the plan has it two years later."""
    lacking = np.zeros(len(rows), dtype=bool)
    for cohort in np.unique(place.people.cohort[rows]):
        among = np.flatnonzero(place.people.cohort[rows] == cohort)
        share = 1 - place.share("full_immunisation", int(cohort) + 2)
        lacking[among] = chosen_share(random.random(len(among)), share, place.offset("full_immunisation", int(cohort)))
    return lacking


def _applies(due: Days, limits: list[Any]) -> Flags:
    first, last = (*limits, "", "")[:2]
    applies = np.ones(len(due), dtype=bool)
    if first:
        applies &= due >= day(_date(first))
    if last:
        applies &= due <= day(_date(last))
    return applies


def _date(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _write_doses(place: Place, rows: Whole, given: Days, vaccine: str, dose: int) -> None:
    many = len(rows)
    lots = [f"YANG{when[2:4]}{when[5:7]}{vaccine[:2].upper()}" for when in text(given)]
    columns = ([vaccine] * many, place.patients(rows), text(given), lots, [place.hospital] * many, [dose] * many)
    place.write("Immunization", fill(IMMUNIZATION, place.new_ids("imm-", many), *columns))


def check_growth(place: Place) -> None:
    """Health checks at their ages; children outside the system are not seen in that calendar year."""
    people, random = place.people, place.random("child checks")
    rows = np.flatnonzero((people.cohort >= _OLDEST_COHORT) & people.present_ever(place.plan.as_of))
    absent = _absent(place, rows, random)
    size = random.normal(0, 1, len(rows))
    first = year_start(2020)
    for months in schedule()["checks_at_months"]:
        when = add_months(people.birth[rows], months) + random.integers(0, 13, len(rows))
        year = np.array([int(one[:4]) for one in text(when)], dtype=np.int64) if len(rows) else np.zeros(0, dtype=np.int64)
        out = absent[np.arange(len(rows)), np.clip(year - 2020, 0, absent.shape[1] - 1)]
        later = (months >= 36) & (random.random(len(rows)) < 0.12)
        held = ~out & ~later & (when >= np.maximum(people.since[rows], first)) & (when <= np.minimum(people.last[rows], place.plan.as_of))
        _write_checks(place, rows[held], when[held], months, size[held], random)
    _membership(place, rows)


def _absent(place: Place, rows: Whole, random: np.random.Generator) -> Flags:
    """By child and year: outside the system. Of those under three the plan's share, drawn from those old enough to have missed a check."""
    people, years = place.people, place.plan.projection.years
    absent = np.zeros((len(rows), len(years)), dtype=bool)
    inclined = random.random(len(rows))
    for step, flows in enumerate(years):
        end = min(year_start(flows.year + 1) - 1, place.plan.as_of)
        here = people.present(end)[rows] & (people.birth[rows] <= end)
        age = age_years(people.birth[rows], np.maximum(end, people.birth[rows]))
        young = here & (age < 3)
        eligible = np.flatnonzero(young & (add_months(people.birth[rows], 2) <= end))
        wanted = young.sum() * (1 - place.share("child_management", flows.year))
        share = min(wanted / max(len(eligible), 1), 1.0)
        scores = inclined[eligible] + random.normal(0, 0.4, len(eligible))
        absent[eligible[chosen_share(scores, share, place.offset("child_management", flows.year))], step] = True
    return absent


def _write_checks(place: Place, rows: Whole, when: Days, months: int, size: np.ndarray, random: np.random.Generator) -> None:
    many = len(rows)
    boys = np.where(place.people.female[rows], -0.03, 0.03)
    weight = np.interp(months, _MONTHS, _WEIGHT) * (1 + boys + 0.09 * size + random.normal(0, 0.02, many))
    height = np.interp(months, _MONTHS, _HEIGHT) * (1 + boys / 3 + 0.03 * size + random.normal(0, 0.006, many))
    blood = random.normal(122, 9, many).round().astype(int) - 8 * (months <= 8)
    measured = months in schedule()["haemoglobin_at_months"]
    lines = fill(
        _CHECK,
        place.new_ids("child-", many),
        [place.hospital] * many,
        place.patients(rows),
        text(when),
        [place.doctor] * many,
        [months] * many,
        np.round(weight, 2).tolist(),
        np.round(height, 1).tolist(),
        np.where(random.random(many) < 0.015, "suspect", "normal").tolist(),
        [_HAEMOGLOBIN % value if measured else "" for value in blood.tolist()],
    )
    place.write("QuestionnaireResponse", lines)
    place.encounters("child_check", "AMB", rows, when, when, [place.hospital] * many)


def _membership(place: Place, rows: Whole) -> None:
    people = place.people
    start = np.maximum(people.birth[rows] + 7, people.since[rows] + 7)
    end = np.minimum(people.last[rows], add_months(people.birth[rows], 84) - 1)
    joins = (start < np.minimum(end, place.plan.as_of)) & (end >= year_start(2020))
    place.episodes("child", rows[joins], start[joins], end[joins])
