"""Made-up visits for the demo county that look made up: copied on one day, rounded, and after death; so that the supervisor has a case.

Three clinics of one township, never the demo doctor's own. Everything is synthetic and marked so.
"""

import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db import connection

from kangyu.apps.cases.rules import rules
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.engines import forms
from kangyu.flows.visits import IDS, SYNTHETIC_TAG

FORM = "hypertension_follow_up"
COPIED, ROUNDED, LATE = 46, 48, 3
BATCH = 50
CLINICS = """
WITH own AS (
    SELECT i.id, i.area, count(*) AS n FROM resource e JOIN institution i ON i.id = e.org
    WHERE e.rtype = 'EpisodeOfCare' AND e.code = 'hypertension' AND i.kind = 'village_clinic' GROUP BY i.id, i.area
), busiest AS (SELECT id, area FROM own ORDER BY n DESC, id LIMIT 1)
SELECT own.id FROM own, busiest WHERE own.id <> busiest.id ORDER BY left(own.area, 9) <> left(busiest.area, 9), own.n DESC, own.id LIMIT 3
"""
PEOPLE = """
SELECT p.patient_id FROM person p WHERE p.org = %s AND p.deceased_on IS NULL AND EXISTS (
    SELECT 1 FROM resource e WHERE e.pid = p.pid AND e.rtype = 'EpisodeOfCare' AND e.code = 'hypertension')
ORDER BY p.pid LIMIT %s
"""
DEAD = """
SELECT p.patient_id, p.deceased_on FROM person p WHERE left(p.area, 9) = (SELECT left(area, 9) FROM institution WHERE id = %s)
  AND p.deceased_on BETWEEN %s AND %s ORDER BY p.deceased_on DESC, p.pid LIMIT %s
"""


def seed() -> int:
    """Store the made-up visits; returns how many."""
    today = clock.today()
    clinics = [row[0] for row in _rows(CLINICS, [])]
    if len(clinics) < 3:
        return 0
    copied, rounded, late = clinics
    made = [*_copied(copied, today), *_rounded(rounded, today), *_after_death(late, today)]
    drafts = [draft for one in made for draft in _drafts(one)]
    for start in range(0, len(drafts), BATCH):
        write(drafts[start : start + BATCH], by=SYSTEM, purpose="合成数据")
    return len(made)


def _rows(sql: str, parameters: list[Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def _copied(clinic: str, today: date) -> Iterator[dict[str, Any]]:
    """Half a village "visited" at home on one day, every answer the same."""
    for (patient,) in _rows(PEOPLE, [clinic, COPIED]):
        yield _response(patient, clinic, today - timedelta(days=24), "home", 128, 78, 62)


def _rounded(clinic: str, today: date) -> Iterator[dict[str, Any]]:
    """Readings that only ever end in 0 or 5, over half a year."""
    people = [row[0] for row in _rows(PEOPLE, [clinic, ROUNDED])]
    for place in range(ROUNDED if people else 0):
        systolic, diastolic = 120 + 5 * (place * 7 % 9), 70 + 5 * (place * 5 % 6)
        on = today - timedelta(days=3 + place * 3)
        yield _response(people[place % len(people)], clinic, on, "clinic", systolic, diastolic, 55 + place % 23)


def _after_death(clinic: str, today: date) -> Iterator[dict[str, Any]]:
    """People who are still "visited" weeks after they died."""
    for patient, died in _rows(DEAD, [clinic, today - timedelta(days=300), today - timedelta(days=40), LATE]):
        yield _response(patient, clinic, died + timedelta(days=26), "home", 136, 84, 58)


def _response(patient: str, clinic: str, on: date, kind: str, systolic: int, diastolic: int, weight: int) -> dict[str, Any]:
    prepared = rules().form(rules().content.forms[FORM])
    answers = {
        "visit_kind": kind, "systolic": float(systolic), "diastolic": float(diastolic), "weight": float(weight), "symptoms": [],
        "medication_adherence": "regular", "adverse_reaction": False, "new_complication": False,
    }  # fmt: skip
    outcome = "uncontrolled" if systolic >= 150 or diastolic >= 90 else "controlled"
    id = str(uuid.uuid5(IDS, f"fabricated/{patient}/{clinic}/{on}"))
    about = {"subject": f"Patient/{patient}", "author": "", "institution": f"Organization/{clinic}"}
    body = forms.response(prepared, answers, id=id, on=on, derived={"outcome": outcome}, **about)
    return {**body, "meta": {"tag": [SYNTHETIC_TAG]}}


def _drafts(body: dict[str, Any]) -> list[Draft]:
    prepared = rules().form(rules().content.forms[FORM])
    return [Draft("update", one["resourceType"], one["id"], one) for one in (body, *forms.extract(prepared, body))]


def township() -> str:
    """The area of the township where these clinics are, for the account of its supervisor."""
    found = _rows(f"SELECT left(area, 9) FROM institution WHERE id IN ({CLINICS.strip()}) ORDER BY 1 LIMIT 1", [])
    return found[0][0] if found else ""
