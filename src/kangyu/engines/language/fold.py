"""Working out, before a population is compiled, what is already known: today, the period, and what follows from them."""

from collections.abc import Mapping

from . import calendar
from . import nodes as n
from .nodes import Scope, Type


def fold(node: n.Node, known: Mapping[str, n.Literal]) -> n.Node:
    """The same meaning with clock names in ``known`` as literals, dates computed and settled conditions left out."""
    if isinstance(node, n.Ref):
        return known.get(node.name, node) if node.scope is Scope.CLOCK else node
    node = n.rebuild(node, lambda child: fold(child, known))
    if isinstance(node, n.Shift | n.Edge | n.Elapsed):
        return _date(node)
    if isinstance(node, n.IsNull) and isinstance(node.operand, n.Literal):
        return n.Literal(node.operand.value is None, Type.BOOLEAN, at=node.at)
    if isinstance(node, n.And | n.Or):
        return _joined(node)
    if isinstance(node, n.Record):
        assert node.where is not None
        items = node.where.items if isinstance(node.where, n.And) else (node.where,)
        return n.rebuild(node, lambda child: n.And(items) if child is node.where else child)
    return node


def _date(node: n.Shift | n.Edge | n.Elapsed) -> n.Node:
    if isinstance(node, n.Elapsed):
        start, end = node.start, node.end
        if not (isinstance(start, n.Literal) and isinstance(end, n.Literal)):
            return node
        missing = start.value is None or end.value is None
        return n.Literal(None if missing else calendar.elapsed(node.unit, start.value, end.value), Type.NUMBER, at=node.at)  # type: ignore[arg-type]
    source = node.start if isinstance(node, n.Shift) else node.day
    if not isinstance(source, n.Literal):
        return node
    kind = node.type if isinstance(node, n.Shift) else Type.DATE
    if source.value is None:
        return n.Literal(None, kind, at=node.at)
    if isinstance(node, n.Shift):
        return n.Literal(calendar.shift(source.value, node.duration.count, node.duration.unit), kind, at=node.at)  # type: ignore[arg-type]
    return n.Literal(calendar.edge(node.span, node.side, source.value), kind, at=node.at)  # type: ignore[arg-type]


def _joined(node: n.And | n.Or) -> n.Node:
    settles = isinstance(node, n.Or)
    items = tuple(item for item in node.items if item != n.Literal(not settles, Type.BOOLEAN))
    if n.Literal(settles, Type.BOOLEAN) in items:
        return n.Literal(settles, Type.BOOLEAN, at=node.at)
    if not items:
        return n.Literal(not settles, Type.BOOLEAN, at=node.at)
    return items[0] if len(items) == 1 else type(node)(items, at=node.at)
