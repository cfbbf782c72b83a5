"""One day of one series gives what the whole matrix of series gives there, whatever the method and wherever values are missing."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kangyu.engines.detection import Method, detect, judge

COUNTS = st.one_of(st.integers(0, 3), st.integers(0, 60), st.just(float("nan")))
METHODS = st.one_of(
    st.builds(Method, st.sampled_from(["ears_c1", "ears_c2", "ears_c3"]), st.floats(0.5, 4), least=st.sampled_from([0.0, 0.5]),
              if_zero=st.sampled_from([0.0, 0.2]), baseline=st.sampled_from([7, 14]), convention=st.sampled_from(["sum", "surveillance"]),
              at_least=st.sampled_from([0, 3])),
    st.builds(Method, st.just("fixed"), st.integers(0, 9), days=st.integers(1, 20)),
    st.builds(Method, st.just("cusum"), st.floats(1, 5)),
)  # fmt: skip
FAR_BACK = st.builds(
    Method,
    st.sampled_from(["same_week_percentile", "moving_percentile"]),
    st.integers(50, 100),
    years=st.just(1),
    around=st.integers(0, 2),
    weekly=st.booleans(),
    at_least=st.sampled_from([0, 2]),
)


def same(left: float | None, right: float) -> bool:
    if left is None or math.isnan(left):
        return math.isnan(right)
    return left == right or math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9)


def check(rows: list[list[float]], method: Method, positions: range) -> None:
    found = detect(np.array(rows), method)
    for row, values in enumerate(rows):
        for position in positions:
            one = judge(values, position, method)
            assert one.alarm == bool(found.alarm[row, position]), (row, position)
            assert same(one.upper, found.upper[row, position]), (row, position, one, found.upper[row, position])
            assert same(one.value, found.value[row, position])


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(COUNTS, min_size=70, max_size=70), min_size=n, max_size=n)), METHODS)
def test_one_day_of_one_series_agrees_with_many(rows: list[list[float]], method: Method) -> None:
    check(rows, method, range(0, 70, 3))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), FAR_BACK)
def test_percentiles_of_one_day_agree_with_many(seed: int, method: Method) -> None:
    random = np.random.default_rng(seed)
    rows = random.poisson(random.uniform(0.1, 6), (3, 460)).astype(float)
    rows[random.random(rows.shape) < 0.001] = np.nan
    check(rows.tolist(), method, range(350, 460, 7))


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_farrington_of_one_week_agrees_with_many(seed: int) -> None:
    rows = np.random.default_rng(seed).poisson(4, (3, 175)).astype(float)
    check(rows.tolist(), Method("farrington_flexible", 1, years=3, weekly=True), range(170, 175))
