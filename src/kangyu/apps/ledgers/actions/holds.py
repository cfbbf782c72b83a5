"""Lets holds lapse: each once, whoever looks first, its consequence and its end in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction

from kangyu.apps.governance import clock
from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.governance.actions import audit

NEXT = """
SELECT h.id, h.ledger, h.key, h.balance_id, h.quantity, h.lapses_at FROM ledger_hold h
WHERE h.quantity > 0 AND h.lapses_at <= %s ORDER BY h.lapses_at, h.id LIMIT 1 FOR UPDATE SKIP LOCKED
"""
LET_GO = """
WITH posting AS (
    INSERT INTO ledger_posting (ledger, key, digest, at, "on", author, reason, source)
    VALUES (%(ledger)s, %(posting)s, '', now(), %(on)s, %(author)s, '占用到时，自动放开', %(source)s) RETURNING id
), freed AS (
    UPDATE ledger_balance SET held = held - %(quantity)s WHERE id = %(balance)s RETURNING id, quantity
), ended AS (
    UPDATE ledger_hold SET quantity = 0 WHERE id = %(hold)s
)
INSERT INTO ledger_entry (posting_id, balance_id, verb, quantity, held, hold_key, after)
SELECT posting.id, freed.id, 'free', 0, -%(quantity)s, %(key)s, freed.quantity FROM posting, freed RETURNING posting_id
"""


@dataclass(frozen=True)
class Lapsed:
    """A hold that has run out: how much of which account came free again."""

    ledger: str
    key: str
    balance: int
    quantity: Decimal


def lapse_due(now: datetime | None = None, limit: int = 100) -> list[Lapsed]:
    """Free what is held beyond its time, one hold to a transaction; what another worker is at is left to it."""
    moment = now or clock.now()
    lapsed = []
    while len(lapsed) < limit and (one := _lapse_one(moment)) is not None:
        lapsed.append(one)
    return lapsed


@transaction.atomic
def _lapse_one(now: datetime) -> Lapsed | None:
    with connection.cursor() as cursor:
        cursor.execute(NEXT, [now])
        found = cursor.fetchone()
        if found is None:
            return None
        id, ledger, key, balance, quantity, until = found
        cursor.execute(
            LET_GO,
            {"ledger": ledger, "posting": f"lapse:{id}:{until.isoformat()}", "on": clock.today(), "author": SYSTEM.username,
             "source": f"hold/{key}"[:160], "quantity": quantity, "balance": balance, "hold": id, "key": key},
        )  # fmt: skip
        posting = cursor.fetchone()[0]
    audit.record("ledger.lapse", by=SYSTEM, target=f"ledger/{ledger}/{posting}")
    return Lapsed(ledger, key, balance, quantity)
