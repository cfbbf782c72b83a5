"""Decisions about single items of a plan document; each is kept with who, when, before, after and why, and can be taken back."""

from collections.abc import Mapping
from typing import Any, get_args

from django.db import transaction

from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.planning.models import PlanDocument, PlanItem, PlanItemChange
from kangyu.engines.content.kinds.plan import Comparator
from kangyu.kernel.errors import Problem, ProblemsError, UserError
from kangyu.kernel.permission import Permission

State = PlanItem.State
NATURES = ("binding", "expected", "")
YEARS = ("baseline_year", "target_year", "deadline_year")
NUMBERS = ("baseline_value", "target_value")


def accept(*, item: PlanItem, by: Viewer) -> PlanItem:
    """Accept an item as it was read."""
    return _decide(item, by, "accept", State.ACCEPTED, None, "")


def correct(*, item: PlanItem, values: Mapping[str, str], reason: str, by: Viewer) -> PlanItem:
    """Put an item right: ``values`` replace what was read, by column name. Raises ``ProblemsError`` for values that cannot be."""
    changed = {name: str(value).strip() for name, value in values.items()}
    problems = _problems(item, changed)
    if problems:
        raise ProblemsError(problems)
    return _decide(item, by, "correct", State.CORRECTED, {**item.value, **changed}, reason)


def discard(*, item: PlanItem, reason: str, by: Viewer) -> PlanItem:
    """Leave an item out of the official plan."""
    if not reason.strip():
        raise UserError("请写明弃用的原因。")
    return _decide(item, by, "discard", State.DISCARDED, item.corrected, reason)


@transaction.atomic
def undo(*, item: PlanItem, by: Viewer) -> PlanItem:
    """Take the last decision about an item back; that, too, is kept."""
    item = _held(item, by)
    undone = 0
    for change in item.changes.all():
        if change.action == "undo":
            undone += 1
        elif undone:
            undone -= 1
        else:
            return _set(item, by, "undo", change.before["state"], change.before["corrected"], "")
    raise UserError("这一项还没有可以撤回的决定。")


@transaction.atomic
def accept_all_certain(*, document: PlanDocument, by: Viewer) -> int:
    """Accept every pending item that nothing speaks against; returns how many. Doubtful ones stay for a person."""
    by.require(Permission.PLAN_REVIEW)
    _open(document)
    items = list(document.items.select_for_update().filter(state=State.PENDING, doubts=[]))
    for item in items:
        _set(item, by, "accept", State.ACCEPTED, None, "无疑点，成批采纳", audited=False)
    audit.record("plan.accept_certain", by=by, target=f"plan_document/{document.pk}")
    return len(items)


@transaction.atomic
def _decide(item: PlanItem, by: Viewer, action: str, state: str, corrected: dict | None, reason: str) -> PlanItem:
    return _set(_held(item, by), by, action, state, corrected, reason)


def _held(item: PlanItem, by: Viewer) -> PlanItem:
    by.require(Permission.PLAN_REVIEW)
    item = PlanItem.objects.select_for_update().select_related("document").get(pk=item.pk)
    _open(item.document)
    return item


def _open(document: PlanDocument) -> None:
    if document.state != PlanDocument.State.DRAFT:
        raise UserError("这份文件已经设为正式或已被取代，不能再改。请导入修订稿。")


def _set(item: PlanItem, by: Viewer, action: str, state: str, corrected: dict | None, reason: str, *, audited: bool = True) -> PlanItem:
    before = {"state": item.state, "corrected": item.corrected}
    item.state, item.corrected = state, corrected
    item.save(update_fields=["state", "corrected"])
    after = {"state": item.state, "corrected": item.corrected}
    PlanItemChange.objects.create(item=item, by=by.username, action=action, before=before, after=after, reason=reason.strip())
    if audited:
        audit.record(f"plan.item_{action}", by=by, target=f"plan_item/{item.pk}")
    return item


def _problems(item: PlanItem, changed: Mapping[str, Any]) -> list[Problem]:
    found = []
    for name, value in changed.items():
        message = _fault(item, name, value)
        if message:
            found.append(Problem(f"第 {item.line} 行", name, message))
    return found


def _fault(item: PlanItem, name: str, value: str) -> str:
    if name not in item.data:
        return "没有这一栏。"
    if name in NUMBERS and value:
        try:
            float(value)
        except ValueError:
            return f"“{value}”不是数字，请只写数字。"
    if name in YEARS and value and not (value.isdigit() and 1990 <= int(value) <= 2100):
        return f"“{value}”不是年份，应是 1990–2100 之间的四位数。"
    if name == "target_comparator" and value not in get_args(Comparator):
        return f"没有“{value}”这种比较方式。"
    if name == "nature" and value not in NATURES:
        return "指标性质只有约束性（binding）和预期性（expected）。"
    return "名称不能为空。" if name == "name" and not value else ""
