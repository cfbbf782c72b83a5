"""A family doctor's work on the demo county: the list, one resident, the form that knows what is possible, what follows."""

import re

import pytest

from browser.looking import fits_a_phone, has_no_serious_fault

VISITS_DUE = ".waits[href='/today/'] b"
ASKED = """() => {
  const now = document.activeElement, field = now.closest('.field');
  return ['symptoms', 'medication_adherence', 'adverse_reaction', 'new_complication'].includes(now.name)
    && ![...field.querySelectorAll('input')].some((one) => one.checked);
}"""
"""Whether the focus is on a required choice that has no answer yet."""


def due_for_hypertension(page):
    """Somebody on today's list with nothing but a hypertension follow-up to do, whose blood pressure nobody took today: number and name."""
    due = []
    for row in page.locator("li.w").all():
        href = row.locator("a").first.get_attribute("href")
        if href.endswith("/hypertension/") and row.locator(".tag.prog").count() == 1:
            due.append((href, row.locator(".p b").inner_text()))
    for href, name in due:
        page.goto(href)
        if not page.locator("#systolic").input_value():
            return href.split("/")[2], name
    raise AssertionError("somebody is due for hypertension alone")


def member(page, programme: str) -> str:
    """The number of somebody in a programme."""
    page.goto(f"/people/?programme={programme}")
    return page.locator("main [data-row] a[href^='/people/']").first.get_attribute("href").split("/")[2]


def test_follow_up_is_saved_by_keyboard_alone_and_the_list_moves_on(signed_in):
    page = signed_in("doctor")
    assert page.url.endswith("/today/")
    fits_a_phone(page)
    has_no_serious_fault(page)
    waiting = int(page.locator(VISITS_DUE).inner_text())
    pid, name = due_for_hypertension(page)

    page.goto(f"/people/{pid}/")
    assert name in page.locator("h1").inner_text() and page.locator("#timeline li").count() > 3
    fits_a_phone(page)
    has_no_serious_fault(page)
    page.keyboard.press("n")
    page.wait_for_url(f"**/visit/{pid}/hypertension/**")
    assert page.evaluate("document.activeElement.id") == "systolic"
    page.keyboard.type("134")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "diastolic"
    page.keyboard.type("84")
    ready = page.locator("#live .note.ok", has_text="可以保存了")
    for _ in range(25):
        page.keyboard.press("Enter")
        if page.evaluate(ASKED):
            page.keyboard.press("Space")
        if page.evaluate("[...document.querySelectorAll('#new_complication input')].some((one) => one.checked)"):
            break
    assert page.locator("#other_emergency input:checked").count() == 0, "Enter answered a question in passing"
    ready.wait_for()
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/visit/{pid}/done/**")
    assert f"已保存：{name}" in page.locator("h1").inner_text()
    fits_a_phone(page)

    page.keyboard.press("n")
    page.wait_for_url(re.compile(r"/visit/\d+/(?!done)"))
    assert f"/visit/{pid}/" not in page.url, "the next one is somebody else"
    page.goto("/today/")
    assert page.locator(f"li.w a[href^='/visit/{pid}/']").count() == 0
    assert int(page.locator(VISITS_DUE).inner_text()) == waiting - 1
    page.goto(f"/people/{pid}/")
    assert page.locator("#timeline li", has_text="134/84").count() > 0


@pytest.mark.parametrize(
    ("programme", "answers", "says"),
    [
        ("diabetes", {"fasting_glucose": "87"}, "87 不可能。空腹血糖应在 1.0–40.0 之间"),
        ("hypertension", {"systolic": "1480", "diastolic": "86"}, "1480 不可能。收缩压应在 60–300 之间"),
        ("hypertension", {"systolic": "86", "diastolic": "148"}, "收缩压应高于舒张压"),
    ],
    ids=["glucose 87", "systolic 1480", "swapped"],
)
def test_impossible_figures_stop_at_the_field_with_what_is_possible(signed_in, programme, answers, says):
    page = signed_in("doctor", expects=(422,))
    page.goto(f"/visit/{member(page, programme)}/{programme}/")
    for key, value in answers.items():
        page.locator(f"#{key}").fill(value)
    said = page.locator(".field.hard .msg", has_text=says)
    said.wait_for()
    page.locator("#live .note.bad", has_text="还不能保存").wait_for()
    page.keyboard.press("Control+Enter")
    page.locator("main [role=alert]", has_text="还没有保存").wait_for()
    assert said.count() == 1 and page.locator("h1", has_text="已保存").count() == 0
    for key, value in answers.items():
        assert page.locator(f"#{key}").input_value() == value, "what was typed is still there"
    fits_a_phone(page)


def test_emergency_is_said_while_it_is_typed(signed_in):
    page = signed_in("doctor")
    page.goto(f"/visit/{member(page, 'hypertension')}/hypertension/")
    fits_a_phone(page)
    has_no_serious_fault(page)
    page.locator("#systolic").fill("185")
    page.locator("#diastolic").fill("112")
    page.locator("#live .r.bad", has_text="要紧急转诊").wait_for()
    assert "收缩压 185 ≥ 180" in page.locator("#live").inner_text()
    assert page.locator(".field.soft .msg", has_text="收缩压 185 少见").is_visible(), "rare, not impossible: a reason lets it pass"
    fits_a_phone(page)
    has_no_serious_fault(page)
