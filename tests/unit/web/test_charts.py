"""The charts: exact places, names escaped, nothing withheld in the picture."""

import re
from datetime import date
from itertools import pairwise

import pytest

from kangyu.web.charts import blood_pressure, choropleth, intervals, scales, share, sparkline, trend
from kangyu.web.charts.markup import element, number, status_mark

SQUARE = {"type": "Polygon", "coordinates": [[[116.0, 35.0], [116.1, 35.0], [116.1, 35.1], [116.0, 35.1], [116.0, 35.0]]]}


def square(east: float) -> dict:
    return {"type": "Polygon", "coordinates": [[[x + east, y] for x, y in SQUARE["coordinates"][0]]]}


def polyline(svg: str, kind: str) -> list[tuple[float, float]]:
    found = re.search(rf'<polyline class="{kind}" points="([^"]*)"', svg)
    return [tuple(map(float, pair.split(","))) for pair in found[1].split()] if found else []


def test_element_escapes_text_and_attributes():
    made = element("text", "<b>王&张</b>", title='"><script>')
    assert made == '<text title="&quot;&gt;&lt;script&gt;">&lt;b&gt;王&amp;张&lt;/b&gt;</text>'


@pytest.mark.parametrize(("value", "text"), [(12.0, "12"), (12.04, "12"), (12.06, "12.1"), (-0.5, "-0.5")])
def test_coordinates_carry_at_most_one_decimal(value, text):
    assert number(value) == text


def test_status_marks_differ_by_shape():
    shapes = {status: status_mark(status, 10, 10).split()[0] for status in ("ok", "warn", "bad", "none")}
    assert shapes == {"ok": "<circle", "warn": "<path", "bad": "<rect", "none": "<circle"}
    assert 'class="f-none"' in status_mark("none", 10, 10)


def test_sparkline_puts_baseline_and_target_at_the_same_heights_in_every_row():
    for scale in (1, 1000):
        path = [(2020, 60 * scale), (2025, 70 * scale)]
        svg = sparkline.sparkline([(2020, 60 * scale), (2022.5, 65 * scale)], path, status="ok", years=(2020, 2025))
        assert polyline(svg, "target") == [(4.0, 18.5), (102.0, 5.5)]
        assert polyline(svg, "line") == [(4.0, 18.5), (53.0, 12.0)]


def test_sparkline_of_a_falling_target_goes_down():
    svg = sparkline.sparkline([], [(2020, 20.0), (2025, 14.0)], status="none", years=(2020, 2025))
    assert polyline(svg, "target") == [(4.0, 5.5), (102.0, 18.5)]


def test_sparkline_cuts_what_goes_beyond_its_box():
    svg = sparkline.sparkline([(2020, 0), (2025, 500)], [(2020, 60), (2025, 70)], status="bad", years=(2020, 2025))
    assert [y for _, y in polyline(svg, "line")] == [21.0, 3.0]


def test_sparkline_without_values_or_path_is_an_empty_box():
    svg = sparkline.sparkline([], [], status="none", years=(2020, 2025))
    assert "polyline" not in svg and "<circle" not in svg


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [([61.07, 67.8, 70.0], 60.0, 72.0), ([0.0, 7.7], 0.0, 10.0), ([2.0, 3.1, 2.9], 1.5, 3.5), ([5.0], 4.8, 5.2), ([0.0], 0.0, 0.5)],
)
def test_bounds_are_round_and_hold_every_value(values, low, high):
    found = scales.bounds(values)
    assert found == pytest.approx((low, high))
    assert found[0] <= min(values) and max(values) <= found[1]


def test_bounds_start_at_zero_when_values_come_near_it():
    assert scales.bounds([1.0, 10.0])[0] == 0.0
    assert scales.bounds([60.0, 70.0])[0] > 0.0


def test_ticks_are_round_and_within():
    assert scales.ticks(60, 72) == [60, 65, 70]
    assert scales.ticks(0, 1, 4) == [0, 0.5, 1.0]


def test_labels_are_moved_apart_and_stay_in_order():
    placed = scales.apart([100, 101, 102, 250], 17, 10, 260)
    assert placed == sorted(placed)
    assert all(later - earlier >= 17 for earlier, later in pairwise(placed))
    assert scales.apart([258, 259, 260], 17, 10, 260) == [226, 243, 260]


def test_trend_labels_target_present_value_and_reported():
    drawn = trend.line_chart(
        trend.Trend(
            "管理率", "%", 2, actual=[(2020, 61.0), (2024.9, 67.8)], path=[(2020, 61.0), (2025, 70)], reported=[(2024.75, 69.4)], target=70
        )
    )
    assert "目标 70.00" in drawn and "现值 67.80" in drawn and "＋ 上报值" in drawn
    assert drawn.count('class="cross"') == 1
    assert ">2020 末<" in drawn and ">2025 末<" in drawn and ">2026 末<" not in drawn
    assert polyline(drawn, "target") == [(40.0, 240.0), (586.0, 60.0)]


def test_trend_says_where_a_cut_axis_starts():
    assert trend.starts_above_zero(trend.Trend("x", "%", 1, actual=[(2020, 61), (2025, 70)])) == 60
    assert trend.starts_above_zero(trend.Trend("x", "%", 1, actual=[(2020, 1), (2025, 70)])) is None


def test_trend_without_anything_draws_nothing():
    assert trend.line_chart(trend.Trend("x", "%", 1)) == ""


def test_trend_escapes_its_title():
    drawn = trend.line_chart(trend.Trend("<i>'\"", "%", 1, actual=[(2020, 1)]))
    assert "<i>" not in drawn and "&lt;i&gt;" in drawn


def test_interval_bar_draws_value_and_interval_where_they_are():
    span = intervals.Span(0, 100, 70)
    bar = intervals.interval_bar(50, 40, 60, span=span, status="ok")
    assert 'd="M80.8,10H119.2"' in bar and 'cx="100"' in bar and 'd="M138.4,0v20"' in bar


def test_withheld_row_leaves_only_the_target():
    span = intervals.Span(0, 100, 70)
    bar = intervals.interval_bar(None, 40, 60, span=span, status="none")
    assert "reach" not in bar and "circle" not in bar and "rect" not in bar and "goal-line" in bar


def test_span_of_nothing_is_none():
    assert intervals.span_of([(None, None, None)], None) is None


def test_share_bar_is_in_proportion_and_leaves_out_empty_parts():
    bar = share.share_bar([("ok", 3), ("warn", 0), ("bad", 1)], title="四项")
    widths = [float(width) for width in re.findall(r'class="(?:ok|bad)"[^>]* width="([\d.]+)"', bar)]
    assert widths == [298.5, 99.5] and 'class="warn"' not in bar


def test_fifths_are_by_rank_and_ties_share():
    classes = choropleth.fifths({str(n): float(n) for n in range(15)})
    assert [classes[str(n)] for n in range(15)] == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5]
    assert choropleth.fifths({"a": 1.0, "b": 1.0}) == {"a": 1, "b": 1}


def test_map_says_names_and_values_and_links():
    areas = [
        choropleth.MapArea("1", "郭楼镇", square(0), 59.6, "59.6%，第 2 名", "/indicators/x/?area=1"),
        choropleth.MapArea("2", "义桥镇", square(0.1), 73.5, "73.5%，第 1 名"),
    ]
    drawn = choropleth.choropleth(areas, title="管理率", selected="1")
    assert "<title>郭楼镇　59.6%，第 2 名</title>" in drawn and 'href="/indicators/x/?area=1"' in drawn
    assert ">郭楼<" in drawn and 'class="q1 sel"' in drawn and 'class="q3"' in drawn


def test_map_keeps_shape_and_stays_in_its_box():
    drawn = choropleth.choropleth([choropleth.MapArea("1", "郭楼镇", SQUARE, 1.0, "")], title="x", width=100, height=200)
    outline = re.search(r' d="M([^Z]*)Z"', drawn)[1]
    xs, ys = zip(*[map(float, pair.split(",")) for pair in outline.split()], strict=True)
    assert min(xs) >= 3 - 0.05 and max(xs) <= 97.05 and min(ys) >= 3 and max(ys) <= 197
    assert (max(xs) - min(xs)) / (max(ys) - min(ys)) == pytest.approx(0.8187, abs=0.01)


def test_withheld_area_is_grey_and_its_value_nowhere():
    area = choropleth.MapArea("1", "白石镇", SQUARE, None, "人数少于 10，不显示")
    drawn = choropleth.choropleth([area], title="x", figures=True)
    assert 'class="q0"' in drawn and "人数少于 10" in drawn
    assert not re.findall(r">\d", drawn)


def test_map_escapes_names():
    drawn = choropleth.choropleth([choropleth.MapArea("1", "<script>", SQUARE, 1.0, "&")], title="x")
    assert "<script>" not in drawn


def test_legend_gives_the_range_of_each_step():
    assert choropleth.legend([59.6, 61.3, 62.4, 70.0, 73.5], 1) == [
        ("q1", "59.6"),
        ("q2", "61.3"),
        ("q3", "62.4"),
        ("q4", "70.0"),
        ("q5", "73.5"),
    ]


def test_blood_pressure_marks_what_is_not_below_the_goal():
    readings = [blood_pressure.Reading(date(2025, 1, 1), 149, 89), blood_pressure.Reading(date(2025, 6, 1), 150, 80, home=True)]
    drawn = blood_pressure.blood_pressure_chart(readings, goal=(150, 90))
    assert drawn.count('class="under"') == 1 and drawn.count('class="over home"') == 1
    assert "目标 &lt; 150" in drawn and "2025-06-01　150/80　自测" in drawn


def test_blood_pressure_of_nobody_is_empty():
    assert blood_pressure.blood_pressure_chart([], goal=(140, 90)) == ""


@pytest.mark.parametrize("systolic", [181, 210, 250])
def test_blood_pressure_axis_grows_with_the_highest_reading(systolic):
    drawn = blood_pressure.blood_pressure_chart([blood_pressure.Reading(date(2025, 1, 1), systolic, 100)], goal=(140, 90))
    top = float(re.search(r'<path d="M[\d.]+,([\d.]+)V', drawn)[1])
    assert top >= blood_pressure.TOP
