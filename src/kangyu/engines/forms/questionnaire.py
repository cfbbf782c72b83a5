"""A form as a FHIR R4 Questionnaire: nested items, units, possible ranges, answer options, ``enableWhen`` where FHIR can say it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from kangyu.engines.content.kinds.field import Field
from kangyu.engines.language import nodes
from kangyu.engines.language.nodes import Scope

from .fhir import UCUM, Resource, canonical
from .prepared import PreparedForm

EXTENSION = "http://hl7.org/fhir/StructureDefinition/"
SHOWN_WHEN, GIVES = "urn:kangyu:ext:show-when", "urn:kangyu:ext:gives"
ITEM_TYPES: Mapping[str, str] = {
    "decimal": "decimal", "integer": "integer", "quantity": "quantity", "boolean": "boolean", "date": "date", "datetime": "dateTime",
    "time": "time", "code": "choice", "codes": "choice", "text": "string", "long_text": "text", "table": "group",
    "signature": "attachment", "photo": "attachment", "file": "attachment",
    "person": "reference", "institution": "reference", "area": "reference", "thing": "reference",
}  # fmt: skip
SUBJECT_TYPES: Mapping[str, str] = {"person": "Patient", "institution": "Organization", "case": "Task", "group": "Group"}
OPERATORS: Mapping[str, str] = {"=": "=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
Condition = tuple[str, list[Resource]]


def questionnaire(prepared: PreparedForm) -> Resource:
    """The form for systems that know FHIR. What ``enableWhen`` cannot say stands in an extension, in our language."""
    form = prepared.form
    resource: Resource = {
        "resourceType": "Questionnaire",
        "id": form.name.replace("_", "-"),
        "url": canonical(form.name),
        "name": form.name,
        "title": form.title,
        "status": "active",
        "subjectType": [SUBJECT_TYPES.get(form.about, "Location")],
        "item": [_item(prepared, key, key, field) for key, field in form.fields.items()],
    }
    if form.valid:
        resource["effectivePeriod"] = {"start": form.valid.from_.isoformat()}
    if form.source:
        resource["copyright"] = form.source
    return resource


def _item(prepared: PreparedForm, link: str, key: str, field: Field) -> Resource:
    item: Resource = {"linkId": link, "text": field.title, "type": ITEM_TYPES[field.type], "required": field.required is True}
    if field.type in ("codes", "table"):
        item["repeats"] = True
    if not field.asked:
        item["readOnly"] = True
    extensions = [*_measured(field), *_attachment(field)]
    if field.gives:
        extensions.append({"url": GIVES, "valueString": field.gives})
    shown = prepared.form.shown_when(key) if "." not in link else field.show_when
    if shown:
        condition = _enabled(prepared, prepared.typed[f"show.{key}"].tree) if "." not in link else None
        if condition:
            behaviour, item["enableWhen"] = condition
            if len(item["enableWhen"]) > 1:
                item["enableBehavior"] = behaviour
        else:
            extensions.append({"url": SHOWN_WHEN, "valueString": shown})
    if field.set:
        codings = prepared.codes[field.set].values()
        item["answerOption"] = [{"valueCoding": {"system": c.system, "code": c.code, "display": c.title}} for c in codings]
    if field.type == "table":
        item["item"] = [_item(prepared, f"{key}.{name}", name, column) for name, column in field.fields.items()]
        extensions += [{"url": f"{EXTENSION}questionnaire-{end}Occurs", "valueInteger": n} for end, n in _occurs(field)]
    return {**({"extension": extensions} if extensions else {}), **item}


def _occurs(field: Field) -> list[tuple[str, int]]:
    return [("min", field.min_rows), ("max", field.max_rows)] if field.min_rows else [("max", field.max_rows)]


def _measured(field: Field) -> list[Resource]:
    extensions: list[Resource] = []
    if field.unit:
        unit = {"system": UCUM, "code": field.unit, "display": field.shown_unit}
        extensions.append({"url": f"{EXTENSION}questionnaire-unit", "valueCoding": unit})
    if field.possible_range:
        kind = "valueInteger" if field.type == "integer" else "valueDecimal"
        for end, bound in (("minValue", field.possible_range.low), ("maxValue", field.possible_range.high)):
            whole = field.type == "integer" or float(bound).is_integer()
            extensions.append({"url": f"{EXTENSION}{end}", kind: int(bound) if whole else float(bound)})
    return extensions


def _attachment(field: Field) -> list[Resource]:
    if not field.content_types:
        return []
    types = [{"url": f"{EXTENSION}mimeType", "valueCode": kind} for kind in field.content_types]
    return [*types, {"url": f"{EXTENSION}maxSize", "valueDecimal": round(field.largest / 1024 / 1024, 4)}]


def _enabled(prepared: PreparedForm, tree: nodes.Node) -> Condition | None:
    """An expression as ``enableWhen``: comparisons of a field with a constant, all of them or any of them; ``None`` for anything more."""
    if isinstance(tree, nodes.And | nodes.Or):
        parts = [_enabled(prepared, item) for item in tree.items]
        if any(part is None or len(part[1]) > 1 for part in parts):
            return None
        return "all" if isinstance(tree, nodes.And) else "any", [one for part in parts if part for one in part[1]]
    if isinstance(tree, nodes.Not) and _field(tree.operand):
        return "all", [{"question": _field(tree.operand), "operator": "=", "answerBoolean": False}]
    if isinstance(tree, nodes.In | nodes.Has) and _field(tree.value) and isinstance(tree.members, nodes.Codes):
        every = isinstance(tree, nodes.Has) and tree.mode == "all"
        return None if every else _members(prepared, _field(tree.value), tree.members)
    if isinstance(tree, nodes.Compare):
        return _compared(prepared, tree)
    name = _field(tree)
    return ("all", [{"question": name, "operator": "=", "answerBoolean": True}]) if name else None


def _members(prepared: PreparedForm, name: str, members: nodes.Codes) -> Condition | None:
    found = [{"question": name, "operator": "=", **_answer(prepared, name, code)} for code in sorted(members.exact)]
    return ("any", found) if found and not members.prefixes else None


def _compared(prepared: PreparedForm, tree: nodes.Compare) -> Condition | None:
    name = _field(tree.left)
    if not name or not isinstance(tree.right, nodes.Literal) or tree.op not in OPERATORS:
        return None
    return "all", [{"question": name, "operator": OPERATORS[tree.op], **_answer(prepared, name, tree.right.value)}]


def _field(tree: nodes.Node) -> str:
    return tree.name if isinstance(tree, nodes.Ref) and tree.scope is Scope.FORM else ""


def _answer(prepared: PreparedForm, name: str, value: Any) -> Resource:
    field = prepared.form.fields[name]
    if field.set:
        coding = prepared.codes[field.set].get(str(value))
        return {"answerCoding": {"system": coding.system, "code": coding.code} if coding else {"code": str(value)}}
    if field.type == "quantity":
        return {"answerQuantity": {"value": value, "system": UCUM, "code": field.unit}}
    if isinstance(value, bool):
        return {"answerBoolean": value}
    if isinstance(value, int | float):
        return {"answerInteger": int(value)} if field.type == "integer" else {"answerDecimal": value}
    return {"answerDate": value.isoformat()} if isinstance(value, date) else {"answerString": str(value)}
