"""Sheets as pages read them, as far as the viewer may: its institutions see a sheet once it is shown, the bureau all of its area."""

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet

from kangyu.apps.governance.access import SYSTEM, Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.statements.models import Sheet, SheetLine, SheetStep
from kangyu.apps.statements.seals import require_whole, signatures
from kangyu.engines.content.kinds import Statement
from kangyu.engines.statements import declared_in
from kangyu.kernel.errors import UserError
from kangyu.kernel.period import Period
from kangyu.kernel.permission import Permission


class SheetNotWithinReach(UserError):
    """There is no such sheet, or not for this viewer; which of the two is not said."""


@dataclass(frozen=True)
class Opened:
    """A sheet whose seal held, its text read."""

    sheet: Sheet
    body: dict[str, Any]
    steps: tuple[SheetStep, ...]
    signed: tuple[SheetStep, ...]
    lines: tuple[SheetLine, ...]

    @cached_property
    def statement(self) -> Statement:
        """The declaration it was computed by."""
        return declared_in(self.body)

    @property
    def period(self) -> Period:
        return Period(self.sheet.period_start, self.sheet.period_end)

    def row(self, org: str) -> dict[str, Any]:
        """One institution's row. Raises ``SheetNotWithinReach``."""
        found = next((row for row in self.body["rows"] if row["id"] == org), None)
        if found is None:
            raise SheetNotWithinReach("这张表里没有这家机构。")
        return found

    def corrections(self, org: str) -> Decimal:
        """What lines add to or take from a row."""
        return sum((line.amount for line in self.lines if line.org == org), Decimal(0))


def within_reach(viewer: Viewer) -> QuerySet[Sheet]:
    """The sheets a viewer may open."""
    if viewer is SYSTEM:
        return Sheet.objects.all()
    viewer.require(Permission.STATEMENT_VIEW)
    if viewer.within == "county":
        return Sheet.objects.filter(area__startswith=viewer.area[:6])
    if viewer.within in ("township", "institution") and viewer.org:
        return Sheet.objects.filter(frozen=True).filter(Q(rows__org=viewer.org)).distinct()
    return Sheet.objects.none()


def listed(viewer: Viewer, limit: int = 60) -> list[Sheet]:
    """The newest period first."""
    return list(within_reach(viewer).defer("text").order_by("-period_start", "key")[:limit])


def opened(viewer: Viewer, id: int) -> Opened:
    """One sheet, its seal checked. Raises ``SheetNotWithinReach`` (audited) or ``SealBroken``."""
    sheet = within_reach(viewer).filter(pk=id).first()
    if sheet is None:
        if Sheet.objects.filter(pk=id).exists():
            audit.record("statement.view", by=viewer, target=f"statement/{id}", outcome="denied")
        raise SheetNotWithinReach("没有这张表，或还没有公示，或不在您的管辖范围内。")
    return read(sheet)


def read(sheet: Sheet) -> Opened:
    """A sheet somebody has already been let to. Raises ``SealBroken``."""
    require_whole(sheet)
    return Opened(
        sheet=sheet,
        body=json.loads(sheet.text),
        steps=tuple(sheet.steps.order_by("number")),
        signed=tuple(signatures(sheet)),
        lines=tuple(sheet.lines.order_by("id")),
    )
