"""From a file to an official plan: taken in once, reviewed item by item with history, compared, made official."""

from dataclasses import replace
from pathlib import Path

import pytest

from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.governance.models import AuditEvent
from kangyu.apps.planning import queries
from kangyu.apps.planning.actions import adoption, documents, review
from kangyu.apps.planning.models import PlanDocument, PlanItem
from kangyu.kernel.errors import DeniedError, ProblemsError, UserError

pytestmark = pytest.mark.django_db
COUNTY = "370899"
TEXT = """清河县“十四五”卫生与健康规划

第一章 规划背景
第一节 发展基础
人均预期寿命达到79.17岁。
第二章 总体要求
第一节 主要目标
到2025年，人均预期寿命达到80.6岁，每千人口执业（助理）医师数达到3.87人。

专栏1 “十四五”主要指标
序号\t指标\t单位\t2020年\t2025年\t属性
1\t人均预期寿命\t岁\t79.17\t80.62\t预期性
2\t孕产妇死亡率\t/10万\t0\t≤7.7\t预期性
3\t从来没有见过的指标\t%\t50\t60\t约束性

第三章 重点任务
第一节 强基层
"""


@pytest.fixture
def document():
    return documents.import_document(data=TEXT.encode(), filename="清河.txt", area=COUNTY, by=SYSTEM).document


def indicators(document: PlanDocument) -> list[PlanItem]:
    return queries.items(document, PlanItem.Kind.INDICATOR)


def test_a_file_is_taken_in_with_its_items_and_their_places(document):
    rows = indicators(document)
    assert [row.data["name"] for row in rows] == ["人均预期寿命", "孕产妇死亡率", "从来没有见过的指标"]
    assert all(document.text[row.start : row.end] == row.quote for row in queries.items(document))
    assert {row.state for row in rows} == {"pending"}
    assert AuditEvent.objects.filter(action="plan.import").count() == 1


def test_the_same_file_is_recognised(document):
    again = documents.import_document(data=TEXT.encode(), filename="副本.txt", area=COUNTY, by=SYSTEM)
    assert (again.new, again.document.pk) == (False, document.pk)
    assert PlanDocument.objects.count() == 1


def test_a_broken_file_leaves_nothing(db):
    with pytest.raises(UserError):
        documents.import_document(data=b"PK\x03\x04 not a document", filename="x.docx", area=COUNTY, by=SYSTEM)
    assert PlanDocument.objects.count() == 0


def test_who_may_not_review_cannot(document):
    stranger = replace(SYSTEM, may_do=frozenset())
    with pytest.raises(DeniedError):
        review.accept(item=indicators(document)[0], by=stranger)
    with pytest.raises(DeniedError):
        documents.import_document(data=b"x", filename="x.txt", area=COUNTY, by=stranger)


def test_a_correction_keeps_what_was_read_and_who_changed_it(document):
    item = review.correct(item=indicators(document)[0], values={"target_value": "80.6"}, reason="正文写的是 80.6", by=SYSTEM)
    assert (item.state, item.value["target_value"], item.data["target_value"]) == ("corrected", "80.6", "80.62")
    change = queries.history(item)[0]
    assert (change.by, change.action, change.reason) == ("system", "correct", "正文写的是 80.6")
    assert change.before == {"state": "pending", "corrected": None}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("target_value", "八十"),
        ("target_year", "25"),
        ("target_comparator", "about"),
        ("nature", "maybe"),
        ("colour", "red"),
        ("name", ""),
    ],
)
def test_a_correction_that_cannot_be_is_refused_in_words(document, column, value):
    item = indicators(document)[0]
    with pytest.raises(ProblemsError) as refused:
        review.correct(item=item, values={column: value}, reason="", by=SYSTEM)
    assert refused.value.problems[0].key == column
    item.refresh_from_db()
    assert item.state == "pending"


def test_decisions_are_taken_back_one_by_one(document):
    item = indicators(document)[0]
    review.accept(item=item, by=SYSTEM)
    review.correct(item=item, values={"target_value": "81"}, reason="改", by=SYSTEM)
    review.discard(item=item, reason="重复", by=SYSTEM)
    states = [review.undo(item=item, by=SYSTEM).state for _ in range(3)]
    assert states == ["corrected", "accepted", "pending"]
    with pytest.raises(UserError, match="撤回"):
        review.undo(item=item, by=SYSTEM)
    assert [change.action for change in queries.history(item)] == ["undo", "undo", "undo", "discard", "correct", "accept"]


def test_discarding_asks_why(document):
    with pytest.raises(UserError, match="原因"):
        review.discard(item=indicators(document)[0], reason=" ", by=SYSTEM)


def test_only_items_without_doubt_are_accepted_together(document):
    review.accept_all_certain(document=document, by=SYSTEM)
    rows = indicators(document)
    assert [row.state for row in rows] == ["pending", "pending", "accepted"]
    assert any("80.6" in doubt for doubt in rows[0].doubts), "the body says 80.6, the table 80.62"
    assert rows[1].doubts, "the ceiling is above the baseline"
    assert not rows[2].doubts


def test_a_plan_with_rows_not_reviewed_does_not_become_official(document):
    with pytest.raises(UserError, match="3 行指标没有审阅"):
        documents.make_official(document=document, by=SYSTEM)


def test_a_reviewed_plan_becomes_official_and_names_without_indicator_are_listed(document):
    adoption.adopt_content_plan("wenshang", area=COUNTY, by=SYSTEM)
    first, second, third = indicators(document)
    review.correct(item=first, values={"target_value": "80.6"}, reason="正文", by=SYSTEM)
    review.accept(item=second, by=SYSTEM)
    review.accept(item=third, by=SYSTEM)
    assert documents.make_official(document=document, by=SYSTEM) == ["从来没有见过的指标"]
    rows = queries.targets(COUNTY)
    assert [(row.name, row.target, row.comparator, row.indicator) for row in rows] == [
        ("人均预期寿命", 80.6, "eq", "life_expectancy"),
        ("孕产妇死亡率", 7.7, "le", "maternal_mortality"),
        ("从来没有见过的指标", 60.0, "eq", ""),
    ]
    assert queries.unmatched(COUNTY) == ["从来没有见过的指标"]
    assert PlanDocument.objects.filter(area=COUNTY, state="superseded").get().content_key == "wenshang"
    with pytest.raises(UserError, match="不能再改"):
        review.accept(item=first, by=SYSTEM)


def test_the_declared_plan_of_the_demo_county_is_adopted_and_can_be_again(db):
    unmatched = adoption.adopt_content_plan("wenshang", area=COUNTY, by=SYSTEM)
    assert unmatched == []
    assert adoption.adopt_content_plan("wenshang", area=COUNTY, by=SYSTEM) == []
    rows = queries.targets(COUNTY)
    assert len(rows) == 35
    assert (rows[4].name, rows[4].baseline, rows[4].target, rows[4].comparator) == ("重大慢病过早死亡率", 19.76, 14.0, "le")
    with pytest.raises(UserError, match="没有名为"):
        adoption.adopt_content_plan("atlantis", area=COUNTY, by=SYSTEM)


def test_items_are_marked_where_they_stand_in_the_lines(document):
    lines = queries.marked_lines(document)
    assert "\n".join(line.text for line in lines) == document.text
    item = indicators(document)[0]
    marked = [(line.number, mark) for line in lines for mark in line.marks if mark.item == item.pk]
    assert marked[0][0] == item.line
    assert "".join(lines[number - 1].text[mark.start : mark.end] for number, mark in marked) == item.quote.replace("\n", "")


def test_two_versions_are_compared_by_name(document):
    text = TEXT.replace("80.62", "81.00").replace("3\t从来没有见过的指标\t%\t50\t60\t约束性\n", "")
    revised = documents.import_document(data=text.encode(), filename="修订.txt", area=COUNTY, by=SYSTEM).document
    found = [
        (one.what, one.change, one.column, one.before, one.after) for one in queries.compare(document, revised) if one.kind == "indicator"
    ]
    assert found == [
        ("人均预期寿命", "changed", "目标值", "80.62", "81"),
        ("从来没有见过的指标", "removed", "", "", ""),
    ]


def test_the_sample_plan_of_the_demo_county_is_taken_in(db):
    for file in sorted((Path(__file__).resolve().parents[4] / "content/plans/sample").glob("*.*")):
        if file.suffix in (".docx", ".txt", ".html"):
            kept = documents.import_document(data=file.read_bytes(), filename=file.name, area=COUNTY, by=SYSTEM)
            assert kept.document.items.filter(kind="indicator").count() > 5
