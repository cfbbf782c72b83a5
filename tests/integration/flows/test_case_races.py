"""Cases under pressure: a kill between a move and its timer, two people at once, several processes at the timers."""

import os
import signal
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path

import pytest
from django.db import connection, connections

from kangyu.apps.cases.models import CaseFile, CaseStep, CaseTimer, Notice
from kangyu.engines.cases.moves import RefusedError
from kangyu.flows import case_work
from kangyu.kernel.errors import UserError
from world import transfers

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def world(empty_record, monkeypatch):
    transfers.at_time(monkeypatch, "2025-11-21 11:08")
    return transfers.build()


def at_once(*work):
    """Run the calls at the same moment, each on its own connection; what each gave or raised."""
    gate, results = threading.Barrier(len(work)), [None] * len(work)

    def run(place, call):
        try:
            gate.wait()
            results[place] = call()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, call)) for place, call in enumerate(work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_two_who_move_at_once_one_wins_and_the_other_is_told(world):
    id = transfers.sent(world)
    results = at_once(
        lambda: case_work.make_move(world.desk, id, "refuse", reason="没有床", key="a"),
        lambda: case_work.make_move(world.second_desk, id, "ask_back", reason="请附心电图", key="b"),
    )
    refused = [one for one in results if isinstance(one, RefusedError)]
    assert len(refused) == 1 and "这件事现在是" in str(refused[0])
    assert CaseStep.objects.filter(case_id=id).count() == 2 and CaseFile.objects.get(id=id).state in ("refused", "draft")


def test_the_same_request_sent_twice_at_once_opens_one_case(world):
    first, second = at_once(lambda: transfers.sent(world), lambda: transfers.sent(world))
    assert first == second and CaseFile.objects.count() == 1


def test_two_who_take_the_last_bed_at_once_leave_it_with_one(world):
    ids = [transfers.sent(world), transfers.sent(world, key="two", impression="胸痛待查")]
    results = at_once(
        lambda: case_work.make_move(world.desk, ids[0], "accept", answers=transfers.ACCEPTANCE, key="a"),
        lambda: case_work.make_move(world.second_desk, ids[1], "accept", answers=transfers.ACCEPTANCE, key="b"),
    )
    assert sum(isinstance(one, Exception) for one in results) == 1
    assert sorted(CaseFile.objects.values_list("state", flat=True)) == ["accepted", "sent"]


def test_two_who_merge_two_cases_into_each_other_at_once_keep_one_of_them(world):
    first, second = transfers.sent(world), transfers.sent(world, key="two", impression="胸痛待查")
    results = at_once(
        lambda: case_work.decide_same(world.desk, first, second, same=True, reason="同一次", key="a"),
        lambda: case_work.decide_same(world.second_desk, second, first, same=True, reason="同一次", key="b"),
    )
    refused = [one for one in results if isinstance(one, UserError)]
    assert len(refused) == 1 and "已经并入另一件" in str(refused[0])
    assert CaseFile.objects.filter(merged_into="").count() == 1


def test_several_processes_fire_each_timer_once(world):
    for number in range(6):
        transfers.sent(world, key=str(number), impression=f"待查 {number}")
    moment = datetime.fromisoformat("2025-11-21T16:08:00+08:00")
    fired = at_once(*[lambda: case_work.fire_due(moment)] * 4)
    assert sum(fired) == 6
    assert CaseStep.objects.filter(kind="warn").count() == 6 and Notice.objects.count() == 6
    assert case_work.fire_due(moment) == 0


KILLED = """
import os, signal, sys
from datetime import datetime
import django
django.setup()
from kangyu.apps.governance.access import viewer_of
from kangyu.apps.governance.models import Account
from kangyu.flows import case_load, case_timers, case_work
from world import transfers
moment = datetime(2025, 11, 21, 11, 8)
for module in (case_load, case_work, case_timers):
    if hasattr(module, "wall_now"):
        module.wall_now = lambda: moment
die = lambda *args, **kwargs: os.kill(os.getpid(), signal.SIGKILL)
what, case = sys.argv[1:]
viewer = lambda name: viewer_of(Account.objects.get(username=name))
if what == "before_timers":           # the Task is written, its rows and timers are not yet
    from kangyu.apps.cases.actions import case_tables
    case_tables._insert = die
    case_work.make_move(viewer("shen"), case, "send", key="k")
elif what == "after_move":            # everything is written and acknowledged
    case_work.make_move(viewer("shen"), case, "send", key="k")
    die()
elif what == "while_firing":          # the clock's step is written, what follows is not committed
    from kangyu.flows import case_timers
    real = case_timers.fire
    def fire(work, timer):
        real(work, timer)
        die()
    case_timers.fire = fire
    case_work.fire_due(datetime.fromisoformat("2025-11-21T16:08:00+08:00"))
"""


def killed(what: str, case: str) -> None:
    """The same work in a process of its own that is killed at a chosen moment."""
    database = connection.settings_dict
    address = f"postgresql://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])
    environment = {**os.environ, "DATABASE_URL": address, "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "kangyu.project.settings"}
    done = subprocess.run(
        [sys.executable, "-c", KILLED, what, case], env=environment, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def test_a_kill_at_any_moment_loses_no_timer_and_fires_it_once(world):
    from kangyu.flows.case_work import SubjectRef

    case = case_work.open_case(
        world.shen, "referral", SubjectRef("person", str(world.li)), move="draft", answers=transfers.sheet(), key="draft"
    )
    killed("before_timers", case)
    assert CaseFile.objects.get(id=case).state == "draft" and CaseTimer.objects.count() == 0
    killed("after_move", case)
    assert CaseFile.objects.get(id=case).state == "sent"
    timers = sorted(CaseTimer.objects.values_list("clock", "kind", "entry"))
    assert timers == [("answer", "late", 0), ("answer", "late", 1), ("answer", "warn", -1)]
    killed("while_firing", case)
    assert CaseStep.objects.filter(kind="warn").count() == 0 and CaseTimer.objects.count() == 3 and Notice.objects.count() == 0
    moment = datetime.fromisoformat("2025-11-21T16:08:00+08:00")
    assert case_work.fire_due(moment) == 1 and case_work.fire_due(moment) == 0
    assert CaseStep.objects.filter(kind="warn").count() == 1 and Notice.objects.count() == 1
