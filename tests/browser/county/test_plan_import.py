"""A plan handed in as published is reviewed item by item; it can become official once every indicator has been looked at."""

import re
import uuid
from pathlib import Path

from browser.looking import fits_a_phone, has_no_serious_fault

SAMPLE = Path(__file__).resolve().parents[3] / "content/plans/sample/yanghe-plan.txt"


def test_uploaded_plan_is_reviewed_item_by_item_and_found_in_its_document(signed_in, tmp_path):
    file = tmp_path / "yanghe-plan.txt"
    file.write_text(f"{SAMPLE.read_text()}\n印发编号 {uuid.uuid4().hex}\n")
    page = signed_in("planner")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/plan/imports/")
    page.get_by_label("选文件").set_input_files(file)
    page.get_by_role("button", name="读取", exact=True).click()
    page.wait_for_url(re.compile(r"/plan/imports/\d+/$"))
    review = page.url
    assert "样河县" in page.locator("h1").inner_text() and "同一指标两个目标" in page.locator(".warnings").inner_text()
    fits_a_phone(page)
    has_no_serious_fault(page)
    undecided = int(page.locator("#undecided").inner_text())
    assert page.get_by_role("button", name="转为正式").is_disabled()

    rows = page.locator("table.review tbody tr")
    first, second, third = (page.locator(f"#{rows.nth(number).get_attribute('id')}") for number in range(3))
    first.get_by_role("button", name="采纳").click()
    page.locator(f"#{first.get_attribute('id')}.is-accepted").wait_for()
    second.get_by_role("link", name="更正").click()
    second.locator("input[name=baseline_value]").fill("68.2")
    second.locator("input[name=reason]").fill("按附件补基期")
    second.get_by_role("button", name="保存更正").click()
    page.locator(f"#{second.get_attribute('id')}.is-corrected").wait_for()
    assert "68.2" in second.inner_text()
    third.get_by_role("link", name="弃用").click()
    third.locator("input[name=reason]").fill("不在本县考核")
    third.get_by_role("button", name="弃用").click()
    page.locator(f"#{third.get_attribute('id')}.is-discarded").wait_for()
    assert int(page.locator("#undecided").inner_text()) == undecided - 3
    third.locator("summary", has_text="经过").click()
    assert "planner" in third.inner_text() and "不在本县考核" in third.inner_text()

    first.locator("td.quote a").click()
    page.wait_for_url(re.compile(r"/plan/document/\d+/#hit-"))
    mark = page.locator(f"#{page.url.partition('#')[2]}")
    assert mark.count() == 1
    assert page.locator("article a.hit").count() > 100 and "人均预期寿命" in page.locator("article").inner_text()
    has_no_serious_fault(page)
    fits_a_phone(page)

    page.goto(review)
    page.get_by_role("button", name="没有疑点的").click()
    page.wait_for_load_state()
    page.goto(f"{review}?kind=indicator")
    while left := page.locator("tr.is-pending").count():
        page.locator("tr.is-pending").first.get_by_role("button", name="采纳").click()
        page.wait_for_function("count => document.querySelectorAll('tr.is-pending').length < count", arg=left)
    page.reload()
    assert page.get_by_role("button", name="转为正式").is_enabled(), "every indicator has been looked at"
    page.goto("/plan/imports/")
    assert "正式" in page.locator("aside").inner_text() and "汶上县" in page.locator("aside").inner_text(), "nobody made it official yet"
    page.goto("/plan/")
    assert "汶上县" in page.locator("h1").inner_text()
