"""Tasks, safeguards and the departments that answer for them, in the wordings plans use."""

import pytest

from kangyu.engines.plandoc import read
from kangyu.engines.plandoc.tasks import departments

TITLE = "青山县“十四五”卫生健康规划\n"


@pytest.mark.parametrize(
    ("clause", "lead", "others"),
    [
        ("（牵头部门：县卫生健康局；参与部门：县财政局、县委编办）", ("县卫生健康局",), ("县财政局", "县委编办")),
        ("（牵头部门：县医疗保障局；参与单位：县卫生健康局）", ("县医疗保障局",), ("县卫生健康局",)),
        ("（县卫生健康局、县民政局分别负责）", ("县卫生健康局", "县民政局"), ()),
        ("(责任单位:市卫生健康委、市工业和信息化局)", ("市卫生健康委", "市工业和信息化局"), ()),
        ("[牵头单位：市卫生健康委；配合单位：市应急局]", ("市卫生健康委",), ("市应急局",)),
        ("（市卫生健康委牵头，市发展改革委、市财政局按职责分工负责）", ("市卫生健康委",), ("市发展改革委", "市财政局")),
        ("责任单位：市卫生健康委、市疾控局", ("市卫生健康委", "市疾控局"), ()),
    ],
)
def test_responsibility_clause_is_divided(clause, lead, others):
    assert departments(clause) == (lead, others)


def read_tasks(text: str):
    return read((TITLE + text).encode(), "plan.txt").tasks


def test_task_has_title_section_departments_and_dated_clauses():
    text = (
        "一、主要任务\n（一）公共卫生\n1．健全体系。完善机制，到2025年，建成3个急救站。到2024年底前，完成培训；加强宣传。"
        "（牵头部门：县卫生健康局；参与部门：县财政局）\n2．强化监测。做好预警。（牵头部门：县卫生健康局）\n（二）医疗\n3．提升能力。加强专科。\n"
    )
    first, second, third = read_tasks(text)
    assert (first.no, first.kind, first.title, first.section) == ("1", "task", "健全体系", "（一）公共卫生")
    assert (first.lead_departments, first.participating_departments) == (("县卫生健康局",), ("县财政局",))
    assert first.deadline_year == 2025
    assert first.deadline_clauses == ("完善机制，到2025年，建成3个急救站", "到2024年底前，完成培训")
    assert (second.participating_departments, second.deadline_year) == ((), None)
    assert (third.section, third.lead_departments, third.responsibility_text) == ("（二）医疗", (), "")


def test_safeguards_are_numbered_apart():
    text = "一、保障措施\n（一）加强领导。落实责任。（牵头部门：县卫生健康局）\n（二）加大投入。保障经费。（牵头部门：县财政局）\n"
    assert [(task.no, task.kind, task.title) for task in read_tasks(text)] == [
        ("S1", "safeguard", "加强领导"),
        ("S2", "safeguard", "加大投入"),
    ]


def test_items_that_start_again_are_tasks_when_somebody_answers_for_them():
    text = "一、任务\n（一）甲\n1.健全体系。做好工作。（责任单位：县卫生健康局）\n（二）乙\n1.提升能力。做好服务。（责任单位：县医保局）\n"
    assert [(task.no, task.title) for task in read_tasks(text)] == [("1", "健全体系"), ("2", "提升能力")]


def test_gap_in_task_numbers_is_reported():
    text = "一、任务\n（一）甲\n1.健全体系。做好工作。\n2.强化监测。做好预警。\n（二）乙\n4.提升能力。做好服务。\n"
    document = read((TITLE + text).encode(), "plan.txt")
    assert any("任务编号从 2 跳到 4" in warning.message for warning in document.warnings)
