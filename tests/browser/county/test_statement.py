"""The two cards in the browser: computed, signed, shown; a row opened to its records; an appeal judged and corrected; what if."""

import re
from datetime import date

from browser.looking import fits_a_phone


def half_years_before(start: date):
    """The half-years before one, the latest first."""
    while True:
        start = date(start.year, 1, 1) if start.month == 7 else date(start.year - 1, 7, 1)
        yield start


def computed(office) -> str:
    """The address of a sheet of the latest half-year that nobody has computed yet."""
    office.goto("/statements/")
    titles = office.locator("main tbody").inner_text()
    start = next(one for one in half_years_before(date(2025, 1, 1)) if f"{one.year} 年{'上' if one.month == 1 else '下'}半年" not in titles)
    token = office.locator("input[name=csrfmiddlewaretoken]").first.get_attribute("value")
    sent = {"csrfmiddlewaretoken": token, "key": "two_card_appraisal", "start": start.isoformat()}
    answer = office.request.post("/statements/compute/", form=sent, headers={"Referer": office.url})
    assert answer.ok and re.search(r"/statements/\d+/$", answer.url), answer.text()[:400]
    return answer.url


def money(text: str) -> float:
    return float(re.sub(r"[^\d.-]", "", text.replace("−", "-")))


def column(page, title: str) -> list[float]:
    """A column of the sheet, without its total."""
    titles = [re.sub(r"\s*（.*", "", one.strip(), flags=re.DOTALL) for one in page.locator(".sheet thead th").all_inner_texts()]
    cells = page.locator(f".sheet tbody tr > *:nth-child({titles.index(title) + 1})").all_inner_texts()
    return [0.0 if one.strip() in ("—", "") else money(one) for one in cells]


def signed_and_shown(sheet: str, office, finance) -> None:
    for page, button in ((office, "公卫签字"), (finance, "财务签字，公示")):
        page.goto(sheet)
        page.locator(".acts").get_by_role("button", name=button).click()
        page.get_by_text("已签字。").wait_for()
    assert finance.locator(".steps [aria-current]").inner_text().startswith("公示中")


def test_a_sheet_is_signed_opened_to_its_records_objected_to_and_corrected(signed_in):
    office, finance, clerk, panel = (signed_in(name) for name in ("phc", "finance", "clerk", "panel"))
    sheet = computed(office)
    signed_and_shown(sheet, office, finance)
    assert round(sum(column(finance, "分得")), 2) == 600000, "the pool is shared to the last fen"
    fits_a_phone(finance)

    clerk.goto(sheet)
    clerk.locator(".sheet tr.sel th a").click()
    own = clerk.url
    point = clerk.locator(".items tbody tr", has_text="高血压随访").locator("a").first
    count = int(re.sub(r"\D", "", point.inner_text()))
    point.click()
    assert f"共 {count} 条" in clerk.locator(".more-row").inner_text() and clerk.locator("main tbody tr").count() == min(count, 60)
    assert clerk.request.get(clerk.locator("main tbody a").first.get_attribute("href")).ok, "and each record to its person"

    clerk.goto(own)
    clerk.get_by_role("link", name="提出申诉").click()
    clerk.locator("#about").get_by_label("工作量").or_(clerk.locator("#about input").first).first.check()
    clerk.locator("#reason").fill("五月的随访漏传两次，附签名表")
    clerk.locator("#asked").fill("300")
    clerk.get_by_role("button", name="提出申诉").first.click()
    clerk.locator(".lede", has_text="待评议").wait_for()
    case = clerk.url

    panel.goto(f"{case}uphold/")
    panel.locator("#finding").fill("核对签名表，漏传属实")
    panel.locator("#amount").fill("180.50")
    panel.get_by_role("button", name="申诉成立，记更正").first.click()
    panel.locator(".lede", has_text="成立，已更正").wait_for()
    panel.get_by_role("link", name="打开这个机构的得分").click()
    assert "+180.50" in panel.locator(".chain .fixed").inner_text()
    panel.goto(sheet)
    assert sum(column(panel, "更正")) == 180.50 and round(sum(column(panel, "分得")), 2) == 600000, (
        "the frozen sheet stays as it was signed"
    )


def test_what_if_one_figure_were_different_says_whose_money_changes(signed_in):
    office = signed_in("phc")
    office.goto("/statements/")
    office.locator("main tbody a").first.click()
    office.locator(".sheet tbody th a").first.click()
    office.locator(".items tbody tr", has_text="高血压随访").get_by_role("link", name="试算").click()
    office.locator("input[name=number]").fill("400")
    moved = office.locator("#moved")
    moved.locator(".tried", has_text="→ 400").wait_for()
    assert "1 家多得" in moved.inner_text() and moved.locator("tfoot td").nth(1).inner_text().replace("\u2009", "").startswith("600")
    office.locator("summary", has_text="规则").click()
    office.locator("textarea[name='rule.pool.by']").fill("workload +")
    moved.locator(".note.bad", has_text="读不懂").wait_for()
    office.locator("textarea[name='rule.pool.by']").fill("workload")
    moved.locator(".tried", has_text="按什么分").wait_for()
    fits_a_phone(office)
