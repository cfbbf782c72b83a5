"""The units of everything expressions may name: of a form's fields and of what observations measure."""

from collections.abc import Mapping

from .kinds import Form
from .loader import Content


def units(content: Content, form: Form | None = None) -> Mapping[str, str]:
    """UCUM units keyed ``table.column``, for every form and observation; of ``form`` also by the bare field."""
    found: dict[str, str] = {}
    for key, definition in content.definitions.items():
        if definition.observation and definition.observation.unit:
            found[f"{key}.value"] = definition.observation.unit
        elif definition.observation:
            found |= {f"{key}.{name}": part.unit for name, part in definition.observation.parts.items() if part.unit}
    for name, declared in content.forms.items():
        found |= {f"{name}.{key}": field.unit for key, field in declared.fields.items() if field.unit}
    return found | {key: field.unit for key, field in (form.fields if form else {}).items() if field.unit}
