"""Things on the map: the townships as outlines (or coloured by how they stand), each thing a mark with its name and a link."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils.safestring import SafeString
from shapely.geometry import shape

from .choropleth import MapArea
from .markup import drawing, element, status_mark
from .projection import path_of, projection

STATES = {"ok": "map-ok", "warn": "map-warn", "bad": "map-bad", "none": "q0"}


@dataclass(frozen=True)
class Dot:
    """One thing: where it is, how it stands (``plain`` where nothing is said of it), what hovering says, where it leads."""

    longitude: float
    latitude: float
    status: str
    says: str
    href: str = ""


def dots(
    areas: Sequence[MapArea],
    things: Sequence[Dot],
    *,
    title: str,
    states: dict[str, str] | None = None,
    width: float = 320,
    height: float = 290,
) -> SafeString:
    """The map. ``states`` gives an area's status by its code; areas without one stay in the ground's grey."""
    shapes = {area.code: shape(area.geometry) for area in areas}
    place = projection(list(shapes.values()), width, height)
    known = states or {}
    drawn = []
    for area in areas:
        words = f"{area.name}　{area.says}" if area.says else area.name
        kind = STATES.get(known.get(area.code, ""), "q0")
        path = element("path", element("title", words), class_=kind, d=path_of(shapes[area.code], place))
        drawn.append(element("a", path, href=area.href, aria_label=words) if area.href else path)
    spots = _apart([place(one.longitude, one.latitude) for one in things])
    names = [area_label(area, shapes[area.code], place, spots) for area in areas]
    marks = [_mark(one, *spot) for one, spot in zip(things, spots, strict=True)]
    return drawing(width, height, *drawn, *names, *marks, title=title, class_="ch map dots", role="group")


def area_label(area: MapArea, outline: Any, place: Any, spots: Sequence[tuple[float, float]]) -> SafeString:
    """The area's name near its middle, where fewest marks lie."""
    middle = outline.representative_point()
    x, y = place(middle.x, middle.y)
    heights = (y + 4, y + 20, y - 12)
    return element("text", area.label, x=x, y=min(heights, key=lambda at: sum(abs(x - a) < 22 and abs(at - 4 - b) < 11 for a, b in spots)))


def _mark(one: Dot, x: float, y: float) -> SafeString:
    mark = element("g", element("title", one.says), status_mark(one.status, x, y, 4.2), class_="dot-mark")
    return element("a", mark, href=one.href, aria_label=one.says) if one.href else mark


def _apart(spots: list[tuple[float, float]], least: float = 7.0) -> list[tuple[float, float]]:
    """Marks that would lie on one another are moved aside a little, so that each can be seen and hit."""
    order = sorted(range(len(spots)), key=lambda at: (spots[at][1], spots[at][0]))
    moved = list(spots)
    for _ in range(3):
        for one, other in pairwise(order):
            (x1, y1), (x2, y2) = moved[one], moved[other]
            if abs(x1 - x2) < least and abs(y1 - y2) < least:
                moved[other] = (x2 + least * 0.7, y2 + least * 0.4)
    return moved
