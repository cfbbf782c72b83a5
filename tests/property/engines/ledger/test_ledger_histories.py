"""On any history: lines add up to balances, nothing falls below the floor, what is held is backed, the first to expire goes first."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from kangyu.engines.content.kinds import Ledger
from kangyu.engines.ledger import Balance, Entry, Refused, carry_out, open_book

TODAY = date(2025, 11, 21)
FLOOR = Decimal("0.5")
BOOK = open_book(
    Ledger.model_validate(
        {
            "key": "stock", "kind": "ledger", "title": "台账", "unit": "件", "decimals": 1, "never_below": 0.5,
            "expires": "expiry", "pick": "earliest_expiry",
            "accounts": {"store": {"title": "库"}, "expiry": {"title": "效期", "of": "date"}},
        }
    )
)  # fmt: skip
STORES = st.sampled_from(["a", "b"])
EXPIRIES = st.sampled_from(["", *((TODAY + timedelta(days=days)).isoformat() for days in (-30, -1, 0, 1, 400))])
AMOUNTS = st.integers(1, 60).map(lambda tenths: Decimal(tenths) / 10)
HOLDS = st.sampled_from(["case-1", "case-2"])


def lots():
    return st.fixed_dictionaries({"store": STORES, "expiry": EXPIRIES})


def drawn_from():
    return st.one_of(lots(), st.fixed_dictionaries({"store": STORES}))


ENTRIES = st.one_of(
    st.builds(lambda at, n: Entry("put", n, at), lots(), AMOUNTS),
    st.builds(lambda at, n: Entry("count", n, at), lots(), AMOUNTS),
    st.builds(lambda at, n, hold: Entry("take", n, at, hold=hold), drawn_from(), AMOUNTS, st.one_of(st.just(""), HOLDS)),
    st.builds(lambda at, n, to: Entry("move", n, at, {"store": to}), drawn_from(), AMOUNTS, STORES),
    st.builds(lambda at, n, hold: Entry("hold", n, at, hold=hold), drawn_from(), AMOUNTS, HOLDS),
    st.builds(lambda hold, n: Entry("free", n, hold=hold), HOLDS, st.one_of(st.none(), AMOUNTS)),
)


class Kept:
    """Balances and holds after each posting, as a database would keep them."""

    def __init__(self):
        self.balances, self.holds, self.lines = {}, defaultdict(dict), []

    def post(self, entries):
        lines = carry_out(BOOK, entries, balances=self.balances, holds=self.holds, today=TODAY)
        for line in lines:
            before = self.balances.get(line.account, Balance())
            self.balances[line.account] = Balance(before.quantity + line.quantity, before.held + line.held)
            if line.held:
                held = self.holds[line.hold]
                held[line.account] = held.get(line.account, Decimal(0)) + line.held
        self.lines += lines
        return lines


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(ENTRIES, min_size=1, max_size=3), max_size=25))
def test_ledger_holds_together_on_any_history(postings):
    kept = Kept()
    for entries in postings:
        before = (dict(kept.balances), {key: dict(lines) for key, lines in kept.holds.items()}, len(kept.lines))
        try:
            lines = kept.post(entries)
        except Refused as refused:
            assert refused.shortages
            assert (kept.balances, {key: dict(lines) for key, lines in kept.holds.items()}, len(kept.lines)) == before
            continue
        for account, balance in kept.balances.items():
            assert sum(line.quantity for line in kept.lines if line.account == account) == balance.quantity
            assert sum(line.held for line in kept.lines if line.account == account) == balance.held
            assert sum(held.get(account, 0) for held in kept.holds.values()) == balance.held
            assert balance.held >= 0
        for line in lines:
            if line.quantity < 0 or line.held > 0:
                assert kept.balances[line.account].free >= 0
                assert kept.balances[line.account].free >= FLOOR or line.held < 0 or line.verb == "free"
            if line.quantity < 0 and line.verb in ("take", "move"):
                assert not BOOK.expired(line.account, TODAY)
        moved = sum(line.quantity for line in lines if line.verb == "move")
        assert moved == 0


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(EXPIRIES, AMOUNTS, min_size=1), AMOUNTS)
def test_nothing_later_leaves_while_something_earlier_could(stock, wanted):
    kept = Kept()
    kept.post([Entry("put", n + FLOOR, {"store": "a", "expiry": expiry}) for expiry, n in stock.items()])
    usable = {expiry: n for expiry, n in stock.items() if not expiry or date.fromisoformat(expiry) >= TODAY}
    try:
        lines = kept.post([Entry("take", wanted, {"store": "a"})])
    except Refused:
        assert sum(usable.values()) < wanted
        return
    assert sum(usable.values()) >= wanted
    assert sum(line.quantity for line in lines) == -wanted
    last = max(line.account[1] or "9999" for line in lines)
    for expiry in usable:
        if (expiry or "9999") < last:
            assert kept.balances[("a", expiry)].free == FLOOR
