"""FHIR R4 shapes as line templates: a shape is written once as a dictionary and filled for thousands of rows by ``%`` formatting.

In a shape ``"@s"`` stands for a text, ``"@r"`` for raw JSON (a number, true, a ready fragment), a key ``"@o…"`` for a member that may be
missing: it is filled with ``,"key":value`` or nothing; so is ``"@q…"`` among the elements of a list. Fields are filled in the order in
which they stand. Texts must need no JSON escaping.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

TAG = {"tag": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]}
UCUM = "http://unitsofmeasure.org"
LOINC = "http://loinc.org"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
LOCAL = "urn:kangyu:cs:"
EXTENSION = "urn:kangyu:ext:"


def template(shape: dict[str, Any]) -> str:
    """The line template of one resource shape (with its line end)."""
    head = {"resourceType": shape["resourceType"], "id": "@s", "meta": TAG}
    text = orjson.dumps(head | {key: value for key, value in shape.items() if key != "resourceType"}).decode().replace("%", "%%")
    text = re.sub(r',"@[oq]\w*"(:0)?', "%s", text)
    return text.replace('"@r"', "%s").replace("@s", "%s") + "\n"


def fill(line: str, *columns: Sequence[Any]) -> str:
    """The lines of many resources, one per row of the columns."""
    return "".join(map(line.__mod__, zip(*columns, strict=True)))


def fragment(value: Any) -> str:
    """A JSON fragment with placeholders, to be filled into a line as a whole."""
    text = orjson.dumps(value).decode().replace("%", "%%")
    return text.replace('"@r"', "%s").replace("@s", "%s")


def member(key: str, value: Any) -> str:
    """A member that may be missing: ``,"key":value`` with placeholders."""
    return f',"{key}":{fragment(value)}'


def coded(system: str, code: str) -> dict[str, Any]:
    """A CodeableConcept with one coding."""
    return {"coding": [{"system": system, "code": code}]}


def quantity(unit: str) -> dict[str, Any]:
    """A Quantity in a UCUM unit, its value to be filled in."""
    return {"value": "@r", "unit": unit, "system": UCUM, "code": unit}


def lines(resources: Iterable[dict[str, Any]]) -> str:
    """Resources that are built one by one, as lines."""
    return "".join(orjson.dumps(resource).decode() + "\n" for resource in resources)
