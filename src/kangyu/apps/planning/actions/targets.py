"""Writes the official rows of a plan, from reviewed items or from the figures declared in ``content/plans``."""

from collections.abc import Sequence
from typing import Any

from kangyu.apps.planning.models import PlanDocument, PlanItem, Target
from kangyu.engines.content.kinds import Plan
from kangyu.engines.content.matching import match_indicator
from kangyu.gateways import content

PLAN_YEARS = 5


def write_from_items(document: PlanDocument, items: Sequence[PlanItem]) -> list[str]:
    """Replace the document's rows by the accepted ones; returns the names no indicator answers to."""
    return _write(document, [_of_item(document, item, at) for at, item in enumerate(items, 1)])


def write_from_plan(document: PlanDocument, plan: Plan) -> list[str]:
    """Replace the document's rows by those of a declared plan; returns the names no indicator answers to."""
    return _write(document, [_of_row(document, row, at) for at, row in enumerate(plan.indicators, 1)])


def _write(document: PlanDocument, rows: list[Target]) -> list[str]:
    document.targets.all().delete()
    known = content.current()
    for row in rows:
        row.indicator = row.indicator or match_indicator(row.name, known) or ""
    Target.objects.bulk_create(rows)
    return [row.name for row in rows if not row.indicator]


def number(text: Any) -> float | None:
    """A number as read, None where there is none."""
    return float(text) if text not in (None, "") else None


def _of_item(document: PlanDocument, item: PlanItem, ordinal: int) -> Target:
    data = item.value
    target_year = int(data["target_year"] or document.last_year or 0)
    raw, comparator = data["target_raw"], data["target_comparator"] or "none"
    return Target(
        document=document, item=item, area=document.area, ordinal=ordinal, seq=str(data["seq"])[:8], category=data["category"][:80],
        name=data["name"][:200], unit=data["unit"][:40], baseline_year=int(data["baseline_year"] or target_year - PLAN_YEARS),
        baseline_raw=data["baseline_raw"][:80], baseline=number(data["baseline_value"]), target_year=target_year, target_raw=raw[:120],
        target=number(data["target_value"]), comparator=comparator, nature=data["nature"],
        relative=comparator == "increase_by" and "%" in raw.replace("％", "%") and data["unit"] != "%",
    )  # fmt: skip


def _of_row(document: PlanDocument, row: Any, ordinal: int) -> Target:
    return Target(
        document=document, area=document.area, ordinal=ordinal, seq=str(row.seq), category=row.category, name=row.name, unit=row.unit,
        baseline_year=row.baseline.year, baseline_raw=row.baseline.raw or "", baseline=row.baseline.value, target_year=row.target.year,
        target_raw=row.target.raw or "", target=row.target.value, comparator=row.target.comparator, relative=row.target.relative,
        nature=row.nature, indicator=row.indicator or "",
    )  # fmt: skip
