"""Cases change hands: asked and agreed, refused with a reason, several at once, to a colleague, and by themselves when a resident moves."""

import json
from datetime import datetime

import pytest
from django.urls import reverse

from kangyu.apps.cases.case_access import CaseNotWithinReach
from kangyu.apps.cases.models import CareStatus, CaseFile, CaseParty, CaseStep, CaseTimer
from kangyu.apps.cases.queries import files
from kangyu.apps.cases.queries.notices import notices
from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.governance.models import Account, AuditEvent
from kangyu.apps.record import queries as record
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.engines.cases.moves import RefusedError
from kangyu.flows import case_hand_over, case_work
from kangyu.kernel.errors import DeniedError, UserError
from world import care, transfers

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2025-11-21T11:09:00+08:00")
LATER = datetime.fromisoformat("2025-11-22T00:30:00+08:00")
"""After whatever hour of the business day the test happens to run at."""


@pytest.fixture
def world(db, monkeypatch):
    transfers.at_time(monkeypatch, "2025-11-21 11:08")
    return transfers.build(beds=5)


def returned(world, key: str = "one", **changes) -> str:
    """A referral that came back down and waits for the visit of the follow-up clinic."""
    id = transfers.sent(world, key=key, **changes)
    case_work.make_move(world.desk, id, "accept", answers=transfers.ACCEPTANCE, key="a")
    case_work.make_move(world.reception, id, "arrive", key="b")
    case_work.make_move(world.doctor, id, "give_back", answers=transfers.PLAN, key="c")
    return id


def moved_to(clinic: str, village: str = "") -> None:
    """Li is another team's resident from now on."""
    body = json.loads(record.current("Patient", "li").text)
    body["managingOrganization"] = {"reference": f"Organization/{clinic}"}
    if village:
        body["address"][0]["extension"][0]["valueCode"] = village
    write([Draft("update", "Patient", "li", body)], by=SYSTEM)


def test_the_receiver_is_asked_sees_the_case_and_takes_it_on(world):
    id = returned(world)
    with pytest.raises(CaseNotWithinReach):
        case_work.view(world.wang, id)
    asked = case_hand_over.hand_over(world.shen, id, {"follow": "clinic-xili"}, reason="搬去西里村", key="h")
    assert asked.case.parties["follow"] == "clinic-dongli" and asked.case.offer.reason == "搬去西里村"
    assert [row.id for row in files.inbox(world.wang, NOW).rows] == [id] and "请接手" in notices(world.wang)[0].says
    assert case_work.view(world.wang, id).case.state == "returned"
    with pytest.raises(RefusedError, match="接手的机构"):
        case_hand_over.answer(world.shen, id, yes=True, key="x")
    taken = case_hand_over.answer(world.wang, id, yes=True, key="y")
    assert taken.case.parties["follow"] == "clinic-xili" and taken.case.offer is None
    assert [step.kind for step in CaseStep.objects.filter(case_id=id).order_by("number")][-2:] == ["offer", "hand_over"]
    assert not CaseParty.objects.filter(case_id=id, party__startswith="offered").exists()
    assert any("已接手" in one.says for one in notices(world.shen))
    done = case_work.make_move(world.wang, id, "close", answers={"seen": False, "condition": "lost"}, key="z")
    assert done.ended and done.case.parties["follow"] == "clinic-xili", (
        "it stays handed over while the resident's own clinic is the old one"
    )
    assert AuditEvent.objects.filter(action="case.hand_over", pids=[world.li]).count() == 2


def test_one_who_declines_says_why_and_is_out_again(world):
    id = returned(world)
    case_hand_over.hand_over(world.shen, id, {"follow": "clinic-xili"}, reason="搬去西里村", key="h")
    with pytest.raises(RefusedError, match="写明原因"):
        case_hand_over.answer(world.wang, id, yes=False, key="x")
    left = case_hand_over.answer(world.wang, id, yes=False, reason="人不在本村", key="y")
    assert left.case.parties["follow"] == "clinic-dongli" and left.case.offer is None
    with pytest.raises(CaseNotWithinReach):
        case_work.view(world.wang, id)
    assert files.inbox(world.wang, NOW).rows == []
    with pytest.raises(RefusedError, match="没有等着接手"):
        case_hand_over.answer(world.shen, id, yes=True, key="z")


def test_who_may_hand_over_what_is_said_and_the_same_request_counts_once(world):
    id = returned(world)
    with pytest.raises(DeniedError, match="现在负责的机构"):
        case_hand_over.hand_over(world.desk, id, {"follow": "clinic-xili"}, reason="x", key="1")
    with pytest.raises(UserError, match="按内容定的"):
        case_hand_over.hand_over(world.shen, id, {"taker": "tcm-hospital"}, reason="x", key="2")
    with pytest.raises(UserError, match="类别不合"):
        case_hand_over.hand_over(world.shen, id, {"follow": "county-hospital"}, reason="x", key="3")
    with pytest.raises(UserError, match="写明原因"):
        case_hand_over.hand_over(world.shen, id, {"follow": "clinic-xili"}, reason=" ", key="4")
    for _ in range(2):
        case_hand_over.hand_over(world.shen, id, {"follow": "clinic-xili"}, reason="搬家", key="5")
    assert CaseStep.objects.filter(case_id=id, kind="offer").count() == 1


def test_all_cases_of_a_team_are_handed_over_and_those_that_cannot_say_why(world):
    ids = [returned(world, key=str(n), impression=f"待查 {n}") for n in range(3)]
    case_work.make_move(world.shen, ids[2], "close", answers={"seen": False, "condition": "lost"}, key="d")
    held = case_hand_over.open_of(world.shen, "clinic-dongli")
    assert sorted(one.case for one in held) == sorted(ids[:2]) and {one.party for one in held} == {"follow"}
    assert case_hand_over.open_of(world.wang, "clinic-dongli") == [], "nobody learns of another's cases"
    assert case_hand_over.open_of(world.shen, "clinic-dongli", pid=world.li + 1) == []
    pairs = [(one.case, one.party) for one in held] + [(ids[2], "follow")]
    done = case_hand_over.hand_over_many(world.shen, pairs, "clinic-xili", reason="卫生室合并", key="m")
    assert (done.over, done.offered) == (0, 2) and list(done.refused) == ["这件事已经办结，不用再交接。"]
    assert files.inbox(world.wang, NOW).total == 2


def test_a_colleague_takes_a_case_within_the_institution(world):
    id = transfers.sent(world)
    view = case_hand_over.hand_over(world.desk, id, {}, person="desk2", reason="换班", key="p")
    assert view.case.handler == "desk2" and CaseFile.objects.get(id=id).handler == "desk2"
    with pytest.raises(UserError, match="本机构里"):
        case_hand_over.hand_over(world.desk, id, {}, person="shen", reason="换班", key="q")
    moved = case_work.make_move(world.desk, id, "accept", answers=transfers.ACCEPTANCE, key="r")
    assert moved.case.state == "accepted", "a colleague of the same role may still act"


def test_a_resident_who_moves_takes_programmes_and_cases_along(world):
    care.store(care.condition("li-i10", "li"), care.episode("li-episode", "li"))
    id = returned(world)
    assert CareStatus.objects.get(pid=world.li, programme="hypertension").org == "clinic-dongli"
    moved_to("clinic-xili", "370899102201")
    assert CareStatus.objects.get(pid=world.li, programme="hypertension").org == "clinic-xili"
    assert CaseTimer.objects.filter(case_id=id, kind="look").count() == 1
    assert case_work.fire_due(LATER) == 1
    case = CaseFile.objects.get(id=id)
    assert case.area == "370899102201"
    last = CaseStep.objects.filter(case_id=id).order_by("number").last()
    assert (last.kind, last.move, last.by) == ("hand_over", "follow:clinic-dongli>clinic-xili", "system")
    assert any("交接过来" in one.says for one in notices(world.wang))
    assert case_work.view(world.wang, id).case.parties["follow"] == "clinic-xili"
    before = CaseStep.objects.count()
    moved_to("clinic-xili")
    assert case_work.fire_due(LATER) == 0 and CaseStep.objects.count() == before, "what did not move is left alone"


def test_what_was_handed_over_follows_the_resident_once_they_move_again(world):
    id = returned(world)
    case_hand_over.hand_over(world.shen, id, {"follow": "clinic-xili"}, reason="代管", key="h")
    case_hand_over.answer(world.wang, id, yes=True, key="y")
    care.store(transfers.qinghe.institution("clinic-third", "南里村卫生室", "village_clinic", "370899102201"))
    moved_to("clinic-third")
    case_work.fire_due(LATER)
    assert CaseParty.objects.get(case_id=id, party="follow").org == "clinic-third"


def test_the_pages_hand_over_answer_and_list(world, client, settings):
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}

    def as_(name):
        client.force_login(Account.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend")
        return client

    id = returned(world)
    case, page = reverse("case", args=[id]), reverse("case_hand_over", args=[id])
    assert page in as_("shen").get(case).content.decode()
    assert page not in as_("desk").get(case).content.decode()
    assert "西里村卫生室" in as_("shen").get(page).content.decode()
    told = as_("shen").post(page, {"to": "follow:clinic-xili", "reason": "搬去西里村", "key": "k"}, follow=True).content.decode()
    assert "已请对方接手" in told and "等对方答复是否接手" in told and "东里村卫生室 → 西里村卫生室" in told
    assert "请贵机构接手" in as_("wang").get(case).content.decode()
    told = as_("wang").post(reverse("case_hand_over_answer", args=[id]), {"yes": "yes", "key": "a"}, follow=True).content.decode()
    assert "已接手" in told and "东里村卫生室 → 西里村卫生室；搬去西里村" in told
    assert as_("tcmdesk").get(page).status_code == 404
    many = reverse("case_hand_over_many")
    assert "没有可以交接的事项" in as_("shen").get(many).content.decode()
    back = {"case": [f"{id}:follow"], "to": "clinic-dongli", "reason": "回村", "key": "b"}
    assert "请对方接手 1 件" in as_("wang").post(many, back, follow=True).content.decode()
    assert "请先勾选" in as_("wang").post(many, {"to": "clinic-dongli", "reason": "x"}).content.decode()
