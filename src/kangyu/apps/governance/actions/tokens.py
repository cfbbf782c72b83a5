"""Keys for other systems: issued once, shown once, kept only as a digest."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.governance.models import AccessToken, Account
from kangyu.kernel.permission import Permission


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def issue(*, account: Account, label: str, days: int = 90, by: Viewer) -> str:
    """A new token for an account, valid for ``days`` days. It cannot be shown again."""
    by.require(Permission.ACCOUNT_MANAGE)
    token = secrets.token_urlsafe(32)
    AccessToken.objects.create(digest=_digest(token), account=account, label=label, expires_at=timezone.now() + timedelta(days=days))
    audit.record("token.issue", by=by, target=f"account/{account.username}")
    return token


def account_of(token: str) -> Account | None:
    """The active account a token speaks for, or None when it is unknown, expired or its account closed."""
    found = AccessToken.objects.select_related("account").filter(digest=_digest(token), expires_at__gt=timezone.now()).first()
    return found.account if found and found.account.is_active else None
