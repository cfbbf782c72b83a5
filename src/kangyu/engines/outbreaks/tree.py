"""Who infected whom: generations from the first cases on, how many each infected, days from onset to onset, and where each is drawn.

Every case has at most one source; a circle or a source that is not among the cases is taken for an error of the record, and the case
stands as if its source were unknown, so that a tree is always drawn and every case stands in it once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median


@dataclass(frozen=True)
class Node:
    """One case. ``generation`` counts from 0, the cases without a known source; ``lane`` is its place across, in order of drawing."""

    id: str
    onset: date | None
    source: str
    generation: int
    infected: tuple[str, ...]
    lane: float


@dataclass(frozen=True)
class Tree:
    """``nodes`` by id in order of lanes; ``lanes`` how many leaves stand side by side; ``dropped`` links that could not stand."""

    nodes: Mapping[str, Node]
    lanes: int
    dropped: tuple[tuple[str, str], ...] = ()

    @property
    def generations(self) -> tuple[int, ...]:
        """How many cases each generation has, among those that are linked to others at all."""
        linked = [node.generation for node in self.nodes.values() if node.source or node.infected]
        return tuple(linked.count(number) for number in range(max(linked, default=-1) + 1))

    @property
    def linked(self) -> int:
        """How many cases have a known source."""
        return sum(bool(node.source) for node in self.nodes.values())

    @property
    def alone(self) -> tuple[str, ...]:
        """Cases that nobody is known to have infected and that infected nobody."""
        return tuple(id for id, node in self.nodes.items() if not node.source and not node.infected)

    @property
    def intervals(self) -> tuple[int, ...]:
        """Serial intervals: days from the source's onset to the case's own, where both are known and the source fell ill no later."""
        pairs = [(self.nodes[node.source].onset, node.onset) for node in self.nodes.values() if node.source]
        return tuple(sorted((own - before).days for before, own in pairs if before and own and own >= before))

    @property
    def serial_interval(self) -> float | None:
        """The median serial interval, days."""
        return float(median(self.intervals)) if self.intervals else None

    @property
    def most_infected(self) -> int:
        """The most that one case infected."""
        return max((len(node.infected) for node in self.nodes.values()), default=0)

    @property
    def reproduction(self) -> float | None:
        """How many those of all generations but the last infected on average; none while nobody is known to have infected anybody."""
        counts = self.generations
        before = sum(counts[:-1])
        return sum(counts[1:]) / before if before and len(counts) > 1 else None


def transmission_tree(onsets: Mapping[str, date | None], edges: Sequence[tuple[str, str]]) -> Tree:
    """The tree over cases (``onsets`` by id) and links (source, case); of two sources of one case the first stands."""
    source, dropped = dict[str, str](), list[tuple[str, str]]()
    for one, other in edges:
        if one not in onsets or other not in onsets or other in source or _leads_back(source, one, other):
            dropped.append((one, other))
        else:
            source[other] = one
    late = date.max
    order = sorted(onsets, key=lambda id: (onsets[id] or late, id))
    infected: dict[str, list[str]] = {id: [] for id in order}
    for id in order:
        if id in source:
            infected[source[id]].append(id)
    placed: dict[str, Node] = {}
    lanes = 0
    roots = [id for id in order if id not in source]
    for root in sorted(roots, key=lambda id: (not infected[id], onsets[id] or late, id)):
        lanes = _place(root, source, infected, onsets, placed, lanes)
    ordered = {id: placed[id] for id in sorted(placed, key=lambda id: (placed[id].lane, placed[id].generation, id))}
    return Tree(ordered, lanes, tuple(dropped))


def _leads_back(source: Mapping[str, str], one: str, other: str) -> bool:
    """Whether the sources of ``one`` lead to ``other``: then ``other`` cannot come from ``one``."""
    at: str | None = one
    while at is not None:
        if at == other:
            return True
        at = source.get(at)
    return False


def _place(
    root: str,
    source: Mapping[str, str],
    infected: Mapping[str, list[str]],
    onsets: Mapping[str, date | None],
    placed: dict[str, Node],
    lanes: int,
) -> int:
    """Place a case and all that come from it, leaves side by side, each source over the middle of those it infected."""
    waiting = [(root, 0, False)]
    while waiting:
        id, generation, done = waiting.pop()
        own = infected[id]
        if own and not done:
            waiting.append((id, generation, True))
            waiting += [(child, generation + 1, False) for child in reversed(own)]
            continue
        if own:
            lane = (placed[own[0]].lane + placed[own[-1]].lane) / 2
        else:
            lane, lanes = float(lanes), lanes + 1
        placed[id] = Node(id, onsets[id], source.get(id, ""), generation, tuple(own), lane)
    return lanes
