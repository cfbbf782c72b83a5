"""Rows of people's records for which a case ought to be there: which rows these are, and what a case must say to meet one."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kangyu.engines.content import Content
from kangyu.engines.content.kinds import Procedure
from kangyu.engines.content.kinds.definition import Lookup
from kangyu.engines.content.kinds.procedure import Missing
from kangyu.engines.content.kinds.work import START
from kangyu.engines.content.signals import row_schema
from kangyu.engines.content.vocabulary import event_tables
from kangyu.engines.content.wording import suggestion
from kangyu.engines.content.yaml_text import Document
from kangyu.engines.language import ExpressionError, Type, check
from kangyu.engines.language.python_target import Program, compile_python
from kangyu.engines.language.subject import Subject
from kangyu.kernel.errors import Problem

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Owed:
    """One row that asks for a case: what a case must hold in the column ``answer`` to meet it, and within how many hours of ``on``."""

    row: str
    on: date
    org: str
    code: str
    value: str
    hours: float | None
    carry: Mapping[str, Any]


@dataclass(frozen=True)
class PreparedMissing:
    """One rule ready to run; ``columns`` are those of its table that it reads."""

    procedure: str
    key: str
    declared: Missing
    lookup: Lookup
    program: Program
    columns: frozenset[str]


def prepare_missing(content: Content, procedure: Procedure) -> list[PreparedMissing]:
    """The rules of a procedure. Raises ``ExpressionError`` where a condition does not hold."""
    found = []
    for key, declared in procedure.missing.items():
        lookup = content.definitions[declared.lookup].lookup
        assert lookup is not None
        typed = check(declared.where, row_schema(content, declared.of, event_tables(content, {})), Type.BOOLEAN)
        columns = {*typed.fields, declared.at, declared.on, *declared.carry.values(), "org"} - {"id", "on", "to"}
        found.append(PreparedMissing(procedure.key, key, declared, lookup, compile_python({"where": typed}), frozenset(columns)))
    return found


def owed(prepared: PreparedMissing, rows: Iterable[Row], born: date | None = None) -> Iterator[Owed]:
    """The rows that ask for a case. ``rows`` are one person's of the rule's table."""
    declared = prepared.declared
    for row in rows:
        on = row.get(declared.on) or row["on"]
        subject = Subject(fields={"birth_date": born}, tables={}, today=row["on"], form=row)
        if on is None or prepared.program(subject)["where"] is not True:
            continue
        value = prepared.lookup.found_by(declared.by_, str(row.get(declared.at) or ""))
        if value is not None:
            cell = prepared.lookup.rows[value].get(declared.hours or "")
            hours = cell if isinstance(cell, float) else None
            carry = {name: row.get(column) for name, column in declared.carry.items() if row.get(column) is not None}
            yield Owed(row["id"], on, row.get("org") or "", str(row.get(declared.at) or ""), value, hours, carry)


def missing_problems(content: Content, procedure: Procedure, key: str, missing: Missing, document: Document) -> Iterator[Problem]:
    """Names that do not exist, and a condition that does not read."""

    def unknown(name: str, word: str, known: Iterable[str], what: str) -> Iterator[Problem]:
        words = list(known)
        if word not in words and word not in content.unread:
            yield Problem(document.place(("missing", key, name)), name, f"没有{what} {word}", suggestion(word, words, f"已有的{what}"))

    tables = event_tables(content, {})
    about_people = [name for name, table in tables.items() if table.about == "person"]
    yield from unknown("of", missing.of, about_people, "按人记录的表")
    lookups = {name: one.lookup for name, one in content.definitions.items() if one.lookup}
    yield from unknown("lookup", missing.lookup, lookups, "查找表")
    yield from unknown("answer", missing.answer, procedure.columns, "栏")
    starts = [name for name, move in procedure.all_moves().items() if START in move.from_]
    for name in ("report", "dismiss"):
        yield from unknown(name, getattr(missing, name), starts, "立案的一步")
    if missing.lookup in lookups:
        columns = lookups[missing.lookup].columns
        for name, word in (("by", missing.by_), ("hours", missing.hours)):
            yield from unknown(name, word, columns, f"列（查找表 {missing.lookup}）") if word else []
    if missing.of in tables:
        known = {*tables[missing.of].columns, "on", "id"}
        for name, word in (("on", missing.on), ("at", missing.at)):
            yield from unknown(name, word, known, f"列（表 {missing.of}）")
        try:
            check(missing.where, row_schema(content, missing.of, tables), Type.BOOLEAN)
        except ExpressionError as error:
            yield error.problem(document.place_within(("missing", key, "where"), error.text, error.position), "where")
