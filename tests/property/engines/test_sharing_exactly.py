"""Shares make the sum exactly, grow with the weight and stay within their bounds, whatever the weights."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kangyu.engines.allocation import Infeasible, share

CENT = Decimal("0.01")
weights = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=4), st.decimals(min_value=0, max_value=10**6, places=4, allow_nan=False), min_size=1, max_size=30
)
amounts = st.integers(0, 10**10).map(lambda cents: cents * CENT)
floors = st.sampled_from([None, Decimal(0), Decimal("0.5"), Decimal("0.85"), Decimal(1)])
caps = st.sampled_from([None, Decimal(1), Decimal("1.2"), Decimal(2)])


@given(amounts, weights, floors, caps)
def test_shares_make_the_sum_grow_with_the_weight_and_stay_within_bounds(amount, by, at_least, at_most):
    try:
        found = share(amount, by, at_least=at_least, at_most=at_most)
    except Infeasible:
        average = amount / len(by)
        bounded = at_least is not None or at_most is not None
        assert not any(by.values()) or (bounded and (_up(average, at_least) * len(by) > amount or _cannot(amount, by, at_least, at_most)))
        return
    assert sum(found.shares.values()) == amount
    average = amount / len(by)
    for key, one in found.shares.items():
        assert one == one.quantize(CENT) and one >= 0
        assert at_least is None or one >= at_least * average - Decimal("1e-12")
        assert at_most is None or one <= at_most * average + Decimal("1e-12")
        for other, weight in by.items():
            if weight < by[key]:
                assert found.shares[other] <= one


def _up(average, at_least):
    return (at_least * average).quantize(CENT, ROUND_CEILING) if at_least else Decimal(0)


def _cannot(amount, by, at_least, at_most):
    """Even with everybody of some weight at the cap the sum is not reached."""
    if at_most is None:
        return False
    average = amount / len(by)
    cap = (at_most * average).quantize(CENT, ROUND_FLOOR)
    return sum(cap if weight else _up(average, at_least) for weight in by.values()) < amount


@given(amounts, weights)
def test_without_bounds_nobody_is_a_unit_away_from_their_exact_part(amount, by):
    total = sum(by.values())
    if not total:
        with pytest.raises(Infeasible):
            if not amount:
                raise Infeasible("nothing to share is shared")
            share(amount, by)
        return
    found = share(amount, by)
    for key, weight in by.items():
        assert abs(found.shares[key] - amount * weight / total) < CENT
