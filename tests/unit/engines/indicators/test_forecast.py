"""The outlook: trends go on, noise widens, few cases stay counts."""

import numpy as np
import pytest

from kangyu.engines.indicators.forecast import Goal, Point, forecast


def test_a_straight_line_goes_on_straight():
    points = [Point(year, 60 + 2 * (year - 2020), 0.5) for year in range(2020, 2025)]
    found = forecast(points, 2025, Goal("at_least", 69), noise="share", per=100)
    assert found.value == pytest.approx(70)
    assert found.probability == pytest.approx(0.9162, abs=1e-3), "z = 1 / (0.5 √(1 + 1/5 + 9/10))"
    assert found.low < 70 < found.high


def test_a_share_never_exceeds_the_whole():
    points = [Point(year, 85 + 4 * (year - 2020), 0.4) for year in range(2020, 2025)]
    found = forecast(points, 2026, None, noise="share", per=100)
    assert (found.value, found.high) == (100, 100)
    assert found.probability is None


def test_full_counts_drift_on_from_the_last_value():
    points = [Point(2020, 2.40), Point(2021, 2.55), Point(2022, 2.59), Point(2023, 2.75), Point(2024, 2.80)]
    found = forecast(points, 2025, Goal("at_least", 3.87), noise="none")
    assert found.value == pytest.approx(2.90)
    steps = np.array([0.15, 0.04, 0.16, 0.05])
    assert found.high - found.value == pytest.approx(1.6377 * float(np.std(steps, ddof=1)) * (1 + 1 / 4) ** 0.5, rel=1e-3)
    assert found.probability < 0.01


def test_a_full_count_that_stands_at_its_target_is_likely_to_stay():
    points = [Point(year, value) for year, value in ((2020, 0), (2021, 0), (2022, 0), (2023, 1), (2024, 1))]
    assert forecast(points, 2025, Goal("at_least", 1), noise="none").probability > 0.5
    assert forecast([Point(year, 100.0) for year in range(2020, 2025)], 2025, Goal("at_least", 100), noise="none").probability == 1


def test_two_values_are_carried_forward_and_say_so():
    found = forecast([Point(2023, 5.0), Point(2024, 6.0)], 2025, Goal("at_least", 5.5), noise="none")
    assert (found.value, found.low, found.probability) == (6.0, None, None)
    assert "不足三期" in found.method


def test_no_value_has_no_outlook():
    assert forecast([], 2025, None, noise="share") is None


def test_few_cases_are_foreseen_as_counts():
    points = [Point(year, top / 4000 * 1e5, None, top, 4000) for year, top in ((2022, 0), (2023, 1), (2024, 0))]
    found = forecast(points, 2025, Goal("at_most", 7.7), noise="rate", per=1e5)
    draws = np.random.default_rng(3)
    cases = draws.poisson(draws.gamma(1.5, 1 / 12000, 400_000) * 4000)
    assert found.probability == pytest.approx(float(np.mean(cases == 0)), abs=0.004)
    assert "泊松" in found.method


def test_eighty_per_cent_of_new_values_fall_into_the_interval():
    draws, hits = np.random.default_rng(11), 0
    for _ in range(600):
        true = [50 + 1.5 * step for step in range(6)]
        seen = [Point(2020 + step, float(draws.normal(true[step], 0.8)), 0.8) for step in range(5)]
        found = forecast(seen, 2025, None, noise="share", per=100)
        hits += found.low <= draws.normal(true[5], 0.8) <= found.high
    assert hits / 600 == pytest.approx(0.80, abs=0.05)


@pytest.mark.parametrize(
    ("goal", "value", "reached"),
    [
        (Goal("at_least", 70), 70.0, True),
        (Goal("at_least", 90, strict=True), 90.0, False),
        (Goal("at_most", 20, strict=True), 19.9, True),
        (Goal("within", 80, margin=1.6), 78.4, True),
        (Goal("within", 80, margin=1.6), 78.3, False),
        (Goal("at_least", 0.3), 0.1 + 0.2, True),
    ],
)
def test_goal_is_reached_at_its_edge(goal, value, reached):
    assert goal.reached(value) is reached
