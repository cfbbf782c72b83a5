"""A referral that its author still writes: the hospital it will go to sees nothing of it until it is sent."""

import json
from datetime import datetime

import pytest

from kangyu.apps.cases.case_access import CaseNotWithinReach, may_read
from kangyu.apps.cases.models import CaseFile, CaseStep
from kangyu.apps.cases.queries import NotWithinReach, files
from kangyu.apps.cases.rules import rules
from kangyu.apps.governance import clock
from kangyu.apps.record import queries as record
from kangyu.engines.forms import Named
from kangyu.flows import case_work
from kangyu.flows.case_work import SubjectRef
from world import transfers

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2025-11-21T11:08:00+08:00")


@pytest.fixture
def world(db, monkeypatch):
    transfers.at_time(monkeypatch, "2025-11-21 11:08")
    return transfers.build()


def drafted(world) -> str:
    subject = SubjectRef("person", str(world.li))
    return case_work.open_case(world.shen, "referral", subject, move="draft", answers=transfers.sheet(), key="d")


def sees(viewer, id: str) -> bool:
    """Whether somebody finds a case by any of the ways there are; the ways must agree."""
    states = list(rules().content.procedures["referral"].states)
    boards = [row.id for column in files.board(viewer, "referral", states, since=clock.now()) for row in column.rows]
    try:
        opened = case_work.view(viewer, id).id == id
    except CaseNotWithinReach:
        opened = False
    found = {opened, id in boards, files.by_id(viewer, id) is not None, may_read(viewer, "Task", id)}
    assert len(found) == 1, found
    return found.pop()


def test_a_draft_is_seen_by_its_author_and_not_by_the_hospital_it_names(world):
    id = drafted(world)
    assert sees(world.shen, id)
    for outsider in (world.desk, world.reception, world.doctor, world.office, world.stranger, world.wang):
        assert not sees(outsider, id)
    (row,) = files.of_person(world.shen, world.li)
    assert row.parties["taker"] == "county-hospital", "the author sees to whom it will go"
    with pytest.raises(CaseNotWithinReach):
        case_work.make_move(world.desk, id, "refuse", reason="不接", key="x")
    with pytest.raises(NotWithinReach):
        case_work.open_case(world.doctor, "referral", SubjectRef("person", str(world.li)), move="draft", answers=transfers.sheet(), key="y")
    response = CaseStep.objects.get(case_id=id).response
    assert may_read(world.shen, "QuestionnaireResponse", response) and not may_read(world.doctor, "QuestionnaireResponse", response)


def test_once_sent_it_stands_before_the_desk_and_a_draft_thrown_away_never_does(world):
    id = drafted(world)
    case_work.make_move(world.shen, id, "send", key="s")
    assert sees(world.desk, id) and sees(world.doctor, id) and not sees(world.stranger, id)
    assert [row.id for row in files.inbox(world.desk, NOW).rows] == [id]
    thrown = case_work.open_case(
        world.shen, "referral", SubjectRef("person", str(world.li)), move="draft", answers=transfers.sheet(impression="头痛"), key="t"
    )
    case_work.make_move(world.shen, thrown, "withdraw", reason="不用转了", key="w")
    assert CaseFile.objects.get(id=thrown).ended and not sees(world.desk, thrown)


def test_sent_back_to_its_author_the_desk_follows_it_and_reads_none_of_it(world):
    id = drafted(world)
    case_work.make_move(world.shen, id, "send", key="s")
    assert case_work.view(world.desk, id).may_read("request")
    case_work.make_move(world.desk, id, "ask_back", reason="请附心电图", key="b")
    case_work.make_move(world.shen, id, "revise", answers=transfers.sheet(why="已附心电图"), key="r")
    assert sees(world.desk, id) and not case_work.view(world.desk, id).may_read("request")
    response = CaseStep.objects.filter(case_id=id, move="revise").get().response
    assert not may_read(world.doctor, "QuestionnaireResponse", response)
    case_work.make_move(world.shen, id, "send", key="s2")
    assert case_work.view(world.desk, id).may_read("request") and may_read(world.doctor, "QuestionnaireResponse", response)


def test_sent_elsewhere_it_is_the_other_hospital_s_only_when_sent(world):
    id = transfers.sent(world)
    case_work.make_move(world.desk, id, "refuse", reason="没有床", key="n")
    elsewhere = transfers.sheet(target=Named("tcm-hospital", "Organization", "清河县中医院"))
    case_work.make_move(world.shen, id, "try_another", answers=elsewhere, key="e")
    assert not sees(world.stranger, id) and not sees(world.desk, id)
    case_work.make_move(world.shen, id, "send", key="s")
    assert sees(world.stranger, id)


def test_the_task_itself_says_who_it_has_not_come_to(world):
    """The tables are rebuilt from Tasks alone, so it has to stand there."""
    from kangyu.apps.cases.actions import case_tables

    id = drafted(world)
    parties = [one for one in json.loads(record.current("Task", id).text)["extension"] if one["url"] == "urn:kangyu:ext:party"]
    held = {
        next(part["valueString"] for part in one["extension"] if part["url"] == "key"): {part["url"] for part in one["extension"]}
        for one in parties
    }
    assert "hidden" in held["taker"] and "hidden" not in held["giver"]
    case_tables.rebuild()
    assert not sees(world.desk, id)
