"""The demo county's signals: what is old has been dealt with, what is of today waits; everything as the engine itself would do it."""

from datetime import timedelta

import pytest

from kangyu.apps.cases.models import CaseFile
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.governance.actions import accounts
from kangyu.apps.surveillance.models import Alarm
from kangyu.flows import demo_signals, surveillance
from world import care, outbreaks, qinghe
from world.outbreaks import DONGLI, TODAY, XILI
from world.qinghe import COUNTY, PASSWORD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_record")]


@pytest.fixture
def county():
    """A cluster a month ago, one case of cholera the day before yesterday, a cluster today; somebody to deal with them."""
    qinghe.build()
    care.stand_on()
    old = [care.condition(f"old-{n}", f"child-{n}", "B08.4", str(TODAY - timedelta(days=30)), "手足口病") for n in range(4)]
    old.append(care.condition("first", "child-0", "B08.4", "2024-05-02", "手足口病"))
    new = [care.condition(f"new-{n}", f"far-{n}", "B08.4", str(TODAY), "手足口病") for n in range(4)]
    cholera = care.condition("cholera", "li", "A00.9", str(TODAY - timedelta(days=2)), "霍乱")
    outbreaks.store(qinghe.institution("cdc", "清河县疾控中心", "cdc", COUNTY), *outbreaks.children(4), *outbreaks.children(4, XILI, "far"))
    outbreaks.store(*old, *new, cholera)
    for role, org in (("epidemiologist", "cdc"), ("sentinel_duty", "clinic-dongli")):
        accounts.open_account(
            username=role, password=PASSWORD, display_name="样", role=role, by=SYSTEM, synthetic=True, area=COUNTY, org=org
        )


def test_what_is_old_was_closed_what_is_new_waits_and_nothing_is_opened_twice(county):
    assert demo_signals.seed() > 4
    states = {alarm.day: CaseFile.objects.get(id=alarm.case).state for alarm in Alarm.objects.filter(root__isnull=True).order_by("day")}
    assert states[TODAY - timedelta(days=30)] == "closed" and states[TODAY - timedelta(days=2)] == "responding"
    assert CaseFile.objects.get(subject_id=XILI).state in ("new", "assessing", "verifying")
    assert CaseFile.objects.get(subject_id=DONGLI, ended=True).since < clock.now() - timedelta(days=3)
    raised = Alarm.objects.get(root__isnull=True, day=TODAY - timedelta(days=30)).raised_at
    assert raised.date() == TODAY - timedelta(days=30), "the alarm is as old as what it tells of"
    by_hand = CaseFile.objects.exclude(id__in=Alarm.objects.values("case")).values_list("state", flat=True)
    assert sorted(by_hand) == ["closed", "new", "over", "verifying"]
    assert surveillance.open_cases() == [] and CaseFile.objects.filter(due__lt=clock.now(), ended=False).count() == 0
