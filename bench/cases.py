"""An inbox and a board with a hundred thousand cases, and moves one after another; on the county that is there."""

import time
import uuid
from functools import partial
from typing import Any

from bench import machine

CASES = 100_000
ORGS = 97
"""Among how many institutions the copied cases are spread besides the desk's own, which has every twentieth."""
COPIES = """
WITH src AS (SELECT * FROM case_file WHERE procedure = 'referral' AND id NOT LIKE 'bench-%%'),
n AS (SELECT g FROM generate_series(1, %(cases)s / (SELECT count(*) FROM src)::int + 1) g),
parties AS (
    INSERT INTO case_party (case_id, party, org, procedure, state, ended, due)
    SELECT 'bench-' || g || '-' || p.case_id, p.party, CASE WHEN g %% 20 = 0 THEN p.org ELSE 'org-x' || g %% %(orgs)s END,
           p.procedure, p.state, p.ended, p.due + g * interval '7 s' FROM case_party p JOIN src ON src.id = p.case_id, n
), turns AS (
    INSERT INTO case_turn (case_id, role, org, procedure, area, owner, due, since)
    SELECT 'bench-' || g || '-' || t.case_id, t.role, CASE WHEN g %% 20 = 0 THEN t.org ELSE 'org-x' || g %% %(orgs)s END,
           t.procedure, t.area, t.owner, t.due + g * interval '7 s', t.since FROM case_turn t JOIN src ON src.id = t.case_id, n
)
INSERT INTO case_file ({columns}, id, due) SELECT {columns}, 'bench-' || g || '-' || id, due + g * interval '7 s' FROM src, n
"""
COLUMNS = (
    "procedure, state, ended, subject_kind, subject_id, pid, area, owner, heading, opened, since, due_clock, parent, part, part_number, "
    "same_keys, columns, merged_into, synthetic, vid, handler"
)


def measure() -> None:
    """The rows are copies of the demo county's own referrals, and are taken out again; the moves are real and stay."""
    from django.db import connection

    try:
        with connection.cursor() as cursor:
            cursor.execute(COPIES.format(columns=COLUMNS), {"cases": CASES, "orgs": ORGS})
            cursor.execute("ANALYZE case_file, case_party, case_turn")
        _lists()
    finally:
        with connection.cursor() as cursor:
            for table, key in (("case_file", "id"), ("case_party", "case_id"), ("case_turn", "case_id")):
                cursor.execute(f"DELETE FROM {table} WHERE {key} LIKE 'bench-%%'", [])
    _moves()


def _viewer(username: str) -> Any:
    from kangyu.apps.governance.access import viewer_of
    from kangyu.apps.governance.models import Account

    return viewer_of(Account.objects.get(username=username))


def _timed(times: int, work: Any) -> list[float]:
    spent = []
    for _ in range(times):
        began = time.monotonic()
        work()
        spent.append(time.monotonic() - began)
    return spent


def _lists() -> None:
    from kangyu.apps.cases.queries import files
    from kangyu.apps.cases.rules import rules
    from kangyu.apps.governance import clock

    desk, now, states = _viewer("desk"), clock.now(), list(rules().procedure("referral").procedure.states)
    found = files.inbox(desk, now)
    machine.times(f"cases: an inbox of {found.total:,} among {CASES:,} cases", _timed(60, lambda: files.inbox(desk, now)))
    machine.times("    the board of one institution", _timed(20, lambda: files.board(desk, "referral", states, since=now)))


def _moves() -> None:
    from kangyu.apps.governance import clock
    from kangyu.apps.identity.models import Person
    from kangyu.engines.forms import Named
    from kangyu.flows import case_work
    from kangyu.flows.case_work import SubjectRef

    doctor, desk, reception = _viewer("doctor"), _viewer("desk"), _viewer("reception")
    sheet = {
        "direction": "up", "target": Named(desk.org, "Organization", "bench"), "urgency": "routine", "impression": "bench", "why": "bench",
        "consent": "agreed", "systolic": 150, "diastolic": 90,
    }  # fmt: skip
    acceptance = {"department": "internal", "keeps_bed": False, "come_by": clock.today()}
    opened, accepted, arrived = [], [], []
    for pid in Person.objects.filter(org=doctor.org, deceased_on=None).order_by("pid").values_list("pid", flat=True)[:60]:
        key, began = uuid.uuid4().hex, time.monotonic()
        id = case_work.open_case(doctor, "referral", SubjectRef("person", str(pid)), move="send_at_once", answers=sheet, key=key)
        opened.append(time.monotonic() - began)
        accepted += _timed(1, partial(case_work.make_move, desk, id, "accept", answers=acceptance, key=f"a{key}"))
        arrived += _timed(1, partial(case_work.make_move, reception, id, "arrive", key=f"b{key}"))
    machine.times("cases: one opened with its form and readings", opened)
    machine.times("    a move with a form", accepted)
    machine.times("    a move without", arrived)
