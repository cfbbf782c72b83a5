"""Pages of registers, things, ledgers and standards: what they show, what they do once, and that an outsider sees nothing."""

import io
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from kangyu.apps.cases.models import CaseFile
from kangyu.apps.governance.access import SYSTEM, viewer_of
from kangyu.apps.governance.actions import accounts
from kangyu.apps.governance.models import Account
from kangyu.apps.ledgers import queries
from kangyu.apps.ledgers.actions.postings import Entry, post
from kangyu.apps.ledgers.models import LedgerBalance
from kangyu.apps.registers import queries as registered
from kangyu.apps.registers.actions import things
from kangyu.apps.registers.actions.things import Card
from kangyu.apps.registers.models import Thing
from kangyu.engines.forms import Named
from kangyu.flows import case_work
from world import care
from world.qinghe import DONGLI

STOCK = "emergency_stock"
MASKS = {"store": "store-1", "item": "item-1", "lot": "A", "expiry": "2026-02-28", "state": "usable"}


@pytest.fixture
def stocked(qinghe):
    """A store with 40 masks that expire in February, two water points, and who keeps them."""
    care.stand_on()
    for username, role in (("supplies", "supplies_keeper"), ("water", "env_health_officer")):
        accounts.open_account(
            username=username, password="correct-horse-7", display_name="样", role=role, by=SYSTEM, area="370899", org="bureau"
        )
    card = Card({"number": "CK-1", "name": "县库", "level": "cdc"}, org="bureau", since=date(2025, 1, 1))
    things.register("store", card, by=SYSTEM, id="store-1")
    item = {"number": "WZ-1", "name": "防护口罩", "category": "protection", "spec": "只", "daily_limit": 1}
    things.register("supply_item", Card(item), by=SYSTEM, id="item-1")
    post(STOCK, [Entry("put", Decimal(40), MASKS)], key="opening", by=SYSTEM)
    for number, name in (("SZ-1", "东里水厂"), ("SZ-2", "东里末梢")):
        answers = {"number": number, "name": name, "village": Named(DONGLI, "Location", "东里村"), "kind": "tap", "scale": "small",
                   "disinfection": "free_chlorine"}  # fmt: skip
        things.register("water_point", Card(answers, org="clinic-dongli", since=date(2025, 9, 1)), by=SYSTEM, id=number.lower())
    return qinghe


@pytest.fixture
def login(client):
    """Signs in one of the keepers by name."""

    def sign_in(username: str):
        client.force_login(Account.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


def body(client, name, *args, **query) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer.content[:400]
    return answer.content.decode()


ADDRESSES = [
    ("register", ["water_point"]), ("thing", ["water_point", "sz-1"]), ("thing_form", ["water_point", "sz-1", "sample"]),
    ("thing_new", ["water_point"]), ("register_export", ["water_point"]), ("register_import", ["water_point"]), ("ledger", [STOCK]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args"), ADDRESSES)
@pytest.mark.parametrize("who", ["planner", "shen", "admin"])
def test_outsider_sees_nothing(stocked, signed_in, who, name, args):
    answer = signed_in(getattr(stocked, who)).get(reverse(name, args=args))
    assert answer.status_code in (400, 403, 404)
    assert "东里水厂" not in answer.content.decode() and "防护口罩" not in answer.content.decode()


def test_keeper_of_one_register_does_not_see_another(stocked, login):
    water = login("water")
    assert "饮用水监测点" in body(water, "registers") and "应急物资储备库" not in body(water, "registers")
    assert water.get(reverse("register", args=["store"])).status_code == 404
    assert water.get(reverse("thing", args=["water_point", "store-1"])).status_code in (400, 404)


def test_home_lists_what_is_overdue_and_filters_narrow_the_list(stocked, login):
    water = login("water")
    assert "每月采样 逾期" in body(water, "registers")
    assert "东里末梢" in body(water, "register", "water_point", q="SZ-2")
    assert "东里水厂" not in body(water, "register", "water_point", q="SZ-2")
    assert "没有符合的" in body(water, "register", "water_point", state="closed")


def test_sample_is_judged_while_typed_and_saved_once(stocked, login):
    water = login("water")
    address = reverse("thing_form", args=["water_point", "sz-1", "sample"])
    sent = {
        "key": "k-1", "on": "2025-11-20", "purpose": "routine", "total_coliform": "2", "e_coli": "0", "colony_count": "10",
        "turbidity": "0.5", "odour": "false", "ph": "7.2", "residual": "0.1", "permanganate": "1", "fluoride": "0.5",
    }  # fmt: skip
    judged = water.post(address, sent, headers={"HX-Request": "true"}).content.decode()
    assert "总大肠菌群" in judged and "不合格" in judged
    for _ in range(2):
        assert water.post(address, sent).status_code == 302
    page = body(water, "thing", "water_point", "sz-1")
    assert "最近 1 次" in page and "不合格" in page and "不合格水样整改" in page


def test_incomplete_sample_is_refused_with_what_is_missing(stocked, login):
    water = login("water")
    answer = water.post(reverse("thing_form", args=["water_point", "sz-1", "sample"]), {"key": "k", "purpose": "routine"})
    assert answer.status_code == 200 and "还没有保存" in answer.content.decode() and "浑浊度" in answer.content.decode()


def test_thing_is_registered_changed_and_moved_from_its_pages(stocked, login):
    water = login("water")
    sent = {
        "key": "0b0f0e6c-6f9c-4c0c-9a9a-6a5f5a9b1c11", "number": "SZ-3", "name": "东里机井", "village": DONGLI, "kind": "spread",
        "scale": "small", "disinfection": "none", "org": "clinic-dongli", "since": "2025-11-01",
    }  # fmt: skip
    for _ in range(2):
        assert water.post(reverse("thing_new", args=["water_point"]), sent).status_code == 302
    made = Thing.objects.get(number="SZ-3")
    changed = {**sent, "served": "300", "version": made.vid}
    assert water.post(reverse("thing_change", args=["water_point", made.id]), changed).status_code == 302
    page = body(water, "thing", "water_point", made.id)
    assert "供水人口：— → 300 人" in page
    water.post(reverse("thing_move", args=["water_point", made.id, "close"]), {"reason": "水井封填"})
    assert Thing.objects.get(id=made.id).state == "closed"
    page = body(water, "thing", "water_point", made.id)
    assert "监测中 → 已停用：水井封填" in page and "2025-11-21" in page, "the history says why, on the business date"


def test_sheet_goes_in_by_its_page_and_rejected_rows_come_back(stocked, login):
    water = login("water")
    book = Workbook()
    book.active.append(["点位编号", "名称", "所在村（社区）", "类别", "供水规模", "消毒方式", "责任机构"])
    book.active.append(["SZ-9", "西里水厂", "西里村", "出厂水", "大型集中式", "游离氯", "西里村卫生室"])
    book.active.append(["SZ-8", "无村水厂", "没有的村", "出厂水", "大型集中式", "游离氯", "西里村卫生室"])
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    out.name = "点位.xlsx"
    answer = water.post(reverse("register_import", args=["water_point"]), {"file": out}, follow=True)
    assert "没有找到“没有的村”" in answer.content.decode()
    back = water.get(answer.redirect_chain[-1][0], {"file": ""})
    rows = list(load_workbook(io.BytesIO(back.content)).active.iter_rows(values_only=True))
    assert rows[0][-1] == "要改的地方" and rows[1][0] == "SZ-8"
    assert Thing.objects.filter(number="SZ-9").exists()


def test_ledger_shows_low_and_expiring_first_and_posts_once(stocked, login):
    keeper = login("supplies")
    page = body(keeper, "ledger", STOCK)
    assert "防护口罩 A" in page and "还有 99 天" in page
    assert page.index("不足的") < page.index("结存")
    sent = {
        "key": "e-1",
        "verb": "take",
        "at.store": "store-1",
        "at.item": "item-1",
        "at.state": "usable",
        "quantity": "5",
        "reason": "演练",
    }
    for _ in range(2):
        keeper.post(reverse("ledger_enter", args=[STOCK]), sent)
    assert LedgerBalance.objects.get().quantity == 35
    refused = keeper.post(reverse("ledger_enter", args=[STOCK]), {**sent, "key": "e-2", "quantity": "99"}, follow=True)
    assert "差 64 件" in refused.content.decode()


def test_stock_is_taken_on_the_account_page(stocked, login):
    keeper = login("supplies")
    id = LedgerBalance.objects.get().id
    address = reverse("ledger_count", args=[STOCK, id])
    assert "盘点要写明原因" in keeper.post(address, {"key": "c", "quantity": "38"}, follow=True).content.decode()
    keeper.post(address, {"key": "c", "quantity": "38", "reason": "破损 2 件"})
    page = body(keeper, "ledger_account", STOCK, id)
    assert "破损 2 件" in page and queries.account(id)[1].quantity == 38


def test_standard_says_what_is_missing_in_words(stocked, login):
    keeper = login("supplies")
    page = body(keeper, "standard", "three_months")
    assert "防护口罩" in page and "不足" in page and ">90<" in page and ">50<" in page
    assert "应急物资三个月储备" in body(keeper, "standards")


@pytest.fixture
def dated(stocked):
    """Beside the masks of February: a lot that expired yesterday and one that is good for years."""
    for lot, expiry, quantity in (("B", "2025-11-20", 7), ("C", "2029-01-31", 90)):
        post(STOCK, [Entry("put", Decimal(quantity), {**MASKS, "lot": lot, "expiry": expiry})], key=lot, by=SYSTEM)
    return {one.account["lot"]: one.id for one in LedgerBalance.objects.all()}


def test_lots_near_expiry_are_used_up_and_expired_ones_scrapped_in_one_posting(dated, login):
    keeper, address = login("supplies"), reverse("ledger_rotation", args=[STOCK])
    page = body(keeper, "ledger_rotation", STOCK)
    assert "2 批快到期，其中 1 批已过期" in page and "防护口罩 B" in page and "防护口罩 C" not in page
    assert f'name="way.{dated["B"]}"' in page and page.count('value="take"') == 1, "what expired is not offered for use"
    sent = {"key": "r-1", "reason": "发热门诊领用；卫健应急 3 号报废", f"way.{dated['A']}": "take", f"quantity.{dated['A']}": "30",
            f"way.{dated['B']}": "move", f"quantity.{dated['B']}": "7"}  # fmt: skip
    for _ in range(2):
        assert "轮换用掉 1 批，报废 1 批" in keeper.post(address, sent, follow=True).content.decode() or _
    found = {(one.account["lot"], one.account["state"]): one.quantity for one in LedgerBalance.objects.all()}
    assert found == {("A", "usable"): 10, ("B", "usable"): 0, ("B", "scrapped"): 7, ("C", "usable"): 90}
    assert "卫健应急 3 号报废" in body(keeper, "ledger_account", STOCK, dated["B"])
    assert "其中 1 批已过期" not in body(keeper, "ledger", STOCK), "what is scrapped no longer expires"


def test_rotation_refuses_all_of_it_where_one_line_does_not_fit(dated, login):
    keeper, address = login("supplies"), reverse("ledger_rotation", args=[STOCK])
    for changed, says in (
        ({f"way.{dated['A']}": "take", f"quantity.{dated['A']}": "41"}, "差 1 件"),
        ({f"way.{dated['B']}": "take", f"quantity.{dated['B']}": "1"}, "只能报废"),
        ({}, "还没有选"),
    ):
        sent = (
            {"key": "r", "reason": "轮换", f"way.{dated['B']}": "move", f"quantity.{dated['B']}": "7", **changed}
            if changed
            else {"key": "r"}
        )
        assert says in keeper.post(address, sent).content.decode()
    assert (
        "请写明交给谁用" in keeper.post(address, {"key": "r", f"way.{dated['A']}": "take", f"quantity.{dated['A']}": "1"}).content.decode()
    )
    assert {one.account["lot"]: one.quantity for one in LedgerBalance.objects.all()} == {"A": 40, "B": 7, "C": 90}


def test_rotation_is_not_for_who_may_not_post(dated, signed_in, stocked):
    assert signed_in(stocked.planner).get(reverse("ledger_rotation", args=[STOCK])).status_code in (403, 404)


def test_template_filled_in_by_hand_goes_in(stocked, login):
    water = login("water")
    answer = water.get(reverse("register_template", args=["water_point"]))
    book = load_workbook(io.BytesIO(answer.content))
    header = [cell.value for cell in next(book.active.iter_rows(max_row=1))]
    assert {"点位编号", "名称", "所在村（社区）", "责任机构"} <= set(header) and book.active.max_row == 1
    told = {
        "点位编号": "SZ-20",
        "名称": "西里学校",
        "所在村（社区）": "西里村",
        "类别": "末梢水",
        "供水规模": "大型集中式",
        "消毒方式": "游离氯",
        "责任机构": "西里村卫生室",
    }
    book.active.append([told.get(title) for title in header])
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    out.name = "空表.xlsx"
    page = water.post(reverse("register_import", args=["water_point"]), {"file": out}, follow=True).content.decode()
    assert "每一行都进去了" in page and Thing.objects.get(number="SZ-20").name == "西里学校"


def test_template_and_results_of_an_import_are_not_for_others(stocked, login, signed_in):
    water = login("water")
    out = io.BytesIO(water.get(reverse("register_export", args=["water_point"])).content)
    out.name = "导出.xlsx"
    answer = water.post(reverse("register_import", args=["water_point"]), {"file": out}, follow=True)
    result = answer.redirect_chain[-1][0]
    assert "没有变化" in answer.content.decode()
    for refused in (reverse("register_template", args=["water_point"]), result):
        assert login("supplies").get(refused).status_code == 404
        assert signed_in(stocked.planner).get(refused).status_code in (403, 404)


def test_what_is_not_a_sheet_is_refused_in_words(stocked, login):
    water = login("water")
    out = io.BytesIO("点位编号,名称\nSZ-1,东里水厂\n".encode())
    out.name = "点位.csv"
    page = water.post(reverse("register_import", args=["water_point"]), {"file": out}, follow=True).content.decode()
    assert "一行也没有进去" in page and "xlsx" in page


def test_failing_point_leads_to_its_correction_and_the_correction_back_to_the_point(stocked, login):
    water = login("water")
    sent = {
        "key": "f-1", "on": "2025-11-20", "purpose": "routine", "total_coliform": "0", "colony_count": "10", "turbidity": "0.5",
        "odour": "false", "ph": "7.2", "residual": "0.1", "permanganate": "1", "fluoride": "1.5",
    }  # fmt: skip
    water.post(reverse("thing_form", args=["water_point", "sz-1", "sample"]), sent)
    case = CaseFile.objects.get(subject_id="sz-1")
    to_case = reverse("case", args=[case.id])
    assert to_case in body(water, "registers") and "不合格水样整改：待整改" in body(water, "registers")
    page = body(water, "thing", "water_point", "sz-1")
    assert to_case in page and "去办" in page
    marked = page.partition("氟化物</dt>")[2][:160]
    assert "1.50 mg/L" in marked and 'class="st bad"' in marked, "what exceeds its limit stands out"
    assert 'class="st bad"' not in page.partition("浑浊度</dt>")[2].partition("</dd>")[0]
    page = body(water, "case", case.id)
    assert reverse("thing", args=["water_point", "sz-1"]) in page and "本次 7 天" in page
    measures = {"cause": "source", "warned": True, "measures": "换井", "done_on": "2025-11-21"}
    case_work.make_move(viewer_of(Account.objects.get(username="water")), case.id, "mend", answers=measures, key="m")
    page = body(water, "case", case.id)
    assert "填水样检测结果" in page and reverse("thing_form", args=["water_point", "sz-1", "sample"]) in page


def test_an_ambulance_stands_at_its_station_and_the_station_names_it(stocked, login):
    accounts.open_account(
        username="ems", password="correct-horse-7", display_name="样", role="ems_manager", by=SYSTEM, area="370899", org="bureau"
    )
    place = Card({"number": "JZ-1", "name": "东里站", "setting": "town"}, "bureau", longitude=116.5, latitude=35.7)
    things.register("emergency_station", place, by=SYSTEM, id="jz-1")
    car = {"number": "JH-1", "name": "一号车", "station": Named("jz-1", "Location", "东里站"), "negative_pressure": True}
    things.register("ambulance", Card(car, "bureau", since=date(2025, 1, 1)), by=SYSTEM, id="jh-1")
    manager = login("ems")
    assert registered.spots([Thing.objects.get(id="jh-1"), Thing.objects.get(id="store-1")]) == {"jh-1": (116.5, 35.7)}
    page = body(manager, "thing", "emergency_station", "jz-1")
    assert "在这里的" in page and "一号车" in page and "半年车况检查 逾期" in page
    assert "在这里的" not in body(login("supplies"), "thing", "store", "store-1")


def test_a_picker_offers_the_first_there_are_before_anything_is_typed(stocked, login):
    keeper = login("supplies")
    assert "县库" in keeper.get(reverse("form_suggest", args=["thing"]), {"register": "store", "q": ""}).content.decode()
    assert "李样芳" not in keeper.get(reverse("form_suggest", args=["person"]), {"q": ""}).content.decode()


def test_an_error_leads_back_to_the_page_before(stocked, login):
    keeper = login("supplies")
    came_from = f"http://testserver{reverse('ledger', args=[STOCK])}?item=item-1"
    refused = keeper.get(reverse("thing", args=["store", "nowhere"]), headers={"Referer": came_from}).content.decode()
    assert f'href="{reverse("ledger", args=[STOCK])}?item=item-1">回到刚才那一页' in refused
    elsewhere = keeper.get(reverse("thing", args=["store", "nowhere"]), headers={"Referer": "https://evil.example/x"}).content.decode()
    assert "回到刚才那一页" not in elsewhere


def test_scrapped_stock_is_not_counted_as_lying_there_unless_asked_for(dated, login):
    keeper = login("supplies")
    post(STOCK, [Entry("move", Decimal(7), {**MASKS, "lot": "B", "expiry": "2025-11-20"}, {"state": "scrapped"})], key="scrap", by=SYSTEM)
    listed = body(keeper, "ledger", STOCK).partition('<h2 class="sect">结存')[2]
    assert ">A<" in listed and ">B<" not in listed
    assert ">B<" in body(keeper, "ledger", STOCK, state="scrapped").partition('<h2 class="sect">结存')[2]
