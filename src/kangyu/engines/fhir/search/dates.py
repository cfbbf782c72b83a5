"""The date range of a resource: the days from the first to the last moment that a FHIR date, instant or Period may mean."""

from calendar import monthrange
from datetime import date
from functools import cache
from typing import Any, NamedTuple

# The property that dates a resource, what stands in where it is missing, and the official parameter it answers.
MAIN_DATES: dict[str, tuple[tuple[str, ...], str]] = {
    "AllergyIntolerance": (("recordedDate",), "date"),
    "Appointment": (("start",), "date"),
    "AuditEvent": (("recorded",), "date"),
    "CarePlan": (("period",), "date"),
    "CareTeam": (("period",), "date"),
    "Claim": (("created",), "created"),
    "ClinicalImpression": (("effective", "date"), ""),
    "Communication": (("sent", "received"), "sent"),
    "Composition": (("date",), "date"),
    "Condition": (("onset", "recordedDate"), "onset-date"),
    "Consent": (("dateTime",), "date"),
    "DetectedIssue": (("identified",), "identified"),
    "DiagnosticReport": (("effective", "issued"), "date"),
    "DocumentReference": (("date",), "date"),
    "Encounter": (("period",), "date"),
    "EpisodeOfCare": (("period",), "date"),
    "FamilyMemberHistory": (("date",), "date"),
    "Flag": (("period",), "date"),
    "Goal": (("start",), "start-date"),
    "ImagingStudy": (("started",), "started"),
    "Immunization": (("occurrence",), "date"),
    "List": (("date",), "date"),
    "MeasureReport": (("period",), "period"),
    "MedicationAdministration": (("effective",), "effective-time"),
    "MedicationDispense": (("whenHandedOver", "whenPrepared"), "whenhandedover"),
    "MedicationRequest": (("authoredOn",), "authoredon"),
    "MedicationStatement": (("effective",), "effective"),
    "Observation": (("effective", "issued"), "date"),
    "Patient": (("birthDate",), "birthdate"),
    "Person": (("birthDate",), "birthdate"),
    "Practitioner": (("birthDate",), ""),
    "PractitionerRole": (("period",), "date"),
    "Procedure": (("performed",), "date"),
    "Provenance": (("recorded",), "recorded"),
    "QuestionnaireResponse": (("authored",), "authored"),
    "RelatedPerson": (("birthDate",), "birthdate"),
    "RiskAssessment": (("occurrence",), "date"),
    "ServiceRequest": (("authoredOn", "occurrence"), "authored"),
    "Slot": (("start",), "start"),
    "Task": (("authoredOn",), "authored-on"),
}
_KINDS = ("", "DateTime", "Date", "Period", "Instant")


class Days(NamedTuple):
    """The first and the last day; None is open (or, for both, no date at all)."""

    lo: date | None
    hi: date | None


NO_DAYS = Days(None, None)


def days_of(value: Any) -> Days:
    """The days of a date, dateTime, instant or Period; a moment's day is the one it names in its own time zone."""
    if type(value) is str:
        day = value[:10]
        if len(day) == 10:
            exact = date.fromisoformat(day)
            return Days(exact, exact)
        year, month = int(day[:4]), int(day[5:7] or 0)
        return Days(date(year, month or 1, 1), date(year, month or 12, monthrange(year, month)[1] if month else 31))
    if type(value) is dict:
        start, end = value.get("start"), value.get("end")
        return Days(days_of(start).lo if start else None, days_of(end).hi if end else None)
    return NO_DAYS


@cache
def _spelt(properties: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The JSON names of each property, one for each type its date may have."""
    return tuple(tuple(name + kind for kind in _KINDS) for name in properties)


def main_days(resource: dict[str, Any], properties: tuple[str, ...]) -> tuple[Days, int]:
    """The main date range of a resource, and which of ``properties`` gave it (their number when none did)."""
    for place, names in enumerate(_spelt(properties)):
        for name in names:
            value = resource.get(name)
            if value is not None:
                return days_of(value), place
    return NO_DAYS, len(properties)
