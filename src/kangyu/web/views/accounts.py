"""The administrator's first page and the accounts: who may sign in, as what, and where."""

import secrets

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST
from django_otp.plugins.otp_totp.models import TOTPDevice

from kangyu.apps.directory import queries as directory
from kangyu.apps.governance import deployment, queries
from kangyu.apps.governance.actions import accounts as actions
from kangyu.apps.governance.actions import audit
from kangyu.apps.governance.models import Account
from kangyu.apps.record import import_history
from kangyu.gateways import content
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission
from kangyu.web import declared
from kangyu.web.decorators import allow
from kangyu.web.wording_of_audit import action_words

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@allow(Permission.ACCOUNT_MANAGE)
def administration(request: HttpRequest) -> HttpResponse:
    """What needs the administrator: content that does not load, imports that were refused, broken seals of the trail."""
    found = declared.problems(content.current())
    errors = [problem for problem in found if problem.severity == "error"]
    counts = queries.counts_by_role()
    shown = {
        "errors": errors,
        "reminders": len(found) - len(errors),
        "jobs": import_history.jobs(limit=5),
        "accounts_total": sum(counts.values()),
        "closed": queries.closed_count(),
        "undeclared": sorted(set(counts) - set(content.current().roles)),
        "broken_seals": audit.broken_seals(),
        "facts": deployment.facts(),
        "recent": _with_words(queries.audit_page(action="account", limit=5).rows),
    }
    return render(request, "administration.html", shown)


@allow(Permission.ACCOUNT_MANAGE)
def account_list(request: HttpRequest) -> HttpResponse:
    """All accounts, by role, with what may be done to each."""
    role, words = request.GET.get("role", ""), request.GET.get("q", "").strip()
    closed = request.GET.get("closed") == "1"
    found = queries.accounts(role=role, words=words, active=False if closed else None)
    roles, counts = content.current().roles, queries.counts_by_role()
    chips = [{"key": key, "title": roles[key].title if key in roles else key, "count": counts[key]} for key in sorted(counts)]
    shown = {
        "rows": [_row(account) for account in found],
        "chips": chips,
        "total": sum(counts.values()),
        "closed_count": queries.closed_count(),
        "role": role,
        "closed": closed,
        "words": words,
    }
    return render(request, "accounts.html", shown)


def _row(account: Account) -> dict:
    role = content.current().roles.get(account.role)
    institution = directory.institution(account.org) if account.org else None
    return {
        "account": account,
        "role_title": role.title if role else f"{account.role}（未声明）",
        "declared": role is not None,
        "where": institution.name if institution else " › ".join(area.name for area in directory.trail(account.area)),
        "second_factor": TOTPDevice.objects.filter(user=account, confirmed=True).exists(),
    }


@allow(Permission.ACCOUNT_MANAGE)
@sensitive_variables("password")
def account_open(request: HttpRequest) -> HttpResponse:
    """Open an account; its first password is made here and shown once."""
    given = {key: request.POST.get(key, "").strip() for key in ("username", "display_name", "role", "area", "org")}
    shown = {"given": given, "roles": content.current().roles, "places": _places(), "institutions": _institutions(given["area"])}
    if request.method != "POST":
        return render(request, "account_open.html", shown)
    password = first_password()
    try:
        if not given["display_name"]:
            raise UserError("姓名不能为空，页面和操作记录上都要写。")
        actions.open_account(password=password, by=request.viewer, **given)
    except UserError as error:
        return render(request, "account_open.html", {**shown, "says": str(error)}, status=422)
    return render(request, "account_password.html", {"username": given["username"], "password": password, "opened": True})


@allow(Permission.ACCOUNT_MANAGE)
def account_page(request: HttpRequest, username: str) -> HttpResponse:
    """One account: what it may do, what it did lately, closing, opening, a new password."""
    account = _account(username)
    role = content.current().roles.get(account.role)
    rows = _with_words(queries.audit_page(account=username, limit=20).rows)
    return render(request, "account.html", {**_row(account), "role": role, "rows": rows, "itself": username == request.user.username})


@require_POST
@allow(Permission.ACCOUNT_MANAGE)
def account_active(request: HttpRequest, username: str) -> HttpResponse:
    """Close an account, or open it again."""
    active = request.POST.get("active") == "1"
    actions.set_active(account=_account(username), active=active, by=request.viewer)
    messages.success(request, f"账号 {username} 已{'启用' if active else '停用，对方不能再登录'}。", extra_tags="ok")
    return redirect("account", username)


@require_POST
@allow(Permission.ACCOUNT_MANAGE)
@sensitive_variables("password")
def account_password(request: HttpRequest, username: str) -> HttpResponse:
    """A new password, shown once to the administrator."""
    password = first_password()
    actions.set_password(account=_account(username), password=password, by=request.viewer)
    return render(request, "account_password.html", {"username": username, "password": password, "opened": False})


@require_POST
@allow(Permission.ACCOUNT_MANAGE)
def account_second_factor(request: HttpRequest, username: str) -> HttpResponse:
    """Take off the second factor of somebody whose telephone is lost."""
    removed, _ = TOTPDevice.objects.filter(user=_account(username)).delete()
    audit.record("second_factor.remove", by=request.viewer, target=f"account/{username}")
    messages.success(request, "登录保护已关闭，对方下次登录只要密码。" if removed else "这个账号本来就没有登录保护。", extra_tags="ok")
    return redirect("account", username)


def first_password() -> str:
    """Twelve letters and figures in three groups, none easily mistaken for another."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))


def _account(username: str) -> Account:
    account = queries.account(username)
    if account is None:
        raise Http404
    return account


def _places() -> list:
    county = directory.county()
    return [county, *directory.areas_within(county.code, "township")] if county else []


def _institutions(area: str) -> list:
    return directory.institutions_within(area) if area else []


@allow(Permission.ACCOUNT_MANAGE)
def institution_options(request: HttpRequest) -> HttpResponse:
    """The institutions of a place, for the form (htmx)."""
    return render(request, "components/institution_options.html", {"institutions": _institutions(request.GET.get("area", ""))})


def _with_words(rows) -> list[dict]:
    return [{"event": event, "words": action_words(event.action)} for event in rows]
