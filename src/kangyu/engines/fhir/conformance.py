"""What this server can do (CapabilityStatement) and what went wrong (OperationOutcome), as FHIR resources."""

from collections.abc import Iterable
from typing import Any

from kangyu.engines.fhir.definitions import definitions
from kangyu.engines.fhir.search import parameters_of

INTERACTIONS = ("read", "vread", "update", "delete", "history-instance", "create", "search-type")
RELEASED = "2026-11-21"


def is_resource_type(name: str) -> bool:
    """Whether ``name`` is a resource type of R4 that a record may hold."""
    return name in definitions().resource_types


def operation_outcome(issues: Iterable[tuple[str, str, str, str]]) -> dict[str, Any]:
    """An OperationOutcome from (severity, issue code, Chinese message, FHIRPath expression or the empty string)."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [
            {"severity": severity, "code": code, "diagnostics": message, **({"expression": [expression]} if expression else {})}
            for severity, code, message, expression in issues
        ],
    }


def capability_statement(*, version: str, base: str, types: Iterable[str] | None = None, date: str = RELEASED) -> dict[str, Any]:
    """The CapabilityStatement of a server at ``base``: each resource type (all of R4 by default) with what can be asked of it."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": date,
        "kind": "instance",
        "software": {"name": "Kangyu", "version": version},
        "implementation": {"description": "康域 区域全民健康信息平台", "url": base},
        "fhirVersion": definitions().release,
        "format": ["application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "security": {"cors": False, "description": "Bearer 令牌，或本站会话"},
                "resource": [_resource(name) for name in sorted(types or definitions().resource_types)],
                "interaction": [{"code": "transaction"}, {"code": "batch"}],
            }
        ],
    }


def _resource(name: str) -> dict[str, Any]:
    return {
        "type": name,
        "interaction": [{"code": code} for code in INTERACTIONS],
        "versioning": "versioned-update",
        "readHistory": True,
        "updateCreate": True,
        "searchParam": [{"name": code, "type": kind} for code, kind in sorted(_searches(name).items())],
    }


def _searches(name: str) -> dict[str, str]:
    parameters = parameters_of(name)
    own = {parameters.date: "date"} if parameters.date else {}
    return {"_id": "token", "_lastUpdated": "date", **own, **parameters.kinds}
