"""A resident in three programmes: one row of the list, one page, one save."""

import os

import pytest

from world import care, qinghe

DESK, TELEPHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def shen(visitor):
    from django.core.cache import cache

    cache.clear()
    qinghe.build()
    care.li_is_treated()
    care.store(
        care.condition("li-e11", "li", code="E11.9", title="2 型糖尿病"),
        care.episode("li-dm", "li", "diabetes"),
    )

    def at(size: dict):
        found = visitor(size)
        found.sign_in("shen", qinghe.PASSWORD)
        return found

    return at


def shot(page, name):
    if shots := os.environ.get("KANGYU_SHOTS"):
        page.screenshot(path=f"{shots}/{name}.png", full_page=True)


def test_one_row_of_the_list_opens_one_page_and_one_save_serves_every_programme(shen):
    page = shen(DESK).page
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/together/**")
    assert page.locator("input[name$='.systolic']").count() == 1
    page.fill("input[name$='.systolic']", "148")
    page.fill("input[name$='.diastolic']", "86")
    page.fill("input[name$='.fasting_glucose']", "306")
    page.select_option("select[name$='.fasting_glucose.unit']", "mg/dL")
    page.wait_for_selector("#live .r.bad:has-text('要紧急转诊')")
    assert "糖尿病" in page.inner_text("#live .r.bad")
    for name in ("hypertension_follow_up", "diabetes_follow_up"):
        page.click(f"#{name}-symptoms label >> nth=0")
        page.click(f"#{name}-medication_adherence label >> nth=0")
        page.click(f"#{name}-adverse_reaction label >> nth=0")
        page.click(f"#{name}-new_complication label >> nth=0")
    page.click("#diabetes_follow_up-hypoglycaemia label >> nth=0")
    if page.locator("#elderly_health_check-height").count():
        page.fill("#elderly_health_check-height", "158")
        page.fill("input[name$='.weight']", "64")
        page.click("#elderly_health_check-self_care label >> nth=0")
        for name in ("complete", "guidance"):
            page.click(f"#elderly_health_check-{name} label >> nth=1")
    page.wait_for_selector("#live:has-text('可以保存了')")
    shot(page, "together-1440")
    page.focus("input[name$='.diastolic']")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("h1:has-text('个项目一起')")
    assert "取最早" in page.inner_text("main")
    shot(page, "together-done-1440")


@pytest.mark.parametrize("size", [DESK, TELEPHONE], ids=["desk", "phone"])
def test_the_combined_page_fits_and_has_no_barriers(shen, size):
    doctor = shen(size)
    li = care.pid_of("li")
    doctor.go(f"/visit/{li}/together/?of=hypertension.follow_up,diabetes.follow_up,elderly.health_check")
    shot(doctor.page, f"together-empty-{size['width']}")
    doctor.fits()
    doctor.has_no_barriers()
    assert doctor.errors == []
