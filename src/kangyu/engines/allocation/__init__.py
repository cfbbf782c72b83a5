"""Sharing a sum exactly."""

from .sharing import Allocation, Infeasible, share

__all__ = ["Allocation", "Infeasible", "share"]
