"""A township, a village or an institution on a page: what the plan's indicators say of it, beside the county, and what belongs to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kangyu.apps.directory import queries as directory
from kangyu.apps.directory.models import Area, Institution
from kangyu.apps.governance.access import Viewer
from kangyu.apps.indicators import queries
from kangyu.apps.indicators.queries import Row
from kangyu.engines.indicators import disclosure
from kangyu.flows import plan_progress
from kangyu.flows.plan_progress import GlanceRow
from kangyu.gateways import content
from kangyu.kernel.permission import Permission
from kangyu.web import places, standing, wording
from kangyu.web.decorators import allow
from kangyu.web.views.plan import area_of

INSTITUTIONS_SHOWN = 60
LEVEL_WORDS = {"township": "乡镇街道", "village": "村居"}
STATUS_WORDS = {"ok": "达到", "warn": "区间含目标", "bad": "没有达到", "none": "无数据"}


@dataclass(frozen=True)
class Line:
    """One indicator of a place: its value, its rank among its like, the county's value, the goal and how it stands to it."""

    name: str
    unit: str
    value: str
    parts: str
    rank: str
    county: str
    goal: str
    kind: str
    words: str
    withheld: str
    href: str


@allow(Permission.INDICATOR_VIEW)
def place(request: HttpRequest, code: str) -> HttpResponse:
    """A township or village within the viewer's own area."""
    own = area_of(request.viewer)
    area = directory.area(code)
    if area is None or area.level not in LEVEL_WORDS or not code.startswith(own):
        raise Http404
    rows_of = _townships(own, request.viewer) if area.level == "township" else _villages(own, code[:9], request.viewer)
    lines = _lines(own, code, rows_of, f"?area={code}#institutions")
    open_here = directory.institutions_within(code)
    shown = {
        "title": area.name,
        "kind": LEVEL_WORDS[area.level],
        "trail": _trail(directory.trail(code)[:-1], own),
        "like": LEVEL_WORDS[area.level],
        "lines": lines,
        "villages": directory.areas_within(code, "village") if area.level == "township" else [],
        "institutions": [_institution(one) for one in open_here[:INSTITUTIONS_SHOWN]],
        "institutions_total": len(open_here),
    }
    return render(request, "place.html", shown)


@allow(Permission.INDICATOR_VIEW)
def institution(request: HttpRequest, id: str) -> HttpResponse:
    """An institution within the viewer's own area."""
    own = area_of(request.viewer)
    one = directory.institution(id)
    if one is None or not one.area.startswith(own):
        raise Http404
    shown = {
        "title": one.name,
        "kind": content.current().title_of("institution_kind", one.kind),
        "trail": _trail(directory.trail(one.area), own),
        "facts": _facts(one),
        "like": "机构",
        "lines": _lines(own, id, lambda key: queries.by_institution(key, own, viewer=request.viewer), "#institutions"),
    }
    return render(request, "place.html", shown)


def _trail(areas: Sequence[Area], own: str) -> list[dict]:
    """The places above, those that have a page as links."""
    able = [area for area in areas if area.code.startswith(own)]
    return [{"name": area.name, "href": reverse("place", args=[area.code]) if area.level in LEVEL_WORDS else ""} for area in able]


def _facts(one: Institution) -> list[str]:
    level = f"{'一二三'[one.level - 1]}级" if 1 <= one.level <= 3 else ""
    opened = f"{one.opened_on} 起运行" if one.opened_on else ""
    closed = f"{one.closed_on} 停办" if one.closed_on else ""
    return [fact for fact in (level, opened, closed) if fact]


def _institution(one: Institution) -> dict:
    return {
        "name": one.name,
        "href": reverse("institution", args=[one.pk]),
        "kind": content.current().title_of("institution_kind", one.kind),
    }


def _townships(own: str, viewer: Viewer) -> Callable[[str], list[Row]]:
    return lambda key: queries.by_area(key, own[:6], "township", viewer=viewer)


def _villages(own: str, township: str, viewer: Viewer) -> Callable[[str], list[Row]]:
    """The villages of a township; none of them has a value where the township's is withheld, which they would add up to."""
    townships = _townships(own, viewer)

    def rows_of(key: str) -> list[Row]:
        rows = queries.by_area(key, township, "village", viewer=viewer)
        hidden = any(row.withheld for row in townships(key) if row.place == township)
        return [replace(row, figure=None, withheld=True) for row in rows] if hidden else rows

    return rows_of


def _lines(own: str, place: str, rows_of: Callable[[str], list[Row]], anchor: str) -> list[Line]:
    """The computed indicators of the plan that have something to say of a place."""
    planned = [row for row in plan_progress.glance(own).rows if row.standing and not row.standing.indicator.reported]
    found = [_line(row, rows_of(row.target.indicator), place, anchor) for row in planned]
    return [line for line in found if line is not None]


def _line(planned: GlanceRow, rows: Sequence[Row], place: str, anchor: str) -> Line | None:
    row = next((one for one in rows if one.place == place), None)
    if row is None or (row.figure is not None and row.figure.value is None):
        return None
    indicator, goal = planned.standing.indicator, planned.progress.goal
    known = [one.place for one in places.ordered(rows, indicator.better) if one.figure and one.figure.value is not None]
    kind = places.kind_of(row.figure, goal) if row.figure else "none"
    county = planned.standing.current
    return Line(
        name=indicator.title,
        unit=indicator.unit,
        value=wording.figure(row.figure.value if row.figure else None, indicator.decimals),
        parts=standing.parts(indicator, row.figure) or wording.DASH,
        rank=f"{known.index(place) + 1}／{len(known)}" if place in known else wording.DASH,
        county=wording.figure(county.value if county else None, indicator.decimals),
        goal=planned.goal,
        kind="none" if kind == "plain" else kind,
        words="没有目标" if kind == "plain" else STATUS_WORDS[kind],
        withheld=disclosure.words(queries.small_count()) if row.withheld else "",
        href=reverse("indicator", args=[indicator.key]) + anchor,
    )
