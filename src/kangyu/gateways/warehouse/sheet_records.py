"""The records behind a sheet: which row of a table counts for which line of the sheet, kept as one Parquet file with a digest."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import duckdb

from kangyu.engines.language import Typed
from kangyu.gateways.warehouse.events import conditioned
from kangyu.gateways.warehouse.reader import open_run
from kangyu.gateways.warehouse.sources import Source
from kangyu.kernel.period import Period

COLUMNS = 'item VARCHAR, row VARCHAR, org VARCHAR, pid BIGINT, record VARCHAR, "on" DATE, top DOUBLE, bottom DOUBLE'
"""``item`` is ``column`` or ``column.item``; ``row`` the institution of the sheet, ``org`` the one that did it.

A counted record has top 1 and the id of its resource; a person behind an indicator has what they add to its numerator and denominator."""


@dataclass(frozen=True)
class Count:
    """Records of ``table`` counted under ``item``: those for which ``where`` holds, ``org`` being the column that says whose they are."""

    item: str
    table: str
    where: Typed | None
    org: str = "org"
    once: Literal["day", "period"] | None = None


def collect(
    folder: Path,
    sources: Sequence[Source],
    counts: Sequence[Count],
    period: Period,
    rows: Mapping[str, str],
    *,
    figures: Mapping[str, str],
    file: Path,
) -> str:
    """Write every counted record, and who stands behind each indicator (``figures``: item → indicator), to ``file``; returns its SHA-256.

    ``rows`` says which institution's records count for which row. The export lies in ``folder``, with ``contributions`` of the indicators.
    """
    connection = open_run(folder, sources)
    try:
        connection.execute(f"CREATE TABLE record ({COLUMNS})")
        connection.execute("CREATE TABLE whose (org VARCHAR, row VARCHAR)")
        connection.executemany("INSERT INTO whose VALUES (?, ?)", list(rows.items()) or [("", "")])
        for one in counts:
            _count(connection, sources, one, period)
        contributions = folder / "contributions"
        if figures and any(contributions.rglob("*.parquet")):
            _figures(connection, figures, contributions)
        file.parent.mkdir(parents=True, exist_ok=True)
        order = 'item, row, "on", pid, record'
        connection.execute(f"COPY (SELECT * FROM record ORDER BY {order}) TO '{file}' (FORMAT parquet, ROW_GROUP_SIZE 20000)")
    finally:
        connection.close()
    return digest(file)


def _count(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source], one: Count, period: Period) -> None:
    """The counted rows of one table; of several on a day (or in the period) the first stands for all."""
    found = conditioned(connection, sources, one.table, one.where, since=period.start, until=period.end, org=one.org)
    each = {"day": "w.row, f.pid, f.today", "period": "w.row, f.pid"}.get(one.once or "")
    first = f"QUALIFY row_number() OVER (PARTITION BY {each} ORDER BY f.today, f.row_id) = 1" if each else ""
    connection.execute(
        f"INSERT INTO record SELECT ?, w.row, f.org, f.pid, f.row_id, f.today, 1, 1 FROM ({found}) f JOIN whose w ON w.org = f.org {first}",
        [one.item],
    )


def _figures(connection: duckdb.DuckDBPyConnection, figures: Mapping[str, str], folder: Path) -> None:
    for item, indicator in figures.items():
        connection.execute(
            f"INSERT INTO record SELECT ?, w.row, c.org, c.pid, '', NULL, c.top, c.bottom "
            f"FROM read_parquet('{folder}/*/*.parquet', hive_partitioning = false) c JOIN whose w ON w.org = c.org WHERE c.indicator = ?",
            [item, indicator],
        )


def tally(file: Path) -> dict[tuple[str, str], int]:
    """How many records are behind each item of each row."""
    with duckdb.connect() as connection:
        reply = connection.execute(f"SELECT item, row, count(*) FROM read_parquet('{file}') GROUP BY item, row")
        return {(item, row): count for item, row, count in reply.fetchall()}


@dataclass(frozen=True)
class Behind:
    """Records behind one cell: the sums over all of them, and a page of them."""

    records: int
    top: float
    bottom: float
    page: list[dict[str, Any]]


def behind(file: Path, item: str, row: str, *, limit: int, offset: int = 0) -> Behind:
    """What is behind one item of one row, by day and person."""
    with duckdb.connect() as connection:
        source = f"FROM read_parquet('{file}') WHERE item = ? AND row = ?"
        records, top, bottom = connection.execute(
            f"SELECT count(*), coalesce(sum(top), 0), coalesce(sum(bottom), 0) {source}", [item, row]
        ).fetchone()
        reply = connection.execute(
            f'SELECT org, pid, record, "on", top, bottom {source} ORDER BY "on" DESC NULLS LAST, top, pid, record LIMIT ? OFFSET ?',
            [item, row, limit, offset],
        )
        names = [column[0] for column in reply.description]
        return Behind(records, top, bottom, [dict(zip(names, one, strict=True)) for one in reply.fetchall()])


def digest(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
