"""A small schedule of doses: what counts, what is due, what is kept back, what can be given together."""

from datetime import date

import pytest

from kangyu.engines.content.kinds.schedule import DoseSchedule
from kangyu.engines.schedules import Given, Recipient, dose_plan, standing

BORN = date(2025, 1, 31)
TODAY = date(2025, 11, 21)


@pytest.fixture(scope="module")
def schedule() -> DoseSchedule:
    return DoseSchedule.model_validate(
        {
            "vaccines": "vaccine",
            "until": "18 years",
            "live_injected": ["alive", "living"],
            "after_immunoglobulin": {"alive": "3 months", "killed": "1 month"},
            "series": {
                "a": {
                    "title": "甲",
                    "vaccines": ["killed"],
                    "courses": [{"doses": [{"at": "1 month"}, {"at": "2 months", "by": "6 months", "gap": "28 days"}]}],
                },
                "b": {"title": "乙", "vaccines": ["alive"], "first": True, "courses": [{"doses": [{"at": "8 months"}]}]},
                "c": {"title": "丙", "vaccines": ["living"], "until": "1 year", "courses": [{"doses": [{"at": "0 days"}]}]},
            },
            "states": {"weak": {"title": "弱", "forbids": ["alive"]}},
        }
    )


def plan(schedule, *given, today=TODAY, **person):
    return dose_plan(schedule, [Given(*one) for one in given], Recipient(BORN, **person), today)


def one(found, series, number, state=None):
    return next(dose for dose in found.of(series) if dose.number == number and state in (None, dose.state))


def test_a_month_after_31_january_is_28_february(schedule):
    assert one(plan(schedule), "a", 1).starts == date(2025, 2, 28)


def test_a_dose_a_day_too_young_does_not_count_and_on_the_day_it_does(schedule):
    assert one(plan(schedule, ("killed", date(2025, 2, 27))), "a", 1).state == "uncounted"
    assert one(plan(schedule, ("killed", date(2025, 2, 28))), "a", 1).state == "given"


def test_a_dose_a_day_too_soon_does_not_count_and_the_series_goes_on_from_the_last_that_counts(schedule):
    found = plan(schedule, ("killed", date(2025, 4, 1)), ("killed", date(2025, 4, 28)))
    assert one(found, "a", 2, "uncounted").starts == date(2025, 4, 29)
    assert one(found, "a", 2, "overdue").starts == date(2025, 4, 29)


def test_before_six_months_ends_on_the_day_before(schedule):
    first = ("killed", date(2025, 3, 1))
    assert one(plan(schedule, first, ("killed", date(2025, 7, 30))), "a", 2).timely is True
    assert one(plan(schedule, first, ("killed", date(2025, 7, 31))), "a", 2).timely is False


def test_a_dose_is_missed_on_the_thirtieth_day_after_it_was_due(schedule):
    given = ("living", date(2025, 1, 31)), ("killed", date(2025, 3, 1)), ("killed", date(2025, 4, 1))
    due = date(2025, 9, 30)
    assert one(plan(schedule, *given, today=due), "b", 1).state == "due"
    assert one(plan(schedule, *given, today=date(2025, 10, 29)), "b", 1).state == "due"
    assert one(plan(schedule, *given, today=date(2025, 10, 30)), "b", 1).state == "overdue"


def test_injected_live_vaccines_go_together_or_four_weeks_apart(schedule):
    both = plan(schedule, today=date(2025, 10, 1)).visit
    assert {dose.series for dose in both.doses} == {"a", "b", "c"}
    assert both.doses[0].series == "b"
    later = plan(schedule, ("living", date(2025, 9, 25)), today=date(2025, 10, 1))
    assert one(later, "b", 1).starts == date(2025, 10, 23)
    assert one(plan(schedule, ("living", date(2025, 10, 1)), today=date(2025, 10, 1)), "b", 1).state == "due"


def test_immunoglobulin_puts_a_live_vaccine_off_by_three_months(schedule):
    found = one(plan(schedule, immunoglobulin_on=date(2025, 8, 31)), "b", 1)
    assert (found.state, found.starts, found.rule) == ("later", date(2025, 11, 30), "immunoglobulin")


def test_a_state_of_health_and_an_allergy_forbid(schedule):
    assert one(plan(schedule, states=frozenset({"weak"})), "b", 1).state == "forbidden"
    assert one(plan(schedule, allergic_to=frozenset({"killed"})), "a", 1).rule == "allergic"


def test_a_series_is_not_begun_after_its_last_age(schedule):
    assert one(plan(schedule, today=date(2026, 1, 30)), "c", 1).state == "overdue"
    assert one(plan(schedule, today=date(2026, 1, 31)), "c", 1).state == "past"


def test_what_is_given_in_the_future_is_not_seen(schedule):
    assert one(plan(schedule, ("killed", date(2025, 11, 22))), "a", 1).state == "overdue"


def test_standing_counts_what_counts_and_what_was_in_time(schedule):
    found = plan(schedule, ("killed", date(2025, 3, 1)), ("killed", date(2025, 8, 1)))
    assert standing(found)["a"] == (2, 1)


def test_a_visit_with_everything_due_leaves_nothing_due(schedule):
    before = plan(schedule)
    after = plan(schedule, *[(dose.vaccine, TODAY) for dose in before.visit.doses])
    assert not any(dose.open for dose in after.doses)
    assert after.visit.on > TODAY


def test_a_dose_too_long_after_the_one_before_it_is_late():
    doses = [{"at": "13 years"}, {"at": "13 years", "gap": "6 months", "within": "12 months"}]
    series = {"a": {"title": "甲", "vaccines": ["killed"], "courses": [{"doses": doses}]}}
    table = DoseSchedule.model_validate({"vaccines": "vaccine", "series": series})
    person = Recipient(date(2011, 1, 1))
    found = [
        dose_plan(table, [Given("killed", date(2024, 3, 1)), Given("killed", second)], person, TODAY).doses[1]
        for second in (date(2025, 3, 1), date(2025, 3, 2))
    ]
    assert [(one.ends, one.timely) for one in found] == [(date(2025, 3, 1), True), (date(2025, 3, 1), False)]
