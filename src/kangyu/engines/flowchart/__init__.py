"""Drawings of flows: boxes in rows, curves between the rows, so that no line ever crosses a box.

placed = place(Graph(boxes, links));  svg(placed, title) -> str
"""

from .graph import Box, Graph, Line, Link
from .placing import Placed, place
from .svg import svg

__all__ = ["Box", "Graph", "Line", "Link", "Placed", "place", "svg"]
