"""The directory as FHIR: areas, institutions, beds, departments, staff, ambulances, yearly reported figures."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from . import names
from .apportion import generator
from .calibration import FIRST_YEAR, Calibration
from .days import NEVER, text
from .facilities import Facilities
from .institutions import Institution, Register
from .parameters import TwinParameters
from .projection import Projection
from .shapes import TAG
from .staff import Role, Staff
from .terrain import COUNTY_CODE, Terrain, Township, Village, geojson

Resource = dict[str, Any]

_EXT = "urn:kangyu:ext:"
_CS = "urn:kangyu:cs:"


def _iso(number: int) -> str:
    return text(np.array([number]))[0]


def _coded(system: str, code: str) -> Resource:
    return {"coding": [{"system": _CS + system, "code": code}]}


def _period(start: int, end: int = NEVER) -> Resource:
    return {"start": _iso(start)} | ({"end": _iso(end)} if end != NEVER else {})


def _resource(kind: str, identity: str, **fields: Any) -> Resource:
    return {"resourceType": kind, "id": identity, "meta": TAG} | {key: value for key, value in fields.items() if value is not None}


def area_id(code: str) -> str:
    """The resource id of an area's Location."""
    return f"area-{code}"


def areas(terrain: Terrain, projection: Projection, parameters: TwinParameters) -> Iterator[Resource]:
    """County, townships, villages; the population counts are those of the simulated year-ends."""
    people = {flows.year: projection.residents_at_end(flows.year) for flows in projection.years}

    def population(villages: tuple[int, ...]) -> list[Resource]:
        chosen = list(villages)
        counted = [(year, int(counts[chosen].sum())) for year, counts in people.items()]
        return [
            {
                "url": _EXT + "population",
                "extension": [{"url": "year", "valueInteger": year}, {"url": "count", "valueInteger": count}],
            }
            for year, count in counted
        ]

    everyone = tuple(range(len(terrain.villages)))
    centre = terrain.outline.representative_point()
    county = names.lists()["county"]
    yield _area(COUNTY_CODE, county, "county", None, (centre.x, centre.y), [_boundary(terrain.outline), *population(everyone)])
    for township in terrain.townships:
        extensions = [_boundary(township.outline), *population(township.villages)]
        yield _area(township.code, township.name, "township", COUNTY_CODE, township.centre, extensions)
    for village in terrain.villages:
        parent = terrain.townships[village.township].code
        place = (village.longitude, village.latitude)
        yield _area(village.code, village.name, "village", parent, place, population((village.number,)))


def _boundary(shape: Any) -> Resource:
    return {"url": _EXT + "boundary", "valueString": geojson(shape)}


def _area(code: str, name: str, level: str, parent: str | None, place: tuple[float, float], extensions: list[Resource]) -> Resource:
    return _resource(
        "Location",
        area_id(code),
        extension=extensions,
        identifier=[{"system": _CS + "area", "value": code}],
        status="active",
        name=name,
        mode="instance",
        physicalType=_coded("area-level", level),
        position={"longitude": round(place[0], 5), "latitude": round(place[1], 5)},
        partOf={"reference": f"Location/{area_id(parent)}"} if parent else None,
    )


def organizations(register: Register, terrain: Terrain) -> Iterator[Resource]:
    """Institutions, superiors first."""
    by_number = {institution.number: institution for institution in register.all}
    for institution in register.all:
        superior = by_number.get(institution.part_of or 0)
        yield _resource(
            "Organization",
            institution.id,
            extension=[
                {"url": _EXT + "area", "valueCode": institution.area},
                {"url": _EXT + "level", "valueInteger": institution.level},
                {"url": _EXT + "public", "valueBoolean": institution.public},
                *([{"url": _EXT + "places", "valueInteger": institution.places}] if institution.kind == "childcare" else []),
                {"url": _EXT + "period", "valuePeriod": _period(institution.opened)},
            ],
            identifier=[{"system": _CS + "institution", "value": f"{COUNTY_CODE}{institution.number:05d}"}],
            active=True,
            type=[_coded("institution-kind", institution.kind)],
            name=institution.name,
            address=[{"text": _address(institution, terrain)}],
            partOf={"reference": f"Organization/{superior.id}"} if superior else None,
        )


def _address(institution: Institution, terrain: Terrain) -> str:
    township: Township = next(one for one in terrain.townships if institution.area.startswith(one.code))
    village: Village | None = terrain.villages[institution.village] if institution.village is not None else None
    return names.lists()["county"] + township.name + (village.name if village else "")


def beds(facilities: Facilities) -> Iterator[Resource]:
    """One Location per bed."""
    for number, bed in enumerate(facilities.beds, 1):
        yield _resource(
            "Location",
            f"bed-{number:06d}",
            extension=[{"url": _EXT + "period", "valuePeriod": _period(bed.opened)}],
            status="active",
            name=f"{number:06d}号床",
            mode="instance",
            type=[_coded("bed-kind", bed.kind)],
            physicalType={"coding": [{"system": "http://terminology.hl7.org/CodeSystem/location-physical-type", "code": "bd"}]},
            managingOrganization={"reference": f"Organization/{bed.institution.id}"},
        )


def services(facilities: Facilities) -> Iterator[Resource]:
    """Departments and services."""
    for number, offer in enumerate(facilities.offers, 1):
        yield _resource(
            "HealthcareService",
            f"service-{number:05d}",
            extension=[{"url": _EXT + "period", "valuePeriod": _period(offer.opened)}],
            active=True,
            providedBy={"reference": f"Organization/{offer.institution.id}"},
            specialty=[_coded("specialty", offer.specialty)],
        )


def devices(facilities: Facilities) -> Iterator[Resource]:
    """Ambulances."""
    for number, ambulance in enumerate(facilities.ambulances, 1):
        yield _resource(
            "Device",
            f"ambulance-{number:03d}",
            identifier=[{"system": "urn:kangyu:register:ambulance", "value": f"JH-{number:03d}"}],
            extension=[
                {"url": _EXT + "state", "valueCode": "in_service"},
                {"url": _EXT + "negative_pressure", "valueBoolean": ambulance.negative_pressure},
                {"url": _EXT + "period", "valuePeriod": _period(ambulance.opened)},
            ],
            status="active",
            deviceName=[{"name": f"{number} 号救护车", "type": "user-friendly-name"}],
            type=_coded("device-kind", "ambulance"),
            owner={"reference": f"Organization/{ambulance.owner.id}"},
        )


def known_roles(staff: Staff, as_of: int) -> list[Role]:
    """Roles that have begun by the as-of date."""
    return [role for role in staff.roles if role.start <= as_of]


def practitioners(staff: Staff, as_of: int, seed: int) -> Iterator[Resource]:
    """The people who work in the institutions."""
    roles = known_roles(staff, as_of)
    random = generator(seed, "practitioner names")
    families, weights = names.surnames()
    surnames = random.choice(families, size=len(roles), p=weights)
    given = names.given_names(np.array([role.female for role in roles]), random)
    for role, surname, name in zip(roles, surnames, given, strict=True):
        yield _resource(
            "Practitioner",
            role.practitioner,
            identifier=[{"system": _CS + "practitioner", "value": f"YANG{role.number:06d}"}],
            name=[{"text": surname + name, "family": surname, "given": [name]}],
            gender="female" if role.female else "male",
            birthDate=_iso(role.birth),
        )


def practitioner_roles(staff: Staff, as_of: int) -> Iterator[Resource]:
    """Who holds which post when; an end after the as-of date is not known yet."""
    for role in known_roles(staff, as_of):
        yield _resource(
            "PractitionerRole",
            role.id,
            active=role.end > as_of,
            period=_period(role.start, role.end if role.end <= as_of else NEVER),
            practitioner={"reference": f"Practitioner/{role.practitioner}"},
            organization={"reference": f"Organization/{role.institution.id}"},
            code=[_coded("licence", role.licence)],
            specialty=[_coded("staff-specialty", specialty) for specialty in role.specialties] or None,
        )


def reports(register: Register, aims: Calibration, parameters: TwinParameters) -> Iterator[Resource]:
    """Figures that records cannot give, as the health bureau reports them for each year that has ended."""
    bureau = register.of("health_bureau")[0]
    last = parameters.as_of.year if (parameters.as_of.month, parameters.as_of.day) == (12, 31) else parameters.as_of.year - 1
    for key, figure in aims.reported.items():
        for year in range(FIRST_YEAR, last + 1):
            yield _resource(
                "MeasureReport",
                f"report-{key.replace('_', '-')}-{year}",
                extension=[{"url": _EXT + "source", "valueString": f"{figure.source}（{year}年，合成数据）"}],
                status="complete",
                type="summary",
                measure=f"urn:kangyu:indicator:{key}",
                subject={"identifier": {"system": _CS + "area", "value": COUNTY_CODE}},
                date=f"{year}-12-31",
                reporter={"reference": f"Organization/{bureau.id}"},
                period={"start": f"{year}-01-01", "end": f"{year}-12-31"},
                group=[{"measureScore": {"value": figure.value(year)}}],
            )
