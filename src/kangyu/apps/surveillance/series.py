"""Stored counts as arrays: one row for each place, one column for each day, days without any as zeros."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from django.db import connection

from kangyu.apps.surveillance.declared import Watched
from kangyu.apps.surveillance.models import SeriesState
from kangyu.engines.detection import Found, Method, detect
from kangyu.engines.detection.backtest import share
from kangyu.engines.detection.result import Values
from kangyu.engines.detection.windows import weekly


@dataclass(frozen=True)
class Series:
    """Cases (and totals of a share) of some places by day from ``first`` on."""

    watched: Watched
    level: str
    places: tuple[str, ...]
    first: date
    cases: Values
    totals: Values | None

    @property
    def last(self) -> date:
        return self.first + timedelta(days=self.cases.shape[1] - 1)

    def at(self, day: date) -> int:
        """The column of a day."""
        return (day - self.first).days

    def judged(self, method: Method) -> "Judgement":
        """What a method finds in every series. Weekly methods see whole weeks from Monday to Sunday."""
        cases, totals, first, step = self.cases, self.totals, self.first, 1
        if method.weekly:
            cases, first = weekly(self.cases, self.first)
            totals = weekly(self.totals, self.first)[0] if self.totals is not None else None
            step = 7
        if totals is None or method.of_cases:
            return Judgement(detect(cases, method), cases, first, step)
        return Judgement(detect(share(cases, totals), method, cases), cases, first, step)


@dataclass(frozen=True)
class Judgement:
    """What was found; position ``n`` stands for the ``step`` days that begin ``n`` steps after ``first``."""

    found: Found
    cases: Values
    first: date
    step: int

    def day(self, position: int) -> date:
        """The last day that a position tells of: the day by which it can be judged."""
        return self.first + timedelta(days=(position + 1) * self.step - 1)

    def position(self, day: date) -> int:
        """The position that a day belongs to (0 for days before the first)."""
        return max(0, (day - self.first).days // self.step)

    def value(self, row: int, position: int) -> float | None:
        """The value judged at a position; None before the first and where nothing is known."""
        value = self.found.value[row, position] if position >= 0 else np.nan
        return None if np.isnan(value) else float(value)

    def ends(self, until: date, step: int, count: int) -> list[int]:
        """Up to ``count`` positions, oldest first: weeks (``step`` 7) that end on the day or are whole, or days."""
        last = min(self.position(until), self.found.alarm.shape[1] - 1)
        every = step if self.step == 1 else 1
        return [last - every * back for back in range(count - 1, -1, -1) if last - every * back >= 0]

    def cases_of(self, row: int, position: int, method: Method) -> int:
        """The cases behind a judgement: of the method's window that ends there."""
        window = method.days if method.name == "fixed" else 7 if method.name == "moving_percentile" and self.step == 1 else 1
        return int(self.cases[row, max(0, position + 1 - window) : position + 1].sum())


def step_of(method: Method) -> int:
    """The days of one value of a method as it is shown: 7 where it looks at weeks."""
    return 7 if method.weekly or method.days == 7 or method.name == "moving_percentile" else 1


def first_day() -> date | None:
    """The first day of the counts; None before anything was counted."""
    return SeriesState.objects.values_list("first_day", flat=True).first()


def read(watched: Watched, level: str, places: Sequence[str] | None, *, until: date, since: date | None = None) -> Series:
    """The series of some places (all that ever had a case or a total, with None) up to a day."""
    start = max(filter(None, (since, first_day() or until)))
    start = min(start, until)
    days = (until - start).days + 1
    condition, given = ("", []) if places is None else (" AND place = ANY(%s)", [list(places)])
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT place, ("on" - %s)::int, cases, total FROM series_count WHERE signal = %s AND level = %s AND "on" BETWEEN %s AND %s'
            + condition,
            [start, watched.signal.key, level, start, until, *given],
        )
        rows = cursor.fetchall()
    names = tuple(sorted({row[0] for row in rows} if places is None else set(places)))
    at = {name: number for number, name in enumerate(names)}
    cases, totals = np.zeros((len(names), days)), np.zeros((len(names), days))
    if rows:
        where, when, count, total = zip(*rows, strict=True)
        row = np.fromiter((at[name] for name in where), dtype=np.int64, count=len(where))
        cases[row, np.array(when)] = count
        totals[row, np.array(when)] = total
    return Series(watched, level, names, start, cases, totals if watched.signal.out_of else None)
