"""Answers of a form as a FHIR R4 QuestionnaireResponse and back, in the shape of ``docs/record-shapes.md``.

A repeating table is one group item for each row, named ``<table>``, its cells ``<table>.<column>``; the row's id stands in ``item.id``.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kangyu.engines.content.kinds.field import REFERRING, Field

from .prepared import PreparedForm
from .values import REFERENCE_TYPES, Attached, Measured, Named

Resource = dict[str, Any]
UCUM = "http://unitsofmeasure.org"
LOCAL_UNIT = "urn:kangyu:cs:unit"
INSTITUTION = "urn:kangyu:ext:institution"
CASE = "urn:kangyu:ext:case"
ENTERED = "urn:kangyu:ext:entered"
AREA = "urn:kangyu:cs:area"
SUBMISSION = "urn:kangyu:submission"
OFFSET = "+08:00"
VALUES: Mapping[str, str] = {
    "decimal": "valueDecimal", "integer": "valueInteger", "boolean": "valueBoolean", "date": "valueDate", "datetime": "valueDateTime",
    "time": "valueTime", "text": "valueString", "long_text": "valueString",
}  # fmt: skip


def canonical(name: str) -> str:
    """The address by which responses name a form."""
    return f"urn:kangyu:form:{name}"


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
    case: str = "",
    submission: str = "",
) -> Resource:
    """Cleaned answers as a QuestionnaireResponse. ``subject``, ``author``, ``institution`` are references (``Patient/…``); a subject
    that is no resource (an area) is given as a Reference. Unanswered questions are left out; a multi-choice with nothing ticked
    keeps its item without answers, which says that it was asked. ``reasons`` say why unusual values stand (items ``reason.<field>``).
    ``case`` names the case (a Task's id) whose form this is, ``submission`` the key under which it was sent."""
    form = prepared.form
    items = [item for key in form.fields if answers.get(key) is not None for item in _items(prepared, id, key, answers[key])]
    items += [{"linkId": f"derived.{key}", "answer": _plains(value)} for key, value in (derived or {}).items() if value not in (None, [])]
    items += [{"linkId": f"reason.{key}", "answer": [{"valueString": reason}]} for key, reason in (reasons or {}).items()]
    extensions: list[Resource] = [{"url": INSTITUTION, "valueReference": {"reference": institution}}] if institution else []
    if case:
        extensions.append({"url": CASE, "valueReference": {"reference": f"Task/{case}"}})
    return {
        "resourceType": "QuestionnaireResponse",
        "id": id,
        **({"extension": extensions} if extensions else {}),
        **({"identifier": {"system": SUBMISSION, "value": submission}} if submission else {}),
        "questionnaire": canonical(form.name),
        "status": "completed",
        "subject": {"reference": subject} if isinstance(subject, str) else subject,
        "authored": f"{on.isoformat(timespec='seconds')}{OFFSET}" if isinstance(on, datetime) else on.isoformat(),
        **({"author": {"reference": author}} if author else {}),
        "item": items,
    }


def _items(prepared: PreparedForm, id: str, key: str, value: Any) -> list[Resource]:
    field = prepared.form.fields[key]
    if field.type != "table":
        return [_answered(prepared, field, key, value)]
    rows = []
    for row in value:
        cells = [_answered(prepared, of, f"{key}.{name}", row[name]) for name, of in field.fields.items() if row.get(name) is not None]
        rows.append({"id": f"{id}-{key.replace('_', '-')}-{row['id']}", "linkId": key, **({"item": cells} if cells else {})})
    return rows or [{"linkId": key}]


def _answered(prepared: PreparedForm, field: Field, link: str, value: Any) -> Resource:
    if field.type == "codes":
        answers = [_coded(prepared, field, code) for code in value]
        return {"linkId": link, "answer": answers} if answers else {"linkId": link}
    if field.type == "code":
        return {"linkId": link, "answer": [_coded(prepared, field, value)]}
    if field.type == "quantity":
        return {"linkId": link, "answer": [{"valueQuantity": _quantity(field, value)}]}
    if field.type in REFERRING:
        return {"linkId": link, "answer": [{"valueReference": _reference(field, value)}]}
    if isinstance(value, Attached):
        return {"linkId": link, "answer": [{"valueAttachment": _attachment(value)}]}
    plain = value
    if isinstance(value, datetime):
        plain = f"{value.isoformat(timespec='seconds')}{OFFSET}"
    elif isinstance(value, date):
        plain = value.isoformat()
    elif field.type == "time":
        plain = f"{value}:00"
    elif field.type == "decimal":
        plain = _number(value)
    return {"linkId": link, "answer": [{VALUES[field.type]: plain}]}


def _coded(prepared: PreparedForm, field: Field, code: str) -> Resource:
    coding = prepared.codes[field.set or ""][code]
    return {"valueCoding": {"system": coding.system, "code": coding.code, "display": coding.title}}


def _quantity(field: Field, value: float) -> Resource:
    """The number in the field's unit; what was entered in another unit stays beside it."""
    kept = {"value": _number(value), "unit": field.shown_unit, **_unit(str(field.unit))}
    if isinstance(value, Measured) and value.unit != field.unit:
        entered = {"value": _number(value.entered), "unit": value.unit, **_unit(value.unit)}
        return {"extension": [{"url": ENTERED, "valueQuantity": entered}], **kept}
    return kept


def _unit(unit: str) -> Resource:
    """UCUM knows no unit in braces alone, such as the Chinese pound: those are ours."""
    return {"system": LOCAL_UNIT if unit.startswith("{") else UCUM, "code": unit}


def _reference(field: Field, value: Any) -> Resource:
    display = {"display": value.display} if isinstance(value, Named) and value.display else {}
    if field.type == "area":
        return {"identifier": {"system": AREA, "value": str(value)}, **display}
    rtype = value.rtype if isinstance(value, Named) else REFERENCE_TYPES.get(field.type, "Location")
    return {"reference": f"{rtype}/{value}", **display}


def _attachment(value: Attached) -> Resource:
    made: Resource = {"contentType": value.content_type, "url": f"Binary/{value.binary}"}
    if value.title:
        made["title"] = value.title
    if value.size:
        made["size"] = value.size
    if value.at:
        made["creation"] = f"{value.at.isoformat(timespec='seconds')}{OFFSET}"
    return made


def _plains(value: Any) -> list[Resource]:
    """A derived value; a list of codes (a table with ``hit: all``) as one answer each, so that its table reads it back."""
    return [{"valueCoding": {"code": str(one)}} for one in value] if isinstance(value, list | tuple) else [_plain(value)]


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
        if field.type == "table":
            rows = values[item["linkId"]] = values[item["linkId"]] or []
            if item.get("id") or item.get("item"):
                rows.append(_row(field, item, len(rows) + 1))
        else:
            values[item["linkId"]] = _answer(field, item)
    return values


def _row(field: Field, item: Resource, place: int) -> dict[str, Any]:
    row: dict[str, Any] = {"id": str(item.get("id", place)).rpartition("-")[2], **dict.fromkeys(field.fields)}
    for cell in item.get("item", ()):
        column = cell["linkId"].rpartition(".")[2]
        if column in field.fields:
            row[column] = _answer(field.fields[column], cell)
    return row


def _answer(field: Field, item: Resource) -> Any:
    found = [held for answer in item.get("answer", ()) if (held := _readable(field, answer)) is not None]
    return found if field.type == "codes" else found[0] if found else None


def _readable(field: Field, answer: Resource) -> Any:
    """The answer; ``None`` for one given while the field was of another type, which this version of the form cannot read."""
    try:
        return _held(field, answer)
    except (TypeError, KeyError, ValueError, AttributeError):
        return None


def _held(field: Field, answer: Resource) -> Any:
    value = next(item for key, item in answer.items() if key.startswith("value"))
    if field.type in ("code", "codes"):
        return value["code"]
    if field.type == "quantity":
        return _measured(field, value)
    if field.type in REFERRING:
        return _named(value)
    if field.type in ("signature", "photo", "file"):
        at = datetime.fromisoformat(value["creation"]).replace(tzinfo=None) if value.get("creation") else None
        return Attached(value["contentType"], value.get("title", ""), at, None, value["url"].rpartition("/")[2], value.get("size", 0))
    if field.type == "decimal":
        return float(value)
    if field.type == "date":
        return date.fromisoformat(value[:10])
    if field.type == "datetime":
        return datetime.fromisoformat(value).replace(tzinfo=None)
    return value[:5] if field.type == "time" else value


def _measured(field: Field, value: Any) -> float:
    if not isinstance(value, dict):
        return float(value)
    entered = next((one["valueQuantity"] for one in value.get("extension", ()) if one["url"] == ENTERED), None)
    if entered:
        return Measured(value["value"], entered["value"], entered["code"])
    return Measured(value["value"], value["value"], str(field.unit))


def _named(value: Resource) -> Named:
    if "identifier" in value:
        return Named(value["identifier"]["value"], "Location", value.get("display", ""))
    rtype, _, id = value["reference"].rpartition("/")
    return Named(id, rtype, value.get("display", ""))
