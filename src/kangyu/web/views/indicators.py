"""Indicators: the list, and one opened down to its parts — over time, by place, by institution."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kangyu.apps.directory import queries as directory
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import Viewer
from kangyu.apps.indicators import people as figure_people
from kangyu.apps.indicators import periods, queries
from kangyu.apps.indicators.queries import Standing
from kangyu.apps.planning import queries as plans
from kangyu.engines.content.kinds import Indicator
from kangyu.engines.indicators import disclosure
from kangyu.engines.indicators.forecast import Goal
from kangyu.flows import plan_progress
from kangyu.flows.plan_progress import GlanceRow
from kangyu.gateways import content
from kangyu.kernel.permission import Permission
from kangyu.web import board, places, standing, wording
from kangyu.web.charts.sparkline import sparkline
from kangyu.web.decorators import allow
from kangyu.web.views.plan import area_of
from kangyu.web.views.search import matches

INSTITUTIONS_SHOWN = 20
MISSING_SHOWN = 8
YEARS = (periods.FIRST_YEAR, periods.FIRST_YEAR + 5)
LEVEL_OF = {6: "township", 9: "village"}
LEVEL_WORDS = {"township": "乡镇", "village": "村"}


@allow(Permission.INDICATOR_VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """Every declared indicator with its value."""
    area = area_of(request.viewer)
    declared = content.current().indicators
    planned = {row.target.indicator: row for row in plan_progress.glance(area).rows if row.standing}
    measured = queries.overview(list(declared), area)
    words, show = request.GET.get("q", "").strip().lower(), request.GET.get("show", "")
    rows = [_row(key, measured.items[key], planned.get(key)) for key in declared]
    found = [row for row in rows if _passes(row, show) and (not words or any(matches(words, name) for name in row["names"]))]
    shown = {
        "rows": found,
        "chips": _chips(rows, show),
        "words": request.GET.get("q", ""),
        "total": len(rows),
        "computed": sum(row["shape"] != "reported" for row in rows),
        "reported": sum(row["shape"] == "reported" for row in rows),
    }
    return render(request, "indicators.html", shown)


def _row(key: str, one: Standing, planned: GlanceRow | None) -> dict:
    indicator, figure = one.indicator, one.current
    years = (planned.target.baseline_year, planned.target.target_year) if planned else YEARS
    actual = [(point.at, point.value) for point in one.points if point.at >= years[0]]
    drawn = board.spark(planned.progress, one.points, years) if planned else sparkline(actual, [], status="plain", years=years)
    return {
        "key": key,
        "name": indicator.title,
        "names": (indicator.title, *indicator.aliases),
        "unit": indicator.unit,
        "shape": indicator.shape,
        "spark": drawn,
        "now": wording.figure(figure.value if figure else None, indicator.decimals),
        "has_value": figure is not None and figure.value is not None,
        "parts": standing.parts(indicator, figure) or wording.DASH,
        "when": (standing.reported_period(one.reported[-1]) if one.reported else wording.DASH) if indicator.reported else "近 12 个月",
        "in_plan": planned is not None,
        "kind": board.KIND_OF[planned.progress.status] if planned else "plain",
        "reason": planned.progress.reason if planned else one.missing,
    }


TESTS = (
    ("plan", "规划里的", "", lambda row: row["in_plan"]),
    ("bad", "偏离", "bad", lambda row: row["kind"] == "bad"),
    ("warn", "有风险", "warn", lambda row: row["kind"] == "warn"),
    ("missing", "没有值", "none", lambda row: not row["has_value"]),
    ("computed", "从记录算", "", lambda row: row["shape"] != "reported"),
    ("reported", "靠填报", "", lambda row: row["shape"] == "reported"),
)


def _passes(row: dict, show: str) -> bool:
    return next((test(row) for key, _, _, test in TESTS if key == show), True)


def _chips(rows: list[dict], show: str) -> list[board.Chip]:
    known = {key for key, _, _, _ in TESTS}
    made = [board.Chip("", "全部", len(rows), show not in known)]
    return made + [
        board.Chip(key, title, sum(map(test, rows)), show == key, kind) for key, title, kind, test in TESTS if any(map(test, rows))
    ]


@allow(Permission.INDICATOR_VIEW)
def indicator(request: HttpRequest, key: str) -> HttpResponse:
    """One number opened."""
    declared = content.current().indicators.get(key)
    if declared is None:
        raise Http404
    own = area_of(request.viewer)
    selected = _within(request.GET.get("area", ""), own)
    rows = plan_progress.of_indicator(own, key)
    planned = rows[0] if rows else None
    one = planned.standing if planned and planned.standing else queries.series(key, own)
    fresh = queries.freshness()
    as_of = fresh.as_of if fresh else None
    shown = {
        "key": key,
        "one": declared,
        "row": _plan_row(planned),
        "lede": _lede(declared, planned, fresh),
        "now": standing.first(one, as_of),
        "figures": standing.band(one, planned),
        "chart": standing.chart(one, planned, as_of),
        "quotes": [_quote(row) for row in rows],
        "difference": _difference(one, queries.disagreements(one)),
        "gap": _baseline_gap(planned),
        "why": _why(request.viewer),
        "reasons": _missing(declared, one, own, selected, request.viewer),
        **_neighbours(key, own),
        **_by_place(declared, planned.progress.goal if planned else None, own, selected, request.viewer),
    }
    return render(request, "indicator.html", shown)


def _within(area: str, own: str) -> str:
    """The area asked for, if it lies in the viewer's own."""
    return area if area.startswith(own) and area.isdigit() and len(area) in (6, 9, 12) else ""


def _plan_row(planned: GlanceRow | None) -> dict | None:
    if planned is None:
        return None
    said, progress = planned.target, planned.progress
    kind = board.KIND_OF[progress.status]
    return {"seq": said.seq, "category": said.category, "kind": kind, "reason": progress.reason, "note": progress.note}


def _lede(declared: Indicator, planned: GlanceRow | None, fresh: queries.Freshness | None) -> str:
    said = []
    if planned:
        said.append("约束性" if planned.target.nature == "binding" else "预期性")
    said.append({"higher": "越高越好", "lower": "越低越好", "neutral": "不分高低"}[declared.better])
    if declared.department:
        said.append(f"主管：{declared.department}")
    if declared.reported:
        said.append("靠填报，平台没有原始记录")
    elif fresh:
        of_people = "person" in (declared.top_about or declared.about, declared.bottom_about or declared.about)
        said.append("居民的记录保存后几秒内重算" if of_people else "机构、床位和住院的记录在全部重算时计入")
    return " · ".join(said)


def _quote(row: GlanceRow) -> dict:
    """What the plan's table prints, or the words it was read from, with the way to the place."""
    said = row.target
    printed = f"{said.baseline_year} 年 {said.baseline_raw or '—'}，{said.target_year} 年 {said.target_raw or '—'}"
    where = f"{said.document.title}，指标表第 {said.seq} 项"
    if said.item is None:
        return {"printed": printed, "where": where, "href": ""}
    href = reverse("plan_document", args=[said.document_id]) + f"#hit-{said.item_id}"
    return {"text": said.item.quote, "where": f"{where}，第 {said.item.line} 行", "href": href}


def _baseline_gap(planned: GlanceRow | None) -> dict | None:
    """What to say where the records give another value for the baseline year than the plan prints."""
    gap = planned.baseline_gap if planned else None
    if planned is None or planned.standing is None or gap is None:
        return None
    said, places_ = planned.target, planned.standing.indicator.decimals
    computed = planned.standing.years[said.baseline_year].value
    return {
        "year": said.baseline_year,
        "printed": wording.figure(said.baseline, places_),
        "computed": wording.figure(computed, places_),
        "gap": wording.signed(gap, places_),
    }


def _difference(one: Standing, differences: list[queries.Disagreement]) -> dict | None:
    if not differences:
        return None
    last = differences[-1]
    places_, unit = one.indicator.decimals, one.indicator.unit
    reported, computed = wording.figure(last.reported.value, places_), wording.figure(last.computed.value, places_)
    others = f"另有 {len(differences) - 1} 个年度也对不上。" if len(differences) > 1 else ""
    return {
        "title": f"{last.year} 年上报 {reported}，计算 {computed}",
        "says": f"相差 {wording.signed(last.reported.value - (last.computed.value or 0), places_)} {unit}，"
        f"超出抽样误差和四舍五入。常见原因：上报口径不同、上报后补录或更正了记录、迁入迁出没有同步。{others}",
        "source": f"上报来源：{last.reported.source or '没有写'}；{last.reported.updated:%Y-%m-%d} 填报",
    }


def _why(viewer: Viewer) -> str:
    reach = {"county": "全县", "township": "本乡镇", "institution": "本机构"}.get(viewer.within, "")
    if viewer.may(Permission.INDICATOR_PERSONS):
        return f"您是{viewer.role_title}，看得到{reach}的数字，并可打开自己管的居民。"
    small = queries.small_count()
    return f"您是{viewer.role_title}，看得到{reach}的数字；到人这一层不显示姓名，人数少于 {small} 的也隐去。要处理到人，请转给责任机构。"


def _missing(declared: Indicator, one: Standing, own: str, selected: str, viewer: Viewer) -> dict | None:
    """Who is in the denominator and not counted: how many, where most of them are, and the way to them for those who may."""
    figure, level = one.now, LEVEL_OF.get(len(own))
    if declared.shape != "share" or figure is None or figure.bottom - figure.top <= 0 or level is None:
        return None
    rows = [row for row in queries.by_area(declared.key, own, level, periods.NOW, viewer=viewer) if row.figure]
    names = {area.code: area.name for area in directory.areas_within(own, level)}
    counted = sorted(((row.figure.bottom - row.figure.top, row.place) for row in rows), reverse=True)[:MISSING_SHOWN]
    opens = viewer.may(Permission.INDICATOR_PERSONS)
    here = reverse("indicator_people", args=[declared.key])
    return {
        "title": f"没算进分子的 {wording.figure(figure.bottom - figure.top)} 人，在哪里",
        "caption": f"按{LEVEL_WORDS[level]}，由多到少",
        "most": counted[0][0] if counted else 0,
        "rows": [
            {
                "title": names.get(place, place),
                "count": count,
                "shown": wording.figure(count),
                "href": f"{here}?area={place}" if opens and viewer.reaches_area(place) else "",
                "says": "",
            }
            for count, place in counted
            if count > 0
        ],
        "people_words": "看是谁：点每行后面的链接，只列您管的居民。" if opens else _why(viewer),
    }


@allow(Permission.INDICATOR_PERSONS)
def people(request: HttpRequest, key: str) -> HttpResponse:
    """The persons behind a number, as far as the viewer's rights reach."""
    declared = content.current().indicators.get(key)
    if declared is None:
        raise Http404
    own = area_of(request.viewer)
    area = _within(request.GET.get("area", ""), own) or own
    which = "counted" if request.GET.get("which") == "counted" else "missing"
    after, org = request.GET.get("after", ""), request.GET.get("org", "")
    org = org or (request.viewer.org if request.viewer.within == "institution" else "")
    found = figure_people.people(
        key, viewer=request.viewer, area=area, org=org, which=which, after=int(after) if after.isdigit() else 0
    )  # fmt: skip
    names = directory.institution_names([row.org for row in found.rows])
    places_ = {one: directory.trail(one)[-1:] for one in {row.area for row in found.rows}}
    today = clock.today()
    institution = directory.institution(org) if org else None
    place = institution or directory.area(area)
    shown = {
        "key": key,
        "one": declared,
        "which": which,
        "title": f"{'没算进分子的人' if which == 'missing' else '算进分子的人'}：{place.name if place else '本机构'}",
        "people": [_person(row, names, places_, today) for row in found.rows],
        "next_after": found.after or "",
    }
    return render(request, "indicator_people.html", shown)


def _person(row: figure_people.PersonRow, names: dict[str, str], places_: dict, today: date) -> dict:
    age = (
        (today.year - row.birth_date.year - ((today.month, today.day) < (row.birth_date.month, row.birth_date.day)))
        if row.birth_date
        else None
    )
    return {
        "name": row.name,
        "sex": {"male": "男", "female": "女"}.get(row.sex, "—"),
        "age": wording.figure(age),
        "place": places_[row.area][0].name if places_.get(row.area) else wording.DASH,
        "institution": names.get(row.org, wording.DASH),
        "why": "；".join(row.why) or wording.DASH,
        "href": reverse("person", args=[row.pid]),
    }


def _neighbours(key: str, area: str) -> dict:
    keys = list(dict.fromkeys(row.indicator for row in plans.targets(area) if row.indicator))
    if key not in keys:
        return {"earlier": "", "later": ""}
    at = keys.index(key)
    return {"earlier": keys[at - 1] if at else "", "later": keys[at + 1] if at + 1 < len(keys) else ""}


def _by_place(declared: Indicator, goal: Goal | None, own: str, selected: str, viewer: Viewer) -> dict:
    """The ranking of the areas below, the map, and the institutions of the selected area."""
    level = LEVEL_OF.get(len(own))
    if level is None:
        return {"where": {}, "map": {}, "institutions": _institutions(declared, goal, own, own, viewer)}
    rows = queries.by_area(declared.key, own, level, periods.NOW, viewer=viewer)
    areas = directory.areas_within(own, level)
    here = reverse("indicator", args=[declared.key])

    def link(code: str) -> str:
        return f"{here}?area={code}#institutions" if queries.has_institutions(declared) and not declared.reported else ""

    ranked = places.ranking(rows, {area.code: area.name for area in areas}, declared, goal, link=link, selected=selected)
    caption = ["由好到差"] + (["横条为 95% 区间"] if any(row.figure and row.figure.low is not None for row in rows) else [])
    caption += ["虚线为目标"] if goal else []
    map_size = (400, 360)
    return {
        "where": {
            "rows": ranked.rows,
            "axis": ranked.axis,
            "title": f"各{LEVEL_WORDS[level]}",
            "level": LEVEL_WORDS[level],
            "caption": "，".join(caption) + ("；●达到 ▲区间含目标 ■没有达到" if goal else ""),
            "parts_title": "分子 ／ 分母",
            "note": "隐去的：" + disclosure.words(queries.small_count()) if any(row.withheld for row in ranked.rows) else "",
        },
        "map": places.place_map(areas, rows, declared, link=link, selected=selected, size=map_size, figures=True),
        "institutions": _institutions(declared, goal, selected or own, own, viewer),
    }


def _institutions(declared: Indicator, goal: Goal | None, area: str, own: str, viewer: Viewer) -> dict:
    rows = queries.by_institution(declared.key, area, periods.NOW, viewer=viewer)
    if not rows:
        return {"rows": []}
    names = directory.institution_names([row.place for row in rows if row.place])
    here = reverse("indicator_people", args=[declared.key])

    def people_at(org: str) -> str:
        opens = viewer.may(Permission.INDICATOR_PERSONS) and viewer.reaches_institution(org)
        return f"{here}?org={org}" if org and declared.shape == "share" and opens else ""

    ranked = places.ranking(rows, names, declared, goal, people=people_at)
    place = directory.area(area)
    worst_first = [row for row in reversed(ranked.rows) if not row.withheld]
    shown = worst_first if area != own else worst_first[:INSTITUTIONS_SHOWN]
    hidden = len(rows) - len(worst_first)
    return {
        "rows": shown,
        "title": f"按机构：{place.name if place else area}",
        "caption": f"{len(rows)} 个机构，由差到好" + (f"，先列 {len(shown)} 个；选一个乡镇看全" if len(shown) < len(worst_first) else ""),
        "note": f"另有 {hidden} 个机构{disclosure.words(queries.small_count())}。" if hidden else "",
        "total": len(rows),
    }
