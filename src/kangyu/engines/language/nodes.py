"""The tree of an expression. Nodes are frozen and equal by meaning, not by place, so that equal sub-expressions are computed once.

Three shapes share these classes: as parsed (names unresolved), as checked (``Ref`` and ``Codes`` in place of names and
value-set keys; windows still there: the oracle reads this one), and as desugared (plain predicates only: the two fast
targets read this one).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

Constant = float | int | str | bool | date | datetime | None


class Type(StrEnum):
    """What a value is. ``NULL`` and ``DURATION`` occur inside expressions only, never as the type of a field."""

    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    LIST = "list"
    DURATION = "duration"
    NULL = "null"


class Scope(StrEnum):
    """Where a name's value comes from."""

    FORM = "this"
    SUBJECT = "it"
    PREVIOUS = "prev"
    ROW = "row"
    CLOCK = "clock"


@dataclass(frozen=True)
class Node:
    """``at`` is the character where the node starts; it does not take part in equality."""

    at: int = field(default=0, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True)
class Literal(Node):
    value: Constant
    type: Type


@dataclass(frozen=True)
class Duration(Node):
    count: int
    unit: str


@dataclass(frozen=True)
class Name(Node):
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Ref(Node):
    """A resolved name: ``Ref(SUBJECT, 'sex')``, ``Ref(ROW, 'on')``, ``Ref(CLOCK, 'period.end')``."""

    scope: Scope
    name: str
    type: Type


@dataclass(frozen=True)
class Negate(Node):
    operand: Node


@dataclass(frozen=True)
class Arithmetic(Node):
    op: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Shift(Node):
    """A date or time moved by a duration; ``duration.count`` may be negative."""

    start: Node
    duration: Duration
    type: Type


@dataclass(frozen=True)
class And(Node):
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Or(Node):
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Not(Node):
    operand: Node


@dataclass(frozen=True)
class Compare(Node):
    op: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Between(Node):
    value: Node
    low: Node
    high: Node


@dataclass(frozen=True)
class IsNull(Node):
    operand: Node


@dataclass(frozen=True)
class IsEmpty(Node):
    operand: Node


@dataclass(frozen=True)
class ValueSet(Node):
    key: str


@dataclass(frozen=True)
class Constants(Node):
    items: tuple[Literal, ...]


@dataclass(frozen=True)
class Codes(Node):
    """A resolved set: exact members and, for codes, prefixes (``C*`` is the prefix ``C``)."""

    exact: frozenset[Any]
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True)
class In(Node):
    value: Node
    members: Node


@dataclass(frozen=True)
class Has(Node):
    """``mode`` is ``any`` (some element is a member) or ``all`` (each member is matched by an element)."""

    value: Node
    mode: str
    members: Node


@dataclass(frozen=True)
class Case(Node):
    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node | None


@dataclass(frozen=True)
class Call(Node):
    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class During(Node):
    span: str


@dataclass(frozen=True)
class Within(Node):
    duration: Duration
    of: Node | None


@dataclass(frozen=True)
class Since(Node):
    bound: Node


@dataclass(frozen=True)
class Before(Node):
    bound: Node


@dataclass(frozen=True)
class ActiveDuring(Node):
    span: str


@dataclass(frozen=True)
class ActiveAt(Node):
    bound: Node


@dataclass(frozen=True)
class Record(Node):
    """A record function. ``own`` marks the table of the form being written: its rows are seen strictly before the row (rule 8)."""

    function: str
    table: str
    column: Node | None
    distinct: bool
    where: Node | None
    windows: tuple[Node, ...] = ()
    own: bool = False


@dataclass(frozen=True)
class Age(Node):
    """``birth`` is filled in by the checker: the row's own birth date in a ``where`` over such a table, else the subject's."""

    unit: str
    when: Node | None
    birth: Node | None = None


@dataclass(frozen=True)
class Elapsed(Node):
    """Whole units from ``start`` to ``end``; no end means today. ``type`` is DATE or DATETIME once checked."""

    unit: str
    start: Node
    end: Node | None
    type: Type = Type.DATE


@dataclass(frozen=True)
class Enrolled(Node):
    programme: str
    windows: tuple[Node, ...]


@dataclass(frozen=True)
class Edge(Node):
    """The first (``side='start'``) or last day of the year, quarter or month that holds ``day``. Only after desugaring."""

    span: str
    side: str
    day: Node


@dataclass(frozen=True)
class Chosen(Node):
    """The keys whose conditions are true, in order: a decision table with ``hit: all``. Only decision tables build it."""

    keys: tuple[str, ...]
    conditions: tuple[Node, ...]


N = TypeVar("N", bound=Node)


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below, in reading order."""
    for item in fields(node):
        yield from _nodes_in(getattr(node, item.name))


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def rebuild(node: N, change: Callable[[Node], Node]) -> N:
    """The same node with each child replaced by ``change(child)``."""
    changed = {}
    for item in fields(node):
        old = getattr(node, item.name)
        new = _mapped(old, change)
        if new is not old:
            changed[item.name] = new
    return replace(node, **changed) if changed else node


def _nodes_in(value: object) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _nodes_in(item)


def _mapped(value: Any, change: Callable[[Node], Node]) -> Any:
    if isinstance(value, Node):
        return change(value)
    if isinstance(value, tuple):
        new = tuple(_mapped(item, change) for item in value)
        return value if all(a is b for a, b in zip(new, value, strict=True)) else new
    return value
