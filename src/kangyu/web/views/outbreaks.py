"""The page of an outbreak: its curve and tree, who belongs, who may, what has been decided; and the decisions themselves."""

import json
import uuid
from collections import Counter
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from kangyu.apps.cases.case_access import CaseNotWithinReach
from kangyu.apps.directory import queries as directory
from kangyu.flows import outbreak_work
from kangyu.flows.outbreak_work import Picture, Shown
from kangyu.gateways import content
from kangyu.kernel.errors import DeniedError, UserError
from kangyu.kernel.permission import Permission
from kangyu.web import care_words, case_words
from kangyu.web.charts.choropleth import MapArea
from kangyu.web.charts.gathered import Spot, gathered
from kangyu.web.charts.outbreak import LAYERS, onset_drawing, tree_drawing
from kangyu.web.decorators import allow
from kangyu.web.errors import page as error_page
from kangyu.web.views.case_page import buttons, names_for

TOWNSHIP = 9
"""Digits of a township's code."""


@allow(Permission.CASE_VIEW)
def outbreak(request: HttpRequest, id: str) -> HttpResponse:
    """The page, for who may see the case; the read is audited, an attempt out of reach as well."""
    try:
        picture = outbreak_work.picture(request.viewer, id)
    except CaseNotWithinReach as error:
        return error_page(request, 404, title="不能打开这起疫情", says=str(error))
    return render(request, "cases/outbreak.html", _shown(request, picture))


def _shown(request: HttpRequest, picture: Picture) -> dict[str, Any]:
    view, title_of = picture.view, content.current().title_of
    names = names_for(view, request.viewer)
    titles = {layer: title_of("case_classification", layer) for layer in (*picture.curve.layers, "unknown")}
    mine = [one for one in view.choices if one.mine and request.viewer.may(Permission.CASE_WORK)]
    members = [_row(one, picture, titles) for one in picture.members]
    drawn = {one["id"]: (one["number"], one["name"]) for one in members}
    kinds = {one["id"]: one["certainty"] for one in members}
    counted = [layer for layer in picture.curve.layers if any(day.counts.get(layer) for day in picture.curve.days)]
    return {
        "view": view,
        "picture": picture,
        "title": view.subject.title,
        "state": view.prepared.state(view.case.state),
        "grade": title_of("event_grade", str(view.values.get("grade") or "none")),
        "reached": view.case.carried.get("reached") or "",
        "clocks": [case_words.clock_line(view.prepared, one, view.now) for one in view.clocks if one.standing == "running"],
        "buttons": buttons(view, mine),
        "line": case_words.line(view, names),
        "over_drawn": bool(picture.over and picture.curve.days and picture.over.on <= picture.curve.days[-1].on),
        "curve": onset_drawing(picture.curve, titles, picture.over.on if picture.over else None),
        "tree": tree_drawing(picture.tree, picture.curve, drawn, kinds),
        "legend": [{"title": titles[layer], "kind": LAYERS.get(layer, "k4")} for layer in counted],
        "members": members,
        "proposed": [_row(one, picture, titles) for one in picture.proposed],
        "places": _places(members),
        "map": _map(picture),
        "watched": _watched(picture),
        "generations": [(place, count) for place, count in enumerate(picture.tree.generations, 1)],
        "happened": case_words.happened(view, names)[:8],
        "key": str(uuid.uuid4()),
    }


def _row(one: Shown, picture: Picture, titles: dict[str, str]) -> dict[str, Any]:
    """A member as the table shows it. Who is out of the viewer's reach has a number, a day and a place, and no name."""
    member, sources = one.member, {each.member.id: each for each in picture.members}
    source = sources.get(one.source)
    certainty = str(member.row.get("certainty") or "unknown")
    prepared = picture.view.prepared
    return {
        "id": member.id,
        "number": one.number,
        "name": member.name if one.seen else "",
        "who": care_words.who(member.sex, member.birth_date, picture.view.now.date()) if one.seen else "",
        "onset": member.row["on"],
        "certainty": certainty,
        "certainty_title": titles.get(certainty, certainty),
        "kind": LAYERS.get(certainty, "k4"),
        "state": member.state,
        "counts": one.counts,
        "class_of": member.row.get("class_of") or "",
        "place": one.place,
        "village": "".join(area.name for area in directory.trail(member.area)[1:]) if member.area else "",
        "generation": one.generation + 1 if one.source or one.infected else 0,
        "infected": one.infected,
        "source": source.number if source else 0,
        "source_id": one.source,
        "sources": [each for each in picture.members if each.member.id != member.id and each.counts],
        "died": member.row.get("died") is True,
        "mover": prepared.procedure.members is not None,
    }


def _places(members: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """Where the members belong, by class and by village, the most first."""
    counted: dict[str, int] = {}
    for one in members:
        where = one["class_of"] or one["village"] or "不详"
        counted[where] = counted.get(where, 0) + bool(one["counts"])
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


def _map(picture: Picture) -> str:
    """Where those who count live, village by village; empty where the townships have no outline, or nobody's home is known."""
    counted = Counter(one.member.area for one in picture.members if one.counts and len(one.member.area) >= TOWNSHIP)
    county = picture.view.subject.area[:6]
    areas = [area for area in directory.areas_within(county, "township") if area.boundary]
    if not areas or not counted:
        return ""
    sick = Counter[str]()
    for code, cases in counted.items():
        sick[code[:TOWNSHIP]] += cases
    drawn = [
        MapArea(area.code, area.name, json.loads(area.boundary), None, f"{sick[area.code]} 例" if sick[area.code] else "没有病例")
        for area in areas
    ]
    spots = [_spot(code, cases) for code, cases in sorted(counted.items())]
    return gathered(drawn, spots, title=f"病例住在哪里：{len(spots)} 个村居，{sum(counted.values())} 例")


def _spot(code: str, cases: int) -> Spot:
    area = directory.area(code)
    place = (area.longitude, area.latitude) if area and area.longitude is not None and area.latitude is not None else None
    return Spot(area.name if area else code, code[:TOWNSHIP], cases, place)


def _watched(picture: Picture) -> list[tuple[str, int]]:
    """The contacts of the members by where their watch stands, in the order of its states."""
    states = content.current().procedures["contact_watch"].states if "contact_watch" in content.current().procedures else {}
    return [(title, picture.watched[key]) for key, title in states.items() if picture.watched.get(key)]


@require_POST
@allow(Permission.CASE_WORK)
def decide(request: HttpRequest, id: str) -> HttpResponse:
    """Members confirmed or taken out, a source named or taken back."""
    form, key = request.POST, request.POST.get("key") or str(uuid.uuid4())
    what = form.get("what", "")
    try:
        if what == "admit":
            chosen = form.getlist("case")
            outbreak_work.admit(request.viewer, id, chosen, key=f"admit/{key}")
            messages.success(request, f"已确认 {len(chosen)} 例为成员。")
        elif what == "take_out":
            outbreak_work.take_out(
                request.viewer, id, form.get("case", ""), reason=form.get("reason", ""), key=f"out/{key}/{form.get('case')}"
            )
            messages.success(request, "已移出，可以再确认回来。")
        elif what == "trace":
            outbreak_work.trace(request.viewer, id, form.get("case", ""), form.get("source", ""), key=f"trace/{key}/{form.get('case')}")
            messages.success(request, "已记下传播关系。" if form.get("source") else "已撤销传播关系。")
        else:
            messages.warning(request, "没有看懂要做什么，请从页面上的按钮办。")
    except CaseNotWithinReach as error:
        return error_page(request, 404, title="不能打开这起疫情", says=str(error))
    except (DeniedError, UserError) as error:
        messages.error(request, str(error))
    return redirect("outbreak", id=id)
