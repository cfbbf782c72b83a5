"""Who uses what: every declaration that another one names, by key or in an expression."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kangyu.engines.language import ExpressionError, parse
from kangyu.engines.language import nodes as n

from .kinds import Declaration, Form
from .loader import Content

Key = tuple[str, str]
"""(kind, name) of a declaration; code systems and value sets are ``terminology``."""
NAMED: Mapping[str, str] = {
    "set": "terminology",
    "reasons": "terminology",
    "causes": "terminology",
    "opens": "procedure",
    "procedure": "procedure",
    "ledger": "ledger",
    "standard": "standard",
    "register": "register",
    "things": "register",
    "units": "definition",
    "programme": "programme",
    "calendar": "calendar",
    "indicator": "indicator",
    "about": "register",
    "each": "register",
    "table": "form",
}
ACTORS = ("by", "tell", "to", "kept_by")
FORMS = ("form", "derive_on")


@dataclass(frozen=True)
class References:
    """``uses`` by declaration; ``used_by`` the other way round."""

    uses: Mapping[Key, frozenset[Key]]
    used_by: Mapping[Key, frozenset[Key]]


def references(content: Content) -> References:
    """All references of all declarations, every version of them."""
    uses: dict[Key, set[Key]] = {}
    reader = _Reader(content)
    for kind, name, declaration in declared(content):
        found = uses.setdefault((kind, name), set())
        found |= set(reader.of(name, content.document(declaration).value)) - {(kind, name)}
        if kind in ("programme", "procedure", "register"):
            found |= {("form", form) for form in content.forms if form.startswith(f"{name}_")}
    for group in content.examples:
        uses.setdefault(("examples", group.of), set())
    used_by: dict[Key, set[Key]] = {}
    for user, found in uses.items():
        for one in found:
            used_by.setdefault(one, set()).add(user)
    return References({key: frozenset(one) for key, one in uses.items()}, {key: frozenset(one) for key, one in used_by.items()})


def declared(content: Content) -> Iterator[tuple[str, str, Declaration]]:
    """Every version of every declaration with its kind and name; a terminology's file is one declaration here."""
    for shelf in (
        content.programmes, content.procedures, content.registers, content.ledgers, content.statements, content.signals, content.standards,
        content.forms, content.indicators, content.definitions, content.relations, content.calendars, content.roles, content.plans,
        content.settings, content.tables,
    ):  # fmt: skip
        for name in shelf:
            for declaration in shelf.versions(name):  # type: ignore[attr-defined]
                yield declaration.kind, declaration.name if isinstance(declaration, Form) else declaration.key, declaration


class _Reader:
    def __init__(self, content: Content):
        self.content = content
        self.shelves: Mapping[str, Mapping[str, Any]] = {
            "procedure": content.procedures,
            "ledger": content.ledgers,
            "standard": content.standards,
            "register": content.registers,
            "definition": content.definitions,
            "programme": content.programmes,
            "calendar": content.calendars,
            "indicator": content.indicators,
            "form": content.forms,
        }
        self.tables = {register.name_of_table: ("register", key) for key, register in content.registers.items()}
        self.tables |= {
            name: ("form", form.name)
            for form in content.forms.values()
            for name in (form.name, *(f"{form.name}_{key}" for key in form.tables))
        }
        self.tables |= {name: ("ledger", key) for key in content.ledgers for name in (key, f"{key}_days")}
        self.tables |= {key: ("view", key) for key in content.tables}
        self.observations = {key for key, one in content.definitions.items() if one.observation}

    def of(self, work: str, value: Any, key: str = "") -> Iterator[Key]:
        """Everything named below a value of a document."""
        if isinstance(value, Mapping):
            for name, inner in value.items():
                yield from self.of(work, inner, str(name))
            if isinstance(value.get("becomes"), str):
                yield "definition", value["becomes"].partition(".")[0]
        elif isinstance(value, list):
            for inner in value:
                yield from self.of(work, inner, key)
        elif isinstance(value, str):
            yield from self.named(work, key, value)

    def named(self, work: str, key: str, text: str) -> Iterator[Key]:
        kind = NAMED.get(key)
        if kind == "terminology" or key == "of":
            yield from self.terminology(text)
            yield from [("register", text)] if text in self.content.registers else []
            yield from [("procedure", text)] if text in self.content.procedures else []
        elif kind and text in self.shelves.get(kind, {}):
            yield kind, text
        if key in FORMS or key in ("opens", "closes", "anchor"):
            form = self.content.form_of(work, text)
            yield from [("form", form.name)] if form else []
        if key in ACTORS:
            yield from (("role", role) for part in text.split(" or ") if (role := part.partition(" at ")[0]) in self.content.roles)
        if text in self.tables and key == "table":
            yield self.tables[text]
        if key == "advise":
            yield "terminology", "advice"
        yield from self.expression(text)

    def terminology(self, name: str) -> Iterator[Key]:
        if name in self.content.value_sets or name in self.content.code_systems:
            yield "terminology", name
            of = self.content.value_sets[name].of if name in self.content.value_sets else None
            if of and of != name:
                yield "terminology", of

    def expression(self, text: str) -> Iterator[Key]:
        """What an expression names; other texts name nothing."""
        if "(" not in text and " in " not in text and " has " not in text:
            return
        try:
            tree = parse(text).tree
        except ExpressionError:
            return
        for node in n.walk(tree):
            if isinstance(node, n.Record) and node.table in self.tables:
                yield self.tables[node.table]
            elif isinstance(node, n.ValueSet):
                yield from self.terminology(node.key)
            elif isinstance(node, n.Enrolled):
                yield from (("programme", key) for key, one in self.content.programmes.items() if one.membership == node.programme)
