"""Care status: right at once after a write, and the same when everybody is worked out anew."""

from datetime import date

import pytest
from django.db import connection

from kangyu.apps.cases.actions import status
from kangyu.apps.cases.models import CareStatus
from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.record.actions import write
from world import care
from world.qinghe import DONGLI, patient

pytestmark = pytest.mark.django_db


def rows() -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(one for one in status.COLUMNS if one != 'updated')} FROM care_status ORDER BY pid, programme")
        return cursor.fetchall()


def of(pid: int, programme: str) -> CareStatus:
    return CareStatus.objects.get(pid=pid, programme=programme)


def test_status_says_last_figures_next_window_and_how_much_is_done(qinghe):
    li = care.li_is_treated()
    found = of(li, "hypertension")
    assert (found.state, found.org, found.enrolled_on) == ("enrolled", "clinic-dongli", date(2024, 1, 10))
    assert (found.last_on, found.last["figures"], found.last["outcome_title"]) == (date(2025, 8, 15), "156/92", "控制不满意")
    assert found.next_due == date(2025, 8, 29), "not at the goal in August: within two weeks"
    assert (found.done, found.needed) == (3, 5), "three of four follow-ups, no yearly check"
    assert {item["form"] for item in found.items} == {"follow_up", "health_check"}


def test_elderly_are_expected_without_enrolment_and_the_diagnosed_without_it_are_missing(qinghe):
    care.stand_on()
    zhao, li = care.pid_of("zhao"), care.pid_of("li")
    assert of(li, "elderly").state == "expected" and not CareStatus.objects.filter(pid=zhao).exists()
    care.store(care.condition("zhao-i10", "zhao"))
    assert of(zhao, "hypertension").state == "missing" and of(zhao, "hypertension").next_due is None
    care.store(care.episode("zhao-episode", "zhao"))
    assert of(zhao, "hypertension").state == "enrolled"


def test_the_dead_and_those_who_moved_away_owe_nothing(qinghe):
    li = care.li_is_treated()
    died = patient("li", "李样芳", "1958-03-02", "female", "clinic-dongli", DONGLI, phone="19900000001")
    died["deceasedDateTime"] = "2025-10-01"
    write.update(died, by=SYSTEM)
    assert of(li, "hypertension").state == "ended" and of(li, "hypertension").next_due is None
    assert not CareStatus.objects.filter(pid=li, programme="elderly").exists()


def test_high_risk_comes_from_the_declared_flags(qinghe):
    li = care.li_is_treated()
    assert of(li, "hypertension").risk == 0
    care.store(*care.follow_up("li-v4", "li", "2025-11-10", 184, 112))
    found = of(li, "hypertension")
    assert found.risk == 2 and found.reasons == ["近 1 个月血压到过 180/110", "连续两次没控制住"]


def test_taking_a_visit_out_restates(qinghe):
    li = care.li_is_treated()
    write.delete("QuestionnaireResponse", "li-v3", by=SYSTEM)
    assert of(li, "hypertension").last["figures"] == "138/82"


def test_rebuilding_everybody_gives_what_the_writes_gave(qinghe):
    care.li_is_treated()
    care.store(care.condition("zhao-i10", "zhao"), *care.follow_up("zhao-v1", "zhao", "2025-06-01", 150, 95))
    before = rows()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM care_status")
        cursor.execute(
            "INSERT INTO care_status SELECT 999999999, 'gone', 'ended', '', '', NULL, NULL, NULL, '{}', '', NULL, NULL, 0, 0, 0, "
            "'[]', '[]', now(), now()"
        )
    assert status.rebuild() == 2
    assert rows() == before and len(before) >= 3


def test_a_new_day_restates_only_what_is_of_yesterday(qinghe):
    li = care.li_is_treated()
    care.stand_on(date(2026, 1, 5))
    assert status.renew() == 1
    found = of(li, "hypertension")
    assert (found.assessed_on, found.done) == (date(2026, 1, 5), 0)
    assert status.renew() == 0
