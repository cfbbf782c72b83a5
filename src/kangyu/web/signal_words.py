"""How signals are said: what exceeded what, how the method works, curves and small lines drawn from the series."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.utils.safestring import SafeString

from kangyu.apps.surveillance.declared import Watched
from kangyu.apps.surveillance.models import Alarm, SeriesStanding
from kangyu.apps.surveillance.series import Judgement, Series, step_of
from kangyu.engines.content.kinds.signal import Detector
from kangyu.engines.detection import Method
from kangyu.engines.detection.windows import years_back
from kangyu.web.charts.epicurve import Bar, EpidemicCurve, epidemic_curve, watch_line
from kangyu.web.wording import DASH

METHOD_WORDS: Mapping[str, str] = {
    "fixed": "固定阈值",
    "same_week_percentile": "往年同周百分位",
    "moving_percentile": "移动百分位（近 7 天比往年同期）",
    "ears_c1": "EARS C1",
    "ears_c2": "EARS C2",
    "ears_c3": "EARS C3",
    "cusum": "累积和",
    "farrington_flexible": "Farrington 改进法",
}
LEVEL_WORDS = {"village": "村居", "institution": "机构", "township": "乡镇街道", "county": "全县"}
GRADE_CLASS = {"extreme": "g1", "major": "g2", "larger": "g3", "general": "g4"}
WEEKS, DAYS = 56, 70


@dataclass(frozen=True)
class Shown:
    """A figure of a signal in its own unit."""

    value: str
    expected: str
    upper: str


def share_of(one: Watched, method: str, rule: Mapping[str, object]) -> bool:
    """Whether an alarm's value is a share in per cent; a number of cases is judged as such even where a share is watched."""
    return one.signal.out_of is not None and not (method == "fixed" and "over" not in rule)


def figure(value: float | None, share: bool, unit: str) -> str:
    """``17 例``, ``6.8%``; a dash where nothing is known."""
    if value is None:
        return DASH
    return f"{value:.1f}%" if share else f"{value:,.10g} {unit}"


def shown(alarm: Alarm, one: Watched | None) -> Shown:
    """An alarm's figures; a fixed threshold says from how many on."""
    unit = one.signal.unit if one else "例"
    share = share_of(one, alarm.method, alarm.rule) if one else False
    upper = alarm.upper
    words = (
        f"≥ {alarm.rule['at_least']} {unit} 即报" if alarm.method == "fixed" and "over" not in alarm.rule else figure(upper, share, unit)
    )
    return Shown(figure(alarm.now_value if alarm.now_alarm else alarm.value, share, unit), figure(alarm.expected, share, unit), words)


def window_words(alarm: Alarm) -> str:
    """Which days a value is of."""
    if alarm.rule.get("scale") == "week":
        return f"{alarm.day - timedelta(days=6):%m-%d} 至 {alarm.day:%m-%d} 一周"
    days = int(alarm.rule.get("days", 7 if alarm.method == "moving_percentile" else 1))
    return f"{alarm.day - timedelta(days=days - 1):%m-%d} 至 {alarm.day:%m-%d} {days} 天" if days > 1 else f"{alarm.day:%m-%d} 一天"


def method_words(detector: Detector) -> str:
    """A method and its parameters in a sentence."""
    name, place = METHOD_WORDS[detector.method], "、".join(LEVEL_WORDS[level] for level in detector.by)
    window = f"近 {detector.days} 天" if detector.days > 1 else "当天"
    what = {
        "fixed": window + (f"满 {detector.at_least} 例" if detector.over is None else f"超过 {detector.over:g}"),
        "same_week_percentile": f"超过往年 {detector.years} 年同周{_around(detector)}的第 {detector.over or 0:g} 百分位",
        "moving_percentile": f"近 7 天超过往年 {detector.years} 年同期{_around(detector)}的第 {detector.over or 0:g} 百分位",
        "cusum": f"累积和达到 {detector.over or 0:g}（k={detector.k:g}）",
        "farrington_flexible": f"超过往年 {detector.years} 年回归的上界",
    }.get(
        detector.method,
        f"超过前 {detector.baseline} 天均值 {detector.over or 0:g} 倍标准差{'，中间空 2 天' if detector.method != 'ears_c1' else ''}",
    )
    least = f"，且至少 {detector.at_least} 例" if detector.over is not None and detector.at_least else ""
    return f"{name}：{what}{least}{f'（{place}）' if place else ''}"


def _around(detector: Detector) -> str:
    return f"（前后各 {detector.around} 周）" if detector.around else ""


def drawn_curve(found: Series, row: int, method: Method, until: date, name: str, partial: int) -> tuple[SafeString, list[Bar]]:
    """The epidemic curve of one place up to a day, and its bars for the table behind it. ``partial`` of the last days may still grow."""
    judged = found.judged(method)
    step, share = step_of(method), not method.of_cases and found.totals is not None
    ends = judged.ends(until, step, WEEKS if step == 7 else DAYS)
    bars = [_bar(judged, row, position, share, partial, until, step) for position in ends]
    if method.of_cases:  # the line at the number of cases that alarms, not one below it
        bars = [replace(bar, upper=bar.upper + 1 if bar.upper is not None else None) for bar in bars]
    back = [(f"{until.year - years}", years) for years in (1, 2, 3)]
    earlier = [(words, [judged.value(row, position - _earlier(judged, years)) for position in ends]) for words, years in back]
    earlier = [(words, values) for words, values in earlier if any(value is not None for value in values)]
    marks = list(range(len(bars) - 1, -1, -max(len(bars) // 6, 1)))[::-1]
    unit, decimals = ("%", 1) if share else (found.watched.signal.unit, 0)
    title = f"{name}，{found.watched.signal.title}，{len(bars)} {'周' if step == 7 else '天'}，实际、预期与上限"
    bound = "达到" if method.of_cases else "上限"
    return epidemic_curve(EpidemicCurve(title, unit, decimals, bars, earlier, marks, bound)), bars


def _earlier(judged: Judgement, years: int) -> int:
    return years_back(years, judged.step if judged.step == 7 else 1)


def _bar(judged: Judgement, row: int, position: int, share: bool, partial: int, until: date, step: int) -> Bar:
    at, day = judged.found.at(row, position), judged.day(position)
    span = f"{day - timedelta(days=6):%Y-%m-%d} 至 {day:%m-%d}" if step == 7 else f"{day:%Y-%m-%d}"
    unit = "%" if share else " 例"
    number = DASH if at.value is None else f"{at.value:.1f}{unit}" if share else f"{at.value:g}{unit}"
    upper = "" if at.upper is None else f"，上限 {at.upper:.1f}{unit}" if share else f"，上限 {at.upper:.3g}{unit}"
    return Bar(
        f"{day:%Y-%m-%d}" if step == 7 else f"{day:%m-%d}",
        at.value,
        at.expected,
        at.upper,
        at.alarm,
        partial > 0 and (until - day).days < partial,
        f"{span}：{number}{upper}",
    )


def watch(at: SeriesStanding, one: Watched) -> dict:
    """How one series stands, in words, with the small line of its last values."""
    share, unit = not one.methods[at.detector].of_cases and one.signal.out_of is not None, one.signal.unit
    of_cases = one.methods[at.detector].of_cases and at.upper is not None
    return {
        "place": at.place, "value": figure(at.value, share, unit), "line": watch_line(at.before, at.upper, at.alarm),
        "upper": f"{(at.upper or 0) + 1:g} 例即报" if of_cases else figure(at.upper, share, unit),
        "expected": figure(at.expected, share, unit) if at.expected is not None else DASH,
        "few": not at.alarm and at.upper is not None and (at.value or 0) > at.upper,
    }  # fmt: skip


def nearness(at: SeriesStanding) -> float:
    """How near a series is to its bound: 1 is at it."""
    return (at.value or 0) / at.upper if at.upper else (2.0 if at.alarm else 0.0)


def grade_title(one: Watched | None, grade: str) -> str:
    """``较大``; empty where the signal has no such grade."""
    return one.signal.grades.get(grade, "") if one else ""


def grade_order(grades: Sequence[str]) -> list[str]:
    """Grades from heavy to light."""
    return [grade for grade in GRADE_CLASS if grade in grades]
