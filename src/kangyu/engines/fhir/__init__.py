"""FHIR R4 as the platform speaks it, pure computation.

- ``validate(resource) -> list[Issue]``: everything wrong with a resource, by HL7's own StructureDefinitions; ``validate_many`` for streams.
- ``extract(resource) -> SearchEntry``: the search columns of a valid resource (tokens, code, first and last day).
- ``parse_search(type, query) -> SearchQuery``: a FHIR search as conditions over those columns; what it cannot answer is in ``.unknown``.
- ``capability_statement``, ``operation_outcome``, ``is_resource_type``: how the server describes itself and its errors.

The official definitions come from a file that the set-up compiles (``kangyu.engines.fhir.build``); it is read on first use.
"""

from kangyu.engines.fhir.conformance import capability_statement, is_resource_type, operation_outcome
from kangyu.engines.fhir.search import Condition, SearchEntry, SearchQuery, extract, parse_search
from kangyu.engines.fhir.validation import Issue, validate, validate_many

__all__ = [
    "Condition",
    "Issue",
    "SearchEntry",
    "SearchQuery",
    "capability_statement",
    "extract",
    "is_resource_type",
    "operation_outcome",
    "parse_search",
    "validate",
    "validate_many",
]
