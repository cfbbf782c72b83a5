"""What the expressions of a statement may name, and whether a statement holds together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from kangyu.engines.language import Schema, Type
from kangyu.kernel.errors import Problem

from .check_things import unknown
from .kinds import Statement
from .kinds.action import Actor
from .kinds.statement import Column, Counted
from .loader import Content
from .signals import row_schema
from .texts import Text
from .vocabulary import EventTable, schema_for, settings_of
from .yaml_text import Document, Path_

BOOLEAN, NUMBER = Type.BOOLEAN, Type.NUMBER
SETTLING: Mapping[str, Type] = {"appeal_over": BOOLEAN, "appeals_open": NUMBER}
"""What the ``when`` of a move may name: whether the time for appeals is over, and how many are undecided."""


@dataclass(frozen=True)
class Said:
    """An expression of a statement with what it may name and must yield."""

    path: Path_
    text: str
    schema: Schema
    expect: Type | None = NUMBER


def statement_expressions(content: Content, statement: Statement, tables: Mapping[str, EventTable]) -> Iterator[Said]:
    """Every expression, each column's after those it may name."""
    of_row = schema_for(content, statement.rows, tables)
    of_row = replace(of_row, subject={**of_row.subject, "id": Type.TEXT})
    plain = Schema(settings=settings_of(content))
    if statement.among:
        yield Said(("among",), statement.among, of_row, BOOLEAN)
    known: dict[str, Type] = {}
    for key, column in statement.columns.items():
        yield from _of_column(content, ("columns", key), column, naming(of_row, known), tables)
        known[key] = NUMBER
    if statement.pool:
        yield Said(("pool", "amount"), statement.pool.amount, plain)
        yield Said(("pool", "by"), statement.pool.by, naming(of_row, known))
        known["share"] = NUMBER
    for key, column in statement.lines.items():
        yield from _of_column(content, ("lines", key), column, naming(of_row, known), tables)
        known[key] = NUMBER
    for key, move in statement.moves.items():
        if move.when:
            yield Said(("moves", key, "when"), move.when, Schema(fields=SETTLING, settings=settings_of(content)), BOOLEAN)
        if move.post:
            yield from _of_posting(("moves", key, "post"), statement, key, naming(of_row, {**known, "corrections": NUMBER}))


def naming(schema: Schema, fields: Mapping[str, Type]) -> Schema:
    """The same with further bare names; a column hides a setting of its name."""
    return replace(schema, fields=fields, settings={key: value for key, value in schema.settings.items() if key not in fields})


def _of_column(content: Content, path: Path_, column: Column, schema: Schema, tables: Mapping[str, EventTable]) -> Iterator[Said]:
    if column.gives:
        yield Said((*path, "gives"), column.gives, schema)
    if column.counts:
        yield from _of_count(content, (*path, "counts"), column.counts, tables)
    for key, item in column.items.items():
        here = (*path, "items", key)
        if item.counts:
            yield from _of_count(content, (*here, "counts"), item.counts, tables)
        if item.gives:
            yield Said((*here, "gives"), item.gives, naming(schema, {"value": NUMBER}))
        yield Said((*here, "weight"), item.weight, naming(schema, {}))


def _of_count(content: Content, path: Path_, counted: Counted, tables: Mapping[str, EventTable]) -> Iterator[Said]:
    if counted.where and counted.table in tables:
        yield Said((*path, "where"), counted.where, row_schema(content, counted.table, tables), BOOLEAN)


def _of_posting(path: Path_, statement: Statement, key: str, schema: Schema) -> Iterator[Said]:
    post = statement.moves[key].post
    assert post is not None
    amount = getattr(post, post.verb)
    if isinstance(amount, str):
        yield Said((*path, post.verb), amount, schema)
    if post.when:
        yield Said((*path, "when"), post.when, schema, BOOLEAN)
    for side, names in (("at", post.at), ("to", post.to)):
        for name, text in names.items():
            yield Said((*path, side, name), text, schema, None)


def statement_texts(content: Content, statement: Statement, tables: Mapping[str, EventTable]) -> Iterator[Text]:
    """The same for the checker, with the file they stand in."""
    document = content.document(statement)
    for said in statement_expressions(content, statement, tables):
        yield Text(document, said.path, said.text, said.schema, said.expect)


CHECK_FIELDS = ("provider", "service", "done_on", "way", "found_true", "remark", "record")
"""What a form that checks drawn records asks."""


def statement_problems(content: Content, statement: Statement, tables: Mapping[str, EventTable]) -> list[Problem]:
    """Names that do not exist: tables, columns, indicators, roles, the procedure of appeals, ledgers."""
    document, problems = content.document(statement), list[Problem]()
    for path, counted in counts_of(statement):
        about_people = [name for name, table in tables.items() if table.about == "person"]
        problems += unknown(content, document, (*path, "table"), counted.table, about_people, "按人记录的表")
        if counted.table in tables:
            problems += unknown(content, document, (*path, "org"), counted.org, tables[counted.table].columns, f"列（表 {counted.table}）")
    for key, column in statement.columns.items():
        for name, item in column.items.items():
            if item.indicator:
                computed = [one for one, indicator in content.indicators.items() if not indicator.reported]
                problems += unknown(content, document, ("columns", key, "items", name, "indicator"), item.indicator, computed, "计算的指标")
    for path, actors in _actors(statement):
        for actor in Actor.read(actors):
            problems += unknown(content, document, path, actor.role, content.roles, "角色")
    for key, move in statement.moves.items():
        if move.post:
            problems += unknown(content, document, ("moves", key, "post", "ledger"), move.post.ledger, content.ledgers, "台账")
    if statement.appeal:
        problems += unknown(content, document, ("appeal", "opens"), statement.appeal.opens, content.procedures, "流程")
    return problems + _checks(content, statement, document)


def _checks(content: Content, statement: Statement, document: Document) -> list[Problem]:
    """Whether what is drawn and the form that is filled in exist, and the form asks what a check is made of."""
    asked = statement.checks
    if asked is None:
        return []
    problems = unknown(content, document, ("checks", "form"), asked.form, content.forms, "表单")
    form = content.forms.get(asked.form)
    for name in CHECK_FIELDS if form else ():
        if form and name not in form.fields:
            message = f"抽查表{form.title}没有字段 {name}"
            problems.append(Problem(document.place(("checks", "form")), "form", message, f"抽查表要有：{'、'.join(CHECK_FIELDS)}。"))
    services = content.value_sets.get(form.fields["service"].set or "") if form and "service" in form.fields else None
    for drawn, service in asked.of.items():
        problems += unknown(content, document, ("checks", "of", drawn), drawn, content.forms, "表单")
        if services:
            problems += unknown(content, document, ("checks", "of", drawn), service, services.codes, "代码")
    return problems


def counts_of(statement: Statement) -> Iterator[tuple[Path_, Counted]]:
    """Everything that counts records, with its place."""
    for key, column in statement.columns.items():
        if column.counts:
            yield ("columns", key, "counts"), column.counts
        for name, item in column.items.items():
            if item.counts:
                yield ("columns", key, "items", name, "counts"), item.counts


def _actors(statement: Statement) -> Iterator[tuple[Path_, str]]:
    yield ("computed_by",), statement.computed_by
    for place, signed in enumerate(statement.signatures.chain):
        yield ("signatures", "chain", place, "by"), signed.by
    for key, move in statement.moves.items():
        if move.by:
            yield ("moves", key, "by"), move.by
    if statement.appeal:
        yield ("appeal", "by"), statement.appeal.by
    if statement.checks:
        yield ("checks", "by"), statement.checks.by
