"""Patients and death causes of one village as lines."""

import numpy as np

from . import names
from .days import NEVER, text
from .people import People, identity_numbers
from .plan import CountyPlan
from .records import DEATH, PATIENT
from .shapes import EXTENSION, fill, fragment, member

_HOUSEHOLD = fragment({"url": EXTENSION + "household", "valueString": "@s"})
_BIRTH_PLACE = fragment({
    "url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace",
    "valueAddress": {"extension": [{"url": EXTENSION + "area", "valueCode": "@s"}]},
})  # fmt: skip
_IDENTIFIER = member("identifier", [{"use": "official", "system": "urn:oid:2.16.156.10011.1.3", "value": "@s"}])
_DECEASED = member("deceasedDateTime", "@s")
_UNNUMBERED = {"recent": 0.4, "later": 0.02}
_RECENT_DAYS = 60


def patients(plan: CountyPlan, people: People) -> str:
    """The Patients of a village."""
    village = plan.villages[people.village]
    county = names.lists()["county"] + plan.terrain.townships[village.township].name + village.name
    given = names.given_names(people.female, plan.generator("given names", people.village))
    ended = np.minimum(people.last, NEVER)
    gone = people.until != NEVER
    return fill(
        PATIENT,
        people.ids(),
        _extensions(people, village.code),
        _identifiers(plan, people),
        np.where(gone | (people.death != NEVER), "false", "true").tolist(),
        (people.surname + given).tolist(),
        people.surname.tolist(),
        given.tolist(),
        _phones(plan, people),
        np.where(people.female, "female", "male").tolist(),
        text(people.birth),
        [_DECEASED % when if lost else "" for when, lost in zip(_text_or_blank(people.death), people.death != NEVER, strict=True)],
        [village.code] * len(people),
        [f"{county}{house // 30 + 1}组{house + 1}号" for house in people.household.tolist()],
        text(people.since),
        [f',"end":"{when}"' if left else "" for when, left in zip(_text_or_blank(ended), gone, strict=True)],
        [plan.doctor_of(people.village).id] * len(people),
        [plan.clinics[people.village].id] * len(people),
    )


def _text_or_blank(numbers: np.ndarray) -> list[str]:
    return text(np.where(numbers == NEVER, 0, numbers))


def _extensions(people: People, code: str) -> list[str]:
    place = _BIRTH_PLACE % code
    homes = [_HOUSEHOLD % f"h{people.village:04d}-{house:04d}" for house in people.household.tolist()]
    return [f"[{home},{place}]" if here else f"[{home}]" for home, here in zip(homes, people.born_here.tolist(), strict=True)]


def _identifiers(plan: CountyPlan, people: People) -> list[str]:
    """Identity numbers; some of the newborn have none yet, and a few of the period's children never got one recorded."""
    random = plan.generator("identifiers", people.village).random(len(people))
    share = np.where(
        people.birth > plan.as_of - _RECENT_DAYS, _UNNUMBERED["recent"], np.where(people.joined > 0, _UNNUMBERED["later"], 0.0)
    )
    share = np.where(people.death - people.birth < 30, 1.0, share)
    missing = (random < share) & people.born_here
    return ["" if none else _IDENTIFIER % number for number, none in zip(identity_numbers(people), missing.tolist(), strict=True)]


def _phones(plan: CountyPlan, people: People) -> list[str]:
    """Numbers that no network gives out (100…); children and some of the old are reached through their household."""
    own = np.arange(len(people))
    order = np.lexsort((np.abs(people.cohort - 1980), people.household))
    first = order[np.searchsorted(people.household[order], people.household)]
    shares = (people.cohort > plan.parameters.as_of.year - 14) | ((people.cohort < 1950) & (own % 5 == 0))
    owner = plan.sequences.person[people.village] + np.where(shares, first, own)
    return [f"100{number:08d}" for number in ((owner * 61_803_399 + 12_345) % 100_000_000).tolist()]


def deaths(people: People) -> str:
    """The underlying causes of death."""
    dead = np.flatnonzero(people.death != NEVER)
    ids = people.ids()
    subjects = [ids[row] for row in dead]
    return fill(DEATH, [f"death-{one}" for one in subjects], subjects, text(people.death[dead]), people.cause[dead].tolist())
