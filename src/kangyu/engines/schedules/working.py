"""Working time: which days are worked, in which hours; limits counted in working hours or working days.

A year whose holidays are not published yet is taken to have none: Monday to Friday are worked, and who asks is told so.
Moments carry their offset; the calendar speaks of their own wall clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from kangyu.engines.content.kinds import Calendar

FARTHEST = 3660
"""Days looked ahead for worked time before giving up: a calendar that works none has no deadline."""


@dataclass(frozen=True)
class WorkingCalendar:
    """``spans`` are the worked hours of a worked day, in order."""

    weekdays: frozenset[int]
    spans: tuple[tuple[time, time], ...]
    off: frozenset[date]
    worked: frozenset[date]
    published: frozenset[int]

    def is_worked(self, day: date) -> bool:
        """Whether work is done on a day: exchanged days first, then holidays, then the weekday."""
        return day in self.worked or (day not in self.off and day.isoweekday() in self.weekdays)

    def knows(self, moment: date | datetime) -> bool:
        """Whether the holidays of its year are published."""
        return moment.year in self.published

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The moment when ``amount`` of working time has passed since ``start``; outside working hours time stands still."""
        left = amount
        for opens, closes in self._spans_from(start):
            if closes - opens >= left:
                return opens + left
            left -= closes - opens
        raise ValueError("这个日历里没有工作时间")

    def add_days(self, start: datetime, count: int) -> datetime:
        """The close of work on the ``count``-th worked day after the day of ``start``, which itself does not count."""
        day, left = start.date(), count
        for _ in range(FARTHEST):
            day += timedelta(days=1)
            left -= self.is_worked(day)
            if left <= 0:
                return datetime.combine(day, self.spans[-1][1], tzinfo=start.tzinfo)
        raise ValueError("这个日历里没有工作日")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies between two moments; none when ``end`` is not later."""
        total = timedelta()
        for opens, closes in self._spans_from(start):
            if opens >= end:
                break
            total += min(closes, end) - opens
        return total

    def _spans_from(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The stretches of working time from ``start`` on."""
        day = start.date()
        for _ in range(FARTHEST):
            if self.is_worked(day):
                for opens, closes in self.spans:
                    begin = max(datetime.combine(day, opens, tzinfo=start.tzinfo), start)
                    end = datetime.combine(day, closes, tzinfo=start.tzinfo)
                    if begin < end:
                        yield begin, end
            day += timedelta(days=1)


def prepare_calendar(calendar: Calendar) -> WorkingCalendar:
    """A declared calendar ready to count with."""
    holidays = [holiday for year in calendar.holidays.values() for holiday in year]
    return WorkingCalendar(
        weekdays=frozenset(calendar.weekdays),
        spans=tuple(sorted(_span(text) for text in calendar.hours)),
        off=frozenset(day for holiday in holidays for day in holiday.off),
        worked=frozenset(day for holiday in holidays for day in holiday.worked),
        published=frozenset(calendar.holidays),
    )


def _span(text: str) -> tuple[time, time]:
    opens, closes = text.split("..")
    return time.fromisoformat(opens), time.fromisoformat(closes)


PLAIN = WorkingCalendar(frozenset({1, 2, 3, 4, 5}), ((time(8), time(12)), (time(14), time(17, 30))), frozenset(), frozenset(), frozenset())
"""What is counted with where no calendar is declared."""
