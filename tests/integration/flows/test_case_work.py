"""Cases at work on PostgreSQL: a referral from the village to the county hospital and back."""

import json
from datetime import datetime

import pytest

from kangyu.apps.cases.case_access import CaseNotWithinReach
from kangyu.apps.cases.models import CaseFile, CaseStep, CaseTimer, CaseTurn, Notice
from kangyu.apps.cases.queries import files
from kangyu.apps.cases.queries.notices import notices
from kangyu.apps.governance import clock
from kangyu.apps.governance.models import AuditEvent
from kangyu.apps.record import queries as record
from kangyu.engines.cases.moves import RefusedError
from kangyu.flows import case_work
from kangyu.flows.case_work import SubjectRef
from kangyu.kernel.errors import DeniedError, UserError
from world import transfers

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db, monkeypatch):
    transfers.at_time(monkeypatch, "2025-11-21 11:08")
    return transfers.build()


def test_a_referral_goes_to_the_hospital_and_back(world):
    id = transfers.sent(world)
    view = case_work.make_move(world.desk, id, "accept", answers=transfers.ACCEPTANCE, key="a")
    assert view.case.state == "accepted" and [clock.key for clock in view.clocks if clock.standing == "running"] == ["bed", "arrival"]
    case_work.make_move(world.reception, id, "arrive", key="b")
    case_work.make_move(world.doctor, id, "give_back", answers=transfers.PLAN, key="c")
    view = case_work.make_move(world.shen, id, "close", answers={"seen": False, "condition": "lost"}, key="d")
    assert view.ended and view.case.steps[-1].move == "close"
    assert [step.move for step in CaseStep.objects.filter(case_id=id).order_by("number")] == [
        "send_at_once",
        "accept",
        "arrive",
        "give_back",
        "close",
    ]
    assert not CaseTurn.objects.filter(case_id=id).exists() and not CaseTimer.objects.filter(case_id=id).exists()


def test_a_case_is_a_task_with_its_answers_in_the_record(world):
    id = transfers.sent(world)
    task = json.loads(record.current("Task", id).text)
    assert task["status"] == "requested" and task["businessStatus"]["coding"][0]["code"] == "sent"
    assert task["for"] == {"reference": "Patient/li"} and task["owner"] == {"reference": "Organization/county-hospital"}
    assert task["restriction"]["period"]["end"] == "2025-11-21T17:08:00+08:00"
    (response,) = [step.response for step in CaseStep.objects.filter(case_id=id)]
    answers = json.loads(record.current("QuestionnaireResponse", response).text)
    assert answers["questionnaire"] == "urn:kangyu:form:referral_request"
    pressure = record.current("Observation", f"{response}-blood-pressure")
    assert json.loads(pressure.text)["component"][0]["valueQuantity"]["value"] == 182


def test_it_waits_in_the_inbox_of_the_desk_and_nowhere_else(world):
    id = transfers.sent(world)
    now = datetime.fromisoformat("2025-11-21T11:08:00+08:00")
    inbox = files.inbox(world.desk, now)
    assert [row.id for row in inbox.rows] == [id] and inbox.rows[0].name == "李样芳" and inbox.total == 1
    for other in (world.stranger, world.reception, world.doctor, world.wang):
        assert files.inbox(other, now).rows == []
    (row,) = files.of_person(world.shen, world.li)
    assert row.state == "sent" and row.parties == {"giver": "clinic-dongli", "taker": "county-hospital", "follow": "clinic-dongli"}


def test_an_outsider_sees_nothing_and_the_attempt_is_kept(world):
    id = transfers.sent(world)
    for outsider in (world.stranger, world.wang):
        with pytest.raises(CaseNotWithinReach):
            case_work.view(outsider, id)
        with pytest.raises(CaseNotWithinReach):
            case_work.make_move(outsider, id, "refuse", reason="不接", key="x")
        assert files.of_person(outsider, world.li) == []
        assert all(column.rows == [] for column in files.board(outsider, "referral", ["sent"], since=clock.now()))
        with pytest.raises(UserError):
            case_work.open_case(
                outsider, "referral", SubjectRef("person", str(world.li)), move="send_at_once", answers=transfers.sheet(), key="y"
            )
    assert AuditEvent.objects.filter(action="case.view", outcome="denied", pids=[world.li]).count() == 4
    assert CaseFile.objects.get(id=id).state == "sent"


def test_who_may_not_work_on_cases_is_refused_before_anything_else(world):
    id = transfers.sent(world)
    with pytest.raises(DeniedError):
        case_work.make_move(world.office, id, "accept", answers=transfers.ACCEPTANCE, key="x")
    assert case_work.view(world.office, id).case.state == "sent"


def test_the_same_key_opens_and_moves_once(world):
    id = transfers.sent(world)
    assert transfers.sent(world) == id and CaseFile.objects.count() == 1
    case_work.make_move(world.desk, id, "accept", answers=transfers.ACCEPTANCE, key="a")
    view = case_work.make_move(world.desk, id, "accept", answers=transfers.ACCEPTANCE, key="a")
    assert view.case.state == "accepted" and CaseStep.objects.filter(case_id=id).count() == 2


def test_a_move_of_somebody_else_is_refused_in_words(world):
    id = transfers.sent(world)
    with pytest.raises(RefusedError, match="接收方的转诊台"):
        case_work.make_move(world.doctor, id, "accept", answers=transfers.ACCEPTANCE, key="x")
    with pytest.raises(RefusedError, match="要写明原因"):
        case_work.make_move(world.desk, id, "refuse", key="x")


def test_answers_that_cannot_be_are_refused_whole(world):
    with pytest.raises(case_work.AnswersRefused) as refused:
        transfers.sent(world, systolic=90, diastolic=100, why="")
    assert {finding.key for finding in refused.value.result.hard} == {"why", "systolic_above_diastolic"}
    assert CaseFile.objects.count() == 0 and record.current("Observation", "x") is None


def test_without_a_bed_the_acceptance_is_refused_and_nothing_is_stored(world):
    case_work.make_move(world.desk, transfers.sent(world), "accept", answers=transfers.ACCEPTANCE, key="a")
    other = transfers.sent(world, key="two", impression="胸痛待查")
    with pytest.raises(UserError, match="转诊床位"):
        case_work.make_move(world.second_desk, other, "accept", answers=transfers.ACCEPTANCE, key="b")
    assert CaseFile.objects.get(id=other).state == "sent" and CaseStep.objects.filter(case_id=other).count() == 1
    view = case_work.make_move(world.second_desk, other, "accept", answers={**transfers.ACCEPTANCE, "keeps_bed": False}, key="c")
    assert view.case.state == "accepted"


def test_a_clock_that_runs_out_tells_and_then_moves_the_case(world, monkeypatch):
    id = transfers.sent(world)
    assert case_work.fire_due(datetime.fromisoformat("2025-11-21T16:07:00+08:00")) == 0
    assert case_work.fire_due(datetime.fromisoformat("2025-11-21T16:08:00+08:00")) == 1
    assert [one.says for one in notices(world.desk)] == ["应答快到时限：高血压急症待排"]
    assert case_work.fire_due(datetime.fromisoformat("2025-11-21T17:08:00+08:00")) == 1
    assert [one.says for one in notices(world.office)] == ["应答超时：高血压急症待排"]
    assert case_work.fire_due(datetime.fromisoformat("2025-11-22T14:00:00+08:00")) == 1
    assert CaseFile.objects.get(id=id).state == "expired"
    assert case_work.fire_due(datetime.fromisoformat("2025-12-22T14:00:00+08:00")) == 0
    assert "对方过时未答" in notices(world.shen)[0].says
    case_work.view(world.shen, id)
    assert notices(world.shen)[0].seen and not notices(world.office)[0].seen


def test_every_table_is_rebuilt_from_the_tasks_alone(world):
    from kangyu.apps.cases.actions import case_tables

    id = transfers.sent(world)
    case_work.make_move(world.desk, id, "accept", answers=transfers.ACCEPTANCE, key="a")
    case_work.view(world.shen, id)

    def rows():
        every = (CaseFile, CaseStep, CaseTurn, CaseTimer, Notice)
        return [sorted(map(repr, (tuple(row) for row in model.objects.values_list(*_columns(model))))) for model in every]

    before = rows()
    CaseFile.objects.filter(id=id).update(state="broken")
    CaseTimer.objects.all().delete()
    CaseTurn.objects.create(case_id="ghost", role="x", procedure="referral", since=datetime.fromisoformat("2025-11-21T11:00:00+08:00"))
    assert case_tables.rebuild() == 1
    assert rows() == before


def _columns(model):
    return [field.attname for field in model._meta.concrete_fields if field.attname not in ("id",) or model is CaseFile]


def test_an_onward_referral_is_a_part_and_its_end_brings_the_parent_back(world, monkeypatch):
    from kangyu.engines.forms import Named

    id = transfers.sent(world)
    case_work.make_move(world.desk, id, "accept", answers={**transfers.ACCEPTANCE, "keeps_bed": False}, key="a")
    case_work.make_move(world.reception, id, "arrive", key="b")
    upper = Named("tcm-hospital", "Organization", "清河县中医院")
    onward = {"upper": upper, "urgency": "routine", "impression": "继发性高血压待查", "why": "本院不能做肾素检查"}
    view = case_work.make_move(world.doctor, id, "pass_on", answers=onward, key="c")
    child = CaseFile.objects.get(parent=id)
    assert view.case.state == "passed_on" and child.state == "draft" and child.owner == "tcm-hospital"
    assert child.heading == "继发性高血压待查" and [part.id for part in view.case.parts] == [child.id]
    given = transfers.sheet(target=upper, impression="继发性高血压待查")
    case_work.make_move(world.doctor, child.id, "revise", answers=given, key="d")
    case_work.make_move(world.doctor, child.id, "send", key="e")
    case_work.make_move(world.stranger, child.id, "refuse", reason="没有床", key="f")
    assert CaseFile.objects.get(id=id).state == "passed_on"
    case_work.make_move(world.doctor, child.id, "give_up", reason="另约门诊", key="g")
    case_work.fire_due(datetime.fromisoformat("2025-11-21T11:09:00+08:00"))
    assert CaseFile.objects.get(id=id).state == "arrived"
