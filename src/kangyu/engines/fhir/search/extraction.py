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
    codes = _codes(resource.get(parameters.code_property))
    if len(codes) > 1 and parameters.main_code:
        tokens.append(more_codes(parameters.main_code))
    return SearchEntry(list(dict.fromkeys(tokens)), codes[0] if codes else None, days.lo, days.hi)


def more_codes(parameter: str) -> str:
    """The token of a resource whose main code's property holds several codes: a search cannot rely on the first alone."""
    return f"{parameter}:more"


def _codes(value: Any) -> list[str]:
    """The different codes of the main code's property, in order."""
    if type(value) is str:
        return [value.partition("|")[0]]
    found: list[str] = []
    for concept in value if type(value) is list else [value] if value is not None else ():
        for coding in concept.get("coding", (concept,)):
            if "code" in coding and coding["code"] not in found:
                found.append(coding["code"])
    return found
