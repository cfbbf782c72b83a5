"""What expressions in declarations may speak of: the tables of views and of forms, the subject's own fields, value sets, settings."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from kangyu.engines.language import Schema, Table, Type
from kangyu.engines.language.schema import QUALIFIERS

from . import things
from .kinds import Form, Programme, Register
from .kinds.definition import DecisionTable
from .kinds.field import Field, FieldType
from .loader import Content
from .measured import units

TEXT, NUMBER, DATE, BOOLEAN, LIST = Type.TEXT, Type.NUMBER, Type.DATE, Type.BOOLEAN, Type.LIST


@dataclass(frozen=True)
class EventTable:
    """A table as expressions see it, and whose events it holds (``person``, ``institution`` or ``area``)."""

    about: str
    columns: Mapping[str, Type]
    interval: bool = False
    also: frozenset[str] = frozenset()
    """Other subjects that see the rows that lie with them."""

    def serves(self, about: str) -> bool:
        """Whether expressions about this kind of subject may name the table."""
        return about == self.about or about in self.also


PLACE: Mapping[str, Type] = MappingProxyType({"org": TEXT, "area": TEXT})
"""What every table has besides its own columns."""
CODED_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "institutions.kind": "institution_kind",
        "staff.licence": "licence",
        "beds.kind": "bed_kind",
        "services.specialty": "specialty",
        "encounters.kind": "encounter_kind",
        "encounters.symptoms": "symptom",
        "episodes.programme": "programme",
        "immunizations.vaccine": "vaccine",
    }
)
SUBJECT_FIELDS: Mapping[str, Mapping[str, Type]] = MappingProxyType(
    {
        "person": {"birth_date": DATE, "sex": TEXT, "death_date": DATE},
        "institution": {"kind": TEXT, "level": NUMBER, "public": BOOLEAN},
        "area": {"code": TEXT, "level": TEXT, "kind": TEXT, "population": NUMBER},
    }
)
FIELD_TYPES: Mapping[FieldType, Type] = MappingProxyType(
    {
        "decimal": NUMBER, "integer": NUMBER, "quantity": NUMBER, "boolean": BOOLEAN, "date": DATE, "datetime": Type.DATETIME,
        "time": TEXT, "code": TEXT, "codes": LIST, "text": TEXT, "long_text": TEXT,
        "signature": TEXT, "photo": TEXT, "file": TEXT, "person": TEXT, "institution": TEXT, "area": TEXT, "thing": TEXT,
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


def visit_form(content: Content, programme: Programme | Register) -> Form | None:
    """The form on which the programme (or register) derives and acts, if it has one."""
    return content.form_of(programme.key, programme.derive_on or "follow_up")


def event_tables(content: Content, derived: Mapping[str, Mapping[str, Type]]) -> dict[str, EventTable]:
    """The tables of the views and one for each form; ``derived`` adds each form table's derived columns.

    Every table also has ``org`` and ``area``, which the warehouse adds where the view has none.
    """
    tables = content.once("event_tables", lambda: _event_tables(content))
    added = {name: {**tables[name].columns, **columns, **PLACE} for name, columns in derived.items() if columns and name in content.forms}
    return tables | {name: replace(tables[name], columns=columns) for name, columns in added.items()}


def _event_tables(content: Content) -> dict[str, EventTable]:
    built_in = {"id", "on", "to"}
    tables = {}
    for name, view in content.tables.items():
        columns = {key: Type(column.type) for key, column in view.columns.items() if key not in built_in}
        tables[name] = EventTable(view.subject, {**PLACE, **columns}, view.interval)
    for name, form in content.forms.items():
        also = things.PLACES if form.about in content.registers else frozenset()
        case = {OF_CASE: TEXT} if of_case(content, name) else {}
        tables[name] = EventTable(form.about, {**field_types(form), **case, **PLACE}, also=also)
        for key, table in form.tables.items():
            tables[f"{name}_{key}"] = EventTable(form.about, {**types_of(table.fields), **PLACE}, also=also)
    return tables | _of_things(content)


OF_CASE = "of_case"
"""The column that names the case in which answers were given; only forms of procedures have it."""


def of_case(content: Content, form: str) -> bool:
    """Whether a form, by the name of its table, belongs to a procedure."""
    return any(form.startswith(f"{key}_") for key in content.procedures)


def _of_things(content: Content) -> dict[str, EventTable]:
    """A table for each register, and for each ledger its lines and its days; all lie with an institution and in an area."""
    found = {}
    for register in content.registers.values():
        found[register.name_of_table] = EventTable(register.key, {**PLACE, **things.own_columns(register)}, True, things.PLACES)
    for ledger in content.ledgers.values():
        also = things.PLACES | {dimension.of for dimension in ledger.accounts.values() if dimension.of in content.registers}
        found[ledger.key] = EventTable(ledger.key, {**PLACE, **things.line_columns(ledger)}, also=also)
        found[things.days_table(ledger)] = EventTable(ledger.key, {**PLACE, **things.day_columns()}, also=also)
    return found


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
    settings = {key: value for key, value in schema.settings.items() if key not in columns}
    return replace(schema, fields=types, choices=choices, settings=settings)


def coded(content: Content) -> dict[str, frozenset[str]]:
    """The only codes each coded column can hold, keyed ``table.column``; results of decision tables too. Worked out once."""
    return content.once("coded", lambda: _coded(content))


def _coded(content: Content) -> dict[str, frozenset[str]]:
    found = {
        column: frozenset(content.code_systems[system].codes) for column, system in CODED_COLUMNS.items() if system in content.code_systems
    }
    memberships = {one.membership for one in content.programmes.values()}
    found["episodes.programme"] = found.get("episodes.programme", frozenset()) | memberships
    for name, form in content.forms.items():
        for key, field in form.fields.items():
            if field.set and field.set in content.value_sets:
                found[f"{name}.{key}"] = frozenset(content.value_sets[field.set].codes)
            for column, of in field.fields.items():
                if of.set and of.set in content.value_sets:
                    found[f"{name}_{key}.{column}"] = frozenset(content.value_sets[of.set].codes)
    for register in content.registers.values():
        table = register.name_of_table
        found |= {f"{table}.{key}": _codes(content, field.set) for key, field in register.fields.items() if field.set in content.value_sets}
        found |= {f"{table}.state": frozenset(register.states)} if register.states else {}
    for ledger in content.ledgers.values():
        found |= {f"{ledger.key}.{key}": _codes(content, one.of) for key, one in ledger.accounts.items() if one.of in content.value_sets}
    works: list[Programme | Register] = [*content.programmes.values(), *content.registers.values()]
    for programme in works:
        decided_on = visit_form(content, programme)
        for key, item in programme.derive.items():
            if decided_on and isinstance(item, DecisionTable) and item.hit in ("first", "highest"):
                found[f"{decided_on.name}.{key}"] = frozenset(item.table)
    return found


def _codes(content: Content, value_set: str | None) -> frozenset[str]:
    return frozenset(content.value_sets[value_set or ""].codes)


def subject_fields(content: Content, about: str) -> dict[str, Type]:
    """What ``it`` has: of a thing its fields and state, and where it lies."""
    register = content.registers.get(about)
    own = {"id": TEXT, **things.own_columns(register), "org": TEXT, "area": TEXT} if register else {}
    return {**SUBJECT_FIELDS.get(about, {}), **own}


def settings_of(content: Content) -> dict[str, float | str]:
    """The named numbers (and texts) that every expression may read by their bare name."""
    return content.once("settings", lambda: {key: one.value for file in content.settings.values() for key, one in file.values.items()})


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
    if about in content.registers:
        table = content.registers[about].name_of_table + "."
        choices |= {f"it.{key.removeprefix(table)}": found for key, found in choices.items() if key.startswith(table)}
    known = {name: Table(name, table.columns, table.interval) for name, table in tables.items() if table.serves(about)}
    return Schema(
        subject=subject_fields(content, about),
        tables=known | {key: Table(key, types_of(table.fields)) for key, table in (form.tables if form else {}).items()},
        value_sets=content.once("codes", lambda: {key: frozenset(value_set.codes) for key, value_set in content.value_sets.items()}),
        fields=fields,
        previous=fields,
        settings={key: value for key, value in settings_of(content).items() if key not in {*fields, "today", *QUALIFIERS}},
        choices=choices,
        units=units(content, form, about),
        own=form.name if form else None,
    )
