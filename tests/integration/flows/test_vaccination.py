"""A vaccination from the list to the record: doses by the schedule, a lot from stock, refusals, a correction."""

from decimal import Decimal

import pytest

from kangyu.apps.cases import queries
from kangyu.apps.cases.models import CareStatus
from kangyu.apps.cases.queries.coverage import coverage
from kangyu.apps.governance.access import SYSTEM, Viewer
from kangyu.apps.ledgers import queries as ledgers
from kangyu.apps.ledgers.actions.postings import Entry, post
from kangyu.apps.record import queries as record
from kangyu.flows import visits
from kangyu.kernel.errors import DeniedError, UserError
from kangyu.kernel.permission import Permission
from world.care import TODAY, pid_of, stand_on, store
from world.qinghe import DONGLI, SYNTHETIC, coding, patient

pytestmark = pytest.mark.django_db
CLINIC, STOCK = "clinic-dongli", "vaccine_stock"
MAY = (
    Permission.WORKLIST_VIEW,
    Permission.PERSON_VIEW,
    Permission.VISIT_RECORD,
    Permission.VISIT_CORRECT,
    Permission.COVERAGE_VIEW,
)
NURSE = Viewer("vac", "宋样苗", "vaccinator", area=DONGLI, org=CLINIC, within="institution", may_do=frozenset(MAY))
DOCTOR = Viewer("doc", "沈样舟", "family_doctor", area=DONGLI, org=CLINIC, within="institution", may_do=frozenset(MAY[:4]))


def immunization(id: str, vaccine: str, on: str, dose: int) -> dict:
    return {
        "resourceType": "Immunization", "id": id, "meta": dict(SYNTHETIC), "status": "completed", "patient": {"reference": "Patient/baby"},
        "vaccineCode": coding("urn:kangyu:cs:vaccine", vaccine), "occurrenceDateTime": on,
        "protocolApplied": [{"doseNumberPositiveInt": dose}],
    }  # fmt: skip


def stock(vaccine: str, lot: str, expiry: str, amount: int = 5) -> None:
    where = {"clinic": CLINIC, "vaccine": vaccine, "lot": lot, "expiry": expiry}
    post(STOCK, [Entry("put", Decimal(amount), where)], key=f"{vaccine}-{lot}", by=SYSTEM)


@pytest.fixture
def baby(qinghe) -> int:
    """Two months old today, with what a newborn gets; IPV in three lots, DTaP in one."""
    stand_on()
    store(
        patient("baby", "贝样安", "2025-09-21", "female", CLINIC, DONGLI, since="2025-09-21"),
        immunization("baby-1", "hepb", "2025-09-21", 1),
        immunization("baby-2", "bcg", "2025-09-21", 1),
        immunization("baby-3", "hepb", "2025-10-21", 2),
    )
    stock("ipv", "OLD", "2025-11-20")
    stock("ipv", "SOON", "2025-12-31")
    stock("ipv", "LATE", "2026-12-31")
    stock("dtap", "D1", "2026-12-31")
    return pid_of("baby")


def answers(visit, **changed):
    given = {"unwell": False, "health_state": [], "allergic_to": [], "agreed": True, "observed_minutes": 30, "reaction": False}
    return {**given, "doses": visit.values["doses"], **changed}


def left(lot: str) -> Decimal:
    return sum((one.quantity for one in ledgers.balances(STOCK, at={"lot": lot}, empty=True)), Decimal(0))


def test_the_form_opens_with_the_doses_due_and_the_lot_that_expires_first(baby):
    rows = visits.open_form(NURSE, baby, "immunisation", "vaccination").values["doses"]
    assert [(row["vaccine"], row["dose"], row["lot"]) for row in rows] == [("ipv", 1, "SOON"), ("dtap", 1, "D1")]


def test_saving_records_the_doses_takes_the_lots_and_moves_the_next_visit(baby):
    visit = visits.open_form(NURSE, baby, "immunisation", "vaccination")
    assert CareStatus.objects.get(pid=baby, programme="immunisation").next_due_from == TODAY
    saved = visits.save(NURSE, baby, "immunisation", "vaccination", answers(visit), key="k1")
    given = list(record.of_person(baby, ["Immunization"]))
    assert len(given) == 5
    assert (left("SOON"), left("D1"), left("OLD")) == (4, 4, 5)
    status = CareStatus.objects.get(pid=baby, programme="immunisation")
    assert status.next_due_from.isoformat() == "2025-12-21"
    assert status.last["doses"]["polio"] == [1, 0, 1]
    again = visits.save(NURSE, baby, "immunisation", "vaccination", answers(visit), key="k1")
    assert again.again and again.response == saved.response and left("SOON") == 4


def test_an_expired_or_unknown_lot_is_refused_and_nothing_is_stored(baby):
    visit = visits.open_form(NURSE, baby, "immunisation", "vaccination")
    row = {**visit.values["doses"][0], "lot": "OLD"}
    with pytest.raises(UserError, match="已过效期"):
        visits.save(NURSE, baby, "immunisation", "vaccination", answers(visit, doses=[row]), key="k2")
    assert left("OLD") == 5 and len(record.of_person(baby, ["Immunization"])) == 3


@pytest.mark.parametrize(("vaccine", "dose", "says"), [("hepb", 3, "还不到时候"), ("bcg", 2, "按程序种完"), ("ipv", 2, "应是第 1 剂")])
def test_a_dose_the_schedule_does_not_allow_is_said_beside_its_row(baby, vaccine, dose, says):
    visit = visits.open_form(NURSE, baby, "immunisation", "vaccination")
    row = {**visit.values["doses"][0], "vaccine": vaccine, "dose": dose}
    with pytest.raises(visits.NotAcceptable) as refused:
        visits.save(NURSE, baby, "immunisation", "vaccination", answers(visit, doses=[row]), key="k3")
    assert says in str(refused.value.judged.result.hard[0].message)


def test_an_allergy_answered_today_forbids_today(baby):
    visit = visits.open_form(NURSE, baby, "immunisation", "vaccination")
    with pytest.raises(visits.NotAcceptable, match="禁种"):
        visits.save(NURSE, baby, "immunisation", "vaccination", answers(visit, allergic_to=["dtap"]), key="k4")


def test_a_correction_puts_back_what_was_not_given(baby):
    visit = visits.open_form(NURSE, baby, "immunisation", "vaccination")
    saved = visits.save(NURSE, baby, "immunisation", "vaccination", answers(visit), key="k5")
    opened = visits.open_form(NURSE, baby, "immunisation", "vaccination", corrects=saved.response)
    only = answers(opened, doses=opened.values["doses"][:1])
    visits.save(NURSE, baby, "immunisation", "vaccination", only, key="k6", corrects=saved.response, version=opened.version)
    assert (left("SOON"), left("D1")) == (4, 5)
    assert len(record.of_person(baby, ["Immunization"])) == 4


def test_vaccinations_are_in_the_vaccinators_list_and_in_no_other(baby):
    assert [row.pid for row in queries.today(NURSE, TODAY).rows] == [baby]
    assert [part["programme"] for row in queries.today(DOCTOR, TODAY).rows for part in row.parts] == ["child"]


def test_coverage_adds_up_to_the_plans_of_the_children(baby):
    cells, places = coverage(NURSE, "immunisation")
    assert {(one.series, one.given, one.owed) for one in cells if one.given + one.owed} == {
        ("hepb", 2, 0), ("bcg", 1, 0), ("polio", 0, 1), ("dtap", 0, 1),
    }  # fmt: skip
    assert [(one.area, one.children, one.complete) for one in places] == [("370899101", 1, 1)]
    with pytest.raises(DeniedError):
        coverage(DOCTOR, "immunisation")
