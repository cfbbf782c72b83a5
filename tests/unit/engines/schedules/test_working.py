"""Working time across evenings, weekends, public holidays and exchanged days."""

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from declarations import shipped
from kangyu.engines.schedules import prepare_calendar

CHINA = timezone(timedelta(hours=8))
CALENDAR = prepare_calendar(shipped().calendars["working_time"])


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


@pytest.mark.parametrize(
    ("start", "hours", "ends"),
    [
        ("2025-11-21 08:30", 2, "2025-11-21 10:30"),
        ("2025-11-21 11:08", 4, "2025-11-21 17:08"),  # the noon break does not count
        ("2025-11-21 16:00", 4, "2025-11-24 10:30"),  # over a weekend
        ("2025-11-21 23:00", 1, "2025-11-24 09:00"),
        ("2025-09-27 15:00", 1, "2025-09-28 09:00"),  # a Sunday worked in exchange
        ("2025-09-30 17:00", 1, "2025-10-09 08:30"),  # eight days of National Day
        ("2026-02-13 17:30", 1, "2026-02-14 09:00"),  # a Saturday worked before the Spring Festival
        ("2025-11-21 13:00", 3.5, "2025-11-21 17:30"),
    ],
)
def test_working_hours_pass_only_while_work_is_done(start, hours, ends):
    assert CALENDAR.add(at(start), timedelta(hours=hours)) == at(ends)


@pytest.mark.parametrize(
    ("start", "days", "ends"),
    [("2025-11-21 15:00", 1, "2025-11-24 17:30"), ("2025-11-20 09:00", 7, "2025-12-01 17:30"), ("2025-09-29 09:00", 2, "2025-10-09 17:30")],
)
def test_working_days_begin_the_day_after_and_end_when_work_ends(start, days, ends):
    assert CALENDAR.add_days(at(start), days) == at(ends)


@pytest.mark.parametrize(
    ("day", "worked"),
    [("2025-10-11", True), ("2025-10-08", False), ("2026-01-04", True), ("2026-09-20", True), ("2026-09-27", False), ("2025-11-22", False)],
)
def test_a_day_is_worked_as_the_notice_says(day, worked):
    assert CALENDAR.is_worked(date.fromisoformat(day)) is worked


def test_a_year_without_a_notice_counts_weekdays_and_says_so():
    assert not CALENDAR.knows(date(2027, 1, 4)) and CALENDAR.knows(date(2026, 1, 4))
    assert CALENDAR.is_worked(date(2027, 10, 1)) and not CALENDAR.is_worked(date(2027, 10, 2))


@given(st.datetimes(datetime(2025, 1, 1), datetime(2026, 11, 1)), st.integers(1, 60 * 60))
def test_what_was_added_lies_between(start, minutes):
    begin = start.replace(second=0, microsecond=0, tzinfo=CHINA)
    end = CALENDAR.add(begin, timedelta(minutes=minutes))
    assert CALENDAR.between(begin, end) == timedelta(minutes=minutes)
    assert CALENDAR.between(begin, end - timedelta(minutes=1)) < timedelta(minutes=minutes)
