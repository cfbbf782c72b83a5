"""Who lies within reach: the nearest of some things from each place, and the share of people within a distance of one."""

from collections.abc import Sequence
from dataclasses import dataclass

from .sphere import matrix_km


@dataclass(frozen=True)
class Place:
    """A point where people live (or a thing stands): longitude and latitude in degrees; ``people`` counts who lives there."""

    key: str
    longitude: float
    latitude: float
    people: float = 0.0


@dataclass(frozen=True)
class Covered:
    """``share`` of the people within the distance (None: nobody lives there, or no place has a position).

    ``beyond`` are the places out of reach, the farthest first, each with the nearest thing (empty: there is none) and how far it is.
    """

    people: float
    within: float
    beyond: tuple[tuple[str, str, float | None], ...]

    @property
    def share(self) -> float | None:
        return self.within / self.people if self.people else None


def nearest(places: Sequence[Place], things: Sequence[Place]) -> list[tuple[str, float] | None]:
    """For each place the key of the nearest thing and the straight-line distance in km; None where there are no things."""
    if not things:
        return [None] * len(places)
    distances = matrix_km([(one.longitude, one.latitude) for one in places], [(one.longitude, one.latitude) for one in things])
    best = distances.argmin(axis=1)
    return [(things[int(at)].key, float(row[at])) for at, row in zip(best, distances, strict=True)]


def coverage(places: Sequence[Place], things: Sequence[Place], limit: float) -> Covered:
    """How many of the people of ``places`` live within ``limit`` km (the limit itself included) of one of ``things``."""
    found = nearest(places, things)
    beyond: list[tuple[str, str, float | None]] = []
    within = 0.0
    for place, one in zip(places, found, strict=True):
        if one is not None and one[1] <= limit:
            within += place.people
        else:
            beyond.append((place.key, one[0] if one else "", one[1] if one else None))
    beyond.sort(key=lambda item: (-(item[2] if item[2] is not None else float("inf")), item[0]))
    return Covered(sum(place.people for place in places), within, tuple(beyond))
