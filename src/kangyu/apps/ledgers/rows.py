"""The rows of a ledger as postings lock and change them: short SQL, always in one order (holds by id, then balances by id)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import connection

from kangyu.engines.ledger import ZERO, Account, Balance, Book, Line, Reach

BEGIN = """
INSERT INTO ledger_posting (ledger, key, digest, at, "on", author, reason, source) VALUES (%s, %s, %s, now(), %s, %s, %s, %s)
ON CONFLICT (ledger, key) DO NOTHING RETURNING id
"""
LOCK_HOLDS = """
SELECT h.key, h.balance_id, h.quantity FROM ledger_hold h
WHERE h.ledger = %s AND h.key = ANY(%s) AND h.quantity > 0 ORDER BY h.id FOR UPDATE
"""
MAKE = """
INSERT INTO ledger_balance (ledger, account, expires, quantity, held, unbounded)
SELECT %s, a::jsonb, e, 0, 0, %s FROM unnest(%s::text[], %s::date[]) AS made(a, e) ORDER BY a
ON CONFLICT (ledger, account) DO NOTHING
"""
LOCK = """
SELECT id, account, quantity, held FROM ledger_balance
WHERE ledger = %s AND (id = ANY(%s) OR account = ANY(%s::jsonb[]) OR account @> ANY(%s::jsonb[])) ORDER BY id FOR UPDATE
"""
CHANGE = """
UPDATE ledger_balance b SET quantity = b.quantity + d.quantity, held = b.held + d.held
FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[]) AS d(id, quantity, held) WHERE b.id = d.id
"""
ADD = """
INSERT INTO ledger_balance (ledger, account, expires, quantity, held, unbounded)
SELECT %s, a::jsonb, e, q, h, %s FROM unnest(%s::text[], %s::date[], %s::numeric[], %s::numeric[]) AS added(a, e, q, h) ORDER BY a
ON CONFLICT (ledger, account) DO UPDATE SET quantity = ledger_balance.quantity + excluded.quantity,
    held = ledger_balance.held + excluded.held
RETURNING id, account, quantity, held
"""
ENTER = """
INSERT INTO ledger_entry (posting_id, balance_id, verb, quantity, held, hold_key, after)
SELECT %s, b, v, q, h, k, f
FROM unnest(%s::bigint[], %s::text[], %s::numeric[], %s::numeric[], %s::text[], %s::numeric[]) AS e(b, v, q, h, k, f)
"""
CHANGE_HOLDS = """
UPDATE ledger_hold o SET quantity = o.quantity + d.quantity
FROM unnest(%s::text[], %s::bigint[], %s::numeric[]) AS d(key, balance, quantity)
WHERE o.ledger = %s AND o.key = d.key AND o.balance_id = d.balance
"""
OPEN_HOLDS = """
INSERT INTO ledger_hold (ledger, key, balance_id, quantity, lapses_at)
SELECT %s, k, b, q, u FROM unnest(%s::text[], %s::bigint[], %s::numeric[], %s::timestamptz[]) AS o(k, b, q, u)
ON CONFLICT (ledger, key, balance_id) DO UPDATE SET quantity = ledger_hold.quantity + excluded.quantity, lapses_at = excluded.lapses_at
"""


@dataclass
class Locked:
    """Balances and holds under this transaction's locks."""

    ids: dict[Account, int] = field(default_factory=dict)
    balances: dict[Account, Balance] = field(default_factory=dict)
    holds: dict[str, dict[Account, Decimal]] = field(default_factory=dict)


def begin(book: Book, key: str, digest: str, *, on: date, author: str, reason: str, source: str) -> int | None:
    """The id of a new posting, or None when its key has been posted before (or is committed by another writer just now)."""
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, [book.key, key, digest, on, author, reason, source])
        found = cursor.fetchone()
    return found[0] if found else None


def lock(book: Book, wanted: Reach) -> Locked:
    """Lock everything a posting touches. Accounts to be counted are made first, so that there is something to lock."""
    locked = Locked()
    with connection.cursor() as cursor:
        held = []
        if wanted.holds:
            cursor.execute(LOCK_HOLDS, [book.key, sorted(wanted.holds)])
            held = cursor.fetchall()
        if wanted.counted:
            cursor.execute(MAKE, [book.key, book.floor is None, *_made(book, wanted.counted)])
        patterns = [_json(one) for one in wanted.patterns]
        whole = [_json(book.named(one)) for one in wanted.accounts]
        cursor.execute(LOCK, [book.key, [balance for _, balance, _ in held], whole, patterns])
        by_id = {}
        for id, values, quantity, on_hold in cursor.fetchall():
            account = book.account(_read(values))
            by_id[id], locked.ids[account] = account, id
            locked.balances[account] = Balance(quantity, on_hold)
    for key, balance, quantity in held:
        locked.holds.setdefault(key, {})[by_id[balance]] = quantity
    return locked


def store(book: Book, posting: int, lines: Sequence[Line], locked: Locked) -> list[Decimal]:
    """Write the lines of a posting; returns how each account stood after its line."""
    after = _running(lines, locked.balances)
    changes: dict[Account, Balance] = {}
    for line in lines:
        before = changes.get(line.account, Balance())
        changes[line.account] = Balance(before.quantity + line.quantity, before.held + line.held)
    _change(book, changes, locked)
    ids = [locked.ids[line.account] for line in lines]
    with connection.cursor() as cursor:
        cursor.execute(
            ENTER,
            [posting, ids, [line.verb for line in lines], [line.quantity for line in lines], [line.held for line in lines],
             [line.hold for line in lines], after],
        )  # fmt: skip
    _hold(book, lines, locked)
    return after


def _change(book: Book, changes: Mapping[Account, Balance], locked: Locked) -> None:
    known = {account: change for account, change in changes.items() if account in locked.ids}
    fresh = {account: change for account, change in changes.items() if account not in locked.ids}
    with connection.cursor() as cursor:
        if known:
            ids = [locked.ids[account] for account in known]
            cursor.execute(CHANGE, [ids, [one.quantity for one in known.values()], [one.held for one in known.values()]])
        if fresh:
            amounts = [one.quantity for one in fresh.values()], [one.held for one in fresh.values()]
            cursor.execute(ADD, [book.key, book.floor is None, *_made(book, fresh), *amounts])
            for id, values, _, _ in cursor.fetchall():
                locked.ids[book.account(_read(values))] = id


def _hold(book: Book, lines: Sequence[Line], locked: Locked) -> None:
    changed: dict[tuple[str, int], Decimal] = {}
    opened: dict[tuple[str, int], tuple[Decimal, datetime | None]] = {}
    for line in lines:
        place = (line.hold, locked.ids[line.account])
        if line.verb == "hold":
            opened[place] = (opened.get(place, (ZERO, None))[0] + line.held, line.until)
        elif line.held:
            changed[place] = changed.get(place, ZERO) + line.held
    with connection.cursor() as cursor:
        if opened:
            keys, balances = [key for key, _ in opened], [balance for _, balance in opened]
            amounts, until = [one for one, _ in opened.values()], [one for _, one in opened.values()]
            cursor.execute(OPEN_HOLDS, [book.key, keys, balances, amounts, until])
        if changed:
            keys, balances = [key for key, _ in changed], [balance for _, balance in changed]
            cursor.execute(CHANGE_HOLDS, [keys, balances, list(changed.values()), book.key])


def _running(lines: Sequence[Line], balances: Mapping[Account, Balance]) -> list[Decimal]:
    stand: dict[Account, Decimal] = {}
    after = []
    for line in lines:
        before = stand.get(line.account, balances.get(line.account, Balance()).quantity)
        stand[line.account] = before + line.quantity
        after.append(stand[line.account])
    return after


def _made(book: Book, accounts: Iterable[Account]) -> tuple[list[str], list[date | None]]:
    accounts = list(accounts)
    return [_json(book.named(one)) for one in accounts], [book.expiry(one) for one in accounts]


def _json(values: Mapping[str, str]) -> str:
    return json.dumps(dict(values), ensure_ascii=False, sort_keys=True)


def _read(values: str | dict[str, str]) -> dict[str, str]:
    return json.loads(values) if isinstance(values, str) else values
