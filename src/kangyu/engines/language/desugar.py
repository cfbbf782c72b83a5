"""From the checked tree to plain predicates: windows, ages and ``between`` become comparisons that both fast targets share.

The oracle does not use this module; it reads windows itself, otherwise a mistake here would be agreed on by all.
"""

from collections.abc import Callable
from dataclasses import replace

from . import nodes as n
from .nodes import Scope, Type

ON = n.Ref(Scope.ROW, "on", Type.DATE)
TO = n.Ref(Scope.ROW, "to", Type.DATE)
ID = n.Ref(Scope.ROW, "id", Type.TEXT)
TODAY = n.Ref(Scope.CLOCK, "today", Type.DATE)
ROW_ID = n.Ref(Scope.CLOCK, "row_id", Type.TEXT)


def desugar(node: n.Node) -> n.Node:
    """The same meaning in fewer kinds of nodes: no Between, Age, window, nor elapsed time without an end."""
    node = n.rebuild(node, desugar)
    if isinstance(node, n.Between):
        return n.And((n.Compare(">=", node.value, node.low), n.Compare("<=", node.value, node.high)), at=node.at)
    if isinstance(node, n.Age):
        assert node.birth is not None
        return n.Elapsed(node.unit, node.birth, node.when or TODAY, at=node.at)
    if isinstance(node, n.Elapsed) and node.end is None:
        return replace(node, end=TODAY)
    if isinstance(node, n.Record):
        return _record(node)
    return node


def _record(node: n.Record) -> n.Record:
    conditions = _visible(node.own)
    for window in node.windows:
        conditions += _WINDOWS[type(window)](window)
    if isinstance(node.where, n.And):
        conditions += node.where.items
    elif node.where is not None:
        conditions += (node.where,)
    return replace(node, where=n.And(tuple(dict.fromkeys(conditions))), windows=())


def _visible(own: bool) -> tuple[n.Node, ...]:
    """Rules 1 and 8: nothing after today; of the own form only rows before this one in the order (on, id)."""
    if not own:
        return (n.Compare("<=", ON, TODAY),)
    earlier = n.Compare("<", ON, TODAY)
    before_on_the_day = n.And((n.Compare("=", ON, TODAY), n.Or((n.IsNull(ROW_ID), n.Compare("<", ID, ROW_ID)))))
    return (n.Or((earlier, before_on_the_day)),)


def _edges(span: str) -> tuple[n.Node, n.Node]:
    if span == "period":
        return n.Ref(Scope.CLOCK, "period.start", Type.DATE), n.Ref(Scope.CLOCK, "period.end", Type.DATE)
    return n.Edge(span, "start", TODAY), n.Edge(span, "end", TODAY)


def _during(window: n.During) -> tuple[n.Node, ...]:
    start, end = _edges(window.span)
    return n.Compare(">=", ON, start), n.Compare("<=", ON, end)


def _within(window: n.Within) -> tuple[n.Node, ...]:
    end = window.of or TODAY
    start = n.Shift(end, replace(window.duration, count=-window.duration.count), Type.DATE)
    return n.Compare(">", ON, start), n.Compare("<=", ON, end)


def _since(window: n.Since) -> tuple[n.Node, ...]:
    return (n.Compare(">=", ON, window.bound),)


def _before(window: n.Before) -> tuple[n.Node, ...]:
    return (n.Compare("<", ON, window.bound),)


def _overlaps(start: n.Node, end: n.Node) -> tuple[n.Node, ...]:
    """``to`` is the last day, null is open; with a null bound the first comparison already selects nothing (rule 3)."""
    return n.Compare("<=", ON, end), n.Or((n.IsNull(TO), n.Compare(">=", TO, start)))


def _active_during(window: n.ActiveDuring) -> tuple[n.Node, ...]:
    return _overlaps(*_edges(window.span))


def _active_at(window: n.ActiveAt) -> tuple[n.Node, ...]:
    return _overlaps(window.bound, window.bound)


_WINDOWS: dict[type, Callable[..., tuple[n.Node, ...]]] = {
    n.During: _during,
    n.Within: _within,
    n.Since: _since,
    n.Before: _before,
    n.ActiveDuring: _active_during,
    n.ActiveAt: _active_at,
}
