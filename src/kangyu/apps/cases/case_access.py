"""Who may see a case: an institution that is one of its parties, and whoever may see its subject or area anyway."""

from typing import Any

from django.db import connection

from kangyu.apps.governance.access import SYSTEM, Viewer
from kangyu.apps.governance.actions import audit
from kangyu.engines.cases.case import Case, Who
from kangyu.engines.content.kinds import Procedure
from kangyu.gateways import content
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission


class CaseNotWithinReach(UserError):
    """There is no such case, or not for this viewer; which of the two is not said."""


NOT_HERE = "没有这件事，或不在您的管辖范围内。如需查看，请联系办理的机构。"


def scope(viewer: Viewer, alias: str = "c") -> tuple[str, list[Any]]:
    """The SQL condition that keeps the cases a viewer may see; ``alias`` names ``case_file``. ``DeniedError`` without the right."""
    if viewer is SYSTEM:
        return "true", []
    viewer.require(Permission.CASE_VIEW)
    if viewer.within in ("county", "township"):
        reach, given = (f"{alias}.area LIKE %s", [f"{viewer.area}%"]) if viewer.area else ("false", [])
        return (f"({reach} OR {_party(alias)})", [*given, viewer.org]) if viewer.org else (reach, given)
    if viewer.within != "institution" or not viewer.org:
        return "false", []
    party = _party(alias)
    if not viewer.may(Permission.PERSON_VIEW):
        return party, [viewer.org]
    own, parameters = viewer.people("p")
    person = f"EXISTS (SELECT 1 FROM person p WHERE p.pid = {alias}.pid AND ({own}))"
    return f"({party} OR {person})", [viewer.org, *parameters]


def _party(alias: str) -> str:
    """The SQL condition that an institution takes part in a case that has come to it, or was asked to."""
    return f"EXISTS (SELECT 1 FROM case_party cp WHERE cp.case_id = {alias}.id AND cp.org = %s AND NOT cp.hidden)"


def require(viewer: Viewer, case: str) -> None:
    """Raise ``CaseNotWithinReach`` unless the viewer may see the case; a refused attempt on an existing one stays in the audit trail."""
    condition, parameters = scope(viewer)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT c.pid, ({condition}) FROM case_file c WHERE c.id = %s", [*parameters, case])
        found = cursor.fetchone()
    if found is None:
        raise CaseNotWithinReach(NOT_HERE)
    if not found[1]:
        pids = [found[0]] if found[0] is not None else []
        audit.record("case.view", by=viewer, pids=pids, target=f"Task/{case}", outcome="denied")
        raise CaseNotWithinReach(NOT_HERE)


def reaches(viewer: Viewer, area: str, owner: str) -> bool:
    """Whether a role that is asked for without a party includes this viewer for a case of ``area`` in the hands of ``owner``."""
    if viewer is SYSTEM:
        return True
    if viewer.within in ("county", "township"):
        return (bool(viewer.area) and area.startswith(viewer.area)) or (bool(viewer.org) and viewer.org == owner)
    return viewer.within == "institution" and bool(viewer.org) and viewer.org == owner


def who(viewer: Viewer, case: Case, *, area: str, owner: str) -> Who:
    """The viewer as the engine knows people."""
    return Who(viewer.username, viewer.role, viewer.org, reaches(viewer, area, owner))


def held_back(procedure: Procedure, party: str, state: str) -> bool:
    """Whether a case stands where its contents are not (or no longer) a party's to read: a draft that was sent back to its author."""
    return party in procedure.parties and state in procedure.parties[party].hidden_in


def seen_forms(procedure: Procedure, viewer: Viewer, case: Case) -> frozenset[str] | None:
    """Which forms (``form``) and fields (``form.field``) the viewer's parties may read; ``None`` is everything.

    Who may only follow cases reads none of their contents. A viewer who is no party, and a party the declaration does not name, see
    everything their reach allows.
    """
    sees = procedure.sees
    if not (viewer.may(Permission.CASE_WORK) or viewer.may(Permission.PERSON_VIEW)):
        return frozenset()
    mine = [party for party, org in case.parties.items() if org == viewer.org and org]
    open_to = [party for party in mine if not held_back(procedure, party, case.state)]
    if mine and not open_to:
        return frozenset()
    if not mine or not sees:
        return None
    allowed: set[str] = set()
    for party in open_to:
        shown = sees.get(party, "all")
        if shown == "all":
            return None
        allowed |= set(shown)
    return frozenset(allowed)


def _sees_case_of(viewer: Viewer, rtype: str, id: str) -> bool:
    """Whether a case within the viewer's scope is this Task, or is about this Group."""
    condition, parameters = scope(viewer)
    place = "c.id = %s" if rtype == "Task" else "c.subject_kind = 'group' AND c.subject_id = %s"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM case_file c WHERE {place} AND ({condition}) LIMIT 1", [id, *parameters])
        return cursor.fetchone() is not None


OF_CASE = "SELECT case_id FROM case_step WHERE response = %s LIMIT 1"
PARTIES = "SELECT procedure, party, state FROM case_party WHERE case_id = %s AND org = %s AND NOT hidden"


def may_read(viewer: Viewer, rtype: str, id: str) -> bool:
    """Whether a case lets the viewer read a resource: its Task and the group it is about, where the viewer may see the case at all, and
    answers given in it that the viewer's party sees."""
    if rtype in ("Task", "Group") and viewer.may(Permission.CASE_VIEW) and _sees_case_of(viewer, rtype, id):
        return True
    if rtype not in ("Task", "QuestionnaireResponse") or not viewer.may(Permission.CASE_WORK):
        return False
    with connection.cursor() as cursor:
        case = id
        if rtype == "QuestionnaireResponse":
            cursor.execute(OF_CASE, [id])
            found = cursor.fetchone()
            case = found[0] if found else ""
        cursor.execute(PARTIES, [case, viewer.org])
        parties = cursor.fetchall() if viewer.org else []
    if not parties or rtype == "Task":
        return bool(parties)
    declared = content.current().procedures.get(parties[0][0])
    return declared is not None and any(
        declared.sees.get(party, "all") == "all" and not held_back(declared, party, state) for _, party, state in parties
    )
