"""A ledger's lines in the warehouse: an indicator counts them by the institution that keeps the store, and learns of new postings."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.indicators import periods, queries, tables
from kangyu.apps.indicators.actions import recompute
from kangyu.apps.ledgers import sources
from kangyu.apps.ledgers.actions.postings import Entry, post
from kangyu.apps.registers.actions import things
from kangyu.apps.registers.actions.things import Card
from kangyu.flows import measure
from kangyu.gateways import content
from kangyu.gateways.warehouse.sources import ARROW
from world import care, qinghe
from world.qinghe import COUNTY, DONGLI

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_record")]
KEY, STOCK = "supplies_in_date", "emergency_stock"
TODAY = date(2025, 11, 21)


@pytest.fixture
def stocked(monkeypatch):
    """Two stores: 30 of 40 masks in date at the village, everything in date at the bureau; 5 of them moved away and scrapped."""
    monkeypatch.setattr(periods, "FIRST_YEAR", 2025)
    qinghe.build()
    care.stand_on()
    for number, org in (("1", "clinic-dongli"), ("2", "bureau")):
        things.register(
            "store", Card({"number": f"CK-{number}", "name": f"{number}库", "level": "cdc"}, org=org), by=SYSTEM, id=f"s{number}"
        )
    lines = [("s1", "A", "2026-06-30", 30), ("s1", "B", "2025-06-30", 10), ("s2", "C", "", 60)]
    entries = [Entry("put", Decimal(number), at(store, lot, expiry)) for store, lot, expiry, number in lines]
    post(STOCK, entries, key="opening", by=SYSTEM, on=date(2025, 1, 10))


def at(store: str, lot: str, expiry: str) -> dict[str, str]:
    return {"store": store, "item": "item-1", "lot": lot, "expiry": expiry, "state": "usable"}


def now(area: str = COUNTY):
    found = queries.overview([KEY], area).items[KEY].now
    return found.top, found.bottom


def test_an_indicator_over_a_ledger_counts_by_who_keeps_the_store(stocked):
    recompute.recompute(as_of=TODAY, by=SYSTEM)
    assert (now(), now(DONGLI[:9])) == ((90, 100), (30, 40))
    assert measure.due() == "", "nothing was posted since"
    post(STOCK, [Entry("move", Decimal(10), at("s1", "B", "2025-06-30"), {"state": "scrapped"})], key="scrap", by=SYSTEM)
    run = queries.published()
    run.computed_at -= timedelta(minutes=5)
    run.save(update_fields=["computed_at"])
    assert measure.due() == "ledger"
    recompute.recompute(as_of=TODAY, by=SYSTEM)
    assert (now(), now(DONGLI[:9])) == ((90, 90), (30, 30))


def test_days_of_a_ledger_hold_what_came_and_went(stocked):
    post(STOCK, [Entry("take", Decimal(4), at("s1", "A", "2026-06-30"))], key="used", by=SYSTEM, on=date(2025, 3, 1))
    source = sources.source(content.current(), f"{STOCK}_days", {"put", "taken"})
    rows = read(source)
    assert [(row["institution"], row["on"], row["put"], row["taken"]) for row in rows] == [
        ("bureau", date(2025, 1, 10), 60.0, 0.0),
        ("clinic-dongli", date(2025, 1, 10), 40.0, 0.0),
        ("clinic-dongli", date(2025, 3, 1), 0.0, 4.0),
    ]
    assert len({row["id"] for row in rows}) == len(rows)


def read(source) -> list[dict]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(source.select())
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return sorted(rows, key=lambda row: (row["institution"] or "", row["on"]))


@pytest.mark.parametrize("ledger", sorted(content.current().ledgers))
def test_every_ledger_is_a_table_whose_columns_can_be_read(stocked, ledger):
    declared = content.current().ledgers[ledger]
    source = sources.source(content.current(), ledger, {*declared.accounts, "verb", "change", "put", "taken", "held", "org", "area"})
    assert set(source.columns.values()) <= set(ARROW) and {*declared.accounts, "change", "org"} <= set(source.columns)
    rows = read(source)
    assert all(set(row) == set(source.columns) for row in rows) and (bool(rows) or ledger != STOCK)
    assert sources.source(content.current(), "residents", set()) is None
    assert ledger != STOCK or ledger in {one.name for one in tables.sources()}
