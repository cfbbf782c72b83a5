"""Keeps the tables of cases in line with their Tasks: in the writer's own transaction, and all of them anew when asked."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

import orjson
from django.db import connection, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from kangyu.apps.governance import clock
from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.record.columns import organisation_of
from kangyu.apps.record.pipeline import Draft, Passage
from kangyu.engines.cases.task import PROCEDURE, Stored, read_task
from kangyu.gateways import content
from kangyu.kernel.errors import DeniedError

BATCH = 1000
PLACED = frozenset({"Patient", "Location", "Device", "Substance", "Group"})
"""Types whose resources are somebody's to care for, so that cases about them may change hands."""
TABLES = ("case_file", "case_party", "case_turn", "case_step", "case_timer")
COLUMNS = {
    "case_file": (
        "id", "procedure", "state", "ended", "subject_kind", "subject_id", "pid", "area", "owner", "heading", "opened", "since", "due",
        "due_clock", "parent", "part", "part_number", "same_keys", "columns", "merged_into", "synthetic", "vid", "handler",
    ),
    "case_party": ("case_id", "party", "org", "procedure", "state", "ended", "due", "hidden"),
    "case_turn": ("case_id", "role", "org", "procedure", "area", "owner", "due", "since"),
    "case_step": ("case_id", "number", "kind", "move", "from_state", "state", "at", "by", "role", "org", "reason", "response"),
    "case_timer": ("case_id", "clock", "kind", "entry", "at", "begun", "again"),
    "notice": ("source", "case_id", "role", "org", "area", "says", "href", "at", "seen_by"),
}  # fmt: skip
FORGET = """
WITH party AS (DELETE FROM case_party WHERE case_id = ANY(%(ids)s)), turn AS (DELETE FROM case_turn WHERE case_id = ANY(%(ids)s)),
step AS (DELETE FROM case_step WHERE case_id = ANY(%(ids)s)), timer AS (DELETE FROM case_timer WHERE case_id = ANY(%(ids)s))
DELETE FROM case_file WHERE id = ANY(%(ids)s)
"""
OFFERED = "offered."
"""Beside the parties, an institution that was asked to take a case on: it may see the case before it answers."""
Rows = dict[str, list[tuple[Any, ...]]]
Progress = Callable[[str, int], None]


def is_case(resource: dict[str, Any]) -> bool:
    """Whether a resource is a case's Task, and not one of another system."""
    if resource.get("resourceType") != "Task":
        return False
    return any(coding.get("system") == PROCEDURE for coding in resource.get("code", {}).get("coding", ()))


def after_write(passage: Passage) -> None:
    """The record's projector: the rows of every case written, replaced by what its Task says now."""
    gone = [draft.id for draft in passage.drafts if draft.rtype == "Task" and draft.method == "delete"]
    fresh = [draft for draft in passage.drafts if draft.method != "delete" and is_case(draft.resource)]
    if (fresh or any(is_case(_before(draft)) for draft in passage.drafts if draft.rtype == "Task")) and not (
        passage.warrant or passage.by is SYSTEM
    ):
        raise DeniedError("办理中的事项不能直接改写，请用它的 $move 操作，或在页面上办。")
    _look_again(passage)
    stored = [(read_task(draft.resource, draft.pid), draft.pid, draft.vid) for draft in fresh]
    if gone or stored:
        replace_rows(stored, gone)


LOOK_AT_ENDED = """
INSERT INTO case_timer (case_id, clock, kind, entry, at, begun, again)
SELECT c.id, '', 'look', 0, %s, %s, %s FROM case_file c WHERE c.pid = ANY(%s) AND c.ended AND c.merged_into = ''
AND (c.procedure, c.state) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
AND NOT EXISTS (SELECT 1 FROM case_timer t WHERE t.case_id = c.id AND t.kind = 'look')
"""
LOOK = """
UPDATE case_timer SET at = %s, again = %s WHERE kind = 'look' AND again > %s
AND case_id IN (SELECT id FROM case_file WHERE pid = ANY(%s) AND NOT ended)
"""


OWNER_CHANGED = """
INSERT INTO case_timer (case_id, clock, kind, entry, at, begun, again) SELECT c.id, '', 'look', 0, %(now)s, %(now)s, %(now)s
FROM case_file c WHERE NOT c.ended AND (c.pid = ANY(%(pids)s) OR c.subject_kind = ANY(%(kinds)s) AND c.subject_id = ANY(%(things)s))
AND NOT EXISTS (SELECT 1 FROM case_timer t WHERE t.case_id = c.id AND t.kind = 'look' AND t.at <= %(now)s)
"""


def _look_again(passage: Passage) -> None:
    """Cases that move by themselves are looked at soon after something was written about the person they are about; every case of a
    subject whose institution or place changed is, since it may have to be handed over."""
    pids = {draft.pid for draft in passage.drafts if draft.pid is not None and draft.rtype not in ("Task", "Communication")}
    moved = [draft for draft in passage.drafts if draft.rtype in PLACED and draft.method != "delete" and _moved(draft)]
    now = clock.now()
    with connection.cursor() as cursor:
        if pids:
            cursor.execute(LOOK, [now, now, now, sorted(pids)])
        themselves = sorted({draft.pid for draft in passage.drafts if draft.rtype == "Patient" and draft.pid is not None})
        reopening = _taken_up_again() if themselves else []
        if reopening:
            cursor.execute(LOOK_AT_ENDED, [now, now, now, themselves, *(list(part) for part in zip(*reopening, strict=True))])
        if moved:
            people = [draft.pid for draft in moved if draft.pid is not None]
            things = [draft.id for draft in moved if draft.pid is None]
            kinds = list(content.current().registers) if things else []
            cursor.execute(OWNER_CHANGED, {"now": now, "pids": people, "kinds": kinds, "things": things})


def _taken_up_again() -> list[tuple[str, str]]:
    """Procedures and ended states that a condition may lead out of, when a person's own particulars change (a death)."""
    return [
        (key, state)
        for key, procedure in content.current().procedures.items()
        for move in procedure.moves.values()
        if move.reopens and move.when is not None
        for state in move.from_
    ]


def _moved(draft: Draft) -> bool:
    """Whether the institution or the place of what was written is another one than before."""
    before = _before(draft)
    if not before:
        return False
    return [organisation_of(before), before.get("address")] != [organisation_of(draft.resource), draft.resource.get("address")]


def _before(draft: Draft) -> dict[str, Any]:
    """What a resource was before this change; the store hands it out as text."""
    if not draft.previous:
        return {}
    return orjson.loads(draft.previous) if isinstance(draft.previous, str) else draft.previous


def replace_rows(stored: Iterable[tuple[Stored, int | None, int]], gone: Iterable[str] = ()) -> None:
    """Put the rows of these cases in the place of those that were there. Notices already seen stay seen."""
    rows: Rows = {table: [] for table in COLUMNS}
    ids = list(gone)
    for one, pid, vid in stored:
        ids.append(one.case.id)
        for table, row in rows_of(one, pid, vid):
            rows[table].append(row)
    with connection.cursor() as cursor:
        cursor.execute(FORGET, {"ids": ids})
        _insert(cursor, rows)


def _insert(cursor: Any, rows: Rows) -> None:
    """Every table's rows in one statement: a move writes six tables, and each way to the database and back counts."""
    parts: list[str] = []
    values: list[Any] = []
    for table, some in rows.items():
        if not some:
            continue
        columns = COLUMNS[table]
        marks = ", ".join(["(" + ", ".join(["%s"] * len(columns)) + ")"] * len(some))
        names = ", ".join(f'"{column}"' for column in columns)
        conflict = " ON CONFLICT (source) DO NOTHING" if table == "notice" else ""
        parts.append(f"INSERT INTO {table} ({names}) VALUES {marks}{conflict}")
        values += [value for row in some for value in row]
    if parts:
        *others, last = parts
        named = ", ".join(f"t{place} AS ({part})" for place, part in enumerate(others))
        cursor.execute(f"WITH {named} {last}" if others else last, values)


def rows_of(stored: Stored, pid: int | None, vid: int) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Every row of one case, with its table."""
    case, facts = stored.case, stored.facts
    due = aware(facts.due)
    since = aware(case.since) or aware(case.opened)
    yield "case_file", (
        case.id, stored.procedure, case.state, facts.ended, case.subject.kind, case.subject.id, pid, facts.area, facts.owner,
        facts.heading[:200], aware(case.opened), since, due, facts.due_clock, case.parent, facts.part, facts.part_number, list(facts.same),
        Jsonb(plain(facts.columns)), facts.merged_into, facts.synthetic, vid, case.handler,
    )  # fmt: skip
    for party, org in case.parties.items():
        yield "case_party", (case.id, party, org, stored.procedure, case.state, facts.ended, due, party in facts.hidden)
    if case.offer is not None and not facts.ended:
        for place, org in enumerate(sorted({org for _, org in case.offer.handed.values()} - set(case.parties.values()))):
            yield "case_party", (case.id, f"{OFFERED}{place}", org, stored.procedure, case.state, facts.ended, due, False)
    if not facts.merged_into:
        for role, org in dict.fromkeys((turn.role, turn.org) for turn in facts.turns):
            yield "case_turn", (case.id, role, org, stored.procedure, facts.area, facts.owner, due, since)
        for timer in case.timers:
            yield "case_timer", (case.id, timer.clock, timer.kind, timer.entry, aware(timer.at), aware(timer.begun), aware(timer.at))
    for step in case.steps:
        at = aware(step.at)
        yield "case_step", (
            case.id, step.number, step.kind, step.move[:200], step.from_, step.to, at, step.by, step.role, step.org, step.reason,
            step.response,
        )  # fmt: skip
        for place, told in enumerate(step.told):
            yield "notice", (f"{case.id}/{step.number}/{place}", case.id, told.role, told.org, facts.area, told.says[:300], "", at, "")


def plain(columns: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a case as JSON holds it: days and moments as people write them; what is not known is left out."""
    words = {key: value.isoformat(sep=" ", timespec="minutes") if isinstance(value, datetime) else value for key, value in columns.items()}
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in words.items() if value is not None}


def aware(moment: datetime | None) -> datetime | None:
    """A wall-clock moment as the database keeps it."""
    return timezone.make_aware(moment) if moment is not None and timezone.is_naive(moment) else moment


def rebuild(progress: Progress = lambda what, done: None) -> int:
    """Make every table of cases anew from the Tasks; notices that were seen stay seen. Returns how many cases there are."""
    done, after = 0, ""
    while batch := _tasks(after):
        with transaction.atomic():
            replace_rows([(read_task(body, pid), pid, vid) for _, vid, pid, body in batch if is_case(body)])
        done, after = done + len(batch), batch[-1][0]
        progress("整理事项", done)
    with connection.cursor() as cursor:
        for table in TABLES:
            key = "id" if table == "case_file" else "case_id"
            cursor.execute(f"DELETE FROM {table} t WHERE NOT EXISTS (SELECT 1 FROM resource r WHERE r.rtype = 'Task' AND r.id = t.{key})")
        cursor.execute("ANALYZE case_file, case_party, case_turn, case_step, case_timer, notice")
    return done


def _tasks(after: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, vid, pid, body::text FROM resource WHERE rtype = 'Task' AND id > %s ORDER BY id LIMIT %s", [after, BATCH]
        )
        return [(id, vid, pid, orjson.loads(body)) for id, vid, pid, body in cursor.fetchall()]
