"""A register in the browser: a spreadsheet with rows to mend; a water sample that fails, its correction, the sample taken again."""

import io
import uuid

from openpyxl import Workbook, load_workbook

from browser.looking import fits_a_phone

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REGISTER = "/registers/water_point/"
MEND = "要改的地方"


def rows_of(data: bytes) -> list[dict]:
    header, *rows = load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def bring_in(page, rows: list[dict]) -> None:
    """Uploads a workbook with these rows."""
    book, out = Workbook(), io.BytesIO()
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append(list(row.values()))
    book.save(out)
    page.goto(f"{REGISTER}import/")
    page.locator("#file").set_input_files({"name": "监测点.xlsx", "mimeType": XLSX, "buffer": out.getvalue()})
    page.get_by_role("button", name="导入", exact=True).click()
    page.get_by_role("heading", name="导入结果").wait_for()


def figures(page) -> dict[str, str]:
    return {one.locator(".k").inner_text(): one.locator(".v").inner_text() for one in page.locator(".figs .fig").all()}


def listed(page, words: str) -> str:
    page.goto(f"{REGISTER}?q={words}")
    return page.locator("main tbody").inner_text()


def test_bad_rows_come_back_with_what_to_mend_and_go_in_once_mended(signed_in):
    officer = signed_in("water")
    first, second = rows_of(officer.request.get(f"{REGISTER}export/").body())[:2]
    mark = uuid.uuid4().hex[:6].upper()
    served = int(first["供水人口"]) + 7
    sent = [
        {**first, "供水人口": served},
        {**first, "点位编号": f"SZ-{mark}1", "名称": f"新泉{mark}末梢水"},
        {**first, "点位编号": f"SZ-{mark}2", "名称": f"无村{mark}机井", "所在村（社区）": "没有的村"},
        {**second, "名称": f"改坏{mark}", "供水人口": "很多"},
    ]
    bring_in(officer, sent)
    assert figures(officer) == {"新登记": "1", "按表改了": "1", "没有变化": "0", "退回": "2"}
    told = officer.locator("main tbody tr")
    assert [one.split()[0] for one in told.all_inner_texts()] == ["4", "5"], "by the line of the spreadsheet"
    assert "没有的村" in told.nth(0).inner_text() and "供水人口" in told.nth(1).inner_text()
    fits_a_phone(officer)
    back = rows_of(officer.request.get(f"{officer.url}?file").body())
    assert "没有符合的" in listed(officer, f"SZ-{mark}2"), "nothing of a row that came back went in"
    assert second["名称"] in listed(officer, second["点位编号"]) and "没有符合的" in listed(officer, f"改坏{mark}")
    assert f"新泉{mark}" in listed(officer, f"SZ-{mark}1") and f"{served:,}" in listed(officer, first["点位编号"]).replace(" ", ",")

    mended = [{key: value for key, value in row.items() if key != MEND} for row in back]
    mended[0]["所在村（社区）"], mended[1]["名称"], mended[1]["供水人口"] = first["所在村（社区）"], second["名称"], second["供水人口"]
    bring_in(officer, mended)
    assert figures(officer)["退回"] == "0" and f"无村{mark}" in listed(officer, f"SZ-{mark}2")


SAMPLE = {"total_coliform": "0", "colony_count": "12", "turbidity": "0.5", "ph": "7.4", "permanganate": "1.1", "fluoride": "0.5"}


def fill_sample(page, purpose: str, **changes: str) -> None:
    """The result of a sample, with nothing over its limit but what is changed."""
    page.locator("#purpose").get_by_label(purpose).check()
    page.locator("#odour").get_by_label("无").or_(page.locator("#odour").get_by_label("否")).first.check()
    for key, value in {**SAMPLE, **changes}.items():
        page.locator(f"#{key}").fill(value)
    if page.locator("#residual").is_visible():
        page.locator("#residual").fill("0.35")


def sound_point(page) -> str:
    """A point whose last sample was good, to be sampled again these days."""
    page.goto(f"{REGISTER}?state=monitored")
    for row in page.locator("main tbody tr").all():
        if "不合格" not in row.inner_text() and "每月采样 还剩" in row.inner_text():
            return row.locator("a").first.get_attribute("href")
    raise AssertionError("no sound point is due on the first page")


def test_a_failed_sample_opens_its_correction_and_a_good_one_closes_it(signed_in):
    officer = signed_in("water")
    point = sound_point(officer)
    officer.goto(f"{point}form/sample/")
    fill_sample(officer, "例行", turbidity="4.2")
    officer.locator("#verdict", has_text="浑浊度").wait_for()
    fits_a_phone(officer)
    officer.get_by_role("button", name="保存").first.click()
    officer.get_by_text("立案了整改").wait_for()
    now = officer.locator(".now")
    assert "不合格水样整改" in now.inner_text() and "待整改" in now.inner_text()
    now.get_by_role("link", name="去办").click()
    case = officer.url
    assert "浑浊度" in officer.locator("main").inner_text(), "the case says what was over its limit"
    officer.get_by_role("link", name="报告整改情况").or_(officer.get_by_role("button", name="报告整改情况")).first.click()
    officer.locator("#cause input").first.check()
    officer.locator("#warned").get_by_label("是").check()
    officer.locator("#measures").fill("清洗滤池，更换滤料")
    officer.locator("#done_on").fill("2025-11-21")
    officer.get_by_role("button", name="报告整改情况").first.click()
    officer.locator(".lede", has_text="待复检").wait_for()

    officer.goto(f"{point}form/sample/")
    fill_sample(officer, "复检")
    officer.locator("#verdict", has_text="合格").wait_for()
    officer.get_by_role("button", name="保存").first.click()
    officer.get_by_text("已存：水样检测结果").wait_for()
    officer.goto(case)
    officer.wait_for_function("async () => (await (await fetch(location.href)).text()).includes('复检合格</')", timeout=8000, polling=400)
    officer.goto(point)
    assert officer.locator(".now", has_text="不合格水样整改").count() == 0
    assert "不合格" not in officer.locator(".lede").first.inner_text(), "what was mended the same day wants nobody's eye any more"
    history = officer.locator("aside", has_text="办过和在办的事项").inner_text()
    assert "复检合格" in history
