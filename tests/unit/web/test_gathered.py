"""The map of an outbreak: a circle on each village, in the place of the village, as large as its cases."""

import re

import pytest

from kangyu.web.charts.choropleth import MapArea
from kangyu.web.charts.gathered import Spot, gathered


def square(east: float, code: str, name: str) -> MapArea:
    ring = [[x + east, y] for x, y in ((116.0, 35.0), (116.1, 35.0), (116.1, 35.1), (116.0, 35.1), (116.0, 35.0))]
    return MapArea(code, name, {"type": "Polygon", "coordinates": [ring]}, None, "")


WEST, EAST = square(0, "370899101", "东里镇"), square(0.1, "370899102", "西里乡")


def circles(svg: str) -> list[tuple[float, float, float, str]]:
    found = re.findall(r'<circle class="here" cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)"><title>([^<]+)', svg)
    return [(float(x), float(y), float(r), says) for x, y, r, says in found]


def test_circles_stand_where_the_villages_are_and_grow_with_the_cases():
    near, far = Spot("甲村", WEST.code, 1, (116.02, 35.05)), Spot("乙村", EAST.code, 9, (116.18, 35.05))
    drawn = gathered([WEST, EAST], [near, far], title="t", width=320, height=300)
    (x2, y2, r2, says2), (x1, y1, r1, says1) = circles(drawn)
    assert (says1, says2) == ("甲村　1 例", "乙村　9 例") and y1 == y2 == 150
    assert x2 - x1 == pytest.approx((320 - 6) * 0.8, abs=0.2)
    assert r2 > r1
    assert "东里" in drawn and ">9<" in drawn and "甲村 1" in drawn


def test_of_cases_in_one_township_only_that_one_fills_the_map():
    drawn = gathered([WEST, EAST], [Spot("甲村", WEST.code, 3, (116.1, 35.1))], title="t", width=306, height=306)
    ((x, y, _, _),) = circles(drawn)
    assert y == 3 and x > 270, "the corner of the township is the corner of the map"
    assert drawn.count('class="held"') == 1 and ">东里<" not in drawn


def test_without_a_place_the_circle_stands_in_the_township_s_middle_and_elsewhere_none():
    drawn = gathered([WEST], [Spot("甲村", WEST.code, 2), Spot("外地", "110101001", 5, (116.05, 35.05))], title="t", width=306, height=306)
    ((x, y, _, says),) = circles(drawn)
    assert says == "甲村　2 例" and x == pytest.approx(153, abs=1) and y == pytest.approx(153, abs=1)
