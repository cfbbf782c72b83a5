"""The plan at a glance: every indicator with its path, its status and its chance; where it differs between townships; what waits."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from kangyu.apps.directory import queries as directory
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import Viewer
from kangyu.apps.indicators import periods, queries
from kangyu.apps.planning import queries as plans
from kangyu.flows import plan_progress
from kangyu.flows.plan_progress import Glance, GlanceRow
from kangyu.kernel.permission import Permission
from kangyu.web import board, changes, frame, places, wording
from kangyu.web.decorators import allow
from kangyu.web.standing import reported_period

News = Sequence[tuple[str, str, str]]
"""(status, what happened in a word, what it is about) of one row."""

SORTS = {"": ("attention", "按要紧排"), "attention": ("", "按类别排")}


@allow(Permission.PLAN_VIEW)
def overview(request: HttpRequest) -> HttpResponse:
    """The planner's home."""
    area = area_of(request.viewer)
    glance = plan_progress.glance(area)
    if glance.document is None:
        return render(request, "plan_none.html")
    show, sort = request.GET.get("show", ""), request.GET.get("sort", "")
    sort = sort if sort in SORTS else ""
    turned = [_turned(row) for row in glance.rows]
    lines = [line_of(row, request.viewer, news) for row, news in zip(glance.rows, turned, strict=True)]
    counts = board.counts(lines)
    other, title = SORTS[sort]
    shown = {
        "document": glance.document,
        "period": _period(glance),
        "computed": _computed(glance.freshness),
        "measuring": "" if glance.freshness else "后台正在做第一次全量计算，几分钟后刷新就有数。",
        "rows_total": len(lines),
        "counts": counts,
        "share_title": "、".join(f"{wording.STATUS_WORDS[kind]} {count} 项" for kind, count in counts.items()),
        "outlook": _likely(lines),
        "baseline_year": min((row.target.baseline_year for row in glance.rows), default=""),
        "target_year": max((row.target.target_year for row in glance.rows), default=""),
        "chips": board.chips(lines, show),
        "groups": board.groups(lines, show=show, sort=sort),
        "other_sort": {"key": other, "title": title},
        "map": township_map(glance, area, request),
        "news": _news(glance, turned),
        "todo": _todo(glance, area, request.viewer),
        "why": _why(request.viewer),
    }
    return render(request, "plan.html", shown)


def area_of(viewer: Viewer) -> str:
    """The area a viewer's figures are about: their own, for care teams their township, else the county."""
    if viewer.area:
        return viewer.area[:9]
    county = directory.county()
    return county.code if county else ""


def _why(viewer: Viewer) -> str:
    reach = {"county": "全县", "township": "本乡镇", "institution": "本机构"}.get(viewer.within, "本地")
    if viewer.may(Permission.INDICATOR_PERSONS):
        return f"您是{viewer.role_title}，看得到{reach}的数字，并可打开自己管的居民。"
    return f"您是{viewer.role_title}，看得到{reach}的数字，看不到居民姓名。"


def line_of(row: GlanceRow, viewer: Viewer, turned: News = ()) -> board.Line:
    """A row of the plan as the board shows it; ``turned`` is what changed about it."""
    said, progress, indicator = row.target, row.progress, row.standing.indicator if row.standing else None
    years = (said.baseline_year, said.target_year)
    return board.Line(
        seq=said.seq,
        category=said.category,
        key=said.indicator if indicator else "",
        name=said.name,
        unit=said.unit,
        binding=said.nature == "binding",
        baseline=_baseline(said.baseline_raw, said.baseline),
        target=wording.target(said.comparator, said.target, relative=said.relative, unit=said.unit),
        target_words=f"规划写的是“{said.target_raw}”" if said.target_raw else "",
        spark=board.spark(progress, row.standing.points if row.standing else [], years),
        now=wording.figure(progress.now.value if progress.now else None, indicator.decimals if indicator else 2),
        when=_when(row),
        kind=board.KIND_OF[progress.status],
        reason=progress.reason,
        probability=board.probability(progress),
        changed=next((words for _, words, _ in turned), ""),
        doubt=_doubt(row),
        ask=reverse("report", args=[said.indicator]) if _may_report(row, viewer) else "",
    )


def _baseline(raw: str, value: float | None) -> str:
    """As printed, in one style of comparison signs; a dash where the plan prints none."""
    if value is None:
        return wording.DASH
    sign = next((sign for sign in "≤<>≥" if raw.replace("＜", "<").replace("＞", ">").replace("⩽", "≤").startswith(sign)), "")
    return f"{sign} {wording.compact(value)}".strip()


def _doubt(row: GlanceRow) -> str:
    """What does not fit beside the status."""
    if row.disagreements:
        return "上报值和计算值对不上"
    return "按记录算出的基期和规划印的对不上" if row.baseline_gap is not None else ""


def _may_report(row: GlanceRow, viewer: Viewer) -> bool:
    missing = row.standing is not None and row.standing.indicator.reported and row.progress.now is None
    return missing and viewer.may(Permission.INDICATOR_REPORT)


def _when(row: GlanceRow) -> str:
    """Which period the present value is about, in a few words."""
    standing, now = row.standing, row.progress.now
    if standing is None or now is None:
        return wording.DASH
    if standing.indicator.reported:
        return reported_period(standing.reported[-1]).replace(" 年", " 年度") if standing.reported else wording.DASH
    return "近 12 个月" if now.at % 1 else f"{now.at:.0f} 年度"


def _period(glance: Glance) -> str:
    first, last = glance.document.first_year, glance.document.last_year
    if first is None or last is None:
        return ""
    left = (date(last, 12, 31) - clock.today()).days
    rest = f"，还剩 {left} 天" if 0 <= left < 400 else ("，已经结束" if left < 0 else "")
    return f"规划期 {first}—{last}{rest}"


def _computed(fresh: queries.Freshness | None) -> str:
    if fresh is None:
        return ""
    words = f"数据截至 {fresh.as_of}，{timezone.localtime(fresh.computed_at):%m-%d %H:%M} 全部重算"
    return words + (f"，此后 {wording.figure(fresh.restated)} 人的变动已计入" if fresh.restated else "")


def _likely(lines: list[board.Line]) -> str:
    found = board.likely(line.probability for line in lines)
    if found is None:
        return ""
    return str(found[0]) if found[0] == found[1] else f"{found[0]}—{found[1]}"


def _news(glance: Glance, turned: Sequence[News]) -> list[dict]:
    """What changed or does not fit: targets reached, values that moved away from the path, reports that disagree."""
    found = []
    for row, news in zip(glance.rows, turned, strict=True):
        for kind, words, text in (*news, *_disagreed(row)):
            found.append({"kind": kind, "words": words, "text": text, "key": row.target.indicator, "title": row.target.name})
    order = {"bad": 0, "warn": 1, "ok": 2, "none": 3}
    return sorted(found, key=lambda one: order[one["kind"]])[:6]


def _turned(row: GlanceRow) -> News:
    """Whether the row's status is another than a year ago, by the same judgement on the series as it stood then."""
    before = changes.a_year_before(row)
    now = row.progress
    if before is None or before.status == now.status:
        return []
    kind = board.KIND_OF[now.status]
    word = {"ok": "转为按期", "warn": "转为有风险", "bad": "转为偏离", "none": "没有数据了"}[kind]
    return [(kind, word, now.reason)]


def _disagreed(row: GlanceRow) -> News:
    if not row.disagreements or row.standing is None:
        return []
    last, places_ = row.disagreements[-1], row.standing.indicator.decimals
    said, computed = wording.figure(last.reported.value, places_), wording.figure(last.computed.value, places_)
    return [("warn", "两个数对不上", f"{last.year} 年上报 {said}，按记录计算 {computed}。")]


def _todo(glance: Glance, area: str, viewer: Viewer) -> list[dict]:
    """What waits for this viewer: documents to review, figures to report, names without an indicator."""
    found = []
    if viewer.may(Permission.PLAN_REVIEW):
        waiting = [one for one in plans.documents(area) if one.state == one.State.DRAFT and one.waiting]
        for one in waiting:
            found.append({"title": f"审核《{one.title}》", "count": f"{one.waiting} 条", "href": reverse("plan_import", args=[one.pk])})
    if viewer.may(Permission.INDICATOR_REPORT):
        missing = [row for row in glance.rows if _may_report(row, viewer)]
        if missing:
            found.append({"title": "还没有填报的指标", "count": f"{len(missing)} 项", "href": reverse("reports")})
    if glance.unmatched:
        found.append({"title": "名称对不上指标", "count": f"{len(glance.unmatched)} 项", "href": "#why"})
    return found


def waiting(viewer: Viewer) -> frame.Waiting | None:
    """What waits for a planner: items of plan documents nobody has decided about."""
    if not viewer.may(Permission.PLAN_REVIEW):
        return None
    count = sum(one.waiting for one in plans.documents(area_of(viewer)) if one.state == one.State.DRAFT)
    return frame.Waiting("等我审核", count, reverse("plan_imports"))


frame.WAITING.append(waiting)


def township_map(glance: Glance, area: str, request: HttpRequest) -> places.PlaceMap | dict:
    """The map of one indicator of the plan: the one asked for, else a share of persons that needs attention most."""
    able = {row.target.indicator: row for row in glance.rows if row.standing and not row.standing.indicator.reported}
    chosen = request.GET.get("map", "")
    ordered = sorted(glance.needing_attention(), key=lambda row: row.standing is None or row.standing.indicator.shape != "share")
    key = chosen if chosen in able else next((row.target.indicator for row in ordered if row.target.indicator in able), "")
    if not key:
        return {"says": "还没有可以按乡镇看的指标。", "choices": []}
    row = able[key]
    indicator = row.standing.indicator
    rows = queries.by_area(key, area, "township", periods.NOW, viewer=request.viewer)
    link = reverse("indicator", args=[key])
    made = places.place_map(directory.areas_within(area, "township"), rows, indicator, link=lambda code: f"{link}?area={code}#institutions")
    caption = f"{indicator.title} · 目标 {row.goal}"
    return replace(made, key=key, caption=caption, choices=[(one, able[one].target.name) for one in able])
