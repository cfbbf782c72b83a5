"""Any sequence of allowed moves and passing time: no clock without its timers, no timer fires twice, the steps alone give the state."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kangyu.engines.cases.case import Who, replayed
from kangyu.engines.cases.clocks import clock_states
from kangyu.engines.cases.moves import choices
from kangyu.engines.cases.procedure import values
from kangyu.engines.cases.task import Facts, read_task, task
from unit.engines.cases.procedures import ORGS, Story, prepared

PEOPLE = [
    Who(f"{role}-{party}-{number}", role, org, True)
    for party, org in ORGS.items()
    for role in ("doctor", "head", "reviewer")
    for number in (1, 2)
]
CONTACTS = [{"name": "甲", "close": True}, {"name": "乙", "close": None}]


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    return prepared(tmp_path_factory.mktemp("content"))


def check(story: Story) -> None:
    said = values(story.ready, story.case, story.now)
    timers = {(timer.clock, timer.kind, timer.entry) for timer in story.case.timers}
    fired = {(step.move, step.kind, step.entry, step.begun) for step in story.case.steps if step.kind in ("warn", "late")}
    for state in clock_states(story.ready, story.case, said):
        clock = story.ready.procedure.clocks[state.key]
        wanted = {(state.key, "late", entry) for entry in range(len(clock.late))} | ({(state.key, "warn", -1)} if clock.warn else set())
        done = {(move, kind, entry) for move, kind, entry, begun in fired if begun == state.begun}
        runs = state.standing == "running" and story.case.state not in story.ready.procedure.ends
        assert {one for one in timers if one[0] == state.key} == (wanted - done if runs else set())
    looks = {one for one in timers if one[1] == "look"}
    assert bool(looks) is (story.ready.moves_by_themselves(story.case.state) and story.case.state not in story.ready.procedure.ends)
    assert replayed(story.case) == story.case
    again = Counter((step.move, step.kind, step.entry, step.begun) for step in story.case.steps if step.kind in ("warn", "late"))
    assert not again or max(again.values()) == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_timers_steps_and_state_always_agree(ready, data):
    story = Story(ready)
    for _ in range(data.draw(st.integers(1, 14))):
        said = values(ready, story.case, story.now)
        allowed = [(one.key, who) for who in PEOPLE for one in choices(ready, story.case, who, said) if one.may]
        if story.case.steps == ():
            allowed = [("write", PEOPLE[0])]
        if (allowed and data.draw(st.booleans())) or not story.case.steps:
            move, who = data.draw(st.sampled_from(allowed))
            disease = data.draw(st.sampled_from(["measles", "plague", None]))
            answers = {"disease": disease, "found_on": story.now.date(), "contacts": CONTACTS} if ready.moves[move].form else None
            story.does(move, who, answers=answers, response="r1", reason="有原因")
        else:
            story.waits(minutes=data.draw(st.integers(1, 4000)))
        check(story)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_case_reads_back_from_its_task_as_it_was(ready, data):
    story = Story(ready).reported(data.draw(st.sampled_from(["measles", "plague"])))
    story.waits(hours=data.draw(st.integers(0, 60)))
    facts = Facts(
        "麻疹", False, False, "cdc", "370899", clocks=tuple(clock_states(ready, story.case, values(ready, story.case, story.now)))
    )
    stored = read_task(task(ready, story.case, facts))
    plain = {"answers": {}, "rows": {}, "parts": (), "subject": stored.case.subject}
    assert stored.case == type(story.case)(**{**story.case.__dict__, **plain})
    assert stored.facts.due == facts.due and stored.procedure == "report"
    assert timedelta(0) <= (stored.case.since - stored.case.opened)
