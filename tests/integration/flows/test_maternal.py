"""A pregnancy from the booking to day 42: windows, colour, the high-risk file, the child linked, the end."""

import json
from datetime import date

import pytest

from kangyu.apps.cases.actions.status import restate
from kangyu.apps.cases.models import CareStatus, CaseFile
from kangyu.apps.governance.access import Viewer
from kangyu.apps.record import queries as record
from kangyu.engines.forms import Named
from kangyu.flows import visits
from kangyu.kernel.permission import Permission
from world.care import pid_of, stand_on, store
from world.qinghe import DONGLI, patient

pytestmark = pytest.mark.django_db
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
        "delivery_mode": "vaginal", "birth_weight": 3200, "discharged_on": date(2025, 11, 13), "newborn": Named("bao", "Patient", "兰样宝"),
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
