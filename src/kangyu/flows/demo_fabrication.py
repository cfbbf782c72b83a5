"""Made-up visits for the demo county that look made up: copied on one day, and after death; so that the supervisor has a case.

Two clinics of a township in which the twin already has a doctor who rounds readings; never the demo doctor's own clinic while there is
another. Everything is synthetic and marked so.
"""

import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db import connection

from kangyu.apps.cases.queries import doubtful
from kangyu.apps.cases.rules import rules
from kangyu.apps.directory import queries as directory
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.engines import forms
from kangyu.engines.cases.plausibility import signs
from kangyu.flows.visits import IDS, SYNTHETIC_TAG

FORM = "hypertension_follow_up"
COPIED, LATE = 46, 3
BATCH = 50
CLINICS = """
WITH own AS (
    SELECT i.id, i.area, count(*) AS n FROM resource e JOIN institution i ON i.id = e.org
    WHERE e.rtype = 'EpisodeOfCare' AND e.code = 'hypertension' AND i.kind = 'village_clinic' GROUP BY i.id, i.area
)
SELECT id FROM own WHERE area LIKE %s ORDER BY n = (SELECT max(n) FROM own), n DESC, id LIMIT 2
"""
PEOPLE = """
SELECT p.patient_id FROM person p WHERE p.org = %s AND p.deceased_on IS NULL AND EXISTS (
    SELECT 1 FROM resource e WHERE e.pid = p.pid AND e.rtype = 'EpisodeOfCare' AND e.code = 'hypertension')
ORDER BY p.pid LIMIT %s
"""
DOCTOR = "SELECT id FROM resource WHERE rtype = 'PractitionerRole' AND org = %s ORDER BY code <> 'physician', id LIMIT 1"
DEAD = """
SELECT p.patient_id, p.deceased_on FROM person p WHERE left(p.area, 9) = (SELECT left(area, 9) FROM institution WHERE id = %s)
  AND p.deceased_on BETWEEN %s AND %s ORDER BY p.deceased_on DESC, p.pid LIMIT %s
"""


def seed() -> int:
    """Store the made-up visits; returns how many."""
    today = clock.today()
    clinics = [row[0] for row in _rows(CLINICS, [f"{township()}%"])]
    if not clinics:
        return 0
    made = [*_copied(clinics[0], today), *_after_death(clinics[-1], today)]
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
    author = f"PractitionerRole/{role}" if (role := _doctor(clinic)) else ""
    about = {"subject": f"Patient/{patient}", "author": author, "institution": f"Organization/{clinic}"}
    body = forms.response(prepared, answers, id=id, on=on, derived={"outcome": outcome}, **about)
    return {**body, "meta": {"tag": [SYNTHETIC_TAG]}}


def _doctor(clinic: str) -> str:
    """The post of the one who sees people at a clinic, empty where none is known."""
    found = _rows(DOCTOR, [clinic])
    return found[0][0] if found else ""


def _drafts(body: dict[str, Any]) -> list[Draft]:
    prepared = rules().form(rules().content.forms[FORM])
    return [Draft("update", one["resourceType"], one["id"], one) for one in (body, *forms.extract(prepared, body))]


def township() -> str:
    """The township whose supervisor has something to find: where readings are rounded, else the busiest; empty without clinics."""
    everywhere = doubtful.records("TRUE", [], clock.today())
    rounding = [sign.org for sign in signs(everywhere, doubtful.limits()) if sign.kind == "digits"]
    busiest = [org for org, _ in Counter(one.org for one in everywhere).most_common(1)]
    found = directory.institution(next(iter([*sorted(rounding), *busiest]), ""))
    return found.area[:9] if found else ""
