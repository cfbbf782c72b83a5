"""The heading tree: marks of every kind, boxes, headings inside paragraphs, headings that are missing."""

from kangyu.engines.plandoc import read

TITLE = "青山县“十四五”卫生健康规划\n"


def tree(text: str):
    def flat(headings):
        for heading in headings:
            yield heading.level, heading.kind, heading.text
            yield from flat(heading.children)

    return list(flat(read((TITLE + text).encode(), "plan.txt").outline))


def test_chapters_and_sections_come_first_where_both_are_used():
    assert tree("第一章\t规划背景\n一、发展状况\n——服务网络完善。设有机构260家。\n第二章 主要任务\n一、强化服务\n加强基层服务。\n") == [
        (1, "chapter", "第一章 规划背景"),
        (2, "section", "一、发展状况"),
        (3, "bullet", "服务网络完善"),
        (1, "chapter", "第二章 主要任务"),
        (2, "section", "一、强化服务"),
    ]


def test_numbers_that_go_on_over_sections_are_tasks_and_others_items():
    tasks = "一、主要任务\n（一）公共卫生\n1．健全体系。完善机制。\n2．强化监测。做好预警。\n（二）医疗服务\n3．提升能力。加强专科。\n"
    assert [kind for _, kind, text in tree(tasks) if text[0].isdigit()] == ["task"] * 3
    items = "一、主要任务\n(一)公共卫生。\n1. 健全体系。完善机制。\n2. 强化监测。做好预警。\n(二)医疗服务。\n1. 提升能力。加强专科。\n"
    assert [kind for _, kind, text in tree(items) if text[0].isdigit()] == ["item"] * 3


def test_figures_with_a_point_are_no_numbering():
    assert tree("一、现状\n2.5万名居民参加签约。\n") == [(1, "chapter", "一、现状")]


def test_box_ends_where_the_numbering_of_the_tasks_goes_on():
    text = (
        "一、主要任务\n（一）公共卫生\n1.健全体系。完善机制。\n专栏1 重点工程\n1.能力提升：改造实验室。\n"
        "2.信息建设：建设平台。\n2.强化监测。做好预警。\n（二）服务\n3.提升能力。加强专科。\n"
    )
    assert tree(text)[2:] == [
        (3, "task", "1.健全体系"),
        (3, "box", "专栏1 重点工程"),
        (4, "box_item", "能力提升"),
        (4, "box_item", "信息建设"),
        (3, "task", "2.强化监测"),
        (2, "section", "（二）服务"),
        (3, "task", "3.提升能力"),
    ]


def test_items_counted_inside_a_paragraph_are_listed():
    kinds = tree("一、重大疾病防控\n抓好以下工作：（1）心脑血管疾病干预。普及知识。（2）癌症早筛早治。强化随访。\n")
    assert kinds[1:] == [(2, "inline_item", "（1）心脑血管疾病干预"), (2, "inline_item", "（2）癌症早筛早治")]


def test_short_first_sentences_of_all_paragraphs_are_headings():
    text = (
        "一、发展目标\n到2025年，健康水平全面提高，服务体系更加完善，居民满意度明显上升。\n"
        "居民健康迈上新台阶。全面落实各项政策，持续提高居民健康素养和健康水平。\n"
        "服务能力实现新提升。建设高水平医院，推动优质医疗资源扩容和均衡布局。\n"
    )
    assert [text for _, kind, text in tree(text) if kind == "run_in"] == ["居民健康迈上新台阶", "服务能力实现新提升"]


def test_gap_between_sections_is_shown_and_reported():
    text = "第一章 保障措施\n第一节 组织领导\n加强领导。\n第二节 投入保障\n落实投入。\n第四节 宣传引导\n加强宣传。\n"
    assert (2, "section_missing", "第三节") in tree(text)
    assert "numbering_gap" in [warning.kind for warning in read((TITLE + text).encode(), "a.txt").warnings]


def test_table_of_contents_is_not_the_outline():
    text = "目  录\n一、规划背景..........1\n二、主要任务..........5\n\n一、规划背景\n背景说明。\n二、主要任务\n任务说明。\n"
    assert tree(text) == [(1, "chapter", "一、规划背景"), (1, "chapter", "二、主要任务")]


def test_title_over_two_lines_and_its_state_belong_together():
    document = read("青山县\n“十四五”卫生健康发展规划\n（征求意见稿）\n一、背景\n说明。\n".encode(), "plan.txt")
    assert document.title == "青山县“十四五”卫生健康发展规划（征求意见稿）"


def test_title_is_not_the_notice_that_issues_the_plan():
    text = (
        "青山县人民政府\n关于印发青山县“十四五”卫生健康规划的\n通    知\n各乡镇人民政府：\n"
        "现将《青山县“十四五”卫生健康规划》印发给你们。\n2022年3月1日\n青山县“十四五”卫生健康规划\n一、背景\n"
        "说明。\n"
    )
    assert read(text.encode(), "plan.txt").title == "青山县“十四五”卫生健康规划"
