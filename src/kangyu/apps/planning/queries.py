"""Reads of plan documents, their items and the official rows."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q

from kangyu.apps.planning.models import PlanDocument, PlanItem, PlanItemChange, Target
from kangyu.engines.content.matching import normalised

Kind = PlanItem.Kind
LABELS = {
    "name": "名称", "category": "类别", "unit": "单位", "baseline_year": "基期年", "baseline_raw": "基期（原文）",
    "baseline_value": "基期值", "target_year": "目标年", "target_raw": "目标（原文）", "target_comparator": "比较方式",
    "target_value": "目标值", "nature": "性质", "lead_departments": "牵头部门", "participating_departments": "配合部门",
    "deadline_year": "期限", "title": "标题", "value": "数值", "comparator": "比较方式", "floor_area_m2": "建筑面积", "beds": "床位",
    "investment": "投资", "planned_completion": "计划完成", "status": "进度", "place_level": "级别", "subject": "事项",
    "responsibility_text": "责任分工",
}  # fmt: skip
SAME_BY = {Kind.INDICATOR: "name", Kind.TASK: "title", Kind.PROJECT: "name", Kind.COMMITMENT: "subject"}
COMPARED = {
    Kind.INDICATOR: ("unit", "baseline_value", "target_year", "target_comparator", "target_value", "nature"),
    Kind.TASK: ("lead_departments", "participating_departments", "deadline_year"),
    Kind.PROJECT: ("floor_area_m2", "beds", "investment", "planned_completion", "status"),
    Kind.COMMITMENT: ("comparator", "value", "unit", "deadline_year"),
}


@dataclass(frozen=True)
class Mark:
    """A stretch of a line that an item was found in; ``start`` and ``end`` count in the line."""

    start: int
    end: int
    item: int
    kind: str
    state: str


@dataclass(frozen=True)
class MarkedLine:
    """A line of the document with the items found in it, outermost first."""

    number: int
    text: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Difference:
    """One thing two documents say differently. ``change``: ``added`` (only the second has it), ``removed``, ``changed``."""

    kind: str
    what: str
    change: str
    column: str = ""
    before: str = ""
    after: str = ""


def documents(area: str) -> list[PlanDocument]:
    """The documents of an area, newest first, each with how many of its items wait for a decision (``waiting``)."""
    waiting = Count("items", filter=Q(items__state=PlanItem.State.PENDING))
    return list(PlanDocument.objects.filter(area=area).annotate(waiting=waiting).defer("text"))


def document(id: int) -> PlanDocument | None:
    """One document."""
    return PlanDocument.objects.filter(pk=id).first()


def official(area: str) -> PlanDocument | None:
    """The plan an area is measured against."""
    return PlanDocument.objects.filter(area=area, state=PlanDocument.State.OFFICIAL).first()


def targets(area: str) -> list[Target]:
    """The rows of the official plan, in their order."""
    return list(Target.objects.filter(area=area, document__state=PlanDocument.State.OFFICIAL).select_related("document", "item"))


def unmatched(area: str) -> list[str]:
    """The names in the official plan that no indicator answers to."""
    return [row.name for row in targets(area) if not row.indicator]


def targets_of_indicator(area: str, key: str) -> list[Target]:
    """The official rows an indicator measures."""
    return [row for row in targets(area) if row.indicator == key]


def items(document: PlanDocument, kind: str = "", state: str = "") -> list[PlanItem]:
    """The items of a document in the order of reading, of one kind or state where given."""
    found = document.items.all()
    if kind:
        found = found.filter(kind=kind)
    if state:
        found = found.filter(state=state)
    return list(found.order_by("start", "kind", "ordinal"))


def item(id: int) -> PlanItem | None:
    """One item with its document."""
    return PlanItem.objects.filter(pk=id).select_related("document").first()


def counts(document: PlanDocument) -> dict[str, dict[str, int]]:
    """How many items of each kind stand in each state."""
    found: dict[str, dict[str, int]] = {}
    for kind, state, number in document.items.values_list("kind", "state").annotate(number=Count("id")).order_by():
        found.setdefault(kind, {})[state] = number
    return found


def history(item: PlanItem) -> list[PlanItemChange]:
    """The decisions about an item, newest first."""
    return list(item.changes.all())


def marked_lines(document: PlanDocument, found: Iterable[PlanItem] | None = None) -> list[MarkedLine]:
    """The document line by line with the items found in each; an item over several lines is marked in each of them."""
    found = list(found if found is not None else document.items.exclude(kind=Kind.OUTLINE))
    marks: dict[int, list[Mark]] = {}
    lines = document.lines
    starts, at = [], 0
    for line in lines:
        starts.append(at)
        at += len(line) + 1
    for one in found:
        number = one.line
        while number <= len(lines) and starts[number - 1] < one.end:
            first, text = starts[number - 1], lines[number - 1]
            begin, end = max(0, one.start - first), min(len(text), one.end - first)
            if begin < end:
                marks.setdefault(number, []).append(Mark(begin, end, one.pk, one.kind, one.state))
            number += 1
    return [
        MarkedLine(number, text, tuple(sorted(marks.get(number, ()), key=lambda mark: (mark.start, -mark.end))))
        for number, text in enumerate(lines, 1)
    ]


def compare(first: PlanDocument, second: PlanDocument) -> list[Difference]:
    """What the second document says differently from the first: indicators, tasks, projects and commitments by their names."""
    differences = []
    for kind, name in SAME_BY.items():
        before, after = _by_name(first, kind, name), _by_name(second, kind, name)
        for key in [*before, *(key for key in after if key not in before)]:
            differences += _differences(kind, name, before.get(key), after.get(key))
    return differences


def _by_name(document: PlanDocument, kind: str, name: str) -> dict[str, dict]:
    found: dict[str, dict] = {}
    for one in document.items.filter(kind=kind).exclude(state=PlanItem.State.DISCARDED).order_by("ordinal"):
        key = normalised(str(one.value.get(name) or ""))
        again = sum(1 for known in found if known.split("#")[0] == key)
        found[f"{key}#{again}"] = one.value
    return found


def _differences(kind: str, name: str, before: dict | None, after: dict | None) -> list[Difference]:
    if before is None or after is None:
        said = after or before or {}
        return [Difference(kind, str(said.get(name, "")), "removed" if after is None else "added")]
    return [
        Difference(
            kind, str(after.get(name, "")), "changed", LABELS.get(column, column), str(before.get(column, "")), str(after.get(column, ""))
        )
        for column in COMPARED[Kind(kind)]
        if str(before.get(column) or "") != str(after.get(column) or "")
    ]
