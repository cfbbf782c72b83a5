"""A pregnancy from the booking to day 42: windows, colour, the high-risk file, the child linked, the end."""

import json
from datetime import date

import pytest

from kangyu.apps.cases.actions.status import restate
from kangyu.apps.cases.models import CareStatus, CaseFile, Notice
from kangyu.apps.cases.rules import rules
from kangyu.apps.governance.access import Viewer
from kangyu.apps.record import queries as record
from kangyu.engines.cases.case import SubjectRef
from kangyu.engines.forms import Named
from kangyu.flows import visits
from kangyu.flows.case_work import open_case
from kangyu.gateways import content
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission
from kangyu.web.episode_words import episodes_of, family_of
from kangyu.web.views.cases import openable
from world.care import pid_of, stand_on, store
from world.qinghe import DONGLI, patient

pytestmark = pytest.mark.django_db
DELIVERED = {
    "live_births": 1, "first_antenatal_week": 7, "antenatal_visits": 6, "postnatal_visits": 0, "prenatal_screening": True,
    "delivery_mode": "vaginal", "birth_weight": 2500, "discharged_on": date(2025, 10, 9),
}  # fmt: skip
MAY = (Permission.WORKLIST_VIEW, Permission.PERSON_VIEW, Permission.VISIT_RECORD, Permission.CASE_VIEW, Permission.CASE_WORK)
DOCTOR = Viewer("mch", "乔样安", "maternal_doctor", area=DONGLI, org="clinic-dongli", within="institution", may_do=frozenset(MAY))
VISIT = {"systolic": 112, "diastolic": 70, "weight": 58, "symptoms": [], "factors": []}


@pytest.fixture
def mother(qinghe) -> int:
    stand_on(date(2025, 4, 1))
    store(
        patient("lan", "兰样雨", "1997-05-02", "female", "clinic-dongli", DONGLI),
        patient("bao", "兰样宝", "2025-11-10", "male", "clinic-dongli", DONGLI, identity=None, since="2025-11-10"),
    )
    pid = pid_of("lan")
    visits.save(DOCTOR, pid, "maternal", "registration", {"lmp": date(2025, 2, 7), "gravidity": 1, "parity": 0}, key="r")
    return pid


def newborn(id: str, name: str, sex: str) -> dict:
    return {"id": id, "child": Named(id, "Patient", name), "name": None, "sex": sex, "weight": 2500, "outcome": "live"}


def status(pid: int) -> CareStatus:
    return CareStatus.objects.get(pid=pid, programme="maternal")


def test_the_booking_opens_the_episode_and_the_first_window(mother):
    found = status(mother)
    assert (found.state, found.due_item, str(found.next_due)) == ("enrolled", "first_antenatal", "2025-05-08")


def test_a_red_visit_opens_one_high_risk_file_with_its_clock(mother):
    visits.save(DOCTOR, mother, "maternal", "antenatal", {**VISIT, "factors": ["dangerous_praevia"]}, key="a1")
    case = CaseFile.objects.get(pid=mother, procedure="high_risk_pregnancy")
    assert (case.state, case.due_clock) == ("found", "report")
    assert round((case.due - case.opened).total_seconds() / 3600) == 24
    stand_on(date(2025, 4, 8))
    visits.save(DOCTOR, mother, "maternal", "antenatal", {**VISIT, "factors": ["dangerous_praevia"]}, key="a2")
    assert CaseFile.objects.filter(pid=mother, procedure="high_risk_pregnancy").count() == 1
    assert status(mother).reasons == ["妊娠风险红色"]


def test_a_green_visit_opens_none(mother):
    visits.save(DOCTOR, mother, "maternal", "antenatal", VISIT, key="a1")
    assert not CaseFile.objects.filter(pid=mother).exists()


def test_delivery_links_the_child_and_day_42_ends_the_episode(mother):
    stand_on(date(2025, 11, 15))
    answers = {
        "live_births": 1, "first_antenatal_week": 7, "antenatal_visits": 6, "postnatal_visits": 0, "prenatal_screening": True,
        "delivery_mode": "vaginal", "birth_weight": 3200, "discharged_on": date(2025, 11, 13),
        "newborns": [newborn("bao", "兰样宝", "male")],
    }  # fmt: skip
    visits.save(DOCTOR, mother, "maternal", "delivery_record", answers, key="d", on=date(2025, 11, 10))
    linked = [json.loads(one.text) for one in record.of_person(pid_of("bao"), ["RelatedPerson"])]
    assert [(one["relationship"][0]["coding"][0]["code"], one["extension"][0]["valueReference"]["reference"]) for one in linked] == [
        ("mother", "Patient/lan")
    ]
    assert (status(mother).due_item, str(status(mother).next_due)) == ("postnatal_home", "2025-11-20")
    stand_on(date(2025, 12, 24))
    after = {"systolic": 110, "diastolic": 70, "uterus_recovered": True, "breastfeeding": True, "low_mood": False}
    visits.save(DOCTOR, mother, "maternal", "day_42", after, key="e")
    restate([mother], date(2025, 12, 25))  # the last day itself still counts
    assert (status(mother).state, str(status(mother).ended_on)) == ("ended", "2025-12-24")


def test_an_orange_file_becomes_red_by_the_next_visit_and_tells_who_must_know(mother):
    visits.save(DOCTOR, mother, "maternal", "antenatal", {**VISIT, "factors": ["diabetes_on_drug"]}, key="a1")
    case = CaseFile.objects.get(pid=mother, procedure="high_risk_pregnancy")
    assert (case.state, round((case.due - case.opened).total_seconds() / 3600)) == ("found", 72)
    stand_on(date(2025, 4, 8))
    visits.save(DOCTOR, mother, "maternal", "antenatal", {**VISIT, "factors": ["dangerous_praevia"]}, key="a2")
    raised = CaseFile.objects.get(pid=mother, procedure="high_risk_pregnancy")
    assert (raised.id, raised.state, raised.due_clock) == (case.id, "raised", "report_red")
    told = set(Notice.objects.filter(case_id=raised.id).values_list("role", flat=True))
    assert {"maternal_doctor", "family_doctor"} <= told


def test_a_miscarriage_ends_the_episode_and_the_file(mother):
    visits.save(DOCTOR, mother, "maternal", "antenatal", {**VISIT, "factors": ["diabetes_on_drug"]}, key="a1")
    stand_on(date(2025, 4, 20))
    answers = {"kind": "miscarriage", "happened_on": date(2025, 4, 18)}
    visits.save(DOCTOR, mother, "maternal", "loss", answers, key="l")
    assert CaseFile.objects.get(pid=mother, procedure="high_risk_pregnancy").state == "closed"
    restate([mother], date(2025, 4, 21))
    assert (status(mother).state, str(status(mother).ended_on)) == ("ended", "2025-04-20")


def test_a_stillbirth_after_28_weeks_is_a_delivery_with_its_visits(mother):
    stand_on(date(2025, 10, 10))
    with pytest.raises(visits.NotAcceptable, match="分娩记录"):
        visits.save(DOCTOR, mother, "maternal", "loss", {"kind": "induced", "happened_on": date(2025, 10, 9)}, key="l")
    still = [{"id": "1", "child": None, "name": None, "sex": "female", "weight": 2100, "outcome": "stillbirth"}]
    visits.save(DOCTOR, mother, "maternal", "delivery_record", {**DELIVERED, "live_births": 0, "newborns": still}, key="d")
    assert status(mother).due_item == "postnatal_home"


def test_twins_are_both_linked_to_their_mother(mother):
    store(patient("bei", "兰样贝", "2025-11-10", "female", "clinic-dongli", DONGLI, identity=None, since="2025-11-10"))
    stand_on(date(2025, 11, 15))
    both = [newborn("bao", "兰样宝", "male"), newborn("bei", "兰样贝", "female")]
    with pytest.raises(visits.NotAcceptable, match="活产数"):
        visits.save(DOCTOR, mother, "maternal", "delivery_record", {**DELIVERED, "newborns": both}, key="d0")
    visits.save(DOCTOR, mother, "maternal", "delivery_record", {**DELIVERED, "live_births": 2, "newborns": both}, key="d")
    on = date(2025, 11, 15)
    declared = content.current()
    assert {(one["title"], one["name"]) for one in family_of(DOCTOR, mother, declared, on)} == {("子女", "兰样宝"), ("子女", "兰样贝")}
    assert [(one["title"], one["name"]) for one in family_of(DOCTOR, pid_of("bei"), declared, on)] == [("母亲", "兰样雨")]


def test_the_page_says_the_week_now_and_at_each_visit(mother):
    visits.save(DOCTOR, mother, "maternal", "antenatal", {**VISIT, "factors": ["syphilis"]}, key="a1")
    [one] = episodes_of(mother, content.current(), date(2025, 4, 10))
    assert (one["stage"], one["expected"]) == ("孕 8 周+6", date(2025, 11, 14))
    last = one["visits"][-1]
    assert (last["stage"], [tag["words"] for tag in last["tags"]]) == ("孕 7 周+4", ["绿色（低）", "紫色（传染病）"])
    assert status(mother).last["tags"] == {"colour": "green", "purple": "yes"}


def test_a_high_risk_file_is_not_opened_by_hand(mother):
    assert "high_risk_pregnancy" not in [one["key"] for one in openable(rules(), DOCTOR)]
    with pytest.raises(UserError, match="孕产妇健康管理"):
        open_case(DOCTOR, "high_risk_pregnancy", SubjectRef("person", str(mother)), key="h")
