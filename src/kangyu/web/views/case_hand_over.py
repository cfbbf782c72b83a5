"""Handing cases over: one from its page, or all that an institution holds (of one resident, if given); and the receiver's answer."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from kangyu.apps.cases.case_access import CaseNotWithinReach
from kangyu.apps.cases.queries.hand_overs import MOST, Held
from kangyu.apps.cases.rules import rules
from kangyu.apps.directory import queries as directory
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.flows import case_hand_over, case_work
from kangyu.flows.case_view import CaseView
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission
from kangyu.web.decorators import allow
from kangyu.web.errors import page as error_page


@allow(Permission.CASE_WORK)
def hand_over(request: HttpRequest, id: str) -> HttpResponse:
    """Who is to have the case instead; posting it hands it over, or asks the receiver."""
    try:
        if request.method == "POST":
            return _hand_over(request, id)
        view = case_work.view(request.viewer, id)
        found = case_hand_over.choices(request.viewer, id)
    except CaseNotWithinReach as error:
        return error_page(request, 404, title="不能打开这件事", says=str(error))
    if found.why_not:
        messages.warning(request, found.why_not)
        return redirect("case", id=id)
    names = directory.institution_names([org for org in view.case.parties.values() if org])
    parties = [
        {"key": key, "title": view.prepared.party(key), "now": names.get(view.case.parties[key], ""), "options": options}
        for key, options in found.parties.items()
    ]
    shown = {"view": view, "parties": parties, "people": found.people, "asks": found.asks, "key": str(uuid.uuid4())}
    return render(request, "cases/hand_over.html", {**shown, "title": f"{view.prepared.procedure.title}：{view.subject.title}"})


def _hand_over(request: HttpRequest, id: str) -> HttpResponse:
    given = request.POST
    key = given.get("key") or str(uuid.uuid4())
    party, _, org = given.get("to", "").partition(":")
    if not party or not org:
        raise UserError("还没有选交给谁。请选一家机构，或本机构的一位同事。")
    parties, person = ({}, org) if party == "person" else ({party: org}, "")
    view = case_hand_over.hand_over(request.viewer, id, parties, person=person, reason=given.get("reason", ""), key=f"hand/{key}")
    messages.success(request, "已请对方接手，答复前仍由现在的机构负责。" if view.case.offer else "已交接，接手的已收到通知。")
    return _back(request.viewer, id)


@require_POST
@allow(Permission.CASE_WORK)
def answer(request: HttpRequest, id: str) -> HttpResponse:
    """The receiver takes the case on, or does not."""
    yes, key = request.POST.get("yes") == "yes", request.POST.get("key") or str(uuid.uuid4())
    try:
        case_hand_over.answer(request.viewer, id, yes=yes, reason=request.POST.get("reason", ""), key=f"answer/{key}")
    except CaseNotWithinReach as error:
        return error_page(request, 404, title="不能打开这件事", says=str(error))
    messages.success(request, "已接手，现在由贵机构负责。" if yes else "已回复不接手，对方会看到原因。")
    return _back(request.viewer, id)


def _back(viewer: Viewer, id: str) -> HttpResponse:
    """The case's page, unless it is out of reach now that somebody else has it."""
    try:
        case_work.view(viewer, id)
    except CaseNotWithinReach:
        return redirect("cases")
    return redirect("case", id=id)


def offer_of(view: CaseView, viewer: Viewer) -> dict[str, Any] | None:
    """The hand-over that waits for an answer, as the case's page shows it."""
    offer = view.case.offer
    if offer is None or view.ended:
        return None
    names = directory.institution_names([one for change in offer.handed.values() for one in (*change, offer.org) if one])
    changes = [
        {"party": view.prepared.party(key), "before": names.get(before, before), "after": names.get(after, after)}
        for key, (before, after) in offer.handed.items()
    ]
    mine = bool(viewer.org) and any(after == viewer.org for _, after in offer.handed.values())
    return {"changes": changes, "reason": offer.reason, "mine": mine and viewer.may(Permission.CASE_WORK)}


@allow(Permission.CASE_WORK)
def many(request: HttpRequest) -> HttpResponse:
    """Every open case that the viewer's institution may hand over, of one resident or of all; those chosen go to one institution."""
    viewer = request.viewer
    given = request.POST if request.method == "POST" else request.GET
    pid = int(given["pid"]) if given.get("pid", "").isdigit() else None
    held = case_hand_over.open_of(viewer, viewer.org, pid=pid)
    if request.method == "POST":
        return _hand_over_many(request, held)
    audit.record("case.list", by=viewer, pids=[], target="hand-over")
    declared = rules()
    kinds = {kind for one in held for kind in declared.procedure(one.procedure).procedure.parties[one.party].kinds}
    own = directory.institution(viewer.org) if viewer.org else None
    options = [one for one in directory.institutions_of(sorted(kinds | ({own.kind} if own else set()))) if one.id != viewer.org]
    rows = [
        {
            "key": f"{one.case}:{one.party}",
            "case": one.case,
            "name": one.name or one.heading,
            "heading": one.heading if one.name else "",
            "procedure": declared.procedure(one.procedure).procedure.title,
            "party": declared.procedure(one.procedure).party(one.party),
        }
        for one in held
    ]
    shown = {"rows": rows, "options": options, "own": own, "pid": pid, "more": len(held) >= MOST, "key": str(uuid.uuid4())}
    return render(request, "cases/hand_over_many.html", shown)


def _hand_over_many(request: HttpRequest, held: list[Held]) -> HttpResponse:
    given, known = request.POST, {f"{one.case}:{one.party}": one for one in held}
    chosen = [known[one] for one in given.getlist("case") if one in known]
    if not chosen or not given.get("to"):
        raise UserError("请先勾选要交接的事项，并选交给哪家机构。")
    pairs = [(one.case, one.party) for one in chosen]
    key = given.get("key") or str(uuid.uuid4())
    done = case_hand_over.hand_over_many(request.viewer, pairs, given["to"], reason=given.get("reason", ""), key=f"many/{key}")
    if done.over or done.offered:
        messages.success(request, f"已交接 {done.over} 件，请对方接手 {done.offered} 件。")
    for why, number in done.refused.items():
        messages.warning(request, f"{number} 件没有交接：{why}")
    pid = given.get("pid", "")
    return redirect(reverse("case_hand_over_many") + (f"?pid={pid}" if pid.isdigit() else ""))
