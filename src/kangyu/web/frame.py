"""What stands around every page: the role's navigation, the place, what waits, who is signed in, whether the data is synthetic."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass

from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import salted_hmac

from kangyu.apps.directory import queries as directory
from kangyu.apps.governance import deployment
from kangyu.apps.governance.access import Viewer, viewer_of
from kangyu.kernel.permission import Permission


@dataclass(frozen=True)
class Place:
    """One entry of the navigation: shown to those with ``needs``; ``covers`` are the url names for which it is the current one."""

    title: str
    url_name: str
    needs: Permission
    covers: tuple[str, ...] = ()

    @property
    def href(self) -> str:
        return reverse(self.url_name)

    def holds(self, url_name: str) -> bool:
        return url_name == self.url_name or url_name in self.covers


@dataclass(frozen=True)
class Waiting:
    """One kind of work that waits for the viewer: what it is, how many, and where to see them."""

    title: str
    count: int
    href: str


STATEMENTS = ("statement", "statement_row", "statement_records", "statement_trial", "statement_checks", "statement_check")
PLACES = (
    Place("今日待办", "today", Permission.WORKLIST_VIEW, ("visit", "visit_done")),
    Place("可疑随访", "doubtful", Permission.RECORDS_REVIEW, ("doubtful_one",)),
    Place("我的居民", "people", Permission.PERSON_VIEW, ("person", "residents_hand_over")),
    Place("接种率", "dose_coverage", Permission.COVERAGE_VIEW, ("defaulters", "schools", "school", "certificate")),
    Place("预警", "signals", Permission.SIGNAL_VIEW, ("signal",)),
    Place("方法与回测", "backtests", Permission.SIGNAL_TUNE, ("backtest",)),
    Place("考核结算", "statements", Permission.STATEMENT_VIEW, STATEMENTS),
    Place(
        "收件箱", "cases", Permission.CASE_WORK, ("case", "case_move", "case_open", "case_find", "case_hand_over", "case_hand_over_many")
    ),
    Place("事项看板", "case_boards", Permission.CASE_VIEW, ("case_board", "outbreak")),
    Place("登记册", "registers", Permission.REGISTER_VIEW, ("register", "thing", "thing_form", "thing_new")),
    Place("台账", "ledgers", Permission.LEDGER_VIEW, ("ledger", "ledger_account")),
    Place("管理首页", "administration", Permission.ACCOUNT_MANAGE),
    Place("账号", "accounts", Permission.ACCOUNT_MANAGE, ("account_open", "account")),
    Place("记录导入", "record_imports", Permission.RECORDS_IMPORT, ("record_import",)),
    Place("审计", "audit", Permission.AUDIT_VIEW),
    Place("规划总览", "plan", Permission.PLAN_VIEW),
    Place("指标", "indicators", Permission.INDICATOR_VIEW, ("indicator", "indicator_people", "place", "institution")),
    Place("配置标准", "standards", Permission.INDICATOR_VIEW, ("standard",)),
    Place("规划文件", "plan_imports", Permission.PLAN_REVIEW, ("plan_import", "plan_document", "plan_compare")),
    Place("填报数据", "reports", Permission.INDICATOR_REPORT, ("report",)),
    Place("规则内容", "content", Permission.CONTENT_VIEW, ("content_kind", "declaration", "content_overlay")),
)
AT_MOST = 9

HOMES = (
    (Permission.VISIT_RECORD, "today"),
    (Permission.ACCOUNT_MANAGE, "administration"),
    (Permission.RECORDS_REVIEW, "doubtful"),
    (Permission.PLAN_VIEW, "plan"),
    (Permission.SIGNAL_VIEW, "signals"),
    (Permission.REGISTER_KEEP, "registers"),
    (Permission.STATEMENT_COMPUTE, "statements"),
    (Permission.STATEMENT_SIGN, "statements"),
    (Permission.STATEMENT_APPEAL, "statements"),
    (Permission.CASE_WORK, "cases"),
    (Permission.CASE_VIEW, "case_boards"),
    (Permission.INDICATOR_VIEW, "indicators"),
)

# Pages that own work add a function each: what waits for this viewer, or None.
WAITING: list[Callable[[Viewer], Waiting | None]] = []


def home_of(viewer: Viewer) -> str:
    """The url name of the page a role starts from; ``""`` when it may open none."""
    return next((name for needed, name in HOMES if viewer.may(needed)), "")


def navigation(viewer: Viewer, url_name: str) -> list[dict]:
    """At most nine entries, in the order of the work; those past the fourth stand aside on a phone."""
    shown = [place for place in PLACES if viewer.may(place.needs)]
    home = home_of(viewer)
    shown.sort(key=lambda place: place.url_name != home)
    return [{"place": place, "current": place.holds(url_name), "extra": at >= 4} for at, place in enumerate(shown[:AT_MOST])]


def is_synthetic() -> bool:
    """Whether this deployment shows made-up people."""
    known = cache.get("frame.synthetic")
    if known is None:
        known = deployment.fact("synthetic")
        cache.set("frame.synthetic", known, 10)
    return bool(known) and known not in ("0", "false", "no")


def crumbs(viewer: Viewer) -> list[str]:
    """Names from the county down to the viewer's own area."""
    key = f"frame.crumbs.{viewer.area}"
    names = cache.get(key)
    if names is None:
        names = [area.name for area in directory.trail(viewer.area)]
        cache.set(key, names, 30)
    return names


def waiting(viewer: Viewer) -> list[Waiting]:
    """What waits for this viewer, as the pages that own the work report it."""
    return [found for ask in WAITING if (found := ask(viewer)) and found.count]


def waiting_key(account: str) -> str:
    """The key (256 bits, base64) under which this account's unsent forms wait in its browsers; see decision 0009.

    It is the same at the next sign-in, is handed to this account's pages only, and is stored nowhere.
    """
    return b64encode(salted_hmac("kangyu.waiting", account, algorithm="sha256").digest()).decode()


def frame(request: HttpRequest) -> dict:
    """The context processor of every page."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"synthetic": is_synthetic()}
    viewer = getattr(request, "viewer", None) or viewer_of(user)
    url_name = (request.resolver_match.url_name if request.resolver_match else None) or ""
    return {
        "viewer": viewer,
        "waiting_key": waiting_key(viewer.username),
        "may": {one.name.lower(): viewer.may(one) for one in Permission},
        "navigation": navigation(viewer, url_name),
        "crumbs": crumbs(viewer),
        "waiting": waiting(viewer),
        "synthetic": is_synthetic(),
    }
