"""A resident referred from the village clinic to the county hospital: a bed kept, taken, given back with a plan; another one refused."""

import re
from datetime import date, timedelta

from browser.looking import fits_a_phone, has_no_serious_fault

TODAY = date(2025, 11, 21)
HOSPITAL = "人民医院"


def choose(page, key: str, words: str) -> None:
    """A radio button of a question."""
    page.locator(f"#{key}").get_by_text(words, exact=True).click()


def named(page, key: str, words: str) -> None:
    """An answer sought by some letters of its name."""
    page.locator(f"#{key}-typed").fill(words)
    page.locator(f"#{key}-list [role=option]", has_text=words).first.click()


def stands(page, words: str) -> None:
    """The case's page says where it stands."""
    page.locator(".lede", has_text=f"现在：{words}").wait_for()


def a_patient(doctor) -> str:
    """The number of a resident of the doctor's clinic who has hypertension."""
    doctor.goto("/people/?programme=hypertension")
    return doctor.locator("main a[href^='/people/']", has_text=re.compile(".样")).first.get_attribute("href").split("/")[2]


def write_sheet(doctor, pid: str, impression: str) -> None:
    """The referral sheet, from the resident's page."""
    doctor.goto(f"/people/{pid}/")
    doctor.locator(".page-acts").get_by_role("link", name="双向转诊").click()
    choose(doctor, "direction", "上转")
    named(doctor, "target", HOSPITAL)
    named(doctor, "department", "内科")
    choose(doctor, "urgency", "普通")
    doctor.locator("#impression").fill(impression)
    doctor.locator("#why").fill("连续三次未控制，调药后仍高")
    doctor.locator("#systolic").fill("176")
    doctor.locator("#diastolic").fill("98")
    choose(doctor, "consent", "本人同意")


def free_beds(desk) -> int:
    """Beds of the department asked for, as the acceptance form shows them."""
    said = desk.locator(".room tr.mine").inner_text()
    return 0 if "没有空的" in said else int(re.search(r"(\d+) 张", said)[1])


def test_a_referral_goes_up_with_a_bed_and_comes_back_with_a_plan(signed_in):
    doctor, desk = signed_in("doctor"), signed_in("desk", expects=(404,))
    pid = a_patient(doctor)
    write_sheet(doctor, pid, "高血压三次未控待查")
    fits_a_phone(doctor)
    doctor.get_by_role("button", name="先存草稿").click()
    stands(doctor, "起草")
    address = doctor.url
    desk.goto(address)
    assert "没有这件事" in desk.locator("main").inner_text(), "what is not sent yet is not the hospital's to see"

    doctor.get_by_role("button", name="发出", exact=True).click()
    stands(doctor, "等接收")
    desk.goto(address)
    turn = desk.locator(".turn").inner_text()
    assert "轮到你" in turn and "4 个工作小时" in turn
    has_no_serious_fault(desk)
    desk.locator(".turn").get_by_role("link", name="接收").click()
    before = free_beds(desk)
    choose(desk, "keeps_bed", "是")
    desk.locator("#come_by").fill((TODAY + timedelta(days=1)).isoformat())
    fits_a_phone(desk)
    desk.keyboard.press("Control+Enter")
    stands(desk, "等到诊")
    assert "留床" in desk.locator("main").inner_text()

    reception = signed_in("reception")
    reception.goto(address)
    reception.locator(".turn").get_by_role("button", name="到诊", exact=True).click()
    stands(reception, "已到诊")

    physician = signed_in("physician")
    physician.goto(address)
    physician.locator(".turn").get_by_role("link", name="下转，附方案").click()
    for key in ("diagnosis", "findings", "treatment", "medicines", "advice"):
        physician.locator(f"#{key}").fill(f"高血压 2 级，{key}")
    physician.locator("#see_again").fill((TODAY + timedelta(days=7)).isoformat())
    physician.keyboard.press("Control+Enter")
    stands(physician, "已下转，待回访")

    doctor.goto("/cases/?procedure=referral")
    doctor.locator(f"main a[href='/cases/{address.split('/')[-2]}/']").first.click()
    assert "轮到你" in doctor.locator(".turn").inner_text() and "高血压 2 级，medicines" in doctor.locator(".answers").inner_text()
    doctor.locator(".turn").get_by_role("link", name="回访并结案").click()
    choose(doctor, "seen", "是")
    choose(doctor, "takes_medicines", "规律")
    choose(doctor, "condition", "好转")
    doctor.keyboard.press("Control+Enter")
    stands(doctor, "结案")
    assert "已办结" in doctor.locator(".turn").inner_text() and doctor.locator(".tl li").count() >= 6
    desk.goto(address)
    assert before >= 1 and "已办结" in desk.locator(".turn").inner_text()


def test_a_refusal_says_why_and_leaves_the_way_elsewhere(signed_in):
    doctor, desk = signed_in("doctor"), signed_in("desk")
    write_sheet(doctor, a_patient(doctor), "胸闷待查")
    doctor.get_by_role("button", name="发出转诊").first.click()
    stands(doctor, "等接收")
    address = doctor.url
    desk.goto(address)
    desk.locator(".turn summary", has_text="不接").click()
    desk.locator("#reason-refuse").fill("内科今天没有空床，请联系县中医院")
    desk.get_by_role("button", name="不接", exact=True).click()
    stands(desk, "不接")
    doctor.goto("/cases/")
    assert "内科今天没有空床" in doctor.locator("main").inner_text() or doctor.locator("main", has_text="不接").count()
    doctor.goto(address)
    assert "内科今天没有空床" in doctor.locator(".tl").inner_text()
    assert doctor.locator(".turn").get_by_role("link", name="改转别处").count() == 1
    doctor.goto("/cases/boards/referral/")
    refused = doctor.locator(".col", has=doctor.locator("h2", has_text=re.compile("^不接")))
    assert "胸闷待查" in refused.inner_text()
    fits_a_phone(doctor)
    has_no_serious_fault(doctor)
