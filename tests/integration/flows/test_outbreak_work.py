"""An outbreak on PostgreSQL: proposed by its threshold, members confirmed, who infected whom; contacts watched until cleared or ill."""

import json
from datetime import date

import pytest

from kangyu.apps.cases.case_access import CaseNotWithinReach
from kangyu.apps.cases.models import CaseFile, Notice
from kangyu.apps.governance.models import AuditEvent
from kangyu.apps.record import queries as record
from kangyu.apps.relations.actions import links
from kangyu.apps.relations.models import Relation
from kangyu.engines.cases.moves import RefusedError
from kangyu.flows import case_timers, case_work, outbreak_work, relation_work
from kangyu.flows.case_work import SubjectRef
from kangyu.kernel.errors import DeniedError, UserError
from world import epidemic, transfers

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db, monkeypatch):
    transfers.at_time(monkeypatch, "2025-11-21 11:08")
    return epidemic.build()


def outbreak() -> CaseFile:
    return CaseFile.objects.get(procedure="outbreak")


def confirmed(world) -> str:
    """The outbreak with its five children as members; its id."""
    ids = epidemic.five_ill(world)
    outbreak_work.admit(world.epi, outbreak().id, ids, key="admit")
    return outbreak().id


def test_the_fifth_child_of_the_kindergarten_makes_an_outbreak_be_proposed_once(world):
    for child in range(4):
        epidemic.reported(world, child, date(2025, 11, 16 + child), "2025-11-21 09:30")
    assert not CaseFile.objects.filter(procedure="outbreak").exists()
    for child in (4, 5):
        epidemic.reported(world, child, date(2025, 11, 20), "2025-11-21 09:30")
    found = outbreak()
    assert (found.state, found.subject_kind, found.heading, found.area) == ("suspected", "group", "东里幼儿园，手足口病", "370899101201")
    assert Notice.objects.filter(case_id=found.id, role="epidemiologist", org="cdc").exists()
    assert case_work.view(world.epi, found.id).case.carried["reached"] == "学校托幼机构手足口病 7 天 5 例（聚集）"


def test_five_children_over_a_month_or_of_two_kindergartens_are_no_outbreak(world):
    for child in range(4):
        epidemic.reported(world, child, date(2025, 11, 14), "2025-11-21 09:30")
    epidemic.reported(world, 4, date(2025, 11, 5), "2025-11-21 09:30")
    epidemic.reported(world, 5, date(2025, 11, 14), "2025-11-21 09:30", workplace="西里幼儿园")
    assert not CaseFile.objects.filter(procedure="outbreak").exists()


def test_a_person_confirms_the_members_that_are_proposed(world):
    ids = epidemic.five_ill(world)
    before = outbreak_work.picture(world.epi, outbreak().id)
    assert before.members == [] and {one.member.id for one in before.proposed} == set(ids) and before.may_decide
    with pytest.raises(RefusedError, match="还没有成员"):
        case_work.make_move(world.epi, outbreak().id, "confirm", answers=VERIFIED, key="early")
    outbreak_work.admit(world.epi, outbreak().id, ids[:4], key="one")
    outbreak_work.admit(world.epi, outbreak().id, ids[:4], key="one")
    after = outbreak_work.picture(world.epi, outbreak().id)
    assert [one.member.id for one in after.members] == ids[:4] and [one.member.id for one in after.proposed] == ids[4:]
    assert (after.sick, after.curve.total, after.view.values["grade"]) == (4, 4, "general")
    group = json.loads(record.current("Group", outbreak().subject_id).text)
    assert [one["entity"]["reference"] for one in group["member"]] == [f"Patient/child-{number}" for number in range(4)]
    outbreak_work.take_out(world.epi, outbreak().id, ids[0], reason="不是同一个班", key="out")
    assert len(outbreak_work.picture(world.epi, outbreak().id).members) == 3
    assert not Relation.objects.filter(type="member", from_id=ids[0]).exists()


VERIFIED = {"way": "visit", "setting": "childcare", "case_definition": "11 月 10 日起东里幼儿园手、足、口出疹的儿童"}
FIRST = {"event": "东里幼儿园手足口病", "exposed": 60, "measures": ["isolation"], "reported_to": "县卫生健康局、市疾控"}


def test_who_infected_whom_becomes_a_tree_without_circles(world):
    id = confirmed(world)
    a, b, c, *_ = [one.member.id for one in outbreak_work.picture(world.epi, id).members]
    outbreak_work.trace(world.epi, id, b, a, key="ab")
    outbreak_work.trace(world.epi, id, c, b, key="bc")
    tree = outbreak_work.picture(world.epi, id).tree
    assert tree.generations == (1, 1, 1) and tree.serial_interval == 1
    with pytest.raises(UserError, match="绕成一圈"):
        outbreak_work.trace(world.epi, id, a, c, key="ca")
    outbreak_work.trace(world.epi, id, c, a, key="ac")
    assert outbreak_work.picture(world.epi, id).tree.nodes[c].source == a
    outbreak_work.trace(world.epi, id, c, "", key="none")
    assert outbreak_work.picture(world.epi, id).tree.nodes[c].source == ""
    before = list(Relation.objects.order_by("type", "from_id", "to_id").values_list("type", "from_id", "to_id", "since"))
    assert links.rebuild() == len(before)
    assert list(Relation.objects.order_by("type", "from_id", "to_id").values_list("type", "from_id", "to_id", "since")) == before


def test_reports_have_their_legal_clocks_and_the_end_waits_one_longest_incubation(world, monkeypatch):
    id = confirmed(world)
    case_work.make_move(world.epi, id, "confirm", answers=VERIFIED, key="c")
    view = case_work.make_move(world.epi, id, "report", answers=FIRST, key="r")
    (progress,) = [one for one in view.clocks if one.key == "due_progress"]
    assert f"{progress.due:%d %H:%M}" == "22 11:08" and view.values["attack_rate"] == pytest.approx(100 * 5 / 60)
    assert f"{CaseFile.objects.get(id=id).due.astimezone():%H:%M}" == "11:08" and CaseFile.objects.get(id=id).due_clock == "due_progress"
    with pytest.raises(RefusedError, match="最长潜伏期"):
        case_work.make_move(world.epi, id, "end", answers={"contacts_cleared": True, "disinfected": True}, key="e")
    transfers.at_time(monkeypatch, "2025-12-01 09:00")
    view = case_work.make_move(world.epi, id, "end", answers={"contacts_cleared": True, "disinfected": True}, key="e2")
    (final,) = [one for one in view.clocks if one.key == "final_report"]
    assert f"{final.due:%m-%d %H:%M}" == "12-15 09:00"


def test_a_missed_progress_report_is_told_once(world, monkeypatch):
    id = confirmed(world)
    case_work.make_move(world.epi, id, "confirm", answers=VERIFIED, key="c")
    case_work.make_move(world.epi, id, "report", answers=FIRST, key="r")
    transfers.at_time(monkeypatch, "2025-11-22 11:09")
    case_timers.fire_due(limit=50)
    case_timers.fire_due(limit=50)
    assert Notice.objects.filter(case_id=id, says__contains="没有进程报告").count() == 1


def test_an_outsider_sees_nothing_of_an_outbreak_and_may_decide_nothing(world):
    id = confirmed(world)
    group = outbreak().subject_id
    for stranger in (world.outsider, world.shen):
        with pytest.raises(CaseNotWithinReach):
            outbreak_work.picture(stranger, id)
        with pytest.raises(CaseNotWithinReach):
            outbreak_work.admit(stranger, id, [id], key="x")
    assert relation_work.name_of(world.outsider, SubjectRef("person", str(world.children[0]))) == ""
    assert relation_work.name_of(world.outsider, SubjectRef("group", group)) == ""
    with pytest.raises(DeniedError):
        outbreak_work.admit(world.reviewer, id, [epidemic.reported(world, 5, date(2025, 11, 19), "2025-11-21 09:30")], key="y")
    assert AuditEvent.objects.filter(action="case.view", outcome="denied", target=f"Task/{id}").exists()


# contacts


def investigated(world, rows) -> str:
    """The first child investigated, with contacts; the id of the investigation."""
    epidemic.passed(world, 0, date(2025, 11, 20), "2025-11-21 09:30")
    id = CaseFile.objects.get(procedure="case_investigation").id
    answers = {
        "interviewed_on": date(2025, 11, 21), "way": "visit", "likely_source": "unit", "exposure_story": "一直在园", "sampled": True,
        "contacts": rows,
    }  # fmt: skip
    case_work.make_move(world.epi, id, "investigate", answers=answers, key="i")
    return id


FRIEND = {"name": "童样1", "birth_date": date(2021, 2, 11), "exposure": "same_class", "last_exposure": date(2025, 11, 20)}
STRANGER = {"name": "何样来", "exposure": "household", "last_exposure": date(2025, 11, 20), "sex": "female"}


def with_number(world, child: int) -> dict:
    from kangyu.apps.identity.models import Person
    from world import qinghe

    number = qinghe.number("2021-02-11", "female", 7)
    Person.objects.filter(pid=world.children[child]).update(identity_number=number)
    return {**FRIEND, "identity": number}


def test_a_contact_is_found_among_residents_or_kept_as_a_contact_and_never_guessed(world):
    id = investigated(world, [with_number(world, 1), {**FRIEND, "phone": "13900000000"}, STRANGER])
    watches = list(CaseFile.objects.filter(parent=id).order_by("part_number"))
    assert [(one.subject_kind, one.pid) for one in watches] == [("person", world.children[1]), ("contact", None), ("contact", None)]
    kept = json.loads(record.current("RelatedPerson", watches[2].subject_id).text)
    assert kept["name"] == [{"text": "何样来"}] and kept["patient"] == {"reference": "Patient/child-0"} and "birthDate" not in kept
    assert [case_work.view(world.epi, one.id).case.parties["watcher"] for one in watches] == ["clinic-dongli", "cdc", "cdc"]
    assert Relation.objects.filter(type="close_contact", to_id=id).count() == 3
    with pytest.raises(CaseNotWithinReach):
        case_work.view(world.outsider, watches[2].id)
    with pytest.raises(CaseNotWithinReach):
        case_work.view(world.wang, watches[0].id)


def test_a_contact_is_watched_every_day_and_cleared_when_the_longest_incubation_is_over(world, monkeypatch):
    id = investigated(world, [with_number(world, 1)])
    watch = CaseFile.objects.get(parent=id)
    assert f"{watch.due.astimezone():%d %H:%M}" == "22 00:00" and watch.due_clock == "due_daily"
    view = case_work.make_move(world.shen, watch.id, "observe", answers={"way": "phone", "temperature": 36.6, "symptoms": []}, key="d1")
    assert f"{view.facts.due:%d %H:%M}" == "23 00:00"
    for day in (23, 24):
        transfers.at_time(monkeypatch, f"2025-11-{day} 00:00")
        case_timers.fire_due(limit=20)
    view = case_work.view(world.epi, watch.id)
    assert view.values["missed_days"] == 2 and view.case.state == "watching"
    told = Notice.objects.filter(case_id=watch.id)
    assert told.filter(role="family_doctor", says__contains="昨天没有记").count() == 2
    assert told.filter(role="epidemiologist", says__contains="漏观察两天").count() == 1
    transfers.at_time(monkeypatch, "2025-12-01 00:01")
    case_timers.fire_due(limit=50)
    assert CaseFile.objects.get(id=watch.id).state == "cleared"
    view = case_work.make_move(
        world.epi, id, "close", answers={"infected_through": "unit", "outcome": "接触者期满无续发"}, key="close"
    )  # fmt: skip
    assert view.ended


def test_a_contact_who_falls_ill_becomes_a_case_of_the_one_who_infected_them(world, monkeypatch):
    id = investigated(world, [with_number(world, 1)])
    watch = CaseFile.objects.get(parent=id)
    card = epidemic.passed(world, 1, date(2025, 11, 21), "2025-11-21 10:30")
    transfers.at_time(monkeypatch, "2025-11-22 00:00")
    case_timers.fire_due(limit=20)
    assert CaseFile.objects.get(id=watch.id).state == "became_case"
    link = Relation.objects.get(type="infector")
    index = CaseFile.objects.get(id=id).parent
    assert (link.from_id, link.to_id, link.from_pid, link.to_pid) == (index, card, world.children[0], world.children[1])
    (seen,) = relation_work.links_of(world.epi, SubjectRef("case", card), ("infector",))
    assert (seen.title, seen.name) == ("传染来源", "童样0")
    (unseen,) = relation_work.links_of(world.wang, SubjectRef("case", card), ("infector",))
    assert unseen.name == ""


def test_a_row_without_a_found_resident_does_not_take_who_shares_the_name(world):
    id = investigated(world, [{"name": "李样芳", "exposure": "care", "last_exposure": date(2025, 11, 20)}])
    assert CaseFile.objects.get(parent=id).subject_kind == "contact"
