"""What is declared and in force: by kind, each declaration with its source, its expressions, its examples and its problems."""

from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from kangyu.engines.cases.examples import Outcome
from kangyu.engines.content import Content
from kangyu.engines.content.kinds import Declaration, Programme
from kangyu.engines.content.kinds.examples import Example
from kangyu.engines.content.vocabulary import visit_form
from kangyu.gateways import content as gateway
from kangyu.kernel.permission import Permission
from kangyu.web import declared, worked
from kangyu.web.decorators import allow


@allow(Permission.CONTENT_VIEW)
def overview(request: HttpRequest) -> HttpResponse:
    """Every kind with its number, and every problem with its file and line."""
    content = gateway.current()
    found = declared.problems(content)
    kinds = [{"key": kind, "title": title, "count": len(declared.listed(content, kind))} for kind, title in declared.KIND_TITLES.items()]
    shown = {
        "kinds": kinds,
        "errors": [problem for problem in found if problem.severity == "error"],
        "reminders": [problem for problem in found if problem.severity != "error"],
        "examples": sum(len(one.examples) for one in content.examples),
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
    """One declaration: on the left what it says, on the right its file, its problems and who uses it."""
    content = gateway.current()
    if kind not in declared.KIND_TITLES:
        raise Http404
    item = next((one for one in declared.listed(content, kind) if one.name == name), None)
    if item is None:
        raise Http404
    run = declared.example_run(content, name) if kind == "programme" else None
    written = [(one.form, example) for one in content.examples if one.of == name for example in one.examples] if run else []
    shown = {
        "item": item,
        "one": item.declaration,
        "kind_title": declared.KIND_TITLES[kind],
        "template": f"content/{kind}.html",
        "problems": declared.of_file(declared.problems(content), item.file),
        "lines": declared.source_lines(content, item.file) if item.file else [],
        "examples": _told(content, item.declaration, written, run.outcomes) if run else [],
        "failed": len(run.failed) if run else 0,
        "untouched": run.untouched.get(name, []) if run else [],
        "plan_rows": declared.plan_rows(content, name) if kind == "indicator" else [],
        "users": declared.users_of(content, name) if kind in ("form", "definition", "terminology", "programme") else [],
    }
    return render(request, "declaration.html", shown)


def _told(
    content: Content, programme: Declaration, written: Sequence[tuple[str | None, Example]], outcomes: Sequence[Outcome]
) -> list[worked.Told]:
    """A programme's examples in words, each with how it came out."""
    assert isinstance(programme, Programme)
    told = []
    for (form, example), outcome in zip(written, outcomes, strict=False):
        asked = content.form_of(programme.key, form) if form else visit_form(content, programme)
        told.append(worked.told(content, programme, asked, example, outcome))
    return told
