"""Keeps things in line with their resources: at once after a write, all of them after an import or on a new day."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from kangyu.apps.governance import clock
from kangyu.apps.registers import declared, rows
from kangyu.engines.content.kinds import Register
from kangyu.engines.content.things import IDENTIFIER
from kangyu.engines.registers import Facts, Standing, facts_of, register_of, stand, subject_of

BATCH = 500
COLUMNS = (
    "id", "register", "number", "name", "state", "org", "area", "longitude", "latitude", "since", "until", "values", "flags", "items",
    "last", "due_item", "next_due", "vid", "assessed_on", "updated",
)  # fmt: skip
_QUOTED = ", ".join(f'"{name}"' for name in COLUMNS)
FOUND = """
SELECT id, vid, body::text FROM resource
WHERE rtype = %s AND body @> %s::jsonb AND id > %s ORDER BY id LIMIT %s
"""
NAMED = "SELECT id, vid, body::text FROM resource WHERE rtype = %s AND id = ANY(%s)"
AREAS = "SELECT id, area FROM institution WHERE id = ANY(%s)"


def after_write(passage: Any) -> None:
    """The record's projector: the things written, and the things that forms were written about, in the writer's own transaction."""
    registers = declared.registers()
    touched: set[tuple[str, str]] = set()
    kinds = {one.is_ for one in registers.values()}
    for draft in passage.drafts:
        if draft.rtype in kinds:
            if any(register_of(body, registers) for one in (draft.resource, draft.previous) if (body := _body(one))):
                touched.add((draft.rtype, draft.id))
        elif draft.rtype == "QuestionnaireResponse" and draft.pid is None:
            touched |= {place for body in (draft.resource, draft.previous) if (place := _subject(body)) and place[0] in kinds}
    for rtype in sorted({rtype for rtype, _ in touched}):
        restate(rtype, sorted(id for kind, id in touched if kind == rtype))


def _body(stored: Any) -> dict[str, Any]:
    """A resource as written, or as it comes from the store: text."""
    return json.loads(stored) if isinstance(stored, str) else stored or {}


def _subject(stored: Any) -> tuple[str, str] | None:
    rtype, _, id = str((_body(stored).get("subject") or {}).get("reference", "")).rpartition("/")
    return (rtype, id) if rtype and id else None


@transaction.atomic(savepoint=False)
def restate(rtype: str, ids: Sequence[str], on: date | None = None) -> int:
    """Work out these things anew and replace what stood there. Returns how many are things."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM thing WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [list(ids)])
        cursor.execute(NAMED, [rtype, list(ids)])
        bodies = cursor.fetchall()
    return _replace(list(ids), bodies, on or clock.today())


def rebuild() -> int:
    """Restate every thing of every register, a batch to a transaction; returns how many there are."""
    today, kept, found = clock.today(), [], 0
    for register in declared.registers().values():
        last = ""
        while batch := _batch(register, last):
            last = batch[-1][0]
            found += _replace([id for id, _, _ in batch], batch, today)
            kept += [id for id, _, _ in batch]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM thing WHERE NOT id = ANY(%s)", [kept])
    return found


def renew(stopping: Any = None) -> int:
    """On a new day: what is due on things is worked out again. Returns how many were not of today."""
    today = clock.today()
    with connection.cursor() as cursor:
        cursor.execute("SELECT register, id FROM thing WHERE assessed_on < %s ORDER BY id LIMIT %s", [today, BATCH])
        old = cursor.fetchall()
    registers = declared.registers()
    for key in sorted({register for register, _ in old}):
        ids = [id for register, id in old if register == key]
        if key in registers:
            restate(registers[key].is_, ids, today)
        else:
            _delete(ids)
    return len(old)


def _batch(register: Register, after: str) -> list[tuple[str, int, str]]:
    wanted = json.dumps({"identifier": [{"system": f"{IDENTIFIER}{register.key}"}]})
    with connection.cursor() as cursor:
        cursor.execute(FOUND, [register.is_, wanted, after, BATCH])
        return cursor.fetchall()


def _delete(ids: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM thing WHERE id = ANY(%s)", [list(ids)])


@transaction.atomic(savepoint=False)
def _replace(ids: Sequence[str], bodies: Iterable[tuple[str, int, str]], today: date) -> int:
    registers = declared.registers()
    by_register: dict[str, list[tuple[str, int, Facts]]] = {}
    for id, vid, text in bodies:
        body = json.loads(text)
        register = register_of(body, registers)
        if register is not None:
            by_register.setdefault(register.key, []).append((id, vid, facts_of(register, body)))
    lines, at = [], timezone.now()
    for key, things in by_register.items():
        lines += _lines(key, things, today, at)
    _delete(ids)
    if lines:
        with connection.cursor() as cursor, cursor.copy(f"COPY thing ({_QUOTED}) FROM STDIN") as copy:
            for line in lines:
                copy.write_row(line)
    return len(lines)


def _lines(key: str, things: list[tuple[str, int, Facts]], today: date, at: datetime) -> list[tuple]:
    ready = declared.prepared(key)
    areas = _areas([facts.org for _, _, facts in things])
    tables = rows.read(key, [id for id, _, _ in things], ready.tables)
    lines = []
    for id, vid, facts in things:
        standing = stand(ready, facts, subject_of(ready, facts, tables[id], today))
        area = facts.area or areas.get(facts.org, "")
        lines.append(_line(id, key, facts, area, standing, vid, today, at))
    return lines


def _line(id: str, key: str, facts: Facts, area: str, standing: Standing, vid: int, today: date, at: datetime) -> tuple:
    coming = standing.next
    return (
        id, key, facts.number[:64], facts.name[:160], facts.state, facts.org, area, facts.longitude, facts.latitude, facts.since,
        facts.until, _json(facts.values), list(standing.flags), _json([item.__dict__ for item in standing.items]), _json(standing.last),
        coming.key if coming else "", coming.due_on if coming else None, vid, today, at,
    )  # fmt: skip


def _json(value: Any) -> str:
    def plain(one: Any) -> Any:
        return one.isoformat() if isinstance(one, date) else str(one)

    return json.dumps(dict(value) if isinstance(value, Mapping) else value, ensure_ascii=False, default=plain)


def _areas(orgs: Iterable[str]) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(AREAS, [sorted({org for org in orgs if org})])
        return dict(cursor.fetchall())
