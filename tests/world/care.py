"""Qinghe under care: diagnoses, enrolments and visits, stored through the one door."""

from datetime import date

from kangyu.apps.governance import clock, deployment
from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.identity.models import Person
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from world.qinghe import SYNTHETIC, blood_pressure, coding

TODAY = date(2025, 11, 21)
ICD10 = "http://hl7.org/fhir/sid/icd-10"


def stand_on(day: date = TODAY) -> None:
    """Fix the business date."""
    from django.core.cache import cache

    deployment.set_fact("as_of", day.isoformat())
    cache.delete(clock.KEY)


def pid_of(patient_id: str) -> int:
    return Person.objects.get(patient_id=patient_id).pid


def condition(id: str, patient_id: str, code: str = "I10", onset: str = "2019-03-01", title: str = "原发性高血压") -> dict:
    status = "http://terminology.hl7.org/CodeSystem/condition-clinical"
    return {
        "resourceType": "Condition", "id": id, "meta": dict(SYNTHETIC), "subject": {"reference": f"Patient/{patient_id}"},
        "clinicalStatus": coding(status, "active"), "code": {"coding": [{"system": ICD10, "code": code, "display": title}]},
        "verificationStatus": coding("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed"),
        "onsetDateTime": onset, "recordedDate": onset,
    }  # fmt: skip


def episode(id: str, patient_id: str, programme: str = "hypertension", since: str = "2024-01-10", until: str | None = None) -> dict:
    return {
        "resourceType": "EpisodeOfCare", "id": id, "meta": dict(SYNTHETIC), "status": "finished" if until else "active",
        "type": [coding("urn:kangyu:cs:programme", programme)], "patient": {"reference": f"Patient/{patient_id}"},
        "managingOrganization": {"reference": "Organization/clinic-dongli"},
        "period": {"start": since, **({"end": until} if until else {})},
    }  # fmt: skip


VALUE = {bool: "valueBoolean", float: "valueDecimal", int: "valueDecimal", str: "valueString"}


def visit(id: str, patient_id: str, on: str, form: str = "hypertension_follow_up", clinic: str = "clinic-dongli", **answers) -> dict:
    """A stored visit in the shape every importer uses; codes are given as ``(value set, code)``."""
    items = []
    for key, value in answers.items():
        link = key.replace("derived_", "derived.")
        if isinstance(value, tuple):
            items.append({"linkId": link, "answer": [{"valueCoding": {"system": f"urn:kangyu:cs:{value[0]}", "code": value[1]}}]})
        else:
            items.append({"linkId": link, "answer": [{VALUE[type(value)]: value}]})
    return {
        "resourceType": "QuestionnaireResponse", "id": id, "meta": dict(SYNTHETIC), "status": "completed",
        "questionnaire": f"urn:kangyu:form:{form}", "subject": {"reference": f"Patient/{patient_id}"}, "authored": on,
        "extension": [{"url": "urn:kangyu:ext:institution", "valueReference": {"reference": f"Organization/{clinic}"}}], "item": items,
    }  # fmt: skip


def follow_up(id: str, patient_id: str, on: str, systolic: int, diastolic: int, **answers) -> list[dict]:
    """A hypertension follow-up and the blood pressure it yielded."""
    outcome = "uncontrolled" if systolic >= 140 or diastolic >= 90 else "controlled"
    given = {
        "visit_kind": ("visit_kind", "clinic"), "systolic": systolic, "diastolic": diastolic, "weight": 65.0,
        "medication_adherence": ("medication_adherence", "regular"), "adverse_reaction": False, "new_complication": False,
        "derived_outcome": outcome, **answers,
    }  # fmt: skip
    measured = blood_pressure(f"{id}-blood-pressure", patient_id, on, systolic, diastolic)
    measured["derivedFrom"] = [{"reference": f"QuestionnaireResponse/{id}"}]
    return [visit(id, patient_id, on, **given), measured]


def store(*resources: dict) -> None:
    write([Draft("update", one["resourceType"], one["id"], one) for one in resources], by=SYSTEM)


def li_is_treated() -> int:
    """Li Fang, 67, has been followed up for hypertension since 2024 and was not at her goal in August; her pid."""
    stand_on()
    store(
        condition("li-i10", "li"),
        episode("li-episode", "li"),
        *follow_up("li-v1", "li", "2025-02-10", 142, 84),
        *follow_up("li-v2", "li", "2025-05-12", 138, 82),
        *follow_up("li-v3", "li", "2025-08-15", 156, 92),
    )
    return pid_of("li")
