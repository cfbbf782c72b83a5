"""The pages of cases: inbox, board, a case, a move with its form, opening one; and that outsiders get none of it."""

import re

import pytest
from django.urls import reverse

from kangyu.apps.cases.models import CaseFile
from kangyu.apps.governance.models import Account
from kangyu.flows import case_work
from world import transfers

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db, monkeypatch):
    transfers.at_time(monkeypatch, "2025-11-21 11:08")
    return transfers.build()


@pytest.fixture
def as_(client, world):
    def sign_in(username: str):
        client.force_login(Account.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


def test_the_inbox_shows_what_waits_with_its_clock(world, as_):
    id = transfers.sent(world)
    page = as_("desk").get(reverse("cases"))
    said = text(page)
    assert "1 件等您办（清河县人民医院，转诊台）" in said and "李样芳" in said and "还剩" in said and "双向转诊：等接收" in said
    assert reverse("case", args=[id]) in page.content.decode()
    assert "现在没有事项等您办（清河县中医院" in text(as_("tcmdesk").get(reverse("cases")))


def test_a_case_says_where_it_stands_and_what_i_can_do(world, as_):
    id = transfers.sent(world)
    said = text(as_("desk").get(reverse("case", args=[id])))
    for words in (
        "轮到你：清河县人民医院转诊台",
        "应答时限，4 个工作小时",
        "接收",
        "不接，写原因",
        "退回补充，写原因",
        "高血压急症待排",
        "带过来的",
    ):
        assert words in said
    assert "撤回" not in said
    said = text(as_("shen").get(reverse("case", args=[id])))
    assert "等清河县人民医院的转诊台" in said and "撤回，写原因" in said and "打开健康档案" in said
    said = text(as_("office").get(reverse("case", args=[id])))
    assert "上门随访收缩压 182" not in said and "内容只给办理的各方看" in said


def test_an_outsider_gets_no_page(world, as_):
    id = transfers.sent(world)
    for name in ("tcmdesk", "wang"):
        assert as_(name).get(reverse("case", args=[id])).status_code == 404
        assert as_(name).post(reverse("case_move", args=[id, "refuse"]), {"reason": "x"}).status_code == 404
        assert "李样芳" not in text(as_(name).get(reverse("case_board", args=["referral"])))
    assert as_("planner").get(reverse("cases")).status_code == 403


def test_a_move_with_a_form_is_filled_in_and_made_once(world, as_):
    id = transfers.sent(world)
    client = as_("desk")
    page = client.get(reverse("case_move", args=[id, "accept"]))
    assert "接收安排" in text(page) and 'name="department"' in page.content.decode()
    given = {"answers": "yes", "key": "k1", "department": "internal", "keeps_bed": "yes", "come_by": "2026-01-01"}
    refused = client.post(reverse("case_move", args=[id, "accept"]), given)
    assert refused.status_code == 422 and "到诊日期应在今天到 7 天之内" in text(refused)
    made = client.post(reverse("case_move", args=[id, "accept"]), {**given, "come_by": "2025-11-22"}, follow=True)
    assert "接收：已办。现在是“等到诊”。" in text(made)
    again = client.post(reverse("case_move", args=[id, "accept"]), {**given, "come_by": "2025-11-22"}, follow=True)
    assert again.status_code == 200 and CaseFile.objects.get(id=id).state == "accepted"


def test_who_comes_second_is_told_who_was_first(world, as_):
    id = transfers.sent(world)
    case_work.make_move(world.desk, id, "refuse", reason="没有床", key="first")
    said = text(as_("desk2").post(reverse("case_move", args=[id, "refuse"]), {"reason": "不接", "key": "second"}, follow=True))
    assert "这件事现在是“不接”（11-21 11:08 起），不能再“不接”" in said


def test_a_case_is_opened_from_the_resident(world, as_):
    client = as_("shen")
    address = reverse("case_open", args=["referral", "person", str(world.li)])
    page = client.get(address)
    assert "发出转诊" in text(page) and "先存草稿" in text(page)
    given = {
        "key": "n1", "move": "send_at_once",
        "direction": "up", "target": "county-hospital", "target.typed": "清河县人民医院", "urgency": "routine",
        "impression": "高血压", "why": "血压控制不住", "consent": "agreed",
    }  # fmt: skip
    assert "要改或要填" in text(client.post(address, {**given, "why": ""}))
    opened = client.post(address, given, follow=True)
    assert "发出转诊：已办" in text(opened) and CaseFile.objects.get().state == "sent"
    assert "发出转诊：已办" in text(client.post(address, given, follow=True)) and CaseFile.objects.count() == 1
    assert as_("wang").get(address).status_code == 404


def test_the_board_has_a_column_for_each_state(world, as_):
    transfers.sent(world)
    said = text(as_("desk").get(reverse("case_board", args=["referral"])))
    assert "等接收 1" in said and "等到诊 0" in said and "高血压急症待排" in said


def test_two_that_may_be_one_are_proposed_and_merged_and_parted(world, as_):
    first, second = transfers.sent(world), transfers.sent(world, key="two")
    client = as_("shen")
    page = client.get(reverse("case", args=[second]))
    assert "可能是同一件" in text(page)
    merged = client.post(reverse("case_same", args=[second]), {"other": first, "same": "yes", "key": "m"}, follow=True)
    assert "已并入那一件" in text(merged) and "可能是同一件" not in text(merged)
    assert "1 件等您办（清河县人民医院，转诊台）" in text(as_("desk").get(reverse("cases")))
    as_("shen").post(reverse("case_same", args=[second]), {"other": first, "same": "no", "key": "p"})
    assert "2 件等您办（清河县人民医院，转诊台）" in text(as_("desk").get(reverse("cases")))


def test_a_visit_that_advises_a_referral_leads_to_it_with_what_it_says(world, as_):
    from world import care

    care.store(care.condition("li-i10", "li"), care.episode("li-episode", "li"))
    client = as_("shen")
    given = {
        "key": "v1", "on": "2025-11-21", "visit_kind": "clinic", "symptoms": "", "systolic": "186", "diastolic": "112", "weight": "65",
        "medication_adherence": "regular", "adverse_reaction": "no", "new_complication": "no", "reason.systolic": "repeated",
        "reason.diastolic": "repeated",
    }  # fmt: skip
    done = client.post(reverse("visit", args=[world.li, "hypertension"]), given, follow=True)
    link = re.search(r'href="([^"]+)">开转诊单', done.content.decode())
    assert link, text(done)
    opened = client.get(link[1].replace("&amp;", "&"))
    assert 'value="186"' in opened.content.decode() and "收缩压 186" in opened.content.decode()
