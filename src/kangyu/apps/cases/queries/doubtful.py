"""Visits that may not have been made, for those who oversee the institutions of an area: the signs and the records behind them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.cache import cache
from django.db import connection

from kangyu.apps.directory import queries as directory
from kangyu.apps.governance.access import Viewer
from kangyu.engines.cases.plausibility import Limits, Load, Recorded, Sign, loads, signs
from kangyu.gateways import content
from kangyu.kernel.permission import Permission

LOOKS_BACK = timedelta(days=365)
KEPT = 600
CHANCE = 0.001
READ = """
SELECT r.id, r.pid, coalesce(r.org, ''), r.d_lo::date, a.kind IN ('clinic', 'home'), a.systolic, a.diastolic,
       CASE WHEN a.numbers >= 2 THEN a.digest ELSE '' END, p.deceased_on,
       split_part(coalesce(r.body->'author'->>'reference', ''), '/', 2)
FROM resource r JOIN person p USING (pid)
CROSS JOIN LATERAL (
    SELECT max(e->'answer'->0->'valueCoding'->>'code') FILTER (WHERE e->>'linkId' = 'visit_kind') AS kind,
           max((e->'answer'->0->>'valueDecimal')::float) FILTER (WHERE e->>'linkId' = 'systolic') AS systolic,
           max((e->'answer'->0->>'valueDecimal')::float) FILTER (WHERE e->>'linkId' = 'diastolic') AS diastolic,
           count(*) FILTER (WHERE e->'answer'->0 ?| ARRAY['valueDecimal', 'valueQuantity']) AS numbers,
           md5(string_agg((e->>'linkId') || (e->'answer')::text, '|' ORDER BY e->>'linkId')) AS digest
    FROM jsonb_array_elements(r.body->'item') AS e
    WHERE e->>'linkId' NOT LIKE 'derived.%%' AND e->>'linkId' NOT LIKE 'reason.%%' AND e->>'linkId' NOT IN ('next_visit', 'target_weight')
) a
WHERE r.rtype = 'QuestionnaireResponse' AND r.code = ANY(%s) AND r.d_lo > %s AND ({scope})
"""


@dataclass(frozen=True)
class Doubt:
    """The signs of one institution."""

    org: str
    name: str
    signs: list[Sign]

    @property
    def strongest(self) -> float:
        return max(sign.strong for sign in self.signs)

    @property
    def responses(self) -> set[str]:
        return {response for sign in self.signs for response in sign.responses}


@dataclass(frozen=True)
class Doubted:
    """One record behind a sign."""

    response: str
    pid: int
    name: str
    on: date
    systolic: float | None
    diastolic: float | None
    died: date | None


def limits() -> Limits:
    """The limits in force, as ``content/settings`` has them."""
    declared = content.current().settings.get("plausibility")
    values = {key: one.value for key, one in declared.values.items()} if declared else {}
    standard = Limits()
    return Limits(
        readings=int(values.get("plausible_readings", standard.readings)),
        rounded=float(values.get("rounded_share", standard.rounded)),
        chance=CHANCE,
        visits_a_day_of_one=int(values.get("visits_a_day_of_one", standard.visits_a_day_of_one)),
        visits_a_day=int(values.get("visits_a_day", standard.visits_a_day)),
        alike=int(values.get("people_alike", standard.alike)),
    )


def doubts(viewer: Viewer, on: date) -> list[Doubt]:
    """Institutions with signs within the viewer's reach, over the last year, the strongest first; kept for ten minutes.

    Raises ``DeniedError`` without the right to review records.
    """
    viewer.require(Permission.RECORDS_REVIEW)
    condition, parameters = viewer.people("p")
    current = limits()
    key = "doubts." + hashlib.sha256(repr((condition, parameters, on, current)).encode()).hexdigest()
    found = cache.get(key)
    if found is None:
        found = signs(records(condition, parameters, on), current)
        cache.set(key, found, KEPT)
    by_org: dict[str, list[Sign]] = {}
    for sign in found:
        by_org.setdefault(sign.org, []).append(sign)
    names = directory.institution_names(list(by_org))
    listed = [Doubt(org, names.get(org, "机构不详"), own) for org, own in by_org.items()]
    return sorted(listed, key=lambda one: -one.strongest)


def records(condition: str, parameters: list, on: date) -> list[Recorded]:
    """The chronic-disease visits of a year of the people who meet a condition on ``person p``."""
    forms = [f"urn:kangyu:form:{name}" for name, form in content.current().forms.items() if form.counts_as_visit]
    with connection.cursor() as cursor:
        cursor.execute(READ.format(scope=condition), [forms, on - LOOKS_BACK, *parameters])
        return [Recorded(*row) for row in cursor.fetchall()]


@dataclass(frozen=True)
class Standing:
    """What became of a sign: its case, the state, who made the last move, when and why."""

    case: str
    state: str
    ended: bool
    by: str
    at: datetime
    reason: str


STANDING = """
SELECT c.id, c.state, c.ended, coalesce(a.display_name, s.by, ''), c.since, coalesce(s.reason, '') FROM case_file c
LEFT JOIN LATERAL (SELECT by, reason FROM case_step WHERE case_id = c.id AND kind = 'move' ORDER BY number DESC LIMIT 1) s ON true
LEFT JOIN account a ON a.username = s.by WHERE c.id = ANY(%s)
"""


def standing(cases: Sequence[str]) -> dict[str, Standing]:
    """What became of signs, by the ids of the cases that were opened about them; of one nobody looked at nothing is told."""
    with connection.cursor() as cursor:
        cursor.execute(STANDING, [list(cases)])
        return {row[0]: Standing(*row) for row in cursor.fetchall()}


def loads_of(viewer: Viewer, org: str, on: date) -> list[Load]:
    """How many people each performer of an institution met a day over the last year, as far as the viewer reaches."""
    viewer.require(Permission.RECORDS_REVIEW)
    condition, parameters = viewer.people("p")
    return loads(records(f"({condition}) AND r.org = %s", [*parameters, org], on))


NAMES = """
SELECT r.id, coalesce(p.body->'name'->0->>'text', '') FROM resource r
JOIN resource p ON p.rtype = 'Practitioner' AND p.id = split_part(r.body->'practitioner'->>'reference', '/', 2)
WHERE r.rtype = 'PractitionerRole' AND r.id = ANY(%s)
"""


def performers(roles: Sequence[str]) -> dict[str, str]:
    """The names of people by their posts (PractitionerRole)."""
    with connection.cursor() as cursor:
        cursor.execute(NAMES, [list(roles)])
        return dict(cursor.fetchall())


def behind(viewer: Viewer, responses: Sequence[str], limit: int = 5000) -> list[Doubted]:
    """The records behind a sign, as far as the viewer reaches, the latest first."""
    viewer.require(Permission.RECORDS_REVIEW)
    condition, parameters = viewer.people("p")
    sql = READ.format(scope=condition).replace("AND r.code = ANY(%s) AND r.d_lo > %s", "AND r.id = ANY(%s)")
    with connection.cursor() as cursor:
        named = f"SELECT t.*, n.name AS named FROM ({sql}) t JOIN person n USING (pid) ORDER BY 4 DESC, 1 LIMIT %s"
        cursor.execute(named, [list(responses), *parameters, limit])
        rows = cursor.fetchall()
    return [Doubted(row[0], row[1], row[10], row[3], row[5], row[6], row[8]) for row in rows]
