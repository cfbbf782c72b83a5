"""Where everything stands: heights by row, places across by pulling each node to its neighbours without letting any two touch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .graph import Graph, Link
from .rows import Rows, arrange

GAP_X, GAP_Y, MARGIN = 18.0, 30.0, 8.0
POINT_WIDTH = 6.0
PULLS = 40
HEAVY, LIGHT = 6.0, 1.0
"""How hard a passing point and a box are pulled to their neighbours: long lines should be straight."""


@dataclass(frozen=True)
class Rect:
    """A box in its place."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True)
class Curve:
    """One link as it runs, from its upper end to its lower: the points it passes, each with the height it enters and leaves at."""

    link: Link
    stops: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class Placed:
    """A graph in its places; ``width`` and ``height`` are the drawing's."""

    graph: Graph
    rects: Mapping[str, Rect]
    curves: tuple[Curve, ...]
    width: float
    height: float


def place(graph: Graph) -> Placed:
    """Places everything. Boxes never touch, and a line runs only between rows or straight through its own gap in a row."""
    rows = arrange(graph)
    widths = {box.key: box.width for box in graph.boxes} | dict.fromkeys(rows.points, POINT_WIDTH)
    across = _across(rows, widths)
    left = min((across[key] - widths[key] / 2 for key in across), default=0.0) - MARGIN
    heights = {box.key: box.height for box in graph.boxes}
    rects: dict[str, Rect] = {}
    bands: dict[str, tuple[float, float]] = {}
    y = MARGIN
    for row in rows.rows:
        tall = max((heights.get(key, 0.0) for key in row), default=0.0)
        for key in row:
            bands[key] = (y, y + tall)
            if key in heights:
                height = heights[key]
                rects[key] = Rect(across[key] - widths[key] / 2 - left, y + (tall - height) / 2, widths[key], height)
        y += tall + GAP_Y
    right = max((across[key] + widths[key] / 2 for key in across), default=0.0) - left + MARGIN
    middles = {key: x - left for key, x in across.items()}
    return Placed(graph, rects, _curves(graph, rows, rects, bands, middles), right, y - GAP_Y + MARGIN)


def _across(rows: Rows, widths: Mapping[str, float]) -> dict[str, float]:
    """The middle of every node."""
    beside: dict[str, list[str]] = {}
    for a, b in rows.pairs:
        beside.setdefault(a, []).append(b)
        beside.setdefault(b, []).append(a)
    x: dict[str, float] = {}
    for row in rows.rows:
        at = -sum(widths[key] + GAP_X for key in row) / 2
        for key in row:
            x[key] = at + widths[key] / 2
            at += widths[key] + GAP_X
    for pull in range(PULLS):
        order = rows.rows if pull % 2 == 0 else rows.rows[::-1]
        for row in order:
            wanted = [_mean([x[one] for one in beside.get(key, ())], x[key]) for key in row]
            weights = [HEAVY if key in rows.points else LIGHT * max(1, len(beside.get(key, ()))) for key in row]
            x.update(zip(row, spread(wanted, weights, [widths[key] for key in row]), strict=True))
    return x


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def spread(wanted: Sequence[float], weights: Sequence[float], widths: Sequence[float]) -> list[float]:
    """Middles as near to those wanted as can be (least squares) while the nodes keep their order and a gap between them.

    Pool adjacent violators: what would overlap becomes one block that stands at its members' weighted mean.
    """
    offsets = [0.0]
    for left, right in pairwise(widths):
        offsets.append(offsets[-1] + (left + right) / 2 + GAP_X)
    blocks: list[tuple[float, float, int]] = []
    for want, weight, offset in zip(wanted, weights, offsets, strict=True):
        mean, total, count = want - offset, weight, 1
        while blocks and blocks[-1][0] > mean:
            before, heavy, many = blocks.pop()
            mean = (before * heavy + mean * total) / (heavy + total)
            total, count = heavy + total, many + count
        blocks.append((mean, total, count))
    placed = [mean for mean, _, count in blocks for _ in range(count)]
    return [mean + offset for mean, offset in zip(placed, offsets, strict=True)]


def _curves(
    graph: Graph,
    rows: Rows,
    rects: Mapping[str, Rect],
    bands: Mapping[str, tuple[float, float]],
    middles: Mapping[str, float],
) -> tuple[Curve, ...]:
    """Links leave and enter side by side along a box's edge, in the order of where they lead."""
    leaving: dict[str, list[tuple[float, int]]] = {}
    entering: dict[str, list[tuple[float, int]]] = {}
    for chain in rows.chains:
        leaving.setdefault(chain.nodes[0], []).append((middles[chain.nodes[1]], chain.link))
        entering.setdefault(chain.nodes[-1], []).append((middles[chain.nodes[-2]], chain.link))
    found = []
    for chain in rows.chains:
        top, foot = chain.nodes[0], chain.nodes[-1]
        first = (_port(rects[top], leaving[top], chain.link), rects[top].y + rects[top].height)
        last = (_port(rects[foot], entering[foot], chain.link), rects[foot].y)
        passing = [(middles[key], *bands[key]) for key in chain.nodes[1:-1]]
        # Within its own row a box may be lower than the row: the line runs straight down to the row's edge before it bends.
        stops = [(first[0], first[1], bands[top][1]), *passing, (last[0], bands[foot][0], last[1])]
        found.append(Curve(graph.links[chain.link], tuple(stops)))
    return tuple(found)


def _port(rect: Rect, links: Sequence[tuple[float, int]], link: int) -> float:
    """Where on an edge a link begins or ends."""
    order = [number for _, number in sorted(links)]
    step = min(16.0, (rect.width - 20.0) / max(1, len(order) - 1)) if len(order) > 1 else 0.0
    return rect.middle + (order.index(link) - (len(order) - 1) / 2) * step
