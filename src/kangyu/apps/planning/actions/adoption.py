"""Adopts the figures of a declared plan (``content/plans``) as an area's official plan, as the demo county does."""

from django.db import transaction

from kangyu.apps.governance.access import Viewer
from kangyu.apps.planning.actions import documents, targets
from kangyu.apps.planning.models import PlanDocument
from kangyu.gateways import content
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission


@transaction.atomic
def adopt_content_plan(key: str, *, area: str, by: Viewer) -> list[str]:
    """Make a declared plan official for an area (again, if it was before); returns the names no indicator answers to."""
    by.require(Permission.PLAN_REVIEW)
    plan = content.current().plans.get(key)
    if plan is None:
        raise UserError(f"content/plans 里没有名为 {key} 的规划。")
    first, last = (int(float(year)) for year in plan.period.split(".."))
    document, _ = PlanDocument.objects.update_or_create(
        area=area,
        digest=f"content:{key}",
        defaults={
            "filename": f"{key}.yaml", "title": plan.title, "first_year": first, "last_year": last,
            "content_key": key, "imported_by": by.username,
        },
    )  # fmt: skip
    unmatched = targets.write_from_plan(document, plan)
    documents.enact(document, by)
    return unmatched
