"""Who calls the FHIR interface: another system with a bearer token, or a page of ours with a signed-in session."""

from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware

from kangyu.apps.governance.access import Viewer, viewer_of
from kangyu.apps.governance.actions import tokens
from kangyu.kernel.errors import DeniedError, UserError


class UnknownCallerError(UserError):
    """Nobody we know."""


class _SessionCsrf(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


def caller(request: HttpRequest) -> Viewer:
    """The viewer behind a call. Raises ``UnknownCallerError`` (401), and ``DeniedError`` for a session write without a CSRF token."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        account = tokens.account_of(token.strip())
        if account is None:
            raise UnknownCallerError("访问令牌无效或已过期，请向管理员申请新的令牌。")
        return viewer_of(account)
    if request.user.is_authenticated:
        guard = _SessionCsrf(lambda _request: None)
        guard.process_request(request)
        if guard.process_view(request, lambda: None, (), {}) is not None:
            raise DeniedError("请求缺少 CSRF 令牌，可能不是从本站页面发出的。")
        return viewer_of(request.user)
    raise UnknownCallerError("请先登录，或在 Authorization 头里带上访问令牌。")
