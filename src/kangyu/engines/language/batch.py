"""The order in which expressions that use one another are computed.

Record functions run in passes over the event tables. An expression whose ``where`` or window needs another one that itself needs
the tables must wait for the next pass; everything else shares one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kangyu.kernel.errors import UserError

from . import nodes as n
from .expression import Typed
from .nodes import Scope


@dataclass(frozen=True)
class Stage:
    """``names`` in an order in which each may use those before it; ``records`` are the record functions they need."""

    names: tuple[str, ...]
    records: tuple[n.Record, ...]


def stages(expressions: Mapping[str, Typed]) -> list[Stage]:
    """The passes: first what needs no table, then one for each depth of tables on tables. Raises ``UserError`` on a circle."""
    levels: dict[str, int] = {}
    for name in expressions:
        _level(name, expressions, levels, ())
    found = []
    for level in sorted(set(levels.values())):
        names = tuple(name for name, own in levels.items() if own == level)
        records = dict.fromkeys(node for name in names for node in n.walk(expressions[name].core) if isinstance(node, n.Record))
        found.append(Stage(names, tuple(records)))
    return found


def _level(name: str, expressions: Mapping[str, Typed], levels: dict[str, int], path: tuple[str, ...]) -> int:
    if name in path:
        circle = " → ".join((*path[path.index(name) :], name))
        raise UserError(f"几个表达式互相引用，成了圈：{circle}。请去掉其中一处引用。")
    if name not in levels:
        level = 0
        for used, inside in _uses(expressions[name].core):
            if inside:
                level = max(level, 1)
            if used in expressions:
                below = _level(used, expressions, levels, (*path, name))
                level = max(level, below + inside)
        levels[name] = level
    return levels[name]


def _uses(node: n.Node, inside: bool = False) -> Iterator[tuple[str, bool]]:
    """Names of the form read, with whether they are read inside a record function; such a function itself yields an empty name."""
    if isinstance(node, n.Record):
        inside = True
        yield "", True
    if isinstance(node, n.Ref) and node.scope is Scope.FORM:
        yield node.name, inside
    for child in n.children(node):
        yield from _uses(child, inside)
