"""The vaccination desk in the browser: what is due is given from a lot and the lot goes down; what is too early is refused with its day."""

import re

from browser.looking import fits_a_phone

LEFT = re.compile(r"余 (\d+) 剂")


def left_of(page, lot: str) -> int:
    """How many doses of a lot are left, as the form offers it."""
    said = page.locator(f"#doses datalist option[value='{lot}'], #doses template").first
    text = page.evaluate(
        """lot => {
          const all = [...document.querySelectorAll("#doses datalist option")];
          document.querySelectorAll("#doses template").forEach((one) => all.push(...one.content.querySelectorAll("option")));
          return all.filter((one) => one.value === lot).map((one) => one.textContent)[0] || "";
        }""",
        lot,
    )
    found = LEFT.search(text)
    assert said.count() and found, f"the form offers lot {lot} with what is left of it"
    return int(found[1])


def answer(page) -> None:
    """What is asked before any vaccination and after it, all well; the last two only once a vaccine is chosen."""
    page.locator("#unwell").get_by_label("否", exact=True).check()
    page.locator("#health_state").get_by_label("都没有", exact=True).check()
    page.locator("#allergic_to").get_by_label("都没有", exact=True).check()
    page.locator("#agreed").get_by_label("是", exact=True).check()
    page.locator("#observed_minutes").fill("30")
    page.locator("#reaction").get_by_label("否", exact=True).check()


def coming(page) -> str:
    page.locator(".coming").wait_for()
    return page.locator(".coming").inner_text()


def test_a_due_dose_is_given_from_its_lot_and_what_is_next_moves(signed_in):
    nurse = signed_in("vaccinator")
    nurse.goto("/today/")
    form = nurse.get_by_role("link", name="开始接种").first.get_attribute("href")
    pid = form.split("/")[2]
    nurse.goto(form)
    row = nurse.locator("#doses tbody tr").first
    vaccine, dose = row.get_by_role("combobox", name="疫苗").input_value(), row.get_by_label("第几剂").input_value()
    lot = row.get_by_label("批号").input_value()
    before, waiting = left_of(nurse, lot), coming(nurse)
    given = nurse.locator("#doses tbody tr").count()
    answer(nurse)
    nurse.locator("#live .note.ok", has_text="可以保存了").wait_for()
    fits_a_phone(nurse)
    nurse.keyboard.press("Control+Enter")
    nurse.locator("h1", has_text="已保存").wait_for()
    assert f"{vaccine}第 {dose} 剂，批号 {lot}" in nurse.locator("main").inner_text()

    nurse.goto(form)
    assert left_of(nurse, lot) == before - 1
    assert nurse.locator("#doses tbody tr input[name$='.lot']").evaluate_all("all => all.filter((one) => one.value).length") < given
    after = nurse.locator(".coming").inner_text() if nurse.locator(".coming").count() else ""
    assert after != waiting, "the next dose is another one"
    nurse.goto(f"/people/{pid}/")
    assert nurse.locator(".dose.ok small", has_text="2025-11-21").count() == given


def test_a_dose_too_early_is_refused_with_the_day_it_is_possible(signed_in):
    nurse = signed_in("vaccinator", expects=(422,))
    nurse.goto("/people/?programme=immunisation")
    pids = [one.get_attribute("href").split("/")[2] for one in nurse.locator("main tbody a[href^='/people/']").all()]
    for pid in pids:
        nurse.goto(f"/visit/{pid}/immunisation/")
        later = nurse.locator(".coming tr", has_text="最早")
        if later.count():
            break
    title = later.first.locator("td").first.inner_text().split("\n")[0]
    day = re.search(r"最早 (\d{4}-\d\d-\d\d)", later.first.inner_text())[1]
    series, number = re.match(r"(.+?)第 (\d) 剂", title).groups()
    row = nurse.locator("#doses tbody tr").first
    row.get_by_role("combobox", name="疫苗").fill(series)
    row.locator("[role=option]", has_text=series).first.click()
    row.get_by_label("第几剂").fill(number)
    row.get_by_label("批号").fill("YANG1")
    row.get_by_label("部位").select_option(label="左上臂")
    row.get_by_label("途径").select_option(label="皮下注射")
    answer(nurse)
    nurse.locator("#doses", has_text=f"最早 {day}").wait_for()
    assert "还不到时候" in row.inner_text()
    nurse.keyboard.press("Control+Enter")
    nurse.locator(".note.bad", has_text="还没有保存").wait_for()
    assert f"最早 {day}" in nurse.locator("#doses").inner_text()
