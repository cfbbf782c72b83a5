"""Declarations: the models of the kinds, the loader, the checker and the matching of plan rows to indicators."""

from .loader import Content, Shelf, load

__all__ = ["Content", "Shelf", "load"]
