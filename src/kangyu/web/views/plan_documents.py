"""Plan documents: hand one in, read it with its items marked, decide about each item, compare two, make one official."""

from pathlib import PurePath

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from kangyu.apps.planning import queries
from kangyu.apps.planning.actions import documents, review
from kangyu.apps.planning.models import PlanDocument, PlanItem
from kangyu.gateways import content
from kangyu.kernel.errors import ProblemsError, UserError
from kangyu.kernel.permission import Permission
from kangyu.web import board, highlight, parts, reviewing
from kangyu.web.decorators import allow
from kangyu.web.views.plan import area_of

LARGEST = 30 * 1024 * 1024
AT_ONCE = 60
Kind, State = PlanItem.Kind, PlanItem.State


@allow(Permission.PLAN_IMPORT, Permission.PLAN_REVIEW)
def imports(request: HttpRequest) -> HttpResponse:
    """The documents handed in, and the form to hand in another."""
    if request.method == "POST":
        return _take_in(request)
    found = queries.documents(area_of(request.viewer))
    shown = {
        "documents": [{"one": one, "counts": _totals(one)} for one in found if not one.content_key],
        "plans": [one for one in found if one.content_key or one.state != PlanDocument.State.DRAFT],
        "samples": [path.name for path in _samples()],
    }
    return render(request, "plan_imports.html", shown)


def _take_in(request: HttpRequest) -> HttpResponse:
    request.viewer.require(Permission.PLAN_IMPORT)
    data, name = _given(request)
    taken = documents.import_document(data=data, filename=name, area=area_of(request.viewer), by=request.viewer)
    if not taken.new:
        messages.info(request, "这份文件以前交过，打开的是那一次。", extra_tags="info")
    return redirect("plan_import", taken.document.pk)


def _given(request: HttpRequest) -> tuple[bytes, str]:
    """The file chosen, or the sample named."""
    sample = next((path for path in _samples() if path.name == request.POST.get("sample")), None)
    if sample is not None:
        return sample.read_bytes(), sample.name
    file = request.FILES.get("file")
    if file is None:
        raise UserError("还没有选文件。请选一份规划原文（文本、.docx、.html 或带文字的 PDF）。")
    if file.size > LARGEST:
        raise UserError(f"文件有 {file.size / 1024 / 1024:.0f} MB，超过 30 MB。扫描件请先识别成文字再交。")
    return file.read(), PurePath(file.name).name


def _samples() -> list:
    return sorted(path for path in (content.folder() / "plans" / "sample").glob("*") if path.suffix in (".txt", ".docx", ".html", ".pdf"))


def _totals(document: PlanDocument) -> dict[str, int]:
    return {kind: sum(states.values()) for kind, states in queries.counts(document).items()}


def _document(request: HttpRequest, id: int) -> PlanDocument:
    """A document of the viewer's own area."""
    found = queries.document(id)
    if found is None or found.area != area_of(request.viewer):
        raise Http404
    return found


@allow(Permission.PLAN_REVIEW, Permission.PLAN_IMPORT)
def one_import(request: HttpRequest, id: int) -> HttpResponse:
    """The review: every item with its words from the document, and what to do about it."""
    document = _document(request, id)
    counts = queries.counts(document)
    kind, state = request.GET.get("kind", ""), request.GET.get("state", "")
    kind = kind if kind in Kind.values else (Kind.INDICATOR if counts.get(Kind.INDICATOR) and not state else "")
    found = [one for one in queries.items(document, kind, state) if one.kind != Kind.OUTLINE]
    after = int(request.GET["after"]) if request.GET.get("after", "").isdigit() else -1
    rest = [one for one in found if one.start > after]
    page, more = rest[:AT_ONCE], rest[AT_ONCE:]
    shown = {
        "document": document,
        "kind": kind,
        "state": state,
        "kind_title": Kind(kind).label if kind else "全部条目",
        "chips": [_chip(one, counts, kind, state) for one in reviewing.REVIEWED if counts.get(one)],
        "undecided": _undecided(counts),
        "certain": document.items.filter(state=State.PENDING, doubts=[]).count(),
        "items": [reviewing.shown(one, queries.history(one) if one.state != State.PENDING else ()) for one in page],
        "next_after": page[-1].start if more else "",
        "warnings": [_warning(one) for one in document.warnings],
        "others": [one for one in queries.documents(document.area) if one.pk != document.pk and not one.content_key],
        "open": document.state == PlanDocument.State.DRAFT,
        "ready": document.state == PlanDocument.State.DRAFT and not counts.get(Kind.INDICATOR, {}).get(State.PENDING),
    }
    return render(request, "plan_import.html", shown)


def _chip(kind: str, counts: dict, chosen: str, state: str) -> board.Chip:
    return board.Chip(kind, Kind(kind).label, sum(counts[kind].values()), kind == chosen and not state)


def _undecided(counts: dict) -> int:
    return sum(states.get(State.PENDING, 0) for states in counts.values())


def _warning(one: dict) -> dict:
    return {"message": one["message"], "lines": [place["line"] for place in one["places"]][:4]}


@allow(Permission.PLAN_REVIEW)
def one_item(request: HttpRequest, id: int) -> HttpResponse:
    """One item: shown, opened for correction or for a reason to discard it, decided. htmx swaps its row; without it, a page."""
    item = queries.item(id)
    if item is None or item.kind not in reviewing.REVIEWED or item.document.area != area_of(request.viewer):
        raise Http404
    ask = request.GET.get("ask", "") if request.method == "GET" else ""
    says, faults = "", {}
    if request.method == "POST":
        says, faults = _decide(request, item)
        ask = request.POST.get("do", "") if says else ""
        item = queries.item(id)
    one = reviewing.shown(item, queries.history(item))
    shown = {
        "item": one,
        "ask": ask,
        "says": says,
        "faults": faults,
        "given": request.POST if says else {},
        "open": item.document.state == PlanDocument.State.DRAFT,
        "count_now": _undecided(queries.counts(item.document)) if request.method == "POST" else None,
    }
    if not request.htmx and request.method == "POST" and not says:
        return redirect(reverse("plan_import", args=[item.document_id]) + f"#item-{item.pk}")
    template = "components/plan_item.html" if request.htmx else "plan_item.html"
    return render(request, template, shown)


def _decide(request: HttpRequest, item: PlanItem) -> tuple[str, dict[str, str]]:
    """Carry the decision out; returns what is wrong, as a sentence and by field."""
    do, reason = request.POST.get("do", ""), request.POST.get("reason", "")
    try:
        if do == "accept":
            review.accept(item=item, by=request.viewer)
        elif do == "discard":
            review.discard(item=item, reason=reason, by=request.viewer)
        elif do == "undo":
            review.undo(item=item, by=request.viewer)
        elif do == "correct":
            values = {key: request.POST[key] for key in reviewing.COLUMNS[item.kind] if key in item.data and key in request.POST}
            review.correct(item=item, values=values, reason=reason, by=request.viewer)
        else:
            return "没有这个操作，请刷新后再试。", {}
    except ProblemsError as error:
        return "有一处要改，还没有保存。", {problem.key: problem.message for problem in error.problems}
    except UserError as error:
        return str(error), {}
    return "", {}


@require_POST
@allow(Permission.PLAN_REVIEW)
def accept_certain(request: HttpRequest, id: int) -> HttpResponse:
    """Accept what nothing speaks against; the doubtful stay for a person."""
    document = _document(request, id)
    done = review.accept_all_certain(document=document, by=request.viewer)
    left = _undecided(queries.counts(document))
    rest = f"还有 {left} 条有疑点，请逐条看。" if left else "全部审完了。"
    messages.success(request, f"采纳了 {done} 条没有疑点的。{rest}", extra_tags="ok")
    return redirect(reverse("plan_import", args=[id]) + ("?state=pending" if left else ""))


@require_POST
@allow(Permission.PLAN_REVIEW)
def make_official(request: HttpRequest, id: int) -> HttpResponse:
    """Measure the area against this document from now on."""
    unmatched = documents.make_official(document=_document(request, id), by=request.viewer)
    messages.success(request, "已转为正式规划，规划总览现在按它来评。", extra_tags="ok")
    if unmatched:
        names = "、".join(unmatched[:6]) + (f" 等 {len(unmatched)} 项" if len(unmatched) > 6 else "")
        messages.warning(request, f"这些名称对不上平台的指标，暂时算不出：{names}。", extra_tags="warn")
    return redirect("plan")


@allow(Permission.PLAN_VIEW)
def text(request: HttpRequest, id: int) -> HttpResponse:
    """The document as it was read, its items marked where they were found, and a list beside it; a long one follows in parts."""
    document = _document(request, id)
    kind = request.GET.get("kind", "")
    every = queries.items(document)
    found = [one for one in every if one.kind != Kind.OUTLINE and kind in ("", one.kind)]
    items = [reviewing.shown(one) for one in found]
    marked = queries.marked_lines(document, found)
    titles = {one.id: f"{one.kind_title}：{one.title}" for one in items}
    lines = highlight.paragraphs(marked, titles, _levels(every, marked))
    totals = {one: sum(item.kind == one for item in every) for one in reviewing.REVIEWED}
    chips = [board.Chip("", "全部", sum(totals.values()), kind not in totals)]
    chips += [board.Chip(one, Kind(one).label, total, one == kind) for one, total in totals.items() if total]
    cut = parts.parts(lines, items)
    wanted = request.GET.get("part", "")
    part = cut[int(wanted) - 1] if wanted.isdigit() and 1 <= int(wanted) <= len(cut) else cut[0]
    shown = {"document": document, "part": part, "item_count": len(items), "chips": chips, "line_count": len(lines)}
    return render(request, "components/document_part.html" if request.htmx and wanted else "plan_document.html", shown)


def _levels(items: list[PlanItem], lines: list[queries.MarkedLine]) -> dict[int, int]:
    """The heading level of the lines that are nothing but a heading; one that opens a paragraph leaves it a paragraph."""
    whole = {line.number: len(line.text.strip()) for line in lines}
    headings = [one for one in items if one.kind == Kind.OUTLINE and len(one.quote) >= 0.8 * whole.get(one.line, 0)]
    return {one.line: int(one.data.get("level") or 1) for one in headings}


CHANGES = {"added": ("none", "只在右边"), "removed": ("none", "只在左边"), "changed": ("warn", "不同")}


@allow(Permission.PLAN_REVIEW, Permission.PLAN_IMPORT)
def compare(request: HttpRequest, id: int) -> HttpResponse:
    """What another document says differently."""
    document = _document(request, id)
    chosen = request.GET.get("with", "")
    other = _document(request, int(chosen)) if chosen.isdigit() else None
    if other is None:
        return redirect("plan_import", id)
    show = request.GET.get("show", "")
    found = queries.compare(document, other)
    chips = [board.Chip("", "全部", len(found), show not in CHANGES)]
    chips += [board.Chip(key, words, sum(one.change == key for one in found), show == key, kind) for key, (kind, words) in CHANGES.items()]
    lines = [_difference(one) for one in found if show in ("", one.change)]
    return render(request, "plan_compare.html", {"document": document, "other": other, "chips": chips, "lines": lines, "total": len(found)})


def _difference(one: queries.Difference) -> dict:
    status, words = CHANGES[one.change]
    names = reviewing.CHOICES["target_comparator"]
    return {
        "kind": one.kind,
        "kind_title": Kind(one.kind).label,
        "title": one.what,
        "column": one.column,
        "here": names.get(one.before, one.before),
        "there": names.get(one.after, one.after),
        "status": status,
        "words": words,
    }
