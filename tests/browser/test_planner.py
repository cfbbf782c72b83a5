"""A planner's morning and an administrator's errand, with the keyboard where there is a key for it."""

from datetime import UTC, date, datetime

import pytest

from kangyu.apps.governance import deployment
from kangyu.apps.indicators.models import Figure, MeasureRun
from kangyu.apps.planning.models import PlanDocument, Target
from world.qinghe import COUNTY, PASSWORD

from .conftest import TELEPHONE

KEY = "hypertension_diabetes_management"


@pytest.fixture
def county(visitor, qinghe):
    """Qinghe with a published run and one official row."""
    deployment.set_fact("as_of", "2025-11-21")
    deployment.set_fact("synthetic", "yes")
    run = MeasureRun.objects.create(
        name="t", state="published", as_of=date(2025, 11, 21), computed_at=datetime(2025, 11, 20, tzinfo=UTC), people=400
    )
    for number, period in enumerate(("2020", "2021", "2022", "2023", "2024", "now")):
        Figure.objects.create(run=run, level="county", indicator=KEY, period=period, area=COUNTY, top=240 + 4 * number, bottom=400)
    for area, top in (("370899101", 140), ("370899102", 120)):
        Figure.objects.create(run=run, level="township", indicator=KEY, period="now", area=area, top=top, bottom=200)
    years = {"first_year": 2021, "last_year": 2025}
    document = PlanDocument.objects.create(area=COUNTY, digest="x", filename="x", title="清河县规划", state="official", **years)
    Target.objects.create(
        document=document, area=COUNTY, ordinal=1, seq="1", category="慢病管理", name="规范管理率", unit="%",
        baseline_year=2020, baseline_raw="60",
        baseline=60, target_year=2025, target_raw="70", target=70, comparator="eq", nature="binding", indicator=KEY,
    )  # fmt: skip
    return qinghe


def test_planner_goes_from_the_plan_to_one_number_by_keyboard(county, visitor):
    planner = visitor()
    planner.sign_in("planner", PASSWORD)
    page = planner.page
    assert page.title().startswith("规划总览") and page.locator(".synthetic").is_visible()
    planner.has_no_barriers()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/indicators/{KEY}/")
    assert "65.00" in page.locator(".hero").inner_text()
    planner.has_no_barriers()
    page.get_by_text("机器执行的表达式").click()
    assert page.get_by_text("hypertension_follow_up").first.is_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("rjyqsm")
    page.locator("#found [role=option]").first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/indicators/life_expectancy/")
    assert planner.errors == []


def test_filter_swaps_the_board_and_stands_in_the_address(county, visitor):
    planner = visitor()
    planner.sign_in("planner", PASSWORD)
    page = planner.page
    page.get_by_role("link", name="约束性 1").click()
    page.wait_for_url("**/plan/?show=binding")
    page.get_by_role("link", name="按要紧排").click()
    page.wait_for_url("**sort=attention**")
    assert "show=binding" in page.url and page.locator("tr.group").count() == 0
    assert planner.errors == []


def test_planner_reviews_the_sample_plan_and_makes_it_official(county, visitor):
    planner = visitor()
    planner.sign_in("planner", PASSWORD)
    page = planner.go("/plan/imports/")
    page.get_by_role("button", name="用自带的样例").click()
    page.wait_for_url("**/plan/imports/*/")
    planner.has_no_barriers()
    page.on("dialog", lambda dialog: dialog.accept())
    first = page.locator("table.review tbody tr").first
    first.get_by_role("link", name="更正").click()
    page.locator("form.edit input[name=reason]").fill("对照了原件")
    page.get_by_role("button", name="保存更正").click()
    page.locator("tr.is-corrected").wait_for()
    page.get_by_role("button", name="没有疑点的").click()
    page.wait_for_load_state()
    page.goto(page.url.split("?")[0] + "?kind=indicator")
    while page.locator("tr.is-pending").count():
        left = page.locator("tr.is-pending").count()
        page.locator("tr.is-pending").first.get_by_role("button", name="采纳").click()
        page.wait_for_function("count => document.querySelectorAll('tr.is-pending').length < count", arg=left)
    page.reload()
    page.get_by_role("button", name="转为正式").click()
    page.wait_for_url("**/plan/")
    assert "样河县" in page.locator("h1").inner_text()
    assert planner.errors == []


def test_document_jumps_between_the_text_and_the_list(county, visitor):
    planner = visitor()
    planner.sign_in("planner", PASSWORD)
    page = planner.go("/plan/imports/")
    page.get_by_role("button", name="用自带的样例").click()
    page.get_by_role("link", name="看原文").click()
    planner.has_no_barriers()
    entry = page.locator(".doc-side li").nth(20)
    entry.get_by_role("link").click()
    mark = page.locator(f"#hit-{entry.get_attribute('id').removeprefix('item-')} + .hit")
    assert mark.bounding_box()["y"] < 768 and mark.bounding_box()["y"] > 48
    page.locator("a.hit").first.click()
    assert "#item-" in page.url
    assert planner.errors == []


def test_planner_s_pages_fit_a_telephone(county, visitor):
    planner = visitor(TELEPHONE)
    planner.sign_in("planner", PASSWORD)
    for path in ("/plan/", "/indicators/", f"/indicators/{KEY}/", "/plan/imports/", "/report/", "/report/health_literacy/"):
        planner.go(path)
        planner.fits()
        planner.has_no_barriers()


def test_administrator_opens_an_account_and_its_owner_signs_in(county, visitor):
    admin = visitor()
    admin.sign_in("admin", PASSWORD)
    page = admin.go("/admin/accounts/")
    page.keyboard.press("n")
    page.wait_for_url("**/open/")
    page.locator("#username").fill("liu.fang")
    page.locator("#display_name").fill("刘样方")
    page.get_by_label("卫生健康局规划员").check()
    page.locator("#area").select_option(COUNTY)
    admin.has_no_barriers()
    page.keyboard.press("Control+Enter")
    password = page.locator(".once code").inner_text()
    newcomer = visitor()
    newcomer.sign_in("liu.fang", password)
    assert newcomer.page.title().startswith("规划总览")
    assert admin.errors == newcomer.errors == []


def test_administrator_s_pages_fit_a_telephone(county, visitor):
    admin = visitor(TELEPHONE)
    admin.sign_in("admin", PASSWORD)
    ours = ("/admin/", "/admin/accounts/", "/admin/accounts/open/", "/admin/imports/", "/admin/audit/")
    for path in (*ours, "/content/", "/content/programme/hypertension/"):
        admin.go(path)
        admin.fits()
        admin.has_no_barriers()


def test_long_document_is_whole_a_moment_after_the_page_and_its_late_places_are_gone_to(county, visitor):
    text = "\n".join(f"第 {n} 条 {'改善居民健康，' * 90}" for n in range(1, 161))
    document = PlanDocument.objects.create(area=COUNTY, digest="long", filename="长.txt", title="清河县长规划", text=text)
    planner = visitor()
    planner.sign_in("planner", PASSWORD)
    page = planner.go(f"/plan/document/{document.pk}/#line-160")
    page.locator("#line-160").wait_for()
    assert page.locator("[data-part]").count() == 0 and page.locator(".dl").count() == 160
    page.locator("#line-160:target").wait_for()
    assert page.evaluate("document.getElementById('line-160').getBoundingClientRect().top < innerHeight")
    planner.fits()
    assert planner.errors == []
    planner.has_no_barriers()


def test_search_leads_to_a_township_and_its_institutions(county, visitor):
    planner = visitor()
    planner.sign_in("planner", PASSWORD)
    page = planner.page
    page.keyboard.press("Control+k")
    page.keyboard.type("dlz")
    page.locator("#found [role=option]").first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/places/370899101/")
    page.get_by_role("link", name="东里村卫生室").click()
    page.wait_for_url("**/institutions/clinic-dongli/")
    planner.fits()
    assert planner.errors == []
    planner.has_no_barriers()
