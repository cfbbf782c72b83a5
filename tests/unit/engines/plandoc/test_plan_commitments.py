"""Promises of the body: which clauses make one, by when, and about what."""

import pytest

from kangyu.engines.plandoc import read

TITLE = "青山县“十四五”卫生健康规划\n"


def commitments(body: str, heading: str = "一、主要任务"):
    return read(f"{TITLE}{heading}\n{body}\n".encode(), "plan.txt").commitments


def figures(body: str, heading: str = "一、主要任务"):
    return [(item.subject, item.comparator, item.value, item.unit) for item in commitments(body, heading)]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "到2025年，婚前保健覆盖率不低于82%，产前筛查率不低于78%。",
            [("婚前保健覆盖率", "ge", "82", "%"), ("产前筛查率", "ge", "78", "%")],
        ),
        ("高血压、糖尿病治疗控制率分别达到50%和40%。", [("高血压治疗控制率", "eq", "50", "%"), ("糖尿病治疗控制率", "eq", "40", "%")]),
        (
            "力争肺结核患者访视率、服药率均达93%以上。",
            [("肺结核患者访视率", "ge", "93", "%"), ("肺结核患者服药率", "ge", "93", "%")],
        ),
        ("建成4个省级重点专科，15个市级重点专科。", [("省级重点专科数", "eq", "4", "个"), ("市级重点专科数", "eq", "15", "个")]),
        ("“十四五”期间，培训护理骨干120名、村医300名。", [("护理骨干", "eq", "120", "名"), ("村医", "eq", "300", "名")]),
        (
            "按照每3万人口配置1辆救护车，其中至少40%为负压救护车。",
            [("救护车数", "eq", "1", "辆/3万人口"), ("为负压救护车", "ge", "40", "%")],
        ),
        (
            "设置养老床位80张（东区50张，西区失能床位30张）。",
            [("养老床位", "eq", "80", "张"), ("东区", "eq", "50", "张"), ("西区失能床位", "eq", "30", "张")],
        ),
        ("居民健康素养水平力争高于全省水平15%。", [("居民健康素养水平力争高于全省水平", "eq", "15", "%（相对全省水平）")]),
        ("形成农村地区15分钟健康服务圈。", [("健康服务圈时间", "le", "15", "分钟")]),
        ("县人民医院达到三级医院水平。", [("县人民医院等级", "eq", "3", "级")]),
        ("县级公立医院电子病历应用水平达到四级（含）以上。", [("县级公立医院电子病历应用水平等级", "ge", "4", "级")]),
        ("全县8家乡镇卫生院达到一级甲等水平。", [("达到一级甲等水平的乡镇卫生院数", "eq", "8", "家")]),
        ("心理热线和筛查服务全覆盖。", [("心理热线和筛查服务覆盖率", "all", "100", "%")]),
        ("人均预期寿命在2020年基础上提高1岁左右。", [("人均预期寿命", "increase_by", "1", "岁")]),
        ("儿童青少年总体近视率每年降低1个百分点。", [("儿童青少年总体近视率", "decrease_by_per_year", "1", "个百分点")]),
        ("村级医疗服务“空白村”持续实现动态清零。", [("村级医疗服务空白村", "eq", "0", "个")]),
        ("基层卫生工作走在全市前列。", [("基层卫生工作", "none", "", "全市前列")]),
        ("到2025年成人肥胖率持续下降。", [("成人肥胖率", "improve", "", "")]),
        ("到2025年，县中医院食堂开展食疗服务。", [("县中医院食堂开展食疗服务", "none", "", "")]),
    ],
)
def test_promise_is_read(sentence, expected):
    assert figures(sentence) == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "落实35岁以上人群首诊测血压制度。",
        "做好0—6岁儿童健康管理。",
        "推广2型糖尿病防治技术和5G应用，落实十八项核心制度。",
        "贯彻《“健康中国2030”规划纲要》，推进“1+3”信息化模式。",
        "加强二级以上公立医院公共卫生科建设。",
        "坚持“三减三健”，实施15个专项行动。",
        "依托12处乡镇卫生院和3处社区卫生服务中心组成医共体。",
        "到2025年，服务体系更加健全，服务能力明显提升。",
        "重点做好筛查、诊疗和管理三个核心环节。",
        "推广12320卫生热线。",
        "鼓励高水平医院达到三级标准后对外帮扶。",
    ],
)
def test_names_groups_and_vague_hopes_are_no_promises(sentence):
    assert figures(sentence) == []


def test_achievements_are_no_promises_but_announced_completion_is():
    text = "2020年产前筛查率达到80%。启动急救中心项目，建筑面积1600平方米，计划2023年9月完工。"
    items = commitments(text, "一、发展现状")
    assert [(item.value, item.unit, item.deadline_year) for item in items] == [("1600", "平方米", 2023)]


@pytest.mark.parametrize("heading", ["一、指导思想", "一、基本原则"])
def test_principles_promise_nothing(heading):
    assert figures("到2025年，服务满意度达到90%以上。", heading) == []


def test_deadline_of_the_sentence_is_taken_from_the_nearest_year_before():
    items = commitments("二级医院设立安宁疗护科，到2023年达到50%，2025年达到80%。")
    assert [(item.deadline_year, item.value, item.deadline_basis) for item in items] == [
        (2023, "50", "same_sentence"),
        (2025, "80", "same_sentence"),
    ]


def test_deadline_goes_on_over_results_but_not_over_new_work():
    items = commitments("到2022年，发病率降至48/10万以下。随访力度加大，治疗成功率达到90%。加强学校防控，健康体检率达到95%。")
    assert [(item.value, item.deadline_year, item.deadline_basis) for item in items] == [
        ("48", 2022, "same_sentence"),
        ("90", 2022, "paragraph"),
        ("95", None, ""),
    ]


def test_list_inherits_the_year_of_its_introduction_until_the_next_heading():
    text = f"{TITLE}一、总体目标\n“十四五”时期的具体目标是：\n——健康水平。产前筛查率达到90%。\n二、主要任务\n产后访视率达到92%。\n"
    items = read(text.encode(), "plan.txt").commitments
    assert [(item.value, item.deadline_year, item.deadline_basis) for item in items] == [("90", 2025, "chapeau"), ("92", None, "")]


def test_year_that_is_compared_with_is_no_deadline():
    [item] = commitments("产前筛查率比2021年提高5个百分点。")
    assert (item.deadline_year, item.comparator) == (None, "increase_by")


def test_plan_of_another_period_takes_its_years_from_the_title():
    text = "青山市“十五五”卫生健康规划\n一、发展目标\n“十五五”期间，新增床位300张。到2025年产前筛查率为90%。\n"
    items = read(text.encode(), "plan.txt").commitments
    assert [(item.value, item.deadline_year) for item in items if item.value == "300"] == [("300", 2030)]


def test_lost_digits_leave_the_value_empty_and_warn():
    document = read(f"{TITLE}一、发展目标\n到2025年，5岁以下儿童死亡率下降到‰以下，产前筛查率达到80%。\n".encode(), "plan.txt")
    assert [(item.subject, item.comparator, item.value) for item in document.commitments] == [
        ("5岁以下儿童死亡率", "le", ""),
        ("产前筛查率", "eq", "80"),
    ]
    assert "digits_lost" in [warning.kind for warning in document.warnings]


def test_every_quote_stands_where_its_position_says():
    body = "到2025年，建成3个急救站（东区2个，西区1个）；平均反应时间不超过20分钟。\n　　产前筛查率达到80%。"
    document = read(f"{TITLE}一、主要任务\n{body}\n".encode(), "plan.txt")
    assert document.commitments
    for item in document.commitments:
        assert document.text[item.place.start : item.place.end] == item.place.quote
        assert item.place.quote in document.lines[item.place.line - 1]
