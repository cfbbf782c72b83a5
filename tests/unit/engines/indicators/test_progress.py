"""Paths by comparator, and the status in words."""

from datetime import date

import pytest

from kangyu.engines.indicators.forecast import Goal, Point
from kangyu.engines.indicators.progress import Commitment, Status, assess, chance_words, goal_of, moment, path_at


def row(comparator="eq", baseline=60.0, target=70.0, better="higher", relative=False) -> Commitment:
    return Commitment(2020, baseline, 2025, target, comparator, better, relative)


@pytest.mark.parametrize(
    ("given", "goal"),
    [
        (row("eq"), Goal("at_least", 70)),
        (row("eq", 25.06, 20, "lower"), Goal("at_most", 20)),
        (row("eq", 5, 6, "neutral"), Goal("within", 6, margin=0.12)),
        (row("ge"), Goal("at_least", 70)),
        (row("gt", 90, 90), Goal("at_least", 90, strict=True)),
        (row("le", 19.76, 14, "lower"), Goal("at_most", 14)),
        (row("lt", None, 20, "lower"), Goal("at_most", 20, strict=True)),
        (row("approx", 79, 80), Goal("at_least", 78.4)),
        (row("increase_by", 77.0, 1), Goal("at_least", 78)),
        (row("increase_by", 0.70, 30, relative=True), Goal("at_least", 0.91)),
        (row("decrease_by_per_year", 56.66, 1, "lower"), Goal("at_most", 51.66)),
        (row("improve", 23.5, None), Goal("at_least", 23.5, strict=True)),
        (row("proportional", 68.0, None), Goal("at_least", 68.0, strict=True)),
        (row("none", None, None), None),
        (row("increase_by", None, 1), None),
    ],
)
def test_goal_by_comparator(given, goal):
    found = goal_of(given)
    if goal is None:
        assert found is None
    else:
        assert (found.direction, found.strict) == (goal.direction, goal.strict)
        assert found.value == pytest.approx(goal.value)
        assert found.margin == pytest.approx(goal.margin)


def test_path_is_straight_from_baseline_to_target():
    assert [path_at(row(), year) for year in range(2019, 2027)] == pytest.approx([60, 60, 62, 64, 66, 68, 70, 70])


def test_path_falls_by_the_points_promised_each_year():
    assert path_at(row("decrease_by_per_year", 56.66, 1, "lower"), 2022) == pytest.approx(54.66)


def test_path_is_flat_where_the_baseline_already_satisfies_the_target():
    assert {path_at(row("eq", 0, 7.7, "lower"), year) for year in (2020, 2022.5, 2025)} == {7.7}


def test_path_without_a_baseline_starts_at_the_first_value():
    missing = row("lt", None, 20, "lower")
    assert path_at(missing, 2023, (2021, 26.0)) == pytest.approx(23)
    assert path_at(missing, 2023) is None or path_at(missing, 2023) == 20


@pytest.mark.parametrize(("end", "at"), [(date(2025, 12, 31), 2025.0), (date(2024, 12, 31), 2024.0), (date(2025, 6, 30), 2024 + 181 / 365)])
def test_moment_of_twelve_months(end, at):
    assert moment(end) == pytest.approx(at)


def series(*values, error=0.3):
    return [Point(2020 + step, value, error) for step, value in enumerate(values)]


def test_ahead_of_the_path_and_likely_is_on_track():
    found = assess(row(), series(60, 63, 66, 69), noise="share", per=100, unit="%")
    assert found.status is Status.OK
    assert found.expected == pytest.approx(66)
    assert "达标的可能是" in found.reason


def test_behind_but_catching_up_is_at_risk():
    found = assess(row(), series(60, 62.4, 64.2, 66.0, 67.9, error=0.8), noise="share", per=100, unit="%")
    assert found.status is Status.WARN
    assert "比路径 68.00% 低 0.10" in found.reason


def test_falling_away_is_off_track():
    found = assess(row(), series(60, 59, 58, 57), noise="share", per=100, unit="%")
    assert found.status is Status.BAD
    assert found.outlook.probability < 0.2


def test_within_the_target_now_but_worsening_is_at_risk():
    found = assess(row("eq", 2.0, 3.1, "lower"), series(2.0, 2.2, 2.4, 2.7, 3.0, error=0.1), noise="rate", per=1000, unit="‰", decimals=1)
    assert found.reached is True
    assert "已在目标 ≤ 3.1‰ 之内" in found.reason
    later = assess(Commitment(2020, 2.0, 2026, 3.1, "eq", "lower"), series(2.0, 2.2, 2.4, 2.7, 3.0, error=0.1), noise="none", unit="‰")
    assert later.status is Status.WARN


def test_without_an_outlook_a_small_shortfall_is_a_risk_and_a_large_one_off_track():
    assert assess(row(), [Point(2022, 62.5)]).status is Status.WARN
    assert assess(row(), [Point(2022, 60.5)]).status is Status.BAD
    assert assess(row(), [Point(2022, 64.0)]).status is Status.OK


def test_no_value_says_why():
    found = assess(row(), [], missing="本指标靠上报，还没有人上报。")
    assert (found.status, found.reason) == (Status.NONE, "本指标靠上报，还没有人上报。")
    assert found.path[2025] == 70


def test_no_target_cannot_be_judged():
    found = assess(row("none", None, None), series(1, 2, 3))
    assert found.status is Status.NONE
    assert "没有写出目标值" in found.reason


def test_after_the_target_year_the_final_value_decides():
    values = series(60, 62, 64, 66, 68, 69.9)
    assert assess(row(), values, noise="share", per=100, unit="%").status is Status.BAD
    assert assess(row(target=69.5), values, noise="share", per=100, unit="%").reached is True


def test_one_maternal_death_by_chance_is_a_risk_not_a_failure():
    deaths = [0, 0, 1, 0]
    points = [Point(2020 + step, top / 4000 * 1e5, None, top, 4000) for step, top in enumerate(deaths)]
    points.append(Point(2024, 25.0, None, 1, 4000))
    found = assess(row("eq", 0, 7.7, "lower"), points, noise="rate", per=1e5, unit="/10万", decimals=1)
    assert found.status is Status.WARN


@pytest.mark.parametrize(("chance", "words"), [(0.0001, "不到 1%"), (0.224, "22%"), (0.999, "超过 99%")])
def test_chance_is_never_certain(chance, words):
    assert chance_words(chance) == words
