"""A form made ready to run: its conditions compiled once, those of its tables' rows too; its codes, units and Chinese names at hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from kangyu.engines.content import Content
from kangyu.engines.content.checker import derived_types, visit_table
from kangyu.engines.content.kinds import Form
from kangyu.engines.content.kinds.definition import Conversion, Observation
from kangyu.engines.content.kinds.field import Field
from kangyu.engines.content.vocabulary import FIELD_TYPES, event_tables, row_schema, schema_for
from kangyu.engines.language import Schema, Type, Typed, check
from kangyu.engines.language.python_target import Program, compile_python
from kangyu.engines.language.subject import Subject

from .values import field_at, split_path


@dataclass(frozen=True)
class Coding:
    """One code an answer may be."""

    system: str
    code: str
    title: str


@dataclass(frozen=True, repr=False)
class PreparedForm:
    """``conditions`` yields ``show.<field>``, ``need.<field>``, ``gives.<field>``, ``check.<key>``, ``make.<n>`` and ``visit`` for a
    subject with answers; ``rows`` the first four for each table, for a subject whose form is one row beside the form's other answers.
    ``typed`` are all of them, those of rows as ``<table>.<name>``."""

    form: Form
    codes: Mapping[str, Mapping[str, Coding]]
    reasons: Mapping[str, Mapping[str, str]]
    observations: Mapping[str, Observation]
    observation_titles: Mapping[str, str]
    conversions: Mapping[str, Conversion]
    conditions: Program
    rows: Mapping[str, Program]
    typed: Mapping[str, Typed]

    def title(self, path: str) -> str:
        """The Chinese name of a field; of a column of a table with its row: ``接触者 2 姓名``."""
        key, row, column = split_path(path)
        field = self.form.fields.get(key)
        if field is None:
            return path
        return f"{field.row or field.title} {row} {field.fields[column].title}" if column in field.fields else field.title

    def field(self, path: str) -> Field:
        """The field at a path such as ``weight`` or ``contacts.2.name``."""
        found = field_at(self.form.fields, path)
        if found is None:
            raise KeyError(path)
        return found

    def conversion(self, field: Field) -> Conversion | None:
        """The other units a quantity may be entered in."""
        return self.conversions.get(field.units or "")

    def seen(self, subject: Subject, values: Mapping[str, Any]) -> Subject:
        """The subject with these answers: the rows of each repeating table are a table of its name, all on the form's day."""
        own = {key: _rows(values.get(key), subject) for key in self.form.tables}
        plain = {key: value for key, value in values.items() if key not in own}
        return replace(subject, form=plain, tables={**subject.tables, **own} if own else subject.tables)


def _rows(rows: Sequence[Mapping[str, Any]] | None, subject: Subject) -> list[Mapping[str, Any]]:
    return [{**row, "id": str(row.get("id", at)), "on": subject.today} for at, row in enumerate(rows or (), 1)]


def prepare(content: Content, form: Form) -> PreparedForm:
    """Compiles a form's conditions against the content it belongs to, once. Raises ``ExpressionError`` where one does not hold."""
    held = content.worked_out.get(f"form {id(form)}")
    if not isinstance(held, PreparedForm) or held.form is not form:
        held = content.worked_out[f"form {id(form)}"] = _prepare(content, form)
    return held


def _prepare(content: Content, form: Form) -> PreparedForm:
    types, _ = derived_types(content)
    tables = event_tables(content, {visit_table(content, key): found for key, found in types.items()})
    schema = schema_for(content, form.about, tables, form=form)
    typed = _typed(conditions_of(form), form.fields, schema)
    rows: dict[str, Program] = {}
    of_rows: dict[str, Typed] = {}
    for key, table in form.tables.items():
        texts = _of_fields(table.fields) | _checks(table.checks)
        found = _typed(texts, table.fields, row_schema(content, schema, form, key))
        rows[key] = compile_python(found)
        of_rows |= {f"{key}.{name}": one for name, one in found.items()}
    fields = [*form.fields.values(), *(column for table in form.tables.values() for column in table.fields.values())]
    sets = {field.set for field in fields if field.set}
    checks = [*form.checks.values(), *(one for table in form.tables.values() for one in table.checks.values())]
    asked = {one.reasons for one in fields if one.reasons} | {one.reasons for one in checks if one.reasons}
    return PreparedForm(
        form=form,
        codes=MappingProxyType({name: codings(content, name) for name in sets}),
        reasons=MappingProxyType({name: {code: coding.title for code, coding in codings(content, name).items()} for name in asked}),
        observations=MappingProxyType({key: d.observation for key, d in content.definitions.items() if d.observation}),
        observation_titles=MappingProxyType({key: d.title for key, d in content.definitions.items() if d.observation}),
        conversions=MappingProxyType({key: d.conversion for key, d in content.definitions.items() if d.conversion}),
        conditions=compile_python(typed),
        rows=MappingProxyType(rows),
        typed=MappingProxyType({**of_rows, **typed}),
    )


def _typed(texts: Mapping[str, str], fields: Mapping[str, Field], schema: Schema) -> dict[str, Typed]:
    """Every text checked; what ``gives`` a field yields the field's type."""
    found = {}
    for name, text in texts.items():
        group, _, key = name.partition(".")
        found[name] = check(text, schema, FIELD_TYPES[fields[key].type] if group == "gives" else Type.BOOLEAN)
    return found


def codings(content: Content, value_set: str) -> Mapping[str, Coding]:
    """The codes of a value set in its order, with system and Chinese name."""
    found = content.value_sets[value_set]
    system = found.system or f"urn:kangyu:cs:{value_set}"
    return MappingProxyType({code: Coding(system, code, content.title_of(value_set, code)) for code in found.codes})


def conditions_of(form: Form) -> dict[str, str]:
    """Every condition of a form by the name its value gets."""
    found = _of_fields(form.fields) | {f"show.{key}": text for key in form.fields if (text := form.shown_when(key))} | _checks(form.checks)
    for place, made in enumerate(form.makes):
        part = made.condition or made.episode
        if part is not None and part.when:
            found[f"make.{place}"] = part.when
    if form.counts_as_visit:
        found["visit"] = form.counts_as_visit
    return found


def _of_fields(fields: Mapping[str, Field]) -> dict[str, str]:
    found = {f"show.{key}": field.show_when for key, field in fields.items() if field.show_when}
    found |= {f"need.{key}": field.required for key, field in fields.items() if isinstance(field.required, str)}
    return found | {f"gives.{key}": field.gives for key, field in fields.items() if field.gives}


def _checks(checks: Mapping[str, Any]) -> dict[str, str]:
    return {f"check.{key}": item.true_when for key, item in checks.items()}
