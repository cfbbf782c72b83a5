"""Searching for cases: the page, and what the box on top of every page finds."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kangyu.apps.cases.queries.files import procedures_in_reach
from kangyu.apps.cases.queries.find_cases import FoundCases, Wanted, find_cases, number_of, owners_in_reach
from kangyu.apps.cases.rules import Rules, rules
from kangyu.apps.directory import queries as directory
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.flows.case_load import wall_now
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission
from kangyu.web.decorators import allow
from kangyu.web.views.cases import rows
from kangyu.web.views.search import SOURCES, Found

IN_BOX = 5


@allow(Permission.CASE_VIEW)
def find(request: HttpRequest) -> HttpResponse:
    """Cases within reach, ended ones too, the newest first; htmx asks for the next page."""
    viewer, given = request.viewer, request.GET
    wanted = Wanted(
        words=given.get("q", "")[:60],
        procedure=given.get("procedure", ""),
        state=given.get("state", ""),
        owner=given.get("owner", ""),
        since=_day(given.get("since", "")),
        until=_day(given.get("until", "")),
        handler=viewer.username if given.get("mine") else "",
    )
    after = given.get("after", "")
    found = find_cases(viewer, wanted, after=after)
    _audited(viewer, found, wanted.words)
    shown = {"found": found, "rows": _rows(found), "wanted": wanted, "mine": bool(wanted.handler)}
    if request.htmx and after:
        return render(request, "cases/find_rows.html", shown)
    return render(request, "cases/find.html", {**shown, **_choices(viewer, rules(), wanted)})


def _choices(viewer: Viewer, declared: Rules, wanted: Wanted) -> dict[str, Any]:
    """What the search can be narrowed to."""
    known = declared.content.procedures
    procedures = sorted(key for key in procedures_in_reach(viewer) if key in known)
    chosen = known.get(wanted.procedure)
    names = directory.institution_names(owners_in_reach(viewer))
    return {
        "procedures": [{"key": key, "title": known[key].title} for key in procedures],
        "states": [{"key": key, "title": title} for key, title in chosen.states.items()] if chosen else [],
        "owners": sorted(({"id": id, "name": name} for id, name in names.items()), key=lambda one: one["name"]),
    }


def _rows(found: FoundCases) -> list[dict[str, Any]]:
    return [{**one, "number": number_of(one["id"])} for one in rows(found.rows, wall_now())]


def _audited(viewer: Viewer, found: FoundCases, words: str) -> None:
    pids = [row.pid for row in found.rows if row.pid is not None]
    audit.record("case.find", by=viewer, pids=pids, target="cases", purpose=words)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UserError(f"“{text}”不是日期，请写成 2025-11-21 这样。") from error


def found_cases(viewer: Viewer, words: str) -> Iterable[Found]:
    """Cases for the search box: by number, by whom they are about, by their line."""
    if len(words) < 2 or not viewer.may(Permission.CASE_VIEW):
        return
    found = find_cases(viewer, Wanted(words=words), limit=IN_BOX)
    if found.rows:
        _audited(viewer, found, words)
    for one in _rows(found):
        remark = "，".join(part for part in (one["state"], one["heading"], f"{one['opened']} 立案") if part)
        yield Found("事项", f"{one['procedure']}：{one['name']}", reverse("case", args=[one["id"]]), remark)


SOURCES.insert(1, found_cases)
