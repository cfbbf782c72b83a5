"""The plan at a glance: order, filters, and how many targets are likely to be met."""

from dataclasses import replace

import pytest

from kangyu.engines.indicators.forecast import Point
from kangyu.engines.indicators.progress import Commitment, assess
from kangyu.web import board

LINE = board.Line("1", "健康水平", "x", "甲", "%", False, "1", "2", "2", "", "1", "2025 年", "ok", "")


def line(seq: int, kind: str, probability: float | None = None, **more) -> board.Line:
    return replace(LINE, seq=str(seq), kind=kind, probability=probability, **more)


@pytest.mark.parametrize(("probability", "text"), [(None, "—"), (0.0, "< 1%"), (0.34, "34%"), (0.996, "> 99%"), (1.0, "> 99%")])
def test_chance_is_never_nought_or_a_hundred(probability, text):
    assert board.chance(probability) == text


def test_attention_puts_the_worst_and_least_likely_first():
    lines = [line(1, "ok", 0.9), line(2, "bad", 0.1), line(3, "warn", 0.4), line(4, "bad", 0.05), line(5, "none")]
    (only,) = board.groups(lines, show="", sort="attention")
    assert [one.seq for one in only.rows] == list("42351")


def test_categories_keep_the_plan_s_order():
    lines = [line(1, "ok", category="乙"), line(2, "ok", category="甲"), line(3, "ok", category="乙")]
    assert [(group.title, [one.seq for one in group.rows]) for group in board.groups(lines, show="", sort="")] == [
        ("乙", ["1", "3"]),
        ("甲", ["2"]),
    ]


def test_filters_count_and_hide_what_would_be_empty():
    lines = [line(1, "ok", binding=True), line(2, "bad"), line(3, "bad", changed="转为偏离")]
    assert [(chip.key, chip.count, chip.on) for chip in board.chips(lines, "bad")] == [
        ("", 3, False),
        ("bad", 2, True),
        ("binding", 1, False),
        ("changed", 1, False),
    ]
    assert [one.seq for group in board.groups(lines, show="binding", sort="") for one in group.rows] == ["1"]


def test_unknown_filter_shows_everything():
    lines = [line(1, "ok"), line(2, "bad")]
    assert board.chips(lines, "'; drop")[0].on
    assert len(board.groups(lines, show="'; drop", sort="attention")[0].rows) == 2


def test_likely_range_of_certain_rows_is_their_count():
    assert board.likely([1.0, 1.0, 0.0, None]) == (2, 2)
    assert board.likely([None, None]) is None


def test_likely_range_covers_eighty_per_cent():
    low, high = board.likely([0.5] * 10)
    assert (low, high) == (3, 7)
    assert board.likely([0.5] * 10, level=0.5) == (4, 6)


def test_spark_shows_the_status_of_the_assessment():
    row = Commitment(2020, 60.0, 2025, 70.0, "eq", "higher")
    points = [Point(2020.0, 60.0), Point(2024.0, 61.0)]
    progress = assess(row, points)
    assert board.KIND_OF[progress.status] == "bad"
    assert 'class="f-bad"' in board.spark(progress, points, (2020, 2025))


def test_certain_result_of_the_target_year_counts_as_probability():
    row = Commitment(2020, 60.0, 2025, 70.0, "eq", "higher")
    assert board.probability(assess(row, [Point(2025.0, 71.0)])) == 1.0
    assert board.probability(assess(row, [Point(2025.0, 69.0)])) == 0.0
    assert board.probability(assess(row, [])) is None
