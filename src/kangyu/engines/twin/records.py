"""The shapes of what happens to people: conditions, encounters, measurements, programme membership, vaccinations, answers of forms."""

from typing import Any

from .shapes import EXTENSION, ICD10, LOCAL, LOINC, coded, fragment, member, quantity, template

_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_SUBJECT = {"reference": "Patient/@s"}
_PERFORMER = [{"reference": "Organization/@s"}]
_VITAL = [coded(_CATEGORY, "vital-signs")]

PATIENT = template(
    {
        "resourceType": "Patient",
        "extension": "@r",
        "@oidentifier": 0,
        "active": "@r",
        "name": [{"text": "@s", "family": "@s", "given": ["@s"]}],
        "telecom": [{"system": "phone", "value": "@s", "use": "mobile"}],
        "gender": "@s",
        "birthDate": "@s",
        "@odeceased": 0,
        "address": [
            {
                "extension": [{"url": EXTENSION + "area", "valueCode": "@s"}],
                "use": "home",
                "text": "@s",
                "period": {"start": "@s", "@oend": 0},
            }
        ],
        "generalPractitioner": [{"reference": "PractitionerRole/@s"}],
        "managingOrganization": {"reference": "Organization/@s"},
    }
)

DEATH = template(
    {
        "resourceType": "Observation",
        "status": "final",
        "code": coded(LOINC, "69453-9"),
        "subject": _SUBJECT,
        "effectiveDateTime": "@s",
        "valueCodeableConcept": coded(ICD10, "@s"),
    }
)

CONDITION = template(
    {
        "resourceType": "Condition",
        "@oinstitution": 0,
        "clinicalStatus": coded(_CLINICAL, "@s"),
        "verificationStatus": coded(_VERIFICATION, "confirmed"),
        "code": coded(ICD10, "@s"),
        "subject": _SUBJECT,
        "onsetDateTime": "@s",
        "@oabatement": 0,
        "recordedDate": "@s",
    }
)

EPISODE = template(
    {
        "resourceType": "EpisodeOfCare",
        "@olmp": 0,
        "status": "@s",
        "type": [coded(LOCAL + "programme", "@s")],
        "patient": _SUBJECT,
        "managingOrganization": {"reference": "Organization/@s"},
        "period": {"start": "@s", "@oend": 0},
    }
)
INSTITUTION = member("extension", [{"url": EXTENSION + "institution", "valueReference": {"reference": "Organization/@s"}}])
LMP = member("extension", [{"url": EXTENSION + "lmp", "valueDate": "@s"}])

ENCOUNTER = template(
    {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "@s"},
        "type": [coded(LOCAL + "encounter-kind", "@s")],
        "subject": _SUBJECT,
        "period": {"start": "@s", "end": "@s"},
        "serviceProvider": {"reference": "Organization/@s"},
        "@odetail": 0,
    }
)
SYMPTOM = coded(LOCAL + "symptom", "@s")
DETAIL = (
    member("extension", [{"url": EXTENSION + "temperature", "valueDecimal": "@r"}])
    + ',"reasonCode":[%s,'
    + fragment(coded(ICD10, "@s"))
    + "]"
)
"""What was found at a visit: temperature in degrees Celsius, symptoms (ready fragments), the diagnosis."""

DERIVED_FROM = member("derivedFrom", [{"reference": "QuestionnaireResponse/@s"}])

BLOOD_PRESSURE = template(
    {
        "resourceType": "Observation",
        "status": "final",
        "category": _VITAL,
        "code": coded(LOINC, "85354-9"),
        "subject": _SUBJECT,
        "effectiveDateTime": "@s",
        "performer": _PERFORMER,
        "@oderived": 0,
        "component": [
            {"code": coded(LOINC, "8480-6"), "valueQuantity": quantity("mm[Hg]")},
            {"code": coded(LOINC, "8462-4"), "valueQuantity": quantity("mm[Hg]")},
        ],
    }
)


def measurement(code: str, unit: str, category: str = "vital-signs") -> str:
    """The template of a single measured quantity."""
    return template(
        {
            "resourceType": "Observation",
            "status": "final",
            "category": [coded(_CATEGORY, category)],
            "code": coded(LOINC, code),
            "subject": _SUBJECT,
            "effectiveDateTime": "@s",
            "performer": _PERFORMER,
            "@oderived": 0,
            "valueQuantity": quantity(unit),
        }
    )


GLUCOSE = measurement("14771-0", "mmol/L", "laboratory")
WEIGHT = measurement("29463-7", "kg")
HEART_RATE = measurement("8867-4", "/min")

IMMUNIZATION = template(
    {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": coded(LOCAL + "vaccine", "@s"),
        "patient": _SUBJECT,
        "occurrenceDateTime": "@s",
        "lotNumber": "@s",
        "performer": [{"actor": {"reference": "Organization/@s"}}],
        "protocolApplied": [{"doseNumberPositiveInt": "@r"}],
    }
)


def choice(value_set: str) -> dict[str, Any]:
    """An answer chosen from a value set."""
    return {"valueCoding": {"system": LOCAL + value_set, "code": "@s"}}


DECIMAL: dict[str, Any] = {"valueDecimal": "@r"}
INTEGER: dict[str, Any] = {"valueInteger": "@r"}
BOOLEAN: dict[str, Any] = {"valueBoolean": "@r"}
DATE: dict[str, Any] = {"valueDate": "@s"}
TEXT: dict[str, Any] = {"valueString": "@s"}


def item(key: str, answer: dict[str, Any]) -> dict[str, Any]:
    """One answered question."""
    return {"linkId": key, "answer": [answer]}


def response(form: str, items: list[Any]) -> str:
    """The template of a form's answers: id, institution, patient, date, author's role, then the items' values in order."""
    return template(
        {
            "resourceType": "QuestionnaireResponse",
            "extension": [{"url": EXTENSION + "institution", "valueReference": {"reference": "Organization/@s"}}],
            "questionnaire": f"urn:kangyu:form:{form}",
            "status": "completed",
            "subject": _SUBJECT,
            "authored": "@s",
            "author": {"reference": "PractitionerRole/@s"},
            "item": items,
        }
    )
