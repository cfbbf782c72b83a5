"""Vaccines and pregnancies of the demo county: lots at every clinic, children with a special state, women seen in every colour."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from kangyu.apps.cases.rules import rules
from kangyu.apps.directory.models import Institution
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.ledgers.actions.postings import Entry, post
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.engines import forms
from kangyu.engines.cases.case import SubjectRef
from kangyu.engines.language.subject import Subject
from kangyu.flows import demo_mothers
from kangyu.flows.case_happen import begin

KINDS = ("township_hospital", "community_centre")
STOCK, FORM = "vaccine_stock", "immunisation_vaccination"
LOTS = ((-20, 6), (45, 40), (300, 120), (500, 80))
"""Days until a lot expires, and how many doses of it there are."""
STATES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("immunodeficient",), ()),
    (("hiv_exposed",), ()),
    ((), ("dtap",)),
    (("hbsag_mother_small",), ()),
    ((), ("mmr",)),
    (("hiv_negative",), ()),
)
YOUNG = """
SELECT p.pid, p.patient_id, p.org FROM person p JOIN care_status c USING (pid)
WHERE c.programme = 'immunisation' AND p.birth_date > %s AND p.deceased_on IS NULL AND p.synthetic ORDER BY md5(p.pid::text) LIMIT %s
"""
BIRTHS = "SELECT left(area, 9) FROM person WHERE birth_date > %s GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
EXPECTING = """
SELECT left(p.area, 9) FROM resource r JOIN person p USING (pid) WHERE r.rtype = 'EpisodeOfCare' AND r.code = 'maternal'
  AND r.body ->> 'status' = 'active' AND p.deceased_on IS NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1
"""


def accounts() -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """The vaccinator of the township with the most young children, the maternal doctor of the one with the most pregnancies under care."""
    yield "vaccinator", "vaccinator", "宋样苗", _place(_township_of_children())
    yield "maternal_doctor", "maternal", "乔样安", _place(_township_of_pregnancies())


def _place(township: str) -> dict[str, str]:
    house = Institution.objects.filter(kind__in=KINDS, area__startswith=township, closed_on__isnull=True).order_by("id").first()
    return {"area": township, "org": house.id if house else ""}


def _township_of_children() -> str:
    """Where the most young children live."""
    with connection.cursor() as cursor:
        cursor.execute(BIRTHS, [clock.today() - timedelta(days=7 * 365)])
        return next(iter(cursor.fetchall()), ("",))[0]


def _township_of_pregnancies() -> str:
    """Where the most women are pregnant; with nobody pregnant in the county, where the most children are."""
    with connection.cursor() as cursor:
        cursor.execute(EXPECTING)
        return next(iter(cursor.fetchall()), ("",))[0] or _township_of_children()


def seed() -> int:
    """Put the lots into stock and store the special states; returns how many children got one. Done again it changes nothing."""
    today = clock.today()
    clinics = Institution.objects.filter(kind__in=KINDS, closed_on__isnull=True).order_by("id").values_list("id", flat=True)
    declared = rules().content
    usual = [series.vaccines[0] for series in declared.definitions["national_immunisation"].schedule.series.values()]
    entries = []
    for clinic in clinics:
        for vaccine in sorted({*usual, "opv", "dt"}):
            for place, (days, amount) in enumerate(LOTS, 1):
                expiry = today + timedelta(days=days)
                lot = f"YANG{expiry:%y%m}{vaccine[:2].upper()}{place}"
                where = {"clinic": clinic, "vaccine": vaccine, "lot": lot, "expiry": expiry.isoformat()}
                entries.append(Entry("put", Decimal(amount), where))
    if entries:
        post(STOCK, entries, key="demo-vaccines", by=SYSTEM, reason="县疾控配送", source="demo")
    places = {role: place for role, _, _, place in accounts()}
    clinic = places["vaccinator"]
    booked = demo_mothers.book(places["maternal_doctor"]["area"])
    return _states() + booked + _antenatal(places["maternal_doctor"]["area"]) + demo_mothers.seed(clinic["area"], clinic["org"])


FACTORS: tuple[tuple[str, ...], ...] = (
    (),
    (),
    (),
    ("adverse_history",),
    ("scarred_uterus",),
    ("two_uterine_operations",),
    ("diabetes_on_drug",),
    ("dangerous_praevia",),
    ("syphilis",),
)
PREGNANT = """
SELECT p.pid, p.patient_id, p.org, p.birth_date FROM person p JOIN care_status c USING (pid)
WHERE c.programme = 'maternal' AND c.state = 'enrolled' AND c.due_item NOT IN ('postnatal_home', 'day_42') AND p.synthetic
  AND p.deceased_on IS NULL ORDER BY (left(p.area, 9) = %s) DESC, md5(p.pid::text) LIMIT %s
"""
WOMEN = 400
"""How many visits are made up at most, those of the maternal doctor's own township first: a county has thousands of pregnant women."""


def _antenatal(township: str) -> int:
    """The last visit of women who are pregnant, in every colour, judged by the rules; files are opened for the orange and the red."""
    declared, on = rules(), clock.today() - timedelta(days=2)
    prepared, programme = declared.form(declared.content.forms["maternal_antenatal"]), declared.programmes["maternal"]
    with connection.cursor() as cursor:
        cursor.execute(PREGNANT, [township, WOMEN])
        women = cursor.fetchall()
    drafts, files = [], []
    for place, (pid, patient, org, born) in enumerate(women):
        answers = {
            "systolic": 108 + place % 30, "diastolic": 66 + place % 20, "weight": 56 + place % 18, "haemoglobin": 108 + place % 30,
            "symptoms": [], "factors": list(FACTORS[place % len(FACTORS)]),
        }  # fmt: skip
        subject = Subject(
            fields={"birth_date": born, "sex": "female", "death_date": None}, tables={}, today=on, form=blank(prepared, answers)
        )
        values = programme.visit(subject)
        derived = {key: values[key] for key in ("colour", "purple") if values.get(key) is not None}
        body = forms.response(
            prepared, answers, id=f"demo-antenatal-{pid}", subject=f"Patient/{patient}", author="", institution=f"Organization/{org}",
            on=on, derived=derived,
        )  # fmt: skip
        body["meta"] = {**body.get("meta", {}), "tag": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]}
        drafts.append(Draft("update", "QuestionnaireResponse", body["id"], body))
        if derived.get("colour") in ("orange", "red"):
            files.append((pid, org, derived["colour"]))
    for start in range(0, len(drafts), 200):
        write(drafts[start : start + 200], by=SYSTEM, purpose="演示")
    for pid, org, colour in files:
        begin("high_risk_pregnancy", SubjectRef("person", str(pid)), key=f"demo/{pid}", org=org, carry={"colour": colour})
    return len(drafts)


def blank(prepared: Any, answers: dict[str, Any]) -> dict[str, Any]:
    """The answers with every other question unanswered."""
    return {key: answers.get(key) for key in prepared.form.fields}


def _states() -> int:
    """A few children whose clinic knows why they must not have a vaccine."""
    today = clock.today()
    with connection.cursor() as cursor:
        cursor.execute(YOUNG, [today - timedelta(days=500), len(STATES) * 3])
        people = cursor.fetchall()
    declared, drafts = rules(), []
    prepared = declared.form(declared.content.forms[FORM])
    for place, (pid, patient, org) in enumerate(people):
        states, allergic = STATES[place % len(STATES)]
        answers = {"unwell": False, "health_state": list(states), "allergic_to": list(allergic), "agreed": True, "doses": []}
        body = forms.response(
            prepared, answers, id=f"demo-vaccination-{pid}", subject=f"Patient/{patient}", author="",
            institution=f"Organization/{org}", on=today - timedelta(days=60),
        )  # fmt: skip
        body["meta"] = {**body.get("meta", {}), "tag": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]}
        drafts.append(Draft("update", "QuestionnaireResponse", body["id"], body))
    if drafts:
        write(drafts, by=SYSTEM, purpose="演示")
    return len(drafts)
