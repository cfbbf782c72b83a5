"""Signs that visits were written down without being made: rounded readings, impossible days, copied answers, visits after death.

Each sign is evidence, not a verdict: it says what was found, how unlikely it is, and which records to look at.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
SIGNS = ("digits", "density", "clones", "after_death")


@dataclass(frozen=True)
class Limits:
    """From when a sign is shown; set in ``content/settings/plausibility.yaml``.

    ``readings`` blood pressures are needed to judge digits; ``rounded`` is the share ending in 0 or 5; ``chance`` the probability below
    which chance does not explain it; ``visits_a_day`` face-to-face visits of one institution, ``visits_a_day_of_one`` those of one
    person; ``alike`` people with the same answers on one day.
    """

    readings: int = 40
    rounded: float = 0.5
    chance: float = 0.001
    visits_a_day: int = 40
    visits_a_day_of_one: int = 25
    alike: int = 5


@dataclass(frozen=True)
class Recorded:
    """One stored visit. ``answers`` is a digest of what was answered, dates and derived values aside; empty when too little was."""

    response: str
    pid: int
    org: str
    on: date
    face_to_face: bool
    systolic: float | None
    diastolic: float | None
    answers: str
    died: date | None
    performer: str = ""


@dataclass(frozen=True)
class Sign:
    """One sign at one institution, or of one ``performer`` there: ``figures``, how ``strong`` (for sorting), and the records behind it.

    ``mark`` tells it from other signs of its kind and stays the same as long as it is about the same thing.
    """

    kind: str
    org: str
    on: date | None
    figures: Mapping[str, float]
    strong: float
    responses: tuple[str, ...]
    performer: str = ""
    mark: str = ""

    @property
    def key(self) -> str:
        """By which what became of it is known again."""
        return "/".join((self.kind, self.org, self.performer, self.on.isoformat() if self.on else "", self.mark))


@dataclass(frozen=True)
class Load:
    """How many people somebody met face to face: over how many days, on which day the most."""

    performer: str
    people: int
    days: int
    most: int
    on: date


def signs(records: Iterable[Recorded], limits: Limits) -> list[Sign]:
    """Every sign found, the strongest first."""
    by_org: dict[str, list[Recorded]] = defaultdict(list)
    for one in records:
        by_org[one.org].append(one)
    found = []
    for org, own in by_org.items():
        found += [*digits(org, own, limits), *density(org, own, limits), *clones(org, own, limits), *after_death(org, own)]
    return sorted(found, key=lambda sign: (-sign.strong, sign.org, sign.kind))


def digits(org: str, records: Sequence[Recorded], limits: Limits) -> list[Sign]:
    """Blood pressures that end in 0 or 5 far more often than readings do.

    Chi-square of the last digits of both pressures against an even spread over the ten digits (9 degrees of freedom).
    """
    read = [one for one in records if one.systolic is not None and one.diastolic is not None]
    last = Counter(int(value or 0) % 10 for one in read for value in (one.systolic, one.diastolic))
    many = sum(last.values())
    if len(read) < limits.readings:
        return []
    statistic = sum((last[digit] - many / 10) ** 2 / (many / 10) for digit in range(10))
    chance, share = chi_square_tail(statistic, 9), (last[0] + last[5]) / many
    if chance >= limits.chance or share < limits.rounded:
        return []
    rounded = [one.response for one in read if int(one.systolic or 0) % 5 == 0 and int(one.diastolic or 0) % 5 == 0]
    figures = {"readings": len(read), "share": share, "statistic": statistic, "chance": chance}
    return [Sign("digits", org, None, figures, 1 + share, tuple(rounded), mark=str(max(one.on for one in read).year))]


def density(org: str, records: Sequence[Recorded], limits: Limits) -> list[Sign]:
    """Days on which more people were met face to face than one person, or one place, can meet.

    A day of which one person's visits say it all is one sign, that person's.
    """
    met = [one for one in records if one.face_to_face]
    found = []
    for (on, performer), own in _by(met, lambda one: (one.on, one.performer)).items():
        if performer and (sign := _crowded(org, on, own, limits.visits_a_day_of_one, performer)):
            found.append(sign)
    said = {(sign.on, sign.responses) for sign in found}
    for on, own in _by(met, lambda one: one.on).items():
        sign = _crowded(org, on, own, limits.visits_a_day)
        if sign and (sign.on, sign.responses) not in said:
            found.append(sign)
    return found


def _crowded(org: str, on: date, own: Sequence[Recorded], limit: int, performer: str = "") -> Sign | None:
    people = len({one.pid for one in own})
    if people <= limit:
        return None
    return Sign("density", org, on, {"people": people, "limit": limit}, 2 + people / limit, tuple(one.response for one in own), performer)


def loads(records: Iterable[Recorded]) -> list[Load]:
    """How many people each performer met a day, the busiest day first; records without a performer are nobody's."""
    found = []
    met = [one for one in records if one.face_to_face and one.performer]
    for performer, own in _by(met, lambda one: one.performer).items():
        days = {on: len({one.pid for one in same}) for on, same in _by(own, lambda one: one.on).items()}
        on = max(days, key=lambda day: (days[day], day))
        found.append(Load(performer, sum(days.values()), len(days), days[on], on))
    return sorted(found, key=lambda load: (-load.most, load.performer))


def _by(records: Iterable[Recorded], key: Callable[[Recorded], Key]) -> dict[Key, list[Recorded]]:
    found: dict[Key, list[Recorded]] = defaultdict(list)
    for one in records:
        found[key(one)].append(one)
    return found


def clones(org: str, records: Sequence[Recorded], limits: Limits) -> list[Sign]:
    """The same answers, number for number, for many people on one day."""
    same: dict[tuple[date, str], list[Recorded]] = defaultdict(list)
    for one in records:
        if one.answers:
            same[one.on, one.answers].append(one)
    found = []
    for (on, answers), own in same.items():
        people = len({one.pid for one in own})
        if people >= limits.alike:
            strong, responses = 2 + people / limits.alike, tuple(one.response for one in own)
            found.append(Sign("clones", org, on, {"people": people}, strong, responses, mark=answers[:12]))
    return found


def after_death(org: str, records: Sequence[Recorded]) -> list[Sign]:
    """Visits to people who had died by then."""
    late = [one for one in records if one.died is not None and one.on > one.died]
    if not late:
        return []
    longest = max(late, key=lambda one: one.on - (one.died or one.on))
    days = (longest.on - (longest.died or longest.on)) // timedelta(days=1)
    newest, responses = max(one.on for one in late).isoformat(), tuple(one.response for one in late)
    return [Sign("after_death", org, None, {"visits": len(late), "days": days}, 10 + len(late), responses, mark=newest)]


def chi_square_tail(statistic: float, freedom: int) -> float:
    """The probability of a chi-square value at least this large: the regularised upper incomplete gamma Q(freedom/2, statistic/2).

    By its series or its continued fraction (Abramowitz and Stegun 6.5.29 and 6.5.31).
    """
    a, x = freedom / 2, statistic / 2
    if x <= 0:
        return 1.0
    front = math.exp(-x + a * math.log(x) - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        step = a
        while abs(term) > abs(total) * 1e-15:
            step += 1
            term *= x / step
            total += term
        return max(0.0, 1 - front * total)
    fraction, b = 0.0, x + 1 - a + 2 * 200
    for place in range(200, 0, -1):
        b -= 2
        fraction = -place * (place - a) / (b + 2 + fraction)
    return front / (x + 1 - a + fraction)
