"""A report card in the browser: reported from the resident's page, passed by the desk, returned by the county, mended, final."""

import re

from browser.looking import fits_a_phone

PROCEDURE = "notifiable_case"


def fill_card(page) -> None:
    """The card of somebody with influenza, as a doctor fills it in by hand."""
    typed = page.locator("#disease-typed")
    typed.fill("流行性感冒")
    page.locator("#disease-list li, #disease-list [role=option]", has_text="流行性感冒").first.click()
    page.locator("#case_class").get_by_label("确诊病例").check()
    page.locator("#onset").fill("2025-11-19")
    page.locator("#diagnosed_at").fill("2025-11-20T10:00")
    page.locator("#origin").get_by_label("本县区").check()
    page.locator("#population_group-typed").fill("农民")
    page.locator("#population_group-list li, #population_group-list [role=option]", has_text="农民").first.click()
    if not page.locator("#address").input_value():
        page.locator("#address").fill("二组 6 号")


def grown_up(doctor) -> str:
    """The number of a grown-up resident of the doctor's clinic."""
    doctor.goto("/people/")
    for row in doctor.locator("main tbody tr").all():
        age = re.search(r"[男女]\s*(\d+)", row.inner_text())
        if age and 20 <= int(age[1]) < 90:
            return row.locator("a").first.get_attribute("href").strip("/").split("/")[-1]
    raise AssertionError("no grown-up on the first page of residents")


def test_a_card_goes_from_the_resident_s_page_to_its_end(signed_in):
    doctor = signed_in("doctor", expects=(422,))
    pid = grown_up(doctor)
    doctor.goto(f"/people/{pid}/")
    doctor.get_by_role("link", name="传染病报告卡", exact=True).click()
    doctor.get_by_role("button", name="报告").first.click()
    assert doctor.locator(".note.bad", has_text="还没有办成").count() == 1, "an empty card is not taken"
    fill_card(doctor)
    fits_a_phone(doctor)
    doctor.get_by_role("button", name="报告").first.click()
    doctor.locator(".lede", has_text="待本单位审核").wait_for()
    address = doctor.url

    desk = signed_in("prevention")
    desk.goto(address)
    desk.get_by_role("button", name="本单位审核通过").click()
    desk.locator(".lede", has_text="待县级审核").wait_for()

    reviewer = signed_in("reviewer")
    reviewer.goto(address)
    reviewer.locator("summary", has_text="退回").first.click()
    reviewer.get_by_label("原因（会让对方看到）").first.fill("现住址没有写到门牌")
    reviewer.get_by_role("button", name="退回", exact=True).first.click()
    reviewer.locator(".lede", has_text="退回待改").wait_for()

    doctor.goto(address)
    assert "现住址没有写到门牌" in doctor.locator(".tl").inner_text()
    doctor.get_by_role("link", name="改好再报").click()
    doctor.locator("#address").fill("上店村二组 6 号")
    doctor.get_by_role("button", name="改好再报").first.click()
    doctor.locator(".lede", has_text="待本单位审核").wait_for()

    for page, button, state in (
        (desk, "本单位审核通过", "待县级审核"),
        (reviewer, "县级审核通过", "待市级终审"),
        (signed_in("city"), "终审通过", "已终审"),
    ):
        page.goto(address)
        page.get_by_role("button", name=button, exact=True).click()
        page.locator(".lede", has_text=state).wait_for()
    listed = reviewer.request.get(f"/cases/list/{PROCEDURE}/?disease=influenza").text()
    assert address.rstrip("/").split("/")[-1] in listed
    assert reviewer.request.get(f"{address}paper/report_card/").body().startswith(b"%PDF")


def test_the_desk_sees_who_was_diagnosed_and_not_reported(signed_in):
    desk = signed_in("reviewer")
    desk.goto(f"/cases/missing/{PROCEDURE}/")
    rows = desk.locator("main tbody tr")
    assert rows.count() or desk.locator(".empty").count() == 1
    fits_a_phone(desk)
