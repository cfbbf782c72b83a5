"""Search: what is stored beside a resource so that it can be found, and FHIR search requests as conditions over it."""

from kangyu.engines.fhir.search.extraction import SearchEntry, extract, more_codes
from kangyu.engines.fhir.search.parameters import parameters_of
from kangyu.engines.fhir.search.query import Condition, SearchQuery, parse_search

__all__ = ["Condition", "SearchEntry", "SearchQuery", "extract", "more_codes", "parameters_of", "parse_search"]
