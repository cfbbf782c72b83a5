"""Sharing by hand-worked examples."""

from decimal import Decimal

import pytest

from kangyu.engines.allocation import Infeasible, share


def given(**weights):
    return {key: Decimal(str(weight)) for key, weight in weights.items()}


def test_cents_left_over_go_to_the_largest_remainder_and_ties_to_the_first_key():
    found = share(Decimal("100.00"), given(a=1, b=1, c=1))
    assert found.shares == {"a": Decimal("33.34"), "b": Decimal("33.33"), "c": Decimal("33.33")}
    assert share(Decimal("1.00"), given(a=1, b=2), round_to=Decimal("0.1")).shares == {"a": Decimal("0.3"), "b": Decimal("0.7")}


def test_what_the_cap_takes_is_spread_by_weight_until_nobody_is_above_it():
    # average 100; the cap 150 holds d (400 → 150), then c (of 250 left: 300/6·… → 125 is under it)
    found = share(Decimal("400.00"), given(a=1, b=2, c=3, d=14), at_most=Decimal("1.5"))
    assert found.shares["d"] == Decimal("150.00") and found.bound == {"d": "cap"}
    assert [found.shares[key] for key in "abc"] == [Decimal("41.67"), Decimal("83.33"), Decimal("125.00")]
    assert round(found.rate, 6) == Decimal("41.666667")
    tighter = share(Decimal("400.00"), given(a=1, b=2, c=3, d=14), at_most=Decimal("1.2"))
    assert tighter.bound == {"c": "cap", "d": "cap"}
    assert tighter.shares == {"a": Decimal("53.33"), "b": Decimal("106.67"), "c": Decimal("120.00"), "d": Decimal("120.00")}


def test_the_floor_is_paid_by_those_above_it():
    found = share(Decimal("300.00"), given(a=0, b=1, c=2), at_least=Decimal("0.5"))
    assert found.shares == {"a": Decimal("50.00"), "b": Decimal("83.33"), "c": Decimal("166.67")}
    assert found.bound == {"a": "floor"}


@pytest.mark.parametrize(
    ("weights", "bounds", "says"),
    [
        ({"a": 0, "b": 0}, {}, "分不出去"),
        ({"a": 0, "b": 1}, {"at_most": Decimal("1.5")}, "分不出去"),
        ({"a": 1, "b": 1}, {"at_least": Decimal("1.1")}, "保底"),
        ({"a": 1, "b": 1}, {"at_most": Decimal("0.9")}, "封顶"),
        ({"a": 1, "b": 1}, {"at_least": Decimal(1), "at_most": Decimal("0.5")}, "保底高于封顶"),
        ({}, {}, "没有可以分配的对象"),
        ({"a": -1}, {}, "小于 0"),
    ],
)
def test_what_cannot_be_shared_says_why(weights, bounds, says):
    with pytest.raises(Infeasible, match=says):
        share(Decimal("100.00"), given(**weights), **bounds)


def test_an_amount_that_is_no_multiple_of_the_unit_is_refused():
    with pytest.raises(Infeasible, match="整倍数"):
        share(Decimal("100.005"), given(a=1))
