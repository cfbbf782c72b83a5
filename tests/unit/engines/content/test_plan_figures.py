import csv

import pytest

from declarations import GOLDEN, shipped


def reference(name):
    file = GOLDEN / name
    if not file.exists():
        pytest.skip("the reference tables are not beside this checkout")
    return list(csv.DictReader(file.open(encoding="utf-8")))


def number(text):
    return float(text) if text else None


def test_indicator_rows_are_those_of_the_reference():
    wanted = [
        (
            r["plan"],
            int(r["seq"]),
            r["name"],
            r["unit"],
            number(r["baseline_value"]),
            r["target_comparator"],
            number(r["target_value"]),
            r["nature"],
        )
        for r in reference("indicators.csv")
    ]
    plans = shipped().plans
    found = [
        (key, row.seq, row.name, row.unit, row.baseline.value, row.target.comparator, row.target.value, row.nature)
        for key in ("xiangshan", "wenshang", "anyang")
        for row in plans[key].indicators
    ]
    assert found == wanted


def test_tasks_and_departments_are_those_of_the_reference():
    rows = reference("tasks_wenshang.csv")
    wanted = [
        (
            r["no"],
            r["title"],
            [d for d in r["lead_departments"].split(";") if d],
            [d for d in r["participating_departments"].split(";") if d],
        )
        for r in rows
    ]
    found = [(task.no, task.title, list(task.lead), list(task.with_)) for task in shipped().plans["wenshang"].tasks]
    assert found == wanted


def test_a_rise_in_percent_is_told_from_a_rise_in_units():
    rows = {row.name: row.target for row in shipped().plans["anyang"].indicators}
    assert rows["每千常住人口公共卫生人员数"].relative
    assert not rows["人均期望寿命"].relative


def test_every_plan_says_region_and_period():
    for plan in shipped().plans.values():
        assert plan.period == "2021..2025"
        assert plan.region and plan.region_code
