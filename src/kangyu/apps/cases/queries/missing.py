"""Who ought to be a case and is not, within the viewer's reach: rows of the record with no case opened for them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import orjson
from django.db import connection

from kangyu.apps.cases.actions.missing import first_day
from kangyu.apps.cases.rules import missing_rules, rules
from kangyu.apps.governance.access import Viewer
from kangyu.engines.cases.missing import PreparedMissing
from kangyu.engines.content.kinds.base import Span
from kangyu.kernel.permission import Permission

MOST = 200
OWED = """
SELECT m.row, m.pid, p.name, p.sex, p.birth_date, m.org, m.area, m."on", m.code, m.value, m.hours, m.carry
FROM missing_case m JOIN person p ON p.pid = m.pid
WHERE m.procedure = %(procedure)s AND m.rule = %(rule)s AND m."on" >= %(since)s AND m."on" <= %(today)s AND {reach}
AND NOT EXISTS (
  SELECT 1 FROM case_file c WHERE c.pid = m.pid AND c.procedure = m.procedure AND c.merged_into = '' AND NOT c.state = ANY(%(dropped)s)
  AND c.columns ->> m.answer = m.value AND c.opened >= (m."on" - make_interval(days => %(around)s))
)
ORDER BY m."on" DESC, m.row LIMIT %(most)s
"""


@dataclass(frozen=True)
class Owing:
    """One row for which nobody opened a case. ``late``: the hours allowed have surely passed."""

    procedure: str
    rule: str
    title: str
    row: str
    pid: int
    name: str
    sex: str
    birth_date: date | None
    org: str
    area: str
    on: date
    code: str
    answer: str
    value: str
    hours: float | None
    carry: dict[str, Any]
    report: str
    dismiss: str
    late: bool


def owing(viewer: Viewer, now: datetime, *, procedure: str = "", most: int = MOST) -> list[Owing]:
    """What the viewer's institution (and those under it), or their area, ought to have opened. ``DeniedError`` without the right."""
    viewer.require(Permission.CASE_WORK)
    reach, given = _reach(viewer)
    return _read(reach, given, now, procedure, most)


def owing_of(pid: int, now: datetime) -> list[Owing]:
    """What ought to have been opened about one person, whom the caller has already been let see."""
    return _read("m.pid = %(pid)s", {"pid": pid}, now, "", MOST)


def _reach(viewer: Viewer) -> tuple[str, dict[str, Any]]:
    if viewer.within == "institution" and viewer.org:
        return "(m.org = %(org)s OR m.org IN (SELECT id FROM institution WHERE parent = %(org)s))", {"org": viewer.org}
    if viewer.within in ("county", "township") and viewer.area:
        return "m.area LIKE %(area)s", {"area": f"{viewer.area}%"}
    return "false", {}


def _read(reach: str, given: dict[str, Any], now: datetime, procedure: str, most: int) -> list[Owing]:
    found = []
    for rule in missing_rules(rules()):
        if procedure and rule.procedure != procedure:
            continue
        around = Span.parse(rule.declared.around)
        days = {"day": 1, "week": 7, "month": 31, "year": 366}.get(around.unit, 1) * around.count
        asked = {
            **given, "procedure": rule.procedure, "rule": rule.key, "since": first_day(rule), "today": now.date(), "most": most,
            "dropped": list(rule.declared.not_met_by), "around": days,
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(OWED.format(reach=reach), asked)
            found += [_owing(rule, row, now) for row in cursor.fetchall()]
    return found


def _owing(rule: PreparedMissing, row: tuple[Any, ...], now: datetime) -> Owing:
    declared = rule.declared
    *head, on, code, value, hours, carry = row
    end_of_day = datetime.combine(on, datetime.min.time()) + timedelta(days=1, hours=hours or 0)
    return Owing(
        rule.procedure, rule.key, declared.title, *head, on, code, declared.answer, value, hours, _json(carry), declared.report,
        declared.dismiss, now.replace(tzinfo=None) > end_of_day,
    )  # fmt: skip


def _json(value: Any) -> dict[str, Any]:
    return orjson.loads(value) if isinstance(value, str) else value
