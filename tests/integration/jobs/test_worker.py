"""The background process as it runs: an import beside it, fresh figures meanwhile, what a signal or a kill leaves."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from kangyu.apps.governance.access import viewer_of
from kangyu.apps.indicators import periods, queries
from kangyu.apps.indicators.actions import recompute
from kangyu.apps.record import queries as record
from kangyu.flows import measure, record_imports
from world import care, qinghe
from world.qinghe import COUNTY, XILI

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("empty_record"),
    pytest.mark.skipif(sys.platform != "linux", reason="processes are watched through /proc"),
]
MANAGED = "hypertension_diabetes_management"


class Worker:
    """One `python -m kangyu.jobs` on the test's database and data folder; what it logs goes to a file."""

    def __init__(self, data: Path):
        self.log = data / "worker.log"
        given = connection.settings_dict
        address = f"postgresql://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}/{given['NAME']}"
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "kangyu.jobs"], env={**os.environ, "DATABASE_URL": address, "KANGYU_DATA": str(data)},
                stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip

    def apart(self) -> list[int]:
        """The processes of imports under this worker."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(pid) for pid in children if b"imports" in Path(f"/proc/{pid}/cmdline").read_bytes()]

    def errors(self) -> list[str]:
        return [line for line in self.log.read_text().splitlines() if " ERROR " in line or "Traceback" in line]

    def end(self, stop: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(stop)
        return self.process.wait(30)


@pytest.fixture
def data(tmp_path, settings):
    settings.DATA = tmp_path
    return tmp_path


@pytest.fixture
def world(data, monkeypatch):
    monkeypatch.setattr(periods, "FIRST_YEAR", 2024)
    found = qinghe.build()
    care.stand_on()
    care.li_is_treated()
    measure.recompute_all()
    return found


@pytest.fixture
def worker(world, data):
    started = Worker(data)
    yield started
    started.end(signal.SIGKILL)


@pytest.fixture
def other(world):
    """Another connection to the same database."""
    found = recompute.connect()
    yield found
    found.close()


def hold(other: psycopg.Connection) -> None:
    """Keep Zhao's Patient, so that an import that changes it goes on until this lets go."""
    other.execute("SELECT 1 FROM resource WHERE rtype = 'Patient' AND id = 'zhao' FOR UPDATE")


def ask(world: qinghe.World) -> str:
    changed = qinghe.patient("zhao", "赵样强", "1970-06-15", "male", "clinic-xili", XILI, phone="19900000077")
    reading = qinghe.blood_pressure("new-reading", "zhao", "2025-11-20", 150, 92, "clinic-xili")
    lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in (changed, reading))
    return record_imports.ask([("all.ndjson", io.BytesIO(lines.encode()))], by=viewer_of(world.admin)).id


def until(true: Callable[[], object], seconds: float = 150) -> float:
    """Seconds until something was true. What runs apart gives way, so on a busy machine it is long in coming."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, "not within the time"
        time.sleep(0.05)
    return time.monotonic() - began


def ask_database(sql: str) -> tuple | None:
    """On the test's own connection, outside any transaction: inside one, PostgreSQL goes on telling what it told first."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()


def waits_for_zhao() -> bool:
    return bool(ask_database("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'DELETE FROM resource %'"))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def managed() -> float:
    return queries.overview([MANAGED], COUNTY).items[MANAGED].now.top


def test_a_saved_follow_up_reaches_the_figures_while_an_import_runs_and_a_killed_import_begins_again(world, worker, other):
    hold(other)
    asked = ask(world)
    until(waits_for_zhao)
    assert record_imports.request(asked).state == "running" and record_imports.request(asked).attempts == 1
    assert managed() == 0
    care.store(*care.follow_up("li-v4", "li", "2025-11-20", 132, 80))
    print(f"\nin the figure {until(lambda: managed() == 1, 30):.1f} s after the save")
    assert record_imports.request(asked).state == "running"

    (importing,) = worker.apart()
    assert os.getpriority(os.PRIO_PROCESS, importing) > 0, "pages and fresh figures come first"
    os.kill(importing, signal.SIGKILL)
    until(lambda: record_imports.request(asked).attempts == 2)
    assert record.current("Observation", "new-reading") is None, "nothing of the killed import is stored"
    other.rollback()
    until(lambda: record_imports.request(asked).over)
    assert record_imports.request(asked).state == "done" and record_imports.request(asked).count == 2
    assert record.current("Patient", "zhao").vid == 2 and record.current("Observation", "new-reading").vid == 1
    assert [line.split(" ", 3)[3] for line in worker.errors()] == ["kangyu.jobs imports failed: EndedBadlyError"]


def test_a_stopped_worker_ends_its_import_and_a_stopped_database_is_no_failure(world, worker, other):
    other.execute("SELECT 1 FROM measure_run FOR UPDATE")
    blocked = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE measure_run%'"
    until(lambda: ask_database(blocked))
    ask_database(f"SELECT pg_terminate_backend(pid) FROM ({blocked}) b")  # what a fast shutdown does to each connection
    other.commit()

    hold(other)
    asked = ask(world)
    until(waits_for_zhao)
    (importing,) = worker.apart()
    assert worker.end(signal.SIGTERM) == 0
    assert not alive(importing) and worker.errors() == []
    assert not record_imports.request(asked).over, "the next worker takes it in"


def test_a_killed_worker_takes_its_import_with_it(world, worker, other):
    hold(other)
    ask(world)
    until(waits_for_zhao)
    (importing,) = worker.apart()
    worker.end(signal.SIGKILL)
    until(lambda: not alive(importing), 15)
    until(lambda: not waits_for_zhao(), 15)
