"""The institutions of the county, from the people's hospital to the village clinics."""

from dataclasses import dataclass

import numpy as np

from .apportion import apportion, generator
from .calibration import FIRST_YEAR, Calibration
from .days import year_start
from .names import lists
from .projection import Projection
from .terrain import Terrain

_LARGE = 200_000


@dataclass(frozen=True)
class Institution:
    """One institution. ``opened`` is a day number; ``township`` and ``village`` are numbers where it belongs to one."""

    number: int
    kind: str
    name: str
    area: str
    level: int
    opened: int
    public: bool = True
    places: int = 0
    part_of: int | None = None
    township: int | None = None
    village: int | None = None

    @property
    def id(self) -> str:
        """The resource id of its Organization."""
        return f"org-{self.number:04d}"


class Register:
    """The institutions in order of founding; a superior stands before what belongs to it."""

    def __init__(self) -> None:
        self.all: list[Institution] = []

    def add(self, kind: str, name: str, area: str, level: int, opened: int, **details: int | bool | None) -> Institution:
        """Enter an institution."""
        institution = Institution(len(self.all) + 1, kind, name, area, level, opened, **details)  # type: ignore[arg-type]
        self.all.append(institution)
        return institution

    def of(self, *kinds: str) -> list[Institution]:
        """The institutions of some kinds."""
        return [institution for institution in self.all if institution.kind in kinds]


def found(terrain: Terrain, projection: Projection, aims: Calibration, seed: int, residents: int) -> Register:
    """Every institution of the county."""
    register = Register()
    random = generator(seed, "institutions")
    bureau = _county_level(register, terrain, residents, random)
    for number, township in enumerate(terrain.townships):
        kind, suffix = ("community_centre", "社区卫生服务中心") if township.street else ("township_hospital", "卫生院")
        opened = int(random.integers(year_start(1958), year_start(2005)))
        hospital = register.add(kind, township.name + suffix, township.code, 1, opened, part_of=bureau.number, township=number)
        for village in township.villages:
            place = terrain.villages[village]
            clinic_opened = int(random.integers(year_start(1985), year_start(2018)))
            title = place.name + ("卫生服务站" if township.street else "卫生室")
            links = {"part_of": hospital.number, "township": number, "village": village}
            register.add("village_clinic", title, place.code, 0, clinic_opened, public=False, **links)
    _childcare(register, terrain, projection, aims, random)
    return register


def _county_level(register: Register, terrain: Terrain, residents: int, random: np.random.Generator) -> Institution:
    county = lists()["county"]

    def add(kind: str, name: str, level: int, superior: Institution | None = None) -> Institution:
        area = terrain.townships[int(random.integers(2))].code
        opened = int(random.integers(year_start(1950), year_start(1990)))
        return register.add(kind, county + name, area, level, opened, part_of=superior.number if superior else None)

    bureau = add("health_bureau", "卫生健康局", 0)
    add("general_hospital", "人民医院", 3 if residents >= _LARGE else 2, bureau)
    if residents >= _LARGE:
        add("general_hospital", "第二人民医院", 2, bureau)
    add("tcm_hospital", "中医院", 2, bureau)
    add("maternal_child_hospital", "妇幼保健院", 2, bureau)
    add("specialised_hospital", "精神卫生中心", 2, bureau)
    add("cdc", "疾病预防控制中心", 0, bureau)
    add("supervision", "卫生健康监督所", 0, bureau)
    add("emergency_centre", "急救指挥中心", 0, bureau)
    return bureau


def _childcare(register: Register, terrain: Terrain, projection: Projection, aims: Calibration, random: np.random.Generator) -> None:
    """Childcare institutions whose places together follow the county's path, opening year by year."""
    open_places = 0
    townships = terrain.townships
    for flows in projection.years:
        wanted = round(aims.value("childcare_places", flows.year) * projection.residents_at_end(flows.year).sum() / 1000)
        added = max(wanted - open_places, 0)
        centres = max(round(added / 45), 1) if added else 0
        shares = apportion(np.full(centres, added / max(centres, 1)))
        for places in shares:
            number = int(random.integers(len(townships)))
            span = (year_start(2014), year_start(2020)) if flows.year == FIRST_YEAR else _opening_span(flows.year, flows.fraction)
            title = f"{townships[number].name[:2]}{'晴芽苗豆星月禾果'[len(register.all) % 8]}样托育园（{len(register.all)}号）"
            opened = int(random.integers(*span))
            register.add("childcare", title, townships[number].code, 0, opened, public=False, places=int(places), township=number)
        open_places += added


def _opening_span(year: int, fraction: float) -> tuple[int, int]:
    first = year_start(year)
    return first + 10, first + max(int(fraction * 330), 20)
