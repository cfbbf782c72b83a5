"""What a form's answers become besides themselves: Observations, a Condition, an EpisodeOfCare, a MeasureReport, Immunizations."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from kangyu.engines.content.kinds.definition import Observation
from kangyu.engines.content.kinds.form import MakesCondition, MakesEpisode, MakesImmunization, MakesRelation, MakesReport
from kangyu.engines.language.subject import Subject

from .fhir import INSTITUTION, UCUM, Resource, answers_of
from .prepared import PreparedForm

ICD10 = "http://hl7.org/fhir/sid/icd-10"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


def extract(prepared: PreparedForm, resource: Resource) -> list[Resource]:
    """The resources a QuestionnaireResponse yields, with ids made from the response's own, so that a correction replaces them."""
    answers = answers_of(prepared, resource)
    found = list(_observations(prepared, resource, answers))
    on = date.fromisoformat(resource["authored"][:10])
    truths = prepared.conditions(Subject(fields={}, tables={}, today=on, form=answers))
    for place, made in enumerate(prepared.form.makes):
        if truths.get(f"make.{place}", True) is not True:
            continue
        if made.condition:
            found.append(_condition(made.condition, resource, answers))
        elif made.episode:
            found.append(_episode(made.episode, resource, answers))
        elif made.report:
            found.append(_report(made.report, resource, answers))
        elif made.immunization:
            found += _immunizations(made.immunization, resource, answers)
        elif made.relation:
            found += _relation(made.relation, resource, answers)
    return found


def _relation(made: MakesRelation, resource: Resource, answers: dict[str, Any]) -> Iterator[Resource]:
    """The subject as a relative of whom the field (of each row) names; whose relative stands in ``patient``, who it is in an extension."""
    rows = [(f"-{row['id']}", row.get(made.to)) for row in answers.get(made.rows) or ()] if made.rows else [("", answers.get(made.to))]
    yield from (_relative(made.type, f"{made.type.replace('_', '-')}{end}", other, resource) for end, other in rows if other is not None)


def _relative(type: str, name: str, other: Any, resource: Resource) -> Resource:
    return {
        **_tag(resource),
        "resourceType": "RelatedPerson",
        "id": f"{resource['id']}-{name}",
        "active": True,
        "patient": {"reference": f"Patient/{other}", "display": getattr(other, "display", "")},
        "relationship": [_code("urn:kangyu:cs:relation", type)],
        "period": {"start": resource["authored"][:10]},
        "extension": [{"url": "urn:kangyu:ext:person", "valueReference": resource["subject"]}],
    }


def _observations(prepared: PreparedForm, resource: Resource, answers: dict[str, Any]) -> Iterator[Resource]:
    measured: dict[str, dict[str, float]] = {}
    for key, field in prepared.form.fields.items():
        if field.becomes and answers[key] is not None:
            name, _, part = field.becomes.partition(".")
            measured.setdefault(name, {})[part] = answers[key]
    for name, parts in measured.items():
        observation = prepared.observations[name]
        title = prepared.observation_titles[name]
        yield {**_observed(name, title, observation, resource), **_measure(observation, parts)}


def _observed(name: str, title: str, observation: Observation, resource: Resource) -> Resource:
    made: Resource = {
        "resourceType": "Observation",
        "id": f"{resource['id']}-{name.replace('_', '-')}",
        "status": "final",
        "category": [{"coding": [{"system": CATEGORY, "code": observation.category}]}],
        "code": {"coding": [{"system": observation.system, "code": observation.code}], "text": title},
        "subject": resource["subject"],
        "effectiveDateTime": resource["authored"],
        "derivedFrom": [{"reference": f"QuestionnaireResponse/{resource['id']}"}],
    }
    organization = _institution(resource)
    if organization:
        made["performer"] = [organization]
    return {**_tag(resource), **made}


def _measure(observation: Observation, parts: dict[str, float]) -> Resource:
    if observation.parts:
        components = []
        for key, value in parts.items():
            part = observation.parts[key]
            code = {"coding": [{"system": observation.system, "code": part.code}], "text": part.title}
            components.append({"code": code, "valueQuantity": _quantity(value, part.unit)})
        return {"component": components}
    return {"valueQuantity": _quantity(parts[""], observation.unit)}


def _quantity(value: float, unit: str | None) -> Resource:
    return {"value": float(value) if isinstance(value, float) else value, "unit": unit, "system": UCUM, "code": unit}


def _condition(made: MakesCondition, resource: Resource, answers: dict[str, Any]) -> Resource:
    day = resource["authored"][:10]
    onset = answers.get(made.onset) if made.onset else None
    return {
        **_tag(resource),
        "resourceType": "Condition",
        "id": f"{resource['id']}-{made.code.replace('.', '-')}",
        "clinicalStatus": _code("http://terminology.hl7.org/CodeSystem/condition-clinical", "active"),
        "verificationStatus": _code("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed"),
        "code": {"coding": [{"system": ICD10, "code": made.code, "display": made.title}], "text": made.title},
        "subject": resource["subject"],
        "onsetDateTime": onset.isoformat() if onset else day,
        "recordedDate": day,
    }


def _episode(made: MakesEpisode, resource: Resource, answers: dict[str, Any]) -> Resource:
    episode: Resource = {
        **_tag(resource),
        "resourceType": "EpisodeOfCare",
        "id": f"{resource['id']}-{made.programme.replace('_', '-')}",
        "status": "active",
        "type": [_code("urn:kangyu:cs:programme", made.programme)],
        "patient": resource["subject"],
        "period": {"start": resource["authored"][:10]},
    }
    organization = _institution(resource)
    if organization:
        episode["managingOrganization"] = organization
    if made.anchor and answers.get(made.anchor):
        episode["extension"] = [{"url": f"urn:kangyu:ext:{made.anchor}", "valueDate": answers[made.anchor].isoformat()}]
    return episode


def _report(made: MakesReport, resource: Resource, answers: dict[str, Any]) -> Resource:
    report: Resource = {
        **_tag(resource),
        "resourceType": "MeasureReport",
        "id": f"{resource['id']}-report",
        "status": "complete",
        "type": "summary",
        "measure": f"urn:kangyu:indicator:{answers[made.indicator]}",
        "subject": resource["subject"],
        "date": resource["authored"],
        "period": {"start": answers[made.period_start].isoformat(), "end": answers[made.period_end].isoformat()},
        "group": [{"measureScore": {"value": answers[made.value]}}],
    }
    organization = _institution(resource)
    if organization:
        report["reporter"] = organization
    if made.source and answers.get(made.source):
        report["extension"] = [{"url": "urn:kangyu:ext:source", "valueString": answers[made.source]}]
    return report


def _immunizations(made: MakesImmunization, resource: Resource, answers: dict[str, Any]) -> Iterator[Resource]:
    """One vaccination for each row, called after its row."""
    organization = _institution(resource)
    for row in answers.get(made.rows) or ():
        one: Resource = {
            **_tag(resource),
            "resourceType": "Immunization",
            "id": f"{resource['id']}-dose-{row['id']}",
            "status": "completed",
            "vaccineCode": _code("urn:kangyu:cs:vaccine", row[made.vaccine]),
            "patient": resource["subject"],
            "occurrenceDateTime": resource["authored"],
            "protocolApplied": [{"doseNumberPositiveInt": int(row[made.dose])}],
        }
        for key, column in (("site", made.site), ("route", made.route)):
            if column and row.get(column):
                one[key] = _code(f"urn:kangyu:cs:vaccination-{key}", row[column])
        if made.lot and row.get(made.lot):
            one["lotNumber"] = row[made.lot]
        if organization:
            one["performer"] = [{"actor": organization}]
        yield one


def _code(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}


def _institution(resource: Resource) -> Resource | None:
    return next((item["valueReference"] for item in resource.get("extension", ()) if item["url"] == INSTITUTION), None)


def _tag(resource: Resource) -> Resource:
    """What is made from synthetic answers is synthetic too."""
    tags = resource.get("meta", {}).get("tag")
    return {"meta": {"tag": tags}} if tags else {}
