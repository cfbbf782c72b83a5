"""Sheets stored, stepped forward, signed and corrected; each action in one transaction with its audit."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from kangyu.apps.governance import clock
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.statements.models import Sheet, SheetLine, SheetRow, SheetStep
from kangyu.apps.statements.seals import line_digest, require_whole
from kangyu.engines.statements import digest_of
from kangyu.kernel.errors import UserError
from kangyu.kernel.period import Period

Row = tuple[str, str, Decimal | None, Decimal | None]
"""(institution, its name, share, amount)"""


@transaction.atomic
def store(
    *,
    key: str,
    title: str,
    area: str,
    period: Period,
    text: str,
    rows: Sequence[Row],
    first: str,
    by: Viewer,
    synthetic: bool = False,
    at: datetime | None = None,
) -> Sheet:
    """A sheet newly computed, or computed anew while it stands in its first state. Raises ``UserError`` afterwards."""
    now = at or clock.now()
    found = Sheet.objects.select_for_update().filter(key=key, area=area, period_start=period.start).first()
    if found is not None and (found.frozen or found.state != first):
        raise UserError("这张表已经签字，不能重算。公示之前可以先退回；公示之后只能记更正。")
    sheet = found or Sheet(key=key, area=area, period_start=period.start)
    sheet.title, sheet.period_end, sheet.text, sheet.digest = title, period.end, text, digest_of(text)
    sheet.state, sheet.since, sheet.computed_at, sheet.computed_by, sheet.synthetic = first, now, now, by.username, synthetic
    sheet.save()
    sheet.rows.all().delete()
    SheetRow.objects.bulk_create(
        SheetRow(sheet=sheet, place=place, org=org, name=name, share=share, amount=amount)
        for place, (org, name, share, amount) in enumerate(rows)
    )
    _step(sheet, move="compute", title="重算" if found else "计算", to=first, by=by, at=now)
    audit.record("statement.compute", by=by, target=f"statement/{sheet.pk}", purpose=title)
    return sheet


def lock(id: int) -> Sheet:
    """The sheet under this transaction's lock, its seal checked. Raises ``UserError`` if there is none."""
    sheet = Sheet.objects.select_for_update().filter(pk=id).first()
    if sheet is None:
        raise UserError("没有这张结算表。")
    require_whole(sheet)
    return sheet


def advance(
    sheet: Sheet, *, move: str, title: str, to: str, by: Viewer, signed: bool = False, freeze: bool = False, reason: str = "",
    appeal_until: datetime | None = None, at: datetime | None = None,
) -> None:  # fmt: skip
    """Take a locked sheet to its next state; ``signed`` puts a name under it, ``freeze`` closes its text for good.

    ``at`` is when it was done, where it is written down later.
    """
    now = at or clock.now()
    _step(sheet, move=move, title=title, to=to, by=by, at=now, signed=signed, reason=reason)
    sheet.state, sheet.since, sheet.frozen = to, now, sheet.frozen or freeze
    if appeal_until is not None:
        sheet.appeal_until = appeal_until
    sheet.save(update_fields=["state", "since", "frozen", "appeal_until"])
    audit.record(f"statement.{'sign' if signed else 'move'}", by=by, target=f"statement/{sheet.pk}", purpose=title)


def _step(sheet: Sheet, *, move: str, title: str, to: str, by: Viewer, at: datetime, signed: bool = False, reason: str = "") -> None:
    last = sheet.steps.order_by("-number").first()
    SheetStep.objects.create(
        sheet=sheet, number=(last.number if last else 0) + 1, move=move, title=title, from_state=last.to_state if last else "",
        to_state=to, signed=signed, account=by.username, name=by.display_name, role=by.role_title, at=at, reason=reason[:400],
        digest=sheet.digest,
    )  # fmt: skip


def correct(sheet: Sheet, *, org: str, column: str, amount: Decimal, reason: str, key: str, by: Viewer, case: str = "") -> SheetLine:
    """A signed line that corrects a row's amount; the same ``key`` corrects once. The sheet must be frozen and not yet paid out."""
    known = SheetLine.objects.filter(sheet=sheet, key=key).first()
    if known is not None:
        return known
    if not sheet.frozen:
        raise UserError("公示之前不记更正：退回重算即可。")
    if not sheet.rows.filter(org=org).exists():
        raise UserError("这张表里没有这家机构，不能更正。")
    line = SheetLine(
        sheet=sheet, org=org, column=column, amount=amount, reason=reason[:400], case=case, key=key, account=by.username,
        name=by.display_name, role=by.role_title, at=clock.now(),
    )  # fmt: skip
    line.digest = line_digest(sheet, line)
    line.save()
    audit.record("statement.correct", by=by, target=f"statement/{sheet.pk}/{org}", purpose=reason[:200])
    return line
