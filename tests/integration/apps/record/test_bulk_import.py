"""Bulk import: everything or nothing, one at a time, every fault named by file and line."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.identity.models import Person
from kangyu.apps.record import queries
from kangyu.apps.record.actions import bulk_import
from kangyu.apps.record.errors import InvalidError
from kangyu.engines.fhir import parse_search
from kangyu.kernel.errors import UserError
from world.qinghe import DONGLI, blood_pressure, institution, patient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_record")]


def county(folder: Path, people: int = 40) -> Path:
    """A folder of NDJSON: a clinic, people and two blood pressures each."""
    folder.mkdir(exist_ok=True)
    patients = [
        patient(
            f"p{one}", f"王样{chr(0x4E00 + one)}", f"19{50 + one % 40}-01-{one % 28 + 1:02d}", "female", "clinic", DONGLI, identity=None
        )
        | {"telecom": [{"system": "phone", "value": f"199{one:08d}"}]}
        for one in range(people)
    ]
    readings = [
        blood_pressure(f"b{one}-{year}", f"p{one}", f"{year}-05-06", 150, 90, "clinic") for one in range(people) for year in (2023, 2024)
    ]
    for name, rows in (
        ("Organization", [institution("clinic", "东里村卫生室", "village_clinic", DONGLI)]),
        ("Patient", patients),
        ("Observation", readings),
    ):
        (folder / f"{name}.ndjson").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return folder


def stored() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM resource")
        return cursor.fetchone()[0]


def last_job() -> tuple:
    with connection.cursor() as cursor:
        cursor.execute("SELECT state, stored, problems FROM import_job ORDER BY id DESC LIMIT 1")
        state, stored, problems = cursor.fetchone()
        return state, stored, json.loads(problems)


def test_import_stores_all_and_everything_is_found_at_once(tmp_path):
    outcome = bulk_import.run([county(tmp_path / "a")], by=SYSTEM)
    assert outcome.by_type == {"Organization": 1, "Patient": 40, "Observation": 80} and stored() == 121
    assert Person.objects.count() == 40
    for asked in ([("code", "85354-9"), ("patient", "p7")], [("subject", "Patient/p7"), ("date", "ge2024-01-01")]):
        assert queries.count(parse_search("Observation", asked), scope=None) == (2 if asked[0][0] == "code" else 1)
    assert queries.count(parse_search("Patient", [("phone", "19900000007")]), scope=None) == 1
    assert last_job()[:2] == ("done", 121)


def test_second_import_supersedes_what_changed_and_leaves_the_rest(tmp_path):
    folder = county(tmp_path / "a")
    bulk_import.run([folder], by=SYSTEM)
    changed = blood_pressure("b3-2024", "p3", "2024-05-06", 138, 85, "clinic")
    (folder / "Observation.ndjson").write_text(json.dumps(changed) + "\n")
    bulk_import.run([folder], by=SYSTEM)
    assert stored() == 121
    assert queries.current("Observation", "b3-2024").vid == 2 and queries.current("Observation", "b3-2023").vid == 1
    assert json.loads(queries.current("Observation", "b3-2024").text)["meta"]["versionId"] == "2"
    assert Person.objects.count() == 40


@pytest.mark.parametrize("store_has_records", [False, True])
def test_broken_lines_are_named_and_nothing_is_stored(tmp_path, store_has_records):
    if store_has_records:
        bulk_import.run([county(tmp_path / "before", people=2)], by=SYSTEM)
    before = stored()
    folder = county(tmp_path / "a")
    file = folder / "Observation.ndjson"
    lines = file.read_text().splitlines()
    lines[4] = lines[4][: len(lines[4]) // 2]
    lines[9] = json.dumps(blood_pressure("odd", "p1", "2024-01-01", 990, 80, "clinic"))
    lines[11] = json.dumps(blood_pressure("lost", "nobody", "2024-01-01", 140, 80, "clinic"))
    lines[13] = json.dumps({"id": "x"})
    file.write_text("\n".join(lines))
    with pytest.raises(InvalidError) as refused:
        bulk_import.run([folder], by=SYSTEM)
    places = [problem.place for problem in refused.value.problems]
    assert places == [f"Observation.ndjson 第 {number} 行" for number in (5, 10, 12, 14)]
    assert stored() == before and last_job()[0] == "refused"
    assert [one["place"] for one in last_job()[2]] == places


def test_unknown_institution_is_refused(tmp_path):
    folder = county(tmp_path / "a")
    (folder / "Organization.ndjson").unlink()
    with pytest.raises(InvalidError, match="Organization/clinic 不存在") as refused:
        bulk_import.run([folder], by=SYSTEM)
    assert refused.value.problems[0].place == "Patient.ndjson 第 1 行"
    assert stored() == 0 and Person.objects.count() == 0


@pytest.mark.parametrize("store_has_records", [False, True])
def test_resource_that_appears_twice_is_named_and_nothing_is_stored(tmp_path, store_has_records):
    if store_has_records:
        bulk_import.run([county(tmp_path / "before", people=2)], by=SYSTEM)
    before = stored()
    folder = county(tmp_path / "a")
    with (folder / "Observation.ndjson").open("a") as file:
        file.write(json.dumps(blood_pressure("b7-2024", "p7", "2024-05-07", 140, 80, "clinic")) + "\n")
    with pytest.raises(InvalidError) as refused:
        bulk_import.run([folder], by=SYSTEM)
    assert [(one.place, one.message) for one in refused.value.problems] == [("Observation/b7-2024", "同一次导入里出现两次")]
    assert stored() == before and last_job()[0] == "refused"


def test_people_of_several_files_are_told_apart_and_joined_alike(tmp_path):
    """Nobody has an identity number; one lacks a phone too, so nothing but the line tells them apart. The last is the first again."""
    folder = county(tmp_path / "a", people=4)
    people = [json.loads(line) for line in (folder / "Patient.ndjson").read_text().splitlines()]
    people[1].pop("telecom")
    people[2].pop("telecom")
    (folder / "Patient.ndjson").unlink()
    for number, two in enumerate((people[:2], [*people[2:], people[0] | {"id": "p0-again"}])):
        (folder / f"Patient.{number}.ndjson").write_text("".join(json.dumps(one) + "\n" for one in two))
    assert bulk_import.run([folder], by=SYSTEM).by_type["Patient"] == 5
    assert Person.objects.count() == 4
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT pid) FROM resource WHERE id IN ('p0', 'p0-again')")
        assert cursor.fetchone()[0] == 1


def test_first_import_leaves_keys_indexes_and_statistics(tmp_path):
    with connection.cursor() as cursor:
        asked = "SELECT indexdef FROM pg_indexes WHERE tablename IN ('resource', 'person') ORDER BY indexdef"
        cursor.execute(asked)
        before = cursor.fetchall()
        bulk_import.run([county(tmp_path / "a")], by=SYSTEM)
        cursor.execute(asked)
        assert cursor.fetchall() == before and len(before) > 10
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'resource'")
        assert cursor.fetchone()[0] == 121
        cursor.execute("SELECT count(*) FROM pg_constraint WHERE conname = 'resource_pkey' AND contype = 'p'")
        assert cursor.fetchone()[0] == 1


def test_two_imports_at_once_are_refused(tmp_path):
    folder = county(tmp_path / "a")
    with psycopg.connect(_address()) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [bulk_import.LOCK])
        with pytest.raises(UserError, match="另一个导入正在进行"):
            bulk_import.run([folder], by=SYSTEM)
    assert bulk_import.run([folder], by=SYSTEM).stored == 121


def test_no_files_and_wrong_path_are_said(tmp_path):
    with pytest.raises(UserError, match=r"没有找到 \.ndjson 文件"):
        bulk_import.run([tmp_path], by=SYSTEM)
    with pytest.raises(UserError, match="请检查路径"):
        bulk_import.run([tmp_path / "nowhere"], by=SYSTEM)


def _address() -> str:
    settings = connection.settings_dict
    return f"postgresql://{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"


def test_kill_in_the_middle_leaves_nothing(tmp_path):
    folder = county(tmp_path / "a", people=4000)
    with psycopg.connect(_address(), autocommit=True) as watch:
        child = subprocess.Popen(
            [sys.executable, "-m", "kangyu.cli", "import", str(folder), "--data", str(tmp_path / "data")],
            env={**os.environ, "DATABASE_URL": _address()}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        until = time.monotonic() + 60
        copying = "SELECT 1 FROM pg_stat_progress_copy WHERE tuples_processed > 0 AND datname = current_database()"
        while time.monotonic() < until and not watch.execute(copying).fetchone():
            assert child.poll() is None, "the import ended before it could be killed"
            time.sleep(0.002)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        there = "SELECT 1 FROM pg_stat_activity JOIN import_job ON pid = backend AND backend_start < started"
        while time.monotonic() < until and watch.execute(there).fetchone():
            time.sleep(0.01)
    assert stored() == 0 and Person.objects.count() == 0
    assert bulk_import.run([county(tmp_path / "b")], by=SYSTEM).stored == 121
    with connection.cursor() as cursor:
        cursor.execute("SELECT state FROM import_job ORDER BY id")
        assert [row[0] for row in cursor.fetchall()] == ["interrupted", "done"]


def test_processes_of_an_import_end_on_a_signal_that_the_importing_process_handles_itself():
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        with bulk_import._workers(2) as pool:
            assert pool.apply(signal.getsignal, (signal.SIGTERM,)) == signal.SIG_DFL
            assert pool.apply(signal.pthread_sigmask, (signal.SIG_BLOCK, [])) == set()
        assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == set()
    finally:
        signal.signal(signal.SIGTERM, before)
