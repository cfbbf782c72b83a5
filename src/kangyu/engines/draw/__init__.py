"""Drawing lots that anybody can draw again: the seed is fixed by what was published, the order by SHA-256."""

from .lot import digest_of_list, draw, seed_of

__all__ = ["digest_of_list", "draw", "seed_of"]
