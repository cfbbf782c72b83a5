"""Imports that a page asked for: one after another, taken up again after a kill, with what follows from them."""

import fcntl
import io
import json
from dataclasses import replace

import pytest

from kangyu.apps.cases.models import CareStatus
from kangyu.apps.governance.access import viewer_of
from kangyu.apps.record import import_history
from kangyu.apps.record import queries as record
from kangyu.apps.record.actions import bulk_import
from kangyu.flows import record_imports
from world import care

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_record")]


@pytest.fixture
def ask(qinghe, settings, tmp_path):
    """Hands in resources as one file; the request's id."""
    settings.DATA = tmp_path
    care.stand_on()

    def hand_in(*resources: dict) -> str:
        lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in resources)
        return record_imports.ask([("all.ndjson", io.BytesIO(lines.encode()))], by=viewer_of(qinghe.admin)).id

    return hand_in


def killed_while_running(id: str, attempts: int) -> None:
    """The request as a kill leaves it."""
    record_imports._write(replace(record_imports.request(id), state="running", attempts=attempts))


def under_care() -> bool:
    return CareStatus.objects.filter(programme="hypertension", state="enrolled").exists()


LI_IS_ILL = (care.condition("li-i10", "li"), care.episode("li-episode", "li"))


def test_people_of_an_import_are_on_the_due_lists_afterwards(ask):
    id = ask(*LI_IS_ILL)
    assert record_imports.pending() and record_imports.carry_out() == 1
    assert record_imports.request(id).state == "done" and record_imports.request(id).count == 2
    assert [(one.pid, one.state) for one in CareStatus.objects.filter(programme="hypertension")] == [(care.pid_of("li"), "enrolled")]
    assert not record_imports.pending()
    assert not list(record_imports._home().glob("*/*.ndjson")), "the files are no longer kept"


def test_import_cut_short_starts_again_and_the_page_says_so(ask):
    id = ask(*LI_IS_ILL)
    killed_while_running(id, attempts=1)
    assert record_imports.carry_out() == 1
    assert record_imports.request(id).state == "done" and record_imports.request(id).attempts == 2


def test_import_cut_short_twice_is_called_interrupted(ask):
    id = ask(*LI_IS_ILL)
    killed_while_running(id, attempts=2)
    assert record_imports.carry_out() == 1
    assert record_imports.request(id).state == "interrupted" and "没有写入任何记录" in record_imports.request(id).note
    assert record.current("Condition", "li-i10") is None


@pytest.mark.parametrize("attempts", [1, 2])
def test_import_killed_after_its_records_came_in_only_does_what_follows(ask, attempts, monkeypatch):
    id = ask(*LI_IS_ILL)
    with monkeypatch.context() as patched:
        patched.setattr(record_imports, "_settle", lambda one, since: (_ for _ in ()).throw(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            record_imports.carry_out()
    killed_while_running(id, attempts)
    assert not under_care()
    assert record_imports.carry_out() == 1
    assert record_imports.request(id).state == "done" and record_imports.request(id).count == 2
    assert under_care()
    assert len(import_history.jobs()) == 1, "it came in once"


def test_the_word_that_an_import_is_done_is_stored_with_its_records(ask, monkeypatch):
    ask(*LI_IS_ILL)
    monkeypatch.setattr(bulk_import.audit, "record", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        record_imports.carry_out()
    assert record.current("Condition", "li-i10") is None
    assert [job.state for job in import_history.jobs()] == ["interrupted"]


def test_requests_are_taken_in_one_after_another(ask):
    first, second = ask(*LI_IS_ILL), ask(care.condition("zhao-i10", "zhao"))
    assert record_imports.carry_out() == 2
    assert [record_imports.request(id).state for id in (first, second)] == ["done", "done"]
    assert [job.source for job in import_history.jobs()] == [second, first]


def test_a_second_process_leaves_the_requests_to_the_first(ask):
    ask(*LI_IS_ILL)
    with (record_imports._home() / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert record_imports.carry_out() == 0
    assert record_imports.carry_out() == 1


def test_request_waits_for_an_import_from_the_command_line_and_says_so(ask, monkeypatch, client, qinghe):
    id, seen = ask(*LI_IS_ILL), []
    busy = iter([True, True, False])
    monkeypatch.setattr(bulk_import, "under_way", lambda: next(busy))
    monkeypatch.setattr(record_imports.time, "sleep", lambda _: seen.append(record_imports.request(id)))
    assert record_imports.carry_out() == 1
    assert [(one.state, one.step) for one in seen] == [("waiting", record_imports.BUSY)] * 2
    assert record_imports.request(id).state == "done"


def test_under_way_tells_of_an_import_in_another_process(ask):
    from kangyu.apps.indicators.actions.recompute import connect

    assert not bulk_import.under_way()
    with connect() as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [bulk_import.LOCK])
        assert bulk_import.under_way()
    assert not bulk_import.under_way()
