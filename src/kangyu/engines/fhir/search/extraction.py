"""What the store keeps beside a resource so that it can be found: tokens, the main code, the main dates."""

from datetime import date
from typing import Any, NamedTuple

from kangyu.engines.fhir.search.dates import main_days
from kangyu.engines.fhir.search.parameters import parameters_of


class SearchEntry(NamedTuple):
    """The search columns of one resource: tokens, the bare main code, the first and last day (None for an open end, or for no date)."""

    tokens: list[str]
    code: str | None
    d_lo: date | None
    d_hi: date | None


def extract(resource: dict[str, Any]) -> SearchEntry:
    """The search columns of a resource that has been validated."""
    parameters = parameters_of(resource["resourceType"])
    readers = parameters.readers
    tokens: list[str] = []
    for name, value in resource.items():
        some = readers.get(name)
        if some is not None:
            for read in some:
                read(value, tokens)
    days, place = main_days(resource, parameters.dates)
    if parameters.date and 0 < place < len(parameters.dates):
        # A stand-in dates the resource for its timeline, but must not answer a search for the date it stands in for.
        tokens.append(f"{parameters.date}:missing")
    return SearchEntry(list(dict.fromkeys(tokens)), _first_code(resource.get(parameters.code_property)), days.lo, days.hi)


def _first_code(value: Any) -> str | None:
    if type(value) is str:
        return value.partition("|")[0]
    for concept in value if type(value) is list else [value] if value is not None else ():
        for coding in concept.get("coding", (concept,)):
            if "code" in coding:
                code: str = coding["code"]
                return code
    return None
