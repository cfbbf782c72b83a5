"""Mothers and children of the demo county: newborns linked, earlier visits, nursery children, reminders, a reaction to be reported."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db import connection

from kangyu.apps.cases.models import CaseFile
from kangyu.apps.cases.rules import rules
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.engines import forms
from kangyu.engines.cases.case import SubjectRef
from kangyu.engines.cases.links import End, Link, link_resource
from kangyu.flows.case_happen import begin

YEAR = timedelta(days=400)
PER_SCHOOL = 20
REMINDED = 12
TAG = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
BORN = """
SELECT DISTINCT ON (b.pid) m.pid, m.patient_id, b.pid, b.patient_id, b.birth_date FROM resource r JOIN person m ON m.pid = r.pid
JOIN person b ON b.household = m.household AND b.birth_date = (r.body ->> 'authored')::date AND b.pid <> m.pid
WHERE r.rtype = 'QuestionnaireResponse' AND r.body ->> 'questionnaire' = 'urn:kangyu:form:maternal_delivery_record'
  AND r.body ->> 'authored' > %s AND m.synthetic ORDER BY b.pid
"""
NURSERY = """
SELECT i.id, p.pid, p.patient_id FROM institution i
JOIN LATERAL (SELECT pid, patient_id FROM person WHERE area LIKE left(i.area, 9) || '%%' AND birth_date BETWEEN %s AND %s AND synthetic
  AND deceased_on IS NULL ORDER BY md5(pid::text) LIMIT %s) p ON true
WHERE i.kind = 'childcare' AND i.closed_on IS NULL ORDER BY i.id
"""
MISSING = """
SELECT p.pid, p.patient_id, p.org FROM care_status c JOIN person p USING (pid) WHERE c.programme = 'immunisation'
  AND (c.last ->> 'missed')::int > 0 AND p.synthetic AND p.deceased_on IS NULL ORDER BY md5(p.pid::text) LIMIT %s
"""
WOMEN = """
SELECT p.pid, p.patient_id, p.org, (c.last -> 'counted' ->> 'pregnant')::date, c.enrolled_on FROM care_status c JOIN person p USING (pid)
WHERE c.programme = 'maternal' AND c.state = 'enrolled' AND c.last -> 'counted' ? 'pregnant' AND p.synthetic AND p.deceased_on IS NULL
ORDER BY md5(p.pid::text)
"""
CHILD = (
    "SELECT pid FROM person WHERE area LIKE %s AND birth_date > %s AND synthetic AND deceased_on IS NULL ORDER BY md5(pid::text) LIMIT 1"
)
COULD_BE = """
SELECT p.pid, p.patient_id, p.org FROM person p WHERE p.area LIKE %s AND p.sex = 'female' AND p.birth_date BETWEEN %s AND %s
  AND p.synthetic AND p.deceased_on IS NULL AND p.resident_to IS NULL
  AND NOT EXISTS (SELECT 1 FROM resource r WHERE r.pid = p.pid AND r.rtype = 'EpisodeOfCare' AND r.code = 'maternal'
    AND r.id NOT LIKE 'demo-booked-%%')
ORDER BY md5(p.pid::text) LIMIT %s
"""
EXPECTING = """
SELECT count(*) FROM resource r JOIN person p USING (pid) WHERE r.rtype = 'EpisodeOfCare' AND r.code = 'maternal'
  AND r.body ->> 'status' = 'active' AND p.area LIKE %s AND p.deceased_on IS NULL AND r.id NOT LIKE 'demo-booked-%%'
"""
BOOKED = (8, 12, 18, 22, 26, 30, 34, 38)
"""A small county has hardly a pregnant woman: the maternal doctor's township is filled up to one at each of these weeks."""
WEEKS = (9, 17, 22, 30, 37)
"""At how many weeks the demo county's women came."""
WAYS = (("phone", "coming"), ("message", "told"), ("phone", "no_answer"), ("village", "told"))


def seed(township: str, clinic: str) -> int:
    """Store all of it; returns how many resources. Done again it stores the same under the same ids.

    ``clinic`` is the institution of the township at which the demo vaccinator works.
    """
    made = [*_newborns(), *_pupils(), *_reminders(), *_visits()]
    for start in range(0, len(made), 300):
        write([Draft("update", one["resourceType"], one["id"], one) for one in made[start : start + 300]], by=SYSTEM, purpose="演示")
    _reaction(township, clinic)
    return len(made)


def book(township: str) -> int:
    """Pregnancies booked in a township that has fewer than the demo shows; returns how many resources. Done again it stores the same."""
    today, declared = clock.today(), rules()
    prepared = declared.form(declared.content.forms["maternal_registration"])
    wanted = BOOKED[: max(0, len(BOOKED) - int(_rows(EXPECTING, [f"{township}%"])[0][0]))]
    born = [today - timedelta(days=38 * 365), today - timedelta(days=21 * 365)]
    drafts = []
    for (pid, patient, org), week in zip(_rows(COULD_BE, [f"{township}%", *born, len(wanted)]), wanted, strict=False):
        lmp = today - timedelta(weeks=week, days=2)
        answers = {"lmp": lmp, "gravidity": 1 + pid % 2, "parity": 0, "expected": lmp + timedelta(days=280)}
        body = _answered(prepared, answers, f"demo-booked-{pid}", patient, org, lmp + timedelta(weeks=7))
        drafts += [Draft("update", one["resourceType"], one["id"], one) for one in (body, *forms.extract(prepared, body))]
    if drafts:
        write(drafts, by=SYSTEM, purpose="演示")
    return len(drafts)


def _rows(sql: str, values: list[Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def _newborns() -> Iterator[dict[str, Any]]:
    """The mother of every child born in the last year, by household and the day of the delivery record."""
    since = (clock.today() - YEAR).isoformat()
    for mother, mother_id, child, child_id, on in _rows(BORN, [since]):
        link = Link("mother", f"Patient/{mother_id}", f"Patient/{child_id}", on, synthetic=True)
        ends = [End(SubjectRef("person", str(pid)), f"Patient/{id}", id) for pid, id in ((mother, mother_id), (child, child_id))]
        yield link_resource(link, *ends, title="母亲")


def _pupils() -> Iterator[dict[str, Any]]:
    """Children of three to six in the nurseries of their township, a child in one only."""
    today, seen = clock.today(), set[int]()
    oldest, youngest = today - timedelta(days=6 * 365), today - timedelta(days=3 * 365)
    for school, pid, id in _rows(NURSERY, [oldest, youngest, PER_SCHOOL]):
        if pid not in seen:
            seen.add(pid)
            start = date(today.year - (today.month < 9), 9, 1)
            link = Link("attends", f"Patient/{id}", f"Organization/{school}", start, synthetic=True)
            one, other = (
                End(SubjectRef("person", str(pid)), f"Patient/{id}", id),
                End(SubjectRef("institution", school), f"Organization/{school}"),
            )
            yield link_resource(link, one, other, title="在读儿童")


def _reminders() -> Iterator[dict[str, Any]]:
    """Some of those who miss doses have been reminded."""
    declared = rules()
    prepared = declared.form(declared.content.forms["immunisation_reminder"])
    for place, (pid, patient, org) in enumerate(_rows(MISSING, [REMINDED])):
        way, answer = WAYS[place % len(WAYS)]
        on = clock.today() - timedelta(days=2 + place)
        answers = {"way": way, "answer": answer, "promised_on": clock.today() + timedelta(days=4) if answer == "coming" else None}
        yield _answered(prepared, answers, f"demo-reminder-{pid}", patient, org, on)


def _visits() -> Iterator[dict[str, Any]]:
    """The visits of the women of today at the usual weeks that have passed, all quiet; every fifth woman missed one and is overdue."""
    declared = rules()
    prepared = declared.form(declared.content.forms["maternal_antenatal"])
    for place, (pid, patient, org, since, booked) in enumerate(_rows(WOMEN, [])):
        passed = [
            week
            for week in WEEKS
            if since + timedelta(weeks=week) < clock.today() - timedelta(days=8) and since + timedelta(weeks=week) >= booked
        ]
        for number, week in enumerate(passed[: len(passed) - (place % 5 == 0)]):
            answers = {
                "systolic": 106 + (place + number * 3) % 24, "diastolic": 64 + (place + number) % 18, "weight": 52 + place % 14 + week // 4,
                "haemoglobin": 112 + (place + number) % 20, "symptoms": [], "factors": [],
            }  # fmt: skip
            on = since + timedelta(weeks=week, days=(place + number) % 5)
            derived = {"colour": "green", "purple": False}
            yield _answered(prepared, answers, f"demo-antenatal-{pid}-{week}", patient, org, on, derived)


def _answered(
    prepared: Any, answers: dict[str, Any], id: str, patient: str, org: str, on: date, derived: dict[str, Any] | None = None
) -> dict[str, Any]:
    body = forms.response(
        prepared, answers, id=id, subject=f"Patient/{patient}", author="", institution=f"Organization/{org}", on=on, derived=derived or {}
    )
    body["meta"] = {**body.get("meta", {}), "tag": [TAG]}
    return body


def _reaction(township: str, clinic: str) -> None:
    """One reaction noticed after a vaccination, whose report card is still to be filled in."""
    rows = _rows(CHILD, [f"{township}%", clock.today() - YEAR])
    if rows and not CaseFile.objects.filter(procedure="aefi").exists():
        pid = rows[0][0]
        begin("aefi", SubjectRef("person", str(pid)), key=f"demo/{pid}", org=clinic)
