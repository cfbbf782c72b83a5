"""What is asked besides the form when a case is opened: in which place, and which institutions take part."""

from typing import Any

from django.urls import reverse

from kangyu.apps.directory import queries as directory
from kangyu.apps.governance.access import Viewer
from kangyu.engines.cases.procedure import PreparedProcedure
from kangyu.flows.case_load import Work
from kangyu.kernel.permission import Permission

AREA = "area"
COUNTY, TOWNSHIP = 6, 9
"""Digits of an area's code."""


def own_place(viewer: Viewer) -> str:
    """The area that a viewer speaks of first: where their institution stands, else what they answer for; the county for who has neither."""
    institution = directory.institution(viewer.org) if viewer.within == "institution" and viewer.org else None
    if institution is not None and institution.area:
        return institution.area
    county = directory.county()
    return viewer.area or (county.code if county else "")


def places_asked(viewer: Viewer, chosen: str) -> dict[str, Any]:
    """The choices of the question: the county as a whole, then each township with its villages. Nothing is chosen for who speaks of the
    whole county: they have to say where."""
    county = directory.area(own_place(viewer)[:COUNTY])
    if county is None:
        return {}
    within = county.code if viewer.within in ("county", "institution") else viewer.area
    villages: dict[str, list[tuple[str, str, bool]]] = {}
    for village in directory.areas_within(within, "village"):
        villages.setdefault(village.code[:TOWNSHIP], []).append((village.code, village.name, village.code == chosen))
    townships = [one for one in directory.areas_within(county.code, "township") if one.code.startswith(within[:TOWNSHIP])]
    return {
        "county": (county.code, county.name, False) if within == county.code else None,
        "groups": [(one.name, [(one.code, f"{one.name}（全部）", one.code == chosen), *villages.get(one.code, [])]) for one in townships],
    }


def parties_asked(prepared: PreparedProcedure, start: str, viewer: Viewer) -> list[dict[str, Any]]:
    """The institutions to be chosen. Who opens the case on behalf of a party (their role is asked for there) is that party."""
    by = {part for line in prepared.moves[start].by for part in line.split(" or ")}
    found = []
    for key, party in prepared.procedure.parties.items():
        if party.is_ or party.covers:
            continue
        own = f"{viewer.role} at {key}" in by and directory.institution(viewer.org)
        options = [own] if own else directory.institutions_of(party.kinds)
        found.append({"key": key, "title": party.title, "options": options, "optional": party.optional and not own})
    return found


def way_back(viewer: Viewer, work: Work) -> dict[str, str]:
    """Where one came from: the resident's page, the board of signals for a place, else the inbox."""
    subject = work.case.subject
    if subject.kind == "person":
        return {"back": reverse("person", args=[subject.id]), "back_title": work.subject.title}
    if subject.kind == AREA and viewer.may(Permission.SIGNAL_VIEW):
        return {"back": reverse("signals"), "back_title": "预警"}
    return {"back": reverse("cases"), "back_title": "收件箱" if subject.kind == AREA else work.subject.title}
