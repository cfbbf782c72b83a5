"""From longitude and latitude to a drawing: where a point falls, and the path of an area's outline; every map stands on it."""

from collections.abc import Iterator
from math import cos, radians

from shapely.geometry import MultiPolygon, Polygon

from .markup import number


def projection(shapes: list[Polygon | MultiPolygon], width: float, height: float):
    """Degrees to pixels, true at the middle latitude, as large as fits with a margin of 3 px, centred."""
    west, south = min(s.bounds[0] for s in shapes), min(s.bounds[1] for s in shapes)
    east, north = max(s.bounds[2] for s in shapes), max(s.bounds[3] for s in shapes)
    shrink = cos(radians((south + north) / 2))
    across, down = max((east - west) * shrink, 1e-9), max(north - south, 1e-9)
    scale = min((width - 6) / across, (height - 6) / down)
    left, top = (width - across * scale) / 2, (height - down * scale) / 2
    return lambda x, y: (left + (x - west) * shrink * scale, top + (north - y) * scale)


def _rings(geometry: Polygon | MultiPolygon) -> Iterator[list[tuple[float, float]]]:
    polygons = geometry.geoms if isinstance(geometry, MultiPolygon) else [geometry]
    for polygon in polygons:
        for ring in (polygon.exterior, *polygon.interiors):
            yield [(point[0], point[1]) for point in ring.coords]


def path_of(geometry: Polygon | MultiPolygon, place) -> str:
    """The path, each point once it differs from the last by half a pixel."""
    parts = []
    for ring in _rings(geometry):
        kept: list[tuple[float, float]] = []
        for point in ring:
            x, y = place(*point)
            if not kept or abs(x - kept[-1][0]) + abs(y - kept[-1][1]) >= 0.5:
                kept.append((x, y))
        parts.append("M" + " ".join(f"{number(x)},{number(y)}" for x, y in kept) + "Z")
    return "".join(parts)
