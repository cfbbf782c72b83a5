"""Damage and contradictions a person should look at; a sound plan gives none."""

import pytest

from kangyu.engines.plandoc import read

TITLE = "青山县“十四五”卫生健康规划\n"
HEAD = "序号\t主要指标\t单位\t2020年\t2025年\t指标性质\n"


def warnings(body: str):
    return read((TITLE + body).encode(), "plan.txt").warnings


def kinds(body: str):
    return [warning.kind for warning in warnings(body)]


def plan(*rows: str, text: str = "加强基层服务。", background: str = "回顾过去。") -> str:
    table = "表1 主要指标\n" + HEAD + "".join(f"{row}\n" for row in rows)
    return f"一、发展现状\n{background}\n二、发展目标\n{text}\n{table}三、主要任务\n做好服务。\n"


SOUND = ("1\t人均预期寿命\t岁\t79\t80.5\t预期性", "2\t产前筛查率\t%\t80\t≥85\t约束性")


def test_sound_plan_gives_no_warning():
    assert kinds(plan(*SOUND, text="到2025年，人均预期寿命达到80.5岁，产前筛查率达到85%以上。")) == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (plan(*SOUND, text="到2025年，人均预期寿命达到80岁。"), "text_vs_table"),
        (plan(*SOUND, background="2020年产前筛查率达到78%。"), "text_vs_table"),
        (plan("1\t婴儿死亡率\t‰\t2.9\t3.1\t预期性", SOUND[1]), "target_worse_than_baseline"),
        (plan("1\t人均预期寿命\t岁\t79\t78\t预期性", SOUND[1]), "target_worse_than_baseline"),
        (plan("1\t人均预期寿命\t岁\t79\t79\t预期性", SOUND[1]), "no_progress_target"),
        (plan("1\t近视率\t%\t56\t力争每年降低1个百分点\t约束性", SOUND[1]), "binding_but_soft"),
        (plan("1\t近视率\t%\t—\t50\t约束性", SOUND[1]), "baseline_missing"),
        (plan("1\t近视率\t%\t\t\t约束性", SOUND[1]), "value_missing"),
        (plan(SOUND[0], "4\t产前筛查率\t%\t80\t≥85\t约束性"), "numbering_gap"),
        (plan(*SOUND, text="到2025年，建成3个急救中心。其中市区建成2个急救中心。"), "text_vs_text"),
        (plan(*SOUND, background="婴儿死亡率和5岁以下儿童死亡率分别为2.20‰和1.12‰。"), "impossible_value"),
        (plan(*SOUND, background="全县500家场所（120家学校、80家旅店、250家药店）配有监督员。"), "arithmetic"),
        (plan(*SOUND, text="居民健康素养水平分别不低于31%。"), "value_missing"),
        (plan(*SOUND, background="婴儿死亡率由‰下降到‰。"), "digits_lost"),
        (plan(*SOUND, background="预期寿命从2016年的岁提高到77岁。"), "digits_lost"),
        (plan(*SOUND, text="2025疾控机构人员数达到20人。"), "word_missing"),
        (plan(*SOUND) + "四、保障措施\n各部门要按照职责分工抓好落实，完善考核评价机制，确保各项任务和指标能够按", "truncated"),
        (plan(*SOUND) + "标签:\n", "page_furniture"),
        ("2022年12月28日\n" + plan(*SOUND, text="到2022年末，结核筛查率达到70%。"), "stale_deadline"),
        ("一、发展目标\n加强基层服务，持续改善居民健康。\n", "no_indicator_table"),
    ],
)  # fmt: skip
def test_warning_is_given(body, kind):
    assert kind in kinds(body)


@pytest.mark.parametrize(
    "text",
    [
        "到2022年，产前筛查率达到82%。",
        "城区服务半径不超过3公里，乡村服务半径不超过12公里。",
        "建筑面积3000平方米，另建车库，建筑面积800平方米。",
        "高血压患者规范管理率达到70%，糖尿病患者规范管理率达到65%。",
        "门诊和出院人次分别增长10%。",
    ],
)
def test_different_things_are_not_called_contradictions(text):
    assert kinds(plan(*SOUND, text=text)) == []


def test_warning_names_both_places_and_says_what_to_do():
    [warning] = warnings(plan(*SOUND, text="到2025年，人均预期寿命达到80岁。"))
    assert [place.quote for place in warning.places][1] == "到2025年，人均预期寿命达到80岁"
    assert "80.5" in warning.message and "以哪个为准" in warning.message


def test_text_that_is_no_plan_says_so():
    assert "not_a_plan" in kinds("从前有座山，山里有座庙，庙里有个老和尚在讲故事，故事讲的是很久以前的事。\n")
