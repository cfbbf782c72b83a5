"""Reads of figures for the pages: always the published run plus what was restated since, in a fixed number of queries each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection

from kangyu.apps.governance import clock
from kangyu.apps.governance.access import Viewer
from kangyu.apps.indicators import periods, reported
from kangyu.apps.indicators.models import ADDED_UP, BASE, LEVELS, MeasureRun
from kangyu.apps.indicators.reported import ReportedValue
from kangyu.engines.content.kinds import Indicator
from kangyu.engines.indicators import disclosure
from kangyu.engines.indicators.contributions import opens_to_people
from kangyu.engines.indicators.evaluate import Figure, Sum, finish, noise_of, within_chance
from kangyu.engines.indicators.forecast import Point
from kangyu.engines.indicators.progress import moment
from kangyu.gateways import content
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission

Strata = dict[int, Sum]
OVERLAP = 0.5
NEVER = "还没有计算过。请等后台完成第一次全量计算，或运行 kangyu measure。"


@dataclass(frozen=True)
class Freshness:
    """How new figures are: computed in full at ``computed_at`` as of ``as_of``; ``restated`` persons' changes since, to ``seen_at``."""

    as_of: date
    computed_at: datetime
    seen_at: datetime | None
    restated: int


@dataclass(frozen=True)
class Standing:
    """One indicator for one area: the last twelve months, complete years, the year in progress, reported values beside them."""

    indicator: Indicator
    now: Figure | None
    years: Mapping[int, Figure]
    running: Figure | None
    reported: list[ReportedValue] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)

    @property
    def source(self) -> str:
        """``computed`` from records, or ``reported``."""
        return "reported" if self.indicator.reported else "computed"

    @property
    def current(self) -> Figure | None:
        """The value shown first: computed of the last twelve months, or the latest reported."""
        if not self.indicator.reported:
            return self.now
        return Figure(self.reported[-1].value, 0, 0) if self.reported else None

    @property
    def missing(self) -> str:
        """Why there is no value, in words."""
        if self.indicator.reported:
            return "" if self.reported else "这个指标靠上报，还没有人上报。请主管科室填报。"
        return NEVER if self.now is None else self.now.reason


@dataclass(frozen=True)
class Overview:
    """Standings by indicator key; ``freshness`` is None before the first run."""

    freshness: Freshness | None
    items: Mapping[str, Standing]


@dataclass(frozen=True)
class Row:
    """One row of a breakdown. ``place`` is an area code or an institution's id; a withheld row has no figure to show."""

    place: str
    figure: Figure | None
    withheld: bool = False
    reported: ReportedValue | None = None


@dataclass(frozen=True)
class Disagreement:
    """A year in which the reported value is not the computed one, beyond chance and rounding."""

    year: int
    computed: Figure
    reported: ReportedValue


def published() -> MeasureRun | None:
    """The run that pages read."""
    return MeasureRun.objects.filter(state=MeasureRun.State.PUBLISHED).first()


def freshness(run: MeasureRun | None = None) -> Freshness | None:
    """How new the figures are; None before the first run."""
    run = run or published()
    if run is None or run.computed_at is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM restated_person WHERE run_id = %s", [run.pk])
        return Freshness(run.as_of, run.computed_at, run.seen_at, cursor.fetchone()[0])


def overview(keys: Sequence[str], area: str) -> Overview:
    """Where each indicator stands for an area: four queries, whatever the number of keys. Unknown keys are left out."""
    known = content.current().indicators
    wanted = [key for key in keys if key in known]
    run = published()
    sums = _sums(run, wanted, area) if run else {}
    said = reported.values(wanted, area)
    items = {key: _standing(known[key], run, sums, said[key]) for key in wanted}
    return Overview(freshness(run) if run else None, items)


def series(key: str, area: str) -> Standing:
    """One indicator for one area, with all its years. ``UserError`` when there is no such indicator."""
    found = overview([key], area).items.get(key)
    if found is None:
        raise UserError("没有这个指标，请从指标列表里选。")
    return found


def disagreements(standing: Standing) -> list[Disagreement]:
    """The years in which somebody reported another value than the records give."""
    found = []
    for value in standing.reported:
        computed = standing.years.get(value.year)
        if computed is None or computed.value is None or value.end != date(value.year, 12, 31):
            continue
        rounding = 0.5 * 10**-standing.indicator.decimals
        if abs(computed.value - value.value) >= rounding and not within_chance(computed, value.value):
            found.append(Disagreement(value.year, computed, value))
    return found


def by_area(key: str, within: str, level: str, period: str = periods.NOW, *, viewer: Viewer) -> list[Row]:
    """One indicator by the areas of a level (``township``, ``village``) inside an area.

    Small counts are withheld from viewers who may not see people.
    """
    indicator = _indicator(key)
    if indicator.reported:
        return _reported_rows(key, within, level)
    length = LEVELS[level]
    sql = (
        "SELECT left(area, %(length)s), stratum, top, bottom FROM figure WHERE run_id = %(run)s AND level = %(level)s "
        "AND indicator = %(key)s AND period = %(period)s AND area LIKE %(within)s AND length(area) >= %(length)s UNION ALL "
        "SELECT left(area, %(length)s), stratum, top, bottom FROM restatement WHERE run_id = %(run)s AND indicator = %(key)s "
        "AND period = %(period)s AND area LIKE %(within)s AND length(area) >= %(length)s"
    )
    stored = level if level in ADDED_UP else BASE
    return _breakdown(indicator, sql, {"key": key, "period": period, "within": f"{within}%", "level": stored, "length": length}, viewer)


def by_institution(key: str, area: str, period: str = periods.NOW, *, viewer: Viewer) -> list[Row]:
    """One indicator by the institution responsible for the people (or that is itself counted) inside an area.

    Empty for a figure whose two sides are about different things (staff per resident): no institution has one of its own.
    """
    indicator = _indicator(key)
    if indicator.reported or not has_institutions(indicator):
        return []
    sql = (
        "SELECT org, stratum, top, bottom FROM figure WHERE run_id = %(run)s AND level = 'base' AND indicator = %(key)s "
        "AND period = %(period)s AND area LIKE %(within)s UNION ALL "
        "SELECT org, stratum, top, bottom FROM restatement WHERE run_id = %(run)s AND indicator = %(key)s AND period = %(period)s "
        "AND area LIKE %(within)s"
    )
    return _breakdown(indicator, sql, {"key": key, "period": period, "within": f"{area}%"}, viewer)


def has_institutions(indicator: Indicator) -> bool:
    """Whether both sides are about the same kind of subject, so that an institution can have a figure."""
    top, bottom = indicator.top_about or indicator.about, indicator.bottom_about or indicator.about
    return indicator.bottom is None or top == bottom


def _indicator(key: str) -> Indicator:
    found = content.current().indicators.get(key)
    if found is None:
        raise UserError("没有这个指标，请从指标列表里选。")
    return found


def _sums(run: MeasureRun, keys: Sequence[str], area: str) -> dict[tuple[str, str], Strata]:
    """Sums by (indicator, period) for one area, restated persons included."""
    level = next((name for name, length in ADDED_UP.items() if length == len(area)), BASE)
    place = "area = %(area)s" if level != BASE else "area LIKE %(within)s"
    rows = _fetch(
        "SELECT indicator, period, stratum, sum(top), sum(bottom) FROM ("
        f"SELECT indicator, period, stratum, top, bottom FROM figure WHERE run_id = %(run)s AND level = %(level)s AND {place} "
        "AND indicator = ANY(%(keys)s) UNION ALL "
        "SELECT indicator, period, stratum, top, bottom FROM restatement WHERE run_id = %(run)s AND area LIKE %(within)s "
        "AND indicator = ANY(%(keys)s)) every GROUP BY indicator, period, stratum",
        {"run": run.pk, "level": level, "area": area, "within": f"{area}%", "keys": list(keys)},
    )
    found: dict[tuple[str, str], Strata] = {}
    for indicator, period, stratum, top, bottom in rows:
        found.setdefault((indicator, period), {})[stratum] = Sum(top, bottom)
    return found


def _fetch(sql: str, parameters: Mapping[str, Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def _standing(indicator: Indicator, run: MeasureRun | None, sums: Mapping[tuple[str, str], Strata], said: list[ReportedValue]) -> Standing:
    if run is None or indicator.reported:
        points = [Point(moment(value.end), value.value) for value in said] if indicator.reported else []
        return Standing(indicator, None, {}, None, said, points)
    spans = periods.periods(run.as_of)
    figures = {key: finish(indicator, sums.get((indicator.key, key), {})) for key in spans}
    now = figures.pop(periods.NOW)
    years = {int(key): figure for key, figure in figures.items() if periods.complete(key, run.as_of)}
    running = next((figure for key, figure in figures.items() if int(key) not in years), None)
    return Standing(indicator, now, years, running, said, points_of(years, now, run.as_of))


def points_of(years: Mapping[int, Figure], now: Figure | None, as_of: date) -> list[Point]:
    """The series that is judged: complete years, and the last twelve months where they are mostly about later days."""
    points = [_point(float(year), figure) for year, figure in sorted(years.items()) if figure.value is not None]
    at = moment(as_of)
    if now is not None and now.value is not None and (not points or at - points[-1].at >= OVERLAP):
        points.append(_point(at, now))
    return points


def _point(at: float, figure: Figure) -> Point:
    assert figure.value is not None
    return Point(at, figure.value, figure.standard_error, figure.top, figure.bottom)


def _breakdown(indicator: Indicator, sql: str, parameters: Mapping[str, Any], viewer: Viewer) -> list[Row]:
    run = published()
    if run is None:
        return []
    strata: dict[str, Strata] = {}
    rows = _fetch(
        f"SELECT place, stratum, sum(top), sum(bottom) FROM ({sql}) AS every(place, stratum, top, bottom) GROUP BY 1, 2 ORDER BY 1, 2",
        {**parameters, "run": run.pk},
    )
    for place, stratum, top, bottom in rows:
        strata.setdefault(place, {})[stratum] = Sum(top, bottom)
    figures = {place: finish(indicator, found) for place, found in strata.items()}
    hidden = withheld(indicator, list(figures.values()), viewer)
    return [Row(place, None if hides else figure, hides) for (place, figure), hides in zip(figures.items(), hidden, strict=True)]


def withheld(indicator: Indicator, figures: Sequence[Figure], viewer: Viewer) -> list[bool]:
    """Which figures of a breakdown leave the platform's inner circle only as "few": those about few people, and their complements."""
    about_people = noise_of(indicator) != "none" or opens_to_people(indicator) != "none"
    if not about_people or viewer.may(Permission.INDICATOR_PERSONS):
        return [False] * len(figures)
    return disclosure.withheld([disclosure.Cell(figure.top, figure.bottom) for figure in figures], small=small_count())


def small_count() -> int:
    """Below how many persons a figure is withheld; a region may set another number."""
    publishing = content.current().settings.at("publishing", clock.today())
    found = publishing.values.get("small_count") if publishing else None
    return int(float(found.value)) if found else disclosure.SMALL


def _reported_rows(key: str, within: str, level: str) -> list[Row]:
    latest = {value.area: value for value in reported.by_area(key, f"{within}%") if len(value.area) == LEVELS[level]}
    return [Row(area, Figure(value.value, 0, 0), False, value) for area, value in sorted(latest.items())]
