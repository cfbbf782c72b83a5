"""Reads a run's Parquet with DuckDB: as Ibis tables for a whole population, as plain rows for a few persons."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from kangyu.gateways.warehouse.export import REPLACED
from kangyu.gateways.warehouse.sources import PERSON, Source

Rows = dict[int, dict[str, list[dict[str, Any]]]]


def open_run(folder: Path, sources: Iterable[Source], *, memory: str = "2GB", threads: int = 2) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection with one view for each table of the run."""
    connection = duckdb.connect()
    connection.execute(f"SET memory_limit = '{memory}'; SET threads = {threads}; SET temp_directory = '{folder / 'spill'}'")
    connection.execute("SET enable_progress_bar = false; SET preserve_insertion_order = false")
    for source in sources:
        connection.execute(f'CREATE VIEW "{source.name}" AS {selected(folder, source)}')
    return connection


def selected(folder: Path, source: Source) -> str:
    """The SELECT over a run's files: the whole export, less the persons written anew (and the rows of nobody), and the new rows."""
    files = folder / f"table={source.name}"
    columns = ", ".join(f'"{name}"' for name in source.columns)
    whole = f"SELECT {columns} FROM read_parquet('{files / 'all.parquet'}')"
    if not (files / "changed.parquet").exists():
        return whole
    dead = f"SELECT pid FROM read_parquet('{folder / REPLACED}')"
    kept = f"{PERSON} IS NOT NULL AND {PERSON} NOT IN ({dead})"  # the rows of nobody are written anew each time
    return f"{whole} WHERE {kept} UNION ALL SELECT {columns} FROM read_parquet('{files / 'changed.parquet'}')"


def ibis_tables(connection: duckdb.DuckDBPyConnection, sources: Iterable[Source]) -> Mapping[str, Any]:
    """The run's tables for expressions over a population."""
    import ibis

    backend = ibis.duckdb.from_connection(connection)
    return {source.name: backend.table(source.name) for source in sources}


def rows_of(folder: Path, sources: Iterable[Source], pids: Sequence[int]) -> Rows:
    """The rows of some persons as they stood in the run: pid → table → rows."""
    found: Rows = {pid: {} for pid in pids}
    connection = open_run(folder, [source for source in sources if source.of_people], threads=1)
    try:
        for source in sources:
            if source.of_people:
                reply = connection.execute(f'SELECT * FROM "{source.name}" WHERE pid IN (SELECT unnest(?::BIGINT[]))', [list(pids)])
                gather(found, source, [column[0] for column in reply.description], reply.fetchall())
    finally:
        connection.close()
    return found


def gather(found: Rows, source: Source, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Hang rows on their persons."""
    at = list(names).index(source.key)
    for row in rows:
        found[row[at]].setdefault(source.name, []).append(dict(zip(names, row, strict=True)))
