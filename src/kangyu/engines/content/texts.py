"""Every expression written in the declarations, with its place and what it may speak of: what the checker walks over."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kangyu.engines.language import Schema, Type

from .kinds import Form, Indicator, Programme
from .kinds.definition import DecisionTable, Value
from .kinds.field import Field
from .loader import Content
from .vocabulary import FIELD_TYPES, EventTable, row_schema, schema_for, visit_form
from .yaml_text import Document, Path_

BOOLEAN, NUMBER = Type.BOOLEAN, Type.NUMBER


@dataclass(frozen=True)
class Text:
    """One expression: where it stands, what it may name, what it must yield (``None``: anything)."""

    document: Document
    path: Path_
    text: str
    schema: Schema
    expect: Type | None = None


def form_texts(content: Content, form: Form, tables: Mapping[str, EventTable]) -> Iterator[Text]:
    """Conditions of fields, of tables' columns and of sections, computed fields, checks and what a form makes."""
    document = content.document(form)
    schema = schema_for(content, form.about, tables, form=form)
    yield from _field_texts(document, form.fields, ("fields",), schema)
    for key, table in form.tables.items():
        of_row = row_schema(content, schema, form, key)
        yield from _field_texts(document, table.fields, ("fields", key, "fields"), of_row)
        for name, check in table.checks.items():
            yield Text(document, ("fields", key, "checks", name, "true_when"), check.true_when, of_row, BOOLEAN)
    for place, section in enumerate(form.sections):
        if section.show_when:
            yield Text(document, ("sections", place, "show_when"), section.show_when, schema, BOOLEAN)
    for key, check in form.checks.items():
        yield Text(document, ("checks", key, "true_when"), check.true_when, schema, BOOLEAN)
    if form.counts_as_visit:
        yield Text(document, ("counts_as_visit",), form.counts_as_visit, schema, BOOLEAN)
    for place, made in enumerate(form.makes):
        for kind in ("condition", "episode"):
            part = getattr(made, kind)
            if part is not None and part.when:
                yield Text(document, ("makes", place, kind, "when"), part.when, schema, BOOLEAN)


def _field_texts(document: Document, fields: Mapping[str, Field], path: Path_, schema: Schema) -> Iterator[Text]:
    for key, item in fields.items():
        if isinstance(item.required, str):
            yield Text(document, (*path, key, "required"), item.required, schema, BOOLEAN)
        if item.show_when:
            yield Text(document, (*path, key, "show_when"), item.show_when, schema, BOOLEAN)
        if item.gives:
            yield Text(document, (*path, key, "gives"), item.gives, schema, FIELD_TYPES[item.type])


def programme_texts(
    content: Content, programme: Programme, tables: Mapping[str, EventTable], derived: Mapping[str, Type]
) -> Iterator[Text]:
    """Membership, flags, dues and rules of a programme. Derived values are yielded by ``derived_texts``, in their order."""
    document = content.document(programme)
    of_person = schema_for(content, programme.subject, tables)
    yield Text(document, ("belongs",), programme.belongs, of_person, BOOLEAN)
    for group in ("find", "high_risk"):
        for key, flag in getattr(programme, group).items():
            yield Text(document, (group, key, "when"), flag.when, of_person, BOOLEAN)
            if flag.among:
                yield Text(document, (group, key, "among"), flag.among, of_person, BOOLEAN)
    if programme.episode and programme.episode.among:
        yield Text(document, ("episode", "among"), programme.episode.among, of_person, BOOLEAN)
    for key, due in programme.due.items():
        for name, text in (("when", due.when), ("pause", due.pause), ("met_by", due.met_by)):
            if text:
                yield Text(document, ("due", key, name), text, of_person, BOOLEAN)
    on_form = schema_for(content, programme.subject, tables, form=visit_form(content, programme), derived=derived)
    for key, part in programme.parts.items():
        if part.when:
            yield Text(document, ("parts", key, "when"), part.when, on_form, BOOLEAN)
        for name, text in part.carry.items():
            yield Text(document, ("parts", key, "carry", name), text, on_form, None)
    for key, rule in programme.act.items():
        yield Text(document, ("act", key, "when"), rule.when, on_form, BOOLEAN)


def derived_texts(item: DecisionTable | Value | str, path: Path_) -> Iterator[tuple[Path_, str, Type | None]]:
    """The expressions of one derived value: conditions of a table's rows, or the value's own."""
    if isinstance(item, DecisionTable):
        for key, condition in item.table.items():
            if condition != "else":
                yield (*path, "table", key), condition, BOOLEAN
    elif isinstance(item, Value):
        yield (*path, "gives"), item.gives, None
    else:
        yield path, item, None


def indicator_texts(content: Content, indicator: Indicator, tables: Mapping[str, EventTable]) -> Iterator[Text]:
    """What an indicator counts; a ratio's two sides may be about different subjects."""
    document = content.document(indicator)
    expectations = {"among": BOOLEAN, "true_when": BOOLEAN}
    for key in ("among", "true_when", "top", "bottom", "top_age", "bottom_age"):
        text = getattr(indicator, key)
        if text is None:
            continue
        side = {"top": indicator.top_about, "bottom": indicator.bottom_about}.get(key.split("_")[0])
        yield Text(document, (key,), text, schema_for(content, side or indicator.about, tables), expectations.get(key, NUMBER))
