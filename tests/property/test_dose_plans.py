"""Whatever was given when, by the national schedule: what counts was allowed, what is offered may be given, and care converges."""

from datetime import date, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as some

from kangyu.engines.content import load
from kangyu.engines.schedules import Given, Recipient, dose_plan
from property.plain_doses import plain_plan

SCHEDULE = load(Path(__file__).resolve().parents[2] / "content").definitions["national_immunisation"].schedule
VACCINES = sorted({vaccine for series in SCHEDULE.series.values() for vaccine in series.vaccines})
TODAY = date(2025, 11, 21)
births = some.integers(0, 17 * 365).map(lambda days: TODAY - timedelta(days=days))
people = some.builds(
    Recipient,
    birth_date=births,
    sex=some.sampled_from(["male", "female"]),
    states=some.sets(some.sampled_from(sorted(SCHEDULE.states)), max_size=1).map(frozenset),
    allergic_to=some.sets(some.sampled_from(VACCINES), max_size=1).map(frozenset),
    immunoglobulin_on=some.none() | some.integers(0, 400).map(lambda days: TODAY - timedelta(days=days)),
    deferred_until=some.none() | some.integers(-40, 40).map(lambda days: TODAY + timedelta(days=days)),
)


@some.composite
def histories(draw):
    person = draw(people)
    age = (TODAY - person.birth_date).days
    doses = draw(some.lists(some.tuples(some.sampled_from(VACCINES), some.integers(0, age + 30)), max_size=14))
    return person, [Given(vaccine, person.birth_date + timedelta(days=days)) for vaccine, days in doses]


@settings(max_examples=60, deadline=None)
@given(histories())
def test_every_recorded_dose_is_told_once_and_what_counts_was_not_too_early(history):
    person, doses = history
    found = dose_plan(SCHEDULE, doses, person, TODAY)
    told = [one for one in found.doses if one.on]
    assert len(told) == sum(one.on <= TODAY for one in doses)
    assert all(one.starts <= one.on for one in told if one.state == "given")
    for key in SCHEDULE.series:
        numbers = [one.number for one in found.of(key) if one.state == "given"]
        assert numbers == list(range(1, len(numbers) + 1))


@settings(max_examples=60, deadline=None)
@given(histories())
def test_what_is_offered_may_be_given_and_then_counts(history):
    person, doses = history
    before = dose_plan(SCHEDULE, doses, person, TODAY)
    offered = [one for one in before.doses if one.open]
    assert all(one.starts <= TODAY and one.vaccine not in person.allergic_to for one in offered)
    after = dose_plan(SCHEDULE, [*doses, *(Given(one.vaccine, TODAY) for one in offered)], person, TODAY)
    counted = sum(one.state == "given" for one in before.doses) + len(offered)
    assert sum(one.state == "given" for one in after.doses) == counted
    assert not any(one.open for one in after.doses)


@settings(max_examples=60, deadline=None)
@given(births, some.sampled_from(["male", "female"]))
def test_somebody_who_comes_to_every_visit_ends_complete(born, sex):
    person, doses, on = Recipient(born, sex), [], born
    for _ in range(80):
        plan = dose_plan(SCHEDULE, doses, person, on)
        if plan.visit is None:
            break
        if plan.visit.on > on:  # the rules of that day may say otherwise: ask again then
            on = plan.visit.on
        else:
            doses += [Given(one.vaccine, on) for one in plan.visit.doses]
    assert plan.visit is None
    assert all(one.state in ("given", "past") for one in plan.doses)


@settings(max_examples=200, deadline=None)
@given(histories(), some.integers(-400, 400))
def test_the_quick_way_says_what_the_plain_way_says(history, days):
    person, doses = history
    on = TODAY + timedelta(days=days)
    quick, plain = dose_plan(SCHEDULE, doses, person, on), plain_plan(SCHEDULE, doses, person, on)
    assert quick.doses == plain.doses
    assert quick.visit == plain.visit
    assert quick.rules == plain.rules
