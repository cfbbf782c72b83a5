"""How many times a move and an inbox go to the database: few, and as many however long the case or the list has become."""

from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kangyu.apps.cases.queries import files
from kangyu.flows import case_work
from world import transfers

pytestmark = pytest.mark.django_db
MOVE, FORM = 24, 28
"""For a move without a form, and for one with a form; transactions and their savepoints included."""
NOW = datetime.fromisoformat("2025-11-21T11:08:00+08:00")


@pytest.fixture
def world(db, monkeypatch):
    transfers.at_time(monkeypatch, "2025-11-21 11:08")
    return transfers.build(beds=5)


def counted(work) -> int:
    with CaptureQueriesContext(connection) as found:
        work()
    return len(found)


def test_a_move_takes_few_queries_however_long_the_case(world):
    id = transfers.sent(world)

    def more(number):
        answers = {"addition": f"第 {number} 次补充"}
        return lambda: case_work.make_move(world.shen, id, "more", answers=answers, key=f"m{number}")

    first, *others = [counted(more(number)) for number in range(8)]
    assert first <= FORM and set(others) <= {first}
    refused = counted(lambda: case_work.make_move(world.desk, id, "refuse", reason="没有床", key="r"))
    assert refused <= MOVE


def test_an_inbox_takes_as_many_queries_for_many_cases_as_for_one(world):
    transfers.sent(world)
    assert counted(lambda: files.inbox(world.desk, NOW)) == 2
    for number in range(4):
        transfers.sent(world, key=str(number), impression=f"待查 {number}")
    assert counted(lambda: files.inbox(world.desk, NOW)) == 2 and files.inbox(world.desk, NOW).total == 5
