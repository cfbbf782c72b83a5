"""A schedule of doses made ready to be walked for many people: spans read once, courses with their conditions, words written once."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

from kangyu.engines.content.kinds.base import Span
from kangyu.engines.content.kinds.schedule import Course, Dose, DoseSchedule, HealthState, Series

DAY = timedelta(days=1)
AGE_WORDS = {"month": "月龄", "year": "岁"}
MONTHS = {"month": 1, "year": 12}
DAYS = {"day": 1, "week": 7}


TABLES_KEPT = 16
BIRTHS_KEPT = 7000
"""Birth dates whose ages are kept: a rebuild meets each day of eighteen years many times."""


@dataclass(frozen=True, eq=False, slots=True)
class Step:
    """A span of the calendar: whole months (clamped to the month's last day) or days; with ``eve`` it ends on the day before.

    ``age`` and ``words`` say it, ``reached`` says it as an age.
    """

    months: int
    days: timedelta
    words: str
    age: str
    reached: str
    eve: bool = False

    def after(self, on: date) -> date:
        """The day that long after another; the last day there is where the calendar ends first."""
        try:
            if self.eve:
                return replace(self, eve=False).after(on) - DAY
            if not self.months:
                return on + self.days
            year, month = divmod(on.year * 12 + on.month - 1 + self.months, 12)
            day = on.day
            if day > 28:
                day = min(day, monthrange(year, month + 1)[1])
            return date(year, month + 1, day)
        except (OverflowError, ValueError):
            return date.max


@cache
def step(text: str) -> Step:
    """A written span made ready; one object for one text, so that it serves as a key."""
    span = Span.parse(text)
    months = span.count * MONTHS.get(span.unit, 0)
    days = timedelta(days=0 if span.unit in MONTHS else span.count * DAYS[span.unit])
    age = f" {span.count} {AGE_WORDS.get(span.unit, '天')}"
    return Step(months, days, f" {span.words()}", age, f"满{age}" if span.count else "出生后尽早")


@cache
def eve(text: str) -> Step:
    """The day before an age is reached."""
    return replace(step(text), eve=True)


def _step(text: str | None) -> Step | None:
    return step(text) if text else None


@dataclass(frozen=True, slots=True)
class Row:
    """One dose of a course, its spans read; ``by`` leads to the last day before an age.

    A ``plain`` one depends on nothing but the age and the dose before.
    """

    dose: Dose
    at: Step
    by: Step | None
    gap: Step | None
    within: Step | None
    since_first: Step | None
    not_from: Step | None
    ask_from: Step | None
    sooner_at: Step | None
    after: tuple[Step | None, ...]
    after_series: str
    vaccine: str
    older: tuple[tuple[Step, str], ...]
    plain: bool

    @classmethod
    def of(cls, dose: Dose, course: Course, series: Series) -> "Row":
        """A declared dose; without a vaccine of its own it takes the course's, else the usual one of the series."""
        return cls(
            dose, step(dose.at), eve(dose.by) if dose.by else None, _step(dose.gap), _step(dose.within),
            _step(dose.since_first), _step(dose.not_from), _step(dose.ask_from), step(dose.sooner.at) if dose.sooner else None,
            tuple(_step(gap) for gap in dose.after.gaps) if dose.after else (), dose.after.series if dose.after else "",
            dose.vaccine or course.with_ or series.vaccines[0], tuple((step(age), vaccine) for age, vaccine in dose.older.items()),
            not (dose.sooner or dose.after or dose.since_first),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """A course: for whom (``fits``; everybody where ``for_all``), on which days and begun with which vaccine (any where ``always``);
    ``rule`` is its name among the rules."""

    course: Course
    rows: tuple[Row, ...]
    rule: str
    first: date
    last: date
    always: bool
    for_all: bool

    @classmethod
    def of(cls, place: int, course: Course, key: str, series: Series) -> "Way":
        """The course at a place (from 1) of its series."""
        rows = tuple(Row.of(dose, course, series) for dose in course.doses)
        on = course.on
        return cls(
            course, rows, f"course.{key}.{place}", on.from_ if on else date.min, (on.to if on else None) or date.max,
            always=on is None and course.with_ is None, for_all=course.born is None and course.sex is None and course.state is None,
        )  # fmt: skip

    def fits(self, birth: date, sex: str, states: frozenset[str]) -> bool:
        """Whether it is for such a person, whatever the day."""
        one, born = self.course, self.course.born
        if one.sex not in (None, sex) or (one.state is not None and one.state not in states):
            return False
        return born is None or (born.from_ or date.min) <= birth <= (born.to or date.max)


@dataclass(frozen=True, slots=True)
class Line:
    """A series; ``sole`` is its course where everybody has the same one, ``held`` names its rule where a component is still lacking."""

    key: str
    series: Series
    ways: tuple[Way, ...]
    until: Step
    held: str
    sole: Way | None


class DoseTable:
    """The whole schedule made ready."""

    def __init__(self, schedule: DoseSchedule):
        self.schedule = schedule
        self.lines = tuple(self._line(key, series) for key, series in schedule.series.items())
        self.counts_for: dict[str, tuple[str, ...]] = {}
        for one in self.lines:
            for vaccine in one.series.vaccines:
                self.counts_for[vaccine] = (*self.counts_for.get(vaccine, ()), one.key)
        self.live = frozenset(schedule.live_injected)
        self.after_immunoglobulin = {vaccine: step(apart) for vaccine, apart in schedule.after_immunoglobulin.items()}
        self.live_apart, self.late_after = step(schedule.live_apart), step(schedule.late_after)
        self._ages: dict[date, dict[Step, date]] = {}

    def ages_of(self, birth: date) -> dict[Step, date]:
        """The days on which those born on a day reach which ages, as far as anybody has asked; the caller fills in what is missing."""
        if len(self._ages) > BIRTHS_KEPT:
            self._ages.clear()
        return self._ages.setdefault(birth, {})

    def _line(self, key: str, series: Series) -> Line:
        ways = tuple(Way.of(place, one, key, series) for place, one in enumerate(series.courses, 1))
        sole = ways[0] if len(ways) == 1 and ways[0].always and ways[0].for_all else None
        until = step(series.until or self.schedule.until)
        return Line(key, series, ways, until, f"holds.{key}", sole)

    def states(self, held: frozenset[str]) -> Mapping[str, HealthState]:
        """The special states of health somebody is in, in the order of their names."""
        known = self.schedule.states
        return {key: known[key] for key in sorted(held) if key in known} if held else {}


_tables: dict[int, DoseTable] = {}


def table_of(schedule: DoseSchedule) -> DoseTable:
    """The schedule made ready, kept for as long as it is among the last few asked for."""
    found = _tables.get(id(schedule))
    if found is None or found.schedule is not schedule:
        if len(_tables) >= TABLES_KEPT:
            _tables.clear()
        found = _tables[id(schedule)] = DoseTable(schedule)
    return found
