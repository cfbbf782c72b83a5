"""The last step of opening a number: the persons behind it, as far as the viewer's rights reach, each view audited."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
from django.conf import settings
from django.db import connection

from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.indicators import live, periods, queries, tables
from kangyu.apps.indicators.models import MeasureRun
from kangyu.engines.indicators.contributions import opens_to_people
from kangyu.gateways import content
from kangyu.gateways.warehouse import runs
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission

ROUNDS = 8
CHUNK = 400
WHICH = {"missing": "bottom > top", "counted": "top > 0"}


@dataclass(frozen=True)
class PersonRow:
    """One person behind a number; ``why`` says what is missing, where the definition lets it be said."""

    pid: int
    patient_id: str
    name: str
    sex: str
    birth_date: date | None
    area: str
    org: str
    why: tuple[str, ...] = ()


@dataclass(frozen=True)
class People:
    """A page of persons; ``after`` asks for the next one, None at the end."""

    rows: list[PersonRow]
    after: int | None


def people(
    key: str,
    *,
    viewer: Viewer,
    area: str = "",
    org: str = "",
    which: str = "missing",
    period: str = periods.NOW,
    after: int = 0,
    limit: int = 50,
) -> People:
    """Who is counted (``which='counted'``) or in the denominator and not counted (``missing``), inside an area or under an institution.

    Only people the viewer may see; ``DeniedError`` without the right to open figures to people, ``UserError`` for figures that do not open.
    """
    viewer.require(Permission.INDICATOR_PERSONS)
    run = _openable(key, which, period)
    org = org or (viewer.org if viewer.within == "institution" else "")
    found: list[PersonRow] = []
    last: int | None = after
    for _ in range(ROUNDS):
        pids = _candidates(run, key, which, period, area, org, last or 0)
        found += _visible(pids, viewer)
        last = pids[-1] if len(pids) == CHUNK else None
        if len(found) > limit or last is None:
            break
    rows, more = found[:limit], len(found) > limit
    audit.record("figure.people", by=viewer, pids=[row.pid for row in rows], target=f"{key}/{period}/{org or area}"[:160])
    return People(_with_reasons(rows, run, key, which, period), rows[-1].pid if more else last)


def _openable(key: str, which: str, period: str) -> MeasureRun:
    indicator = content.current().indicators.get(key)
    if indicator is None or which not in WHICH:
        raise UserError("没有这个指标，请从指标列表里选。")
    opening = "none" if indicator.reported else opens_to_people(indicator)
    if opening == "none" or (opening == "counted" and which == "missing"):
        raise UserError("这个指标不是按人统计的，打不开到人。")
    run = queries.published()
    if run is None:
        raise UserError(queries.NEVER)
    if period not in periods.opened(run.as_of):
        raise UserError("只有最近 12 个月和今年的数字可以打开到人。")
    return run


def _candidates(run: MeasureRun, key: str, which: str, period: str, area: str, org: str, after: int) -> list[int]:
    """The next persons by the run and by what was restated since, before the viewer's rights are asked."""
    restated = _restated(run, key, period)
    found = [
        pid
        for pid, (place, team, top, bottom) in restated.items()
        if pid > after and place.startswith(area) and org in ("", team) and (top > 0 if which == "counted" else bottom > top)
    ]
    found += _from_run(run, key, WHICH[which], period, area, org, after, list(restated))
    return sorted(found)[:CHUNK]


def _restated(run: MeasureRun, key: str, period: str) -> dict[int, tuple[str, str, float, float]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid, area, org, adds#>ARRAY[%s, %s] FROM restated_person WHERE run_id = %s", [period, key, run.pk])
        return {pid: (area, org, *_pair(adds)) for pid, area, org, adds in cursor.fetchall()}


def _pair(adds: Any) -> tuple[float, float]:
    if isinstance(adds, str):
        import json

        adds = json.loads(adds)
    return (float(adds[0]), float(adds[1])) if adds else (0.0, 0.0)


def _from_run(run: MeasureRun, key: str, where: str, period: str, area: str, org: str, after: int, without: Sequence[int]) -> list[int]:
    folder = runs.home(settings.DATA) / run.name / "contributions" / f"period={period}"
    if not any(folder.glob("*.parquet")):
        return []
    engine = duckdb.connect()
    try:
        engine.execute("SET threads = 1")
        sql = (
            f"SELECT pid FROM read_parquet('{folder}/*.parquet') WHERE indicator = $key AND pid > $after AND {where} "
            "AND starts_with(area, $area) AND ($org = '' OR org = $org) AND NOT list_contains($without::BIGINT[], pid) "
            "ORDER BY pid LIMIT $limit"
        )
        given = {"key": key, "after": after, "area": area, "org": org, "without": list(without), "limit": CHUNK}
        return [row[0] for row in engine.execute(sql, given).fetchall()]
    finally:
        engine.close()


def _visible(pids: Sequence[int], viewer: Viewer) -> list[PersonRow]:
    scope, parameters = viewer.people("person")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT pid, patient_id, name, sex, birth_date, area, org FROM person WHERE pid = ANY(%s) AND {scope} ORDER BY pid",
            [list(pids), *parameters],
        )
        return [PersonRow(*row) for row in cursor.fetchall()]


def _with_reasons(rows: list[PersonRow], run: MeasureRun, key: str, which: str, period: str) -> list[PersonRow]:
    said = tables.explanation(key) if which == "missing" else None
    if said is None or not rows:
        return rows
    span, today = periods.periods(run.as_of)[period]
    with connection.cursor() as cursor:
        held = live.rows_of(cursor, [row.pid for row in rows], said.condition.columns)
    return [PersonRow(**{**vars(row), "why": tuple(said.reasons(held[row.pid], span, today))}) for row in rows]
