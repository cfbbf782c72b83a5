"""Who works where, from when to when: posts are filled so that the county's staff per head follows the plan's path at each year's end."""

from dataclasses import dataclass

import numpy as np

from .apportion import apportion, generator
from .calibration import FIRST_YEAR, Calibration
from .days import NEVER, year_start
from .institutions import Institution, Register
from .projection import Projection
from .terrain import Terrain

_LEAVE_PER_YEAR = 0.02

# Where people of each kind work: relative numbers by kind of institution.
_WORKPLACES: dict[str, dict[str, float]] = {
    "general_practitioner": {"township_hospital": 3, "community_centre": 5},
    "tcm_physician": {
        "tcm_hospital": 50,
        "general_hospital": 10,
        "maternal_child_hospital": 4,
        "township_hospital": 2,
        "community_centre": 3,
    },
    "physician": {
        "general_hospital": 45,
        "tcm_hospital": 16,
        "maternal_child_hospital": 14,
        "specialised_hospital": 6,
        "township_hospital": 2.2,
        "community_centre": 3,
        "emergency_centre": 2,
    },
    "nurse": {
        "general_hospital": 50,
        "tcm_hospital": 20,
        "maternal_child_hospital": 14,
        "specialised_hospital": 7,
        "township_hospital": 1.8,
        "community_centre": 2.5,
        "emergency_centre": 3,
    },
    "pharmacist": {
        "general_hospital": 34,
        "tcm_hospital": 22,
        "maternal_child_hospital": 9,
        "specialised_hospital": 4,
        "township_hospital": 2.5,
        "community_centre": 3,
    },
    "public_health": {"cdc": 40, "supervision": 12, "township_hospital": 3, "community_centre": 4, "maternal_child_hospital": 6},
    "technician": {
        "general_hospital": 40,
        "tcm_hospital": 15,
        "maternal_child_hospital": 10,
        "township_hospital": 2,
        "community_centre": 2,
        "cdc": 8,
    },
}
_SPECIALTIES = {"general_practitioner": ("general_practice",), "tcm_physician": ("tcm",), "public_health": ("public_health",)}
_TECHNICIANS_PER_1000 = 0.6


@dataclass(frozen=True)
class Role:
    """One person in one post: the PractitionerRole and its Practitioner share the number."""

    number: int
    institution: Institution
    licence: str
    specialties: tuple[str, ...]
    start: int
    end: int  # last day, NEVER while it lasts
    female: bool
    birth: int

    @property
    def id(self) -> str:
        """The resource id of the PractitionerRole."""
        return f"role-{self.number:06d}"

    @property
    def practitioner(self) -> str:
        """The resource id of the Practitioner."""
        return f"prac-{self.number:06d}"


@dataclass(frozen=True)
class Staff:
    """All roles, and the family doctor of each village."""

    roles: tuple[Role, ...]
    family_doctors: tuple[Role, ...]


def appoint(terrain: Terrain, register: Register, projection: Projection, aims: Calibration, seed: int) -> Staff:
    """Everybody who works in the county's institutions."""
    posts = _Posts(generator(seed, "staff"))
    doctors = [posts.fill(clinic, "village_doctor", (), _before(posts.random), lasting=True) for clinic in register.of("village_clinic")]
    for clinic in register.of("village_clinic"):
        if terrain.villages[clinic.village or 0].weight > 1.15:
            posts.fill(clinic, "village_doctor", (), _before(posts.random))
    for institution in register.all:
        if institution.kind not in ("village_clinic", "childcare"):
            posts.fill(institution, "manager", (), _before(posts.random))
    filled = dict.fromkeys(_WORKPLACES, 0)
    for flows in projection.years:
        persons = int(projection.residents_at_end(flows.year).sum())
        for group, wanted in establishment(aims, flows.year, persons).items():
            _hire(posts, register, group, max(wanted - filled[group], 0), flows.year, flows.fraction)
            filled[group] = max(wanted, filled[group])
    return Staff(tuple(posts.roles), tuple(doctors))


def establishment(aims: Calibration, year: int, persons: int) -> dict[str, int]:
    """Posts by group at the end of a year. Physicians in general practice and TCM physicians are among all physicians."""
    thousands = persons / 1000
    general = round(aims.value("general_practitioners", year) * persons / 10_000)
    tcm = round(aims.value("tcm_physicians", year) * thousands)
    return {
        "general_practitioner": general,
        "tcm_physician": tcm,
        "physician": max(round(aims.value("physicians", year) * thousands) - general - tcm, 0),
        "nurse": round(aims.value("nurses", year) * thousands),
        "pharmacist": round(aims.value("pharmacists", year) * thousands),
        "public_health": round(aims.value("public_health_staff", year) * thousands),
        "technician": round(_TECHNICIANS_PER_1000 * thousands),
    }


def _before(random: np.random.Generator) -> int:
    return int(random.integers(year_start(1992), year_start(2020)))


def _hire(posts: "_Posts", register: Register, group: str, count: int, year: int, fraction: float) -> None:
    """Fill ``count`` new posts: before 2020 those of the start, in the course of the year the others."""
    weights = _WORKPLACES[group]
    places = register.of(*weights)
    shares = apportion(
        np.array([weights[place.kind] for place in places]) * count / sum(weights[place.kind] for place in places), posts.random.random()
    )
    for place, number in zip(places, shares, strict=True):
        for _ in range(int(number)):
            start = (
                _before(posts.random)
                if year == FIRST_YEAR
                else year_start(year) + int(posts.random.integers(20, max(int(330 * fraction), 21)))
            )
            posts.fill(place, posts.licence(group), _SPECIALTIES.get(group, ()), start)


class _Posts:
    """Fills posts one after the other; a post left is taken over on the next day."""

    def __init__(self, random: np.random.Generator):
        self.random = random
        self.roles: list[Role] = []

    def licence(self, group: str) -> str:
        """The licence somebody of a group holds: one physician in six is an assistant."""
        if group == "physician":
            return "assistant_physician" if self.random.random() < 1 / 6 else "physician"
        return {"general_practitioner": "physician", "tcm_physician": "physician"}.get(group, group)

    def fill(self, place: Institution, licence: str, specialties: tuple[str, ...], start: int, lasting: bool = False) -> Role:
        """The role of the first holder."""
        start = max(start, place.opened)
        years_until_left = self.random.exponential(1 / _LEAVE_PER_YEAR)
        end = NEVER if lasting else int(max(start, year_start(FIRST_YEAR)) + 365 * years_until_left)
        end = end if end < year_start(FIRST_YEAR + 20) else NEVER
        first = self._role(place, licence, specialties, start, end)
        if end != NEVER:
            self._role(place, licence, specialties, end + 1, NEVER)
        return first

    def _role(self, place: Institution, licence: str, specialties: tuple[str, ...], start: int, end: int) -> Role:
        female = bool(self.random.random() < (0.93 if licence == "nurse" else 0.45))
        birth = start - int(365.25 * self.random.uniform(23, 32))
        role = Role(len(self.roles) + 1, place, licence, specialties, start, end, female, birth)
        self.roles.append(role)
        return role
