"""Households: couples, their children, grandparents, people alone; and the mothers of those born in the period."""

import numpy as np

from . import mortality, names
from .people import Flags, People, Whole
from .plan import CountyPlan

_MARRIED_BY_AGE = ((22, 0.0), (24, 0.25), (28, 0.65), (33, 0.86), (40, 0.93), (64, 0.93), (70, 0.85), (80, 0.62), (90, 0.35))
_HOME_UNTIL = 23
_FIRST_MOTHERS, _LAST_MOTHERS = 18, 43


def settle(plan: CountyPlan, people: People) -> None:
    """Form the households of 1 January 2020 and give everybody a family name."""
    random = plan.generator("households", people.village)
    families, weights = names.surnames()
    people.surname[:] = random.choice(families, size=len(people), p=weights)
    rows = np.flatnonzero(people.joined == 0)
    age = 2020 - people.cohort[rows]
    husbands, wives = _couples(rows, age, people.female[rows], random)
    people.household[husbands] = people.household[wives] = np.arange(len(husbands))
    single = rows[people.household[rows] < 0]
    single_age = 2020 - people.cohort[single]
    at_home = (single_age < _HOME_UNTIL) | ((single_age < 36) & (random.random(len(single)) < 0.7))
    _join_parents(people, single[at_home], husbands, wives, random)
    old = (single_age >= 65) & (random.random(len(single)) < 0.55)
    _join_grown_children(people, single[old], husbands, wives, random)
    alone = rows[people.household[rows] < 0]
    people.household[alone] = len(husbands) + np.arange(len(alone))


def _couples(rows: Whole, age: Whole, female: Flags, random: np.random.Generator) -> tuple[Whole, Whole]:
    """Husbands and wives of like rank in age, so that most are two years apart."""
    ages, shares = zip(*_MARRIED_BY_AGE, strict=True)
    marries = random.random(len(rows)) < np.interp(age, ages, shares, left=0.0)
    jitter = random.normal(0, 1.2, len(rows))

    def by_age(mask: Flags) -> Whole:
        chosen = np.flatnonzero(mask & marries)
        return rows[chosen[np.argsort(age[chosen] + jitter[chosen], kind="stable")]]

    men, women = by_age(~female), by_age(female)
    pairs = min(len(men), len(women))
    spread_men = np.linspace(0, len(men) - 1, pairs).astype(int) if pairs else np.zeros(0, dtype=int)
    spread_women = np.linspace(0, len(women) - 1, pairs).astype(int) if pairs else np.zeros(0, dtype=int)
    return men[spread_men], women[spread_women]


def _join_parents(people: People, children: Whole, husbands: Whole, wives: Whole, random: np.random.Generator) -> None:
    """Each child joins a couple whose wife was about 26 at its birth."""
    if not len(wives):
        return
    gap = np.clip(random.normal(26.5, 4.0, len(children)), 19, 41)
    couple = _nearest(people.cohort[wives], people.cohort[children] - gap, random)
    fits = people.cohort[children] - people.cohort[wives[couple]] >= 17
    children, couple = children[fits], couple[fits]
    people.household[children] = people.household[wives[couple]]
    people.mother[children] = wives[couple]
    people.surname[children] = people.surname[husbands[couple]]


def _join_grown_children(people: People, parents: Whole, husbands: Whole, wives: Whole, random: np.random.Generator) -> None:
    """A widowed parent lives with a son's couple some 27 years younger."""
    if not len(wives) or not len(parents):
        return
    couple = _nearest(people.cohort[wives], people.cohort[parents] + random.normal(27, 4, len(parents)), random)
    fits = people.cohort[wives[couple]] - people.cohort[parents] >= 17
    parents, couple = parents[fits], couple[fits]
    people.household[parents] = people.household[wives[couple]]
    fathers = ~people.female[parents]
    people.surname[parents[fathers]] = people.surname[husbands[couple[fathers]]]


def _nearest(values: Whole, wanted: np.ndarray, random: np.random.Generator) -> Whole:
    """For each wanted birth year, a couple about that old: one of the five nearest."""
    order = np.argsort(values, kind="stable")
    place = np.searchsorted(values[order], wanted) + random.integers(-2, 3, len(wanted))
    return order[np.clip(place, 0, len(values) - 1)]


def choose_mothers(people: People, newborn: Whole, year: int, year_end: int, last_birth: Whole, random: np.random.Generator) -> None:
    """Give the children born in ``year`` mothers who live in the village then and for two months after; none twice within a year."""
    age = year - people.cohort
    settled = people.female & (people.joined < year) & (people.last > year_end + 60) & (age >= _FIRST_MOTHERS) & (age <= _LAST_MOTHERS)
    curve = np.array(mortality.shapes()["mothers"], dtype=float)
    chances = np.where(settled, curve[np.clip(age - _FIRST_MOTHERS, 0, len(curve) - 1)], 0.0)
    chances *= np.where(last_birth >= year - 1, 0.0, 1.0)
    candidates = np.flatnonzero(chances > 0)
    keys = random.exponential(size=len(candidates)) / chances[candidates]
    mothers = candidates[np.argsort(keys, kind="stable")[: len(newborn)]]
    children = newborn[: len(mothers)]
    people.mother[children] = mothers
    people.household[children] = people.household[mothers]
    people.surname[children] = _family_names(people, mothers)
    last_birth[mothers] = year
    orphans = newborn[len(mothers) :]
    people.household[orphans] = people.household.max() + 1 + np.arange(len(orphans))


def _family_names(people: People, mothers: Whole) -> np.ndarray:
    """The family name of a man of the household near the mother's age, or the mother's own."""
    named = []
    for mother in mothers.tolist():
        men = np.flatnonzero(
            (people.household == people.household[mother]) & ~people.female & (abs(people.cohort - people.cohort[mother]) < 15)
        )
        named.append(people.surname[men[0] if len(men) else mother])
    return np.array(named, dtype=object)


def take_in(people: People, arriving: Whole, year: int, random: np.random.Generator) -> None:
    """Newcomers marry or move into households of the village, or found their own; children join one."""
    joins = (year - people.cohort[arriving] < 20) | (random.random(len(arriving)) < 0.5)
    existing = np.unique(people.household[(people.household >= 0) & (people.joined < year)])
    into = random.choice(existing, size=len(arriving)) if len(existing) else np.zeros(len(arriving), dtype=np.int64)
    own = people.household.max() + 1 + np.arange(len(arriving))
    people.household[arriving] = np.where(joins, into, own)
