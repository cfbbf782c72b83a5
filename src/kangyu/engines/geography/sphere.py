"""Great-circle distance: the haversine formula on a sphere of the earth's mean radius."""

from math import asin, cos, radians, sin, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

EARTH_KM = 6371.0088
"""Mean radius of the earth (IUGG), in kilometres."""


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """The distance between two points (longitude, latitude, degrees), in km: ``2R·asin√(sin²(Δφ/2)+cosφ₁cosφ₂sin²(Δλ/2))``."""
    (lon1, lat1), (lon2, lat2) = a, b
    half = sin(radians(lat2 - lat1) / 2) ** 2 + cos(radians(lat1)) * cos(radians(lat2)) * sin(radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(min(1.0, half)))


def matrix_km(points: ArrayLike, others: ArrayLike) -> NDArray[np.float64]:
    """All distances at once: rows are ``points``, columns ``others``, each (n, 2) of longitude and latitude in degrees; km."""
    one, two = np.radians(np.asarray(points, dtype=float).reshape(-1, 2)), np.radians(np.asarray(others, dtype=float).reshape(-1, 2))
    lon = (two[None, :, 0] - one[:, None, 0]) / 2
    lat = (two[None, :, 1] - one[:, None, 1]) / 2
    half = np.sin(lat) ** 2 + np.cos(one[:, None, 1]) * np.cos(two[None, :, 1]) * np.sin(lon) ** 2
    return 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
