"""What expressions in declarations may speak of: the tables of views and of forms, the subject's own fields, and value sets."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from kangyu.engines.language import Schema, Table, Type

from .kinds import Form, Programme
from .kinds.definition import DecisionTable
from .kinds.field import ATTACHED, REFERRING, Field, FieldType
from .loader import Content
from .measured import units

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
    {
        "decimal": NUMBER, "integer": NUMBER, "quantity": NUMBER, "boolean": BOOLEAN, "date": DATE, "datetime": Type.DATETIME,
        "time": TEXT, "code": TEXT, "codes": LIST, "text": TEXT, "long_text": TEXT,
        **dict.fromkeys((*REFERRING, *ATTACHED), TEXT),
    }
)  # fmt: skip


def field_types(form: Form) -> dict[str, Type]:
    """The types of a form's fields, by key; its repeating tables are tables of their own."""
    return types_of(form.fields)


def types_of(fields: Mapping[str, Field]) -> dict[str, Type]:
    """The types by which expressions know fields, of a form, a table of one, or a thing."""
    return {key: FIELD_TYPES[field.type] for key, field in fields.items() if field.type != "table"}


def answer_kinds(fields: Mapping[str, Field]) -> dict[str, str]:
    """How each answer is stored, for the views that read it back."""
    return {key: field.type for key, field in fields.items() if field.type != "table"}


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
        for key, table in form.tables.items():
            tables[f"{name}_{key}"] = EventTable(form.about, {**types_of(table.fields), "org": TEXT, "area": TEXT})
    return tables


def form_tables(content: Content) -> dict[str, tuple[Form, str]]:
    """The tables that forms fill: each form's own, and ``<form>_<field>`` for each repeating field of one."""
    found = {name: (form, "") for name, form in content.forms.items()}
    return found | {f"{name}_{key}": (form, key) for name, form in content.forms.items() for key in form.tables}


def row_schema(content: Content, schema: Schema, form: Form, table: str) -> Schema:
    """What an expression about one row may name: the row's columns, the answers beside the table, and all that the form's may."""
    columns = form.fields[table].fields
    types = {**schema.fields, **types_of(columns)}
    choices = {key: found for key, found in schema.choices.items() if key not in columns}
    choices |= {key: found for key in columns if (found := schema.choices.get(f"{table}.{key}"))}
    return replace(schema, fields=types, choices=choices)


def coded(content: Content) -> dict[str, frozenset[str]]:
    """The only codes each coded column can hold, keyed ``table.column``; results of decision tables too."""
    found = {
        column: frozenset(content.code_systems[system].codes) for column, system in CODED_COLUMNS.items() if system in content.code_systems
    }
    for name, form in content.forms.items():
        for key, field in form.fields.items():
            if field.set and field.set in content.value_sets:
                found[f"{name}.{key}"] = frozenset(content.value_sets[field.set].codes)
            for column, of in field.fields.items():
                if of.set and of.set in content.value_sets:
                    found[f"{name}_{key}.{column}"] = frozenset(content.value_sets[of.set].codes)
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
        for table in form.tables:
            own = f"{form.name}_{table}."
            choices |= {f"{table}.{key.removeprefix(own)}": found for key, found in choices.items() if key.startswith(own)}
    known = {name: Table(name, table.columns, table.interval) for name, table in tables.items() if table.about == about}
    return Schema(
        subject=SUBJECT_FIELDS.get(about, {}),
        tables=known | {key: Table(key, types_of(table.fields)) for key, table in (form.tables if form else {}).items()},
        value_sets={key: frozenset(value_set.codes) for key, value_set in content.value_sets.items()},
        fields=fields,
        previous=fields,
        choices=choices,
        units=units(content, form),
        own=form.name if form else None,
    )
