"""Where the cases of an outbreak live: a circle on each village, as large as it has cases, over the outlines of the townships."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from django.utils.safestring import SafeString
from shapely.geometry import shape

from .choropleth import MapArea
from .dots import area_label
from .markup import drawing, element
from .projection import path_of, projection

SMALLEST, STEP, ROOMY = 5.0, 6.0, 7.0
NAMED = 8
"""Up to how many circles are named; more names would stand on each other. From ``ROOMY`` on a circle has room for its number."""


@dataclass(frozen=True)
class Spot:
    """One village (or a township, for those whose village nobody wrote down): where it lies and how many cases live there."""

    name: str
    township: str
    cases: int
    place: tuple[float, float] | None = None
    """Longitude and latitude; without them the circle stands in the middle of the township."""


def gathered(areas: Sequence[MapArea], spots: Sequence[Spot], *, title: str, width: float = 320, height: float = 300) -> SafeString:
    """The map, drawn as near as all circles allow: of cases in one township its neighbours are only hinted at."""
    shapes = {area.code: shape(area.geometry) for area in areas}
    shown = [spot for spot in spots if spot.township in shapes]
    held = {spot.township for spot in shown}
    place = projection([outline for code, outline in shapes.items() if not held or code in held], width, height)
    drawn = [_township(area, shapes[area.code], place, area.code in held) for area in areas]
    circles = [circle for spot in sorted(shown, key=lambda one: -one.cases) for circle in _circle(spot, shapes, place)]
    taken = [_at(spot, shapes, place) for spot in shown]
    names = [area_label(area, shapes[area.code], place, taken) for area in areas] if len(held) != 1 else []
    named = [_name(spot, shapes, place, width) for spot in shown] if len(shown) <= NAMED else []
    return drawing(width, height, *drawn, *names, *circles, *named, title=title, class_="ch map gathered")


def _township(area: MapArea, outline: Any, place: Any, held: bool) -> SafeString:
    words = f"{area.name}　{area.says}" if area.says else area.name
    return element("path", element("title", words), class_="held" if held else "q0", d=path_of(outline, place))


def _at(spot: Spot, shapes: dict[str, Any], place: Any) -> tuple[float, float]:
    if spot.place is not None:
        return place(*spot.place)
    middle = shapes[spot.township].representative_point()
    return place(middle.x, middle.y)


def _radius(cases: int) -> float:
    """The area of a circle grows with its cases."""
    return SMALLEST + STEP * (sqrt(cases) - 1) if cases > 1 else SMALLEST


def _circle(spot: Spot, shapes: dict[str, Any], place: Any) -> list[SafeString]:
    (x, y), radius = _at(spot, shapes, place), _radius(spot.cases)
    found = [element("circle", element("title", f"{spot.name}　{spot.cases} 例"), class_="here", cx=x, cy=y, r=radius)]
    if radius >= ROOMY:
        found.append(element("text", str(spot.cases), class_="inv", x=x, y=y + 4))
    return found


def _name(spot: Spot, shapes: dict[str, Any], place: Any, width: float) -> SafeString:
    """Beside the circle, on the side where there is room."""
    (x, y), radius = _at(spot, shapes, place), _radius(spot.cases)
    words = spot.name if radius >= ROOMY else f"{spot.name} {spot.cases}"
    left = x > width * 0.62
    return element("text", words, class_="of e" if left else "of s", x=x - radius - 4 if left else x + radius + 4, y=y + 4)
