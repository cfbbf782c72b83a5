"""One box for everything: pages, indicators and places. What a role may not open is not found."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from pypinyin import Style, lazy_pinyin

from kangyu.apps.governance.access import Viewer
from kangyu.gateways import content
from kangyu.kernel.permission import Permission
from kangyu.web import frame
from kangyu.web.decorators import allow

EACH = 8


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
    found = [one for look in SOURCES for one in _first(look(request.viewer, words.lower()))] if words else []
    template = "components/found.html" if request.htmx else "search.html"
    return render(request, template, {"found": found, "words": words})


def _first(found: Iterable[Found]) -> list[Found]:
    return [one for one, _ in zip(found, range(EACH), strict=False)]


def matches(words: str, name: str) -> bool:
    """Whether ``words`` (lower case) stand in the name, in its pinyin or in its initials."""
    if words in name.lower():
        return True
    if not words.isascii():
        return False
    return words in "".join(lazy_pinyin(name)) or words in "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))


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


# People are added by the pages that may show them.
SOURCES: list[Callable[[Viewer, str], Iterable[Found]]] = [_pages, _indicators]
