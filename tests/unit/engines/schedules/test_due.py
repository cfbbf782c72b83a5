from datetime import date

import pytest

from kangyu.engines.content.kinds.programme import Due
from kangyu.engines.schedules import Membership, due_item, needed_in_year

QUARTERLY = Due(form="follow_up", every="3 months", at_least="4 per year", early="2 weeks")
YEARLY = Due(form="check", at_least="1 per year")
CHILD = Due(form="check", at_months=(1, 3, 6), early="1 week", late="1 month")
LONG = Membership(date(2016, 2, 1))


def item(due, *done, today, membership=LONG, revisit=None):
    return due_item("x", "随访", due, done=list(done), membership=membership, today=today, revisit=revisit)


def test_the_next_runs_from_the_last_done():
    found = item(QUARTERLY, date(2025, 8, 22), date(2025, 5, 1), today=date(2025, 11, 10))
    assert (found.due_on, found.opens_on, found.last_on) == (date(2025, 11, 22), date(2025, 11, 8), date(2025, 8, 22))
    assert (found.state, found.words, found.why_date) == ("open", "还剩 12 天", "上次之后 3 个月")


def test_a_month_end_clamps():
    found = item(QUARTERLY, *[date(2025, 11, 30)] * 4, today=date(2025, 12, 1))
    assert found.due_on == date(2026, 2, 28)


@pytest.mark.parametrize(
    ("today", "state", "words"),
    [
        (date(2025, 11, 7), "later", "还剩 15 天"),
        (date(2025, 11, 8), "open", "还剩 14 天"),
        (date(2025, 11, 21), "open", "还剩 1 天"),
        (date(2025, 11, 22), "today", "今天"),
        (date(2025, 11, 23), "overdue", "逾期 1 天"),
        (date(2025, 12, 4), "overdue", "逾期 12 天"),
    ],
)
def test_the_clock_in_words(today, state, words):
    found = item(QUARTERLY, date(2025, 8, 22), today=today)
    assert (found.state, found.words) == (state, words)


def test_nothing_after_today_is_seen():
    assert item(QUARTERLY, date(2025, 8, 22), date(2025, 11, 12), today=date(2025, 11, 10)).last_on == date(2025, 8, 22)


def test_an_earlier_revisit_wins_and_a_later_one_does_not():
    early = item(QUARTERLY, date(2025, 11, 5), today=date(2025, 11, 21), revisit=date(2025, 11, 19))
    assert (early.due_on, early.overdue_days, early.why_date) == (date(2025, 11, 19), 2, "上次随访要求回访")
    late = item(QUARTERLY, *[date(2025, 11, 5)] * 4, today=date(2025, 11, 21), revisit=date(2026, 3, 1))
    assert late.due_on == date(2026, 2, 5)


def test_the_years_quota_is_owed_by_the_last_day_of_the_year():
    short = item(QUARTERLY, date(2025, 3, 1), date(2025, 6, 1), date(2025, 11, 5), today=date(2025, 11, 21))
    assert (short.done_this_year, short.needed_this_year, short.due_on) == (3, 4, date(2025, 12, 31))
    assert short.why_date == "今年还差 1 次"
    enough = item(QUARTERLY, date(2025, 1, 5), date(2025, 3, 1), date(2025, 6, 1), date(2025, 11, 5), today=date(2025, 11, 21))
    assert enough.due_on == date(2026, 2, 5)


def test_the_first_runs_from_enrolment():
    found = item(QUARTERLY, today=date(2025, 7, 10), membership=Membership(date(2025, 7, 1)))
    assert (found.due_on, found.why_date) == (date(2025, 10, 1), "建档之后 3 个月")


def test_what_was_done_before_enrolment_does_not_set_the_clock():
    found = item(QUARTERLY, date(2024, 1, 1), today=date(2025, 7, 10), membership=Membership(date(2025, 7, 1)))
    assert found.due_on == date(2025, 10, 1)


@pytest.mark.parametrize(
    ("since", "until", "needed"),
    [
        (date(2024, 5, 1), None, 4),
        (date(2025, 1, 1), None, 4),
        (date(2025, 1, 2), None, 3),
        (date(2025, 4, 1), None, 3),
        (date(2025, 7, 1), None, 2),
        (date(2025, 7, 2), None, 1),
        (date(2025, 12, 31), None, 1),
        (date(2024, 5, 1), date(2025, 6, 30), 2),
        (date(2026, 1, 1), None, 0),
        (date(2020, 1, 1), date(2024, 12, 31), 0),
    ],
)
def test_the_quota_is_prorated_by_whole_months(since, until, needed):
    assert needed_in_year(4, Membership(since, until), 2025) == needed


def test_a_yearly_item_may_be_done_all_year_and_is_never_overdue_in_it():
    waiting = item(YEARLY, date(2024, 5, 1), today=date(2025, 11, 21))
    assert (waiting.state, waiting.opens_on, waiting.due_on, waiting.words) == ("open", date(2025, 1, 1), date(2025, 12, 31), "还剩 40 天")
    done = item(YEARLY, date(2025, 5, 14), today=date(2025, 11, 21))
    assert (done.state, done.due_on, done.words) == ("done", date(2026, 12, 31), "今年已做")
    assert item(YEARLY, date(2025, 5, 14), today=date(2026, 1, 1)).state == "open"


def child(*done, today, birth=date(2025, 1, 15)):
    return item(CHILD, *done, today=today, membership=Membership(birth, birth_date=birth))


def test_an_age_opens_a_week_early_and_may_be_a_month_late():
    assert (child(today=date(2025, 2, 7)).state, child(today=date(2025, 2, 8)).state) == ("later", "open")
    late = child(today=date(2025, 3, 15))
    assert (late.state, late.words, late.why_date) == ("open", "已到期，还可晚 0 天", "满 1 月龄")
    assert child(today=date(2025, 3, 16)).words == "逾期 1 天"


def test_a_missed_age_gives_way_to_the_next():
    assert child(today=date(2025, 4, 8)).due_on == date(2025, 4, 15)


def test_a_visit_belongs_to_the_age_whose_window_was_open():
    assert child(date(2025, 2, 8), today=date(2025, 2, 20)).due_on == date(2025, 4, 15)
    assert child(date(2025, 2, 7), today=date(2025, 2, 20)).due_on == date(2025, 2, 15)


def test_after_the_last_age_all_is_done():
    found = child(date(2025, 7, 20), today=date(2025, 8, 1))
    assert (found.state, found.due_on, found.words) == ("done", None, "都做完了")


def test_without_a_birth_date_no_age_is_due():
    found = item(CHILD, today=date(2025, 8, 1), membership=Membership(date(2025, 1, 1)))
    assert (found.due_on, found.why_date) == (None, "没有出生日期")
