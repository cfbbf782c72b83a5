"""Who may open a view: signed in, with the permission; the view finds who is asking in ``request.viewer``."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRedirect

from kangyu.apps.governance.access import viewer_of
from kangyu.kernel.errors import DeniedError
from kangyu.kernel.permission import Permission

View = Callable[..., HttpResponse]


def allow(*permissions: Permission) -> Callable[[View], View]:
    """Let through who has at least one of ``permissions``; without any named, everyone who is signed in."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            request.viewer = viewer_of(request.user)
            if permissions and not any(request.viewer.may(one) for one in permissions):
                raise DeniedError("您的角色没有这项权限。如工作需要，请联系管理员调整角色。")
            return view(request, *args, **kwargs)

        guarded.permissions = permissions
        return guarded

    return decorate


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.htmx:
        return HttpResponseClientRedirect(resolve_url(settings.LOGIN_URL))
    return redirect_to_login(request.get_full_path())
