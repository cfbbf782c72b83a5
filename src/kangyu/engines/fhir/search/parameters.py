"""The official search parameters of a resource type, compiled to readers that turn its properties into tokens.

Which parameters exist, and where their values stand, is read from HL7's SearchParameter expressions; only what those cannot say (which
code and which date lead a type) is declared here.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from kangyu.engines.fhir.definitions import Element, SearchParameter, TypeRef, definitions
from kangyu.engines.fhir.search.dates import MAIN_DATES
from kangyu.engines.fhir.search.readers import Read, descend, each, leaf_reader

# The property whose first coding is the code column.
MAIN_CODES = {
    "Composition": "type",
    "Device": "type",
    "DocumentReference": "type",
    "Encounter": "type",
    "EpisodeOfCare": "type",
    "HealthcareService": "specialty",
    "Immunization": "vaccineCode",
    "Location": "physicalType",
    "MeasureReport": "measure",
    "MedicationAdministration": "medicationCodeableConcept",
    "MedicationDispense": "medicationCodeableConcept",
    "MedicationRequest": "medicationCodeableConcept",
    "MedicationStatement": "medicationCodeableConcept",
    "Organization": "type",
    "PractitionerRole": "code",
    "QuestionnaireResponse": "questionnaire",
}
# Properties that tie a resource to its person: the store keeps the person as a column.
PERSON_PROPERTIES = frozenset({"subject", "patient", "beneficiary", "for"})
# They repeat what others hold already, on every resource, and nobody here asks for them.
_OMITTED = re.compile(r"_.*|combo-.*|telecom|address-use").fullmatch
_ALTERNATIVE = re.compile(
    r"\(?(?P<path>[A-Za-z]+(?:\.[A-Za-z]+)*?)(?: as (?P<as1>\w+)\)?|\.as\((?P<as2>\w+)\))?"
    r"(?:\.where\(resolve\(\) is (?P<target>\w+)\)|\.where\((?P<key>\w+)='(?P<value>[^']+)'\))?(?P<rest>(?:\.[A-Za-z]+)*)\)?"
).fullmatch


@dataclass(frozen=True, slots=True)
class Place:
    """One place a parameter reads: the steps from the resource, the type asked of the last, the filter on what stands there."""

    steps: tuple[str, ...]
    wanted: str
    target: str
    condition: tuple[str, str] | None


@dataclass
class Parameters:
    """What can be asked of one resource type.

    ``kinds`` names each parameter's kind (``token``, ``reference``, ``string``); ``readers`` maps a property to the readers of its value;
    ``aliases`` maps a parameter that only narrows another to that one and the target type; ``people`` maps a parameter to the property
    that names the person; ``date`` is the parameter of the main date and ``dates`` the properties that give it, best first;
    ``main_code`` is the parameter that reads the main code's property and nothing else, empty where there is none.
    """

    kinds: dict[str, str] = field(default_factory=dict)
    readers: dict[str, tuple[Read, ...]] = field(default_factory=dict)
    aliases: dict[str, tuple[str, str]] = field(default_factory=dict)
    targets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    date: str = ""
    dates: tuple[str, ...] = ()
    code_property: str = "code"
    main_code: str = ""


@lru_cache(maxsize=256)
def parameters_of(resource_type: str) -> Parameters:
    """The compiled parameters of a resource type."""
    found = Parameters(code_property=MAIN_CODES.get(resource_type, "code"))
    found.dates, found.date = MAIN_DATES.get(resource_type, ((), ""))
    readers: dict[str, list[Read]] = {}
    whole: dict[tuple[str, ...], str] = {}
    read_by: dict[str, set[str]] = {}
    # Those that only narrow another (resolve() is Patient) come last, so that the other is known.
    for parameter in sorted(definitions().search_parameters(resource_type), key=lambda one: "resolve()" in one.expression):
        if _OMITTED(parameter.code) or not (parameter.type in ("token", "reference") or parameter.code == "name"):
            continue
        for place in places(resource_type, parameter.expression):
            read_by.setdefault(parameter.code, set()).update(_add(found, readers, whole, resource_type, parameter, place))
    found.readers = {name: tuple(some) for name, some in readers.items()}
    found.main_code = next((code for code, kind in found.kinds.items() if kind == "token" and read_by[code] == {found.code_property}), "")
    return found


def places(resource_type: str, expression: str) -> list[Place]:
    """The places of a SearchParameter expression that lie in ``resource_type``; forms we do not read are left out."""
    found: list[Place] = []
    for alternative in expression.split(" | "):
        match = _ALTERNATIVE(alternative.strip())
        path = match["path"] + match["rest"] if match else ""
        if match is None or not path.startswith(f"{resource_type}.") or (match["as1"] and match["rest"]):
            continue
        condition = (match["key"], match["value"]) if match["key"] else None
        steps = tuple(path.split(".")[1:])
        found.append(Place(steps, match["as1"] or match["as2"] or "", match["target"] or "", condition))
    return found


def _add(
    found: Parameters,
    readers: dict[str, list[Read]],
    whole: dict[tuple[str, ...], str],
    resource_type: str,
    parameter: SearchParameter,
    place: Place,
) -> set[str]:
    """Add one place of a parameter; the JSON properties it reads there."""
    code = parameter.code
    if place.target and place.steps in whole:
        broader = whole[place.steps]
        found.aliases[code], found.kinds[code] = (broader, place.target), parameter.type
        if place.target == "Patient" and broader in found.people:
            found.people[code] = found.people[broader]
        return set()
    made = _compiled(resource_type, place, parameter, place.steps)
    if not made:
        return set()
    for name, read in made:
        readers.setdefault(name, []).append(read)
    found.kinds[code], found.targets[code] = parameter.type, parameter.targets
    if not (place.target or place.condition or place.wanted):
        whole.setdefault(place.steps, code)
    if parameter.type == "reference" and _names_person(resource_type, place):
        found.people[code] = place.steps[0]
    return {name for name, _ in made}


def _names_person(resource_type: str, place: Place) -> bool:
    element = _element(resource_type, place.steps[0])
    return len(place.steps) == 1 and place.steps[0] in PERSON_PROPERTIES and element is not None and not element.repeats


def _element(owner: str, name: str) -> Element | None:
    return next((one for one in definitions().elements(owner) if one.name == name), None)


def _compiled(owner: str, place: Place, parameter: SearchParameter, steps: tuple[str, ...]) -> list[tuple[str, Read]]:
    """Readers by JSON property of ``owner``: several where the property is a choice of types."""
    element = _element(owner, steps[0])
    made: list[tuple[str, Read]] = []
    for ref in element.types if element else ():
        read = _step_reader(owner, place, parameter, steps, ref)
        if element is not None and read is not None:
            name = element.name + ref.code[0].upper() + ref.code[1:] if element.choice else element.name
            made.append((name, each(read) if element.repeats else read))
    return made


def _step_reader(owner: str, place: Place, parameter: SearchParameter, steps: tuple[str, ...], ref: TypeRef) -> Read | None:
    if len(steps) > 1:
        inner = _compiled(ref.code, place, parameter, steps[1:]) if definitions().has_type(ref.code) else []
        return descend(inner) if inner else None
    if place.wanted and ref.code != place.wanted:
        return None
    by_column = len(place.steps) == 1 and steps[0] in PERSON_PROPERTIES
    return leaf_reader(ref.code, parameter.code, parameter.type, place.condition, owner=owner, by_column=by_column)
