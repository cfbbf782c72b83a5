"""A form as a FHIR R4 Questionnaire and its answers as a QuestionnaireResponse, in the shape of ``docs/record-shapes.md``."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kangyu.engines.content.kinds.form import Field

from .prepared import PreparedForm

Resource = dict[str, Any]
UCUM = "http://unitsofmeasure.org"
EXTENSION = "http://hl7.org/fhir/StructureDefinition/"
INSTITUTION = "urn:kangyu:ext:institution"
ITEM_TYPES = {
    "decimal": "decimal",
    "integer": "integer",
    "boolean": "boolean",
    "date": "date",
    "code": "choice",
    "codes": "choice",
    "text": "string",
}


def canonical(name: str) -> str:
    """The address by which responses name a form."""
    return f"urn:kangyu:form:{name}"


def questionnaire(prepared: PreparedForm) -> Resource:
    """The form for systems that know FHIR: flat items, units, possible ranges and answer options; rules stay with us."""
    form = prepared.form
    resource: Resource = {
        "resourceType": "Questionnaire",
        "id": form.name.replace("_", "-"),
        "url": canonical(form.name),
        "name": form.name,
        "title": form.title,
        "status": "active",
        "subjectType": ["Patient" if form.about == "person" else "Location"],
        "item": [_item(prepared, key, field) for key, field in form.fields.items()],
    }
    if form.valid:
        resource["effectivePeriod"] = {"start": form.valid.from_.isoformat()}
    if form.source:
        resource["copyright"] = form.source
    return resource


def _item(prepared: PreparedForm, key: str, field: Field) -> Resource:
    item: Resource = {"linkId": key, "text": field.title, "type": ITEM_TYPES[field.type], "required": field.required is True}
    extensions: list[Resource] = []
    if field.unit:
        unit = {"system": UCUM, "code": field.unit, "display": field.shown_unit}
        extensions.append({"url": f"{EXTENSION}questionnaire-unit", "valueCoding": unit})
    if field.possible_range:
        kind = "valueInteger" if field.type == "integer" else "valueDecimal"
        for end, bound in (("minValue", field.possible_range.low), ("maxValue", field.possible_range.high)):
            extensions.append({"url": f"{EXTENSION}{end}", kind: int(bound) if field.type == "integer" else _number(bound)})
    if extensions:
        item = {"extension": extensions, **item}
    if field.type == "codes":
        item["repeats"] = True
    if field.set:
        codings = prepared.codes[field.set].values()
        item["answerOption"] = [{"valueCoding": {"system": c.system, "code": c.code, "display": c.title}} for c in codings]
    return item


def response(
    prepared: PreparedForm,
    answers: Mapping[str, Any],
    *,
    id: str,
    subject: str | Resource,
    author: str,
    institution: str,
    on: date | datetime,
    derived: Mapping[str, Any] | None = None,
    reasons: Mapping[str, str] | None = None,
) -> Resource:
    """Cleaned answers as a QuestionnaireResponse. ``subject``, ``author``, ``institution`` are references (``Patient/…``); a subject
    that is no resource (an area) is given as a Reference. Unanswered questions are left out; a multi-choice with nothing ticked
    keeps its item without answers, which says that it was asked. ``reasons`` say why unusual values stand (items ``reason.<field>``)."""
    form = prepared.form
    items = [_answered(prepared, key, answers[key]) for key in form.fields if answers.get(key) is not None]
    items += [{"linkId": f"derived.{key}", "answer": [_plain(value)]} for key, value in (derived or {}).items() if value is not None]
    items += [{"linkId": f"reason.{key}", "answer": [{"valueString": reason}]} for key, reason in (reasons or {}).items()]
    return {
        "resourceType": "QuestionnaireResponse",
        "id": id,
        "extension": [{"url": INSTITUTION, "valueReference": {"reference": institution}}],
        "questionnaire": canonical(form.name),
        "status": "completed",
        "subject": {"reference": subject} if isinstance(subject, str) else subject,
        "authored": on.isoformat(),
        "author": {"reference": author},
        "item": items,
    }


def _answered(prepared: PreparedForm, key: str, value: Any) -> Resource:
    field = prepared.form.fields[key]
    if field.type == "codes":
        answers = [_coded(prepared, field, code) for code in value]
        return {"linkId": key, "answer": answers} if answers else {"linkId": key}
    if field.type == "code":
        return {"linkId": key, "answer": [_coded(prepared, field, value)]}
    kind = {"decimal": "valueDecimal", "integer": "valueInteger", "boolean": "valueBoolean", "date": "valueDate", "text": "valueString"}[
        field.type
    ]
    plain = value.isoformat() if isinstance(value, date) else _number(value) if field.type == "decimal" else value
    return {"linkId": key, "answer": [{kind: plain}]}


def _coded(prepared: PreparedForm, field: Field, code: str) -> Resource:
    coding = prepared.codes[field.set or ""][code]
    return {"valueCoding": {"system": coding.system, "code": coding.code, "display": coding.title}}


def _plain(value: Any) -> Resource:
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, int | float | Decimal):
        return {"valueDecimal": _number(value)}
    if isinstance(value, date):
        return {"valueDate": value.isoformat()}
    return {"valueString": ",".join(value) if isinstance(value, list | tuple) else str(value)}


def _number(value: Any) -> int | float:
    """JSON numbers without a needless ``.0``."""
    return int(value) if float(value).is_integer() else float(value)


def answers_of(prepared: PreparedForm, resource: Resource) -> dict[str, Any]:
    """The answers held by a response, by field: the inverse of ``response``. Items of other forms and derived values are left out."""
    values: dict[str, Any] = dict.fromkeys(prepared.form.fields)
    for item in resource.get("item", ()):
        field = prepared.form.fields.get(item["linkId"])
        if field is None:
            continue
        found = [_held(field, answer) for answer in item.get("answer", ())]
        values[item["linkId"]] = found if field.type == "codes" else found[0] if found else None
    return values


def _held(field: Field, answer: Resource) -> Any:
    (value,) = (item for key, item in answer.items() if key.startswith("value"))
    if field.type in ("code", "codes"):
        return value["code"]
    return date.fromisoformat(value[:10]) if field.type == "date" else value
