"""What is due in a case: every day of a watch for itself, a report so long after the last; who belongs to an outbreak; unknown verbs."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from declarations import shipped
from kangyu.engines.cases.advance import Made, advance
from kangyu.engines.cases.case import Case, SubjectRef, Who
from kangyu.engines.cases.checks import procedure_problems
from kangyu.engines.cases.expected import expected
from kangyu.engines.cases.links import End, Link, goes_in_circles, link_resource, read_links
from kangyu.engines.cases.members import reached
from kangyu.engines.cases.procedure import prepare_procedure, values
from kangyu.engines.content.kinds.action import Action

BEGAN = datetime(2025, 11, 20, 10)
EPI = Who("epi", "epidemiologist", "cdc", True)
NURSE = Who("shen", "family_doctor", "clinic", True)


@pytest.fixture(scope="module")
def watch():
    return prepared_watch()


@pytest.fixture(scope="module")
def outbreak():
    return prepare_procedure(shipped(), shipped().procedures["outbreak"])


def watched(watch, exposed=date(2025, 11, 20), incubation=10) -> Case:
    carried = {"disease": "hand_foot_mouth", "incubation": incubation, "last_exposure": exposed, "source_case": "index"}
    case = Case("w", SubjectRef("contact", "1"), parties={"cdc": "cdc"}, carried=carried, fields={"org": "clinic"}, parent="inquiry")
    return advance(watch, case, Made("begin", EPI, by_itself=True), BEGAN).case


def observed(watch, case: Case, at: datetime) -> Case:
    answers = {"way": "phone", "temperature": 36.5, "symptoms": []}
    return advance(watch, case, Made("observe", NURSE, answers, response=f"{at:%d%H%M}"), at).case


def daily(watch, case: Case, now: datetime):
    (item,) = expected(watch, case, values(watch, case, now), now)
    return item


def test_every_day_of_a_watch_stands_for_itself(watch):
    case = observed(watch, watched(watch), datetime(2025, 11, 20, 17))
    case = observed(watch, case, datetime(2025, 11, 22, 9))
    item = daily(watch, case, datetime(2025, 11, 23, 8))
    assert [one.standing for one in item.occasions] == ["done", "missed", "done", "open"]
    assert (item.done, item.missed, item.next.due) == (2, 1, datetime(2025, 11, 24))


def test_after_the_day_is_done_the_next_day_is_the_one_to_come(watch):
    case = observed(watch, watched(watch), datetime(2025, 11, 20, 17))
    assert daily(watch, case, datetime(2025, 11, 20, 18)).next.standing == "later"
    assert daily(watch, case, datetime(2025, 11, 20, 18)).next.begun == datetime(2025, 11, 21)


def test_a_watch_expects_nothing_after_the_longest_incubation_nor_once_it_ended(watch):
    case = watched(watch)
    last = daily(watch, case, datetime(2025, 11, 30, 12))
    assert last.next.due == datetime(2025, 12, 1) and len(last.occasions) == 11
    ended = advance(watch, case, Made("stop", EPI, reason="离开本县"), datetime(2025, 11, 22, 9)).case
    item = daily(watch, ended, datetime(2025, 11, 29, 9))
    assert item.next is None and [one.standing for one in item.occasions] == ["missed", "missed"]


def test_a_watch_that_begins_late_does_not_blame_the_days_before_it(watch):
    case = watched(watch, exposed=date(2025, 11, 12))
    assert daily(watch, case, datetime(2025, 11, 20, 11)).occasions[0].begun == datetime(2025, 11, 20)


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, 12), max_size=9), st.integers(0, 12))
def test_the_days_of_a_watch_are_done_missed_or_open_and_none_is_lost(done, today):
    watch = prepared_watch()
    case = watched(watch)
    now = BEGAN + timedelta(days=today, hours=8)
    for day in sorted(one for one in done if one <= min(today, 10)):
        case = observed(watch, case, BEGAN + timedelta(days=day, hours=7))
    item = daily(watch, case, now)
    over = [one for one in item.occasions if one.due <= now]
    assert len(over) == min(today, 11) and all(one.standing in ("done", "missed") for one in over)
    assert item.done == len([one for one in done if one <= min(today, 10)]) and item.missed == len(over) - sum(
        one.standing == "done" for one in over
    )


@lru_cache(maxsize=1)
def prepared_watch():
    return prepare_procedure(shipped(), shipped().procedures["contact_watch"])


def test_a_progress_report_is_due_so_long_after_the_last_one(outbreak):
    row = {"id": "a", "on": date(2025, 11, 19), "onset": date(2025, 11, 19), "certainty": "confirmed", "state": "final"}
    carried = {"name": "东里幼儿园", "disease": "hand_foot_mouth", "place": "东里幼儿园"}
    case = Case("o", SubjectRef("group", "g"), parties={"cdc": "cdc"}, carried=carried, tables={"members": [row]})
    case = advance(outbreak, case, Made("propose", EPI, by_itself=True), BEGAN).case
    case = advance(outbreak, case, Made("confirm", EPI, {"setting": "childcare"}), BEGAN).case
    case = advance(outbreak, case, Made("report", EPI, {"exposed": 40}), BEGAN + timedelta(hours=1)).case
    assert daily(outbreak, case, BEGAN + timedelta(hours=2)).next.due == BEGAN + timedelta(hours=25)
    case = advance(outbreak, case, Made("progress", EPI, {"new_cases": 0}), BEGAN + timedelta(hours=20)).case
    assert daily(outbreak, case, BEGAN + timedelta(hours=30)).next.due == BEGAN + timedelta(hours=44)


# members and thresholds


def ill(number: int, onset: date | None, **more):
    return {
        "id": f"c{number}", "on": onset, "onset": onset, "state": "sent", "disease": "hand_foot_mouth", "place": "东里幼儿园",
        "collective": True, **more,
    }  # fmt: skip


def test_a_threshold_is_reached_by_cases_of_one_place_within_its_days(outbreak):
    days = [date(2025, 11, day) for day in (1, 3, 5, 7)]
    others = [ill(number, day) for number, day in enumerate(days)]
    newest = ill(9, date(2025, 11, 6))
    found = reached(outbreak.members, newest, others, date(2025, 11, 8))
    assert found.key == "hand_foot_mouth_school" and found.cases == ("c9", "c0", "c1", "c2", "c3")
    assert reached(outbreak.members, newest, [*others[1:], ill(8, date(2025, 11, 14))], date(2025, 11, 15)) is None
    assert reached(outbreak.members, newest, [*others[1:], ill(8, date(2025, 11, 4), place="西里幼儿园")], date(2025, 11, 8)) is None
    assert reached(outbreak.members, newest, [*others[1:], ill(8, None)], date(2025, 11, 8)) is None
    assert reached(outbreak.members, ill(9, None), others, date(2025, 11, 8)) is None


def test_some_diseases_are_an_event_from_the_first_case(outbreak):
    one = ill(1, date(2025, 11, 1), disease="cholera", collective=False)
    assert reached(outbreak.members, one, [], date(2025, 11, 1)).key == "at_once"


# links


def test_links_are_read_back_as_they_were_written():
    person, other = End(SubjectRef("person", "1"), "Patient/a", "a"), End(SubjectRef("person", "2"), "Patient/b", "b")
    case, inquiry = End(SubjectRef("case", "x"), "Task/x", "a"), End(SubjectRef("case", "y"), "Task/y")
    for one, two, rtype in ((person, other, "RelatedPerson"), (case, inquiry, "Basic"), (person, inquiry, "Basic")):
        link = Link("infector", one.reference, two.reference, date(2025, 1, 2), date(2025, 2, 3), "task", True)
        body = link_resource(link, one, two, "传染来源")
        assert body["resourceType"] == rtype and list(read_links(body)) == [link]
    assert link_resource(link, person, inquiry)["subject"] == {"reference": "Patient/a"}


def test_a_circle_is_known_before_it_is_closed():
    edges = [("a", "b"), ("b", "c")]
    assert goes_in_circles(edges, "c", "a") and goes_in_circles(edges, "a", "a") and not goes_in_circles(edges, "a", "c")


# verbs


def test_a_verb_that_nothing_carries_out_is_refused_with_those_that_are():
    content = shipped()
    procedure = content.procedures["outbreak"]
    move = procedure.moves["propose"].model_copy(update={"do": (Action(draw="experts"),)})
    wrong = procedure.model_copy(update={"moves": {**procedure.moves, "propose": move}})
    problems = [one for one in procedure_problems(Copied(content, procedure, wrong), wrong) if "draw" in one.message]
    assert len(problems) == 1 and "还没有谁能办" in problems[0].message and "relate" in problems[0].remedy


class Copied:
    """The shipped content, in which one declaration stands for another of the same file."""

    def __init__(self, content, original, changed):
        self.content, self.original, self.changed = content, original, changed

    def __getattr__(self, name):
        return getattr(self.content, name)

    def document(self, of):
        return self.content.document(self.original if of is self.changed else of)


def test_attack_rates_and_grades_are_unknown_while_what_they_need_is(outbreak):
    case = Case("o", SubjectRef("group", "g"), parties={"cdc": "cdc"}, carried={"name": "x", "disease": "plague"})
    said = values(outbreak, replace(case, state="suspected"), BEGAN)
    assert said["attack_rate"] is None and said["grade"] == "none" and said["last_onset"] is None
