"""Keeps the rows for which a case ought to be there: in the writer's own transaction, and all of them anew when asked."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from kangyu.apps.cases.actions.case_tables import plain
from kangyu.apps.cases.rules import missing_rules, rules
from kangyu.apps.governance import clock
from kangyu.apps.record import person_rows
from kangyu.apps.record.pipeline import Passage
from kangyu.engines.cases.missing import PreparedMissing, owed
from kangyu.engines.content.kinds.base import Span
from kangyu.engines.language.calendar import shift
from kangyu.gateways import content

BATCH = 500
COLUMNS = ("procedure", "rule", "row", "pid", "org", "area", "on", "code", "answer", "value", "hours", "carry")
RECENT = 'SELECT DISTINCT pid FROM ({view}) v WHERE v."{on}"::date >= %s ORDER BY pid'


def after_write(passage: Passage) -> None:
    """The record's projector: whoever something of the kind was written about."""
    declared = missing_rules(rules())
    wanted = {_resource(one) for one in declared}
    pids = {pid for draft in passage.drafts if draft.rtype in wanted for pid in (draft.pid, draft.previous_pid) if pid is not None}
    if pids:
        restate(sorted(pids))


def _resource(rule: PreparedMissing) -> str:
    return str(content.tables().view(rule.declared.of).definition["resource"])


@transaction.atomic(savepoint=False)
def restate(pids: Sequence[int]) -> int:
    """Work out anew what ought to be a case of these people. Returns how many rows ask for one."""
    lines = [line for rule in missing_rules(rules()) for line in _lines(rule, pids)]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM missing_case WHERE pid = ANY(%s)", [list(pids)])
        if lines:
            names = ", ".join(f'"{name}"' for name in COLUMNS)
            marks = f"({', '.join(['%s'] * len(COLUMNS))})"
            flat = [value for line in lines for value in line]
            cursor.execute(f"INSERT INTO missing_case ({names}) VALUES {', '.join([marks] * len(lines))} ON CONFLICT DO NOTHING", flat)
    return len(lines)


def _lines(rule: PreparedMissing, pids: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    since = first_day(rule)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid, birth_date, area, org FROM person WHERE pid = ANY(%s)", [list(pids)])
        people = {pid: (born, area, org) for pid, born, area, org in cursor.fetchall()}
    found = person_rows.read(list(pids), {rule.declared.of: rule.columns})
    for pid, tables in found.items():
        born, area, own = people.get(pid, (None, "", ""))
        for one in owed(rule, tables.get(rule.declared.of, ()), born):
            if one.on >= since:
                wanted = (rule.declared.answer, one.value, one.hours, Jsonb(plain(one.carry)))
                org = one.org or _seen_at(pid, one.on) or own
                yield (rule.procedure, rule.key, one.row, pid, org, area, one.on, one.code[:32], *wanted)


SEEN = """
SELECT org FROM resource WHERE pid = %s AND rtype = 'Encounter' AND d_lo = %s AND coalesce(org, '') <> '' ORDER BY id LIMIT 1
"""


def _seen_at(pid: int, on: date) -> str:
    """Where somebody was seen on a day, for a record that does not say who made it; empty when nowhere."""
    with connection.cursor() as cursor:
        cursor.execute(SEEN, [pid, on])
        found = cursor.fetchone()
    return found[0] if found else ""


def first_day(rule: PreparedMissing) -> date:
    """Rows before this day are let be."""
    span = Span.parse(rule.declared.back)
    day = shift(clock.today(), -span.count, span.unit)
    assert day is not None
    return day


def rebuild() -> int:
    """Everybody with a recent row of a kind that may ask for a case, a batch at a time. Returns how many rows ask for one."""
    done = 0
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM missing_case")
    for rule in missing_rules(rules()):
        view = content.tables().view(rule.declared.of, rule.columns)
        with connection.cursor() as cursor:
            cursor.execute(RECENT.format(view=view.sql(keys=("pid",)), on=rule.declared.on), [first_day(rule)])
            pids = [pid for (pid,) in cursor.fetchall() if pid is not None]
        for start in range(0, len(pids), BATCH):
            done += restate(pids[start : start + BATCH])
    return done
