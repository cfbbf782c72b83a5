"""Sums become figures: by quotient, or by a method over bands."""

import pytest

from kangyu.engines.content.kinds import Indicator
from kangyu.engines.epidemiology.life_table import BANDS
from kangyu.engines.indicators.evaluate import WHOLE, Sum, band_of, finish, noise_of, within_chance

WORDS = {"denominator": "分母", "numerator": "分子", "missing": "缺失"}
PEOPLE = [4000, 18000, 27000, 26000, 24000, 23000, 28000, 36000, 33000, 30000, 38000, 42000, 38000, 30000, 28000, 20000, 13000, 8000, 4000]
DEATHS = [12, 7, 5, 5, 8, 9, 14, 24, 33, 48, 98, 170, 245, 310, 470, 590, 680, 730, 640]


def indicator(**how) -> Indicator:
    return Indicator(**{"key": "x", "kind": "indicator", "title": "某指标", "unit": "%", "better": "higher", "words": WORDS, **how})


SHARE = indicator(among="a", true_when="b", per=100)
STAFF = indicator(top="a", bottom="b", top_about="institution", per=1000)
DEATH_RATE = indicator(top="a", bottom="b", per=100000)
AGES = {"top_age": "c", "bottom_age": "d"}
LIFE = indicator(method="life_expectancy", top="a", bottom="b", strata=BANDS, **AGES)
DYING = indicator(
    method="probability_of_dying", top="a", bottom="b", strata=tuple(range(30, 75, 5)), ages="30..69", causes="four", per=100, **AGES
)


def test_share_has_wilsons_interval():
    figure = finish(SHARE, {WHOLE: Sum(81, 263)})
    assert figure.value == pytest.approx(30.798, abs=1e-3)
    assert (figure.low, figure.high) == pytest.approx((25.53, 36.62), abs=1e-2)
    assert within_chance(figure, 30.0) and not within_chance(figure, 40.0)


def test_rate_of_few_cases_has_the_exact_poisson_interval():
    figure = finish(DEATH_RATE, {WHOLE: Sum(1, 4000)})
    assert figure.value == pytest.approx(25)
    assert (figure.low, figure.high) == pytest.approx((0.0253 * 25, 5.572 * 25), abs=0.02)


def test_a_full_count_of_staff_has_no_interval():
    figure = finish(STAFF, {WHOLE: Sum(50, 20000)})
    assert (figure.value, figure.low, noise_of(STAFF)) == (2.5, None, "none")


def test_nobody_in_the_denominator_is_no_figure_with_a_reason():
    figure = finish(SHARE, {})
    assert figure.value is None
    assert "分母是 0" in figure.reason


def test_life_expectancy_is_finished_from_bands():
    figure = finish(LIFE, {age: Sum(d, p) for age, d, p in zip(BANDS, DEATHS, PEOPLE, strict=True)})
    assert figure.value == pytest.approx(78.2316, abs=1e-4)
    assert figure.standard_error == pytest.approx(0.1872, abs=1e-4)
    assert (figure.top, figure.bottom) == (4098, 470000)


def test_premature_mortality_takes_only_the_bands_inside_its_ages():
    bands = {age: Sum(d, p) for age, d, p in zip(range(30, 70, 5), [8, 14, 26, 58, 110, 170, 225, 350],
             [36000, 33000, 30000, 38000, 42000, 38000, 30000, 28000], strict=True)}  # fmt: skip
    assert finish(DYING, {**bands, 70: Sum(900, 20000)}).value == pytest.approx(13.988, abs=1e-3)


def test_a_place_too_small_for_a_life_table_says_so():
    figure = finish(LIFE, {0: Sum(0, 12)})
    assert figure.value is None
    assert "没有人口" in figure.reason


@pytest.mark.parametrize(("age", "band"), [(0, 0), (1, 1), (4, 1), (5, 5), (84, 80), (85, 85), (101, 85)])
def test_age_falls_into_the_band_that_starts_at_or_before_it(age, band):
    assert band_of(BANDS, age) == band


def test_below_the_first_band_is_no_band():
    assert band_of((30, 35), 29) is None
