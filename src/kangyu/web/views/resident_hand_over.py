"""整体交接居民: choose from whom to whom, see what goes along, hand over; and give back."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from kangyu.apps.directory import queries as directory
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.identity.models import ResidentHandOver
from kangyu.flows import resident_hand_over as flow
from kangyu.flows.resident_hand_over import Team
from kangyu.gateways import content
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission
from kangyu.web import care_words
from kangyu.web.decorators import allow


@allow(Permission.RESIDENTS_HAND_OVER)
def page(request: HttpRequest) -> HttpResponse:
    """What goes along from the chosen team, who may take it on, and what was handed over before."""
    viewer, given = request.viewer, request.POST if request.method == "POST" else request.GET
    team, to = Team(given.get("from", ""), given.get("from_doctor", "")), Team(given.get("to", ""), given.get("to_doctor", ""))
    if request.method == "POST" and given.get("do") == "hand_over":
        try:
            id = flow.hand_over(viewer, team, to, reason=given.get("reason", ""), key=given.get("key") or str(uuid.uuid4()))
            messages.success(request, f"已交接 {len(flow.one(viewer, id).pids):,} 位居民，接手的团队收到了通知。需要时可以在下面交回。")
            return redirect("residents_hand_over")
        except UserError as error:
            messages.error(request, str(error))
    counted = flow.teams(viewer)
    if team not in counted:  # a doctor of the team that was chosen before
        team = Team(team.org)
    shown = {**_choices(viewer, counted, team, to), "team": team, "to": to, "reason": given.get("reason", ""), "key": str(uuid.uuid4()),
             "done": [_line(one) for one in flow.listed(viewer)]}  # fmt: skip
    if team.org:
        found = flow.survey(viewer, team)
        audit.record("residents.survey", by=viewer, target=f"{team.org}/{team.practitioner}")
        now = content.current()
        shown |= {"survey": found, "programmes": [(care_words.programme_title(now, key), number) for key, number in found.programmes]}
    return render(request, "residents_hand_over.html", shown)


def _choices(viewer: Viewer, counted: dict[Team, int], team: Team, to: Team) -> dict[str, Any]:
    """Whom to choose from: teams with their residents, the doctors of the chosen one; receivers, those of the same township first."""
    names = directory.institution_names(sorted({one.org for one in counted}))
    sums: dict[str, int] = {}
    for one, number in counted.items():
        sums[one.org] = sums.get(one.org, 0) + number
    own = {one.practitioner: number for one, number in counted.items() if one.org == team.org and one.practitioner}
    posts = directory.post_names(sorted(own))
    chosen = directory.institution(team.org) if team.org else None
    near = chosen.area[:9] if chosen else ""
    receivers = sorted(flow.receivers(viewer), key=lambda one: (one.area[:9] != near, one.area, one.name))
    doctors = directory.doctors_of(to.org, clock.today()) if to.org else []
    return {
        "teams": sorted(((org, names.get(org, org), number) for org, number in sums.items()), key=lambda row: row[1]),
        "own_doctors": [(id, posts.get(id, "") or "姓名没有登记", number) for id, number in sorted(own.items(), key=lambda row: -row[1])],
        "receivers": [one for one in receivers if one.id != team.org or len(own) > 0],
        "doctors": [(id, name or "姓名没有登记") for id, name in doctors if not (to.org == team.org and id == team.practitioner)],
        "from_name": chosen.name if chosen else "",
    }


def _line(one: ResidentHandOver) -> dict[str, Any]:
    """One hand-over in words, and whether it may be given back."""
    names = directory.institution_names([one.from_org, one.to_org])
    posts = directory.post_names([id for id in (one.from_practitioner, one.to_practitioner) if id])

    def said(org: str, practitioner: str) -> str:
        return f"{names.get(org, org)}{' ' + posts[practitioner] if posts.get(practitioner) else ''}"

    back = getattr(one, "given_back", None)
    return {
        "id": one.pk, "at": one.at, "name": one.name or one.account, "reason": one.reason, "number": len(one.pids),
        "before": said(one.from_org, one.from_practitioner), "after": said(one.to_org, one.to_practitioner),
        "back": one.gives_back is not None, "given_back": back, "may": back is None and one.gives_back is None,
    }  # fmt: skip


@require_POST
@allow(Permission.RESIDENTS_HAND_OVER)
def give_back(request: HttpRequest, id: int) -> HttpResponse:
    """A hand-over taken back."""
    try:
        before = len(flow.one(request.viewer, id).pids)
        made = flow.give_back(request.viewer, id, reason=request.POST.get("reason", ""), key=request.POST.get("key") or str(uuid.uuid4()))
        number = len(flow.one(request.viewer, made).pids)
        left = f"，另有 {before - number} 位后来已换团队，没有动" if before > number else ""
        messages.success(request, f"已交回 {number:,} 位居民{left}。")
    except UserError as error:
        messages.error(request, str(error))
    return redirect("residents_hand_over")
