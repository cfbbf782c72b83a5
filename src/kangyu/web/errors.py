"""Errors in words: what is wrong, where, what to do. A whole page, or a fragment when htmx asked."""

import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kangyu.kernel.errors import DeniedError, GatewayError, ProblemsError, UserError

logger = logging.getLogger(__name__)

WORDS = {
    400: ("这一步没有成功", "请求里有一处不对。请回到上一页，检查后再试。"),
    403: ("这里您不能看", "您的角色没有这项权限，或登录后停留太久。需要的话请联系管理员。"),
    404: ("没有这一页", "地址可能写错了，或内容已经改名。可以从左边的导航重新进入，或用上方的搜索。"),
    500: ("系统出错了", "这不是您的操作造成的。已经记下，请稍后再试；一直这样请告诉管理员发生的时间。"),
}


def shown_in_words(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Turn the errors we raise on purpose into readable pages with the right status."""

    def respond(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_exception(request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, DeniedError):
            return page(request, 403, says=str(error))
        if isinstance(error, ProblemsError):
            return page(request, 400, says="下面这些都要先改好，什么都没有保存。", problems=error.problems)
        if isinstance(error, UserError):
            return page(request, 400, says=str(error))
        if isinstance(error, GatewayError):
            logger.warning("another system failed: %s", type(error).__name__)
            return page(request, 503, title="对方系统暂时没有回应", says=f"{error} 请稍后再试。")
        return None

    respond.process_exception = process_exception
    return respond


def page(request: HttpRequest, status: int, *, title: str = "", says: str = "", problems=()) -> HttpResponse:
    """An error page; for htmx a fragment, which the page shows in its notice region."""
    usual_title, usual_words = WORDS.get(status, WORDS[400])
    shown = {"title": title or usual_title, "says": says or usual_words, "problems": problems, "status": status, "back": _back(request)}
    fragment = getattr(request, "htmx", False)
    return render(request, "components/error.html" if fragment else "error.html", shown, status=status)


def _back(request: HttpRequest) -> str:
    """The page of ours from which this one was asked for; empty where that is unknown, or the same again."""
    before = urlsplit(request.headers.get("Referer", ""))
    if before.netloc != request.get_host() or before.path in ("", request.path):
        return ""
    return before.path + (f"?{before.query}" if before.query else "")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """The last resort draws without the frame: the frame itself may be what failed."""
    title, says = WORDS[500]
    return render(None, "broken.html", {"title": title, "says": says}, status=500)


def cross_site(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose page is too old (its token no longer fits)."""
    return page(request, 403, title="页面过期了", says="这一页打开得太久，没有提交。请刷新后再试一次。")
