"""Every stored visit judged again by two versions of its rules, all at once in DuckDB: which come out differently, whose, and where.

``prev.x`` of a derived value is what the same version made of the visit before, so a change carries on; the passes end when no value moves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import duckdb
import ibis

from kangyu.engines.language import Typed
from kangyu.engines.language.population import population
from kangyu.gateways.warehouse.reader import ibis_tables
from kangyu.gateways.warehouse.sources import PERSON, Source

PASSES = 6
"""A chain of visits settles in one pass for each visit that hangs on the one before; longer chains than this are left as they stand."""


@dataclass(frozen=True)
class Side:
    """One version: its checked expressions by name, and which of them are ``derived`` values (seen as ``prev.x`` one visit later)."""

    expressions: Mapping[str, Typed]
    derived: Sequence[str]


@dataclass(frozen=True)
class Changed:
    """What differs. ``shifts`` count (name, before, after); ``institutions`` (institution, visits, changed visits, changed people)."""

    visits: int
    people: int
    changed_visits: int
    changed_people: int
    shifts: Sequence[tuple[str, str | None, str | None, int]] = ()
    institutions: Sequence[tuple[str, int, int, int]] = ()
    examples: Sequence[Mapping[str, Any]] = field(default_factory=list)


def compare(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[Source], form: Source, old: Side, new: Side, *, period: tuple[date, date],
    compared: Sequence[str], most: int = 500,
) -> Changed:  # fmt: skip
    """Judge every row of ``form`` by both sides and compare the names ``compared`` on visits of the period (both ends included).

    ``most`` bounds the examples, the latest visits first.
    """
    _people(connection)
    for name, side in (("judged_old", old), ("judged_new", new)):
        _judge(connection, sources, form, side, name)
    pairs = [(name, _column(old, "o", name), _column(new, "n", name)) for name in compared]
    differs = " OR ".join(f"{before} IS DISTINCT FROM {after}" for _, before, after in pairs)
    kept = ", ".join(f'{before} AS "old.{name}", {after} AS "new.{name}"' for name, before, after in pairs)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE changes AS SELECT o.{PERSON}, o.row_id, o.today, o.org, ({differs}) AS changed, {kept} "
        f"FROM judged_old o JOIN judged_new n USING (row_id) WHERE o.today BETWEEN ? AND ?",
        list(period),
    )
    totals = connection.execute(
        f"SELECT count(*), count(DISTINCT {PERSON}), count(*) FILTER (changed), count(DISTINCT {PERSON}) FILTER (changed) FROM changes"
    ).fetchone()
    return Changed(*totals, _shifts(connection, compared), _institutions(connection), _examples(connection, compared, most))


def _column(side: Side, alias: str, name: str) -> str:
    """A value as text, so that versions whose types differ can stand side by side; null where a version does not know the name."""
    return f'{alias}."{name}"::VARCHAR' if name in side.expressions else "NULL::VARCHAR"


def _people(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        'CREATE OR REPLACE TEMP TABLE person_fields AS SELECT * EXCLUDE (area, org, "on", id) FROM residents '
        f'QUALIFY row_number() OVER (PARTITION BY {PERSON} ORDER BY "on" DESC, id DESC) = 1'
    )


def _judge(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source], form: Source, side: Side, name: str) -> None:
    stored = [key for key in side.derived if key in form.columns]
    connection.execute(f'CREATE OR REPLACE TEMP TABLE before_values AS SELECT id AS row_id{_listed(stored)} FROM "{form.name}"')
    for _ in range(PASSES):
        _spine(connection, form, side)
        tables = ibis_tables(connection, [source for source in sources if source.key == PERSON])
        spine = ibis.duckdb.from_connection(connection).table("visit_spine")
        judged = population(side.expressions, tables, spine, key=PERSON, row="row_id", keep=("today", "org"))
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {ibis.to_sql(judged, dialect='duckdb')}")
        if not side.derived or not _moved(connection, side, name):
            return
        connection.execute(f"CREATE OR REPLACE TEMP TABLE before_values AS SELECT row_id{_listed(side.derived)} FROM {name}")


def _listed(columns: Sequence[str]) -> str:
    return "".join(f', "{column}"' for column in columns)


def _spine(connection: duckdb.DuckDBPyConnection, form: Source, side: Side) -> None:
    """One row for each visit: its answers, those of the visit before, what the side made of the visit before, the person's fields."""
    known = {row[0] for row in connection.execute("DESCRIBE before_values").fetchall()}
    fields = [key for key in form.columns if key not in (PERSON, "id", "on", "org", "area", *side.derived)]
    columns = [f'v."{key}" AS "this.{key}", lag(v."{key}") OVER w AS "prev.{key}"' for key in fields]
    for key in side.derived:
        value = f'lag(b."{key}") OVER w' if key in known else "NULL"
        columns.append(f'{value} AS "prev.{key}"')
    connection.execute(
        f'CREATE OR REPLACE TEMP TABLE visit_spine AS SELECT v.{PERSON}, v.id AS row_id, v."on" AS today, v.org, '
        f"{', '.join(columns)}, p.* EXCLUDE ({PERSON}) "
        f'FROM "{form.name}" v JOIN before_values b ON b.row_id = v.id LEFT JOIN person_fields p ON p.{PERSON} = v.{PERSON} '
        f'WINDOW w AS (PARTITION BY v.{PERSON} ORDER BY v."on", v.id)'
    )


def _moved(connection: duckdb.DuckDBPyConnection, side: Side, name: str) -> bool:
    """Whether this pass made something else of any visit than the pass before took it for."""
    known = {row[0] for row in connection.execute("DESCRIBE before_values").fetchall()}
    if not set(side.derived) <= known:
        return True
    differs = " OR ".join(f'j."{key}" IS DISTINCT FROM b."{key}"' for key in side.derived)
    found = connection.execute(f"SELECT 1 FROM {name} j JOIN before_values b USING (row_id) WHERE {differs} LIMIT 1").fetchone()
    return found is not None


def _shifts(connection: duckdb.DuckDBPyConnection, compared: Sequence[str]) -> list[tuple[str, str | None, str | None, int]]:
    found: list[tuple[str, str | None, str | None, int]] = []
    for name in compared:
        rows = connection.execute(
            f'SELECT "old.{name}", "new.{name}", count(*) FROM changes WHERE "old.{name}" IS DISTINCT FROM "new.{name}" GROUP BY 1, 2 '
            "ORDER BY 3 DESC, 1 NULLS LAST, 2 NULLS LAST"
        ).fetchall()
        found += [(name, before, after, count) for before, after, count in rows]
    return found


def _institutions(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int, int, int]]:
    return connection.execute(
        f"SELECT coalesce(org, ''), count(*), count(*) FILTER (changed), count(DISTINCT {PERSON}) FILTER (changed) FROM changes "
        "GROUP BY 1 HAVING count(*) FILTER (changed) > 0 ORDER BY 3 DESC, 1"
    ).fetchall()


def _examples(connection: duckdb.DuckDBPyConnection, compared: Sequence[str], most: int) -> list[dict[str, Any]]:
    reply = connection.execute(f"SELECT * EXCLUDE (changed) FROM changes WHERE changed ORDER BY today DESC, row_id LIMIT {most}")
    names = [column[0] for column in reply.description]
    return [dict(zip(names, row, strict=True)) for row in reply.fetchall()]
