"""Areas coloured by fifths of their rank, with names, words on hover and a link each; the ranked list stands beside it in the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from shapely.geometry import MultiPolygon, Polygon, shape

from .markup import drawing, element
from .projection import path_of, projection

FIFTHS = 5


@dataclass(frozen=True)
class MapArea:
    """One area: its GeoJSON geometry in degrees and what to say of it. ``value`` None is unknown or withheld; ``says`` is then why."""

    code: str
    name: str
    geometry: Mapping[str, Any]
    value: float | None
    says: str
    href: str = ""

    @property
    def label(self) -> str:
        """The name without the word for its kind, as maps write it."""
        for ending in ("街道", "镇", "乡"):
            if self.name.endswith(ending) and len(self.name) > len(ending) + 1:
                return self.name.removesuffix(ending)
        return self.name


def fifths(values: Mapping[str, float]) -> dict[str, int]:
    """1 (lowest) … 5 (highest) by rank; equal values share the class of the lowest of them."""
    ordered = sorted(values.values())
    count = len(ordered)
    return {code: min(FIFTHS, ordered.index(value) * FIFTHS // count + 1) for code, value in values.items()}


def choropleth(
    areas: Sequence[MapArea],
    *,
    title: str,
    width: float = 236,
    height: float = 288,
    selected: str = "",
    figures: bool = False,
    decimals: int = 1,
) -> SafeString:
    """The map. ``figures`` writes values under names, ``selected`` is outlined. Areas without a value are grey and say why on hover."""
    classes = fifths({area.code: area.value for area in areas if area.value is not None})
    shapes = {area.code: shape(area.geometry) for area in areas}
    place = projection(list(shapes.values()), width, height)
    ordered = sorted(areas, key=lambda area: area.code == selected)
    drawn = [_area(area, shapes[area.code], place, classes.get(area.code, 0), area.code == selected) for area in ordered]
    names = [
        text for area in areas for text in _name(area, shapes[area.code], place, classes.get(area.code, 0), decimals if figures else None)
    ]
    linked = {"role": "group"} if any(area.href for area in areas) else {}
    return drawing(width, height, *drawn, *names, title=title, class_="ch map", **linked)


def _area(area: MapArea, geometry: Polygon | MultiPolygon, place, fifth: int, selected: bool) -> SafeString:
    words = f"{area.name}　{area.says}"
    path = element("path", element("title", words), class_=f"q{fifth}" + (" sel" if selected else ""), d=path_of(geometry, place))
    return element("a", path, href=area.href, aria_label=words) if area.href else path


def _name(area: MapArea, geometry: Polygon | MultiPolygon, place, fifth: int, decimals: int | None) -> list[SafeString]:
    middle = geometry.representative_point()
    x, y = place(middle.x, middle.y)
    kind = "inv" if fifth >= 4 else None
    if decimals is None or area.value is None:
        return [element("text", area.label, class_=kind, x=x, y=y + 4)]
    shown = f"{area.value:,.{decimals}f}".replace(",", "\u00a0")
    return [element("text", area.label, class_=kind, x=x, y=y - 2), element("text", shown, class_=kind, x=x, y=y + 12)]


def legend(values: Sequence[float], decimals: int) -> list[tuple[str, str]]:
    """(class, words) of the five steps, from the values themselves: ``59.6—62.4``, ``—66.7`` …"""
    if not values:
        return []
    classes = fifths({str(index): value for index, value in enumerate(values)})
    steps: dict[int, list[float]] = {}
    for index, fifth in classes.items():
        steps.setdefault(fifth, []).append(values[int(index)])
    return [(f"q{fifth}", _range(min(held), max(held), decimals)) for fifth, held in sorted(steps.items())]


def _range(low: float, high: float, decimals: int) -> str:
    first, last = f"{low:,.{decimals}f}", f"{high:,.{decimals}f}"
    return first if first == last else f"{first}—{last}"
