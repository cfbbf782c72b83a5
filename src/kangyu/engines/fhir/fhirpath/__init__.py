"""The FHIRPath subset that views are written in: ``parse(text) -> Node``."""

from kangyu.engines.fhir.fhirpath.nodes import Binary, Call, Index, Literal, Member, Node, Sign, This, Variable
from kangyu.engines.fhir.fhirpath.parser import PathError, parse

__all__ = ["Binary", "Call", "Index", "Literal", "Member", "Node", "PathError", "Sign", "This", "Variable", "parse"]
