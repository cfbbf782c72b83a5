"""What is declared and in force: by kind, each declaration on its page of the handbook, with its problems and its file."""

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe

from kangyu.engines.handbook import html
from kangyu.flows import replays
from kangyu.gateways import content as gateway
from kangyu.kernel.permission import Permission
from kangyu.web import declared
from kangyu.web.decorators import allow


@allow(Permission.CONTENT_VIEW)
def overview(request: HttpRequest) -> HttpResponse:
    """Every kind with its number, every problem with its file and line, and what lies in the folder but was refused."""
    content = gateway.current()
    found = declared.problems(content)
    kinds = [{"key": kind, "title": title, "count": len(declared.listed(content, kind))} for kind, title in declared.KIND_TITLES.items()]
    shown = {
        "kinds": kinds,
        "refused": gateway.refused(),
        "errors": [problem for problem in found if problem.severity == "error"],
        "reminders": [problem for problem in found if problem.severity != "error"],
        "examples": sum(len(one.examples) + len(one.timelines) for one in content.examples),
        "total": sum(kind["count"] for kind in kinds),
    }
    return render(request, "content.html", shown)


@allow(Permission.CONTENT_VIEW)
def kind(request: HttpRequest, kind: str) -> HttpResponse:
    """The declarations of one kind."""
    if kind not in declared.KIND_TITLES:
        raise Http404
    content = gateway.current()
    found = declared.problems(content)
    rows = [{"item": item, "problems": len(declared.of_file(found, item.file))} for item in declared.listed(content, kind)]
    return render(request, "content_kind.html", {"kind": kind, "title": declared.KIND_TITLES[kind], "rows": rows})


@allow(Permission.CONTENT_VIEW)
def declaration(request: HttpRequest, kind: str, name: str) -> HttpResponse:
    """One declaration: what it says in words beside how it is written, drawn where it has a flow, and its file."""
    content = gateway.current()
    book = declared.handbook(content)
    item = book.find(kind, name)
    if item is None:
        raise Http404
    run = declared.example_run(content, name) if kind in ("programme", "procedure", "register") else None
    page = book.page(item, run)
    shown = {
        "item": item,
        "page": page,
        "body": mark_safe(html.body(page, _address)),
        "replayable": kind in replays.KINDS and request.viewer.within == "county",
        "papers": [form for key, form in content.forms.items() if form.print_ and (key == name or key.startswith(f"{name}_"))],
        "problems": declared.of_file(declared.problems(content), item.file),
    }
    return render(request, "declaration.html", shown)


@allow(Permission.CONTENT_VIEW)
def overlay(request: HttpRequest) -> HttpResponse:
    """What the region's own folder changes, who signed it and when, or why it is not in force."""
    held = gateway.held()
    shown = {
        "folder": gateway.overlay_folder() is not None,
        "overlay": held.content.overlay,
        "differences": held.content.differences,
        "refused": held.overlay_refused,
        "signature": held.signature,
        "signed_at": datetime.fromisoformat(held.signature.at) if held.signature else None,
    }
    return render(request, "content_overlay.html", shown)


def _address(kind: str, name: str) -> str:
    return reverse("declaration", args=[kind, name])
