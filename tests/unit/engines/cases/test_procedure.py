"""What happens to a case: signers, reviews, corrections, clocks, parts, moves by themselves, hand-over; and why not."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from kangyu.engines.cases.advance import Fired, HandedOver, Looked, advance
from kangyu.engines.cases.case import Timer, Who, replayed
from kangyu.engines.cases.clocks import clock_states, left_words, span_words
from kangyu.engines.cases.moves import RefusedError, choices, turns
from kangyu.engines.cases.procedure import values
from kangyu.kernel.errors import UserError
from unit.engines.cases.procedures import NOON, ORGS, Story, content, prepared, who


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    return prepared(tmp_path_factory.mktemp("content"))


@pytest.fixture
def story(ready):
    return Story(ready)


def refused(story, move, by, **given) -> str:
    with pytest.raises(RefusedError) as found:
        story.does(move, by, **given)
    return str(found.value)


def test_several_signers_are_different_people_of_the_roles_asked_for(story):
    story.does("write", who("doctor"), answers={"disease": "measles"})
    story.does("send", who("doctor"))
    assert story.case.state == "draft" and [step.kind for step in story.case.steps] == ["move", "sign"]
    assert "已经签过" in refused(story, "send", who("doctor"))
    assert "这一步由报告方的doctor和报告方的head办" in refused(story, "send", who("doctor", name="another"))
    assert {(turn.role, turn.org) for turn in turns(story.ready, story.case)} == {("head", "hospital")}
    story.does("send", who("head"))
    assert story.case.state == "sent"


def test_signatures_are_void_once_the_case_has_moved(story):
    story.reported()
    story.does("return_1", who("reviewer", "county"), reason="缺发病日期")
    assert story.case.state == "draft"
    story.does("send", who("head"))
    assert story.case.state == "draft"


def test_a_condition_is_refused_in_the_words_of_the_declaration(story):
    story.does("write", who("doctor"), answers={"disease": None})
    assert refused(story, "send", who("doctor")) == "病名还没有填。"


def test_each_stage_passes_or_returns_with_a_reason_and_nobody_reviews_their_own(story):
    story.reported()
    assert "要写明原因" in refused(story, "return_1", who("reviewer", "county"))
    story.does("pass_1", who("reviewer", "county", name="both"))
    both = Who("both", "reviewer", ORGS["city"], True)
    assert "自己报的" in refused(story, "pass_2", both)
    story.does("pass_2", who("reviewer", "city"))
    assert story.case.state == "final"


def test_a_correction_goes_through_the_reviews_again_and_replaces_the_answers(story):
    story.reported()
    story.does("pass_1", who("reviewer", "county"))
    story.now += timedelta(hours=1)
    story.does("amend", who("doctor"), answers={"disease": "plague", "found_on": NOON.date()}, response="r1")
    assert story.case.state == "sent" and story.case.steps[-1].kind == "amend"
    assert [row["disease"] for row in story.case.rows["card"]] == ["plague"]
    assert story.told == ["reviewer@city-cdc"]  # it became serious by the correction
    due = {state.key: state.due for state in clock_states(story.ready, story.case, values(story.ready, story.case, story.now))}
    assert due["review"] == NOON + timedelta(hours=25)


def test_a_clock_warns_then_is_late_then_later_still_each_once(story):
    story.reported()
    assert story.waits(hours=21, minutes=59) == []
    assert story.waits(minutes=1) == ["review.warn"]
    assert story.waits(hours=2) == ["review.late"]
    assert story.waits(days=1) == ["review.late"] and story.waits(days=30) == []
    assert story.told == ["reviewer@cdc", "reviewer@cdc", "reviewer@city-cdc"]


def test_a_clock_stops_when_the_case_comes_to_where_it_was_to_come(story):
    story.reported()
    story.now += timedelta(hours=3)
    story.does("pass_1", who("reviewer", "county"))
    (report, review) = clock_states(story.ready, story.case, values(story.ready, story.case, story.now))
    assert (review.standing, review.stopped) == ("kept", NOON + timedelta(hours=3))
    assert report.standing == "kept" and story.case.timers == ()


def test_a_limit_may_be_an_expression_and_a_clock_may_run_from_an_answer(story):
    story.does("write", who("doctor"), answers={"disease": "plague", "found_on": NOON.date()})
    due = {timer.clock: timer.at for timer in story.case.timers}
    assert due["report"] == datetime(2025, 11, 21, 2, 0)  # a date counts from its midnight
    assert story.waits(minutes=0) == ["report.late"] and story.told == ["reviewer@city-cdc", "head@hospital"]


def test_a_timer_that_no_longer_stands_does_nothing(story):
    story.reported()
    stale = Timer("review", "late", 0, NOON + timedelta(hours=24), NOON)
    story.does("pass_1", who("reviewer", "county"))
    outcome = story.happens(Fired(stale))
    assert outcome.steps == () and story.told == []


def test_parts_are_opened_once_for_each_row_that_asks_and_hold_back_the_end(story):
    contacts = [{"name": "甲", "close": True}, {"name": "乙", "close": False}, {"name": "丙", "close": True}]
    story.reported(contacts=contacts)
    assert story.case.parts == ()
    story.does("pass_1", who("reviewer", "county"))
    outcome = story.does("pass_2", who("reviewer", "city"))
    assert [(one.number, one.carry) for one in outcome.parts] == [
        (1, {"name": "甲", "disease": "measles"}),
        (3, {"name": "丙", "disease": "measles"}),
    ]
    assert story.happens(Looked()).parts == ()
    assert refused(story, "close", who("reviewer", "county")) == "还有 2 件“接触者”没有办完。"
    story.case = replace(story.case, parts=tuple(replace(part, ended=True) for part in story.case.parts))
    story.happens(Looked())
    assert story.case.state == "closed" and story.case.steps[-1].by == "system"


def test_without_parts_nothing_is_waited_for(story):
    story.reported()
    story.does("pass_1", who("reviewer", "county"))
    story.does("pass_2", who("reviewer", "city"))
    story.does("close", who("reviewer", "county"))
    assert story.case.state == "closed"


def test_a_move_by_itself_waits_for_its_day(tmp_path):
    watch = Story(prepared(tmp_path, "watch"))
    watch.case = replace(watch.case, parties={}, carried={"name": "甲", "disease": "measles"})
    watch.does("begin", Who("x", "doctor", "hospital", True))
    assert watch.waits(days=6, hours=11) == [".look"] * 6 and watch.case.state == "watching"
    assert watch.waits(hours=1) == [".look"] and watch.case.state == "cleared"
    assert watch.case.steps[-1].at == datetime(2025, 11, 28) and watch.case.timers == ()


def test_moves_that_follow_one_another_for_ever_are_a_fault_of_the_declaration(tmp_path):
    loaded = content(
        tmp_path,
        there=("  shut: {", "  back: {title: 来, from: final, to: sent, when: opened_on is not null}\n  shut: {"),
        here=("  close: {", "  forth: {title: 回, from: sent, to: final, when: opened_on is not null}\n  close: {"),
    )
    from kangyu.engines.cases.procedure import prepare_procedure

    story = Story(prepare_procedure(loaded, loaded.procedures["report"]))
    story.does("write", who("doctor"), answers={"disease": "measles"})
    story.does("send", who("doctor"))
    with pytest.raises(UserError, match="转个不停"):
        story.does("send", who("head"))


def test_a_hand_over_keeps_the_state_and_tells_the_new_one(story):
    story.reported()
    outcome = story.happens(HandedOver({"county": "cdc-2"}, "辖区调整"))
    assert story.case.state == "sent" and story.case.parties["county"] == "cdc-2"
    assert [(told.role, told.org) for told in outcome.steps[0].told] == [("reviewer", "cdc-2")]
    assert "这一步由" in refused(story, "pass_1", who("reviewer", "county"))
    assert story.happens(HandedOver({"county": "cdc-2"}, "再来一次")).steps == ()


def test_choices_say_who_may_and_why_not(story):
    story.reported()
    said = values(story.ready, story.case, story.now)
    mine = {one.key: (one.mine, one.why) for one in choices(story.ready, story.case, who("reviewer", "county"), said)}
    assert mine["pass_1"] == (True, "") and mine["drop"] == (True, "") and mine["amend"][0] is False
    others = choices(story.ready, story.case, who("doctor", "county"), said)
    assert all(one.why for one in others if one.key != "amend")


def test_replaying_the_steps_gives_the_same_state(story):
    story.reported()
    story.does("return_1", who("reviewer", "county"), reason="缺项")
    assert replayed(story.case) == story.case


def test_advance_changes_nothing_it_was_given(ready):
    story = Story(ready).reported()
    before = repr(story.case)
    advance(ready, story.case, Looked(), story.now)
    assert repr(story.case) == before


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(minutes=112), "1 小时 52 分"),
        (timedelta(days=2, hours=3, minutes=5), "2 天 3 小时"),
        (timedelta(days=14, hours=3), "14 天"),
        (timedelta(seconds=40), "不到 1 分"),
        (timedelta(hours=3), "3 小时"),
    ],
)
def test_a_length_of_time_is_said_by_its_largest_units(span, words):
    assert span_words(span) == words


def test_a_clock_is_said_as_what_is_left_or_how_late_it_is(story):
    story.reported()
    (_, review) = clock_states(story.ready, story.case, values(story.ready, story.case, story.now))
    assert left_words(review, NOON + timedelta(hours=21)) == "还剩 3 小时"
    assert left_words(review, NOON + timedelta(hours=30)) == "超时 6 小时"
