"""In which row each box stands and in which order: the long way from the top, then fewer crossings by weighing neighbours.

Layered drawing after Sugiyama, Tagawa and Toda (1981): rows by longest path, links over several rows cut by a point in each, order
within rows by the mean place of the neighbours, kept when it crosses less.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .graph import Graph

SWEEPS = 24


@dataclass(frozen=True)
class Chain:
    """One link as the boxes and points it passes from the upper box down to the lower; ``link`` is its number in the graph."""

    link: int
    nodes: tuple[str, ...]


@dataclass(frozen=True)
class Rows:
    """``rows`` from the top, each from the left; ``points`` are where links only pass."""

    rows: tuple[tuple[str, ...], ...]
    chains: tuple[Chain, ...]
    points: frozenset[str]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Every step from a row to the next."""
        return [(a, b) for chain in self.chains for a, b in pairwise(chain.nodes)]


def arrange(graph: Graph) -> Rows:
    """Rows and their order. Raises ValueError where links form a circle."""
    ranks = _ranks(graph)
    rows: list[list[str]] = [[] for _ in range(max(ranks.values(), default=-1) + 1)]
    for box in graph.boxes:
        rows[ranks[box.key]].append(box.key)
    chains, points = [], set()
    for number, link in enumerate(graph.links):
        nodes = [link.upper]
        for rank in range(ranks[link.upper] + 1, ranks[link.lower]):
            point = f"·{number}·{rank}"
            rows[rank].append(point)
            points.add(point)
            nodes.append(point)
        chains.append(Chain(number, (*nodes, link.lower)))
    arranged = Rows(tuple(map(tuple, rows)), tuple(chains), frozenset(points))
    return Rows(_untangled(arranged), arranged.chains, arranged.points)


def _ranks(graph: Graph) -> dict[str, int]:
    """The longest way from the top to each box; then boxes that nothing holds up come down to just above what they lead to."""
    order = _topological(graph)
    ranks = dict.fromkeys(order, 0)
    for key in order:
        for link in graph.links:
            if link.upper == key:
                ranks[link.lower] = max(ranks[link.lower], ranks[key] + 1)
    above = {link.lower for link in graph.links}
    for key in order:
        below = [ranks[link.lower] for link in graph.links if link.upper == key]
        if key not in above and below and key != order[0]:
            ranks[key] = min(below) - 1
    return ranks


def _topological(graph: Graph) -> list[str]:
    waiting = {box.key: sum(link.lower == box.key for link in graph.links) for box in graph.boxes}
    ready, done = [key for key, count in waiting.items() if not count], []
    while ready:
        key = ready.pop(0)
        done.append(key)
        for link in graph.links:
            if link.upper == key:
                waiting[link.lower] -= 1
                if not waiting[link.lower]:
                    ready.append(link.lower)
    if len(done) < len(graph.boxes):
        raise ValueError("links form a circle")
    return done


def _untangled(rows: Rows) -> tuple[tuple[str, ...], ...]:
    down: dict[str, list[str]] = {}
    up: dict[str, list[str]] = {}
    for a, b in rows.pairs:
        down.setdefault(a, []).append(b)
        up.setdefault(b, []).append(a)
    now = [list(row) for row in rows.rows]
    best, fewest = [list(row) for row in now], _crossings(now, rows.pairs)
    for sweep in range(SWEEPS):
        places = range(1, len(now)) if sweep % 2 == 0 else range(len(now) - 2, -1, -1)
        for place in places:
            beside = up if sweep % 2 == 0 else down
            other = {key: at for at, key in enumerate(now[place - 1 if sweep % 2 == 0 else place + 1])}
            now[place].sort(key=_weight(beside, other, now[place]))
        found = _crossings(now, rows.pairs)
        if found < fewest:
            best, fewest = [list(row) for row in now], found
    return tuple(map(tuple, best))


def _weight(beside: Mapping[str, Sequence[str]], other: Mapping[str, int], row: Sequence[str]):  # type: ignore[no-untyped-def]
    """The mean place of a node's neighbours; one without neighbours keeps its own."""
    own = {key: at for at, key in enumerate(row)}

    def weight(key: str) -> float:
        places = [other[one] for one in beside.get(key, ())]
        return sum(places) / len(places) if places else own[key]

    return weight


def _crossings(rows: Sequence[Sequence[str]], pairs: Sequence[tuple[str, str]]) -> int:
    at = {key: (rank, place) for rank, row in enumerate(rows) for place, key in enumerate(row)}
    by_rank: dict[int, list[tuple[int, int]]] = {}
    for a, b in pairs:
        by_rank.setdefault(at[a][0], []).append((at[a][1], at[b][1]))
    return sum(
        (one[0] - two[0]) * (one[1] - two[1]) < 0
        for found in by_rank.values()
        for number, one in enumerate(found)
        for two in found[number + 1 :]
    )
