"""A transfer of emergency supplies: approval holds the stock, sending moves it on its way, a short receipt opens an inquiry."""

from decimal import Decimal

import pytest

from kangyu.apps.cases.models import CaseFile
from kangyu.apps.governance.access import SYSTEM, viewer_of
from kangyu.apps.governance.actions import accounts
from kangyu.apps.ledgers import queries
from kangyu.apps.ledgers.actions.postings import Entry, Refused, post
from kangyu.apps.registers.actions import things
from kangyu.apps.registers.actions.things import Card
from kangyu.engines.cases.case import SubjectRef
from kangyu.engines.forms import Named
from kangyu.flows import case_work
from kangyu.kernel.errors import UserError
from world import care

STOCK = "emergency_stock"
SHEET = {
    "from_org": Named("bureau", "Organization", "清河县卫生健康局"), "from_store": Named("store-bureau", "Location", "县库"),
    "purpose": "冬季流感备用",
}  # fmt: skip


def account(username: str, role: str, **place: str):
    return viewer_of(
        accounts.open_account(username=username, password="correct-horse-7", display_name="库样", role=role, by=SYSTEM, **place)
    )


@pytest.fixture
def keeper(qinghe):
    """Two stores, one kind of mask; 30 expire in May, 100 the year after."""
    care.stand_on()
    found = account("supplies", "supplies_keeper", area="370899", org="bureau")
    for id, org in (("store-bureau", "bureau"), ("store-clinic", "clinic-dongli")):
        things.register("store", Card({"number": id, "name": f"{org} 库", "level": "bureau"}, org=org), by=SYSTEM, id=id)
    item = {"number": "WZ-01", "name": "防护口罩", "category": "protection", "spec": "只"}
    things.register("supply_item", Card(item, org="bureau"), by=SYSTEM, id="item-mask")
    for lot, expiry, quantity in (("A", "2026-05-31", 30), ("B", "2027-05-31", 100)):
        at = {"store": "store-bureau", "item": "item-mask", "lot": lot, "expiry": expiry, "state": "usable"}
        post(STOCK, [Entry("put", Decimal(quantity), at)], key=lot, by=SYSTEM)
    return found


@pytest.fixture
def asker(keeper):
    return account("store", "store_keeper", area="370899101201", org="clinic-dongli")


def lines(quantity: int) -> list[dict]:
    return [{"item": Named("item-mask", "Substance", "防护口罩"), "quantity": quantity}]


def ask(by, quantity: int, key="t1") -> str:
    answers = {**SHEET, "lines": lines(quantity)}
    return case_work.open_case(by, "supply_transfer", SubjectRef("store", "store-clinic"), answers=answers, key=key)


def stands(store: str, state: str) -> dict[str, int]:
    found = queries.balances(STOCK, at={"store": store, "state": state})
    return {one.account["lot"]: int(one.quantity) for one in found}


def test_stock_follows_the_transfer_lot_by_lot_and_a_short_receipt_opens_an_inquiry(keeper, asker):
    case = ask(asker, 50)
    case_work.make_move(keeper, case, "approve", key="a")
    assert [(lot["lot"], int(held)) for lot, held in queries.held_under(STOCK, case)] == [("A", 30), ("B", 20)]
    assert queries.usable(STOCK, {"store": "store-bureau", "state": "usable"}, on=care.TODAY) == 80
    case_work.make_move(keeper, case, "send", answers={"carrier": "运样达"}, key="s")
    assert (stands("store-bureau", "usable"), stands("store-clinic", "in_transit")) == ({"B": 80}, {"A": 30, "B": 20})
    view = case_work.make_move(asker, case, "receive", answers={"received": lines(45), "remarks": "少 5 只"}, key="r")
    assert (stands("store-clinic", "usable"), stands("store-clinic", "in_transit")) == ({"A": 30, "B": 15}, {"B": 5})
    inquiry = CaseFile.objects.get(procedure="supply_inquiry")
    assert (inquiry.state, inquiry.subject_id, view is not None) == ("open", "store-clinic", True)
    finding = {"cause": "damaged", "lost": lines(5), "conclusion": "途中雨淋"}
    case_work.make_move(keeper, inquiry.id, "settle", answers=finding, key="f")
    assert stands("store-clinic", "in_transit") == {}
    assert {step[0] for step in queries.posted_from(f"Task/{case}")} == {STOCK}


def test_approval_of_more_than_there_is_is_refused_by_name_and_nothing_is_held(keeper, asker):
    case = ask(asker, 131)
    with pytest.raises(Refused, match="bureau 库 · 防护口罩 · 可用 要 131 件，可用 130 件，差 1 件"):
        case_work.make_move(keeper, case, "approve", key="a")
    assert CaseFile.objects.get(id=case).state == "asked"
    assert queries.held_under(STOCK, case) == []


def test_two_approvals_cannot_hold_the_same_stock(keeper, asker):
    first, second = ask(asker, 100, "t1"), ask(asker, 100, "t2")
    case_work.make_move(keeper, first, "approve", key="a1")
    with pytest.raises(Refused, match="差 70 件"):
        case_work.make_move(keeper, second, "approve", key="a2")
    case_work.make_move(asker, first, "withdraw", reason="不用了", key="w")
    case_work.make_move(keeper, second, "approve", key="a3")
    assert sum(held for _, held in queries.held_under(STOCK, second)) == 100


def test_who_works_elsewhere_sees_and_moves_nothing(keeper, asker, qinghe):
    case = ask(asker, 10)
    outsider = account("next", "store_keeper", area="370899102201", org="clinic-xili")
    for attempt in (
        lambda: case_work.view(outsider, case),
        lambda: case_work.make_move(outsider, case, "withdraw", reason="x", key="x"),
        lambda: case_work.open_case(
            outsider, "supply_transfer", SubjectRef("store", "store-clinic"), answers={**SHEET, "lines": lines(1)}, key="z"
        ),
    ):
        with pytest.raises(UserError):
            attempt()
    assert CaseFile.objects.count() == 1
