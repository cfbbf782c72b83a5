"""Writes the audit trail and seals it."""

import hashlib

from django.db import connection, transaction

from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.models import AuditEvent, AuditSeal


def record(action: str, *, by: Viewer, pids: list[int] | None = None, target: str = "", purpose: str = "", outcome: str = "done") -> None:
    """Add one audit row, in the caller's transaction. ``target`` names a resource or page, never a person's particulars."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_event (at, account, action, purpose, pids, target, outcome) VALUES (now(), %s, %s, %s, %s, %s, %s)",
            [by.username, action, purpose, pids or [], target[:160], outcome],
        )


def _digest(previous: str, rows) -> str:
    chain = hashlib.sha256(previous.encode())
    for row in rows:
        chain.update(repr(row).encode())
    return chain.hexdigest()


_FIELDS = ("id", "at", "account", "action", "purpose", "pids", "target", "outcome")


@transaction.atomic
def seal() -> int:
    """Seal the audit rows that no running transaction can still add to; return how many were sealed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('audit_seal'))")
    last = AuditSeal.objects.order_by("-last").first()
    rows = AuditEvent.objects.filter(id__gt=last.last if last else 0, at__lt=_settled()).order_by("id").values_list(*_FIELDS)
    rows = list(rows[:50_000])
    if rows:
        AuditSeal.objects.create(first=rows[0][0], last=rows[-1][0], digest=_digest(last.digest if last else "", rows))
    return len(rows)


def _settled():
    with connection.cursor() as cursor:
        cursor.execute("SELECT least(now() - interval '30 seconds', (SELECT min(xact_start) FROM pg_stat_activity WHERE state <> 'idle'))")
        return cursor.fetchone()[0]


def broken_seals() -> list[AuditSeal]:
    """The seals that the rows under them no longer fit."""
    broken, previous = [], ""
    for one in AuditSeal.objects.order_by("last"):
        rows = AuditEvent.objects.filter(id__gte=one.first, id__lte=one.last).order_by("id").values_list(*_FIELDS)
        if _digest(previous, rows) != one.digest:
            broken.append(one)
        previous = one.digest
    return broken
