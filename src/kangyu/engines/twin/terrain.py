"""The invented map: a county outline, townships as Voronoi cells within it, villages as points within townships."""

from dataclasses import dataclass

import numpy as np
import orjson
from numpy.typing import NDArray
from scipy.spatial import Voronoi
from shapely import MultiPoint, Polygon, contains_xy
from shapely.geometry.base import BaseGeometry

from . import names
from .apportion import apportion, generator

COUNTY_CODE = "370899"
_CENTRE = (116.5, 35.7)
_RADIUS = 0.22  # degrees of latitude, some 24 km
_FEWEST, _MOST = 8, 16
_PER_VILLAGE = 1250


@dataclass(frozen=True)
class Township:
    """A township: its 9-digit code, its outline and centre, and the numbers of its villages."""

    code: str
    name: str
    outline: Polygon
    villages: tuple[int, ...]
    street: bool

    @property
    def centre(self) -> tuple[float, float]:
        """A point within it: longitude, latitude."""
        point = self.outline.representative_point()
        return point.x, point.y


@dataclass(frozen=True)
class Village:
    """A village or urban community: its 12-digit code and place; ``weight`` is its relative size."""

    number: int
    code: str
    name: str
    township: int
    longitude: float
    latitude: float
    weight: float


@dataclass(frozen=True)
class Terrain:
    """The county's map."""

    outline: Polygon
    townships: tuple[Township, ...]
    villages: tuple[Village, ...]


def survey(residents: int, seed: int) -> Terrain:
    """The map of a county of so many residents: 8–16 townships, villages of about 1,250 people (fewer in a small county)."""
    random = generator(seed, "terrain")
    count = int(np.clip(_FEWEST + residents // 3500, _FEWEST, _MOST))
    villages = max(2 * count, round(residents / _PER_VILLAGE))
    outline = _county_outline(random)
    cells = _cells(outline, count, random)
    sizes = _spread(villages, count, random)
    named = names.village_names(villages, random)
    townships: list[Township] = []
    places: list[Village] = []
    for number, (cell, size) in enumerate(zip(cells, sizes, strict=True)):
        name, within = names.lists()["townships"][number]
        code = f"{COUNTY_CODE}{within:03d}"
        street = within < 100
        first = len(places)
        for order, (x, y) in enumerate(_points_within(cell, int(size), random)):
            title = named[first + order] + ("社区" if street else "村")
            serial = order + (1 if street else 201)
            weight = random.lognormal(0.15 if street else 0.0, 0.2)
            places.append(Village(first + order, f"{code}{serial:03d}", title, number, x, y, weight))
        townships.append(Township(code, name, cell, tuple(range(first, len(places))), street))
    return Terrain(outline, tuple(townships), tuple(places))


def _spread(villages: int, townships: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Villages per township, at least two each."""
    weights = random.uniform(0.7, 1.3, townships)
    return 2 + apportion((villages - 2 * townships) * weights / weights.sum())


def _county_outline(random: np.random.Generator) -> Polygon:
    angles = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    radius = np.ones_like(angles)
    for wave in (2, 3, 5, 7):
        radius += random.normal(0, 0.16 / wave) * np.cos(wave * angles + random.uniform(0, 2 * np.pi))
    stretch = 1 / np.cos(np.radians(_CENTRE[1]))
    x = _CENTRE[0] + _RADIUS * stretch * radius * np.cos(angles)
    y = _CENTRE[1] + _RADIUS * radius * np.sin(angles)
    return Polygon(zip(x, y, strict=True))


def _cells(outline: Polygon, count: int, random: np.random.Generator) -> list[Polygon]:
    """Voronoi cells of spread-out points, clipped to the outline; the first two are those nearest to the centre."""
    seeds = _relaxed(outline, count, random)
    seeds = seeds[np.argsort(np.hypot(seeds[:, 0] - _CENTRE[0], seeds[:, 1] - _CENTRE[1]))]
    return [_largest(cell.intersection(outline).simplify(0.0008)) for cell in _voronoi(seeds)]


def _relaxed(outline: Polygon, count: int, random: np.random.Generator) -> NDArray[np.float64]:
    seeds = np.array(_points_within(outline, count, random))
    for _ in range(4):
        centroids = [_largest(cell.intersection(outline)).centroid for cell in _voronoi(seeds)]
        seeds = np.array([(point.x, point.y) for point in centroids])
    return seeds + random.normal(0, 0.006, seeds.shape)


def _voronoi(seeds: NDArray[np.float64]) -> list[Polygon]:
    """One bounded cell per seed: four far-away points close the outer cells."""
    far = np.array([(-9, 0), (9, 0), (0, -9), (0, 9)]) + np.array(_CENTRE)
    diagram = Voronoi(np.vstack([seeds, far]))
    corners = [diagram.vertices[diagram.regions[diagram.point_region[number]]] for number in range(len(seeds))]
    return [_largest(MultiPoint(points).convex_hull) for points in corners]


def _largest(shape: BaseGeometry) -> Polygon:
    parts = [shape] if isinstance(shape, Polygon) else [part for part in getattr(shape, "geoms", []) if isinstance(part, Polygon)]
    return max(parts, key=lambda part: part.area)


def _points_within(shape: Polygon, count: int, random: np.random.Generator) -> list[tuple[float, float]]:
    west, south, east, north = shape.buffer(-0.004).bounds
    found: list[tuple[float, float]] = []
    inner = shape.buffer(-0.004)
    while len(found) < count:
        x, y = random.uniform(west, east, 4 * count), random.uniform(south, north, 4 * count)
        inside = contains_xy(inner, x, y)
        found += list(zip(x[inside].tolist(), y[inside].tolist(), strict=True))
    return found[:count]


def geojson(shape: Polygon) -> str:
    """The outline as a GeoJSON Polygon, coordinates to about ten metres."""
    ring = [[round(x, 4), round(y, 4)] for x, y in shape.exterior.coords]
    return orjson.dumps({"type": "Polygon", "coordinates": [ring]}).decode()
