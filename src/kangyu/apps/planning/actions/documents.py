"""Takes a plan document in for review, and makes a reviewed one official."""

import hashlib
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.planning.actions import targets
from kangyu.apps.planning.models import PlanDocument, PlanItem
from kangyu.engines import plandoc
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission

Kind, State = PlanItem.Kind, PlanItem.State
PLACE = ("quote", "line", "start", "end")


@dataclass(frozen=True)
class Imported:
    """A document in the store; ``new`` is false when the same file had been taken in before."""

    document: PlanDocument
    new: bool


def import_document(*, data: bytes, filename: str, area: str, by: Viewer) -> Imported:
    """Read a plan and keep it, with everything found in it, as a draft. The same file is taken in once; ``UserError`` if unreadable."""
    by.require(Permission.PLAN_IMPORT)
    digest = hashlib.sha256(data).hexdigest()
    if known := PlanDocument.objects.filter(area=area, digest=digest).first():
        return Imported(known, False)
    found = plandoc.read(data, filename)
    read = plandoc.to_json(found) | {"text": found.text}
    try:
        with transaction.atomic():
            document = _keep(read, digest, filename, area, by)
    except IntegrityError:
        return Imported(PlanDocument.objects.get(area=area, digest=digest), False)
    return Imported(document, True)


def _keep(read: dict[str, Any], digest: str, filename: str, area: str, by: Viewer) -> PlanDocument:
    years = sorted({int(row["target_year"]) for row in read["indicators"] if row["target_year"]})
    document = PlanDocument.objects.create(
        area=area,
        digest=digest,
        filename=filename[:200],
        title=(read["title"] or filename)[:300],
        first_year=years[-1] - 4 if years else None,
        last_year=years[-1] if years else None,
        text=read["text"],
        warnings=read["warnings"],
        imported_by=by.username,
    )
    PlanItem.objects.bulk_create(_items(document, read))
    audit.record("plan.import", by=by, target=f"plan_document/{document.pk}")
    return document


def _items(document: PlanDocument, read: dict[str, Any]) -> list[PlanItem]:
    kinds = {Kind.INDICATOR: "indicators", Kind.COMMITMENT: "commitments", Kind.TASK: "tasks", Kind.PROJECT: "projects"}
    found = [(Kind.OUTLINE, row) for row in _flattened(read["outline"])]
    found += [(kind, row) for kind, name in kinds.items() for row in read[name]]
    doubtful = [(place["start"], place["end"], warning["message"]) for warning in read["warnings"] for place in warning["places"]]
    counts: dict[str, int] = {}
    items = []
    for kind, row in found:
        counts[kind] = counts.get(kind, 0) + 1
        place = {name: row[name] for name in PLACE}
        doubts = [message for start, end, message in doubtful if start < place["end"] and place["start"] < end]
        data = {name: value for name, value in row.items() if name not in (*PLACE, "plan", "children")}
        state = State.ACCEPTED if kind == Kind.OUTLINE else State.PENDING
        doubts += _incomplete(kind, data)
        items.append(PlanItem(document=document, kind=kind, ordinal=counts[kind], data=data, state=state, doubts=doubts, **place))
    return items


def _flattened(outline: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for heading in outline for row in (heading, *_flattened(heading["children"]))]


def _incomplete(kind: str, data: dict[str, Any]) -> list[str]:
    """What a person should look at although the reader did not warn of it."""
    said = []
    if kind == Kind.INDICATOR:
        if not data["target_value"] and data["target_comparator"] not in ("improve", "proportional"):
            said.append("没有读出目标数值")
        if not data["name"]:
            said.append("没有读出指标名称")
    if kind == Kind.COMMITMENT and data["deadline_basis"] not in ("", "same_sentence"):
        said.append("年限写在别处，是推出来的")
    if kind == Kind.TASK and not (data["lead_departments"] or data["responsibility_text"]) and data["kind"] == "task":
        said.append("没有读出负责部门")
    return said


@transaction.atomic
def make_official(*, document: PlanDocument, by: Viewer) -> list[str]:
    """Make a reviewed plan the one the area is measured against; the one before is superseded. Returns names no indicator answers to.

    Every indicator row must have been accepted, corrected or discarded; ``UserError`` otherwise.
    """
    by.require(Permission.PLAN_REVIEW)
    document = PlanDocument.objects.select_for_update().get(pk=document.pk)
    rows = list(document.items.filter(kind=Kind.INDICATOR))
    pending = sum(row.state == State.PENDING for row in rows)
    if pending:
        raise UserError(f"还有 {pending} 行指标没有审阅。请逐行采纳、更正或弃用，再设为正式。")
    used = [row for row in rows if row.state in (State.ACCEPTED, State.CORRECTED)]
    if not used:
        raise UserError("这份文件里没有采纳的指标，不能设为正式规划。")
    unmatched = targets.write_from_items(document, used)
    enact(document, by)
    return unmatched


def enact(document: PlanDocument, by: Viewer) -> None:
    """Put the document in force in place of the one before; the caller holds the transaction."""
    PlanDocument.objects.filter(area=document.area, state=PlanDocument.State.OFFICIAL).exclude(pk=document.pk).update(
        state=PlanDocument.State.SUPERSEDED
    )
    document.state, document.official_by, document.official_at = PlanDocument.State.OFFICIAL, by.username, timezone.now()
    document.save(update_fields=["state", "official_by", "official_at"])
    audit.record("plan.official", by=by, target=f"plan_document/{document.pk}")
