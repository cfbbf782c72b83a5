"""What expressions of a procedure may speak of: the case itself, the answers of its forms, its own tables, and its subject."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from types import MappingProxyType

from kangyu.engines.content import Content
from kangyu.engines.content.checker import derived_types, visit_table
from kangyu.engines.content.kinds import Form, Procedure
from kangyu.engines.content.kinds.definition import DecisionTable, Value
from kangyu.engines.content.kinds.work import START, Move
from kangyu.engines.content.vocabulary import EventTable, event_tables, field_types, schema_for, types_of
from kangyu.engines.language import ExpressionError, Schema, Table, Type, check

TEXT, DATE, DATETIME, BOOLEAN, NUMBER = Type.TEXT, Type.DATE, Type.DATETIME, Type.BOOLEAN, Type.NUMBER
CASE_FIELDS: Mapping[str, Type] = MappingProxyType(
    {"state": TEXT, "opened": DATETIME, "since": DATETIME, "now": DATETIME, "opened_on": DATE, "since_on": DATE, "opener": TEXT,
     "opener_kind": TEXT, "opener_upper": TEXT, "case_id": TEXT, "parent_id": TEXT}
)  # fmt: skip
"""Names every case has; ``now`` is the moment of the look, ``opener`` the institution that opened it, of a kind, under ``opener_upper``."""
CASE_TABLES: Mapping[str, Mapping[str, Type]] = MappingProxyType(
    {
        "steps": {"kind": TEXT, "move": TEXT, "from_state": TEXT, "state": TEXT, "at": DATETIME, "by": TEXT, "role": TEXT, "org": TEXT},
        "parts": {"part": TEXT, "state": TEXT, "ended": BOOLEAN},
        "due": {"item": TEXT, "status": TEXT, "deadline": DATETIME},
    }
)
MEMBERS = "members"
"""The table of the cases gathered under one."""
CONTACT = "contact"
"""About a person, or about somebody who is not among the residents (a FHIR RelatedPerson)."""
MORE_OF_SUBJECTS: Mapping[str, Mapping[str, Type]] = MappingProxyType(
    {
        **{
            kind: {"name": TEXT, "phone": TEXT, "org": TEXT, "area": TEXT, "township": TEXT, "county": TEXT} for kind in ("person", CONTACT)
        },
        "institution": {"id": TEXT, "area": TEXT},
        "group": {"id": TEXT, "area": TEXT},
    }
)
"""What a case knows of its subject besides what every rule knows: whose resident, where."""
AMEND = "amend"


@dataclass(frozen=True)
class Names:
    """The schema of a procedure, its forms by the keys it uses, and which forms answer each bare name."""

    schema: Schema
    forms: Mapping[str, Form]
    bare: Mapping[str, tuple[str, ...]]
    clashing: tuple[str, ...]


def moves_of(procedure: Procedure) -> dict[str, Move]:
    """Every move: as written, of the reviews, and the correction under the key ``amend``."""
    moves = dict(procedure.all_moves())
    if procedure.amend:
        amend = procedure.amend
        written = {"title": amend.title, "from": list(amend.from_), "to": amend.then, "by": [" or ".join(amend.by)], "form": amend.form}
        moves[AMEND] = Move.model_validate({**written, "aside": True})
    return moves


def form_keys(procedure: Procedure) -> Iterator[str]:
    """The forms a procedure asks, in the order of its moves."""
    yield from (move.form for move in moves_of(procedure).values() if move.form)
    if procedure.derive_on:
        yield procedure.derive_on


def names_of(content: Content, procedure: Procedure, derived: Mapping[str, Type] | None = None) -> Names:
    """What this procedure's expressions may name. A bare name that two forms give different types is left out (``clashing``)."""
    forms = {key: form for key in dict.fromkeys(form_keys(procedure)) if (form := content.form_of(procedure.key, key))}
    fields: dict[str, Type] = dict(types_of(procedure.takes))
    bare: dict[str, tuple[str, ...]] = dict.fromkeys(fields, ())
    clashing: list[str] = []
    for key, form in forms.items():
        for name, kind in field_types(form).items():
            fields[f"{key}.{name}"] = kind
            bare[name] = (*bare.get(name, ()), key)
            if fields.setdefault(name, kind) is not kind:
                clashing.append(name)
    for name in clashing:
        fields.pop(name, None)
    parties = dict.fromkeys(procedure.parties, TEXT)
    schema = _schema(content, procedure, forms, {**fields, **parties, **CASE_FIELDS, **(derived or {})})
    return Names(schema, MappingProxyType(forms), MappingProxyType(bare), tuple(dict.fromkeys(clashing)))


def _schema(content: Content, procedure: Procedure, forms: Mapping[str, Form], fields: Mapping[str, Type]) -> Schema:
    tables = content.once("tables_of_cases", lambda: _tables(content))
    base = schema_for(content, "person" if procedure.about == CONTACT else procedure.about, tables)
    own = {name: Table(name, columns) for name, columns in CASE_TABLES.items()}
    for key, form in forms.items():
        own[key] = Table(key, {**field_types(form), "at": DATETIME})
        own |= {name: Table(name, types_of(field.fields)) for name, field in form.fields.items() if field.type == "table"}
    if procedure.members and procedure.members.of in content.procedures:
        own[MEMBERS] = Table(MEMBERS, {**member_columns(content, procedure), "state": TEXT})
    states = frozenset((START, *procedure.states))
    choices = {**base.choices, "state": states, "steps.state": states, "steps.from_state": states}
    choices |= {f"{MEMBERS}.{key}": codes for key, codes in member_choices(content, procedure).items()}
    for key, form in forms.items():
        for name in form.fields:
            coded = base.choices.get(f"{form.name}.{name}") or _codes(content, form, name)
            if coded:
                choices |= {name: coded, f"{key}.{name}": coded}
    for key, item in procedure.derive.items():
        if isinstance(item, DecisionTable) and item.hit in ("first", "highest") and key in fields:
            choices |= {key: frozenset(item.table)}
    subject = {**base.subject, **MORE_OF_SUBJECTS.get(procedure.about, {}), **thing_fields(content, procedure.about)}
    settings = {key: value for key, value in base.settings.items() if key not in fields}
    tables_there = {**base.tables, **own}
    return replace(base, subject=subject, tables=tables_there, fields=fields, previous={}, choices=choices, settings=settings, own=None)


def _tables(content: Content) -> dict[str, EventTable]:
    types, _ = derived_types(content)
    return event_tables(content, {visit_table(content, key): found for key, found in types.items()})


def _codes(content: Content, form: Form, name: str) -> frozenset[str]:
    field = form.fields[name]
    return frozenset(content.value_sets[field.set].codes) if field.set and field.set in content.value_sets else frozenset()


def thing_fields(content: Content, about: str) -> dict[str, Type]:
    """The fields of a register's things, with their state; nothing for other subjects."""
    register = content.registers.get(about)
    return {**types_of(register.fields), "state": TEXT, "org": TEXT, "area": TEXT} if register else {}


def derived_in(content: Content, procedure: Procedure) -> dict[str, Type]:
    """The type of each derived value, each of which may use those before it."""
    if content.procedures.get(procedure.key) is not procedure:
        return _derived_in(content, procedure)
    return dict(content.once(f"derived in {procedure.key}", lambda: _derived_in(content, procedure)))


def _derived_in(content: Content, procedure: Procedure) -> dict[str, Type]:
    found: dict[str, Type] = {}
    for key, item in procedure.derive.items():
        schema = names_of(content, procedure, found).schema
        if isinstance(item, DecisionTable):
            found[key] = {"all": Type.LIST, "sum": Type.NUMBER}.get(item.hit, Type.TEXT)
        else:
            found[key] = check(item.gives if isinstance(item, Value) else item, schema).type
    return found


def member_names(content: Content, of: str) -> Names:
    """The names of the procedure whose cases are members, with its derived values."""
    member = content.procedures[of]
    return names_of(content, member, derived_in(content, member))


def member_columns(content: Content, procedure: Procedure) -> dict[str, Type]:
    """The types of the columns of ``members``; one that cannot be read is left to the checker."""
    members, found = procedure.members, dict[str, Type]()
    if members is None:
        return found
    schema = member_names(content, members.of).schema
    for key, text in members.texts.items():
        with suppress(ExpressionError):
            found[key] = check(text, schema).type
    return found


def member_choices(content: Content, procedure: Procedure) -> dict[str, frozenset[str]]:
    """The only codes that columns of ``members`` can hold, where one is a coded answer as it stands."""
    members = procedure.members
    if members is None or members.of not in content.procedures:
        return {}
    known = names_of(content, content.procedures[members.of]).schema.choices
    return {key: known[text] for key, text in members.texts.items() if text in known}


def part_schema(names: Names, each: str | None) -> Schema:
    """What a part's expressions may name: all that the case's may, and with ``each`` the columns of the row as ``row.<column>``."""
    if not each:
        return names.schema
    form, _, field = each.partition(".")
    asked = names.forms[form].fields.get(field) if form in names.forms else None
    columns = types_of(asked.fields) if asked else {}
    return replace(names.schema, fields={**names.schema.fields, **{f"row.{key}": kind for key, kind in columns.items()}})
