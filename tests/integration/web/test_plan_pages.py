"""The planner's pages: the plan at a glance, one indicator opened, a document reviewed and made official, a figure reported."""

import html
import io
import re
from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from kangyu.apps.governance import deployment
from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.governance.models import AuditEvent
from kangyu.apps.identity.models import Person
from kangyu.apps.indicators.models import Figure, MeasureRun, RestatedPerson
from kangyu.apps.planning.models import PlanDocument, PlanItem, Target
from world.qinghe import COUNTY

pytestmark = pytest.mark.django_db

PLAN = """清河县“十四五”卫生健康规划

一、规划目标

到2025年，人均预期寿命达到79岁，高血压患者规范管理率达到70%以上。

专栏1 清河县“十四五”卫生健康主要指标

序号\t类别\t指标\t单位\t2020年\t2025年\t性质
1\t健康水平\t人均预期寿命\t岁\t78.1\t79\t预期性
2\t慢病管理\t高血压糖尿病患者规范管理率\t%\t61\t70\t约束性
"""
KEY = "hypertension_diabetes_management"
PLACES = {"370899101": ("clinic-dongli", 140, 200), "370899102": ("clinic-xili", 7, 60)}


@pytest.fixture
def planner(qinghe, signed_in):
    deployment.set_fact("as_of", "2025-11-21")
    return signed_in(qinghe.planner)


@pytest.fixture
def plan(qinghe):
    """Two official rows: one computed, one that no indicator of the platform answers to."""
    document = PlanDocument.objects.create(
        area=COUNTY, digest="x", filename="x", title="清河县“十四五”卫生健康规划", first_year=2021, last_year=2025, state="official"
    )
    common = {"document": document, "area": COUNTY, "baseline_year": 2020, "target_year": 2025, "comparator": "eq", "category": "慢病管理"}
    Target.objects.create(
        ordinal=1, seq="1", name="规范管理率", unit="%", baseline_raw="61", baseline=61, target_raw="70", target=70, nature="binding",
        indicator=KEY, **common,
    )  # fmt: skip
    Target.objects.create(ordinal=2, seq="2", name="没人认得的指标", unit="个", target_raw="5", target=5, nature="expected", **common)
    return document


@pytest.fixture
def measured(qinghe):
    """A published run: 61 % in 2020 rising to 147 of 260 in the last twelve months; Xili has few people done."""
    run = MeasureRun.objects.create(
        name="t", state="published", as_of=date(2025, 11, 21), computed_at=datetime(2025, 11, 20, tzinfo=UTC), people=260
    )
    for period, done in {"2020": 122, "2021": 124, "2022": 126, "2023": 128, "2024": 130}.items():
        Figure.objects.create(run=run, level="county", indicator=KEY, period=period, area=COUNTY, top=done, bottom=200)
    Figure.objects.create(run=run, level="county", indicator=KEY, period="now", area=COUNTY, top=147, bottom=260)
    for area, (clinic, top, bottom) in PLACES.items():
        Figure.objects.create(run=run, level="township", indicator=KEY, period="now", area=area, top=top, bottom=bottom)
        Figure.objects.create(run=run, level="base", indicator=KEY, period="now", area=area, org=clinic, top=top, bottom=bottom)
    return run


def read(client, name: str, *args, **query) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_without_a_plan_the_page_says_what_would_fill_it(planner):
    assert "还没有正式规划" in read(planner, "plan")


def test_plan_shows_each_row_with_value_path_and_status(planner, plan, measured):
    page = read(planner, "plan")
    assert "56.54" in page and ">61<" in page and ">70<" in page
    assert page.count("data-row") == 2 and "spark" in page
    assert '<span class="st bad">偏离</span>' in page and '<span class="st none">无数据</span>' in page
    assert "约束" in page and "数据截至 2025-11-21" in page


def test_plan_before_the_first_computation_says_so(planner, plan):
    page = read(planner, "plan")
    assert "第一次全量计算" in page and "无数据" in page


def test_filter_and_order_are_in_the_address(planner, plan, measured):
    page = read(planner, "plan", show="bad", sort="attention")
    assert page.count("data-row") == 1 and "没人认得的指标" not in page and 'class="group"' not in page


def test_supervisor_s_people_filter_does_not_break_on_nonsense(planner, plan, measured):
    assert read(planner, "plan", show="<script>", sort="'", map="../x").count("data-row") == 2


def test_indicator_opens_to_definition_series_and_places(planner, plan, measured):
    page = read(planner, "indicator", KEY)
    for words in (
        "56.54",
        "147 ／ 260 人",
        "国家基本公共卫生服务规范",
        'x-call">enrolled<',
        "东里镇",
        "70.00",
        "印的是：2020 年 61，2025 年 70",
    ):
        assert words.replace(" ", "\u00a0") in page or words in page, words


def test_small_counts_are_withheld_from_those_who_may_not_see_people(planner, plan, measured):
    page = read(planner, "indicator", KEY)
    assert "隐去" in page and "11.67" not in page and "7 ／ 60" not in page


def test_those_who_may_see_people_see_small_counts(qinghe, signed_in, plan, measured):
    qinghe.shen.area = COUNTY
    qinghe.shen.save()
    page = read(signed_in(qinghe.shen), "indicator", KEY)
    assert "11.67" in page and "隐去" not in page


@pytest.fixture
def unfinished(measured):
    """Li and Zhao, one in each village, are in the denominator and not counted."""
    for person in Person.objects.all():
        RestatedPerson.objects.create(
            run=measured,
            pid=person.pid,
            at=datetime(2025, 11, 20, tzinfo=UTC),
            area=person.area[:9],
            org=person.org,
            adds={"now": {KEY: [0, 1]}},
        )


def test_number_opens_to_the_people_the_viewer_looks_after(qinghe, signed_in, unfinished):
    for account, own, other in ((qinghe.shen, "李样芳", "赵样强"), (qinghe.wang, "赵样强", "李样芳")):
        page = read(signed_in(account), "indicator_people", KEY)
        assert own in page and other not in page
    assert AuditEvent.objects.filter(action="figure.people", account="shen").count() == 1


def test_number_does_not_open_to_people_for_a_planner(planner, unfinished):
    answer = planner.get(reverse("indicator_people", args=[KEY]))
    assert answer.status_code == 403 and "李样芳" not in answer.content.decode()
    page = read(planner, "indicator", KEY)
    assert "没算进分子的" in page and "看是谁" not in page


def test_area_of_somebody_else_is_not_opened(planner, plan, measured):
    assert "按机构：清河县" in read(planner, "indicator", KEY, area="110101")
    assert "按机构：东里镇" in read(planner, "indicator", KEY, area="370899101")


def test_unknown_indicator_is_not_found(planner):
    assert planner.get(reverse("indicator", args=["nonsense"])).status_code == 404


def test_indicator_list_finds_by_initials_and_filters(planner, plan, measured):
    assert read(planner, "indicators", q="rjyqsm").count("data-row") == 1
    assert read(planner, "indicators", show="plan").count("data-row") == 1


def test_names_from_plans_are_escaped(planner, plan, measured):
    Target.objects.filter(seq="2").update(name="<script>alert(1)</script>", category='"><img>')
    page = read(planner, "plan")
    assert "<script>alert" not in page and "<img>" not in page


def hand_in(client, text: str = PLAN, name: str = "清河.txt"):
    file = io.BytesIO(text.encode())
    file.name = name
    return client.post(reverse("plan_imports"), {"file": file})


def test_document_is_read_reviewed_and_made_official(planner):
    answer = hand_in(planner)
    document = PlanDocument.objects.get()
    assert answer.url == reverse("plan_import", args=[document.pk])
    review = read(planner, "plan_import", document.pk)
    assert "人均预期寿命" in review and "第 " in review and "disabled" in review
    for item in document.items.filter(kind="indicator"):
        planner.post(reverse("plan_item", args=[item.pk]), {"do": "accept"})
    planner.post(reverse("plan_official", args=[document.pk]))
    assert Target.objects.filter(document__state="official").count() == document.items.filter(kind="indicator").count() == 2
    assert "规范管理率" in read(planner, "plan")


def test_same_file_is_taken_in_once(planner):
    hand_in(planner)
    hand_in(planner)
    assert PlanDocument.objects.count() == 1


def test_making_official_with_undecided_rows_is_refused(planner):
    hand_in(planner)
    answer = planner.post(reverse("plan_official", args=[PlanDocument.objects.get().pk]))
    assert answer.status_code == 400 and "没有审阅" in answer.content.decode()
    assert not Target.objects.exists()


def first_row(planner) -> PlanItem:
    hand_in(planner)
    return PlanItem.objects.filter(kind="indicator").order_by("ordinal").first()


def test_correction_is_kept_with_who_when_and_why(planner):
    item = first_row(planner)
    row = planner.get(reverse("plan_item", args=[item.pk]), {"ask": "correct"}, headers={"HX-Request": "true"}).content.decode()
    assert 'name="target_value"' in row and "<html" not in row
    given = {"do": "correct", "reason": "原件写的是 79.5", **{key: str(value) for key, value in item.data.items()}, "target_value": "79.5"}
    row = planner.post(reverse("plan_item", args=[item.pk]), given, headers={"HX-Request": "true"}).content.decode()
    item.refresh_from_db()
    assert item.state == "corrected" and item.value["target_value"] == "79.5" and item.data["target_value"] == "79"
    assert "原件写的是 79.5" in row and "已更正" in row and 'id="undecided" hx-swap-oob="true"' in row
    planner.post(reverse("plan_item", args=[item.pk]), {"do": "undo"})
    item.refresh_from_db()
    assert item.state == "pending" and item.corrected is None


def test_impossible_correction_is_said_beside_the_field(planner):
    item = first_row(planner)
    given = {"do": "correct", "reason": "x", "target_value": "七十", "name": item.data["name"]}
    answer = planner.post(reverse("plan_item", args=[item.pk]), given, headers={"HX-Request": "true"})
    assert "不是数字" in answer.content.decode()
    item.refresh_from_db()
    assert item.state == "pending"


def test_discarding_needs_a_reason(planner):
    item = first_row(planner)
    answer = planner.post(reverse("plan_item", args=[item.pk]), {"do": "discard", "reason": " "}, headers={"HX-Request": "true"})
    assert "请写明弃用的原因" in answer.content.decode()
    item.refresh_from_db()
    assert item.state == "pending"


def test_document_marks_each_item_where_it_was_found(planner):
    hand_in(planner)
    document = PlanDocument.objects.get()
    page = read(planner, "plan_document", document.pk)
    for item in document.items.exclude(kind="outline"):
        assert f'id="hit-{item.pk}"' in page and f'id="item-{item.pk}"' in page
    only = read(planner, "plan_document", document.pk, kind="indicator")
    assert only.count("<li id=") == document.items.filter(kind="indicator").count()


def test_two_documents_are_compared(planner):
    hand_in(planner)
    hand_in(planner, PLAN.replace("\t79\t", "\t79.6\t"), "修订稿.txt")
    new, old = PlanDocument.objects.order_by("-pk")
    page = read(planner, "plan_compare", old.pk, **{"with": new.pk})
    assert "79.6" in page and "不同" in page


def test_document_of_another_region_is_not_found(planner):
    hand_in(planner)
    PlanDocument.objects.update(area="110101")
    document = PlanDocument.objects.get()
    for name in ("plan_import", "plan_document", "plan_compare"):
        assert planner.get(reverse(name, args=[document.pk])).status_code == 404
    item = document.items.filter(kind="indicator").first()
    assert planner.get(reverse("plan_item", args=[item.pk])).status_code == 404


def test_unreadable_file_is_explained_and_nothing_kept(planner):
    answer = hand_in(planner, "\x00\x01", "x.exe")
    assert answer.status_code == 400 and not PlanDocument.objects.exists()


def test_without_a_file_the_page_says_what_to_do(planner):
    answer = planner.post(reverse("plan_imports"), {})
    assert answer.status_code == 400 and "还没有选文件" in answer.content.decode()


REPORT = {"value": "31.2", "source": "survey", "period_start": "2024-01-01", "period_end": "2024-12-31", "document": "2024 年监测报告"}


def test_reported_figure_stands_on_its_indicator_s_page(planner, measured):
    answer = planner.post(reverse("report", args=["health_literacy"]), REPORT)
    assert answer.url == reverse("indicator", args=["health_literacy"])
    page = read(planner, "indicator", "health_literacy")
    assert "31.2" in page and "2024 年监测报告" in page
    assert AuditEvent.objects.filter(action="indicator.report", account="planner").count() == 1


def test_reporting_the_same_period_again_replaces_the_value(planner, measured):
    planner.post(reverse("report", args=["health_literacy"]), REPORT)
    planner.post(reverse("report", args=["health_literacy"]), {**REPORT, "value": "32.5"})
    read(planner, "reports")
    page = read(planner, "report", "health_literacy")
    assert "32.5" in page and "31.2" not in page and "1 次" in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"value": "很多"}, "数值"),
        ({"period_end": "2023-01-01"}, "终点应在起点之后"),
        ({"period_end": "2031-12-31"}, "还没到的时期"),
        ({"document": ""}, ""),
    ],
)
def test_report_with_a_fault_keeps_what_was_typed(planner, change, words):
    answer = planner.post(reverse("report", args=["health_literacy"]), {**REPORT, **change})
    page = answer.content.decode()
    assert answer.status_code == 422 and words in page and 'class="field hard"' in page.replace("field wide hard", "field hard")
    assert 'value="2024-01-01"' in page


def test_computed_indicator_is_not_reported_by_hand(planner):
    answer = planner.get(reverse("report", args=["life_expectancy"]))
    assert answer.status_code == 400 and "不用填报" in answer.content.decode()


def test_report_is_refused_to_those_who_may_not(qinghe):
    from kangyu.flows import reported_figures
    from kangyu.kernel.errors import DeniedError

    with pytest.raises(DeniedError):
        reported_figures.report("health_literacy", REPORT, area=COUNTY, by=qinghe.viewer(qinghe.shen))
    assert reported_figures.report("health_literacy", REPORT, area=COUNTY, by=SYSTEM)


def test_a_real_county_s_own_plan_needs_no_word_about_who_measures_it(planner, plan, measured):
    assert 'class="measured"' not in read(planner, "plan")


def test_another_region_s_plan_says_whose_records_measure_it(planner, plan, measured):
    PlanDocument.objects.update(title="汶上县“十四五”卫生与健康规划")
    assert '<p class="measured">由 <b>清河县</b> 的记录衡量</p>' in read(planner, "plan")


def test_a_synthetic_county_is_named_beside_the_plan_it_was_made_by(planner, plan, measured):
    PlanDocument.objects.update(title="汶上县“十四五”卫生与健康规划", text="一、目标")
    for key, value in (("synthetic", "yes"), ("plan", "wenshang")):
        deployment.set_fact(key, value)
    county = "清河县（合成，按汶上县规划校准）"
    pages = [("plan",), ("plan_import", plan.pk), ("plan_document", plan.pk), ("plan_imports",), ("indicators",), ("indicator", KEY)]
    for name, *args in pages:
        assert county in read(planner, name, *args), name


LONGEST_PAGE = 150_000
NEXT_PART = re.compile(r'data-part hx-get="\?([^"]+)"')


def whole_document(client, document, query=""):
    """Every answer that makes up a document's page, in order: the page, then the parts that follow by themselves."""
    address = reverse("plan_document", args=[document.pk])
    answers = [client.get(address + query).content.decode()]
    while found := NEXT_PART.search(answers[-1]):
        answers.append(client.get(f"{address}?{html.unescape(found[1])}", headers={"HX-Request": "true"}).content.decode())
    return answers


def marks_everything(answers, document):
    page = "".join(answers)
    for item in document.items.exclude(kind="outline"):
        assert page.count(f'id="hit-{item.pk}"') == 1 and page.count(f'id="item-{item.pk}"') == 1
    written = [number for number, line in enumerate(document.lines, 1) if line]
    assert [int(one) for one in re.findall(r'id="line-(\d+)"', page)] == written


def test_long_document_follows_in_parts_none_of_them_long(planner):
    chapters = [
        f"第{n}章 健康服务\n\n" + "\n\n".join(f"推进第 {n}.{m} 项工作，{'改善居民健康，' * 60}" for m in range(20)) for n in range(1, 16)
    ]
    hand_in(planner, PLAN + "\n\n" + "\n\n".join(chapters))
    document = PlanDocument.objects.get()
    answers = whole_document(planner, document)
    assert len(answers) > 2 and max(len(one.encode()) for one in answers) <= LONGEST_PAGE
    assert all("<html" not in one and 'hx-swap-oob="beforeend:#entries"' in one for one in answers[1:])
    marks_everything(answers, document)
    alone = read(planner, "plan_document", document.pk, part=2)
    assert "<html" in alone and "从第 1 行看起" in alone and 'id="line-1"' not in alone


@pytest.mark.parametrize("name", ["anyang", "liaoyuan", "shapingba", "wenshang", "xiangshan"])
def test_published_plan_is_shown_whole_in_short_answers(planner, seeds, name):
    hand_in(planner, (seeds / f"seeds/{name}.txt").read_text(encoding="utf-8"), f"{name}.txt")
    document = PlanDocument.objects.get()
    answers = whole_document(planner, document)
    assert max(len(one.encode()) for one in answers) <= LONGEST_PAGE
    marks_everything(answers, document)
    for kind in ("indicator", "commitment", "task", "project"):
        assert len(read(planner, "plan_import", document.pk, kind=kind).encode()) <= LONGEST_PAGE
