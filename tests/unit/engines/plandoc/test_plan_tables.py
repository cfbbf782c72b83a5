"""Indicator tables in every shape that copies of plans have."""

import pytest

from kangyu.engines.plandoc import read

HEAD = "青山县“十四五”卫生健康规划\n一、发展目标\n"


def indicators(table: str, head: str = HEAD):
    return read((head + table).encode(), "plan.txt").indicators


def flattened(*rows: tuple[str, ...]) -> str:
    return "\n\n".join("\n".join(f"\t{cell}" for cell in row) for row in rows) + "\n\n"


HEADER = ("领域", "序号", "主要指标", "2020年", "2025年", "指标性质")


def test_flattened_cells_become_rows_and_categories_carry_down():
    first, second = indicators(
        flattened(
            HEADER, ("健康\n水平", "1", "人均预期寿命（岁）", "77", "78.8", "预期性"), ("", "2", "婴儿死亡率（‰）", "3.1", "<3", "约束性")
        )
    )
    assert (first.category, first.name, first.unit, first.baseline_year, str(first.baseline_value)) == (
        "健康水平",
        "人均预期寿命",
        "岁",
        2020,
        "77",
    )
    assert (second.category, second.seq, second.target_comparator, str(second.target_value), second.nature) == (
        "健康水平",
        "2",
        "lt",
        "3",
        "binding",
    )


def test_two_numbers_under_a_joint_name_are_two_indicators():
    rows = indicators(
        flattened(
            HEADER,
            ("健康服务", "1", "孕产妇系统管理率和3岁以下儿童系统管理率（%）", "87\n86.5", "90", "预期性"),
            ("", "2", "产前筛查率（%）", "80", "85", "预期性"),
        )
    )
    assert [(row.seq, row.name, row.baseline_raw, row.target_raw) for row in rows[:2]] == [
        ("1", "孕产妇系统管理率", "87", "90"),
        ("1", "3岁以下儿童系统管理率", "86.5", "90"),
    ]


def test_empty_cells_stay_empty_and_are_reported():
    document = read(
        (
            HEAD
            + flattened(
                HEADER, ("健康保障", "1", "个人卫生支出占比（%）", "", "", "约束性"), ("", "2", "产前筛查率（%）", "80", "85", "预期性")
            )
        ).encode(),
        "a.txt",
    )
    row = document.indicators[0]
    assert (row.baseline_value, row.target_value, row.target_comparator) == (None, None, "none")
    assert any(warning.kind == "value_missing" and "约束性" in warning.message for warning in document.warnings)


def test_header_in_two_rows_is_read_column_by_column():
    table = flattened(
        ("分类", "序号", "指标名称", "指标值"),
        ("", "", "", "2020年", "2025年", "属性"),
        ("健康水平", "1", "人均预期寿命（岁）", "77.8", "提高1岁", "预期性"),
    )
    [row] = indicators(table)
    assert (row.target_comparator, str(row.target_value), row.target_year) == ("increase_by", "1", 2025)


def test_table_without_any_marks_of_cells_is_read_from_its_words():
    words = (
        "领域\n序号\n主要指标\n单位\n2020年\n基期值\n2025年\n目标值\n指标\n性质\n健康\n水平\n1\n人均预期寿命\n岁\n"
        "79.1\n80.5\n预期性\n2\n孕产妇死亡率\n/10万\n9\n≤8\n预期性\n疾病防控\n3\n规范管理率\n%\n--\n"
        "年均提高2个百分点\n约束性\n"
    )
    rows = indicators(words)
    assert [(row.category, row.seq, row.name, row.unit, row.baseline_raw, row.target_raw) for row in rows] == [
        ("健康水平", "1", "人均预期寿命", "岁", "79.1", "80.5"),
        ("健康水平", "2", "孕产妇死亡率", "/10万", "9", "≤8"),
        ("疾病防控", "3", "规范管理率", "%", "--", "年均提高2个百分点"),
    ]
    assert rows[2].target_comparator == "increase_by_per_year"


def test_rows_that_only_name_a_group_are_categories():
    rows = indicators(
        "序号\t指标名称\t2025年\t2028年\t2030年\t指标属性\n一、健康水平\n1\t人均预期寿命（岁）\t80.2\t81\t较2025年提高1.3岁\t预期性\n二、健康服务\n2\t护士数（人/千人）\t3.6\t3.9\t4.2\t约束性\n",
        "青山市“十五五”卫生健康规划\n一、发展目标\n",
    )
    assert [(row.category, row.name, row.unit, row.baseline_year, row.target_year, row.target_comparator) for row in rows] == [
        ("健康水平", "人均预期寿命", "岁", 2025, 2028, "eq"),
        ("健康水平", "人均预期寿命", "岁", 2025, 2030, "increase_by"),
        ("健康服务", "护士数", "人/千人", 2025, 2028, "eq"),
        ("健康服务", "护士数", "人/千人", 2025, 2030, "eq"),
    ]


def test_caption_without_a_table_is_reported_and_nothing_is_invented():
    document = read((HEAD + "“十四五”时期主要发展指标\n二、主要任务\n加强基层服务。\n").encode(), "plan.txt")
    assert document.indicators == ()
    assert [warning.kind for warning in document.warnings] == ["table_lost"]


def test_other_tables_are_not_taken_for_indicators():
    document = read((HEAD + "机构\t床位\t医师\n县医院\t500\t120\n中医院\t300\t80\n").encode(), "plan.txt")
    assert document.indicators == ()


def test_table_of_projects_gives_projects():
    table = (
        "表2 重点项目\n序号\t项目名称\t建设规模\t总投资（万元）\t完成时限\n"
        "1\t县医院新院区\t建筑面积52000平方米，床位500张\t36000\t2021-2024\n2\t急救站\t建筑面积800平方米\t300\t2023\n"
    )
    projects = read((HEAD + table).encode(), "plan.txt").projects
    assert [(item.name, item.floor_area_m2, item.beds, item.investment, item.planned_completion) for item in projects] == [
        ("县医院新院区", "52000", "500", "36000万元", "2024"),
        ("急救站", "800", "", "300万元", "2023"),
    ]


@pytest.mark.parametrize("jump", ["3", "5"])
def test_gap_in_the_numbers_of_rows_is_reported(jump):
    table = flattened(
        HEADER, ("健康水平", "1", "人均预期寿命（岁）", "77", "78", "预期性"), ("", jump, "产前筛查率（%）", "80", "85", "预期性")
    )
    [gap] = [warning for warning in read((HEAD + table).encode(), "a.txt").warnings if warning.kind == "numbering_gap"]
    assert f"从 1 跳到 {jump}" in gap.message
