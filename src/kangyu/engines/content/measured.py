"""The units of everything expressions may name: of fields of forms and things, and of what observations measure."""

from collections.abc import Mapping

from .kinds import Form
from .loader import Content


def units(content: Content, form: Form | None = None, about: str = "") -> Mapping[str, str]:
    """UCUM units keyed ``table.column``, for every form, register and observation; of ``form`` also by the bare field, of the thing an
    expression is ``about`` also ``it.field``."""
    found = dict(content.once("units", lambda: _units(content)))
    if about in content.registers:
        found |= {f"it.{key}": field.unit for key, field in content.registers[about].fields.items() if field.unit}
    return found | {key: field.unit for key, field in (form.fields if form else {}).items() if field.unit}


def _units(content: Content) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, definition in content.definitions.items():
        if definition.observation and definition.observation.unit:
            found[f"{key}.value"] = definition.observation.unit
        elif definition.observation:
            found |= {f"{key}.{name}": part.unit for name, part in definition.observation.parts.items() if part.unit}
    for name, declared in content.forms.items():
        found |= {f"{name}.{key}": field.unit for key, field in declared.fields.items() if field.unit}
    for register in content.registers.values():
        found |= {f"{register.name_of_table}.{key}": field.unit for key, field in register.fields.items() if field.unit}
    return found
