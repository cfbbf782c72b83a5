"""Systematic sampling: turning expected numbers and shares into whole numbers without the noise of free draws.

A county of 20,000 has some 150 deaths a year; drawn freely they would scatter the life expectancy by most of a year. Rounding the running
total of the expected numbers instead keeps every partial sum within one of its expectation, which is how a careful sampler would draw.
"""

import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

GOLDEN = 0.6180339887498949


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """The random numbers of one named purpose; streams of different names are independent, whoever draws first."""
    words = [name if isinstance(name, int) else zlib.crc32(name.encode()) for name in names]
    return np.random.default_rng([seed, *words])


def apportion(expected: NDArray[Any], offset: float = 0.5) -> NDArray[np.int64]:
    """Whole numbers of the same shape whose running total stays within one of that of ``expected`` (all at least 0)."""
    running = np.floor(np.cumsum(np.asarray(expected, dtype=float).ravel()) + offset + 1e-9)
    first = np.floor(offset + 1e-9)
    return np.diff(running, prepend=first).astype(np.int64).reshape(np.shape(expected))


def local_offset(seed: int, name: str, place: int) -> float:
    """Where the rounding of one place starts: offsets of successive places fill the unit interval evenly."""
    return float((generator(seed, name).random() + place * GOLDEN) % 1.0)


def chosen_share(scores: NDArray[Any], share: float, offset: float) -> NDArray[np.bool_]:
    """True for the highest-scoring ``share`` of the members; ``offset`` decides how the fraction of a member is rounded."""
    count = int(np.floor(len(scores) * share + offset))
    mask = np.zeros(len(scores), dtype=bool)
    mask[np.argsort(-scores, kind="stable")[:count]] = True
    return mask


def chosen_per_cell(
    cells: NDArray[np.int64], weights: NDArray[Any], quota: NDArray[np.int64], random: np.random.Generator
) -> NDArray[np.bool_]:
    """True for ``quota[cell]`` members of every cell, drawn without replacement with chances by ``weights``."""
    keys = random.exponential(size=len(cells)) / np.maximum(weights, 1e-12)
    order = np.lexsort((keys, cells))
    in_order = cells[order]
    first = np.searchsorted(in_order, in_order, side="left")
    mask = np.zeros(len(cells), dtype=bool)
    mask[order] = (np.arange(len(cells)) - first) < quota[in_order]
    return mask


def village_shares(overall: float, leanings: NDArray[Any], weights: NDArray[Any], spread: float) -> NDArray[np.float64]:
    """Shares that differ between places by ``spread`` (log odds per unit of leaning) and average ``overall`` by ``weights``."""
    if overall <= 0 or overall >= 1:
        return np.full(len(leanings), float(overall))
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        shares = 1 / (1 + np.exp(-(middle + spread * leanings)))
        low, high = (middle, high) if np.average(shares, weights=weights) < overall else (low, middle)
    return shares
