"""What the conditions of a signal may name, and whether a signal holds together."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from kangyu.engines.detection import grading
from kangyu.engines.language import Schema, Type
from kangyu.kernel.errors import Problem

from .kinds.signal import Count, Signal
from .loader import Content
from .texts import Text
from .vocabulary import EventTable, schema_for
from .wording import suggestion


def row_schema(content: Content, table: str, tables: Mapping[str, EventTable]) -> Schema:
    """What decides whether a row counts: its columns by their bare names, ``today`` is its day, ``age()`` the person's age on it."""
    of = tables[table]
    schema = schema_for(content, of.about, tables)
    choices = {key.removeprefix(f"{table}."): codes for key, codes in schema.choices.items() if key.startswith(f"{table}.")}
    columns = {"on": Type.DATE, **({"to": Type.DATE} if of.interval else {}), **of.columns}
    return replace(schema, fields=columns, choices={**schema.choices, **choices})


def counted_in(content: Content, signal: Signal) -> Iterator[tuple[tuple[str | int, ...], Count]]:
    """Everything a signal counts, each with where it is written: one thing stands by itself, several are a list."""
    written = content.document(signal).value
    several = isinstance(written, Mapping) and isinstance(written.get("counts"), list)
    for number, count in enumerate(signal.counts):
        yield ("counts", number) if several else ("counts",), count
    if signal.out_of:
        yield ("out_of",), signal.out_of


def signal_texts(content: Content, signal: Signal, tables: Mapping[str, EventTable]) -> Iterator[Text]:
    """The conditions of what is counted, and the rows of the grade."""
    document = content.document(signal)
    for path, count in counted_in(content, signal):
        if count.where and count.table in tables:
            yield Text(document, (*path, "where"), count.where, row_schema(content, count.table, tables), Type.BOOLEAN)
    for key, condition in signal.grade.table.items() if signal.grade else ():
        if condition != "else":
            yield Text(document, ("grade", "table", key), condition, grading.schema(), Type.BOOLEAN)


def signal_faults(content: Content, signal: Signal, tables: Mapping[str, EventTable]) -> list[Problem]:
    """Names that do not exist: tables, the procedure opened, roles that are told."""
    document, problems = content.document(signal), []

    def unknown(path: tuple[str | int, ...], word: str, known: Mapping[str, object] | list[str], what: str) -> None:
        if word not in known and word not in content.unread:
            remedy = suggestion(word, list(known), f"已有的{what}")
            problems.append(Problem(document.place(path), str(path[-1]), f"没有{what} {word}", remedy))

    about_people = [name for name, table in tables.items() if table.about == "person"]
    for place, count in counted_in(content, signal):
        unknown((*place, "table"), count.table, about_people, "按人记录的表")
    if signal.opens:
        unknown(("opens",), signal.opens, content.procedures, "流程")
    told = {("tell",): signal.tell, ("silent", "tell"): signal.silent.tell if signal.silent else None}
    for path, actors in told.items():
        for actor in (actors or "").split(" or "):
            if actor:
                unknown(path, actor.partition(" at ")[0], content.roles, "角色")
    return problems
