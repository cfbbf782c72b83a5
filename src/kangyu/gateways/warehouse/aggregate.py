"""Evaluates all indicators over a run's tables with DuckDB: sums by place, institution and band, and who adds what.

People are taken in slices of the person index, so that memory does not grow with the county.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import ibis

from kangyu.engines.indicators.contributions import Measures, Side, opens_to_people
from kangyu.engines.indicators.evaluate import WHOLE
from kangyu.engines.language.population import population
from kangyu.gateways.warehouse.reader import ibis_tables, open_run, selected
from kangyu.gateways.warehouse.sources import PERSON, Source
from kangyu.kernel.period import Period

SLICE = 300_000
CORES = os.cpu_count() or 1
HALF = max(1, CORES // 2)
"""Half of the machine: pages and the database's own work keep the other half."""
Cell = tuple[str, str, str, str, int, float, float]
"""(period, indicator, area, org, stratum, top, bottom)"""


KEPT_TEXTS = 64
_TEXTS: dict[tuple[str, ...], str] = {}


@dataclass(frozen=True)
class Sums:
    """What a run found: sums by place, institution and band, and how many persons it looked at."""

    cells: list[Cell]
    people: int


def evaluate(
    folder: Path,
    sources: Sequence[Source],
    found: Measures,
    periods: Mapping[str, tuple[Period, date]],
    *,
    open_periods: Sequence[str] = (),
    slice_size: int = SLICE,
    threads: int = HALF,
) -> Sums:
    """Evaluate every indicator in every period (key → period and its ``today``) over the run in ``folder``.

    For ``open_periods`` the contributions of persons are kept as Parquet under ``folder/contributions``.
    """
    connection = open_run(folder, sources, threads=threads)
    try:
        connection.execute(
            "CREATE TEMP TABLE cells (period VARCHAR, indicator VARCHAR, area VARCHAR, org VARCHAR, stratum SMALLINT, "
            "top DOUBLE, bottom DOUBLE)"
        )
        work = _Work(connection, sources, found, periods)
        for key in {source.key for source in sources if not source.of_people and source.name in found.tables("institution")}:
            _spine(connection, "institutions", key, org=f'"{key}"')
            work.run("institution", key)
        people = 0
        for number, (low, high) in enumerate(_slices(connection, slice_size)):
            people += _take(connection, folder, sources, low, high)
            keep = {period: folder / "contributions" / f"period={period}" / f"part-{number}.parquet" for period in open_periods}
            work.run("person", PERSON, keep)
        return Sums(connection.execute(f"SELECT {_CELL}, sum(top), sum(bottom) FROM cells GROUP BY {_CELL}").fetchall(), people)
    finally:
        connection.close()


_CELL = "period, indicator, area, org, stratum"


def _take(connection: duckdb.DuckDBPyConnection, folder: Path, sources: Sequence[Source], low: int, high: int) -> int:
    """Narrow every table of people to a range of the person index and make their spine; returns how many they are."""
    for source in sources:
        if source.of_people:
            chosen = f"SELECT * FROM ({selected(folder, source)}) WHERE {PERSON} BETWEEN {low} AND {high}"
            connection.execute(f'CREATE OR REPLACE VIEW "{source.name}" AS {chosen}')
    return _spine(connection, "residents", PERSON)


def _slices(connection: duckdb.DuckDBPyConnection, size: int) -> list[tuple[int, int]]:
    """Ranges of the person index that hold about ``size`` persons each."""
    edges = connection.execute(
        f"SELECT min({PERSON}), max({PERSON}) FROM (SELECT {PERSON}, (row_number() OVER (ORDER BY {PERSON}) - 1) // {size} AS slice "
        f'FROM (SELECT DISTINCT {PERSON} FROM "residents" WHERE {PERSON} IS NOT NULL)) GROUP BY slice ORDER BY slice'
    )
    return edges.fetchall()


def _spine(connection: duckdb.DuckDBPyConnection, table: str, key: str, org: str = "org") -> int:
    """The subjects, one row each, with the fields of their latest row; returns how many."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE spine AS "
        f"SELECT COLUMNS(lambda c: c NOT IN ('area', 'org', 'on', 'id')), coalesce(area, '') AS area, coalesce({org}, '') AS org "
        f'FROM "{table}" WHERE "{key}" IS NOT NULL '
        f'QUALIFY row_number() OVER (PARTITION BY "{key}" ORDER BY "on" DESC NULLS LAST, id DESC) = 1'
    )
    return connection.execute("SELECT count(*) FROM spine").fetchone()[0]


@dataclass
class _Work:
    """The evaluation of one kind of subject after another."""

    connection: duckdb.DuckDBPyConnection
    sources: Sequence[Source]
    found: Measures
    periods: Mapping[str, tuple[Period, date]]

    def run(self, about: str, key: str, keep: Mapping[str, Path] | None = None) -> None:
        """Evaluate the subjects of ``spine``; ``keep`` says where contributions of a period go."""
        sides = self.found.of(about)
        for period in self.periods:
            self.connection.execute(f"CREATE OR REPLACE TEMP TABLE wide AS {self.text(about, key, period)}")
            _add_up(self.connection, self.found, sides, period)
            if keep and period in keep:
                _keep(self.connection, self.found, sides, keep[period])
        self.connection.execute("DROP TABLE IF EXISTS wide")

    def text(self, about: str, key: str, name: str) -> str:
        """The SELECT that gives each subject's values in a period. Ibis takes a second for it, so it is made once and kept."""
        period, today = self.periods[name]
        same = (self.found.digest, *(source.arrow.to_string() for source in self.sources), about, str(period), str(today))
        if same not in _TEXTS:
            tables = ibis_tables(self.connection, [source for source in self.sources if source.key == key])
            spine = ibis.duckdb.from_connection(self.connection).table("spine")
            wide = population(self.found.expressions[about], tables, spine, today=today, period=period, key=key, keep=("area", "org"))
            while len(_TEXTS) >= KEPT_TEXTS:
                _TEXTS.pop(next(iter(_TEXTS)), None)
            _TEXTS[same] = ibis.to_sql(wide, dialect="duckdb")
        return _TEXTS[same]


def _add_up(connection: duckdb.DuckDBPyConnection, found: Measures, sides: Sequence[Side], period: str) -> None:
    """Add the sums of ``wide`` to ``cells``: one pass for everything that has no bands, one for each banded side."""
    whole = [side for side in sides if side.age is None]
    if whole:
        columns = ", ".join(f"sum({_top(side)}) AS t{at}, sum({_bottom(side)}) AS b{at}" for at, side in enumerate(whole))
        connection.execute(f"CREATE OR REPLACE TEMP TABLE places AS SELECT area, org, {columns} FROM wide GROUP BY area, org")
        parts = (
            f"SELECT '{period}', '{side.indicator}', area, org, {WHOLE}, t{at}, b{at} FROM places WHERE t{at} <> 0 OR b{at} <> 0"
            for at, side in enumerate(whole)
        )
        connection.execute(f"INSERT INTO cells {' UNION ALL '.join(parts)}")
    for side in (side for side in sides if side.age):
        connection.execute(
            f"INSERT INTO cells SELECT '{period}', '{side.indicator}', area, org, {_band(found, side)} AS band, "
            f"sum({_top(side)}), sum({_bottom(side)}) FROM wide WHERE {_top(side)} <> 0 OR {_bottom(side)} <> 0 "
            "GROUP BY ALL HAVING band IS NOT NULL"
        )


def _top(side: Side) -> str:
    if side.among:
        return f'CASE WHEN "{side.among}" AND "{side.top}" THEN 1.0 ELSE 0.0 END'
    return f'coalesce("{side.top}"::DOUBLE, 0.0)' if side.top else "0.0"


def _bottom(side: Side) -> str:
    if side.among:
        return f'CASE WHEN "{side.among}" THEN 1.0 ELSE 0.0 END'
    return f'coalesce("{side.bottom}"::DOUBLE, 0.0)' if side.bottom else "0.0"


def _band(found: Measures, side: Side) -> str:
    """The band of an age, as ``Measures.stratum`` has it."""
    age = f'"{side.age}"'
    tests = [f"WHEN {age} >= {found.closed_above[side.indicator]} THEN NULL"] if side.indicator in found.closed_above else []
    tests += [f"WHEN {age} >= {start} THEN {start}" for start in sorted(found.indicators[side.indicator].strata, reverse=True)]
    return f"CASE {' '.join(tests)} END"


def _keep(connection: duckdb.DuckDBPyConnection, found: Measures, sides: Sequence[Side], file: Path) -> None:
    """Write who adds what, for the indicators that open to people; sorted so that one indicator is one stretch of the file."""
    parts = []
    for key, indicator in found.indicators.items():
        opening = opens_to_people(indicator)
        if opening == "none":
            continue
        own = [side for side in sides if side.indicator == key]
        top, bottom = " + ".join(map(_top, own)), " + ".join(map(_bottom, own))
        where = f"({top}) <> 0" if opening == "counted" else f"({top}) <> 0 OR ({bottom}) <> 0"
        parts.append(f"SELECT '{key}' AS indicator, {PERSON}, area, org, {top} AS top, {bottom} AS bottom FROM wide WHERE {where}")
    file.parent.mkdir(parents=True, exist_ok=True)
    if parts:
        connection.execute(f"COPY (SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY indicator, {PERSON}) TO '{file}' (FORMAT parquet)")
