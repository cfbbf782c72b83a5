"""A sample without replacement, each unit as likely as any other, that can be recomputed with any SHA-256 tool.

Every unit gets the number SHA-256("<seed>/<unit>"); those with the smallest numbers are drawn. Who draws chooses nothing: the seed is
SHA-256 of the task, the moment of drawing and the digest of the list drawn from.
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256


def digest_of_list(units: Iterable[str]) -> str:
    """The SHA-256 of a list whatever its order: its units sorted, a line each (hexadecimal)."""
    return sha256("".join(f"{unit}\n" for unit in sorted(units)).encode()).hexdigest()


def seed_of(task: str, at: datetime, population: str) -> str:
    """The seed of a draw: SHA-256 of ``task``, the moment to the second and the digest of the population, with ``|`` between."""
    return sha256(f"{task}|{at.isoformat(timespec='seconds')}|{population}".encode()).hexdigest()


def draw(units: Iterable[str], *, seed: str, size: int) -> list[str]:
    """``size`` units (all, where there are fewer) in the order in which they were drawn. Raises ``ValueError`` for a negative size."""
    if size < 0:
        raise ValueError("a sample cannot be smaller than nothing")
    return sorted(set(units), key=lambda unit: (sha256(f"{seed}/{unit}".encode()).digest(), unit))[:size]
