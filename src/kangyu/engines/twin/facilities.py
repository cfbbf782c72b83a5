"""Beds, departments, traditional-medicine services and ambulances, each with the day it opened."""

from dataclasses import dataclass

import numpy as np

from .apportion import apportion, generator
from .calibration import FIRST_YEAR, Calibration
from .days import year_start
from .institutions import Institution, Register
from .projection import Projection

_BED_WEIGHTS = {
    "general_hospital": 42,
    "tcm_hospital": 20,
    "maternal_child_hospital": 10,
    "specialised_hospital": 7,
    "township_hospital": 1.4,
    "community_centre": 0.8,
}
_DEPARTMENTS = {
    "general_hospital": ("internal", "surgery", "obstetrics", "paediatrics", "infectious", "fever_clinic"),
    "tcm_hospital": ("internal", "surgery", "tcm", "tcm_acupuncture", "tcm_massage"),
    "maternal_child_hospital": ("obstetrics", "paediatrics"),
    "specialised_hospital": ("internal",),
    "township_hospital": ("internal", "surgery", "obstetrics", "tcm", "tcm_acupuncture", "tcm_cupping"),
    "community_centre": ("internal", "tcm", "tcm_acupuncture", "tcm_cupping"),
}
THERAPIES = ("tcm_acupuncture", "tcm_moxibustion", "tcm_cupping", "tcm_massage", "tcm_scraping", "tcm_patch")
ENOUGH_THERAPIES = 4
_PERSONS_PER_AMBULANCE = 30_000
_NEGATIVE_PRESSURE = 0.4


@dataclass(frozen=True)
class Bed:
    """One bed."""

    institution: Institution
    kind: str
    opened: int


@dataclass(frozen=True)
class Offer:
    """A department or service of an institution."""

    institution: Institution
    specialty: str
    opened: int


@dataclass(frozen=True)
class Ambulance:
    """One ambulance."""

    owner: Institution
    negative_pressure: bool
    opened: int


@dataclass(frozen=True)
class Facilities:
    """What the institutions have. ``bed_counts`` gives each institution's beds in each year."""

    beds: tuple[Bed, ...]
    offers: tuple[Offer, ...]
    ambulances: tuple[Ambulance, ...]
    bed_counts: dict[int, dict[int, int]]  # year -> institution number -> beds


def equip(register: Register, projection: Projection, aims: Calibration, seed: int) -> Facilities:
    """Everything the institutions work with."""
    random = generator(seed, "facilities")
    beds, counts = _beds(register, projection, aims, random)
    offers = _departments(register, aims, random) + _therapies(register, projection, aims, random)
    return Facilities(tuple(beds), tuple(offers), tuple(_ambulances(register, projection, random)), counts)


def _beds(
    register: Register, projection: Projection, aims: Calibration, random: np.random.Generator
) -> tuple[list[Bed], dict[int, dict[int, int]]]:
    """Beds follow the plan's path at each year's end; a year's new beds open on 1 January, so that the year's average is the same."""
    places = register.of(*_BED_WEIGHTS)
    weights = np.array([_BED_WEIGHTS[place.kind] for place in places], dtype=float)
    held = np.zeros(len(places), dtype=np.int64)
    beds: list[Bed] = []
    counts: dict[int, dict[int, int]] = {}
    for flows in projection.years:
        wanted = round(aims.value("beds", flows.year) * projection.residents_at_end(flows.year).sum() / 1000)
        added = apportion(weights / weights.sum() * max(wanted - held.sum(), 0), random.random() * 0.98 + 0.01)
        for place, number in zip(places, added, strict=True):
            beds += [Bed(place, _bed_kind(place, random), _bed_opened(place, flows.year, random)) for _ in range(int(number))]
        held = held + added
        counts[flows.year] = {place.number: int(number) for place, number in zip(places, held, strict=True)}
    return beds, counts


def _bed_kind(place: Institution, random: np.random.Generator) -> str:
    if place.level < 2:
        return "general"
    return str(random.choice(["general", "icu", "dual_use"], p=[0.86, 0.04, 0.10]))


def _bed_opened(place: Institution, year: int, random: np.random.Generator) -> int:
    return year_start(year) if year > FIRST_YEAR else int(random.integers(max(place.opened, year_start(2000)), year_start(FIRST_YEAR)))


def _departments(register: Register, aims: Calibration, random: np.random.Generator) -> list[Offer]:
    offers = [
        Offer(place, specialty, place.opened) for kind, given in _DEPARTMENTS.items() for place in register.of(kind) for specialty in given
    ]
    geriatric = [place for place in register.of("general_hospital") if place.level >= 2]
    offers += [
        Offer(place, "geriatrics", year_start(2016)) for place in _share_of(geriatric, aims.share("geriatrics_departments", FIRST_YEAR))
    ]
    with_tcm = [place for place in register.of("general_hospital", "maternal_child_hospital") if place.public and place.level >= 2]
    offers += [Offer(place, "tcm", year_start(2012)) for place in _share_of(with_tcm, aims.share("tcm_departments", FIRST_YEAR))]
    return offers


def _share_of(places: list[Institution], share: float) -> list[Institution]:
    return places[: round(len(places) * share)]


def _therapies(register: Register, projection: Projection, aims: Calibration, random: np.random.Generator) -> list[Offer]:
    """Village clinics one after the other come to offer four therapies or more, as the plan's path asks."""
    clinics = register.of("village_clinic")
    ranks = random.permutation(len(clinics))
    reached = [round(len(clinics) * aims.share("tcm_clinics", flows.year)) for flows in projection.years]
    offers = []
    for clinic, rank in zip(clinics, ranks, strict=True):
        year = next((flows.year for flows, count in zip(projection.years, reached, strict=True) if rank < count), None)
        order = [str(name) for name in random.permutation(THERAPIES)]
        few, many = int(random.integers(0, ENOUGH_THERAPIES)), int(random.integers(ENOUGH_THERAPIES, len(order) + 1))
        grown = year_start(year) + int(random.integers(20, 200)) if year and year > FIRST_YEAR else clinic.opened
        offers += [Offer(clinic, name, clinic.opened) for name in order[:few]]
        offers += [Offer(clinic, name, grown) for name in order[few:many]] if year else []
    return offers


def _ambulances(register: Register, projection: Projection, random: np.random.Generator) -> list[Ambulance]:
    owner = register.of("emergency_centre")[0]
    count = int(projection.residents_at_start().sum()) // _PERSONS_PER_AMBULANCE + 1
    special = -int(-count * _NEGATIVE_PRESSURE // 1)
    opened = random.integers(year_start(2013), year_start(FIRST_YEAR), count)
    return [Ambulance(owner, number < special, int(when)) for number, when in enumerate(opened)]
