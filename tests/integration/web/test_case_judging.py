"""What a case's forms say while they are typed, the list of boards, the empty paper: each as the right role sees it, closed to others."""

import re
from urllib.parse import quote

import pytest
from django.urls import reverse

from kangyu.apps.cases.models import CaseFile
from kangyu.apps.governance.models import Account
from kangyu.flows import case_work
from world import transfers

pytestmark = pytest.mark.django_db
ACCEPTED = {"department": "internal", "keeps_bed": "yes"}


@pytest.fixture
def world(db, monkeypatch):
    transfers.at_time(monkeypatch, "2025-11-21 11:08")
    return transfers.build()


@pytest.fixture
def as_(signed_in, world):
    return lambda username: signed_in(Account.objects.get(username=username))


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_a_move_s_form_is_judged_as_it_stands_and_nothing_is_stored(world, as_):
    id = transfers.sent(world)
    address = reverse("case_judge", args=[id, "accept"])
    assert "到诊日期应在今天到 7 天之内" in text(as_("desk").post(address, {**ACCEPTED, "come_by": "2026-01-01"}))
    fine = as_("desk").post(address, {**ACCEPTED, "come_by": "2025-11-22"})
    assert fine.status_code == 200 and "到诊日期应在今天到 7 天之内" not in text(fine)
    assert CaseFile.objects.get(id=id).state == "sent"


def test_a_move_s_form_is_judged_for_its_parties_only(world, as_):
    address = reverse("case_judge", args=[transfers.sent(world), "accept"])
    assert as_("tcmdesk").post(address, ACCEPTED).status_code == 404
    assert as_("planner").post(address, ACCEPTED).status_code == 403
    assert as_("desk").get(address).status_code == 405


def test_a_move_without_a_form_has_nothing_to_judge(world, as_):
    id = transfers.sent(world)
    for move in ("arrive", "no_such_move"):
        assert as_("desk").post(reverse("case_judge", args=[id, move]), {}).status_code == 404


def test_whoever_accepts_sees_what_is_free_before_promising_it(world, as_):
    first, second = transfers.sent(world), transfers.sent(world, key="two")
    assert "转诊床位 现在空着的 内科 转诊单上写的 1 张" in text(as_("desk").get(reverse("case_move", args=[first, "accept"])))
    case_work.make_move(world.desk, first, "accept", answers=transfers.ACCEPTANCE, key="a")
    assert "内科 转诊单上写的 没有空的" in text(as_("desk").get(reverse("case_move", args=[second, "accept"])))
    assert "现在空着的" not in text(as_("shen").get(reverse("case_move", args=[second, "more"])))


def test_a_notice_says_of_whom_it_speaks(world, as_):
    id = transfers.sent(world)
    case_work.make_move(world.desk, id, "refuse", reason="没有床", key="r")
    assert "李样芳：不接" in text(as_("shen").get(reverse("cases"))).replace("： ", "：")


def test_the_referral_sheet_is_printed_for_its_parties(world, as_):
    id = transfers.sent(world)
    address = reverse("case_paper", args=[id, "request"])
    assert address in as_("desk").get(reverse("case", args=[id])).content.decode()
    paper = as_("desk").get(address)
    assert paper["Content-Type"] == "application/pdf" and paper.content.startswith(b"%PDF-")
    assert as_("tcmdesk").get(address).status_code == 404


def test_an_opening_form_is_judged_as_it_stands_and_nothing_is_opened(world, as_):
    address = reverse("case_open_judge", args=["referral", "person", str(world.li)])
    said = text(as_("shen").post(address, {"systolic": "1820", "urgency": "routine"}))
    assert "1820 不可能" in said and "60–300" in said
    assert "不可能" not in text(as_("shen").post(address, {"systolic": "182", "urgency": "routine"}))
    assert not CaseFile.objects.exists()


def test_an_opening_form_is_judged_for_own_residents_only(world, as_):
    address = reverse("case_open_judge", args=["referral", "person", str(world.li)])
    assert as_("wang").post(address, {"systolic": "182"}).status_code == 404
    assert as_("planner").post(address, {"systolic": "182"}).status_code == 403


def test_the_list_of_boards_counts_what_each_sees(world, as_):
    transfers.sent(world)
    mine = as_("desk").get(reverse("case_boards"))
    assert re.search(r"双向转诊 1 1 ", text(mine)) and reverse("case_board", args=["referral"]) in mine.content.decode()
    assert "双向转诊" not in text(as_("tcmdesk").get(reverse("case_boards"))).split("事项看板", 2)[2]
    assert re.search(r"双向转诊 0 0 ", text(as_("wang").get(reverse("case_boards")))), "who may open one sees its board, empty"
    assert as_("planner").get(reverse("case_boards")).status_code == 403


def test_the_empty_paper_of_a_form_is_a_pdf_for_who_reads_the_rules(world, as_):
    page = as_("shen").get(reverse("declaration", args=["programme", "hypertension"]))
    address = reverse("form_blank", args=["hypertension_follow_up"])
    assert address in page.content.decode(), "a paper nobody can find is none"
    paper = as_("shen").get(address)
    assert paper["Content-Type"] == "application/pdf" and paper.content.startswith(b"%PDF-") and len(paper.content) > 5000
    assert quote("（空白）.pdf") in paper["Content-Disposition"] and paper["Cache-Control"] == "private, no-store"
    assert as_("reception").get(address).status_code == 403
    assert as_("shen").get(reverse("form_blank", args=["referral_request"])).content.startswith(b"%PDF-")
    without = as_("shen").get(reverse("form_blank", args=["referral_addition"]))
    assert without.status_code == 400 and "没有纸质表样" in text(without)
