"""What is known of somebody who gets doses, and what a schedule says of each dose."""

from collections.abc import Mapping
from datetime import date
from typing import Literal, NamedTuple

DoseState = Literal["given", "uncounted", "due", "overdue", "later", "postponed", "forbidden", "past"]


class Given(NamedTuple):
    """One dose as recorded."""

    vaccine: str
    on: date


class Recipient(NamedTuple):
    """What of a person decides: birth, sex, special states of health, severe allergies, the last immunoglobulin, a visit put off."""

    birth_date: date
    sex: str = ""
    states: frozenset[str] = frozenset()
    allergic_to: frozenset[str] = frozenset()
    immunoglobulin_on: date | None = None
    deferred_until: date | None = None


class DoseResult(NamedTuple):
    """One dose. ``starts`` is the first day it may be given, ``ends`` the last recommended one, ``late_on`` the last before it counts as
    missed; ``timely`` says of a given one whether it was given by ``ends``. ``rule`` is the rule that decided, ``says`` its words."""

    series: str
    number: int
    vaccine: str
    state: DoseState
    on: date | None = None
    starts: date | None = None
    ends: date | None = None
    late_on: date | None = None
    timely: bool | None = None
    rule: str = ""
    says: str = ""

    @property
    def open(self) -> bool:
        """Whether it may be given today."""
        return self.state in ("due", "overdue")


class NextVisit(NamedTuple):
    """A day and every dose that can be given on it together, the one to give first if they cannot be given together at the head."""

    on: date
    doses: tuple[DoseResult, ...]


class DosePlan(NamedTuple):
    """All doses, series by series; ``rules`` are those that decided anything."""

    doses: tuple[DoseResult, ...]
    visit: NextVisit | None
    rules: frozenset[str]

    def of(self, series: str) -> tuple[DoseResult, ...]:
        """The doses of one series."""
        return tuple(one for one in self.doses if one.series == series)


def standing(plan: DosePlan) -> Mapping[str, tuple[int, int]]:
    """By series: how many doses count, how many of them were given in time."""
    found: dict[str, tuple[int, int]] = {}
    for one in plan.doses:
        done, timely = found.get(one.series, (0, 0))
        found[one.series] = (done + (one.state == "given"), timely + (one.timely is True))
    return found
