"""How far a schedule of doses has been carried out: birth years by vaccine, townships on the map; sums only, small ones withheld."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kangyu.apps.cases.queries.coverage import Cell, PlaceCount, coverage
from kangyu.apps.cases.rules import rules
from kangyu.apps.directory import queries as directory
from kangyu.apps.governance import clock
from kangyu.apps.indicators import queries as indicators
from kangyu.kernel.permission import Permission
from kangyu.web.charts import choropleth
from kangyu.web.decorators import allow

OLDEST = 8
"""Birth years shown, this year's first."""
CLASSES = ((98, "q5"), (95, "q4"), (90, "q3"), (80, "q2"), (0, "q1"))
"""From how many per cent a cell has which colour."""


@allow(Permission.COVERAGE_VIEW)
def page(request: HttpRequest) -> HttpResponse:
    """The table of birth years and series, the map and the list of townships."""
    declared, on = rules(), clock.today()
    least = 1 if request.viewer.may(Permission.PERSON_VIEW) else indicators.small_count()  # who may open the children may count them
    found = next(((key, one) for key, one in declared.programmes.items() if one.schedules), None)
    if found is None:
        return render(request, "doses/coverage.html", {"rows": [], "on": on})
    key, prepared = found
    cells, places = coverage(request.viewer, key)
    titles = next(iter(prepared.series.values()))
    listed = _places(places, least)
    shown = {
        "on": on,
        "series": list(titles.values()),
        "rows": [_row(cohort, cells, titles, least) for cohort in range(on.year, on.year - OLDEST, -1)],
        "total": _total(cells, titles, least),
        "places": listed,
        "map": _map(listed),
        "legend": [("q5", "98% 以上"), ("q4", "95–98%"), ("q3", "90–95%"), ("q2", "80–90%"), ("q1", "80% 以下")],
        "least": least,
        "missed": sum(one.missed for one in places),
        "children": sum(one.children for one in places),
        "complete": sum(one.complete for one in places),
    }
    return render(request, "doses/coverage.html", shown)


def _row(cohort: int, cells: list[Cell], titles: Any, least: int) -> dict[str, Any]:
    own = {one.series: one for one in cells if one.cohort == cohort}
    return {
        "cohort": cohort,
        "children": max((one.children for one in own.values()), default=0),
        "cells": [_cell(own.get(key), title, least) for key, title in titles.items()],
    }


def _total(cells: list[Cell], titles: Any, least: int) -> dict[str, Any]:
    """All birth years together."""
    together = []
    for key in titles:
        own = [one for one in cells if one.series == key]
        sums = (sum(getattr(one, name) for one in own) for name in ("children", "given", "owed", "timely"))
        together.append(Cell(0, key, *sums))
    shown = [_cell(one, title, least) for one, title in zip(together, titles.values(), strict=True)]
    return {"children": max((one.children for one in together), default=0), "cells": shown}


def _cell(one: Cell | None, title: str, least: int) -> dict[str, str]:
    """Coverage is doses that count of those and the ones owed; nothing where no dose is owed yet."""
    if one is None or one.given + one.owed == 0:
        return {"words": "—", "tone": "q0", "says": f"{title}：还没有应种的剂次"}
    if one.children < least:
        return {"words": "＊", "tone": "q0", "says": f"{title}：人数少于 {least}，不显示"}
    share = 100 * one.given / (one.given + one.owed)
    timely = 100 * one.timely / one.given if one.given else 0
    tone = next(tone for least_share, tone in CLASSES if share >= least_share)
    says = f"{title}：应种 {one.given + one.owed} 剂，已种 {one.given} 剂，其中及时 {timely:.0f}%"
    return {"words": f"{share:.1f}", "tone": tone, "says": says}


def _places(places: list[PlaceCount], least: int) -> list[dict[str, Any]]:
    names = {one.code: one for one in directory.areas_within(places[0].area[:6], "township")} if places else {}
    rows = []
    for one in places:
        area = names.get(one.area)
        share = 100 * one.complete / one.children if one.children >= least else None
        rows.append(
            {
                "code": one.area,
                "area": area,
                "name": area.name if area else one.area,
                "share": share,
                "children": one.children,
                "missed": one.missed,
            }
        )
    return sorted(rows, key=lambda row: (row["share"] is None, row["share"] or 0))


def _map(rows: list[dict[str, Any]]) -> dict[str, Any]:
    drawn = [
        choropleth.MapArea(row["code"], row["name"], json.loads(row["area"].boundary), row["share"], _says(row))
        for row in rows
        if row["area"] is not None and row["area"].boundary
    ]
    values = [one.value for one in drawn if one.value is not None]
    if len(values) < 2:
        return {}
    picture = choropleth.choropleth(drawn, title="没有漏种的儿童比例，按乡镇分五档", figures=True)
    return {"drawing": picture, "legend": choropleth.legend(values, 1)}


def _says(row: dict[str, Any]) -> str:
    return f"没有漏种的 {row['share']:.1f}%，漏种 {row['missed']} 剂" if row["share"] is not None else "人数太少，不显示"
