"""Opens, changes and closes accounts; each change is audited."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from kangyu.apps.governance.access import Permission, Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.governance.models import Account
from kangyu.gateways import content
from kangyu.kernel.errors import UserError


@transaction.atomic
def open_account(*, username: str, password: str, display_name: str, role: str, by: Viewer, **place: str) -> Account:
    """Open an account with a declared role. ``place`` takes ``area``, ``org``, ``practitioner_role``; raises ``UserError`` on bad input."""
    by.require(Permission.ACCOUNT_MANAGE)
    if not username.strip():
        raise UserError("账号不能为空，请填写登录用的账号名。")
    if role not in content.current().roles:
        raise UserError(f"没有名为 {role} 的角色，请从角色列表里选。")
    if Account.objects.filter(username=username).exists():
        raise UserError(f"账号 {username} 已经有人用了，请换一个。")
    _accept(password)
    synthetic = place.pop("synthetic", False)
    account = Account.objects.create_user(
        username=username, password=password, display_name=display_name, role=role, synthetic=bool(synthetic), **place
    )
    audit.record("account.open", by=by, target=f"account/{username}")
    return account


@transaction.atomic
def set_active(*, account: Account, active: bool, by: Viewer) -> None:
    """Close an account or open it again; nobody closes the account they are using."""
    by.require(Permission.ACCOUNT_MANAGE)
    if account.username == by.username and not active:
        raise UserError("不能停用自己正在使用的账号。")
    account.is_active = active
    account.save(update_fields=["is_active"])
    audit.record("account.activate" if active else "account.close", by=by, target=f"account/{account.username}")


@transaction.atomic
def set_password(*, account: Account, password: str, by: Viewer) -> None:
    """Set a new password; for oneself, or as an administrator."""
    if account.username != by.username:
        by.require(Permission.ACCOUNT_MANAGE)
    _accept(password, account)
    account.set_password(password)
    account.save(update_fields=["password"])
    audit.record("account.password", by=by, target=f"account/{account.username}")


def _accept(password: str, account: Account | None = None) -> None:
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise UserError(" ".join(error.messages)) from error
