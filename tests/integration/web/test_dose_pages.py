"""The pages about doses: coverage, who misses doses, the check on entering a nursery, the certificate, the lots beside a dose."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from kangyu.apps.cases.models import CaseFile
from kangyu.apps.cases.queries.coverage import coverage
from kangyu.apps.governance.access import SYSTEM, Viewer, viewer_of
from kangyu.apps.governance.actions import accounts
from kangyu.apps.governance.models import Account
from kangyu.apps.ledgers.actions.postings import Entry, post
from kangyu.engines.cases.case import SubjectRef
from kangyu.engines.cases.links import End, Link, link_resource
from kangyu.flows import visits
from kangyu.kernel.permission import Permission
from world.care import pid_of, stand_on, store
from world.qinghe import DONGLI, PASSWORD, SYNTHETIC, coding, institution, patient

pytestmark = pytest.mark.django_db
CLINIC = "clinic-dongli"


def given(id: str, child: str, vaccine: str, on: str, dose: int) -> dict:
    return {
        "resourceType": "Immunization", "id": id, "meta": dict(SYNTHETIC), "status": "completed", "occurrenceDateTime": on,
        "patient": {"reference": f"Patient/{child}"}, "vaccineCode": coding("urn:kangyu:cs:vaccine", vaccine),
        "protocolApplied": [{"doseNumberPositiveInt": dose}],
    }  # fmt: skip


@pytest.fixture
def children(qinghe) -> tuple[int, int]:
    """Two months old: one has what a newborn gets, the other only the first hepatitis B and misses BCG from the age of three months on."""
    stand_on()
    store(
        patient("kept", "贝样安", "2025-09-21", "female", CLINIC, DONGLI, since="2025-09-21"),
        given("kept-1", "kept", "hepb", "2025-09-21", 1),
        given("kept-2", "kept", "bcg", "2025-09-21", 1),
        given("kept-3", "kept", "hepb", "2025-10-21", 2),
        patient("lost", "贝样失", "2025-07-01", "male", CLINIC, DONGLI, since="2025-07-01"),
        given("lost-1", "lost", "hepb", "2025-07-01", 1),
    )
    return pid_of("kept"), pid_of("lost")


@pytest.fixture
def nurse(qinghe, signed_in, children):
    """The vaccinator of the clinic's township, at work."""
    account = accounts.open_account(
        username="nurse",
        password=PASSWORD,
        display_name="宋样苗",
        role="vaccinator",
        area=DONGLI[:9],
        org=CLINIC,
        by=SYSTEM,
        synthetic=True,
    )
    return signed_in(account)


def text(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def test_coverage_says_of_each_birth_year_and_township_how_far_it_is(nurse, children):
    page = text(nurse.get(reverse("dose_coverage")))
    assert "2025" in page and "乙肝" in page and "卡介苗" in page
    assert "在册儿童 <b>" in page and reverse("defaulters") in page
    assert "卡介苗：应种 2 剂，已种 1 剂" in page and "人数少于" not in page, "who may open the children may count them"


def test_small_numbers_are_withheld_from_who_may_not_see_the_children(nurse, children, monkeypatch):
    may = Viewer.may
    monkeypatch.setattr(Viewer, "may", lambda self, what: what is not Permission.PERSON_VIEW and may(self, what))
    page = text(nurse.get(reverse("dose_coverage")))
    assert "卡介苗：人数少于" in page and "已种 1 剂" not in page


def test_coverage_counts_the_doses_that_count_of_those_owed(nurse, children):
    cells, places = coverage(viewer_of(Account.objects.get(username="nurse")), "immunisation")
    bcg = next(one for one in cells if one.cohort == 2025 and one.series == "bcg")
    assert (bcg.children, bcg.given, bcg.owed) == (2, 1, 1), "who has it and who misses it"
    assert [(one.area, one.children, one.complete) for one in places if one.children] == [(DONGLI[:9], 2, 1)]


def test_coverage_is_for_those_who_may_see_it(qinghe, signed_in, children):
    assert signed_in(qinghe.shen).get(reverse("dose_coverage")).status_code == 403


def test_who_misses_doses_is_listed_with_what_is_due_and_reminded_at_once(nurse, children):
    _, lost = children
    page = text(nurse.get(reverse("defaulters")))
    assert "贝样失" in page and "贝样安" not in page and "还没有提醒过" in page
    answer = nurse.post(reverse("defaulters"), {"pid": [str(lost)], "way": "phone", "key": "k"})
    assert answer.status_code == 302
    assert "电话，已告知" in text(nurse.get(reverse("defaulters")))
    assert nurse.post(reverse("defaulters"), {"way": "phone"}).status_code == 400


def test_a_nursery_is_told_who_lacks_what_and_a_certificate_says_so(nurse, children):
    kept, lost = children
    store(institution("nursery", "东里托育园", "childcare", DONGLI))
    nursery = End(SubjectRef("institution", "nursery"), "Organization/nursery")
    for pid, id in ((kept, "kept"), (lost, "lost")):
        link = Link("attends", f"Patient/{id}", "Organization/nursery", date(2025, 9, 1), synthetic=True)
        store(link_resource(link, End(SubjectRef("person", str(pid)), f"Patient/{id}", id), nursery))
    assert "东里托育园" in text(nurse.get(reverse("schools")))
    page = text(nurse.get(reverse("school", args=["nursery"])))
    assert "2</b> 名有缺漏" in page and "贝样失" in page and "贝样安" in page
    certificate = text(nurse.get(reverse("certificate", args=[lost])))
    assert "还缺" in certificate and "卡介苗" in certificate and "东里托育园" in certificate
    assert nurse.get(reverse("school", args=["elsewhere"])).status_code == 404


def test_a_dose_offers_the_lots_in_stock_the_first_to_expire_first(nurse, children):
    kept, _ = children
    for lot, expiry in (("LATE", "2026-12-31"), ("OLD", "2025-11-20"), ("SOON", "2025-12-31")):
        where = {"clinic": CLINIC, "vaccine": "ipv", "lot": lot, "expiry": expiry}
        post("vaccine_stock", [Entry("put", Decimal(5), where)], key=lot, by=SYSTEM)
    page = text(nurse.get(reverse("visit", args=[kept, "immunisation"]) + "?form=vaccination"))
    assert page.index('<option value="SOON">') < page.index('<option value="LATE">') and '<option value="OLD">' not in page
    assert "效期 2025-12-31　余 5 剂" in page


def test_a_reaction_opens_the_report_and_a_refused_day_is_put_off(nurse, children):
    viewer = viewer_of(Account.objects.get(username="nurse"))
    kept, lost = children
    where = {"clinic": CLINIC, "vaccine": "ipv", "lot": "SOON", "expiry": "2025-12-31"}
    post("vaccine_stock", [Entry("put", Decimal(1), where)], key="SOON", by=SYSTEM)
    rows = [row for row in visits.open_form(viewer, kept, "immunisation", "vaccination").values["doses"] if row["vaccine"] == "ipv"]
    asked = {"unwell": False, "health_state": [], "allergic_to": [], "agreed": True, "observed_minutes": 40}
    told = {"reaction": True, "reaction_note": "荨麻疹，口服药后消退"}
    visits.save(viewer, kept, "immunisation", "vaccination", {**asked, "doses": rows, **told}, key="v")
    case = CaseFile.objects.get(pid=kept, procedure="aefi")
    assert (case.state, round((case.due - case.opened).total_seconds() / 3600)) == ("noticed", 48)
    put_off = {"doses": [], "defer_why": "guardian", "deferred_until": date(2025, 12, 5)}
    visits.save(viewer, lost, "immunisation", "vaccination", {**asked, **put_off, "agreed": False}, key="w")
    assert "贝样失" not in text(nurse.get(reverse("defaulters")))
