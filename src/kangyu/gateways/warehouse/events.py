"""Single rows of a run's tables for which a condition holds, each with the place its person lived in on that day."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

import duckdb

from kangyu.engines.language import Typed
from kangyu.engines.language.population import population
from kangyu.gateways.warehouse.reader import ibis_tables, open_run
from kangyu.gateways.warehouse.sources import Source

Event = tuple[int, str, date, str, str]
"""(pid, id of the row's resource, day, area of residence on it, institution)"""
ROWS = 50_000
_FIELDS = ("birth_date", "sex", "death_date")


def counted(folder: Path, sources: Sequence[Source], table: str, where: Typed | None, *, since: date) -> Iterator[list[Event]]:
    """The rows of ``table`` on ``since`` and later for which ``where`` is true (all without one), in blocks.

    The run's tables must hold ``table``, ``residents`` and every table that ``where`` reads.
    """
    connection = open_run(folder, sources)
    try:
        found = conditioned(connection, sources, table, where, since=since)
        reply = connection.execute(f"SELECT pid, row_id, today, area, org FROM ({found}) ORDER BY today, row_id")
        while block := reply.fetchmany(ROWS):
            yield block
    finally:
        connection.close()


def conditioned(
    connection: duckdb.DuckDBPyConnection,
    sources: Sequence[Source],
    table: str,
    where: Typed | None,
    *,
    since: date,
    until: date | None = None,
    org: str = "org",
) -> str:
    """A SELECT of those rows (``pid, row_id, today, area, org`` among its columns), good until the next call on the connection.

    ``org`` is the column that says whose row it is.
    """
    connection.execute(f"CREATE OR REPLACE TEMP TABLE spine AS {_spine(table, _columns(sources, table), since, until, org)}")
    if where is None:
        return "SELECT * FROM spine"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE counted AS {_condition(connection, sources, where)}")
    return "SELECT spine.* FROM spine JOIN counted USING (row_id) WHERE counted.counts"


def _columns(sources: Iterable[Source], table: str) -> list[str]:
    return next(list(source.columns) for source in sources if source.name == table)


def _spine(table: str, columns: Sequence[str], since: date, until: date | None, whose: str) -> str:
    """Each row as a visit: its columns as ``this.x``, its day as ``today``, its person's fields, and where they lived."""
    of_row = ", ".join(f'e."{name}" AS "this.{name}"' for name in columns if name not in ("pid", "id"))
    fields = ", ".join(f"p.{name}" for name in _FIELDS)
    org = f"coalesce(e.\"{whose}\", '')" if whose in columns else "''"
    last = f" AND e.\"on\" <= DATE '{until.isoformat()}'" if until else ""
    return (
        f"WITH p AS (SELECT pid, {', '.join(_FIELDS)} FROM residents "
        'QUALIFY row_number() OVER (PARTITION BY pid ORDER BY "on" DESC NULLS LAST, id DESC) = 1) '
        f"SELECT e.pid, e.id AS row_id, e.\"on\" AS today, coalesce(r.area, '') AS area, {org} AS org, {of_row}, {fields} "
        f'FROM "{table}" e LEFT JOIN p ON p.pid = e.pid ASOF LEFT JOIN residents r ON e.pid = r.pid AND e."on" >= r."on" '
        f"WHERE e.\"on\" >= DATE '{since.isoformat()}' AND e.pid IS NOT NULL{last}"
    )


def _condition(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source], where: Typed) -> str:
    import ibis

    backend = ibis.duckdb.from_connection(connection)
    tables = ibis_tables(connection, [source for source in sources if source.name in where.columns])
    return str(ibis.to_sql(population({"counts": where}, tables, backend.table("spine"), key="pid", row="row_id"), dialect="duckdb"))
