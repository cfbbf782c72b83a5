"""An indicator by place: the ranking with intervals, and the map beside it. What is withheld appears in neither."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from kangyu.apps.directory.models import Area
from kangyu.apps.indicators import queries
from kangyu.apps.indicators.queries import Row
from kangyu.engines.content.kinds import Indicator
from kangyu.engines.indicators import disclosure
from kangyu.engines.indicators.evaluate import Figure
from kangyu.engines.indicators.forecast import Goal
from kangyu.web import standing, wording
from kangyu.web.charts import choropleth, intervals


@dataclass(frozen=True)
class PlaceLine:
    """One row of a ranking. ``withheld`` is the reason a value is not shown."""

    code: str
    rank: str
    name: str
    value: str
    parts: str
    bar: SafeString
    kind: str
    withheld: str = ""
    href: str = ""
    selected: bool = False
    people: str = ""

    @property
    def words(self) -> str:
        """How the place stands to the goal."""
        return {"ok": "达到", "warn": "区间含目标", "bad": "没有达到"}.get(
            self.kind, "没有目标" if self.value != wording.DASH else "无数据"
        )


@dataclass(frozen=True)
class Ranking:
    """The rows, best first, and the small scale over their bars."""

    rows: list[PlaceLine]
    axis: SafeString


@dataclass(frozen=True)
class PlaceMap:
    """The map, its legend (class, words), and the words under it."""

    drawing: SafeString | str
    legend: list[tuple[str, str]]
    says: str
    total: int
    caption: str = ""
    key: str = ""
    choices: Sequence[tuple[str, str]] = ()


def kind_of(figure: Figure, goal: Goal | None) -> str:
    """Whether a place has reached the goal, may have within chance, or has not; ``plain`` where there is no goal."""
    if figure.value is None:
        return "none"
    if goal is None:
        return "plain"
    if goal.reached(figure.value):
        return "ok"
    near = any(bound is not None and goal.reached(bound) for bound in (figure.low, figure.high))
    return "warn" if near else "bad"


def ordered(rows: Sequence[Row], better: str) -> list[Row]:
    """Best first; what has no value to show comes last, by code."""
    known = [row for row in rows if row.figure and row.figure.value is not None]
    known.sort(key=lambda row: (row.figure.value * (1 if better == "lower" else -1), row.place))
    return known + sorted((row for row in rows if row not in known), key=lambda row: row.place)


def ranking(
    rows: Sequence[Row],
    names: Mapping[str, str],
    indicator: Indicator,
    goal: Goal | None,
    *,
    link: Callable[[str], str] = lambda code: "",
    people: Callable[[str], str] = lambda code: "",
    selected: str = "",
) -> Ranking:
    """Rows in order with rank, value, interval and status against the goal."""
    figures = [row.figure for row in rows if row.figure]
    span = intervals.span_of([(one.value, one.low, one.high) for one in figures], goal.value if goal else None)
    lines = []
    for rank, row in enumerate(ordered(rows, indicator.better), 1):
        figure = row.figure
        value = figure.value if figure else None
        low, high = (figure.low, figure.high) if figure else (None, None)
        kind = kind_of(figure, goal) if figure else "none"
        lines.append(
            PlaceLine(
                code=row.place,
                rank=str(rank) if value is not None else wording.DASH,
                name=names.get(row.place) or row.place or "没有登记机构",
                value=wording.figure(value, indicator.decimals),
                parts=standing.parts(indicator, figure) or wording.DASH,
                bar=intervals.interval_bar(value, low, high, span=span, status=kind) if span else SafeString(""),
                kind="none" if kind == "plain" else kind,
                withheld=disclosure.words(queries.small_count()) if row.withheld else "",
                href=link(row.place),
                selected=row.place == selected,
                people=people(row.place),
            )
        )
    return Ranking(lines, intervals.axis(span, indicator.decimals) if span else SafeString(""))


def place_map(
    areas: Sequence[Area],
    rows: Sequence[Row],
    indicator: Indicator,
    *,
    link: Callable[[str], str],
    selected: str = "",
    size: tuple[float, float] = (236, 288),
    figures: bool = False,
) -> PlaceMap:
    """The map of ``areas`` (those with a boundary) coloured by fifths of their values."""
    by_place = {row.place: row for row in rows}
    ranks = {row.place: rank for rank, row in enumerate(ordered(rows, indicator.better), 1)}
    drawn = [_area(area, by_place.get(area.code), indicator, ranks.get(area.code, 0), link(area.code)) for area in areas if area.boundary]
    values = [area.value for area in drawn if area.value is not None]
    if not drawn or not values:
        says = "这里没有可以画的数：没有登记边界，或各处都没有值。" if not drawn else "各乡镇都没有可以显示的值。"
        return PlaceMap("", [], says, len(areas))
    places = min(indicator.decimals, 1)
    picture = choropleth.choropleth(
        drawn, title=f"{indicator.title}，按乡镇分五档", width=size[0], height=size[1], selected=selected, figures=figures, decimals=places
    )
    return PlaceMap(picture, choropleth.legend(values, places), _lowest(drawn, indicator), len(areas))


def _area(area: Area, row: Row | None, indicator: Indicator, rank: int, href: str) -> choropleth.MapArea:
    geometry = json.loads(area.boundary)
    if row is None or row.figure is None or row.figure.value is None:
        says = (
            disclosure.words(queries.small_count()) if row and row.withheld else (row.figure.reason if row and row.figure else "没有数据")
        )
        return choropleth.MapArea(area.code, area.name, geometry, None, says or "没有数据", href)
    figure = row.figure
    bounds = f"（95% 区间 {figure.low:.1f}—{figure.high:.1f}）" if figure.low is not None and figure.high is not None else ""
    says = f"{wording.figure(figure.value, indicator.decimals)}{indicator.unit}，第 {rank} 名{bounds}"
    return choropleth.MapArea(area.code, area.name, geometry, figure.value, says, href)


def _lowest(areas: Sequence[choropleth.MapArea], indicator: Indicator) -> str:
    """The three that need looking at, in words, for those who do not read maps."""
    known = sorted((area for area in areas if area.value is not None), key=lambda area: area.value, reverse=indicator.better == "lower")
    named = "、".join(f"{area.label} {wording.figure(area.value, min(indicator.decimals, 1))}" for area in known[:3])
    hidden = sum(area.value is None for area in areas)
    rest = f" {hidden} 处没有显示。" if hidden else ""
    return f"示意图，非行政区划界线。{'最高' if indicator.better == 'lower' else '最低'}：{named}。{rest}"
