"""A synthetic county: invented people, places and records, whose indicators come out at a plan's figures.

Nothing in it describes a real person or place. The same parameters always give the same bytes.
"""

from .county import generate
from .parameters import DEFAULT_AS_OF, DEFAULT_PLAN, Manifest, TwinParameters

__all__ = ["DEFAULT_AS_OF", "DEFAULT_PLAN", "Manifest", "TwinParameters", "generate"]
