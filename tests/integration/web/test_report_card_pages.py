"""The pages of report cards: opening one from a resident, the list, who was not reported, the paper; outsiders get none of it."""

import re

import pytest
from django.urls import reverse

from kangyu.apps.cases.models import CaseFile
from kangyu.apps.governance.models import Account
from world import cards, care, transfers

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db, monkeypatch):
    transfers.at_time(monkeypatch, "2025-11-21 11:08")
    return cards.build()


@pytest.fixture
def as_(client, world):
    def sign_in(username: str):
        client.force_login(Account.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


def opening(pid: int) -> str:
    return reverse("case_open", args=[cards.PROCEDURE, "person", pid])


def test_the_resident_s_page_says_what_was_not_reported_and_leads_to_the_card(world, as_):
    care.store(cards.diagnosed("mumps", "li", "B26.9", "2025-11-19", "clinic-dongli"))
    page = as_("shen").get(reverse("person", args=[world.li]))
    assert "应报未报：流行性腮腺炎。" in text(page) and "B26.9" in text(page)
    address = re.search(r'href="([^"]*start=report[^"]*)"', page.content.decode())[1].replace("&amp;", "&")
    form = as_("shen").get(address).content.decode()
    for known in ("流行性腮腺炎", "19900000001", 'value="2025-11-19"', f'value="{cards.qinghe.DONGLI}"'):
        assert known in form, f"{known} is carried over"
    assert not re.search(r'name="(name|sex|birth_date|identity)"', form), "who it is about is not typed again"


def test_a_card_is_opened_refused_with_its_faults_and_then_taken(world, as_):
    doctor = as_("shen")
    sent = {"key": "k", "start": "report", "move": "report", **cards.card(onset="2025-11-22")}
    refused = doctor.post(opening(world.li), sent)
    assert refused.status_code == 422 and "发病日期不能晚于诊断时间" in text(refused)
    taken = doctor.post(opening(world.li), {**sent, "onset": "2025-11-19"})
    stored = CaseFile.objects.get(procedure=cards.PROCEDURE)
    assert taken.status_code == 302 and taken["Location"] == reverse("case", args=[stored.id]) and stored.state == "sent"


def test_not_to_report_is_a_form_of_its_own(world, as_):
    desk = as_("infection")
    page = desk.get(f"{opening(world.zhao)}?start=rule_out&disease=infectious_diarrhoea").content.decode()
    assert "为什么不用报" in page and "发病日期" not in page
    desk.post(
        opening(world.zhao), {"key": "k", "start": "rule_out", "move": "rule_out", "disease": "infectious_diarrhoea", "why": "ruled_out"}
    )
    assert CaseFile.objects.get(procedure=cards.PROCEDURE).state == "ruled_out"


def test_the_desk_s_inbox_leads_to_who_was_not_reported(world, as_):
    inbox = as_("infection").get(reverse("cases"))
    assert "应报未报 1 人" in text(inbox)
    missing = as_("infection").get(reverse("case_missing", args=[cards.PROCEDURE]))
    assert "赵样强" in text(missing) and "其他感染性腹泻病" in text(missing) and "清河县人民医院" in text(missing)
    outside = as_("outsider").get(reverse("case_missing", args=[cards.PROCEDURE]))
    assert "赵样强" not in text(outside) and "没有应报未报的" in text(outside)
    assert "应报未报" not in text(as_("outsider").get(reverse("cases")))


def test_the_list_is_picked_from_and_marks_what_may_be_doubled(world, as_):
    first, second = cards.reported(world), cards.reported(world, "again", onset="2025-11-20")
    address = reverse("case_list", args=[cards.PROCEDURE])
    page = as_("reviewer").get(address)
    said = text(page)
    assert "挑出 2 件" in said and "疑似重复" in said and "细菌性和阿米巴性痢疾（2）" in said and "东里镇（2）" in said
    assert "挑出 0 件" in text(as_("reviewer").get(address, {"disease": "influenza"}))
    assert "挑出 0 件" in text(as_("outsider").get(address))
    assert "可能是同一件" in text(as_("reviewer").get(reverse("case", args=[second])))
    assert first != second


def test_the_paper_is_a_pdf_for_a_party_and_nothing_for_others(world, as_):
    id = cards.reported(world)
    paper = reverse("case_paper", args=[id, "report_card"])
    assert paper in as_("prevention").get(reverse("case", args=[id])).content.decode()
    answer = as_("prevention").get(paper)
    assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF")
    assert as_("outsider").get(paper).status_code == 404


def test_the_board_shows_a_column_for_each_stage(world, as_):
    cards.passed(world, cards.reported(world))
    cards.reported(world, "two", disease="influenza", dysentery_kind=None)
    said = text(as_("reviewer").get(reverse("case_board", args=[cards.PROCEDURE])))
    assert "待本单位审核 1" in said and "已终审 1" in said and "待县级审核 0" in said
