"""Figures the platform has no records for: the list of them, and the form to report one."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kangyu.apps.governance import clock
from kangyu.apps.indicators import queries
from kangyu.apps.indicators.queries import Standing
from kangyu.apps.planning import queries as plans
from kangyu.flows import reported_figures
from kangyu.gateways import content
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission
from kangyu.web import wording
from kangyu.web.decorators import allow
from kangyu.web.standing import reported_period
from kangyu.web.views.plan import area_of

FIELDS = ("value", "source", "period_start", "period_end", "document")


@allow(Permission.INDICATOR_REPORT)
def listing(request: HttpRequest) -> HttpResponse:
    """What is to be reported, what came in last, and what is out of date."""
    area, today = area_of(request.viewer), clock.today()
    keys = [key for key, one in content.current().indicators.items() if one.reported]
    planned = {row.indicator for row in plans.targets(area)}
    measured = queries.overview(keys, area)
    rows = [_row(key, measured.items[key], key in planned, today) for key in keys]
    rows.sort(key=lambda row: (row["kind"] == "ok", not row["in_plan"]))
    return render(request, "reports.html", {"rows": rows})


def _row(key: str, one: Standing, in_plan: bool, today: date) -> dict:
    last = one.reported[-1] if one.reported else None
    fresh = last is not None and last.year >= today.year - 1
    return {
        "key": key,
        "title": one.indicator.title,
        "department": one.indicator.department,
        "unit": one.indicator.unit,
        "in_plan": in_plan,
        "value": wording.figure(last.value, one.indicator.decimals) if last else "",
        "period": reported_period(last) if last else "",
        "source": last.source if last else "",
        "kind": "ok" if fresh else ("warn" if last else "none"),
        "words": "已填报" if fresh else (f"{today.year - 1} 年还没有填" if last else "从没填过"),
    }


@allow(Permission.INDICATOR_REPORT)
def report(request: HttpRequest, key: str) -> HttpResponse:
    """The form; a fault is said beside its field, and nothing is lost."""
    declared = content.current().indicators.get(key)
    if declared is None:
        raise Http404
    prepared = reported_figures.form_of(key)
    area = area_of(request.viewer)
    earlier = queries.series(key, area).reported
    last_year = clock.today().year - 1
    given = {"period_start": f"{last_year}-01-01", "period_end": f"{last_year}-12-31"}
    shown = {
        "key": key,
        "one": declared,
        "given": given,
        "sources": [(code, coding.title) for code, coding in prepared.codes[prepared.form.fields["source"].set].items()],
        "earlier": [_earlier(value, declared.decimals) for value in reversed(earlier)],
        "last": _earlier(earlier[-1], declared.decimals) if earlier else None,
        "faults": {},
    }
    if request.method != "POST":
        return render(request, "report.html", shown)
    shown["given"] = {field: request.POST.get(field, "").strip() for field in FIELDS}
    try:
        reported_figures.report(key, shown["given"], area=area, by=request.viewer)
    except reported_figures.NotAcceptable as error:
        return render(request, "report.html", {**shown, "faults": error.faults, "says": "有几处要改，还没有保存。"}, status=422)
    except UserError as error:
        return render(request, "report.html", {**shown, "says": str(error)}, status=422)
    messages.success(request, f"已保存：{declared.title} {shown['given']['value']}{declared.unit}。", extra_tags="ok")
    return redirect("indicator", key)


def _earlier(value, decimals: int) -> dict:
    return {
        "value": wording.figure(value.value, decimals),
        "period": reported_period(value),
        "source": value.source,
        "by": f"{value.updated:%Y-%m-%d}",
    }
