"""Emergency stock in the browser: more than there is refused with who, what and how much; approved, sent, received; old lots scrapped."""

import re
import uuid

from browser.looking import fits_a_phone

STOCK = "/ledgers/emergency_stock/"


def chosen(page, field: str, words: str) -> str:
    """Picks the first that is offered for some words; what it is called."""
    page.locator(f"#{field}-typed").fill(words)
    option = page.locator(f"#{field}-list li[data-id], #{field}-list [role=option][data-id]", has_text=words).first
    option.click()
    return page.locator(f"#{field}-typed").input_value()


def asked(page, item: str, quantity: str, purpose: str) -> str:
    """A store asks the CDC's for goods; the address of the case."""
    page.goto(f"/registers/store/{next(iter(stores(page).values()))}/")
    page.locator(".page-acts").get_by_role("link", name="应急物资调拨").click()
    chosen(page, "from_org", "疾病预防")
    chosen(page, "from_store", "疾病预防")
    page.locator("#purpose").fill(purpose)
    chosen(page, "lines-1-item", item)
    page.locator("#lines-1-quantity").fill(quantity)
    page.get_by_role("button", name="申请调拨").first.click()
    page.locator(".lede", has_text="等批准").wait_for()
    return page.url


def usable(page, store: str) -> int:
    """How many goggles may be taken from one store, by the ledger as it is shown."""
    shown = page.request.get(f"{STOCK}?item=item-goggles&store={store}&state=usable").text()
    return sum(int(re.sub(r"\D", "", cell)) for cell in re.findall(r'data-th="可用">([^<]*)<', shown))


def stores(page) -> dict[str, str]:
    """The stores in the viewer's reach: name → id."""
    listed = page.request.get("/registers/store/").text()
    return {name: id for id, name in re.findall(r'href="/registers/store/([\w-]+)/"><b>([^<]+)</b>', listed)}


def test_a_transfer_beyond_the_stock_is_refused_and_one_within_it_arrives(signed_in):
    taker, keeper = signed_in("store"), signed_in("supplies")
    mark = uuid.uuid4().hex[:5]
    too_much = asked(taker, "护目镜", "990000", f"演练{mark}")
    fits_a_phone(taker)
    keeper.goto(too_much)
    keeper.get_by_role("button", name="批准并占用").click()
    refusal = keeper.locator(".flash, .note, .messages li, [role=alert], [role=status]", has_text="990000").first.inner_text()
    assert all(words in refusal for words in ("疾病预防控制中心应急物资库", "护目镜", "要 990000 件", "差")), refusal
    keeper.goto(too_much)
    assert "等批准" in keeper.locator(".lede").inner_text(), "nothing was held, the case stands where it stood"

    there = stores(keeper)
    giving = next(id for name, id in there.items() if "疾病预防" in name)
    own = next(id for name, id in there.items() if "人民医院" in name)
    before, had = usable(keeper, giving), usable(keeper, own)
    case = asked(taker, "护目镜", "3", f"门诊{mark}")
    keeper.goto(case)
    keeper.get_by_role("button", name="批准并占用").click()
    keeper.locator(".lede", has_text="已批准").wait_for()
    assert usable(keeper, giving) == before - 3, "what is promised to one cannot be given to another"
    keeper.get_by_role("link", name="发出").first.click()
    keeper.locator("#carrier").fill("运样达")
    keeper.get_by_role("button", name="发出").first.click()
    keeper.locator(".lede", has_text="在途").wait_for()
    taker.goto(case)
    taker.get_by_role("link", name="清点签收").first.click()
    chosen(taker, "received-1-item", "护目镜")
    taker.locator("#received-1-quantity").fill("3")
    taker.get_by_role("button", name="清点签收").first.click()
    taker.locator(".lede", has_text="已签收").wait_for()
    assert (usable(keeper, giving), usable(keeper, own)) == (before - 3, had + 3)
    keeper.goto(f"{STOCK}?item=item-goggles&store={giving}&state=usable")
    keeper.locator("main table[data-walk] tbody a").first.click()
    assert f"应急物资调拨：门诊{mark}" in keeper.locator("main table").first.inner_text(), (
        "each line of the ledger leads to what it was for"
    )


def test_an_expired_lot_can_only_be_scrapped_and_the_ledger_says_why(signed_in):
    keeper = signed_in("supplies")
    keeper.goto(f"{STOCK}rotation/")
    row = keeper.locator("main tbody tr", has_text="过期").first
    if row.count() == 0:  # a county kept from an earlier run
        return
    name = row.locator("a").first.inner_text()
    assert row.locator("option").all_inner_texts() == ["先不办", "报废"], "an expired lot is not handed out"
    lot = row.locator("a").first.get_attribute("href")
    row.locator("select").select_option("move")
    keeper.locator("#reason").fill("卫健应急〔2025〕12 号，过期报废")
    fits_a_phone(keeper)
    keeper.get_by_role("button", name="一起记账").click()
    keeper.get_by_text("报废 1 批").wait_for()
    assert name not in keeper.locator("main").inner_text()
    keeper.goto(lot)
    assert "12 号，过期报废" in keeper.locator("main table").inner_text()
