"""R4 validation: structure, cardinality, values that exist, required code bindings, allowed reference targets, some invariants.

The single rule set is HL7's StructureDefinitions, compiled to Python closures on first use of a type (a type costs milliseconds once).
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Literal

from kangyu.engines.fhir.definitions import definitions
from kangyu.engines.fhir.validation.compiler import Compiler
from kangyu.engines.fhir.validation.faults import Faults, Issue, fault, under

__all__ = ["Issue", "References", "validate", "validate_many"]

References = Literal["shape", "none"]


@lru_cache(maxsize=1)
def _compiler() -> Compiler:
    return Compiler(definitions())


def validate(resource: Any, *, references: References = "shape") -> list[Issue]:
    """Everything wrong with one parsed resource, an empty list when it is right.

    ``references="shape"`` checks that references are well written and name an allowed type; ``"none"`` leaves that out.
    Nothing is looked up: whether a target exists is the record's question.
    """
    return _issues(resource, _faults(_compiler(), resource), references)


def validate_many(resources: Iterable[Any], *, references: References = "shape") -> Iterator[list[Issue]]:
    """`validate` for a stream, one list of issues for each resource, in order."""
    compiler = _compiler()
    for resource in resources:
        faults = _faults(compiler, resource)
        yield _issues(resource, faults, references) if faults else []


def _faults(compiler: Compiler, resource: Any) -> Faults | None:
    try:
        check = compiler.resource
        return None if check.look(resource) is None else check.explain(resource)
    except RecursionError:
        return fault("structure", "内容嵌套过深。", "请减少嵌套层数。")


def _issues(resource: Any, faults: Faults | None, references: References) -> list[Issue]:
    if faults is None:
        return []
    name = resource.get("resourceType") if type(resource) is dict else None
    root = name if type(name) is str and name in definitions().resource_types else "Resource"
    kept = [f for f in faults if references == "shape" or not f.reference]
    return [Issue("error", f.code, f.path, f.message, f.remedy) for f in under(root, kept)]
