"""Back-tests asked for by a page and run in a process apart: methods and thresholds tried on the county's own history.

Outbreaks of a chosen size and shape are laid over random places and days; every candidate is run over all of them, so that sensitivity,
false alarms and days to detect compare. Bounded: so many places, so many outbreaks, so many candidates.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from django.db import transaction

from kangyu.apps.directory.models import Area, Institution
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.surveillance import series
from kangyu.apps.surveillance.declared import Watched, watched
from kangyu.apps.surveillance.models import Backtest
from kangyu.engines.detection import Method, backtest
from kangyu.engines.detection.backtest import Cost
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission

MOST_PLACES, MOST_OUTBREAKS, MOST_CANDIDATES = 400, 200, 8
ATTEMPTS = 2
METHODS: Mapping[str, tuple[str, str, tuple[float, ...]]] = {
    "fixed": ("固定阈值", "达到几例", (2, 3, 5, 8, 10)),
    "moving_percentile": ("移动百分位", "第几百分位", (50, 75, 80, 90, 95)),
    "same_week_percentile": ("往年同周百分位", "第几百分位", (50, 75, 80, 90, 95)),
    "ears_c1": ("EARS C1", "几倍标准差", (2, 2.5, 3, 4, 5)),
    "ears_c2": ("EARS C2", "几倍标准差", (2, 2.5, 3, 4, 5)),
    "ears_c3": ("EARS C3", "三天累计几倍", (1, 2, 3, 4, 6)),
    "cusum": ("累积和 CUSUM", "h", (2, 3, 4, 5, 6)),
    "farrington_flexible": ("Farrington 改进法（周）", "概率界", (0.1, 0.05, 0.025, 0.01)),
}
"""Title, what its threshold is called, and the thresholds offered. Farrington's is the chance beyond the bound."""
SHAPES = {"point": "同源：很快到顶", "growing": "传播：越来越多", "steady": "零星持续"}


@dataclass(frozen=True)
class Spec:
    """What is tried: thresholds of one method at the places of one level, on outbreaks of one kind.

    ``yearly`` is how many such outbreaks a year are thought to happen in all places together, ``budget`` how many alarms a week there are
    people to verify.
    """

    signal: str
    level: str
    method: str
    thresholds: tuple[float, ...]
    size: int = 10
    days: int = 10
    shape: backtest.Shape = "point"
    count: int = 100
    seed: int = 1
    window: int = 7
    least: int = 2
    yearly: float = 4
    budget: float = 2

    def method_at(self, over: float) -> Method:
        """The candidate with one threshold."""
        if self.method == "fixed":
            return Method("fixed", over - 1, days=self.window, of_cases=True)
        weekly = self.method in ("same_week_percentile", "farrington_flexible")
        around = 3 if self.method == "farrington_flexible" else 2
        found = Method(self.method, over, weekly=weekly, around=around, least=0.5, at_least=self.least)  # type: ignore[arg-type]
        return replace(found, over=1.0, alpha=over, around=3) if self.method == "farrington_flexible" else found


def ask(spec: Spec, *, by: Viewer) -> Backtest:
    """Queue a back-test. Raises ``UserError`` where it cannot be run as asked, ``DeniedError`` without the right to tune."""
    by.require(Permission.SIGNAL_TUNE)
    one = watched().get(spec.signal)
    if one is None or spec.level not in one.signal.by or spec.method not in METHODS or spec.shape not in SHAPES:
        raise UserError("没有这个信号、层级、方法或形状，请从页面上选。")
    if not 1 <= len(spec.thresholds) <= MOST_CANDIDATES:
        raise UserError(f"请选 1 到 {MOST_CANDIDATES} 个阈值。")
    if not (1 <= spec.size <= 500 and 1 <= spec.days <= 60 and 1 <= spec.count <= MOST_OUTBREAKS):
        raise UserError(f"暴发规模 1 到 500 例、持续 1 到 60 天、起数 1 到 {MOST_OUTBREAKS}，请改成范围内的数。")
    if not (0 <= spec.yearly <= 1000 and 0 < spec.budget <= 1000):
        raise UserError("一年几起写 0 到 1000，每周核实几次写大于 0、不超过 1000 的数。")
    with transaction.atomic():
        asked = Backtest.objects.create(signal=spec.signal, spec=asdict(spec), of=len(spec.thresholds), asked_by=by.username)
        audit.record("signal.backtest", by=by, target=f"backtest/{asked.pk} {spec.signal}")
    return asked


def pending() -> bool:
    """Whether a back-test waits, or was cut short."""
    return Backtest.objects.filter(state__in=(Backtest.State.WAITING, Backtest.State.RUNNING)).exists()


def carry_out(progress: Callable[[Backtest], None] = lambda asked: None) -> int:
    """Run every back-test that waits, the oldest first; how many were run. One that was cut short twice is refused."""
    done = 0
    while asked := Backtest.objects.filter(state__in=(Backtest.State.WAITING, Backtest.State.RUNNING)).order_by("id").first():
        if asked.attempts >= ATTEMPTS:
            Backtest.objects.filter(pk=asked.pk).update(state=Backtest.State.REFUSED, note="两次都没有算完，请减少地点或起数再试。")
            continue
        Backtest.objects.filter(pk=asked.pk).update(state=Backtest.State.RUNNING, attempts=asked.attempts + 1, done=0)
        try:
            outcome = run(spec_of(asked), lambda done, pk=asked.pk: Backtest.objects.filter(pk=pk).update(done=done))
            Backtest.objects.filter(pk=asked.pk).update(state=Backtest.State.DONE, outcome=outcome)
        except UserError as error:
            Backtest.objects.filter(pk=asked.pk).update(state=Backtest.State.REFUSED, note=str(error))
        progress(asked)
        done += 1
    return done


def spec_of(asked: Backtest) -> Spec:
    """What was asked, as it was."""
    return Spec(**{**asked.spec, "thresholds": tuple(asked.spec["thresholds"])})


def run(spec: Spec, progress: Callable[[int], object] = lambda done: None) -> dict[str, Any]:
    """The scores of every threshold, as plain data. Raises ``UserError`` where the history is too short."""
    one = watched()[spec.signal]
    history, everywhere = _history(one, spec)
    memory = max(1, min(spec.method_at(spec.thresholds[0]).memory * (7 if spec.method_at(1).weekly else 1), 3000))
    if spec.method == "cusum":
        memory = 60
    if spec.method == "farrington_flexible":
        memory = (52 * 3 + 4) * 7
    first, last = memory, history.cases.shape[1] - 1
    if last - first < 90:
        raise UserError(f"历史只有 {last + 1} 天，这个方法要看 {memory} 天，剩下不到 90 天可试。请换一个方法。")
    injected = backtest.outbreaks(
        series=len(history.places), first=first, last=last, count=spec.count, size=spec.size, days=spec.days, shape=spec.shape,
        seed=spec.seed, weights=_weights(history),
    )  # fmt: skip
    scores = []
    for number, over in enumerate(spec.thresholds, 1):
        method = spec.method_at(over)
        found = backtest.score(history.cases, injected, method, first=first, quiet=one.quiet, totals=history.totals)
        scores.append({"over": over, **_plain(found)})
        progress(number)
    names = dict(Area.objects.filter(code__in=history.places).values_list("code", "name"))
    names |= dict(Institution.objects.filter(id__in=history.places).values_list("id", "name"))
    return {
        "places": len(history.places), "all_places": everywhere, "names": [names.get(place, place) for place in history.places],
        "days": last - first + 1, "since": _day(history, first), "until": _day(history, last),
        "scores": scores, "current": _current(one, spec),
        "examples": [
            {"place": names.get(history.places[one_of.series], ""), "start": _day(history, one_of.start), "cases": list(one_of.cases)}
            for one_of in injected[:3]
        ],
    }  # fmt: skip


def _history(one: Watched, spec: Spec) -> tuple[series.Series, int]:
    """The series that are tried, and how many places there are at that level."""
    found = series.read(one, spec.level, None, until=clock.today())
    if not found.places:
        raise UserError("这一层级还没有任何记录，没有历史可以回测。")
    if len(found.places) <= MOST_PLACES:
        return found, len(found.places)
    chosen = np.sort(np.random.default_rng(spec.seed).choice(len(found.places), MOST_PLACES, replace=False))
    totals = found.totals[chosen] if found.totals is not None else None
    return replace(found, places=tuple(found.places[n] for n in chosen), cases=found.cases[chosen], totals=totals), len(found.places)


def _weights(history: series.Series) -> list[float]:
    """Outbreaks fall where people are: by what is seen there, and everywhere a little."""
    seen = (history.totals if history.totals is not None else history.cases).sum(axis=1)
    return [float(value) for value in seen + max(float(seen.mean()) * 0.1, 1.0)]


def _plain(found: backtest.Score) -> dict[str, Any]:
    detected = sorted(delay for delay in found.delays if delay is not None)
    return {
        "found": len(detected), "of": len(found.delays), "false_alarms": found.false_alarms, "years": round(found.years, 1),
        "false_per_year": round(found.false_per_year, 6), "median_delay": found.median_delay,
        "slowest": detected[-1] if detected else None,
        "at": [[one.of, one.found, one.false_alarms, one.median_delay] for one in found.at_places()],
    }  # fmt: skip


def cost_of(score: Mapping[str, Any], outcome: Mapping[str, Any], spec: Spec) -> Cost:
    """What the alarms of one threshold are worth and cost, over all places of the level."""
    places = outcome.get("all_places", outcome["places"])
    return backtest.cost(score["found"] / score["of"], score["false_per_year"], places, spec.yearly)


def _current(one: Watched, spec: Spec) -> float | None:
    """The threshold that the declaration uses for this method at this level, if it does."""
    for detector, method in zip(one.signal.detect, one.methods, strict=True):
        if detector.method == spec.method and detector.serves(spec.level):
            return method.over + 1 if spec.method == "fixed" else method.alpha if spec.method == "farrington_flexible" else method.over
    return None


def _day(history: series.Series, position: int) -> str:
    return date.fromordinal(history.first.toordinal() + position).isoformat()
