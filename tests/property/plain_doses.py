"""A schedule of doses walked in the plainest way, rule by rule from the declaration: slow, and the oracle of the quick one.

Ages and gaps go by the calendar with months clamped to their last day; "before an age" ends on the day before it. A dose given too
young or too soon does not count and the series goes on from what counts; nothing is begun again. The course of a series is that of the
day a dose was given; what is still to come goes by the course of today.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache

from kangyu.engines.content.kinds.base import Span
from kangyu.engines.content.kinds.schedule import Course, Dose, DoseSchedule, Series
from kangyu.engines.language.calendar import shift
from kangyu.engines.schedules import DosePlan, DoseResult, Given, NextVisit, Recipient
from kangyu.engines.schedules.dose_results import DoseState

DAY = timedelta(days=1)
AGE_WORDS = {"month": "月龄", "year": "岁"}


@dataclass(frozen=True)
class Plain:
    """A dose, with the same fields as ``DoseResult``."""

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
        return self.state in ("due", "overdue")


def told(one: Plain) -> DoseResult:
    """The same as the engine says it."""
    return DoseResult(*(getattr(one, name) for name in DoseResult._fields))


def plain_plan(schedule: DoseSchedule, given: Sequence[Given], person: Recipient, today: date) -> DosePlan:
    """The plan of one person on a day. Doses recorded after ``today`` are not seen; of vaccines the schedule does not name none counts."""
    seen = sorted((one for one in given if one.on <= today), key=lambda one: one.on)
    work = _Work(schedule, person, today, [one for one in seen if one.vaccine in schedule.live_injected])
    found: list[Plain] = []
    for key, series in schedule.series.items():
        found += _Line(work, key, series).walk([one for one in seen if one.vaccine in series.vaccines])
    work.rules |= {f"state.{key}" for key in person.states & schedule.states.keys()}
    return DosePlan(tuple(told(one) for one in found), _visit(schedule, found, today), frozenset(work.rules))


@dataclass
class _Work:
    schedule: DoseSchedule
    person: Recipient
    today: date
    live: Sequence[Given]
    rules: set[str] = field(default_factory=set)
    counted: dict[str, list[Given]] = field(default_factory=dict)
    ages: dict[str, date] = field(default_factory=dict)

    def age(self, span: str) -> date:
        """The day on which the person reaches an age."""
        if span not in self.ages:
            self.ages[span] = _moved(self.person.birth_date, span)
        return self.ages[span]

    def replaced(self, vaccine: str) -> str:
        """The vaccine given instead of one that a state of health forbids."""
        for key in sorted(self.person.states & self.schedule.states.keys()):
            state = self.schedule.states[key]
            if vaccine in state.instead and vaccine in (*state.forbids, *state.postpones, *state.assess):
                self.rules.add(f"instead.{key}")
                return state.instead[vaccine]
        return vaccine

    def kept_from(self, vaccine: str) -> tuple[DoseState, str, str] | None:
        """Why a vaccine is not given: the state it leads to, the rule, the words."""
        if vaccine in self.person.allergic_to:
            return "forbidden", "allergic", "对这种疫苗有过严重过敏，禁种"
        for key in sorted(self.person.states & self.schedule.states.keys()):
            state = self.schedule.states[key]
            if vaccine in state.forbids:
                return "forbidden", f"state.{key}", f"{state.title}，禁种"
            if vaccine in state.postpones:
                return "postponed", f"state.{key}", f"{state.title}，暂缓"
            if vaccine in state.assess:
                return "postponed", f"state.{key}", f"{state.title}，由医生评估后决定"
        return None


@dataclass
class _Line:
    """One series on its way through the doses given and those to come."""

    work: _Work
    key: str
    series: Series
    counted: list[Given] = field(default_factory=list)
    done: int = 0

    def walk(self, given: Sequence[Given]) -> list[Plain]:
        """What came of the doses given, then what is to come. Later series see both."""
        self.work.counted[self.key] = self.counted
        judged = [self._judged(one) for one in given]
        self.done = len(self.counted)
        return judged + self._coming()

    def course(self, on: date, vaccine: str = "") -> Course | None:
        """The first course that fits the person on a day."""
        begun = self.counted[0].vaccine if self.counted else vaccine
        person = self.work.person
        for place, one in enumerate(self.series.courses, 1):
            born = one.born
            fits = (
                (one.on is None or (one.on.from_ <= on and (one.on.to is None or on <= one.on.to)))
                and (one.sex is None or one.sex == person.sex)
                and (one.state is None or one.state in person.states)
                and (one.with_ is None or one.with_ in (begun, vaccine))
                and (born is None or (born.from_ or date.min) <= person.birth_date <= (born.to or date.max))
            )
            if fits:
                self.work.rules.add(f"course.{self.key}.{place}")
                return one
        return None

    def _judged(self, one: Given) -> Plain:
        course, number = self.course(one.on, one.vaccine), len(self.counted) + 1
        result = Plain(self.key, number, one.vaccine, "uncounted", one.on)
        before = course is None
        course = course or self._course_early(one)
        if course is None:
            return replace(result, rule="no_course", says="当时的程序里没有这一剂，不计入")
        if number > len(course.doses) and not self._lacks(course):
            return self._ruled(replace(result, says="程序已经完成，多出的一剂"), "extra")
        row = course.doses[min(number, len(course.doses)) - 1]
        starts, rule, words = self._starts(row, self.counted[-1].on if self.counted else None, one.on)
        if one.on < starts or before:
            if self._early(row, one):
                told = replace(result, state="given", starts=one.on, ends=self._ends(row, one.on), timely=True)
                self.counted.append(one)
                return self._ruled(replace(told, says="按说明书提前接种，算这一剂"), "early")
            if one.on >= starts:
                return replace(result, rule="no_course", says="当时的程序里没有这一剂，不计入")
            if course.first_uncounted and number == 1:
                return self._ruled(replace(result, number=0, says="出生时体重不足，这一剂不计入"), f"state.{course.state}")
            rule = "too_young" if rule in ("at", "sooner") else "too_soon"
            return self._ruled(replace(result, starts=starts, says=f"{words}，早了 {(starts - one.on).days} 天，不计入"), rule)
        ends = self._ends(row, starts)
        self.counted.append(one)
        timely = ends is None or one.on <= ends
        return self._ruled(replace(result, state="given", starts=starts, ends=ends, timely=timely), "timely" if timely else "late")

    def _course_early(self, given: Given) -> Course | None:
        """The course that takes a dose from before its own days."""
        person, place = self.work.person, len(self.counted)
        for number, one in enumerate(self.series.courses, 1):
            row = one.doses[place] if place < len(one.doses) else None
            if row is None or row.early is None or given.vaccine not in row.early.of:
                continue
            born = one.born
            born_in = born is None or (born.from_ or date.min) <= person.birth_date <= (born.to or date.max)
            if born_in and one.sex in (None, person.sex) and (one.state is None or one.state in person.states):
                self.work.rules.add(f"course.{self.key}.{number}")
                return one
        return None

    def _early(self, row: Dose, given: Given) -> bool:
        """Enough of the vaccines that count early, and long enough after the last."""
        if row.early is None or given.vaccine not in row.early.of:
            return False
        enough = sum(one.vaccine in row.early.of for one in [*self.counted, given]) >= row.early.least
        apart = not (self.counted and row.gap) or _moved(self.counted[-1].on, row.gap) <= given.on
        return enough and apart

    def _coming(self) -> list[Plain]:
        """The doses still to come; those that can be given are counted as planned, so that the next ones follow from them."""
        work, usual = self.work, self.series.vaccines[0]
        other = work.replaced(usual)
        course = self.course(work.today, other if other != usual else "")
        if course is None:
            return []
        found, previous, first = [], self.counted[-1].on if self.counted else None, True
        rows = list(course.doses[self.done :])
        if not rows and self.done and self._lacks(course):
            rows = [course.doses[-1]]
            work.rules.add(f"holds.{self.key}")
        for number, row in enumerate(rows, self.done + 1):
            result = self._next(course, row, number, previous, first)
            found.append(result)
            if result.state in ("past", "forbidden", "postponed"):
                continue
            previous, first = max(result.starts or work.today, work.today), False
            self.counted.append(Given(result.vaccine, previous))
        return found

    def _next(self, course: Course, row: Dose, number: int, previous: date | None, first: bool) -> Plain:
        work = self.work
        starts, rule, words = self._starts(row, previous)
        vaccine = self._vaccine(course, row, max(starts, work.today))
        result = Plain(self.key, number, vaccine, "later", starts=starts, rule=rule, says=words)
        until = work.age(self.series.until or work.schedule.until)
        if max(starts, work.today) >= until:
            return self._ruled(replace(result, state="past", says="已过补种的年龄"), "until")
        if row.not_from and max(starts, work.today) >= work.age(row.not_from):
            return self._ruled(replace(result, state="past", says=f"满{_age_words(row.not_from)}不再接种"), "not_from")
        kept = work.kept_from(vaccine)
        if kept:
            return self._ruled(replace(result, state=kept[0], says=kept[2]), kept[1])
        result = self._waited(result)
        put_off = work.person.deferred_until
        if put_off and put_off > work.today and (result.starts or starts) < put_off:
            result = replace(result, starts=put_off, rule="deferred", says=f"约定推迟到 {put_off}")
        ends, starts = self._ends(row, result.starts or starts), result.starts or starts
        late_on = _moved(starts, work.schedule.late_after) - DAY
        late_on = min(late_on, ends) if ends and ends >= starts else late_on
        result = replace(result, ends=ends if ends and ends >= starts else None, late_on=late_on)
        if first and starts <= work.today:
            result = replace(result, state="overdue" if work.today > late_on else "due")
            if row.ask_from and work.today >= work.age(row.ask_from):
                return self._ruled(replace(result, says=row.ask or ""), "ask")
        work.rules.add(result.rule)
        return result

    def _waited(self, result: Plain) -> Plain:
        """An injected live vaccine waits for the one before it on another day; some wait for immunoglobulin."""
        work, schedule, starts = self.work, self.work.schedule, result.starts or self.work.today
        live = result.vaccine in schedule.live_injected
        if live and work.live and work.live[-1].on < work.today and (free := _moved(work.live[-1].on, schedule.live_apart)) > starts:
            result, starts = (
                replace(result, starts=free, rule="live_apart", says=f"与上一种注射的减毒活疫苗至少隔{_words(schedule.live_apart)}"),
                free,
            )
        given = work.person.immunoglobulin_on
        apart = schedule.after_immunoglobulin.get(result.vaccine)
        if given and apart:
            free = _moved(given, apart)
            if free > starts:
                words = f"用过免疫球蛋白或血制品，满{_words(apart)}再种"
                result = replace(result, starts=free, rule="immunoglobulin", says=words)
        return result

    def _others(self, series: str, on: date | None) -> list[Given]:
        """The doses of another series that count, up to a day where one is named, else with those planned."""
        return [one for one in self.work.counted.get(series, ()) if on is None or one.on <= on]

    def _starts(self, row: Dose, previous: date | None, on: date | None = None) -> tuple[date, str, str]:
        """The first day a dose may be given, by which rule, in words; ``on`` is the day of a dose that was given."""
        work, at, rule = self.work, row.at, "at"
        if row.sooner and len(self._others(row.sooner.series, on)) < row.sooner.fewer_than:
            at, rule = row.sooner.at, "sooner"
        bounds = [(work.age(at), rule, _reached(at))]
        if row.gap and previous:
            bounds.append((_moved(previous, row.gap), "gap", f"与前一剂至少隔{_words(row.gap)}"))
        if row.since_first and self.counted:
            bounds.append((_moved(self.counted[0].on, row.since_first), "since_first", f"与第 1 剂至少隔{_words(row.since_first)}"))
        if row.after:
            others = self._others(row.after.series, on)
            gap = row.after.gaps[min(len(others), len(row.after.gaps) - 1)]
            if gap and others:
                title = work.schedule.series[row.after.series].title
                bounds.append((_moved(others[-1].on, gap), "after", f"与{title}末剂至少隔{_words(gap)}"))
        if rule == "sooner":
            work.rules.add("sooner")
        return max(bounds, key=lambda one: one[0])

    def _ends(self, row: Dose, starts: date) -> date | None:
        """The last recommended day: before the age, and not too long after the dose before."""
        ends = [self.work.age(row.by) - DAY] if row.by else []
        if row.within and self.counted:
            ends.append(_moved(self.counted[-1].on, row.within))
        return min(ends, default=None)

    def _lacks(self, course: Course) -> str:
        """The vaccine that a component still lacks, or an empty text."""
        for one in course.holds:
            if sum(given.vaccine in one.of for given in self.counted) < one.least:
                return one.give
        return ""

    def _vaccine(self, course: Course, row: Dose, on: date) -> str:
        work, lacking = self.work, self._lacks(course)
        vaccine = row.vaccine or course.with_ or self.series.vaccines[0]
        for age, other in sorted(row.older.items(), key=lambda item: work.age(item[0])):
            if on >= work.age(age):
                vaccine = other
                work.rules.add("older")
        if lacking and vaccine != lacking:
            vaccine = lacking
            work.rules.add(f"holds.{self.key}")
        return work.replaced(vaccine)

    def _ruled(self, result: Plain, rule: str) -> Plain:
        self.work.rules.add(rule)
        return replace(result, rule=rule)


def _visit(schedule: DoseSchedule, doses: Sequence[Plain], today: date) -> NextVisit | None:
    waiting = [one for one in doses if one.starts and one.state in ("due", "overdue", "later")]
    if not waiting:
        return None
    on = max(today, min(one.starts for one in waiting if one.starts))
    together = [one for one in waiting if one.starts and one.starts <= on and (one.open or on > today)]
    heads: dict[str, Plain] = {}
    for one in together:
        heads.setdefault(one.series, one)
    return NextVisit(on, tuple(told(one) for one in sorted(heads.values(), key=lambda one: not schedule.series[one.series].first)))


@cache
def _span(text: str) -> Span:
    return Span.parse(text)


def _moved(on: date, text: str) -> date:
    span = _span(text)
    moved = shift(on, span.count, span.unit)
    return moved if isinstance(moved, date) else date.max


@cache
def _age_words(text: str) -> str:
    """An age as clinics say it: ``8 月龄``, ``4 岁``."""
    span = _span(text)
    return f" {span.count} {AGE_WORDS.get(span.unit, '天')}"


@cache
def _reached(text: str) -> str:
    return f"满{_age_words(text)}" if _span(text).count else "出生后尽早"


@cache
def _words(text: str) -> str:
    return f" {_span(text).words()}"
