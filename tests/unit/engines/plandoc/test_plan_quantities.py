"""Numbers, units and comparators, in cells and in clauses."""

import pytest

from kangyu.engines.plandoc.quantities import canonical, find_quantities, number_of, parse_target, parse_value


@pytest.mark.parametrize(
    ("cell", "comparator", "value"),
    [
        ("78.8", "eq", "78.8"),
        ("5.90", "eq", "5.90"),
        ("<13", "lt", "13"),
        ("＞90", "gt", "90"),
        ("≥95%", "ge", "95"),
        ("≤15", "le", "15"),
        ("14以下", "le", "14"),
        ("95%以上", "ge", "95"),
        ("27左右", "approx", "27"),
        ("约80", "approx", "80"),
        ("不低于60", "ge", "60"),
        ("不超过5", "le", "5"),
        ("达到4.2以上", "ge", "4.2"),
        ("提高1岁", "increase_by", "1"),
        ("比“十三五”末提高30%", "increase_by", "30"),
        ("较2020年提高1岁左右", "increase_by", "1"),
        ("力争每年降低1个百分点", "decrease_by_per_year", "1"),
        ("年均下降1个百分点", "decrease_by_per_year", "1"),
        ("下降10%", "decrease_by", "10"),
        ("降至26", "eq", "26"),
        ("提高到80", "eq", "80"),
        ("同比例提高", "proportional", None),
        ("持续提升", "improve", None),
        ("逐步下降", "improve", None),
        ("保持稳定", "keep", None),
        ("全覆盖", "all", None),
        ("", "none", None),
        ("--", "none", None),
    ],
)
def test_target_cell_is_read(cell, comparator, value):
    target = parse_target(cell)
    assert (target.comparator, None if target.value is None else str(target.value)) == (comparator, value)


@pytest.mark.parametrize(
    ("cell", "value"), [("77", "77"), ("＞90", "90"), ("≤56.66", "56.66"), ("-", None), ("—", None), ("", None), ("无", None)]
)
def test_baseline_cell_is_read(cell, value):
    read = parse_value(cell)
    assert (None if read is None else str(read)) == value


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("产前筛查率不低于80%", [("ge", "80", "%")]),
        ("发病率降至48/10万以下", [("le", "48", "/10万")]),
        ("分别控制在8.5/10万、2.9‰、3.6‰以下", [("le", "8.5", "/10万"), ("le", "2.9", "‰"), ("le", "3.6", "‰")]),
        ("占比分别不低于80%、60%、40%", [("ge", "80", "%"), ("ge", "60", "%"), ("ge", "40", "%")]),
        ("选取1—3家乡镇卫生院", [("range", "1-3", "家")]),
        ("每周5~8小时校园体育活动", [("range", "5-8", "小时")]),
        ("覆盖2000—4000农村服务人口", [("range", "2000-4000", "人")]),
        ("至少建成1所医防融合型医院", [("ge", "1", "所")]),
        ("达到1万人以上", [("ge", "1", "万人")]),
        ("空编率控制在5%以内", [("le", "5", "%")]),
        ("床位数不少于全院总床位数的85%", [("ge", "85", "%")]),
        ("每年下降0.5个百分点", [("decrease_by_per_year", "0.5", "个百分点")]),
        ("电子病历达到98％以上", [("ge", "98", "%")]),
        ("打造两个示范门诊", [("eq", "2", "个")]),
    ],
)
def test_quantities_of_a_clause_are_found(clause, expected):
    assert [(item.comparator, item.value, item.unit) for item in find_quantities(clause)] == expected


@pytest.mark.parametrize(("word", "number"), [("三", 3), ("十", 10), ("十二", 12), ("二十", 20), ("四十五", 45), ("一百", 100), ("7", 7)])
def test_chinese_numerals_are_numbers(word, number):
    assert number_of(word) == number


def test_canonical_figures_have_no_idle_zeros():
    assert [canonical(text) for text in ("5.90", "5000", "0.10", "0")] == ["5.9", "5000", "0.1", "0"]
