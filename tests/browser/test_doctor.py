"""A family doctor's morning: the list, the form by keyboard, what the rules say, what follows."""

import pytest

from kangyu.apps.forms.models import FormDraft
from world import care, qinghe

DESK, TELEPHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}


@pytest.fixture
def doctor(visitor):
    """Dr Shen, signed in, with Li under treatment."""
    from django.core.cache import cache

    cache.clear()
    qinghe.build()
    care.li_is_treated()

    def at(size: dict = DESK):
        found = visitor(size)
        found.sign_in("shen", qinghe.PASSWORD)
        return found

    return at


def test_a_follow_up_is_entered_by_keyboard_and_the_list_moves_on(doctor):
    shen = doctor()
    page = shen.page
    assert page.url.endswith("/today/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/visit/**")
    assert page.evaluate("document.activeElement.id") == "systolic"
    page.keyboard.type("1680")
    page.keyboard.press("Enter")
    page.keyboard.type("98")
    page.wait_for_selector("#verdict-systolic button:has-text('改为 168')")
    assert page.get_attribute("#systolic", "aria-invalid") == "true" and page.get_attribute("#diastolic", "aria-invalid") is None
    page.keyboard.press("Alt+1")
    assert page.input_value("#systolic") == "168"
    page.click("#symptoms label >> nth=0")
    page.click("#medication_adherence label >> nth=1")
    for key in ("adverse_reaction", "new_complication"):
        page.click(f"#{key} label >> nth=0")
    page.wait_for_selector("#live:has-text('控制不满意')")
    page.wait_for_selector("#live:has-text('可以保存了')")
    page.wait_for_selector("#draft:has-text('自动存了草稿')")
    page.reload()
    page.click(".draft-offer a:has-text('接着填')")
    page.wait_for_selector("#draft:has-text('草稿')")
    assert page.input_value("#systolic") == "168"
    page.wait_for_selector("#live:has-text('可以保存了')")
    page.focus("#diastolic")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("h1:has-text('已保存')")
    assert "12 月 5 日前" in page.inner_text("main")
    page.wait_for_load_state("load")
    assert FormDraft.objects.count() == 0, "the draft is gone once saved"
    assert shen.errors == []


def test_the_form_fits_a_phone_and_an_alarm_stands_above_it(doctor):
    shen = doctor(TELEPHONE)
    page = shen.page
    page.click(".w .btn >> nth=0")
    page.wait_for_selector("#visit-form")
    page.fill("#systolic", "186")
    page.fill("#diastolic", "112")
    page.wait_for_selector("#live .r.bad:has-text('要紧急转诊')")
    assert page.locator("#live").bounding_box()["y"] < page.locator("#visit-form").bounding_box()["y"]
    assert "要紧急转诊" in page.inner_text(".bar")
    shen.fits()
    assert shen.errors == []


@pytest.mark.parametrize("size", [DESK, TELEPHONE], ids=["desk", "phone"])
def test_doctors_pages_fit_and_have_no_barriers(doctor, size):
    shen = doctor(size)
    li = care.pid_of("li")
    for address in ("/today/", "/people/", f"/people/{li}/", f"/visit/{li}/hypertension/"):
        shen.go(address)
        shen.fits()
        shen.has_no_barriers()
    assert shen.errors == []
