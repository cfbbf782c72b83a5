"""A pregnancy in the browser: booked from the resident's page, judged red with its file opened, delivered, the newborn linked both ways."""

import re
from collections.abc import Iterator

from browser.looking import fits_a_phone

PERSON = re.compile(r'href="/people/(\d+)/"><b>(.+?)</b></a> <span class="mute">([女男]) ([^<]+)</span>')


def residents(page) -> Iterator[tuple[str, str, str, str]]:
    """Number, name, sex and age of everybody in the list, page by page."""
    after = ""
    while rows := PERSON.findall(page.request.get(f"/people/?after={after}").text()):
        yield from rows
        after = rows[-1][0]


def could_be_pregnant(page) -> str:
    """The number of a woman whose page offers to book a pregnancy."""
    for pid, _, sex, age in residents(page):
        if sex != "女" or not age.isdigit() or not 20 <= int(age) <= 40:
            continue
        if f'href="/visit/{pid}/maternal/?form=registration"' in page.request.get(f"/people/{pid}/").text():
            return pid
    raise AssertionError("the list has no woman who could be booked")


def child_without_mother(page) -> tuple[str, str]:
    """Number and name of a child whose mother is not on record."""
    for pid, name, _, age in residents(page):
        young = age.endswith("个月") or (age.isdigit() and int(age) < 10)
        if young and "母亲：" not in page.request.get(f"/people/{pid}/").text():
            return pid, name
    raise AssertionError("every child in the list has a mother on record")


def saved(page) -> None:
    page.keyboard.press("Control+Enter")
    page.locator("h1", has_text="已保存").wait_for()


def examine(page, pid: str, factor: str) -> None:
    """An antenatal visit with one risk factor found by typing a part of its name."""
    page.goto(f"/visit/{pid}/maternal/")
    for key, value in (("systolic", "118"), ("diastolic", "76"), ("weight", "66")):
        page.locator(f"#{key}").fill(value)
    page.locator("#symptoms").get_by_label("都没有", exact=True).check()
    page.locator("[data-filter=factors]").fill(factor[:3])
    page.locator("#factors").get_by_label(factor, exact=True).check()


def test_a_pregnancy_goes_from_booking_to_the_newborn(signed_in):
    doctor = signed_in("maternal")
    pid = could_be_pregnant(doctor)
    doctor.goto(f"/people/{pid}/")
    doctor.get_by_role("link", name="孕产妇建册").click()
    for key, value in (("lmp", "2025-02-17"), ("gravidity", "1"), ("parity", "0")):
        doctor.locator(f"#{key}").fill(value)
    doctor.locator("#live .note.ok", has_text="可以保存了").wait_for()
    saved(doctor)

    doctor.goto(f"/people/{pid}/")
    assert "孕 39 周+4" in doctor.locator("main").inner_text()
    examine(doctor, pid, "凶险性前置胎盘")
    doctor.locator("#live", has_text="妊娠风险：红色（高）").wait_for()
    doctor.locator("#live .note.ok", has_text="可以保存了").wait_for()
    saved(doctor)
    doctor.get_by_role("link", name="高危孕产妇专案").click()
    assert "待报送" in doctor.locator(".lede").inner_text()
    assert re.search(r"还剩 (1 天|2[0-4] 小时)", doctor.locator("main").inner_text()), "red is to be reported within a day"

    child, name = child_without_mother(doctor)
    doctor.goto(f"/people/{pid}/")
    fits_a_phone(doctor)
    assert "凶险性前置胎盘" in doctor.locator(".episode").inner_text(), "the page says what the colour rests on"
    doctor.locator(".episode-acts").get_by_role("link", name="分娩记录").click()
    for key, value in (("live_births", "1"), ("first_antenatal_week", "39"), ("antenatal_visits", "1"), ("birth_weight", "3250")):
        doctor.locator(f"#{key}").fill(value)
    doctor.locator("#prenatal_screening").get_by_label("否", exact=True).check()
    doctor.locator("#delivery_mode").get_by_label("剖宫产", exact=True).check()
    doctor.locator("#newborns input[role=combobox]").first.fill(name)
    doctor.locator("#newborns [role=option]", has_text=name).first.click()
    doctor.locator("#newborns tbody tr").first.get_by_label("女", exact=True).check()
    doctor.locator("#newborns tbody tr").first.get_by_label("出生体重").fill("3250")
    doctor.locator("#newborns tbody tr").first.get_by_label("结局").select_option(label="活产")
    doctor.locator("#live .note.ok", has_text="可以保存了").wait_for()
    saved(doctor)

    doctor.goto(f"/people/{pid}/")
    assert f"子女：{name}" in doctor.locator(".kin").inner_text()
    assert "产后" in doctor.locator(".episode").inner_text()
    doctor.locator(".kin").get_by_role("link", name=name).click()
    assert "母亲：" in doctor.locator(".kin").inner_text()
    assert doctor.url.rstrip("/").endswith(child)
