"""What expressions and views know of things and ledgers: a register's table, a ledger's lines and its days."""

from collections.abc import Mapping
from typing import Any

from kangyu.engines.language import Type

from .kinds import Ledger, Register
from .kinds.field import ATTACHED, REFERRING, Field

IDENTIFIER = "urn:kangyu:register:"
EXT = "urn:kangyu:ext:"
PLACES = frozenset({"institution", "area"})
"""Subjects that see the things, ledgers and forms of things that lie with them."""

NAMES: Mapping[str, str] = {
    "Location": "name",
    "Device": "deviceName[0].name",
    "Organization": "name",
    "Group": "name",
    "Substance": "code.text",
    "Medication": "code.text",
}
KEEPERS: Mapping[str, str] = {
    "Location": "managingOrganization.getReferenceKey(Organization)",
    "Device": "owner.getReferenceKey(Organization)",
    "Organization": "getResourceKey()",
    "Group": "managingEntity.getReferenceKey(Organization)",
}
_OTHER_KEEPER = f"extension('{EXT}institution').value.ofType(Reference).first().getReferenceKey(Organization)"
_VALUES: Mapping[str, tuple[str, str]] = {
    "decimal": ("number", "ofType(decimal)"),
    "quantity": ("number", "ofType(decimal)"),
    "integer": ("number", "ofType(integer)"),
    "boolean": ("boolean", "ofType(boolean)"),
    "date": ("date", "ofType(date)"),
    "code": ("text", "ofType(code)"),
}
_REFERRED = {"institution": "ofType(Reference).first().getReferenceKey(Organization)", "area": "ofType(code).first()"}


def own_columns(register: Register) -> dict[str, Type]:
    """The columns of a register's table besides ``id``, ``on``, ``to``, ``org`` and ``area``."""
    kinds: dict[str, Type] = {key: column_type(field) for key, field in register.fields.items() if field.type != "table"}
    return {**kinds, "state": Type.TEXT}


def column_type(field: Field) -> Type:
    """The type of one field of a thing, as its column holds it."""
    if field.type == "codes":
        return Type.LIST
    return Type(_VALUES.get(field.type, ("text", ""))[0])


def table_document(register: Register) -> dict[str, Any]:
    """A register's table as a view of ``content/views``, about the institution responsible; on which days a thing was there is its span."""
    return {
        "key": register.name_of_table,
        "kind": "view",
        "title": register.title,
        "subject": "institution",
        "interval": True,
        "resource": register.is_,
        "where": [f"identifier.exists(system = '{IDENTIFIER}{register.key}')"],
        "columns": {
            "institution": {"type": "text", "path": KEEPERS.get(register.is_, _OTHER_KEEPER)},
            "on": {"type": "date", "path": f"extension('{EXT}period').value.ofType(Period).start.first()"},
            "to": {"type": "date", "path": f"extension('{EXT}period').value.ofType(Period).end.first()"},
            "state": {"type": "text", "path": f"extension('{EXT}state').value.ofType(code).first()"},
            **{key: _column(register, key, field) for key, field in register.fields.items() if _kept(field)},
        },
    }


def _kept(field: Field) -> bool:
    return field.type not in (*ATTACHED, "table")


def _column(register: Register, key: str, field: Field) -> dict[str, str]:
    if key == register.number:
        return {"type": "text", "path": f"identifier.where(system = '{IDENTIFIER}{register.key}').value.first()"}
    if key == register.name:
        return {"type": "text", "path": f"{NAMES[register.is_]}.first()"}
    value = f"extension('{EXT}{key}').value"
    if field.type == "codes":
        return {"type": "list", "path": f"{value}.ofType(code)"}
    if field.type in REFERRING:
        return {"type": "text", "path": f"{value}.{_REFERRED.get(field.type, 'ofType(Reference).first().getReferenceKey()')}"}
    kind, path = _VALUES.get(field.type, ("text", "ofType(string)"))
    return {"type": kind, "path": f"{value}.{path}.first()"}


def line_columns(ledger: Ledger) -> dict[str, Type]:
    """A ledger's lines: one row for each change of an account, on its day. The sum of ``change`` is the balance."""
    kinds = {key: Type.DATE if dimension.of == "date" else Type.TEXT for key, dimension in ledger.accounts.items()}
    return {**kinds, "verb": Type.TEXT, "change": Type.NUMBER, "put": Type.NUMBER, "taken": Type.NUMBER, "held": Type.NUMBER}


def day_columns() -> dict[str, Type]:
    """A ledger's days: what came and what was used up on each day, over all accounts of the subject."""
    return {"put": Type.NUMBER, "taken": Type.NUMBER}


def days_table(ledger: Ledger) -> str:
    """The name of the table of a ledger's days."""
    return f"{ledger.key}_days"
