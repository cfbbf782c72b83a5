"""The audit trail: who did what, when, to what. It names records, never what is in them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kangyu.apps.governance import queries
from kangyu.apps.governance.actions import audit
from kangyu.kernel.permission import Permission
from kangyu.web.decorators import allow
from kangyu.web.wording_of_audit import ACTIONS, action_words

GROUPS = (
    ("", "全部"),
    ("sign_in", "登录"),
    ("account", "账号"),
    ("person", "查看居民"),
    ("visit", "随访"),
    ("plan", "规划"),
    ("indicator", "填报"),
    ("record", "导入"),
)


@allow(Permission.AUDIT_VIEW)
def trail(request: HttpRequest) -> HttpResponse:
    """Newest first, fifty at a time; htmx asks for the next fifty."""
    account, action = request.GET.get("account", "").strip(), request.GET.get("action", "")
    before = request.GET.get("before", "")
    page = queries.audit_page(account=account, action=action, before=int(before) if before.isdigit() else None)
    rows = [{"event": event, "words": action_words(event.action)} for event in page.rows]
    shown = {"rows": rows, "before": page.before, "account": account, "action": action}
    if request.htmx and before:
        return render(request, "components/audit_rows.html", shown)
    return render(request, "audit.html", {**shown, "groups": GROUPS, "broken": audit.broken_seals(), "known": len(ACTIONS)})
