"""Files of answers that were given in a case: for the parties of the case who may read those answers, and for nobody else by it."""

from collections.abc import Mapping
from typing import Any

from kangyu.apps.cases import case_access
from kangyu.apps.cases.case_access import CaseNotWithinReach
from kangyu.apps.governance.access import Viewer
from kangyu.engines.forms import split_path
from kangyu.flows.case_load import load
from kangyu.kernel.permission import Permission

CASE = "urn:kangyu:ext:case"


def case_of(body: Mapping[str, Any]) -> str:
    """The case in which a response was given; empty for one that belongs to none."""
    found = next((one for one in body.get("extension", ()) if one.get("url") == CASE), {})
    return str(found.get("valueReference", {}).get("reference", "")).removeprefix("Task/")


def may_open(viewer: Viewer, body: Mapping[str, Any], path: str) -> bool:
    """Whether the case of a response lets the viewer open the file at a field's path: as the case's page lets them read the field.

    A refused attempt stays in the audit trail.
    """
    case = case_of(body)
    if not case or not viewer.may(Permission.CASE_VIEW):
        return False
    try:
        case_access.require(viewer, case)
        work = load(viewer, case)
    except CaseNotWithinReach:
        return False
    name = str(body.get("questionnaire", "")).removeprefix("urn:kangyu:form:")
    form = next((key for key, one in work.prepared.forms.items() if one.name == name), "")
    allowed = case_access.seen_forms(work.prepared.procedure, viewer, work.case)
    return bool(form) and (allowed is None or form in allowed or f"{form}.{split_path(path)[0]}" in allowed)
