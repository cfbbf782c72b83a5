"""Reading and checking: the two steps before any target runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from . import nodes as n
from .check import resolve
from .checker import WORDS
from .desugar import desugar
from .errors import ExpressionError
from .nodes import Scope, Type
from .parser import Parser
from .schema import Schema
from .units import check_units


@dataclass(frozen=True)
class Expression:
    """A text whose grammar is right; its names are not yet known to exist."""

    text: str
    tree: n.Node

    @property
    def names(self) -> frozenset[str]:
        """Every dotted name as written, columns of tables included."""
        return frozenset(".".join(node.parts) for node in n.walk(self.tree) if isinstance(node, n.Name))


@dataclass(frozen=True)
class Typed:
    """An expression checked against a schema. ``tree`` keeps the windows (the oracle reads it), ``core`` is plain predicates."""

    text: str
    type: Type
    tree: n.Node

    @cached_property
    def core(self) -> n.Node:
        """The desugared tree that the fast targets compile."""
        return desugar(self.tree)

    @cached_property
    def fields(self) -> frozenset[str]:
        """The form's fields read, derived ones included."""
        return self._refs(Scope.FORM)

    @cached_property
    def subject_fields(self) -> frozenset[str]:
        """The subject's fields read."""
        return self._refs(Scope.SUBJECT)

    @cached_property
    def previous(self) -> frozenset[str]:
        """The fields of the previous row read."""
        return self._refs(Scope.PREVIOUS)

    @cached_property
    def columns(self) -> Mapping[str, frozenset[str]]:
        """The tables read and which of their columns, ``id``, ``on`` and ``to`` aside."""
        found: dict[str, set[str]] = {}
        for node in n.walk(self.core):
            if isinstance(node, n.Record):
                refs = (ref for ref in n.walk(node) if isinstance(ref, n.Ref) and ref.scope is Scope.ROW)
                found.setdefault(node.table, set()).update(ref.name for ref in refs if ref.name not in ("id", "on", "to"))
        return {table: frozenset(names) for table, names in found.items()}

    def _refs(self, scope: Scope) -> frozenset[str]:
        return frozenset(node.name for node in n.walk(self.core) if isinstance(node, n.Ref) and node.scope is scope)


@lru_cache(maxsize=8192)
def parse(text: str) -> Expression:
    """The expression ``text`` stands for, read once. Raises ``ExpressionError`` at the character that cannot be read."""
    return Expression(text, Parser(text).read())


def check(expression: Expression | str, schema: Schema, expect: Type | None = None) -> Typed:
    """The expression with every name, type and set known. Raises ``ExpressionError`` where it does not fit the schema or ``expect``."""
    if isinstance(expression, str):
        expression = parse(expression)
    tree, kind = resolve(expression.text, expression.tree, schema)
    if kind is Type.DURATION:
        raise ExpressionError(
            "一段时间不能单独作为结果。", text=expression.text, position=0, remedy="时间要与日期相加减，例如 today - 3 months。"
        )
    check_units(expression.text, tree, schema)
    if expect is not None and kind not in (expect, Type.NULL):
        raise ExpressionError(f"结果要是{WORDS[expect]}，却是{WORDS[kind]}。", text=expression.text, position=0)
    return Typed(expression.text, kind, tree)
