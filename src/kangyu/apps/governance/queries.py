"""Reads of accounts and of the audit trail."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from kangyu.apps.governance.models import Account, AuditEvent


def accounts(*, role: str = "", active: bool | None = None, words: str = "") -> list[Account]:
    """Accounts by role and name; ``words`` are looked for in the account and in the name."""
    found = Account.objects.all()
    if role:
        found = found.filter(role=role)
    if active is not None:
        found = found.filter(is_active=active)
    if words:
        found = found.filter(Q(username__icontains=words) | Q(display_name__icontains=words))
    return list(found)


def account(username: str) -> Account | None:
    """One account by its name for signing in."""
    return Account.objects.filter(username=username).first()


def display_names(usernames: Iterable[str]) -> dict[str, str]:
    """The names of accounts, by account."""
    return dict(Account.objects.filter(username__in=set(usernames)).values_list("username", "display_name"))


def counts_by_role() -> dict[str, int]:
    """How many accounts each role has, closed ones included."""
    return dict(Account.objects.order_by().values_list("role").annotate(Count("id")))


def closed_count() -> int:
    """How many accounts are closed."""
    return Account.objects.filter(is_active=False).count()


@dataclass(frozen=True)
class AuditPage:
    """Some audit rows, newest first, and where the next ones begin (the id to come before; None at the end)."""

    rows: Sequence[AuditEvent]
    before: int | None


def audit_page(
    *, account: str = "", action: str = "", since: datetime | None = None, before: int | None = None, limit: int = 50
) -> AuditPage:
    """One page by keyset. ``action`` is a prefix: ``account`` finds ``account.open`` and its kin."""
    found = AuditEvent.objects.order_by("-id")
    if account:
        found = found.filter(account=account)
    if action:
        found = found.filter(action__startswith=action)
    if since:
        found = found.filter(at__gte=since)
    if before:
        found = found.filter(id__lt=before)
    rows = list(found[: limit + 1])
    return AuditPage(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)
