"""The small picture in a table row: what was, and the path to the target."""

from collections.abc import Sequence

from django.utils.safestring import SafeString

from .markup import drawing, element, number, points, status_mark
from .scales import Scale

WIDTH, HEIGHT = 112, 24
LEFT, RIGHT = 4.0, 102.0
MIDDLE, REACH = 12.0, 6.5
TOP, BOTTOM = 3.0, 21.0

Series = Sequence[tuple[float, float]]


def sparkline(actual: Series, path: Series, *, status: str, years: tuple[float, float]) -> SafeString:
    """``actual`` and ``path`` are (year, value) in order of time; ``years`` are the first and last on the axis.

    The scale is the target's: from the path's start to its end is the same height in every row, so that slopes compare. What goes beyond
    is cut at the edge.
    """
    along = Scale(*years, LEFT, RIGHT)
    up = _vertical(actual, path)
    parts = []
    if path:
        parts.append(element("polyline", class_="target", points=points([(along(x), _held(up(y))) for x, y in path])))
        end = _held(up(path[-1][1]))
        parts.append(element("path", class_="goal-end", d=f"M{number(RIGHT + 3)},{number(end - 3)}v6"))
    shown = [(along(x), _held(up(y))) for x, y in actual]
    if len(shown) > 1:
        parts.append(element("polyline", class_="line", points=points(shown)))
    if shown:
        parts.append(status_mark(status, *shown[-1]))
    return drawing(WIDTH, HEIGHT, *parts, class_="ch spark")


def _held(y: float) -> float:
    return min(BOTTOM, max(TOP, y))


def _vertical(actual: Series, path: Series) -> Scale:
    """The path's two ends 13 px apart, the way they go; a flat or missing path lies in the middle, and the values spread round it."""
    first, last = (path[0][1], path[-1][1]) if path else (None, None)
    if first is not None and last is not None and first != last:
        low, high = min(first, last), max(first, last)
        return Scale(low, high, MIDDLE + REACH, MIDDLE - REACH)
    centre = last if last is not None else (actual[-1][1] if actual else 0.0)
    spread = max((abs(value - centre) for _, value in actual), default=0.0) or 1.0
    return Scale(centre - spread, centre + spread, MIDDLE + REACH, MIDDLE - REACH)
