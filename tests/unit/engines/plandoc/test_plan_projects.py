"""Named projects in boxes, lists and running text."""

import pytest

from kangyu.engines.plandoc import read

TITLE = "青山县“十四五”卫生健康规划\n"


def projects(text: str, heading: str = "一、主要任务"):
    return read(f"{TITLE}{heading}\n{text}\n".encode(), "plan.txt").projects


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        ("新建河口镇卫生院项目，建设面积4300平方米。", ["河口镇卫生院项目"]),
        ("加快县中医院康复楼项目、县康复医院新院区等重点项目建设。", ["县中医院康复楼项目", "县康复医院新院区"]),
        (
            "实施县妇幼保健院建设工程（一期）、县疾病预防控制中心迁扩建工程。",
            ["县妇幼保健院建设工程（一期）", "县疾病预防控制中心迁扩建工程"],
        ),
        ("推进县残疾人康复中心建设。", ["县残疾人康复中心建设"]),
        ("2022年底前建成县公共卫生服务中心。", ["县公共卫生服务中心"]),
        ("打造6个孕妇学校。", ["6个孕妇学校"]),
        ("探索建立中医疫病防治基地。", ["中医疫病防治基地"]),
        ("开展“健康青山云服务计划”，提升服务。", ["“健康青山云服务计划”"]),
        ("鼓励新建以养老为特色的护理院。", []),
        ("引导社会力量建设县级医院。", []),
        ("加强医院文化建设，推进学科建设。", []),
        ("通过新建中心村卫生室就近服务。", []),
    ],
)
def test_projects_of_a_sentence_are_found(sentence, names):
    assert [project.name for project in projects(sentence)] == names


def test_size_money_and_completion_are_read():
    [project] = projects("县医院新建门诊楼，建筑面积1.2万平方米，设置床位200张，总投资2.3亿元，2024年6月建成。")
    assert (project.name, project.floor_area_m2, project.beds, project.investment, project.planned_completion) == (
        "县医院门诊楼", "12000", "200", "2.3亿元", "2024-06",
    )  # fmt: skip


def test_finished_projects_of_the_background_are_marked_as_done():
    [first, second] = projects("县中医院新院区、县医院门诊楼项目相继完工并投入使用。", "一、发展现状")
    assert (first.name, second.name) == ("县中医院新院区", "县医院门诊楼")
    assert {first.status, second.status} == {"已完成"}


def test_items_of_a_box_are_programmes_and_lists_of_projects_are_projects():
    text = "专栏1 能力建设\n人才培养：每年培训医生。\n县级项目：县医院新建项目、县中医院改造项目。\n专科机构：*青山县康复医院建设项目。"
    found = [(project.kind, project.name, project.status) for project in projects(text)]
    assert found == [
        ("programme", "专栏1 人才培养", "规划"),
        ("construction", "专栏1 县医院新建项目", "规划"),
        ("construction", "专栏1 县中医院改造项目", "规划"),
        ("construction", "专栏1 青山县康复医院建设项目", "拟建设"),
    ]


def test_place_is_the_region_of_the_title_unless_the_name_says_more():
    first, second = projects("新建河口镇卫生院项目。\n2023年建成县公共卫生服务中心。")
    assert (first.place_level, second.place_level) == ("河口镇（乡镇级）", "青山县（县级）")
