"""One duty at a time: what is logged of a failure, and of a database that is being stopped."""

import logging
import sys
import time

import pytest
from django.db import connection

from kangyu.jobs import apart, worker
from kangyu.jobs.worker import Duty

pytestmark = pytest.mark.django_db(transaction=True)


def shut_down(stopping) -> None:
    """What a statement meets when the server is stopped: its connection ended by the administrator."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


@pytest.fixture
def said(caplog):
    caplog.set_level(logging.INFO, "kangyu.jobs")
    return lambda: [(one.levelname, one.message) for one in caplog.records]


def test_a_database_being_stopped_is_no_failure_but_one_that_stays_away_is_told_of(said):
    duty = Duty("fresh figures", 1.0, shut_down)
    worker.do(duty, lambda: False)
    assert said() == [("INFO", "fresh figures left off: the database is being stopped")]
    assert duty.due > time.monotonic() + 2, "not again at once"
    worker.do(duty, lambda: False)
    connection.close()
    assert said()[1:] == [("WARNING", "fresh figures waits: the database does not answer")]


def test_a_duty_that_fails_is_logged_without_particulars_unless_everything_is_being_stopped(said):
    def fail(stopping) -> None:
        raise ValueError("李样芳")

    duty = Duty("audit seal", 1.0, fail)
    worker.do(duty, lambda: False)
    assert said() == [("ERROR", "audit seal failed: ValueError")]
    worker.do(duty, lambda: True)
    assert said()[1:] == [("INFO", "audit seal left off: the database is being stopped")]


def test_a_wrong_statement_is_a_failure(said):
    def wrong(stopping) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    worker.do(Duty("audit seal", 1.0, wrong), lambda: False)
    assert said() == [("ERROR", "audit seal failed: DataError")]


def test_work_apart_starts_once_when_needed_and_tells_of_a_process_that_failed(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    work = apart.Apart("imports", lambda: True)
    assert work() is True
    assert work.process is not None
    work.process.wait()
    with pytest.raises(apart.EndedBadlyError, match="imports: 1"):
        work()
    assert work(lambda: True) is False, "nothing is begun while everything is being stopped"
    assert apart.Apart("imports", lambda: False)() is False
