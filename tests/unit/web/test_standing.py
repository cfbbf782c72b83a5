"""The number band and the table behind the chart, from figures made by hand."""

from datetime import date

import pytest

from kangyu.apps.indicators.queries import Standing
from kangyu.engines.content.kinds import Indicator
from kangyu.engines.indicators.evaluate import Figure
from kangyu.engines.indicators.forecast import Point
from kangyu.engines.indicators.progress import Commitment, assess
from kangyu.web import standing

WORDS = {"denominator": "在管患者", "numerator": "其中规范管理的", "missing": "不计"}


def indicator(**changes) -> Indicator:
    given = {
        "key": "x",
        "kind": "indicator",
        "title": "规范管理率",
        "unit": "%",
        "better": "higher",
        "decimals": 2,
        "words": WORDS,
        "per": 100,
    }
    return Indicator.model_validate({**given, "among": "true", "true_when": "true", **changes})


def measured(**changes) -> Standing:
    now = Figure(67.8, 41286, 60894, 67.4, 68.2, 0.2, "share")
    years = {2020: Figure(61.07, 610, 1000, 58.0, 64.0, 1.5, "share")}
    return Standing(indicator(**changes), now, years, None, [], [Point(2020.0, 61.07), Point(2024.9, 67.8)])


def test_first_figure_says_period_parts_and_interval():
    shown = standing.first(measured(), date(2025, 11, 21))
    assert shown.label == "近 12 个月，2024-11-22 至 2025-11-21" and shown.value == "67.80"
    assert shown.says == "41\u00a0286 ／ 60\u00a0894 人；95% 区间 67.40—68.20"


def test_without_a_run_there_is_a_dash_and_the_reason():
    shown = standing.first(Standing(indicator(), None, {}, None), None)
    assert shown.value == "—" and "还没有计算过" in shown.says


def test_gap_is_in_points_and_in_persons():
    found = measured()
    progress = assess(Commitment(2020, 61.07, 2025, 70.0, "eq", "higher"), found.points)
    assert standing.gap_words(found.indicator, found.current, progress) == "2.20 个百分点，1\u00a0340 人"


@pytest.mark.parametrize(
    ("changes", "figure", "words"),
    [
        ({"among": None, "true_when": None, "top": "1", "bottom": "1", "per": 1000}, Figure(3.5, 35, 10000), "35 ／ 10\u00a0000"),
        ({"among": None, "true_when": None, "top": "1", "per": 1}, Figure(5, 5, 1), ""),
        ({}, Figure(None, 0, 0, reason="分母是 0"), ""),
        ({}, None, ""),
    ],
)
def test_parts_say_what_a_value_is_based_on(changes, figure, words):
    assert standing.parts(indicator(**changes), figure) == words


def test_table_has_a_line_for_each_year_and_for_the_last_twelve_months():
    lines = standing.chart(measured(), None, date(2025, 11, 21)).table
    assert [(line.when, line.value, line.interval) for line in lines] == [
        ("2020", "61.07", "58.00—64.00"),
        ("近 12 个月", "67.80", "67.40—68.20"),
    ]
