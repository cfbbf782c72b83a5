"""Where one person stands in a schedule of doses: what counts, what is due from when to when, what must not be given, the next visit.

Ages and gaps go by the calendar with months clamped to their last day; "before an age" ends on the day before it. A dose given too
young or too soon does not count and the series goes on from what counts; nothing is begun again. The course of a series is that of the
day a dose was given; what is still to come goes by the course of today.

A rebuild walks every child of a county through this, so results are tuples and the schedule is read once (``dose_table``).
"""

from collections.abc import Sequence
from datetime import date
from operator import attrgetter

from kangyu.engines.content.kinds.schedule import DoseSchedule
from kangyu.engines.schedules.dose_results import DosePlan, DoseResult, DoseState, Given, NextVisit, Recipient
from kangyu.engines.schedules.dose_table import DAY, DoseTable, Line, Row, Step, Way, table_of

WAITING: tuple[DoseState, ...] = ("due", "overdue", "later")
_result = tuple.__new__  # a given dose is told without the detour through keywords: most of a rebuild's time goes into making these
BY_DAY = attrgetter("on")
Bound = tuple[date, str, str]
"""A first day, the rule it comes from, the rule in words."""


def dose_plan(schedule: DoseSchedule, given: Sequence[Given], person: Recipient, today: date) -> DosePlan:
    """The plan of one person on a day. Doses recorded after ``today`` are not seen; of vaccines the schedule does not name none counts."""
    table = table_of(schedule)
    seen = sorted([one for one in given if one.on <= today], key=BY_DAY)
    by_series: dict[str, list[Given]] = {}
    live = None
    for one in seen:
        for key in table.counts_for.get(one.vaccine, ()):
            by_series.setdefault(key, []).append(one)
        if one.vaccine in table.live:
            live = one.on
    work = _Work(table, person, today, live)
    found: list[DoseResult] = []
    for line in table.lines:
        found += _Walk(work, line).walk(by_series.get(line.key, ()))
    work.rules.update([f"state.{key}" for key in work.states])
    return DosePlan(tuple(found), _visit(schedule, found, today), frozenset(work.rules))


def dose_rules(schedule: DoseSchedule) -> list[str]:
    """Every rule that the worked examples of a schedule ought to reach."""
    rows = [dose for series in schedule.series.values() for course in series.courses for dose in course.doses]
    rules = ["too_young", "too_soon", "extra", "until", "allergic", "immunoglobulin", "live_apart", "late", "timely"]
    rules += ["deferred"] if schedule.asks and schedule.asks.deferred_until else []
    rules += [f"state.{key}" for key in schedule.states] + [f"instead.{key}" for key, one in schedule.states.items() if one.instead]
    written = {
        "not_from": "not_from",
        "ask_from": "ask",
        "after": "after",
        "sooner": "sooner",
        "older": "older",
        "early": "early",
        "since_first": "since_first",
    }
    rules += [rule for name, rule in written.items() if any(getattr(row, name) for row in rows)]
    for key, series in schedule.series.items():
        rules += [f"course.{key}.{place}" for place in range(1, len(series.courses) + 1)] if len(series.courses) > 1 else []
        rules += [f"holds.{key}"] if any(course.holds for course in series.courses) else []
    return rules


class _Work:
    """One person on a day: their ages, what counts of each series so far, the rules that decided."""

    def __init__(self, table: DoseTable, person: Recipient, today: date, live: date | None):
        self.table, self.person, self.today = table, person, today
        self.states = table.states(person.states)
        self.rules: set[str] = set()
        self.counted: dict[str, list[Given]] = {}
        self.ages = table.ages_of(person.birth_date)
        self.last_live = live

    def age(self, span: Step) -> date:
        """The day on which the person reaches an age."""
        found = self.ages.get(span)
        if found is None:
            found = self.ages[span] = span.after(self.person.birth_date)
        return found

    def replaced(self, vaccine: str) -> str:
        """The vaccine given instead of one that a state of health forbids."""
        for key, state in self.states.items():
            if vaccine in state.instead and vaccine in (*state.forbids, *state.postpones, *state.assess):
                self.rules.add(f"instead.{key}")
                return state.instead[vaccine]
        return vaccine

    def kept_from(self, vaccine: str) -> tuple[DoseState, str, str] | None:
        """Why a vaccine is not given: the state it leads to, the rule, the words."""
        if vaccine in self.person.allergic_to:
            return "forbidden", "allergic", "对这种疫苗有过严重过敏，禁种"
        for key, state in self.states.items():
            if vaccine in state.forbids:
                return "forbidden", f"state.{key}", f"{state.title}，禁种"
            if vaccine in state.postpones:
                return "postponed", f"state.{key}", f"{state.title}，暂缓"
            if vaccine in state.assess:
                return "postponed", f"state.{key}", f"{state.title}，由医生评估后决定"
        return None


class _Walk:
    """One series on its way through the doses given and those to come."""

    __slots__ = ("counted", "done", "key", "line", "sole", "ways", "work")

    def __init__(self, work: _Work, line: Line):
        person = work.person
        self.work, self.line, self.key, self.done = work, line, line.key, 0
        self.counted: list[Given] = []
        self.sole, self.ways = line.sole, line.ways
        if self.sole is None:
            self.ways = tuple([one for one in line.ways if one.for_all or one.fits(person.birth_date, person.sex, person.states)])
            if len(self.ways) == 1 and self.ways[0].always:
                self.sole = self.ways[0]

    def walk(self, given: Sequence[Given]) -> list[DoseResult]:
        """What came of the doses given, then what is to come. Later series see both."""
        self.work.counted[self.key] = self.counted
        judged = [self._judged(one) for one in given]
        self.done = len(self.counted)
        return judged + self._coming()

    def _way(self, on: date, vaccine: str) -> Way | None:
        """The first course that fits the person on a day."""
        if self.sole:
            self.work.rules.add(self.sole.rule)
            return self.sole
        begun = self.counted[0].vaccine if self.counted else vaccine
        for one in self.ways:
            with_ = one.course.with_
            if one.first <= on <= one.last and (with_ is None or with_ in (begun, vaccine)):
                self.work.rules.add(one.rule)
                return one
        return None

    def _judged(self, one: Given) -> DoseResult:
        """One recorded dose: it counts, or why not."""
        counted, rules = self.counted, self.work.rules
        vaccine, on = one
        way, number = self.sole or self._way(on, vaccine) or self._way_early(vaccine), len(counted) + 1
        if way is None:
            return self._unknown(one, number)
        rows = way.rows
        if number > len(rows) and not self._lacks(way):
            rules.add("extra")
            return DoseResult(self.key, number, vaccine, "uncounted", on, rule="extra", says="程序已经完成，多出的一剂")
        row = rows[min(number, len(rows)) - 1]
        previous = counted[-1].on if counted else None
        if row.plain:
            starts = self.work.ages.get(row.at) or self.work.age(row.at)
            if previous and row.gap and (free := row.gap.after(previous)) > starts:
                starts = free
        else:
            starts = self._starts(row, previous, on)[0]
        if on < starts or not way.first <= on <= way.last:
            if self._early(row, one, previous):
                ends = self._ends(row)
                counted.append(one)
                rules.add("early")
                return DoseResult(self.key, number, vaccine, "given", on, on, ends, None, True, "early", "按说明书提前接种，算这一剂")
            if on >= starts:
                return self._unknown(one, number)
            return self._too_early(one, way, number, self._starts(row, previous, on))
        ends = self._ends(row)
        counted.append(one)
        timely = ends is None or on <= ends
        rule = "timely" if timely else "late"
        rules.add(rule)
        return _result(DoseResult, (self.key, number, vaccine, "given", on, starts, ends, None, timely, rule, ""))

    def _unknown(self, one: Given, number: int) -> DoseResult:
        return DoseResult(self.key, number, one.vaccine, "uncounted", one.on, rule="no_course", says="当时的程序里没有这一剂，不计入")

    def _way_early(self, vaccine: str) -> Way | None:
        """The course that takes a dose from before its own days, where there is one."""
        place = len(self.counted)
        for one in self.ways:
            row = one.rows[place] if place < len(one.rows) else None
            if row and row.dose.early and vaccine in row.dose.early.of:
                self.work.rules.add(one.rule)
                return one
        return None

    def _early(self, row: Row, one: Given, previous: date | None) -> bool:
        """Whether a dose before its time counts all the same: of the vaccines named there are enough, each long enough after the last."""
        early = row.dose.early
        if early is None or one.vaccine not in early.of:
            return False
        held = 1 + sum(given.vaccine in early.of for given in self.counted)
        return held >= early.least and not (previous and row.gap and row.gap.after(previous) > one.on)

    def _too_early(self, one: Given, way: Way, number: int, bound: Bound) -> DoseResult:
        starts, rule, words = bound
        if way.course.first_uncounted and number == 1:
            rule, number, first, says = f"state.{way.course.state}", 0, None, "出生时体重不足，这一剂不计入"
        else:
            rule, first = "too_young" if rule in ("at", "sooner") else "too_soon", starts
            says = f"{words}，早了 {(starts - one.on).days} 天，不计入"
        self.work.rules.add(rule)
        return DoseResult(self.key, number, one.vaccine, "uncounted", one.on, first, rule=rule, says=says)

    def _coming(self) -> list[DoseResult]:
        """The doses still to come; those that can be given are counted as planned, so that the next ones follow from them."""
        work, usual = self.work, self.line.series.vaccines[0]
        other = work.replaced(usual) if work.states else usual
        way = self._way(work.today, other if other != usual else "")
        if way is None:
            return []
        rows = way.rows[self.done :]
        if not rows:
            if not (self.done and self._lacks(way)):
                return []
            rows = way.rows[-1:]
            work.rules.add(self.line.held)
        found: list[DoseResult] = []
        previous, first = self.counted[-1].on if self.counted else None, True
        for number, row in enumerate(rows, self.done + 1):
            result = self._next(way, row, number, previous, first)
            found.append(result)
            if result.state in ("past", "forbidden", "postponed"):
                continue
            previous, first = max(result.starts or work.today, work.today), False
            self.counted.append(Given(result.vaccine, previous))
        return found

    def _next(self, way: Way, row: Row, number: int, previous: date | None, first: bool) -> DoseResult:
        """One dose to come: whether and from when to when, given that the doses before it are as planned."""
        work = self.work
        today = work.today
        starts, rule, words = self._starts(row, previous, None)
        earliest = max(starts, today)
        vaccine = self._vaccine(way, row, earliest)
        kept: tuple[DoseState, str, str] | None = None
        if earliest >= work.age(self.line.until):
            kept = "past", "until", "已过补种的年龄"
        elif row.not_from and earliest >= work.age(row.not_from):
            kept = "past", "not_from", f"满{row.not_from.age}不再接种"
        elif work.states or work.person.allergic_to:
            kept = work.kept_from(vaccine)
        if kept:
            work.rules.add(kept[1])
            return DoseResult(self.key, number, vaccine, kept[0], None, starts, rule=kept[1], says=kept[2])
        if vaccine in work.table.live or vaccine in work.table.after_immunoglobulin:
            starts, rule, words = self._waited(vaccine, (starts, rule, words))
        put_off = work.person.deferred_until
        if put_off and today < put_off and starts < put_off:
            starts, rule, words = put_off, "deferred", f"约定推迟到 {put_off}"
        state: DoseState = "later"
        ends = self._ends(row)
        ends = ends if ends and ends >= starts else None
        late_on = work.table.late_after.after(starts) - DAY
        late_on = min(late_on, ends) if ends else late_on
        if first and starts <= today:
            state = "overdue" if today > late_on else "due"
            if row.ask_from and today >= work.age(row.ask_from):
                rule, words = "ask", row.dose.ask or ""
        work.rules.add(rule)
        return DoseResult(self.key, number, vaccine, state, None, starts, ends, late_on, None, rule, words)

    def _waited(self, vaccine: str, bound: Bound) -> Bound:
        """An injected live vaccine waits for the one before it on another day; some wait for immunoglobulin."""
        work, table = self.work, self.work.table
        last, given = work.last_live, work.person.immunoglobulin_on
        if vaccine in table.live and last and last < work.today and (free := table.live_apart.after(last)) > bound[0]:
            bound = free, "live_apart", f"与上一种注射的减毒活疫苗至少隔{table.live_apart.words}"
        apart = table.after_immunoglobulin.get(vaccine)
        if given and apart and (free := apart.after(given)) > bound[0]:
            bound = free, "immunoglobulin", f"用过免疫球蛋白或血制品，满{apart.words}再种"
        return bound

    def _others(self, series: str, on: date | None) -> list[Given]:
        """The doses of another series that count, up to a day where one is named, else with those planned."""
        return [one for one in self.work.counted.get(series, ()) if on is None or one.on <= on]

    def _starts(self, row: Row, previous: date | None, on: date | None) -> Bound:
        """The first day a dose may be given, by which rule, in words; ``on`` is the day of a dose that was given."""
        at, rule, sooner = row.at, "at", row.dose.sooner
        if sooner and row.sooner_at and len(self._others(sooner.series, on)) < sooner.fewer_than:
            at, rule = row.sooner_at, "sooner"
            self.work.rules.add("sooner")
        ages = self.work.ages
        starts, words = ages.get(at) or self.work.age(at), at.reached
        if previous and row.gap and (free := row.gap.after(previous)) > starts:
            starts, rule, words = free, "gap", f"与前一剂至少隔{row.gap.words}"
        if row.since_first and self.counted and (free := row.since_first.after(self.counted[0].on)) > starts:
            starts, rule, words = free, "since_first", f"与第 1 剂至少隔{row.since_first.words}"
        if row.after:
            others = self._others(row.after_series, on)
            gap = row.after[min(len(others), len(row.after) - 1)]
            if gap and others and (free := gap.after(others[-1].on)) > starts:
                title = self.work.table.schedule.series[row.after_series].title
                starts, rule, words = free, "after", f"与{title}末剂至少隔{gap.words}"
        return starts, rule, words

    def _ends(self, row: Row) -> date | None:
        """The last recommended day: before the age, and not too long after the dose before."""
        ends = (self.work.ages.get(row.by) or self.work.age(row.by)) if row.by else None
        if row.within and self.counted:
            latest = row.within.after(self.counted[-1].on)
            return min(ends, latest) if ends else latest
        return ends

    def _lacks(self, way: Way) -> str:
        """The vaccine that a component still lacks, or an empty text."""
        for one in way.course.holds:
            if sum(given.vaccine in one.of for given in self.counted) < one.least:
                return one.give
        return ""

    def _vaccine(self, way: Way, row: Row, on: date) -> str:
        work, vaccine = self.work, row.vaccine
        for age, other in sorted(row.older, key=lambda item: work.age(item[0])) if row.older else ():
            if on >= work.age(age):
                vaccine = other
                work.rules.add("older")
        if way.course.holds and (lacking := self._lacks(way)) and vaccine != lacking:
            vaccine = lacking
            work.rules.add(self.line.held)
        return work.replaced(vaccine) if work.states else vaccine


def _visit(schedule: DoseSchedule, doses: Sequence[DoseResult], today: date) -> NextVisit | None:
    waiting = [(one.starts, one) for one in doses if one.starts and one.state in WAITING]
    if not waiting:
        return None
    on = max(today, min([starts for starts, _ in waiting]))
    heads: dict[str, DoseResult] = {}
    for starts, one in waiting:
        if starts <= on and (on > today or one.state != "later"):
            heads.setdefault(one.series, one)
    return NextVisit(on, tuple(sorted(heads.values(), key=lambda one: not schedule.series[one.series].first)))
