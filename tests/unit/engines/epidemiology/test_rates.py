"""Rates on worked vectors, intervals on published values."""

import pytest

from kangyu.engines.epidemiology import rates
from kangyu.engines.epidemiology.dying import probability_of_dying
from kangyu.engines.epidemiology.errors import NotComputableError

PEOPLE_30_69 = [36000, 33000, 30000, 38000, 42000, 38000, 30000, 28000]
CHRONIC_DEATHS = [8, 14, 26, 58, 110, 170, 225, 350]


def test_premature_mortality_is_the_worked_value():
    assert probability_of_dying(PEOPLE_30_69, CHRONIC_DEATHS).value == pytest.approx(0.13988, abs=5e-6)


def test_premature_mortality_interval_covers_repeated_draws():
    import numpy as np

    draws = np.random.default_rng(5).poisson(CHRONIC_DEATHS, size=(4000, 8))
    values = [probability_of_dying(PEOPLE_30_69, draw).value for draw in draws]
    found = probability_of_dying(PEOPLE_30_69, CHRONIC_DEATHS)
    assert found.standard_error == pytest.approx(float(np.std(values)), rel=0.05)


def test_premature_mortality_without_deaths_is_zero_and_without_people_an_error():
    assert probability_of_dying(PEOPLE_30_69, [0] * 8).value == 0
    with pytest.raises(NotComputableError):
        probability_of_dying([0, *PEOPLE_30_69[1:]], CHRONIC_DEATHS)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (rates.rate(4098, 470000, 1000), 8.719),
        (rates.maternal_mortality(2, 12500), 16.0),
        (rates.infant_mortality(45, 12500), 3.60),
        (rates.under_five_mortality(60, 12500), 4.80),
        (rates.neonatal_mortality(25, 12500), 2.00),
        (rates.perinatal_mortality(50, 15, 12500), 5.179),
    ],
)
def test_mortality_family_on_worked_values(found, expected):
    assert found.value == pytest.approx(expected, abs=1e-3)
    assert found.low < found.value < found.high


def test_direct_standardisation_on_the_worked_value():
    found = rates.standardised([1, 2, 20], [1000, 1000, 1000], [30, 50, 20])
    assert found.value == pytest.approx(5.3)
    assert found.standard_error == pytest.approx(1000 * (0.09 * 1e-6 + 0.25 * 2e-6 + 0.04 * 20e-6) ** 0.5)


@pytest.mark.parametrize(("count", "low", "high"), [(0, 0.0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.390), (100, 81.364, 121.627)])
def test_poisson_interval_is_garwoods(count, low, high):
    assert rates.poisson_interval(count) == pytest.approx((low, high), abs=1e-3)


@pytest.mark.parametrize(("k", "n", "low", "high"), [(0, 10, 0.0, 0.2775), (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605)])
def test_wilson_interval_is_newcombes_published_one(k, n, low, high):
    assert rates.wilson_interval(k, n) == pytest.approx((low, high), abs=1e-4)


def test_byar_interval_of_a_mortality_ratio():
    found = rates.standardised_mortality_ratio(24, 20)
    assert (found.value, found.low, found.high) == pytest.approx((1.2, 0.769, 1.786), abs=1e-3)


def test_no_denominator_is_an_error_not_a_zero():
    for broken in (lambda: rates.rate(0, 0), lambda: rates.proportion(0, 0), lambda: rates.standardised_mortality_ratio(1, 0)):
        with pytest.raises(NotComputableError):
            broken()
