"""Windows from an anchor: where they open and close, what satisfies them, what moves them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kangyu.engines.content.kinds.programme import Due
from kangyu.engines.schedules import window_item, window_of

ANCHOR = date(2025, 1, 1)


def due(window="6..12 weeks", **more):
    return Due.model_validate({"form": "antenatal", "window": window, **more})


def item(today, done=(), window="6..12 weeks", revisit=None, met=False, **more):
    return window_item("first", "产检", due(window, **more), ANCHOR, done=list(done), today=today, revisit=revisit, met=met)


@pytest.mark.parametrize(
    ("text", "opens", "closes"),
    [
        ("6..12 weeks", 42, 90),
        ("6..13+6 weeks", 42, 97),
        ("16+3..20 weeks", 115, 146),
        ("3..7 days", 3, 7),
    ],
)
def test_a_window_runs_to_the_end_of_its_last_completed_week(text, opens, closes):
    assert window_of(text, ANCHOR) == (ANCHOR + timedelta(days=opens), ANCHOR + timedelta(days=closes))


def test_months_end_the_day_before_the_next_one_is_complete():
    assert window_of("1..2 months", date(2025, 1, 31)) == (date(2025, 2, 28), date(2025, 4, 29))


def test_a_window_waits_opens_ends_and_is_late():
    opens, closes = window_of("6..12 weeks", ANCHOR)
    states = [item(day).state for day in (opens - timedelta(1), opens, closes, closes + timedelta(1))]
    assert states == ["later", "open", "today", "overdue"]


def test_only_a_visit_inside_the_window_satisfies_it():
    opens, closes = window_of("6..12 weeks", ANCHOR)
    assert item(closes, done=[opens - timedelta(1)]).state == "today"
    assert item(closes, done=[opens]).state == "done"
    assert item(closes, met=True).state == "done"


def test_a_minimum_gap_opens_it_later_but_not_after_its_end():
    opens, closes = window_of("16..20 weeks", ANCHOR)
    assert item(opens, done=[opens - timedelta(7)], window="16..20 weeks", minimum="4 weeks").opens_on == opens + timedelta(21)
    assert item(opens, done=[opens - timedelta(1)], window="16..20 weeks", minimum="9 weeks").opens_on == closes


def test_an_earlier_visit_asked_for_brings_it_forward():
    opens, _ = window_of("16..20 weeks", ANCHOR)
    asked = opens - timedelta(10)
    found = item(asked, done=[asked - timedelta(14)], window="16..20 weeks", revisit=asked)
    assert (found.state, found.due_on) == ("today", asked)


@given(some.dates(date(2000, 1, 1), date(2040, 1, 1)), some.integers(0, 40), some.integers(0, 10), some.integers(-400, 400))
def test_every_day_is_before_in_or_after_a_window(anchor, low, length, offset):
    text = f"{low}..{low + length} weeks"
    opens, closes = window_of(text, anchor)
    assert (closes - opens).days == 7 * length + 6
    today = anchor + timedelta(days=offset)
    state = window_item("x", "x", due(text), anchor, done=[], today=today).state
    expected = "later" if today < opens else "overdue" if today > closes else "today" if today == closes else "open"
    assert state == expected
