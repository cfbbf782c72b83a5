"""What holds of due dates whatever was done and whenever one looks."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kangyu.engines.content.kinds.programme import Due
from kangyu.engines.schedules import Membership, due_item, needed_in_year

DAYS = st.dates(date(2019, 1, 1), date(2027, 12, 31))
DUES = st.sampled_from(
    [
        Due(form="f", every="3 months", at_least="4 per year", early="2 weeks"),
        Due(form="f", every="2 weeks"),
        Due(form="f", at_least="1 per year"),
        Due(form="f", at_months=(1, 3, 6, 8, 12, 18, 24, 30, 36), early="1 week", late="1 month"),
    ]
)
WORLDS = st.tuples(DUES, st.lists(DAYS, max_size=8), DAYS, DAYS, st.none() | DAYS)


def look(due, done, since, today, revisit):
    membership = Membership(since, birth_date=since)
    return due_item("x", "随访", due, done=done, membership=membership, today=today, revisit=revisit)


@given(WORLDS)
def test_the_window_is_in_order_and_late_means_after_it(world):
    found = look(*world)
    today = world[3]
    if found.due_on is not None:
        assert found.opens_on <= found.due_on <= found.late_on
        assert (found.state == "overdue") == (today > found.late_on)
        assert found.overdue_days == max(0, (today - found.late_on).days)


@given(WORLDS)
def test_the_order_and_the_future_of_what_was_done_do_not_matter(world):
    due, done, since, today, revisit = world
    later = [on for on in done if on <= today] + [today + timedelta(days=3)]
    assert look(due, done, since, today, revisit) == look(due, later[::-1], since, today, revisit)


@given(WORLDS)
def test_a_revisit_never_puts_off(world):
    due, done, since, today, revisit = world
    free, asked = look(due, done, since, today, None), look(due, done, since, today, revisit)
    if free.due_on is not None:
        assert asked.due_on <= free.due_on
    assert asked.due_on == (min(filter(None, (free.due_on, revisit)), default=None))


@given(st.lists(DAYS, max_size=8), DAYS, DAYS)
def test_doing_it_today_satisfies_today(done, since, today):
    due = Due(form="f", every="3 months")
    since = min(since, today)
    found = look(due, [*done, today], since, today, None)
    assert found.state in ("later", "open")
    assert found.due_on > today


@given(st.integers(1, 12), DAYS, st.none() | DAYS, st.integers(2019, 2027))
def test_a_years_quota_is_between_one_and_all_of_it(quota, since, until, year):
    until = max(since, until) if until else None
    needed = needed_in_year(quota, Membership(since, until), year)
    under_care = since <= date(year, 12, 31) and (until is None or until >= date(year, 1, 1))
    assert (1 <= needed <= quota) if under_care else needed == 0
