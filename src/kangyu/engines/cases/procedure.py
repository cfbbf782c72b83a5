"""A procedure made ready to run: every expression it holds, compiled into one program over the case."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as part_of
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

from kangyu.engines.content import Content
from kangyu.engines.content.kinds import Form, Procedure
from kangyu.engines.content.kinds.action import Action, Actor, Late, Limit, Making, Opening, Posting
from kangyu.engines.content.kinds.definition import DecisionTable, Value
from kangyu.engines.content.kinds.work import Clock, Due, Finding, Move, Part
from kangyu.engines.language import Schema, Type, Typed, check
from kangyu.engines.language.decision import read_table
from kangyu.engines.language.python_target import Program, compile_python
from kangyu.engines.language.subject import Subject
from kangyu.engines.schedules.working import PLAIN, WorkingCalendar, prepare_calendar

from .case import Case, PartCase
from .members import PreparedMembers, prepare_members
from .vocabulary import CASE_TABLES, MEMBERS, Names, derived_in, moves_of, names_of, part_schema
from .wording import Words

WORKING_TIME = "working_time"
HERE = ("it", "parent", "this")
"""What ``about`` and ``relate`` may name instead of an expression: the subject, the case that opened this one, this case."""
Values = Mapping[str, Any]


@dataclass(frozen=True)
class PreparedProcedure:
    """``program`` yields each derived value, ``row.<value>.<row>``, ``when.<move>``, ``needs.<move>``, ``limit.<clock>``,
    ``party.<key>``, ``act.<rule>``, ``same.<n>``, ``due.<key>.<what>``, ``heading`` and what actions need (``do.<path>…``); ``rows`` the
    same of parts with rows. ``reads`` are the subject's tables and columns that any of them looks at, ``clocks`` those written and one
    for each item that is due."""

    procedure: Procedure
    moves: Mapping[str, Move]
    forms: Mapping[str, Form]
    names: Names
    program: Program
    parts: Mapping[str, Program]
    typed: Mapping[str, Typed]
    calendars: Mapping[str, WorkingCalendar]
    roles: Mapping[str, str]
    words: Words
    reads: Mapping[str, frozenset[str]]
    clocks: Mapping[str, Clock] = part_of(default_factory=dict)
    members: PreparedMembers | None = None
    reads_due: bool = False

    def state(self, key: str) -> str:
        """The Chinese name of a state."""
        return self.procedure.states.get(key, key)

    def party(self, key: str) -> str:
        """The Chinese name of a party."""
        return self.procedure.parties[key].title if key in self.procedure.parties else key

    def role(self, key: str) -> str:
        """The Chinese name of a role."""
        return self.roles.get(key, key)

    def actor(self, actor: Actor) -> str:
        """``接收方的转诊台``."""
        return f"{self.party(actor.party)}的{self.role(actor.role)}" if actor.party else self.role(actor.role)

    def calendar(self, key: str | None) -> WorkingCalendar:
        """The calendar a clock counts by."""
        return self.calendars.get(key or WORKING_TIME, PLAIN)

    @cached_property
    def asks_opener(self) -> bool:
        """Whether it matters what kind of institution opened the case."""
        return any(name in ("opener_kind", "opener_upper") for typed in self.typed.values() for name in typed.fields)

    def moves_by_themselves(self, state: str) -> bool:
        """Whether some move leaves a state when a condition comes to hold."""
        return any(move.when is not None and state in move.from_ for move in self.moves.values())


def prepare_procedure(content: Content, procedure: Procedure) -> PreparedProcedure:
    """Compiles a procedure against the content it belongs to. Raises ``ExpressionError`` where an expression does not hold."""
    names = names_of(content, procedure, derived_in(content, procedure))
    typed = dict(expressions(procedure, names))
    parts: dict[str, Program] = {}
    row_typed: dict[str, Typed] = {}
    for key, part in procedure.parts.items():
        own = dict(part_expressions(part, part_schema(names, part.each)))
        parts[key] = compile_python(own)
        row_typed |= {f"part.{key}.{name}": one for name, one in own.items()}
    reads: dict[str, set[str]] = {}
    own_tables = {*names.forms, *CASE_TABLES, MEMBERS}
    for one in (*typed.values(), *row_typed.values()):
        for table, columns in one.columns.items():
            if table not in own_tables:
                reads.setdefault(table, set()).update(columns)
    return PreparedProcedure(
        procedure=procedure,
        moves=MappingProxyType(moves_of(procedure)),
        forms=names.forms,
        names=names,
        program=compile_python(typed),
        parts=MappingProxyType(parts),
        typed=MappingProxyType({**typed, **row_typed}),
        calendars=MappingProxyType({key: prepare_calendar(one) for key, one in content.calendars.items()}),
        roles=MappingProxyType({key: role.title for key, role in content.roles.items()}),
        words=words_of(content, procedure, names),
        reads=MappingProxyType({table: frozenset(columns) for table, columns in reads.items()}),
        clocks=MappingProxyType({**procedure.clocks, **{f"due_{key}": _clock_of(procedure, names, key) for key in procedure.due}}),
        members=prepare_members(content, procedure, names) if procedure.members else None,
        reads_due=any("due" in one.columns for one in typed.values()),
    )


def _clock_of(procedure: Procedure, names: Names, key: str) -> Clock:
    """The clock by which an item that is due is counted: it tells what follows when an occasion is missed."""
    due = procedure.due[key]
    return Clock.model_construct(
        title=due.title or names.forms[due.form].title,
        from_=due.from_ or next(iter(due.while_), ""),
        until=tuple(sorted(procedure.ends)),
        limit=due.every or "1 day",
        source=due.source,
        warn=None,
        calendar=None,
        late=tuple(Late.model_validate(action.model_dump(exclude_unset=True, by_alias=True)) for action in due.missed),
    )


def expressions(procedure: Procedure, names: Names) -> Iterator[tuple[str, Typed]]:
    """Every expression of the case itself, checked, under the name by which the engine asks for it."""
    schema = names.schema
    for key, item in procedure.derive.items():
        if isinstance(item, DecisionTable):
            decision = read_table(item.table, schema, hit=item.hit, unknown=item.unknown, order=item.order, gives=item.points)
            yield key, decision.value
            yield from ((f"row.{key}.{row.key}", row.when) for row in decision.rows)
        else:
            yield key, check(item.gives if isinstance(item, Value) else item, schema)
    for _, name, text, expect in texts(procedure):
        yield name, check(text, schema, expect)


Text = tuple[tuple[str | int, ...], str, str, Type | None]
"""Where an expression stands in the file, the name the engine gives it, the expression, what it must yield."""


def texts(procedure: Procedure) -> Iterator[Text]:
    """Every expression outside ``derive`` and ``parts``."""
    for key, move in moves_of(procedure).items():
        if move.when is not None:
            yield ("moves", key, "when"), f"when.{key}", move.when, Type.BOOLEAN
        if move.needs and not move.needs_reason:
            yield ("moves", key, "needs"), f"needs.{key}", move.needs, Type.BOOLEAN
        yield from _action_texts(("moves", key, "do"), move.do)
    for key, clock in procedure.clocks.items():
        if Limit.read(clock.limit) is None:
            yield ("clocks", key, "limit"), f"limit.{key}", clock.limit, Type.NUMBER
        yield from _action_texts(("clocks", key, "late"), clock.late)
    for key, party in procedure.parties.items():
        if party.is_:
            yield ("parties", key, "is"), f"party.{key}", party.is_, Type.TEXT
    for key, rule in procedure.act.items():
        yield ("act", key, "when"), f"act.{key}", rule.when, Type.BOOLEAN
        yield from _action_texts(("act", key, "do"), rule.do)
    yield from _action_texts(("act", "else"), procedure.otherwise)
    for way, matched in enumerate(procedure.same.ways if procedure.same else ()):
        for place, text in enumerate(matched):
            if text != "it":
                yield ("same", "or", way - 1, place) if way else ("same", "match", place), f"same.{way}.{place}", text, None
    if procedure.same and Limit.read(procedure.same.within) is None:
        yield ("same", "within"), "same.within", procedure.same.within, Type.NUMBER
    for key, column in procedure.columns.items():
        yield ("columns", key, "gives"), f"column.{key}", column.gives, None
    for key, due in procedure.due.items():
        yield from _due_texts(procedure, key, due)
    if procedure.heading:
        yield ("heading",), "heading", procedure.heading, Type.TEXT


def _due_texts(procedure: Procedure, key: str, due: Due) -> Iterator[Text]:
    for name, text, expect in (
        ("when", due.when, Type.BOOLEAN), ("pause", due.pause, Type.BOOLEAN), ("met_by", due.met_by, Type.BOOLEAN),
        ("until", due.until, None), ("by", due.by_, None),
    ):  # fmt: skip
        if text:
            yield ("due", key, name), f"due.{key}.{name}", text, expect
    if due.from_ and due.from_ not in procedure.states:
        yield ("due", key, "from"), f"due.{key}.from", due.from_, None
    yield from _action_texts(("clocks", f"due_{key}", "late"), due.missed)


def action_name(path: tuple[str | int, ...]) -> str:
    """The name under which the values of the action at ``path`` are computed."""
    return "do." + ".".join(str(part) for part in path)


def _action_texts(path: tuple[str | int, ...], actions: tuple[Action, ...]) -> Iterator[Text]:
    for place, action in enumerate(actions):
        here = (*path, place)
        for inner, text, expect in _values_of(action):
            yield (*here, *inner), action_name((*here, *inner)), str(text), expect


def _values_of(action: Action) -> Iterator[tuple[tuple[str, ...], Any, Type | None]]:
    """The expressions within one action, by their place in it."""
    if isinstance(action.post, Posting):
        post = action.post
        amount = getattr(post, post.verb)
        yield from [(("post", post.verb), amount, Type.NUMBER)] if isinstance(amount, str) else []
        for side in ("at", "to"):
            yield from ((("post", side, key), text, None) for key, text in getattr(post, side).items())
        yield from [(("post", "when"), post.when, Type.BOOLEAN)] if post.when else []
    if isinstance(action.open, Opening):
        yield from ((("open", "carry", key), text, None) for key, text in action.open.carry.items())
        yield from [(("open", "about"), action.open.about, Type.TEXT)] if action.open.about not in HERE else []
    if action.make:
        yield from _made(action.make)
    if action.relate:
        for side in ("from_", "to"):
            text = getattr(action.relate, side)
            yield from [(("relate", side.rstrip("_")), text, Type.TEXT)] if text not in HERE else []
        yield from [(("relate", "since"), action.relate.since, None)] if action.relate.since else []


def _made(make: Making) -> Iterator[tuple[tuple[str, ...], Any, Type | None]]:
    yield from [(("make", "when"), make.when, Type.BOOLEAN)] if make.when else []
    if make.condition:
        for name, kind in (("code", Type.TEXT), ("onset", None), ("recorded", None)):
            text = getattr(make.condition, name)
            yield from [(("make", "condition", name), text, kind)] if text else []
    if make.thing:
        for name in ("number", "name"):
            text = getattr(make.thing, name)
            yield from [(("make", "thing", name), text, Type.TEXT)] if text else []
        yield from ((("make", "thing", "values", key), text, None) for key, text in make.thing.values.items())


def part_expressions(part: Part, schema: Schema) -> Iterator[tuple[str, Typed]]:
    """A part's condition and what it takes along; with ``each`` they are about one row."""
    if part.when:
        yield "when", check(part.when, schema, Type.BOOLEAN)
    if isinstance(part.about, Finding):
        yield from ((f"find.{key}", check(str(text), schema)) for key, text in part.about.model_dump(exclude_none=True).items())
    elif part.about not in HERE:
        yield "about", check(part.about, schema, Type.TEXT)
    for key, text in part.carry.items():
        yield f"carry.{key}", check(text, schema)


def words_of(content: Content, procedure: Procedure, names: Names) -> Words:
    """Chinese names of what expressions name, and of the codes they hold."""
    titles: dict[str, str] = {"state": "状态", **{key: party.title for key, party in procedure.parties.items()}}
    codes: dict[str, Mapping[str, str]] = {"state": procedure.states}
    asked = [(name, field) for form in names.forms.values() for name, field in form.fields.items()]
    for name, field in (*procedure.takes.items(), *asked):
        titles[name] = field.title
        found = content.value_sets.get(field.set or "")
        if found:
            codes[name] = {code: content.title_of(field.set, code) for code in found.codes}
        if field.type == "boolean":
            codes[name] = {str(value): field.truth(value) for value in (True, False)}
    for key, item in procedure.derive.items():
        if not isinstance(item, str):
            titles[key] = item.title or key
            if isinstance(item, DecisionTable) and item.set and item.set in content.value_sets:
                codes[key] = {code: content.title_of(item.set, code) for code in content.value_sets[item.set].codes}
    for key, form in names.forms.items():
        titles |= {f"{key}.{name}": field.title for name, field in form.fields.items()}
        codes |= {f"{key}.{name}": codes[name] for name in form.fields if name in codes}
    return Words(MappingProxyType(titles), MappingProxyType(codes))


def seen(prepared: PreparedProcedure, case: Case, now: datetime) -> Subject:
    """The case as expressions see it at a moment: its fields as the form, its own tables beside the subject's."""
    tables = {**case.tables, **_own_tables(prepared, case)}
    return Subject(fields=case.fields, tables=tables, today=now.date(), form=_fields(prepared, case, now))


def values(prepared: PreparedProcedure, case: Case, now: datetime) -> dict[str, Any]:
    """Everything the procedure's expressions say of the case at a moment."""
    said = prepared.program(seen(prepared, case, now))
    if not prepared.reads_due:
        return said
    from .expected import due_rows  # it works out what is due from these very values, and so stands above this module

    with_due = replace(case, tables={**case.tables, "due": due_rows(prepared, case, said, now)})
    return prepared.program(seen(prepared, with_due, now))


def part_values(prepared: PreparedProcedure, key: str, subject: Subject, row: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a part's expressions say, of one row or of the case. ``subject`` comes from ``seen`` with derived values in its form."""
    fields = {f"row.{name}": value for name, value in (row or {}).items()}
    return prepared.parts[key](replace(subject, form={**subject.form, **fields}))


def _fields(prepared: PreparedProcedure, case: Case, now: datetime) -> dict[str, Any]:
    found: dict[str, Any] = dict(case.carried)
    newest = sorted(case.answers, key=lambda form: _answered_at(case, form))
    for form in newest:
        for name, value in case.answers[form].items():
            found[f"{form}.{name}"] = value
            if value is not None or name not in found:
                found[name] = value
    opened, since = case.opened, case.since
    return {
        **found,
        **{key: case.parties.get(key) or None for key in prepared.procedure.parties},
        "state": case.state,
        "opened": opened,
        "since": since,
        "now": now,
        "opened_on": opened.date() if opened else None,
        "since_on": since.date() if since else None,
        "opener": case.opener or None,
        "case_id": case.id,
        "parent_id": case.parent or None,
        "opener_kind": case.opener_kind or None,
        "opener_upper": case.opener_upper or None,
    }


def _answered_at(case: Case, form: str) -> tuple[bool, Any]:
    rows = case.rows.get(form, ())
    last = rows[-1].get("at") if rows else None
    return (last is not None, last or datetime.min)


def _own_tables(prepared: PreparedProcedure, case: Case) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {form: list(case.rows.get(form, ())) for form in prepared.forms}
    for form in prepared.forms:
        for name, value in case.answers.get(form, {}).items():
            if prepared.forms[form].fields.get(name) is not None and prepared.forms[form].fields[name].type == "table":
                found[name] = [{"id": f"{place:04d}", "on": _day(case, form), **row} for place, row in enumerate(value or (), 1)]
    found["steps"] = [
        {
            "id": f"{step.number:06d}", "on": step.at.date(), "at": step.at, "kind": step.kind, "move": step.move, "from_state": step.from_,
            "state": step.to, "by": step.by, "role": step.role, "org": step.org,
        }
        for step in case.steps
    ]  # fmt: skip
    found["parts"] = [_part_row(part) for part in case.parts]
    found["due"] = list(case.tables.get("due", ()))
    return found


def _part_row(part: PartCase) -> dict[str, Any]:
    return {"id": part.id, "on": part.opened.date(), "part": part.part, "state": part.state, "ended": part.ended}


def _day(case: Case, form: str) -> date | None:
    rows = case.rows.get(form, ())
    return rows[-1]["on"] if rows else None
