"""The two cards in the demo county: money paid in advance, services checked, one half-year paid out, the next one shown and objected to."""

import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from kangyu.apps.directory.models import Institution
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import SYSTEM, Viewer, viewer_of
from kangyu.apps.governance.models import Account
from kangyu.apps.ledgers.actions.postings import Entry, post
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.apps.statements import queries
from kangyu.engines.statements import period_before, period_of, prepare
from kangyu.flows import statement_appeals, statement_facts, statement_work
from kangyu.gateways import content
from kangyu.kernel.period import Period

KEY = "two_card_appraisal"
IDS = uuid.UUID("b1d6a3de-3c7e-4f1c-9f10-0a0cb7b7f6a1")
HTEST = {"tag": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]}
CHECKED_FORMS = {"hypertension_follow_up": "hypertension", "diabetes_follow_up": "diabetes", "elderly_health_check": "elderly"}
EACH = 8
"""Checks for each institution and half-year."""
ADVANCE = Decimal("0.6")
"""What part of an even share is paid in advance."""
SAMPLE = """
SELECT w.row, w.org, c.id, c.code, c.d_lo::date, p.patient_id FROM unnest(%s::text[], %s::text[]) AS w(org, row)
JOIN (
  SELECT r.id, r.code, r.d_lo, r.pid, r.org, row_number() OVER (PARTITION BY r.org ORDER BY md5(r.id)) AS place FROM resource r
  WHERE r.rtype = 'QuestionnaireResponse' AND r.code = ANY(%s) AND r.d_lo >= %s AND r.d_lo < %s
) c ON c.org = w.org AND c.place <= %s JOIN person p ON p.pid = c.pid ORDER BY w.row, md5(c.id)
"""


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
    rows = _rows()
    for period in (before, last):
        _advance(rows, period)
        _checks(rows, period)
    with statement_facts.exported(prepare(content.current(), content.current().statements[KEY])) as run:
        _finished(found, before, run)
        _under_appeal(found, last, run)
    return 2


def _rows() -> dict[str, str]:
    """Institution → the hospital or centre it counts for."""
    mains = {one.id for one in Institution.objects.filter(kind__in=("township_hospital", "community_centre"), closed_on__isnull=True)}
    return {one.id: row for one in Institution.objects.all() if (row := one.id if one.id in mains else one.parent) in mains}


def _advance(rows: dict[str, str], period: Period) -> None:
    """Paid in the first month, the same for everybody, as is done where no result is known yet."""
    pool = Decimal(
        str(next(one.values["two_card_pool"].value for one in content.current().settings.values() if "two_card_pool" in one.values))
    )
    mains = sorted(set(rows.values()))
    each = (pool / len(mains) * ADVANCE).quantize(Decimal(100))
    entries = [Entry("put", each, {"institution": one, "purpose": "advance"}) for one in mains]
    day = period.start + timedelta(days=25)
    post("subsidy_money", entries, key=f"demo/advance/{period.start}", by=SYSTEM, reason="年中预拨", source="demo", on=day)


def _checks(rows: dict[str, str], period: Period) -> None:
    """Services drawn by lot and asked after by telephone; most of them true."""
    with connection.cursor() as cursor:
        orgs = sorted(rows)
        forms = [f"urn:kangyu:form:{name}" for name in CHECKED_FORMS]
        given = [orgs, [rows[org] for org in orgs], forms, period.start, period.end + timedelta(days=1), EACH]
        cursor.execute(SAMPLE, given)
        drawn: dict[str, list[tuple[Any, ...]]] = {}
        for row in cursor.fetchall():
            drawn.setdefault(row[0], []).append(row)
    bureau = _bureau()
    mine = _clerks_hospital()
    drafts = [
        _check(found, place, bureau, true=_true(found, place, mine.id if mine else ""))
        for _, some in sorted(drawn.items())
        for place, found in enumerate(some[:EACH])
    ]
    with transaction.atomic():
        write(drafts, by=SYSTEM, purpose="合成数据")


def _true(found: tuple[Any, ...], place: int, objecting: str) -> bool:
    """Most are; the hospital that objects has one that was not."""
    return int(uuid.uuid5(IDS, found[2]).hex[:4], 16) % 12 != 0 and not (found[0] == objecting and place == 0)


def _check(found: tuple[Any, ...], place: int, bureau: str, *, true: bool) -> Draft:
    _, org, id, code, done_on, patient = found
    asked = min(done_on + timedelta(days=9 + place), period_of("half_year", done_on).end)
    items = [
        {"linkId": "provider", "answer": [{"valueReference": {"reference": f"Organization/{org}"}}]},
        _coded("service", "checked_service", CHECKED_FORMS[code.rpartition(":")[2]]),
        {"linkId": "done_on", "answer": [{"valueDate": done_on.isoformat()}]},
        _coded("way", "check_way", "phone"),
        {"linkId": "found_true", "answer": [{"valueBoolean": true}]},
        *([] if true else [{"linkId": "remark", "answer": [{"valueString": "本人说当天没有来过，也没有接到电话"}]}]),
    ]
    response = str(uuid.uuid5(IDS, id))
    body = {
        "resourceType": "QuestionnaireResponse", "id": response, "meta": dict(HTEST), "status": "completed",
        "questionnaire": "urn:kangyu:form:service_check", "authored": asked.isoformat(), "item": items,
        "subject": {"reference": f"Patient/{patient}"},
        "extension": [{"url": "urn:kangyu:ext:institution", "valueReference": {"reference": f"Organization/{bureau}"}}],
    }  # fmt: skip
    return Draft("update", "QuestionnaireResponse", response, body)


def _bureau() -> str:
    return Institution.objects.filter(kind="health_bureau").order_by("id").values_list("id", flat=True).first() or ""


def _coded(field: str, system: str, code: str) -> dict[str, Any]:
    return {"linkId": field, "answer": [{"valueCoding": {"system": f"urn:kangyu:cs:{system}", "code": code}}]}


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
