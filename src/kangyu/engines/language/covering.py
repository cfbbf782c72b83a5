"""What can be said of conditions without running them: that one always holds when another does, that one never holds.

Only where it is certain: conditions on one value against constants, joined by ``and`` and ``or``. Everything else is left open.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import inf

from . import nodes as n
from .desugar import desugar

Bounds = Mapping[str, tuple[float, float]]
"""The least and greatest value a form's field can hold."""


@dataclass(frozen=True)
class Interval:
    """Numbers from ``low`` to ``high``; an open end does not belong."""

    low: float = -inf
    high: float = inf
    low_open: bool = False
    high_open: bool = False

    def holds(self, other: "Interval") -> bool:
        """Whether every number of ``other`` is in this one."""
        below = self.low < other.low or (self.low == other.low and (not self.low_open or other.low_open))
        above = self.high > other.high or (self.high == other.high and (not self.high_open or other.high_open))
        return below and above

    def with_(self, other: "Interval") -> "Interval":
        """What is in both."""
        low, low_open = max((self.low, self.low_open), (other.low, other.low_open))
        high, closed = min((self.high, not self.high_open), (other.high, not other.high_open))
        return Interval(low, high, low_open, not closed)

    @property
    def empty(self) -> bool:
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))


def covers(earlier: n.Node, later: n.Node) -> bool:
    """Whether ``earlier`` certainly holds whenever ``later`` does."""
    return _covers(desugar(earlier), desugar(later))


def _covers(earlier: n.Node, later: n.Node) -> bool:
    if earlier == later:
        return True
    if isinstance(later, n.Or):
        return all(_covers(earlier, item) for item in later.items)
    if isinstance(earlier, n.And):
        return all(_covers(item, later) for item in earlier.items)
    if isinstance(earlier, n.Or) and any(_covers(item, later) for item in earlier.items):
        return True
    if isinstance(later, n.And):
        return any(_covers(earlier, item) for item in later.items) or _covers_together(earlier, later)
    return _wider(earlier, later)


def _covers_together(earlier: n.Node, later: n.And) -> bool:
    """``x >= 140 and x < 160`` is within ``x between 100 and 200`` though neither part is alone."""
    one = _interval(earlier)
    if one is None:
        return False
    both = [found[1] for item in later.items if (found := _interval(item)) and found[0] == one[0]]
    inside = Interval()
    for part in both:
        inside = inside.with_(part)
    return bool(both) and one[1].holds(inside)


def _wider(earlier: n.Node, later: n.Node) -> bool:
    one, two = _interval(earlier), _interval(later)
    if one and two:
        return one[0] == two[0] and one[1].holds(two[1])
    first, second = _choices(earlier), _choices(later)
    return bool(first and second and first[0] == second[0] and first[1] >= second[1])


def never(condition: n.Node, bounds: Bounds | None = None) -> bool:
    """Whether a condition certainly never holds: its parts contradict each other, or a field cannot hold such a value."""
    return _never(desugar(condition), bounds or {})


def _never(node: n.Node, bounds: Bounds) -> bool:
    if isinstance(node, n.Or):
        return all(_never(item, bounds) for item in node.items)
    items = list(_together(node))
    return any(isinstance(item, n.Or) and _never(item, bounds) for item in items) or _contradict(items, bounds)


def _together(node: n.Node) -> Iterator[n.Node]:
    """Everything that must hold at once, brackets aside."""
    if isinstance(node, n.And):
        for item in node.items:
            yield from _together(item)
    else:
        yield node


def _contradict(items: Iterable[n.Node], bounds: Bounds) -> bool:
    intervals: dict[n.Node, Interval] = {}
    choices: dict[n.Node, frozenset[object]] = {}
    for item in items:
        if found := _interval(item):
            of, interval = found
            own = bounds.get(of.name) if isinstance(of, n.Ref) and of.scope is n.Scope.FORM else None
            known = intervals.get(of) or (Interval(*own) if own else Interval())
            intervals[of] = known.with_(interval)
        elif chosen := _choices(item):
            choices[chosen[0]] = choices.get(chosen[0], chosen[1]) & chosen[1]
    return any(one.empty for one in intervals.values()) or any(not one for one in choices.values())


def _interval(node: n.Node) -> tuple[n.Node, Interval] | None:
    """A comparison of one value with a number, as the value and the numbers for which it holds."""
    if not isinstance(node, n.Compare) or not isinstance(node.right, n.Literal) or isinstance(node.right.value, bool):
        return None
    if not isinstance(node.right.value, int | float):
        return None
    bound = float(node.right.value)
    found = {
        "=": Interval(bound, bound),
        ">=": Interval(bound),
        ">": Interval(bound, inf, low_open=True),
        "<=": Interval(-inf, bound),
        "<": Interval(-inf, bound, high_open=True),
    }.get(node.op)
    return (node.left, found) if found else None


def _choices(node: n.Node) -> tuple[n.Node, frozenset[object]] | None:
    """``x = 'a'`` and ``x in ('a', 'b')`` as the value and the texts for which it holds."""
    if isinstance(node, n.Compare) and node.op == "=" and isinstance(node.right, n.Literal) and isinstance(node.right.value, str):
        return node.left, frozenset({node.right.value})
    if isinstance(node, n.In) and isinstance(node.members, n.Codes) and not node.members.prefixes:
        return node.value, node.members.exact
    return None
