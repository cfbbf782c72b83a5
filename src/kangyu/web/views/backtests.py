"""方法与回测: thresholds chosen on evidence from the county's own history."""

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
from kangyu.web.charts.tradeoff import Choice, tradeoff
from kangyu.web.decorators import allow

RECENT = 12
USUAL = {"size": "10", "days": "10", "count": "100", "seed": "1", "window": "7", "least": "2"}


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
        least=max(0, min(int(given.get("least") or 2), 100)),
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
    return render(request, "signals/backtest.html", {**shown, **(_found(asked) if asked.outcome else {})})


def _line(asked: Backtest) -> dict[str, Any]:
    spec = backtests.spec_of(asked)
    declared = watched().get(spec.signal)
    return {
        "id": asked.pk, "signal": declared.signal.title if declared else spec.signal, "level": signal_words.LEVEL_WORDS.get(spec.level, ""),
        "method": METHODS[spec.method][0], "threshold": METHODS[spec.method][1], "spec": spec, "shape": SHAPES.get(spec.shape, ""),
        "state": {"waiting": "排队", "running": "在算", "done": "已完成", "refused": "没有算成"}[asked.state], "at": asked.asked_at,
    }  # fmt: skip


def _found(asked: Backtest) -> dict[str, Any]:
    """The chart, the table and, in words, which threshold does well."""
    outcome, spec = asked.outcome or {}, backtests.spec_of(asked)
    current = outcome.get("current")
    rows = [_row(score, spec, current) for score in outcome["scores"]]
    choices = [Choice(row["words"], row["false_per_year"], row["sensitivity"], row["in_use"], row["says"]) for row in rows]
    return {
        "outcome": outcome, "rows": rows, "chart": tradeoff(choices, title="各阈值测到的暴发与误报"), "advice": _advice(rows),
        "since": date.fromisoformat(outcome["since"]), "until": date.fromisoformat(outcome["until"]), "uses": current is not None,
        "mentions": any(row["in_use"] for row in rows),
    }  # fmt: skip


def _row(score: dict[str, Any], spec: Spec, current: float | None) -> dict[str, Any]:
    over, share = score["over"], score["found"] / score["of"]
    words = f"≥ {over:g} 例" if spec.method == "fixed" else f"P{over:g}" if "percentile" in spec.method else f"{over:g}"
    alone = score["false_per_year"]
    every = f"{alone:.1f} 次" if alone >= 1 else f"{alone:.2f} 次"
    return {
        **score, "words": words, "sensitivity": share, "percent": f"{share:.0%}", "dots": round(share * 10),
        "in_use": current is not None and abs(current - over) < 1e-9, "every": every,
        "county": f"{score['false_alarms'] / max(score['years'], 1e-9):.2f}",
        "says": f"{words}：测到 {score['found']}／{score['of']}，每个地点每年误报 {every}",
    }  # fmt: skip


def _advice(rows: list[dict[str, Any]]) -> str:
    """Of those that find at least nine in ten, the one with the fewest false alarms; said plainly where none does."""
    good = [row for row in rows if row["sensitivity"] >= 0.9]
    if not good:
        best = max(rows, key=lambda row: (row["sensitivity"], -row["false_per_year"]))
        return f"没有一个阈值能测到九成；最好的是 {best['words']}，测到 {best['percent']}。可以换方法、换层级再试。"
    best = min(good, key=lambda row: (row["false_per_year"], row["median_delay"] or 0))
    return f"测到九成以上的阈值里，{best['words']} 误报最少（每个地点每年 {best['every']}），中位 {best['median_delay']:g} 天发现。"
