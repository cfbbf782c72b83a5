"""Export, reading and the life of runs, over a table of its own."""

import os
from datetime import date
from pathlib import Path

import duckdb
import psycopg
import pytest
from django.db import connection

from kangyu.gateways.warehouse import runs
from kangyu.gateways.warehouse.export import export, snapshot
from kangyu.gateways.warehouse.reader import ibis_tables, open_run, rows_of
from kangyu.gateways.warehouse.sources import Source

pytestmark = pytest.mark.django_db(transaction=True)
COLUMNS = {"pid": "integer", "id": "text", "on": "date", "value": "number", "tags": "list", "seen": "boolean"}
READING = Source("reading", "pid", COLUMNS, "SELECT * FROM warehouse_reading")
EMPTY = Source("nothing", "pid", COLUMNS, "SELECT * FROM warehouse_reading WHERE false")
PLACE = Source("place", "institution", {"institution": "text", "on": "date"}, "SELECT 'clinic' AS institution, date '2020-01-01' AS \"on\"")
ROWS = [
    (3, "c", date(2024, 2, 29), 1.5, ["a", 'with "quote", comma'], True),
    (1, "a", None, None, None, None),
    (1, "", date(2020, 1, 1), -0.1, [], False),
    (2, 'two\nlines, "and more"', date(2021, 5, 5), 0.0, ["b"], True),
]


def connect() -> psycopg.Connection:
    given = connection.settings_dict
    return psycopg.connect(host=given["HOST"], port=given["PORT"], user=given["USER"], password=given["PASSWORD"], dbname=given["NAME"])


@pytest.fixture
def readings():
    with connection.cursor() as cursor:
        cursor.execute('CREATE TABLE warehouse_reading (pid bigint, id text, "on" date, value float8, tags text[], seen boolean)')
        cursor.executemany("INSERT INTO warehouse_reading VALUES (%s, %s, %s, %s, %s, %s)", ROWS)
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE warehouse_reading")


def read(folder: Path, source: Source = READING) -> list[tuple]:
    engine = open_run(folder, [source])
    try:
        return engine.execute(f"SELECT * FROM {source.name}").fetchall()
    finally:
        engine.close()


def test_rows_come_out_as_they_went_in(readings, tmp_path):
    with snapshot(connect) as moment:
        assert export(moment, [READING, EMPTY, PLACE], tmp_path / "run") == {"reading": 4, "nothing": 0, "place": 1}
    assert sorted(read(tmp_path / "run"), key=str) == sorted(ROWS, key=str)
    assert read(tmp_path / "run", EMPTY) == []


def test_files_are_sorted_by_person(readings, tmp_path):
    with snapshot(connect) as moment:
        export(moment, [READING], tmp_path / "run")
    file = tmp_path / "run" / "table=reading" / "all.parquet"
    assert [row[0] for row in duckdb.sql(f"SELECT pid FROM read_parquet('{file}')").fetchall()] == [1, 1, 2, 3]


def test_all_tables_are_of_one_moment(readings, tmp_path):
    with snapshot(connect, streams=2) as moment:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM warehouse_reading")
        assert export(moment, [READING], tmp_path / "run")["reading"] == 4
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_visible_in_snapshot(pg_current_xact_id(), %s::pg_snapshot)", [moment.watermark])
            assert cursor.fetchone()[0] is False


def test_a_later_export_replaces_the_changed_persons_only(readings, tmp_path):
    with snapshot(connect) as moment:
        export(moment, [READING, PLACE], tmp_path / "first")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE warehouse_reading SET value = 9 WHERE pid = 3; DELETE FROM warehouse_reading WHERE pid = 2")
        cursor.execute("INSERT INTO warehouse_reading VALUES (7, 'new', '2025-01-01', 1, NULL, true)")
    with snapshot(connect) as moment:
        written = export(moment, [READING, PLACE], tmp_path / "second", base=tmp_path / "first", changed=[2, 3, 7])
    assert written == {"reading": 2, "place": 1}
    assert sorted((row[0], row[3]) for row in read(tmp_path / "second") if row[0] > 1) == [(3, 9.0), (7, 1.0)]
    assert os.stat(tmp_path / "first/table=reading/all.parquet").st_nlink == 2
    assert sum(row[0] == 2 for row in read(tmp_path / "first")) == 1


@pytest.mark.parametrize("changed", [[], [2, 3, 7]])
def test_a_later_export_of_an_institutions_table_reads_changed_persons_and_rows_of_nobody(readings, tmp_path, changed):
    columns = {"institution": "text", "id": "text", "on": "date", "value": "number"}
    stays = Source("stays", "institution", columns, "SELECT 'clinic' AS institution, * FROM warehouse_reading", from_people=True)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO warehouse_reading VALUES (NULL, 'bed', '2020-01-01', 1, NULL, true)")
    with snapshot(connect) as moment:
        assert export(moment, [stays], tmp_path / "first") == {"stays": 5}
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM warehouse_reading WHERE pid = ANY(%s)", [changed])
        cursor.execute("UPDATE warehouse_reading SET value = 2 WHERE pid IS NULL")
        cursor.executemany("INSERT INTO warehouse_reading VALUES (%s, 'new', '2025-01-01', 7, NULL, true)", [[pid] for pid in changed])
    with snapshot(connect) as moment:
        written = export(moment, [stays], tmp_path / "second", base=tmp_path / "first", changed=changed)
    assert written == {"stays": 1 + len(changed)}
    found = sorted(read(tmp_path / "second", stays), key=str)
    with connection.cursor() as cursor:
        cursor.execute("""SELECT 'clinic', id, "on", value FROM warehouse_reading""")
        assert found == sorted(cursor.fetchall(), key=str)


def test_some_persons_rows_are_fetched_by_person(readings, tmp_path):
    with snapshot(connect) as moment:
        export(moment, [READING, PLACE], tmp_path / "run")
    found = rows_of(tmp_path / "run", [READING, PLACE], [3, 99])
    assert found == {3: {"reading": [dict(zip(COLUMNS, ROWS[0], strict=True))]}, 99: {}}


def test_the_reader_gives_ibis_tables(readings, tmp_path):
    with snapshot(connect) as moment:
        export(moment, [READING], tmp_path / "run")
    engine = open_run(tmp_path / "run", [READING])
    assert ibis_tables(engine, [READING])["reading"].value.sum().execute() == pytest.approx(1.4)
    engine.close()


def test_a_run_has_its_name_only_when_it_is_whole(tmp_path):
    folder = runs.begin(tmp_path, "one")
    folder.mkdir()
    assert [path.name for path in runs.home(tmp_path).iterdir()] == ["one.partial"]
    assert runs.finish(folder).name == "one"
    (runs.begin(tmp_path, "two")).mkdir()
    assert runs.keep_only(tmp_path, {"one"}) == ["two.partial"]
    assert runs.keep_only(tmp_path, set()) == ["one"]
