"""Distances on the earth and how much of a population lies within reach of something. Coordinates are CGCS2000 (taken as WGS 84)."""

from .reach import Covered, Place, coverage, nearest
from .sphere import EARTH_KM, kilometres, matrix_km

__all__ = ["EARTH_KM", "Covered", "Place", "coverage", "kilometres", "matrix_km", "nearest"]
