"""Postings on a real PostgreSQL: many writers at once, holds that lapse, keys that post once, a history nobody can change."""

import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from kangyu.apps.governance import clock
from kangyu.apps.governance.access import SYSTEM, Viewer
from kangyu.apps.governance.models import AuditEvent
from kangyu.apps.ledgers import queries
from kangyu.apps.ledgers.actions import holds, postings
from kangyu.apps.ledgers.actions.postings import Entry, Refused, post
from kangyu.apps.ledgers.models import LedgerBalance, LedgerEntry, LedgerHold, LedgerPosting
from kangyu.kernel.errors import DeniedError, UserError
from world import care

STOCK = "emergency_stock"
WRITERS = 16


def at(store="cdc", expiry="2027-06-30", **more) -> dict[str, str]:
    return {"store": store, "item": "mask", "lot": f"L{expiry[:4]}", "expiry": expiry, "state": "usable", **more}


def anywhere(store="cdc") -> dict[str, str]:
    return {"store": store, "item": "mask", "state": "usable"}


def put(quantity: int, key: str, **where) -> None:
    post(STOCK, [Entry("put", Decimal(quantity), at(**where))], key=key, by=SYSTEM)


@pytest.fixture(autouse=True)
def as_of(db):
    care.stand_on()


@pytest.mark.django_db(transaction=True)
class TestManyWriters:
    def test_sixteen_writers_never_go_below_the_floor_and_lose_no_posting(self):
        """Takes, moves in circles, holds and frees over four stores and three lots, each writer on a connection of its own."""
        stores, expiries = ["s1", "s2", "s3", "s4"], ["2026-12-31", "2027-06-30", "2028-01-31"]
        for store in stores:
            for expiry in expiries:
                put(40, f"opening-{store}-{expiry}", store=store, expiry=expiry)
        done: list[tuple[str, str]] = []
        refused: list[str] = []
        start = threading.Barrier(WRITERS)

        def write(writer: int) -> None:
            dice = random.Random(writer)
            try:
                start.wait(20)
                for turn in range(12):
                    key, store, n = f"w{writer}-{turn}", dice.choice(stores), Decimal(dice.randint(1, 9))
                    to = dice.choice([one for one in stores if one != store])
                    entries = dice.choice(
                        [
                            [Entry("take", n, anywhere(store))],
                            [Entry("move", n, anywhere(store), {"store": to}), Entry("move", n, anywhere(to), {"store": store})],
                            [Entry("hold", n, anywhere(store), hold=key)],
                            [Entry("take", n, anywhere(store)), Entry("put", n, at(to, "2029-01-31"))],
                        ]
                    )
                    try:
                        post(STOCK, entries, key=key, by=SYSTEM)
                        done.append((key, entries[0].verb))
                        if entries[0].verb == "hold" and dice.random() < 0.5:
                            post(STOCK, [Entry("take", None, hold=key)], key=f"{key}-used", by=SYSTEM)
                            done.append((f"{key}-used", "take"))
                    except Refused:
                        refused.append(key)
            finally:
                connection.close()

        with ThreadPoolExecutor(WRITERS) as pool:
            for writer in [pool.submit(write, number) for number in range(WRITERS)]:
                writer.result(120)

        stored = set(LedgerPosting.objects.filter(key__startswith="w").values_list("key", flat=True))
        assert stored == {key for key, _ in done}
        assert not stored & set(refused)
        assert len(done) > 50
        balances = list(LedgerBalance.objects.all())
        for one in balances:
            lines = list(LedgerEntry.objects.filter(balance=one).order_by("id"))
            assert sum(line.quantity for line in lines) == one.quantity >= one.held >= 0
            assert sum(line.held for line in lines) == one.held == sum(h.quantity for h in LedgerHold.objects.filter(balance=one))
            assert lines[-1].after == one.quantity
        taken = sum(-line.quantity for line in LedgerEntry.objects.filter(verb="take"))
        came = sum(line.quantity for line in LedgerEntry.objects.filter(verb="put"))
        assert sum(one.quantity for one in balances) == came - taken

    def test_one_unit_goes_to_one_of_sixteen(self):
        put(1, "opening")
        start, won, lost = threading.Barrier(WRITERS), [], []

        def write(writer: int) -> None:
            try:
                start.wait(20)
                post(STOCK, [Entry("take", Decimal(1), anywhere())], key=f"w{writer}", by=SYSTEM)
                won.append(writer)
            except Refused as refused:
                lost.append(refused.shortages[0].short)
            finally:
                connection.close()

        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(write, range(WRITERS)))
        assert (len(won), lost) == (1, [1] * (WRITERS - 1))
        assert LedgerBalance.objects.get().quantity == 0

    def test_the_same_key_sent_by_sixteen_posts_once(self):
        put(100, "opening")
        again = []

        def write(_: int) -> None:
            try:
                again.append(post(STOCK, [Entry("take", Decimal(3), anywhere())], key="once", by=SYSTEM).again)
            finally:
                connection.close()

        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(write, range(WRITERS)))
        assert sorted(again) == [False] + [True] * (WRITERS - 1)
        assert LedgerBalance.objects.get().quantity == 97

    def test_workers_together_let_each_hold_lapse_once(self):
        put(100, "opening")
        for number in range(20):
            until = clock.now() - timedelta(minutes=number + 1)
            post(STOCK, [Entry("hold", Decimal(2), anywhere(), hold=f"case-{number}", until=until)], key=f"h{number}", by=SYSTEM)
        found: list[str] = []

        def work(_: int) -> None:
            try:
                found.extend(one.key for one in holds.lapse_due())
            finally:
                connection.close()

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(work, range(6)))
        assert sorted(found) == sorted(f"case-{number}" for number in range(20))
        assert (LedgerBalance.objects.get().held, LedgerEntry.objects.filter(verb="free").count()) == (0, 20)

    def test_a_worker_killed_in_the_middle_leaves_the_hold_to_the_next(self, tmp_path):
        """A process is killed with -9 after it has freed the hold and before it commits."""
        put(10, "opening")
        post(STOCK, [Entry("hold", Decimal(4), anywhere(), hold="case", until=clock.now() - timedelta(minutes=1))], key="h", by=SYSTEM)
        code = textwrap.dedent("""
            import sys, time
            import django
            django.setup()
            from django.db import transaction
            from django.conf import settings
            settings.DATABASES["default"]["NAME"] = sys.argv[1]
            from kangyu.apps.ledgers.actions import holds
            with transaction.atomic():
                assert len(holds.lapse_due()) == 1
                print("freed", flush=True)
                time.sleep(60)
        """)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "KANGYU_POOL": "0"}
        name = connection.settings_dict["NAME"]
        worker = subprocess.Popen([sys.executable, "-c", code, name], env=environment, stdout=subprocess.PIPE, text=True)
        try:
            assert worker.stdout.readline().strip() == "freed"
            assert holds.lapse_due() == []
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.wait(20)
        assert LedgerBalance.objects.get().held == 4
        for _ in range(100):
            if lapsed := holds.lapse_due():
                break
            threading.Event().wait(0.1)
        assert [one.key for one in lapsed] == ["case"]
        assert holds.lapse_due() == []
        assert LedgerBalance.objects.get().held == 0


def test_posting_is_stored_with_who_when_why_and_is_audited():
    put(50, "opening")
    posted = post(STOCK, [Entry("take", Decimal(8), anywhere())], key="k", by=SYSTEM, reason="演练领用", source="Task/t1")
    (line,) = posted.lines
    assert (line.quantity, line.after, line.account["lot"]) == (-8, 42, "L2027")
    (step, opening) = queries.history(LedgerBalance.objects.get().id)
    assert (step.reason, step.source, step.author, step.on, step.after) == ("演练领用", "Task/t1", "system", care.TODAY, 42)
    assert opening.quantity == 50
    assert AuditEvent.objects.filter(action="ledger.post").count() == 2


def test_refused_posting_leaves_nothing_and_its_key_may_be_used_again():
    put(5, "opening")
    with pytest.raises(Refused, match="要 6 件，可用 5 件，差 1 件"):
        post(STOCK, [Entry("take", Decimal(6), anywhere())], key="k", by=SYSTEM)
    assert post(STOCK, [Entry("take", Decimal(5), anywhere())], key="k", by=SYSTEM).again is False


def test_a_key_used_for_something_else_is_refused():
    put(5, "opening")
    with pytest.raises(UserError, match="已经记过另一笔账"):
        post(STOCK, [Entry("put", Decimal(6), at())], key="opening", by=SYSTEM)


def test_stock_taking_needs_a_reason_and_posts_the_difference():
    put(20, "opening")
    with pytest.raises(UserError, match="盘点要写明原因"):
        post(STOCK, [Entry("count", Decimal(18), at())], key="c", by=SYSTEM)
    posted = post(STOCK, [Entry("count", Decimal(18), at())], key="c", by=SYSTEM, reason="季度盘点，破损 2 件")
    assert [(line.quantity, line.after) for line in posted.lines] == [(-2, 18)]
    assert queries.counted_on(STOCK, "store") == {"cdc": care.TODAY}


def test_who_may_not_post_is_refused_unless_a_move_allows_it():
    outsider = Viewer("someone", within="county")
    with pytest.raises(DeniedError):
        post(STOCK, [Entry("put", Decimal(1), at())], key="k", by=outsider)
    assert post(STOCK, [Entry("put", Decimal(1), at())], key="k", by=outsider, allowed=True, source="Task/t1").lines


def test_hold_gets_the_ledgers_own_time_and_frees_by_itself_after_it():
    put(10, "opening")
    post(STOCK, [Entry("hold", Decimal(4), anywhere(), hold="case-9")], key="h", by=SYSTEM)
    (kept,) = queries.holds(LedgerBalance.objects.get().id)
    assert abs(kept.until - (clock.now() + timedelta(days=7))) < timedelta(minutes=1)
    assert holds.lapse_due(kept.until - timedelta(seconds=1)) == []
    assert [one.quantity for one in holds.lapse_due(kept.until)] == [4]
    assert queries.usable(STOCK, anywhere(), on=care.TODAY) == 10


def test_lots_moved_under_a_hold_are_known_to_the_case():
    put(3, "a", expiry="2026-12-31")
    put(9, "b", expiry="2027-06-30")
    post(STOCK, [Entry("hold", Decimal(5), anywhere(), hold="case-1")], key="h", by=SYSTEM)
    assert [(lot["lot"], held) for lot, held in queries.held_under(STOCK, "case-1")] == [("L2026", 3), ("L2027", 2)]
    moved = post(STOCK, [Entry("move", None, to={"store": "hospital", "state": "in_transit"}, hold="case-1")], key="m", by=SYSTEM)
    assert [(line.account["store"], line.account["lot"], line.quantity) for line in moved.lines] == [
        ("cdc", "L2026", -3), ("hospital", "L2026", 3), ("cdc", "L2027", -2), ("hospital", "L2027", 2),
    ]  # fmt: skip
    assert queries.held_under(STOCK, "case-1") == []


def test_expiring_and_consumption_are_read_from_the_postings():
    put(30, "soon", expiry="2026-03-01")
    put(30, "late", expiry="2027-06-30")
    put(30, "gone", expiry="2025-11-01")
    post(STOCK, [Entry("take", Decimal(12), anywhere())], key="t", by=SYSTEM)
    assert [(one.account["expiry"], one.quantity) for one in queries.expiring(STOCK, on=care.TODAY)] == [
        ("2025-11-01", 30), ("2026-03-01", 18),
    ]  # fmt: skip
    assert queries.sums(STOCK, ["item"], on=care.TODAY) == {("mask",): 48}
    year = queries.taken(STOCK, ["item"], since=date(2024, 11, 22), until=care.TODAY)
    assert year == {("mask",): {care.TODAY: Decimal(12)}}


@pytest.mark.parametrize("table", ["ledger_posting", "ledger_entry"])
def test_postings_cannot_be_changed_or_removed(table):
    put(5, "opening")
    for change in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


def test_database_itself_refuses_a_balance_below_what_is_held():
    put(5, "opening")
    with pytest.raises(DatabaseError, match="ledger_balance_backed"), transaction.atomic():
        LedgerBalance.objects.update(quantity=-1)


def test_months_of_a_hold_follow_the_calendar():
    moment = datetime(2026, 1, 31, 9, 30, tzinfo=timezone.get_current_timezone())
    assert postings.after(moment, postings.Span(1, "month")) == moment.replace(month=2, day=28)
    assert postings.after(moment, postings.Span(36, "hour")) == moment + timedelta(hours=36)
