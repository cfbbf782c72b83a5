"""The two cards in the demo county: money paid in advance, services checked, one half-year paid out, the next one shown and objected to."""

import contextlib
import hashlib
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from kangyu.apps.directory.models import Institution
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import SYSTEM, Viewer, viewer_of
from kangyu.apps.governance.models import Account
from kangyu.apps.ledgers.actions.postings import Entry, post
from kangyu.apps.statements import queries
from kangyu.apps.statements.models import SampleDraw
from kangyu.engines.statements import period_before, period_of, prepare
from kangyu.flows import statement_appeals, statement_checks, statement_facts, statement_work
from kangyu.gateways import content
from kangyu.kernel.errors import UserError
from kangyu.kernel.period import Period

KEY = "two_card_appraisal"
ADVANCE = Decimal("0.6")
"""What part of an even share is paid in advance."""


def accounts() -> list[tuple[str, str, str, dict[str, str]]]:
    """The four who work with it; the clerk's hospital is the one with the most clinics under it."""
    bureau = Institution.objects.filter(kind="health_bureau").order_by("id").first()
    mine = _clerks_hospital()
    if bureau is None or mine is None:
        return []
    county = {"area": bureau.area[:6], "org": bureau.id}
    return [
        ("phc_office", "phc", "卫样基", county),
        ("finance_desk", "finance", "财样清", county),
        ("phc_clerk", "clerk", "郑样考", {"area": mine.area[:9], "org": mine.id}),
        ("appeal_panel", "panel", "仲样平", county),
    ]


def _clerks_hospital() -> Institution | None:
    hospitals = list(Institution.objects.filter(kind="township_hospital", closed_on__isnull=True).order_by("id"))
    below = {one.id: Institution.objects.filter(parent=one.id).count() for one in hospitals}
    return max(hospitals, key=lambda one: (below[one.id], one.id), default=None)


def seed() -> int:
    """Two half-years: the one before last paid out, the last one under appeal. Returns how many sheets."""
    found = {account.role: viewer_of(account) for account in Account.objects.filter(synthetic=True, is_active=True)}
    if KEY not in content.current().statements or not {"phc_office", "finance_desk", "phc_clerk"} <= set(found):
        return 0
    current = period_of("half_year", clock.today())
    last = period_before("half_year", current)
    before = period_before("half_year", last)
    for period in (before, last):
        _advance(period)
        _checks(found["phc_office"], period)
    _checks(found["phc_office"], current, told=0.4)
    with statement_facts.exported(prepare(content.current(), content.current().statements[KEY])) as run:
        _finished(found, before, run)
        _under_appeal(found, last, run)
    return 2


def _advance(period: Period) -> None:
    """Paid in the first month, the same for everybody, as is done where no result is known yet."""
    pool = Decimal(
        str(next(one.values["two_card_pool"].value for one in content.current().settings.values() if "two_card_pool" in one.values))
    )
    kinds = ("township_hospital", "community_centre")
    mains = list(Institution.objects.filter(kind__in=kinds, closed_on__isnull=True).order_by("id").values_list("id", flat=True))
    each = (pool / len(mains) * ADVANCE).quantize(Decimal(100))
    entries = [Entry("put", each, {"institution": one, "purpose": "advance"}) for one in mains]
    day = period.start + timedelta(days=25)
    post("subsidy_money", entries, key=f"demo/advance/{period.start}", by=SYSTEM, reason="年中预拨", source="demo", on=day)


def _checks(office: Viewer, period: Period, told: float = 1.0) -> None:
    """Records drawn by lot and asked after by telephone, most of them true; ``told`` is how much of the list is done so far."""
    moment = _moment(period.end + timedelta(days=1))
    if not SampleDraw.objects.filter(key=KEY, period_start=period.start).exists():
        with contextlib.suppress(UserError):  # nothing to draw from in a very small county
            statement_checks.draw(office, KEY, period, at=moment)
    drawn = SampleDraw.objects.filter(key=KEY, period_start=period.start).first()
    if drawn is None or statement_checks.closed(drawn):
        return
    units = drawn.units
    mine = _clerks_hospital()
    objecting = next((unit["record"] for unit in units if mine and unit["row"] == mine.id), "")
    said = {unit["record"]: _said(unit, unit["record"] != objecting, moment.date()) for unit in units[: round(len(units) * told)]}
    statement_checks.answer_all(office, drawn.pk, said)


def _said(unit: dict[str, Any], holds: bool, on: date) -> tuple[dict[str, Any], date]:
    """What was said on the telephone. ``holds`` is False for a service that is not to be found true, whatever the lot says."""
    if holds and int(hashlib.sha256(unit["record"].encode()).hexdigest()[:4], 16) % 12:
        return {"way": "phone", "found_true": True}, on
    return {"way": "phone", "found_true": False, "remark": "本人说当天没有来过，也没有接到电话"}, on


def _finished(found: dict[str, Viewer], period: Period, run: Path) -> None:
    at = _moment(period.end + timedelta(days=15))
    id = _shown(found, period, at, run)
    settled = queries.opened(SYSTEM, id).sheet.appeal_until
    assert settled is not None
    statement_work.settle_due(settled + timedelta(hours=1))
    statement_work.carry_out(found["finance_desk"], id, "pay", at=settled + timedelta(days=3))


def _under_appeal(found: dict[str, Viewer], period: Period, run: Path) -> None:
    id = _shown(found, period, _moment(clock.today() - timedelta(days=6)), run)
    opened = queries.opened(SYSTEM, id)
    clerk = found["phc_clerk"]
    if any(row["id"] == clerk.org for row in opened.body["rows"]):
        answers = {"about": "truth", "reason": "抽查判为不属实的一份，电话打到了同名的另一位居民，附通话记录和签名表", "asked": 1500}
        statement_appeals.appeal(clerk, id, clerk.org, answers=answers, key="demo-appeal")


def _shown(found: dict[str, Viewer], period: Period, at: datetime, run: Path) -> int:
    """Computed, signed by both, shown."""
    id = statement_work.compute(found["phc_office"], KEY, period, at=at, run=run)
    digest = queries.opened(SYSTEM, id).sheet.digest
    statement_work.sign(found["phc_office"], id, digest=digest, at=at + timedelta(days=1))
    statement_work.sign(found["finance_desk"], id, digest=digest, at=at + timedelta(days=2))
    return id


def _moment(day: date) -> datetime:
    """Ten o'clock on a day, or now where that is earlier."""
    now = clock.now()
    return min(now.replace(year=day.year, month=day.month, day=day.day, hour=10, minute=0, second=0, microsecond=0), now)
