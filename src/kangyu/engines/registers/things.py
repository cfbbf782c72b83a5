"""A thing of a register as its FHIR resource, and back: what the record stores is all there is to know of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kangyu.engines.content.kinds import Register
from kangyu.engines.content.kinds.field import REFERRING, Field
from kangyu.engines.content.things import EXT, IDENTIFIER
from kangyu.engines.forms.values import REFERENCE_TYPES, Named

Resource = dict[str, Any]
POSITION = f"{EXT}position"
_KEEPERS: Mapping[str, str] = {"Location": "managingOrganization", "Device": "owner", "Group": "managingEntity"}
_VALUES: Mapping[str, str] = {
    "decimal": "valueDecimal", "quantity": "valueDecimal", "integer": "valueInteger", "boolean": "valueBoolean", "date": "valueDate",
    "code": "valueCode", "codes": "valueCode", "area": "valueCode", "datetime": "valueDateTime",
}  # fmt: skip
_STATUS: Mapping[str, tuple[str, str]] = {
    "Location": ("active", "inactive"), "Device": ("active", "inactive"), "Substance": ("active", "inactive"),
    "Medication": ("active", "inactive"),
}  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What is known of one thing. ``since`` and ``until`` (last day) say when it was there; ``values`` are its other fields.

    ``org`` is the institution responsible, ``area`` the code of where it lies (empty: where the institution is). ``why`` is the reason
    given for this version of it, where one was asked for.
    """

    number: str
    name: str
    state: str = ""
    org: str = ""
    area: str = ""
    longitude: float | None = None
    latitude: float | None = None
    since: date | None = None
    until: date | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""

    def all_values(self, register: Register) -> dict[str, Any]:
        """Every field of the register with its value, number and name among them."""
        known = {**self.values, register.number: self.number, register.name: self.name}
        if register.area:
            known[register.area] = self.area or None
        return {key: known.get(key) for key in register.fields}


def register_of(resource: Resource, registers: Mapping[str, Register]) -> Register | None:
    """The register a resource is a thing of, by the system of its identifiers."""
    for identifier in resource.get("identifier") or ():
        key = str(identifier.get("system", "")).removeprefix(IDENTIFIER)
        if key in registers and registers[key].is_ == resource.get("resourceType"):
            return registers[key]
    return None


def facts_of(register: Register, resource: Resource) -> Facts:
    """What a stored resource says of a thing; values as expressions see them, references as ``Named``."""
    extensions: dict[str, list[Any]] = {}
    for one in resource.get("extension") or ():
        value = next((held for key, held in one.items() if key.startswith("value")), one.get("extension"))
        extensions.setdefault(str(one.get("url", "")).removeprefix(EXT), []).append(value)
    values = {key: _read(asked, extensions[key]) for key, asked in register.fields.items() if key in extensions}
    longitude, latitude = _position(resource, extensions)
    period = (extensions.get("period") or [{}])[0]
    area = str((extensions.get("area") or [""])[0])
    if register.area:
        area = str((extensions.get(register.area) or [area])[0])
        values.pop(register.area, None)
    return Facts(
        number=_number(register, resource),
        name=_name(register, resource),
        state=str((extensions.get("state") or [register.first_state])[0]),
        org=_keeper(register, resource, extensions),
        area=area,
        longitude=longitude,
        latitude=latitude,
        since=_day(period.get("start")),
        until=_day(period.get("end")),
        values=values,
        why=str((extensions.get("why") or [""])[0]),
    )


def resource_of(register: Register, id: str, facts: Facts, *, like: Resource | None = None) -> Resource:
    """The resource of a thing. ``like`` is the version before: what the register does not speak of stays as it was."""
    before = dict(like or {})
    made: Resource = {**before, "resourceType": register.is_, "id": id}
    system = f"{IDENTIFIER}{register.key}"
    others = [one for one in before.get("identifier") or () if one.get("system") != system]
    made["identifier"] = [{"system": system, "value": facts.number}, *others]
    made["extension"] = _kept_extensions(register, before) + _extensions(register, facts)
    _put_name(register, made, facts.name)
    _put_type(register, made)
    _put_keeper(register, made, facts.org)
    if register.is_ == "Location" and facts.longitude is not None:
        made["position"] = {"longitude": facts.longitude, "latitude": facts.latitude}
    if register.is_ in _STATUS:
        made["status"] = _STATUS[register.is_][facts.until is not None]
    return made


def ended(register: Register, state: str) -> bool:
    """Whether a thing in this state is no longer there: no move leads out of it."""
    return state in register.ends and bool(register.moves)


def _kept_extensions(register: Register, before: Resource) -> list[Resource]:
    ours = {f"{EXT}{name}" for name in (*register.fields, "state", "area", "period", "position", "institution", "why")}
    return [one for one in before.get("extension") or () if one.get("url") not in ours]


def _extensions(register: Register, facts: Facts) -> list[Resource]:
    found: list[Resource] = []
    if facts.state:
        found.append({"url": f"{EXT}state", "valueCode": facts.state})
    if facts.area:
        found.append({"url": f"{EXT}{register.area or 'area'}", "valueCode": facts.area})
    if facts.since or facts.until:
        span = {"start": facts.since, "end": facts.until}
        found.append({"url": f"{EXT}period", "valuePeriod": {key: day.isoformat() for key, day in span.items() if day}})
    if facts.why:
        found.append({"url": f"{EXT}why", "valueString": facts.why})
    if register.is_ not in (*_KEEPERS, "Organization") and facts.org:
        found.append({"url": f"{EXT}institution", "valueReference": {"reference": f"Organization/{facts.org}"}})
    if register.is_ != "Location" and facts.longitude is not None:
        parts = [{"url": "longitude", "valueDecimal": facts.longitude}, {"url": "latitude", "valueDecimal": facts.latitude}]
        found.append({"url": POSITION, "extension": parts})
    for key, asked in register.fields.items():
        value = facts.values.get(key)
        if key not in (register.number, register.name, register.area) and value not in (None, []):
            found += [{"url": f"{EXT}{key}", **_written(asked, one)} for one in (value if asked.type == "codes" else [value])]
    return found


def _written(asked: Field, value: Any) -> Resource:
    if asked.type in REFERRING and asked.type != "area":
        rtype = value.rtype if isinstance(value, Named) else REFERENCE_TYPES.get(asked.type, "Location")
        shown = {"display": value.display} if isinstance(value, Named) and value.display else {}
        return {"valueReference": {"reference": f"{rtype}/{value}", **shown}}
    if isinstance(value, date):
        value = value.isoformat()
    if asked.type in ("decimal", "quantity"):
        value = int(value) if float(value).is_integer() else float(value)
    return {_VALUES.get(asked.type, "valueString"): str(value) if asked.type in ("code", "codes", "area") else value}


def _read(asked: Field, values: list[Any]) -> Any:
    if asked.type == "codes":
        return [str(one) for one in values]
    value = values[0]
    if asked.type in REFERRING and isinstance(value, Mapping):
        rtype, _, id = str(value.get("reference", "")).rpartition("/")
        return Named(id, rtype, str(value.get("display", "")))
    if asked.type == "date":
        return _day(value)
    return float(value) if asked.type in ("decimal", "quantity") else value


def _day(text: Any) -> date | None:
    return date.fromisoformat(str(text)[:10]) if text else None


def _number(register: Register, resource: Resource) -> str:
    system = f"{IDENTIFIER}{register.key}"
    return next((str(one["value"]) for one in resource.get("identifier") or () if one.get("system") == system), str(resource["id"]))


def _name(register: Register, resource: Resource) -> str:
    if register.is_ == "Device":
        return str((resource.get("deviceName") or [{}])[0].get("name", ""))
    if register.is_ in ("Substance", "Medication"):
        return str((resource.get("code") or {}).get("text", ""))
    return str(resource.get("name", ""))


def _put_name(register: Register, made: Resource, name: str) -> None:
    if register.is_ == "Device":
        made["deviceName"] = [{"name": name, "type": "user-friendly-name"}, *(made.get("deviceName") or ())[1:]]
    elif register.is_ in ("Substance", "Medication"):
        made["code"] = {**(made.get("code") or {}), "text": name}
    else:
        made["name"] = name


def _put_type(register: Register, made: Resource) -> None:
    coding = {"coding": [{"system": register.type_system, "code": register.type_code, "display": register.singular}]}
    if register.is_ == "Device":
        made.setdefault("type", coding)
    elif register.is_ in ("Location", "Organization"):
        made.setdefault("type", [coding])
    elif register.is_ == "Group":
        made.update({"type": made.get("type", "device"), "actual": made.get("actual", True)})
        made.setdefault("code", coding)
    else:
        made["code"] = {"coding": coding["coding"], **made["code"]}


def _put_keeper(register: Register, made: Resource, org: str) -> None:
    key = _KEEPERS.get(register.is_)
    if key and org:
        made[key] = {**(made.get(key) or {}), "reference": f"Organization/{org}"}


def _keeper(register: Register, resource: Resource, extensions: Mapping[str, list[Any]]) -> str:
    if register.is_ == "Organization":
        return str(resource["id"])
    held = resource.get(_KEEPERS.get(register.is_, ""), (extensions.get("institution") or [None])[0])
    kind, _, id = str((held or {}).get("reference", "")).rpartition("/")
    return id if kind.endswith("Organization") else ""


def _position(resource: Resource, extensions: Mapping[str, list[Any]]) -> tuple[float | None, float | None]:
    held = resource.get("position")
    if held is None:
        parts = (extensions.get("position") or [None])[0] or ()
        held = {str(one["url"]): one.get("valueDecimal") for one in parts}
    longitude, latitude = held.get("longitude"), held.get("latitude")
    return (float(longitude), float(latitude)) if longitude is not None and latitude is not None else (None, None)
