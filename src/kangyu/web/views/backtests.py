"""方法与回测: thresholds chosen on evidence from the county's own history."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kangyu.apps.surveillance.declared import watched
from kangyu.apps.surveillance.models import Backtest
from kangyu.flows import backtests
from kangyu.flows.backtests import METHODS, SHAPES, Spec
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission
from kangyu.web import signal_words
from kangyu.web.charts.tradeoff import Choice, Limit, tradeoff
from kangyu.web.decorators import allow

RECENT = 12
USUAL = {"size": "10", "days": "10", "count": "100", "seed": "1", "window": "7", "least": "2", "yearly": "4", "budget": "2"}
ENOUGH = 0.9
WEEKS = 365.2425 / 7
SHOWN_PLACES = 15


@allow(Permission.SIGNAL_TUNE)
def new(request: HttpRequest) -> HttpResponse:
    """What is tried, and what was tried before."""
    declared = watched()
    key = request.POST.get("signal") or request.GET.get("signal", "")
    one = declared.get(key) or next(iter(declared.values()), None)
    if one is None:
        return render(request, "signals/backtest_new.html", {"signals": []})
    given = request.POST if request.method == "POST" else request.GET
    if request.method == "POST":
        try:
            return redirect("backtest", backtests.ask(_read(given), by=request.viewer).pk)
        except (UserError, ValueError) as error:
            said = str(error) if isinstance(error, UserError) else "有一项不是数，请看规模、天数和阈值。"
            messages.error(request, said, extra_tags="bad")
    used = {detector.method for detector in one.signal.detect}
    method = given.get("method") if given.get("method") in METHODS else one.signal.detect[0].method
    level = given.get("level") if given.get("level") in one.signal.by else (one.signal.detect[0].by or one.signal.by)[0]
    shown = {
        "signals": [(name, watch.signal.title, name == one.signal.key) for name, watch in declared.items()],
        "one": one.signal,
        "levels": [(at, signal_words.LEVEL_WORDS[at], at == level) for at in one.signal.by],
        "methods": [(name, title, name == method, name in used) for name, (title, _, _) in METHODS.items()],
        "threshold_title": METHODS[method][1],
        "thresholds": given.get("thresholds") or "、".join(f"{value:g}" for value in METHODS[method][2]),
        "shapes": [(name, title, name == given.get("shape", "point")) for name, title in SHAPES.items()],
        "values": {key: given.get(key, default) for key, default in USUAL.items()},
        "fixed": method == "fixed",
        "now": [signal_words.method_words(detector) for detector in one.signal.detect],
        "earlier": [_line(asked) for asked in Backtest.objects.order_by("-id")[:RECENT]],
        "most": {"outbreaks": backtests.MOST_OUTBREAKS, "places": backtests.MOST_PLACES, "candidates": backtests.MOST_CANDIDATES},
    }  # fmt: skip
    return render(request, "signals/backtest_new.html", shown)


def _read(given: Any) -> Spec:
    """The form as a spec. Raises ``ValueError`` where a number is none."""
    texts = given.get("thresholds", "").replace("、", " ").replace("，", " ").replace(",", " ").split()
    return Spec(
        signal=given.get("signal", ""), level=given.get("level", ""), method=given.get("method", ""), shape=given.get("shape", ""),
        thresholds=tuple(sorted({float(text) for text in texts})), size=int(given.get("size", "")), days=int(given.get("days", "")),
        count=int(given.get("count", "")), seed=abs(int(given.get("seed", "1"))), window=max(1, min(int(given.get("window") or 7), 60)),
        least=max(0, min(int(given.get("least") or 2), 100)), yearly=float(given.get("yearly") or 4),
        budget=float(given.get("budget") or 2),
    )  # fmt: skip


@allow(Permission.SIGNAL_TUNE)
def one(request: HttpRequest, id: int) -> HttpResponse:
    """How far it is (asked again every second by htmx), then what came out."""
    asked = Backtest.objects.filter(pk=id).first()
    if asked is None:
        raise Http404
    over = asked.state in (Backtest.State.DONE, Backtest.State.REFUSED)
    shown = {"asked": asked, "over": over, "share": round(100 * asked.done / asked.of) if asked.of else 0, "line": _line(asked)}
    if request.htmx:
        reply = render(request, "signals/backtest_progress.html", shown)
        if over:
            reply["HX-Refresh"] = "true"
        return reply
    return render(request, "signals/backtest.html", {**shown, **(_found(asked, request.GET.get("over", "")) if asked.outcome else {})})


def _line(asked: Backtest) -> dict[str, Any]:
    spec = backtests.spec_of(asked)
    declared = watched().get(spec.signal)
    return {
        "id": asked.pk, "signal": declared.signal.title if declared else spec.signal, "level": signal_words.LEVEL_WORDS.get(spec.level, ""),
        "method": METHODS[spec.method][0], "threshold": METHODS[spec.method][1], "spec": spec, "shape": SHAPES.get(spec.shape, ""),
        "state": {"waiting": "排队", "running": "在算", "done": "已完成", "refused": "没有算成"}[asked.state], "at": asked.asked_at,
    }  # fmt: skip


def _found(asked: Backtest, over: str) -> dict[str, Any]:
    """The chart, the table, in words which threshold does well within the budget, and place by place what one of them does."""
    outcome, spec = asked.outcome or {}, backtests.spec_of(asked)
    current = outcome.get("current")
    rows = [_row(score, outcome, spec, current) for score in outcome["scores"]]
    best = _best(rows)
    chosen = next((row for row in rows if f"{row['over']:g}" == over), best)
    places = _places(chosen, outcome)
    choices = [Choice(row["words"], row["false_per_year"], row["sensitivity"], row["in_use"], row["says"]) for row in rows]
    return {
        "outcome": outcome, "rows": rows, "chart": tradeoff(choices, title="各阈值测到的暴发与误报", limit=_limit(outcome, spec)),
        "advice": _advice(rows, best, spec),
        "since": date.fromisoformat(outcome["since"]), "until": date.fromisoformat(outcome["until"]), "uses": current is not None,
        "mentions": any(row["in_use"] for row in rows), "best": best, "chosen": chosen, "places": places[:SHOWN_PLACES],
        "more_places": places[SHOWN_PLACES:], "all_places": outcome.get("all_places", outcome["places"]),
    }  # fmt: skip


def _limit(outcome: Mapping[str, Any], spec: Spec) -> Limit:
    """How many false alarms a place may raise a year before all places together raise more than the budget."""
    places, a_year = outcome.get("all_places", outcome["places"]), spec.budget * WEEKS
    return Limit(a_year / places, (a_year - spec.yearly) / places, f"每周 {spec.budget:g} 次的预算")


def _row(score: dict[str, Any], outcome: Mapping[str, Any], spec: Spec, current: float | None) -> dict[str, Any]:
    over, share = score["over"], score["found"] / score["of"]
    words = f"≥ {over:g} 例" if spec.method == "fixed" else f"P{over:g}" if "percentile" in spec.method else f"{over:g}"
    cost = backtests.cost_of(score, outcome, spec)
    value = cost.predictive_value
    return {
        **score, "words": words, "key": f"{over:g}", "sensitivity": share, "percent": f"{share:.0%}", "dots": round(share * 10),
        "in_use": current is not None and abs(current - over) < 1e-9, "every": _times(score["false_per_year"]),
        "yearly": _times(cost.false_per_year), "value": "—" if value is None else _percent(value), "worth": value or 0.0,
        "weekly": cost.per_week, "week": _times(cost.per_week), "affordable": cost.per_week <= spec.budget,
        "says": f"{words}：测到 {score['found']}／{score['of']}，每个地点每年误报 {_times(score['false_per_year'])}，"
        f"全部地点每周报警 {_times(cost.per_week)}",
    }  # fmt: skip


def _times(number: float) -> str:
    """``12.3 次``, ``0.42 次``: enough digits to tell two thresholds apart."""
    return "0 次" if number == 0 else f"{number:,.1f} 次" if number >= 1 else f"{number:.2f} 次" if number >= 0.01 else f"{number:.1g} 次"


def _percent(share: float) -> str:
    return f"{share:.0%}" if share == 0 or share >= 0.1 else f"{share:.1%}"


def _best(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Of those within the budget the one that finds most, then costs least; where none is within it, the one that costs least."""
    within = [row for row in rows if row["affordable"]]
    if within:
        return max(within, key=lambda row: (row["found"], -row["weekly"]))
    return min(rows, key=lambda row: (row["weekly"], -row["found"]))


def _advice(rows: list[dict[str, Any]], best: dict[str, Any], spec: Spec) -> str:
    """Which threshold does well, in words; said plainly where none is within the budget or finds enough."""
    found = f"测到 {best['percent']}，报警里约 {best['value']} 是真的暴发"
    if best["median_delay"] is not None:
        found += f"，中位 {best['median_delay']:g} 天发现"
    if not best["affordable"]:
        return (
            f"没有一个阈值在每周 {spec.budget:g} 次报警的预算内；报警最少的是 {best['words']}，每周 {best['week']}，{found}。"
            "可以换方法、换层级，或把阈值提高再试。"
        )
    weak = "" if best["sensitivity"] >= ENOUGH else "这还不到九成：要测到更多，就要多核实误报，或换方法、换层级再试。"
    every = "都在预算内，" if all(row["affordable"] for row in rows) else ""
    return f"每周 {spec.budget:g} 次报警的预算内（{every}按一年 {spec.yearly:g} 起），{best['words']} 测到最多：{found}。{weak}"


def _places(row: dict[str, Any], outcome: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a threshold does at each place, the most false alarms first; nothing for back-tests made before places were kept apart."""
    if "at" not in row or "names" not in outcome:
        return []
    years = row["years"] / outcome["places"]
    shown = [
        {"name": name, "of": of, "found": found, "missed": of - found, "false": _times(false / years), "count": false, "median": median}
        for name, (of, found, false, median) in zip(outcome["names"], row["at"], strict=True)
    ]
    return sorted(shown, key=lambda one: (-one["count"], -one["missed"], -one["of"], one["name"]))
