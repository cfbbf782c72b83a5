"""Figures, differences, clocks and targets as people read them."""

from datetime import date

import pytest

from kangyu.web import wording, wording_of_audit


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(41286, 0, "41\u00a0286"), (67.8, 2, "67.80"), (None, 1, "—"), (0, 1, "0.0"), (-1.25, 1, "−1.2"), ("", 0, "—")],
)
def test_figure_reads_as_printed(value, decimals, text):
    assert wording.figure(value, decimals) == text


@pytest.mark.parametrize(("value", "text"), [(1.24, "+1.2"), (-0.44, "−0.4"), (0.04, "0.0"), (-0.04, "0.0"), (None, "—")])
def test_difference_carries_its_sign_unless_it_rounds_to_nothing(value, text):
    assert wording.signed(value, 1) == text


@pytest.mark.parametrize(
    ("due", "words"), [(date(2025, 11, 21), "今天到期"), (date(2025, 11, 24), "还剩 3 天"), (date(2025, 11, 19), "逾期 2 天"), (None, "—")]
)
def test_clock_is_in_words(due, words):
    assert wording.clock(due, date(2025, 11, 21)) == words


@pytest.mark.parametrize(
    ("comparator", "value", "unit", "relative", "words"),
    [
        ("le", 7.7, "/10万", False, "≤ 7.7"),
        ("gt", 90, "%", False, "> 90"),
        ("eq", 80.62, "岁", False, "80.62"),
        ("approx", 27, "%", False, "27 左右"),
        ("decrease_by_per_year", 1, "%", False, "年降 1 点"),
        ("increase_by", 10, "人", True, "提高 10%"),
        ("improve", None, "", False, "持续改善"),
        ("ge", None, "", False, "—"),
    ],
)
def test_target_is_short_and_keeps_its_comparator(comparator, value, unit, relative, words):
    assert wording.target(comparator, value, relative=relative, unit=unit) == words


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("account/admin", "账号 admin"),
        ("plan_document/3", "规划文件 3 号"),
        ("run/20261121-230450", "第 20261121-230450 次重算"),
        ("75633 resources", "75633 条记录"),
        ("indicator/bed_use/2024", "指标 bed_use 2024"),
        ("Patient/li", "Patient/li"),
        ("", ""),
    ],
)
def test_target_of_the_audit_trail_is_named(target, words):
    assert wording_of_audit.target_words(target) == words
