"""FHIR R4 as the platform speaks it, pure computation."""

from kangyu.engines.fhir.validation import Issue, validate, validate_many

__all__ = ["Issue", "validate", "validate_many"]
