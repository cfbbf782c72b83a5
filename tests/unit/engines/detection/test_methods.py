"""The worked numbers of the surveillance facts, and what the methods do where they cannot tell."""

import math
from datetime import date

import numpy as np
import pytest

from kangyu.engines.detection import Method, cusum, detect, ears, farrington, judge, thresholds, windows

DAYS = np.array([4, 6, 5, 7, 5, 4, 6, 5, 4, 9, 10, 14], dtype=float)


def test_c1_and_c2_give_the_worked_statistics() -> None:
    for lag, expected in ((0, [3.6080, 2.3817, 3.2598]), (2, [3.3381, 4.6843, 8.2851])):
        mean, spread = windows.baseline(DAYS, 7, lag)
        assert ((DAYS - mean) / spread)[9:].tolist() == pytest.approx(expected, abs=1e-4)


def test_c1_alarms_above_three_spreads() -> None:
    assert detect(DAYS, Method("ears_c1", 3)).alarm[9:].tolist() == [True, False, True]
    assert detect(DAYS, Method("ears_c2", 3)).alarm[9:].tolist() == [True, True, True]


def test_c3_adds_what_exceeded_one_spread_on_three_days() -> None:
    """The worked sum of day 12 is 13.3075: an alarm for every bound below it, none above."""
    for over, alarm in ((2, True), (13.3074, True), (13.3076, False)):
        assert bool(ears.ears(DAYS, "ears_c3", over).alarm[11]) is alarm
        assert ears.ears_day(DAYS.tolist(), 11, "ears_c3", over).alarm is alarm


def test_c3_of_r_leaves_today_out_of_the_sum() -> None:
    calm_then_one = np.array([5, 4, 6, 5, 4, 6, 5, 4, 6, 5, 5, 5, 40], dtype=float)
    assert ears.ears(calm_then_one, "ears_c3", 2).alarm[12]
    assert not ears.ears(calm_then_one, "ears_c3", 1.96, convention="surveillance").alarm[12]


def test_a_baseline_without_spread_uses_the_one_it_is_given() -> None:
    flat = np.array([2.0] * 9 + [3.0])
    assert detect(flat, Method("ears_c1", 3)).alarm[9]
    assert detect(flat, Method("ears_c1", 3, least=0.5)).upper[9] == pytest.approx(3.5)
    assert not detect(flat, Method("ears_c1", 3, least=0.5)).alarm[9]
    assert detect(flat, Method("ears_c1", 3, if_zero=0.2)).upper[9] == pytest.approx(2.6)


def test_percentiles_give_the_worked_quantiles() -> None:
    history = [2] * 3 + [3] * 6 + [4] * 7 + [5] * 4 + [6] * 3 + [7] + [8]
    assert [thresholds.quantile(sorted(history), p) for p in (0.5, 0.75, 0.8, 0.9)] == pytest.approx([4, 5, 5.2, 6])


def test_moving_percentile_compares_seven_days_with_the_same_weeks_of_earlier_years() -> None:
    days = np.zeros(6 * 366)
    today = len(days) - 1
    history = iter([2] * 3 + [3] * 6 + [4] * 7 + [5] * 4 + [6] * 3 + [7] + [8])
    for year in range(1, 6):
        for block in range(-2, 3):
            days[today - windows.years_back(year) + 7 * block] = next(history)
    days[today] = 6
    found = {over: detect(days, Method("moving_percentile", over, years=5, around=2)).at(today) for over in (50, 80, 90)}
    assert [found[over].upper for over in (50, 80, 90)] == pytest.approx([4, 5.2, 6])
    assert [found[over].alarm for over in (50, 80, 90)] == [True, True, False]


def test_at_least_keeps_a_single_case_from_alarming() -> None:
    days = np.zeros(4 * 366)
    days[-1] = 1
    assert detect(days, Method("moving_percentile", 80)).alarm[-1]
    assert not detect(days, Method("moving_percentile", 80, at_least=2)).alarm[-1]
    assert not judge(days.tolist(), len(days) - 1, Method("moving_percentile", 80, at_least=2)).alarm


def test_fixed_counts_a_rolling_window() -> None:
    """Three in four weeks, whichever weeks they are."""
    days = np.zeros(60)
    days[[10, 20, 37]] = 1
    found = detect(days, Method("fixed", 2, days=28))
    assert np.flatnonzero(found.alarm).tolist() == [37]
    assert math.isnan(found.value[26])


def test_a_percentile_of_less_history_than_promised_is_not_known() -> None:
    found = detect(np.ones(800), Method("moving_percentile", 80, years=3))
    assert not found.known.any() and not found.alarm.any()


def test_cusum_gives_the_worked_sums() -> None:
    values = np.array([4, 6, 5, 7, 5, 4, 6, 8, 9, 9], dtype=float)
    steps = (values - 5) / 1.1
    running, sums = 0.0, []
    for step in steps:
        running = max(0.0, running + step - 0.5)
        sums.append(running)
    assert sums == pytest.approx([0, 0.4091, 0, 1.3182, 0.8182, 0, 0.4091, 2.6364, 5.7727, 8.9091], abs=1e-4)
    found = cusum.cusum(values, 4, k=0.5, start=0, mean=5, sd=1.1)
    assert np.flatnonzero(found.alarm).tolist() == [8, 9]
    assert found.upper[8] == pytest.approx(5 + 1.1 * (4.5 - 2.6364), abs=1e-3)


def test_cusum_set_back_after_an_alarm_begins_again() -> None:
    values = np.array([5, 5, 9, 9, 5, 5, 9], dtype=float)
    again = cusum.cusum(values, 4, start=0, mean=5, sd=1.0, restart=True)
    on = cusum.cusum(values, 4, start=0, mean=5, sd=1.0)
    assert again.alarm.sum() < on.alarm.sum()


def test_farrington_bound_of_the_worked_example() -> None:
    """Facts §6.5 without trend or season: 25 baseline counts of mean 4.2, dispersion taken as 1, bound 8.903, and 12 cases alarm.

    The spread of the mean there is φμ/n = 0.168, that of a fit with the dispersion held at 1.
    """
    fit = farrington._Fit(np.log([4.2]), np.array([math.sqrt(0.168) / 4.2]), np.ones(1), np.zeros(1), np.ones(1), np.ones(1, dtype=bool))
    upper = farrington._upper(np.array([4.2]), fit, farrington.Settings(bound="delta", alpha=0.025))
    assert upper[0] == pytest.approx(8.903, abs=2e-3)
    assert (12 - 4.2) / (upper[0] - 4.2) == pytest.approx(1.658, abs=2e-3)


def test_farrington_leaves_a_past_outbreak_out_of_the_bound() -> None:
    random = np.random.default_rng(4)
    weeks = random.poisson(6, 330).astype(float)
    spoilt = weeks.copy()
    spoilt[329 - 52 - 1 : 329 - 52 + 2] += 60
    bounds = farrington.farrington(np.stack([weeks, spoilt]), farrington.Settings()).upper[:, 329]
    assert bounds[1] < 2 * bounds[0]


def test_whole_weeks_start_on_monday_and_leave_the_running_week_out() -> None:
    sums, monday = windows.weekly(np.ones(20), date(2025, 11, 5))
    assert monday == date(2025, 11, 10) and monday.weekday() == 0
    assert sums.tolist() == [7, 7]


def test_a_day_without_a_value_neither_alarms_nor_spoils_the_next() -> None:
    values = DAYS.copy()
    values[8] = np.nan
    found = detect(values, Method("ears_c1", 3))
    assert not found.alarm[8] and not np.isnan(found.upper[9])
