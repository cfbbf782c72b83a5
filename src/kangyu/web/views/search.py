"""One box for everything: people, pages, indicators, places, institutions, what the plan sets. What a role may not open is not found."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kangyu.apps.directory import queries as directory
from kangyu.apps.governance.access import Viewer
from kangyu.apps.planning import queries as plans
from kangyu.apps.planning.models import PlanDocument, PlanItem
from kangyu.gateways import content
from kangyu.kernel.permission import Permission
from kangyu.web import frame, reviewing
from kangyu.web.decorators import allow
from kangyu.web.matching import matches
from kangyu.web.views.plan import area_of

EACH = 8
LEVELS = {"township": "乡镇街道", "village": "村居"}


@dataclass(frozen=True)
class Found:
    """One thing found: what kind it is, its name, a grey remark, where it opens."""

    kind: str
    name: str
    href: str
    remark: str = ""


@allow()
def search(request: HttpRequest) -> HttpResponse:
    """The palette under the box (htmx), or a page of results."""
    words = request.GET.get("q", "").strip()
    found = [one for look in SOURCES for one in islice(look(request.viewer, words.lower()), EACH)] if words else []
    template = "components/found.html" if request.htmx else "search.html"
    return render(request, template, {"found": found, "words": words})


def _pages(viewer: Viewer, words: str) -> Iterable[Found]:
    for place in frame.PLACES:
        if viewer.may(place.needs) and matches(words, place.title):
            yield Found("页面", place.title, place.href)


def _indicators(viewer: Viewer, words: str) -> Iterable[Found]:
    if not viewer.may(Permission.INDICATOR_VIEW):
        return
    for key, indicator in content.current().indicators.items():
        if any(matches(words, name) for name in (indicator.title, *indicator.aliases)):
            yield Found("指标", indicator.title, reverse("indicator", args=[key]), indicator.unit)


def _places(viewer: Viewer, words: str) -> Iterable[Found]:
    """Townships and villages, the larger first, within the viewer's own area."""
    if not viewer.may(Permission.INDICATOR_VIEW):
        return
    own = area_of(viewer)
    townships = {area.code: area.name for area in directory.areas_within(own[:6], "township")}
    for level, title in LEVELS.items():
        for area in directory.areas_within(own, level):
            if matches(words, area.name):
                above = townships.get(area.code[:9], "") if level == "village" else ""
                yield Found(title, area.name, reverse("place", args=[area.code]), above)


def _institutions(viewer: Viewer, words: str) -> Iterable[Found]:
    if not viewer.may(Permission.INDICATOR_VIEW):
        return
    for one in directory.institutions_within(area_of(viewer)):
        if matches(words, one.name):
            kind = content.current().title_of("institution_kind", one.kind)
            yield Found("机构", one.name, reverse("institution", args=[one.pk]), kind)


def _plan_items(viewer: Viewer, words: str) -> Iterable[Found]:
    """Tasks and projects: of the plan in force first, then of the documents under review."""
    if not viewer.may(Permission.PLAN_VIEW):
        return
    documents = [one for one in plans.documents(area_of(viewer)) if one.state != PlanDocument.State.SUPERSEDED]
    for document in sorted(documents, key=lambda one: one.state != PlanDocument.State.OFFICIAL):
        yield from _declared(viewer, words, document) if document.content_key else _read(words, document)


def _declared(viewer: Viewer, words: str, document: PlanDocument) -> Iterable[Found]:
    """What a plan in ``content/plans`` lists."""
    plan = content.current().plans.get(document.content_key)
    if plan is None or not viewer.may(Permission.CONTENT_VIEW):
        return
    page = reverse("declaration", args=["plan", document.content_key])
    for task in plan.tasks:
        if matches(words, task.title):
            yield Found("规划任务", task.title, f"{page}#task-{task.no}", document.title)
    for number, project in enumerate(plan.projects, 1):
        if matches(words, project.name):
            yield Found("规划项目", project.name, f"{page}#project-{number}", document.title)


def _read(words: str, document: PlanDocument) -> Iterable[Found]:
    """What was read from a document, at its place in the text."""
    page = reverse("plan_document", args=[document.pk])
    for kind in (PlanItem.Kind.TASK, PlanItem.Kind.PROJECT):
        for item in plans.items(document, kind):
            name = str(item.value.get(reviewing.TITLES[kind]) or "")
            if item.state != PlanItem.State.DISCARDED and matches(words, name):
                yield Found(f"规划{kind.label}", name, f"{page}#hit-{item.pk}", document.title)


# People are added by the pages that may show them.
SOURCES: list[Callable[[Viewer, str], Iterable[Found]]] = [_pages, _indicators, _places, _institutions, _plan_items]
