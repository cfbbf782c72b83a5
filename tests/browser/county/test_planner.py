"""A planner looks from the plan to one number and what it is made of, and no further than the role reaches."""

import re

from browser.looking import fits_a_phone, has_no_serious_fault

KEY = "hypertension_diabetes_management"


def test_planner_goes_from_the_plan_to_a_township_and_the_table_behind_the_chart(signed_in):
    page = signed_in("planner", expects=(403,))
    assert page.url.endswith("/plan/") and page.locator(".synthetic").inner_text() == "合成数据"
    fits_a_phone(page)
    has_no_serious_fault(page)

    chip = page.locator("#board .chip", has_text="偏离")
    off_track = int(chip.locator("b").inner_text())
    chip.click()
    page.wait_for_url("**/plan/?show=bad**")
    page.locator("#board .chip[aria-current=true]", has_text="偏离").wait_for()
    rows = page.locator("table.ind tbody tr[data-row]")
    assert rows.count() == off_track > 0
    assert rows.locator(".st.bad").all_inner_texts() == ["偏离"] * off_track

    page.goto("/plan/")
    page.get_by_role("link", name="高血压糖尿病患者规范管理率").first.click()
    page.wait_for_url(f"**/indicators/{KEY}/")
    assert re.search(r"\d+ ／ \d+ 人；95% 区间", page.locator(".hero").inner_text())
    fits_a_phone(page)
    has_no_serious_fault(page)

    township = page.locator("table.rank tbody a").first
    name = township.inner_text()
    township.click()
    page.wait_for_url("**?area=*")
    assert page.locator("#institutions h2").inner_text().startswith(f"按机构：{name}")
    page.locator("figure + details summary", has_text="表格").click()
    lines = page.locator("figure + details tbody tr").all_inner_texts()
    assert len(lines) >= 6 and "2020" in lines[0] and all(re.search(r"\d\d\.\d\d", line) for line in lines)

    page.goto("/people/1/")
    assert "您的角色没有这项权限" in page.locator("main").inner_text()
    fits_a_phone(page)


def test_planner_s_other_pages_fit_a_phone(signed_in):
    page = signed_in("planner")
    for path in ("/indicators/", "/report/", "/content/", "/plan/imports/"):
        page.goto(path)
        fits_a_phone(page)
