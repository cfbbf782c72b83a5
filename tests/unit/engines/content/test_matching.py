import csv
from collections import Counter

import pytest

from declarations import GOLDEN, shipped
from kangyu.engines.content.matching import match_indicator, normalised, unmatched

LIAOYUAN = {
    "人均预期寿命": "life_expectancy",
    "人均健康预期寿命": "healthy_life_expectancy",
    "高血压、2型糖尿病患者基层规范管理率": "hypertension_diabetes_management",
    "适龄儿童免疫规划疫苗接种率（以乡、镇、街道为单位）": "full_immunisation",
    "65岁及以上老年人城乡社区规范健康管理服务率": "elderly_health_management",
    "二级及以上综合性医院开设老年医学科比例": "geriatrics_departments",
    "产前筛查率": "prenatal_screening",
}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("每千常住人口执业（助理）医师数", "每千人口执业(助理)医师数"),
        ("其中：每千人口中医类别执业（助理）医师数（人）", "每千人口中医类别执业（助理）医师数"),
        ("５岁以下儿童死亡率 (‰)", "5岁以下儿童死亡率（‰）"),
        ("个人卫生支出占卫生总费用的比重（%）", "个人卫生支出占卫生总费用的比例"),
    ],
)
def test_ways_of_writing_one_name_are_the_same(said, meant):
    assert normalised(said) == normalised(meant)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("每千人口公共卫生人员数", "每万人口公共卫生人员数"),
        ("婴儿死亡率", "5岁以下儿童死亡率"),
        ("人均预期寿命", "健康预期寿命"),
        ("每千人口执业（助理）医师数", "每千人口中医执业类别执业（助理）医师数"),
    ],
)
def test_different_figures_stay_different(one, other):
    assert normalised(one) != normalised(other)
    assert match_indicator(one, shipped()) != match_indicator(other, shipped())


def test_no_two_indicators_answer_to_one_name():
    names = [(normalised(name), key) for key, found in shipped().indicators.items() for name in {found.title, *found.aliases}]
    keys = {name: {key for said, key in names if said == name} for name, _ in names}
    assert {name: found for name, found in keys.items() if len(found) > 1} == {}


def test_every_row_of_the_shipped_plans_has_its_indicator():
    rows = [row.name for plan in shipped().plans.values() for row in plan.indicators]
    assert len(rows) == 76
    assert unmatched(rows, shipped()) == []


def test_a_plan_never_names_one_indicator_twice():
    for plan in shipped().plans.values():
        counted = Counter(match_indicator(row.name, shipped()) for row in plan.indicators)
        assert [key for key, count in counted.items() if count > 1] == [], plan.key


@pytest.mark.parametrize(("name", "key"), LIAOYUAN.items())
def test_wordings_of_a_plan_without_a_table_are_known(name, key):
    assert match_indicator(name, shipped()) == key


def test_an_unknown_name_is_listed_not_guessed():
    assert unmatched(["县域就诊率", "人均预期寿命", "每千人口牙医数"], shipped()) == ["县域就诊率", "每千人口牙医数"]


def test_every_row_of_the_reference_tables_has_its_indicator():
    file = GOLDEN / "indicators.csv"
    if not file.exists():
        pytest.skip("the reference tables are not beside this checkout")
    names = [row["name"] for row in csv.DictReader(file.open(encoding="utf-8"))]
    assert unmatched(names, shipped()) == []
