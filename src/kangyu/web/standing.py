"""One indicator opened: the number band, the chart and its table, from what was measured and what the plan says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from django.utils.safestring import SafeString

from kangyu.apps.indicators import periods
from kangyu.apps.indicators.queries import Disagreement, Standing, disagreements
from kangyu.apps.indicators.reported import ReportedValue
from kangyu.engines.content.kinds import Indicator
from kangyu.engines.indicators.evaluate import Figure
from kangyu.engines.indicators.progress import Progress, moment
from kangyu.flows.plan_progress import GlanceRow
from kangyu.web import board, wording
from kangyu.web.charts import trend

COUNTED = {"person": "人", "institution": "家", "staff": "人"}


@dataclass(frozen=True)
class Shown:
    """One figure of the band: label, value with unit, a remark, its status if it has one, where it leads."""

    label: str
    value: str
    unit: str = ""
    says: str = ""
    kind: str = ""
    href: str = ""
    link: str = ""


def parts(indicator: Indicator, figure: Figure | None) -> str:
    """What a value is based on, in the words of its kind: ``41 286 ／ 60 894 人``."""
    if figure is None or indicator.reported or figure.value is None:
        return ""
    top, bottom = wording.compact(round(figure.top, 1)), wording.compact(round(figure.bottom, 1))
    if indicator.shape == "count":
        return ""
    if indicator.method:
        return f"死亡 {top} 人 ／ 人年 {wording.figure(figure.bottom)}"
    above = COUNTED[indicator.top_about or indicator.about] if indicator.about == "person" and indicator.shape == "share" else ""
    return f"{top} ／ {bottom} {above}".strip()


def reported_period(value: ReportedValue) -> str:
    """The period of a reported value: its year, or from when to when."""
    if value.start == date(value.year, 1, 1) and value.end == date(value.year, 12, 31):
        return f"{value.year} 年"
    return f"{value.start or ''} 至 {value.end}"


def first(standing: Standing, as_of: date | None) -> Shown:
    """The value shown first, with its period and what it is based on; unknown is a dash with the reason."""
    indicator, figure = standing.indicator, standing.current
    value = wording.figure(figure.value if figure else None, indicator.decimals)
    if indicator.reported:
        last = standing.reported[-1] if standing.reported else None
        label = f"最近上报的值，{reported_period(last)}" if last else "还没有值"
        return Shown(label, value, indicator.unit, last.source if last else standing.missing)
    label = f"近 12 个月，{periods.words(periods.NOW, as_of)}" if as_of else "还没有值"
    says = [parts(indicator, figure), f"95% 区间 {bounds(figure, indicator.decimals)}" if figure and figure.low is not None else ""]
    return Shown(label, value, indicator.unit, "；".join(filter(None, says)) or standing.missing)


def band(standing: Standing, planned: GlanceRow | None) -> list[Shown]:
    """The figures beside the first: target and gap, outlook, path or interval, reported value."""
    indicator, progress = standing.indicator, planned.progress if planned else None
    return [
        *_target(standing, planned),
        *_outlook(indicator, progress),
        *_reported(standing, disagreements(standing)),
        *_path(indicator, progress),
    ]


def _target(standing: Standing, planned: GlanceRow | None) -> list[Shown]:
    if planned is None:
        return []
    progress, target = planned.progress, planned.target
    says = ""
    if progress.goal is not None and progress.now is not None:
        says = "已经达到" if progress.reached else f"还差 {gap_words(standing.indicator, standing.current, progress)}"
    elif target.target_raw:
        says = f"规划写的是“{target.target_raw}”"
    goal = planned.goal.removesuffix(target.unit).rstrip()
    return [Shown(f"目标，{target.target_year} 年", goal, target.unit if progress.goal else "", says)]


def gap_words(indicator: Indicator, figure: Figure | None, progress: Progress) -> str:
    """What is missing to the goal, in the unit and, for a share of persons, in persons."""
    assert progress.goal is not None and progress.now is not None
    gap = abs(progress.goal.value - progress.now.value)
    unit = "个百分点" if indicator.unit == "%" else indicator.unit
    said = f"{wording.figure(gap, indicator.decimals)} {unit}".strip()
    if (
        indicator.shape == "share"
        and figure is not None
        and figure.bottom
        and indicator.per == 100
        and progress.goal.direction == "at_least"
    ):
        persons = ceil(progress.goal.value / indicator.per * figure.bottom - figure.top - 1e-9)
        return f"{said}，{wording.figure(persons)} 人" if persons > 0 else said
    return said


def _outlook(indicator: Indicator, progress: Progress | None) -> list[Shown]:
    if progress is None or progress.outlook is None:
        return []
    outlook = progress.outlook
    says = f"预测 {wording.figure(outlook.value, indicator.decimals)}"
    if outlook.low is not None and outlook.high is not None:
        says += f"（{wording.figure(outlook.low, indicator.decimals)}—{wording.figure(outlook.high, indicator.decimals)}）"
    return [Shown(f"{outlook.at:.0f} 年达标的可能", board.chance(outlook.probability), "", says)]


def _path(indicator: Indicator, progress: Progress | None) -> list[Shown]:
    """Where the plan's path is at this moment, and how far from it the value."""
    if progress is None or progress.expected is None or progress.now is None:
        return []
    gap = progress.now.value - progress.expected
    small = abs(gap) < 0.5 * 10**-indicator.decimals
    says = "与路径持平" if small else f"现值比路径{'高' if gap > 0 else '低'} {wording.figure(abs(gap), indicator.decimals)}"
    return [Shown("规划路径，此刻", wording.figure(progress.expected, indicator.decimals), indicator.unit, says)]


def _reported(standing: Standing, differences: Sequence[Disagreement]) -> list[Shown]:
    indicator = standing.indicator
    if indicator.reported or not standing.reported:
        return []
    last = standing.reported[-1]
    value = wording.figure(last.value, indicator.decimals)
    worst = next((one for one in reversed(differences) if one.reported.id == last.id), None)
    if worst is None or worst.computed.value is None:
        return [Shown(f"上报值，{reported_period(last)}", value, indicator.unit, last.source)]
    gap = last.value - worst.computed.value
    says = f"比计算值{'高' if gap > 0 else '低'} {wording.figure(abs(gap), indicator.decimals)}"
    return [Shown(f"上报值，{reported_period(last)}", value, indicator.unit, says, "warn", "#diff", "看差在哪")]


@dataclass(frozen=True)
class TableLine:
    """One row of the table behind the chart."""

    when: str
    value: str
    interval: str
    parts: str
    path: str
    reported: str


@dataclass(frozen=True)
class Chart:
    """The drawing with its caption and the table behind it; ``says`` why there is none."""

    drawing: SafeString
    caption: str
    table: list[TableLine]
    says: str


def chart(standing: Standing, planned: GlanceRow | None, as_of: date | None) -> Chart:
    """The series against the path."""
    progress = planned.progress if planned else None
    picture = _picture(standing, progress, planned.target.target_year if planned else 0, as_of)
    cut = trend.starts_above_zero(picture)
    notes = ["纵轴从 " + wording.compact(cut) + " 起"] if cut else []
    notes += ["虚线为规划路径"] if picture.path else []
    notes += ["浅色为 95% 区间"] if len(picture.interval) > 1 else []
    notes += [progress.outlook.method] if progress and progress.outlook else []
    return Chart(trend.line_chart(picture), "；".join(notes), _table(standing, progress, as_of), standing.missing)


def _picture(standing: Standing, progress: Progress | None, target_year: int, as_of: date | None) -> trend.Trend:
    indicator = standing.indicator
    outlook = progress.outlook if progress else None
    crosses = [] if indicator.reported else [(moment(one.end), one.value) for one in standing.reported]
    band = [(float(year), *bounds_of(one)) for year, one in sorted(standing.years.items()) if bounds_of(one)]
    if as_of and standing.now and bounds_of(standing.now) and standing.points and standing.points[-1].at % 1:
        band.append((standing.points[-1].at, *bounds_of(standing.now)))
    return trend.Trend(
        title=f"{indicator.title}：实际、规划路径与可能的终点",
        unit=indicator.unit,
        decimals=indicator.decimals,
        actual=[(point.at, point.value) for point in standing.points],
        path=[(float(year), value) for year, value in sorted(progress.path.items())] if progress else [],
        reported=crosses,
        target=progress.goal.value if progress and progress.goal else None,
        ends_at=float(target_year),
        low=outlook.low if outlook else None,
        high=outlook.high if outlook else None,
        interval=band,
    )


def _table(standing: Standing, progress: Progress | None, as_of: date | None) -> list[TableLine]:
    indicator, places = standing.indicator, standing.indicator.decimals
    path = progress.path if progress else {}
    said = {one.year: one.value for one in standing.reported}
    lines = []
    for year in sorted({*standing.years, *path, *said}):
        figure = standing.years.get(year)
        value = figure.value if figure else None
        lines.append(
            TableLine(
                f"{year}",
                wording.figure(value, places),
                bounds(figure, places),
                parts(indicator, figure) or wording.DASH,
                wording.figure(path.get(year), places),
                wording.figure(said.get(year), places),
            )
        )
    if standing.now is not None and as_of is not None:
        now = standing.now
        words = parts(indicator, now) or wording.DASH
        lines.append(TableLine("近 12 个月", wording.figure(now.value, places), bounds(now, places), words, wording.DASH, wording.DASH))
    return lines


def bounds_of(figure: Figure) -> tuple[float, float] | tuple[()]:
    """The 95 % interval, or nothing."""
    return (figure.low, figure.high) if figure.low is not None and figure.high is not None else ()


def bounds(figure: Figure | None, places: int) -> str:
    """The 95 % interval, or a dash."""
    if figure is None or figure.low is None or figure.high is None:
        return wording.DASH
    return f"{wording.figure(figure.low, places)}—{wording.figure(figure.high, places)}"
