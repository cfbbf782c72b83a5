"""What expressions in declarations may speak of: the tables of views and of forms, the subject's own fields, and value sets."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kangyu.engines.language import Schema, Table, Type

from .kinds import Form, Programme
from .kinds.definition import DecisionTable
from .kinds.form import FieldType
from .loader import Content

TEXT, NUMBER, DATE, BOOLEAN, LIST = Type.TEXT, Type.NUMBER, Type.DATE, Type.BOOLEAN, Type.LIST


@dataclass(frozen=True)
class EventTable:
    """A table as expressions see it, and whose events it holds (``person``, ``institution`` or ``area``)."""

    about: str
    columns: Mapping[str, Type]
    interval: bool = False


CODED_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "institutions.kind": "institution_kind",
        "staff.licence": "licence",
        "beds.kind": "bed_kind",
        "services.specialty": "specialty",
        "encounters.kind": "encounter_kind",
        "episodes.programme": "programme",
        "immunizations.vaccine": "vaccine",
    }
)
SUBJECT_FIELDS: Mapping[str, Mapping[str, Type]] = MappingProxyType(
    {
        "person": {"birth_date": DATE, "sex": TEXT, "death_date": DATE},
        "institution": {"kind": TEXT, "level": NUMBER, "public": BOOLEAN},
        "area": {"code": TEXT, "level": TEXT},
    }
)
FIELD_TYPES: Mapping[FieldType, Type] = MappingProxyType(
    {"decimal": NUMBER, "integer": NUMBER, "boolean": BOOLEAN, "date": DATE, "code": TEXT, "codes": LIST, "text": TEXT}
)


def field_types(form: Form) -> dict[str, Type]:
    """The types of a form's fields, by key."""
    return {key: FIELD_TYPES[field.type] for key, field in form.fields.items()}


def visit_form(content: Content, programme: Programme) -> Form | None:
    """The form on which the programme derives and acts, if it has one."""
    return content.form_of(programme.key, programme.derive_on or "follow_up")


def event_tables(content: Content, derived: Mapping[str, Mapping[str, Type]]) -> dict[str, EventTable]:
    """The tables of the views and one for each form; ``derived`` adds each form table's derived columns.

    Every table also has ``org`` and ``area``, which the warehouse adds where the view has none.
    """
    built_in = {"id", "on", "to"}
    tables = {}
    for name, view in content.tables.items():
        columns = {key: Type(column.type) for key, column in view.columns.items() if key not in built_in}
        tables[name] = EventTable(view.subject, {"org": TEXT, "area": TEXT, **columns}, view.interval)
    for name, form in content.forms.items():
        tables[name] = EventTable(form.about, {**field_types(form), **derived.get(name, {}), "org": TEXT, "area": TEXT})
    return tables


def coded(content: Content) -> dict[str, frozenset[str]]:
    """The only codes each coded column can hold, keyed ``table.column``; results of decision tables too."""
    found = {
        column: frozenset(content.code_systems[system].codes) for column, system in CODED_COLUMNS.items() if system in content.code_systems
    }
    for name, form in content.forms.items():
        for key, field in form.fields.items():
            if field.set and field.set in content.value_sets:
                found[f"{name}.{key}"] = frozenset(content.value_sets[field.set].codes)
    for programme in content.programmes.values():
        decided_on = visit_form(content, programme)
        for key, item in programme.derive.items():
            if decided_on and isinstance(item, DecisionTable) and item.hit in ("first", "highest"):
                found[f"{decided_on.name}.{key}"] = frozenset(item.table)
    return found


def schema_for(
    content: Content,
    about: str,
    tables: Mapping[str, EventTable],
    *,
    form: Form | None = None,
    derived: Mapping[str, Type] | None = None,
) -> Schema:
    """What an expression about ``about`` may name; with a form, its fields and the values ``derived`` from it too."""
    choices = {**coded(content), "it.sex": frozenset({"male", "female"})}
    fields = {**field_types(form), **(derived or {})} if form else {}
    if form:
        choices |= {key: choices[f"{form.name}.{key}"] for key in fields if f"{form.name}.{key}" in choices}
    return Schema(
        subject=SUBJECT_FIELDS.get(about, {}),
        tables={name: Table(name, table.columns, table.interval) for name, table in tables.items() if table.about == about},
        value_sets={key: frozenset(value_set.codes) for key, value_set in content.value_sets.items()},
        fields=fields,
        previous=fields,
        choices=choices,
        own=form.name if form else None,
    )
