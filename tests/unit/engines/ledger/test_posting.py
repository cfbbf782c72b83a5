"""One posting at a time: what each verb does, what is refused and in which words."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from kangyu.engines.content.kinds import Ledger
from kangyu.engines.ledger import Balance, Entry, Refused, carry_out, open_book, reach
from kangyu.kernel.errors import ProblemsError

TODAY = date(2025, 11, 21)
STOCK = open_book(
    Ledger.model_validate(
        {
            "key": "stock", "kind": "ledger", "title": "物资台账", "unit": "件", "expires": "expiry", "pick": "earliest_expiry",
            "accounts": {"store": {"title": "库"}, "item": {"title": "品种"}, "expiry": {"title": "效期", "of": "date"},
                         "state": {"title": "状态"}},
            "scrap": {"state": "scrapped"},
        }
    )
)  # fmt: skip
MONEY = open_book(
    Ledger.model_validate(
        {"key": "money", "kind": "ledger", "title": "经费", "unit": "元", "accounts": {"payer": {"title": "单位"}}, "decimals": 2}
    )
)


def lot(expiry: str, store: str = "a", state: str = "usable") -> tuple[str, ...]:
    return (store, "mask", expiry, state)


USABLE = {"store": "a", "item": "mask", "state": "usable"}


def post(*entries: Entry, balances=None, holds=None, book=STOCK):
    return carry_out(book, entries, balances=balances or {}, holds=holds or {}, today=TODAY)


def test_take_draws_the_lot_that_expires_first():
    balances = {lot("2027-01-01"): Balance(Decimal(50)), lot("2026-03-01"): Balance(Decimal(30))}
    lines = post(Entry("take", Decimal(40), USABLE), balances=balances)
    assert [(line.account, line.quantity) for line in lines] == [(lot("2026-03-01"), -30), (lot("2027-01-01"), -10)]


def test_take_on_the_last_day_is_allowed_and_the_day_after_is_not():
    assert post(Entry("take", Decimal(1), USABLE), balances={lot("2025-11-21"): Balance(Decimal(5))})
    with pytest.raises(Refused, match="另有 5 件 已过效期"):
        post(Entry("take", Decimal(1), USABLE), balances={lot("2025-11-20"): Balance(Decimal(5))})


def test_expired_stock_may_only_be_moved_to_the_scrapped():
    balances = {lot("2025-01-01"): Balance(Decimal(5))}
    with pytest.raises(Refused):
        post(Entry("move", Decimal(5), USABLE, {"store": "b"}), balances=balances)
    lines = post(Entry("move", Decimal(5), USABLE, {"state": "scrapped"}), balances=balances)
    assert lines[1].account == lot("2025-01-01", state="scrapped")


def test_what_is_held_is_not_free_for_others():
    balances = {lot("2026-03-01"): Balance(Decimal(10), Decimal(8))}
    with pytest.raises(Refused) as refused:
        post(Entry("take", Decimal(3), USABLE), balances=balances)
    (short,) = refused.value.shortages
    assert (short.wanted, short.available, short.short) == (3, 2, 1)


def test_a_hold_is_used_first_and_the_rest_comes_from_what_is_free():
    account = lot("2026-03-01")
    balances, holds = {account: Balance(Decimal(10), Decimal(4))}, {"case-1": {account: Decimal(4)}}
    lines = post(Entry("move", Decimal(6), USABLE, {"state": "in_transit"}, hold="case-1"), balances=balances, holds=holds)
    assert [(line.quantity, line.held) for line in lines] == [(-4, -4), (4, 0), (-2, 0), (2, 0)]


def test_everything_under_a_hold_moves_when_no_quantity_is_given():
    first, second = lot("2026-03-01"), lot("2026-09-01")
    balances = {first: Balance(Decimal(4), Decimal(4)), second: Balance(Decimal(9), Decimal(1))}
    holds = {"case-1": {first: Decimal(4), second: Decimal(1)}}
    lines = post(Entry("take", None, hold="case-1"), balances=balances, holds=holds)
    assert [(line.account, line.quantity, line.held) for line in lines] == [(first, -4, -4), (second, -1, -1)]


def test_freeing_a_lapsed_hold_changes_nothing():
    assert post(Entry("free", hold="case-1"), balances={lot("2026-03-01"): Balance(Decimal(4))}) == ()


def test_hold_keeps_until_when():
    until = datetime(2025, 11, 22, 8)
    (line,) = post(Entry("hold", Decimal(3), USABLE, hold="case-1", until=until), balances={lot("2026-03-01"): Balance(Decimal(4))})
    assert (line.quantity, line.held, line.hold, line.until) == (0, 3, "case-1", until)


def test_count_posts_the_difference_and_refuses_to_count_away_what_is_held():
    whole = {**USABLE, "expiry": "2026-03-01"}
    balances = {lot("2026-03-01"): Balance(Decimal(10), Decimal(4))}
    (line,) = post(Entry("count", Decimal(7), whole), balances=balances)
    assert line.quantity == -3
    with pytest.raises(Refused, match="盘点 3 件，但已占用 4 件"):
        post(Entry("count", Decimal(3), whole), balances=balances)


def test_every_shortage_of_a_posting_is_named_and_nothing_is_posted():
    with pytest.raises(Refused) as refused:
        post(Entry("take", Decimal(3), USABLE), Entry("take", Decimal(5), {**USABLE, "store": "b"}))
    assert [one.short for one in refused.value.shortages] == [3, 5]
    named = refused.value.with_names(lambda key, value: {"b": "县疾控中心库"}.get(value, value))
    assert "县疾控中心库 · mask · usable 要 5 件，可用 0 件，差 5 件" in str(named)


def test_entries_of_one_posting_see_one_another():
    whole = {**USABLE, "expiry": "2026-03-01"}
    lines = post(Entry("put", Decimal(5), whole), Entry("take", Decimal(5), USABLE))
    assert sum(line.quantity for line in lines) == 0


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (Entry("put", Decimal(1), {"store": "a"}), "没有写明品种、状态"),
        (Entry("put", Decimal("1.5"), USABLE), "小数位太多"),
        (Entry("take", Decimal(0), USABLE), "数量要大于 0"),
        (Entry("take", Decimal(-1), USABLE), "数量要大于 0"),
        (Entry("take", Decimal("NaN"), USABLE), "小数位太多"),
        (Entry("take", None, USABLE), "没有写数量"),
        (Entry("hold", Decimal(1), USABLE), "谁的占用"),
        (Entry("move", Decimal(1), USABLE), "移库"),
        (Entry("take", Decimal(1), {"shelf": "3"}), "没有“shelf”这一项"),
        (Entry("put", Decimal(1), {**USABLE, "expiry": "明年"}), "不是日期"),
    ],
)
def test_badly_written_entry_is_told_what_is_wrong(entry, words):
    with pytest.raises(ProblemsError, match=words):
        post(entry)


def test_money_is_exact_and_never_below_its_floor():
    balances = {("bureau",): Balance(Decimal("0.30"))}
    lines = post(*[Entry("take", Decimal("0.10"), {"payer": "bureau"})] * 3, balances=balances, book=MONEY)
    assert sum(line.quantity for line in lines) == Decimal("-0.30")
    with pytest.raises(Refused):
        post(*[Entry("take", Decimal("0.10"), {"payer": "bureau"})] * 4, balances=balances, book=MONEY)


def test_reach_names_everything_that_must_be_locked():
    found = reach(STOCK, [Entry("move", Decimal(1), USABLE, {"store": "b"}, hold="case-1"), Entry("count", Decimal(1), USABLE)])
    assert found.patterns == (USABLE, {**USABLE, "store": "b"})
    assert (found.counted, found.holds) == (frozenset({("a", "mask", "", "usable")}), frozenset({"case-1"}))
