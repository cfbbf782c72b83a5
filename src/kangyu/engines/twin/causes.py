"""Underlying causes of death (ICD-10)."""

import numpy as np
from numpy.typing import NDArray

from .days import age_years
from .people import People, Whole

_CHRONIC = {
    "middle": (
        ("I63.9", 15),
        ("I61.9", 14),
        ("I21.9", 16),
        ("I25.1", 8),
        ("C34.9", 15),
        ("C22.9", 9),
        ("C16.9", 7),
        ("C15.9", 5),
        ("C18.9", 5),
        ("E11.9", 3),
        ("J44.9", 3),
    ),
    "old": (
        ("I25.1", 22),
        ("I63.9", 20),
        ("I21.9", 14),
        ("I61.9", 9),
        ("C34.9", 9),
        ("C16.9", 4),
        ("C22.9", 3),
        ("C15.9", 3),
        ("J44.9", 11),
        ("E11.9", 4),
        ("I11.9", 4),
    ),
}
_OTHER = {
    "infant": (("P07.3", 25), ("P21.9", 22), ("P22.0", 15), ("Q24.9", 22), ("J18.9", 8), ("Q89.9", 8)),
    "young": (("V89.2", 40), ("W74", 18), ("G40.9", 8), ("J18.9", 8), ("X70", 12), ("W19", 14)),
    "middle": (("V89.2", 32), ("K74.6", 16), ("W19", 10), ("X70", 9), ("N18.9", 12), ("A41.9", 8), ("B18.1", 8), ("T60.9", 5)),
    "old": (("J18.9", 24), ("W19", 20), ("N18.9", 12), ("G30.9", 14), ("A41.9", 9), ("V89.2", 8), ("K74.6", 5), ("R54", 8)),
}


def causes_of_death(people: People, dead: Whole, random: np.random.Generator) -> NDArray[np.object_]:
    """A cause for each of the dead: of the four chronic diseases where the numbers say so; causes already known are kept."""
    age = age_years(people.birth[dead], people.death[dead])
    causes = np.full(len(dead), "", dtype=object)
    chronic = people.chronic_death[dead]
    bands = ((0, 1, "infant"), (1, 30, "young"), (30, 70, "middle"), (70, 200, "old"))
    for first, last, band in bands:
        within = (age >= first) & (age < last)
        causes[within & ~chronic] = _draw(_OTHER[band], int((within & ~chronic).sum()), random)
        causes[within & chronic] = _draw(_CHRONIC["old" if band == "old" else "middle"], int((within & chronic).sum()), random)
    causes[(age < 30) & chronic] = np.where(age[(age < 30) & chronic] < 1, "I42.4", "C91.0")
    known = people.cause[dead] != ""
    causes[known] = people.cause[dead[known]]
    return causes


def _draw(table: tuple[tuple[str, int], ...], count: int, random: np.random.Generator) -> NDArray[np.object_]:
    codes, weights = zip(*table, strict=True)
    chances = np.array(weights, dtype=float)
    return random.choice(np.array(codes, dtype=object), size=count, p=chances / chances.sum())
