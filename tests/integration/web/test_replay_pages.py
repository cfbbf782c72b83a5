"""试算新规则 from the changed text to who comes out differently; whom it is kept from."""

import re
from datetime import date
from html import unescape

import pytest
from django.urls import reverse

from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.governance.actions import accounts
from kangyu.apps.governance.models import AuditEvent
from kangyu.flows import replays
from kangyu.kernel.period import Period
from world import care, qinghe
from world.qinghe import COUNTY, PASSWORD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_record")]
NEW = reverse("replay_new", args=["programme", "hypertension"])
GOAL = "case when age() >= 65 then 150 else 140 end"
YEAR = {"start": "2025-01-01", "end": "2025-12-31"}


@pytest.fixture
def world(tmp_path, settings):
    settings.DATA = tmp_path
    built = qinghe.build()
    care.li_is_treated()
    return built


@pytest.fixture
def planner(world, signed_in):
    return signed_in(world.planner)


def text(response) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def written(page) -> str:
    """The declaration as it stands in the text box."""
    return unescape(re.search(r"(?s)<textarea id=\"text\"[^>]*>(.*?)</textarea>", page.content.decode())[1])


def test_a_stricter_goal_is_tried_on_the_year_and_says_who_comes_out_differently(world, planner, signed_in):
    page = planner.get(NEW)
    draft = written(page)
    assert GOAL in draft and 'value="2024-01-01"' in page.content.decode(), "the year before this one is offered"
    asked = planner.post(NEW, {**YEAR, "text": draft.replace(GOAL, "130", 1)})
    assert asked.status_code == 302
    waiting = planner.get(asked["Location"], headers={"HX-Request": "true"})
    assert "排队中" in text(waiting) and "HX-Refresh" not in waiting

    assert replays.carry_out() == 1 and not replays.pending()
    assert planner.get(asked["Location"], headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    said = text(planner.get(asked["Location"]))
    assert "3 次随访 结果会变，共 3 次" in said and "1 人 至少有一次会变，共 1 人" in said
    assert "收缩压目标（低于） 150 130 3" in said and "随访分类 控制满意 控制不满意 2" in said
    assert "东里村卫生室 3 3" in said
    assert "您的角色看得到数字，看不到个人" in said and "李样芳" not in said
    again = planner.get(NEW)
    assert GOAL in written(again) and "planner，3 处变了" in text(again), "the rule in force is untouched, the result is kept"

    office = {"username": "phc", "password": PASSWORD, "display_name": "样", "role": "phc_office", "area": COUNTY}
    seen = signed_in(accounts.open_account(**office, by=SYSTEM, synthetic=True)).get(asked["Location"])
    assert "李样芳" in text(seen)
    event = AuditEvent.objects.filter(action="content.replay.people").latest("id")
    assert event.account == "phc" and event.pids == [care.pid_of("li")]


def test_a_draft_that_does_not_hold_is_shown_with_what_is_wrong_and_not_run(planner):
    draft = written(planner.get(NEW))
    wrong = draft.replace("systolic >= goal_systolic", "systolic >= gaol_systolic", 1)
    refused = planner.post(NEW, {**YEAR, "text": wrong})
    assert "gaol_systolic" in text(refused).split("检查并试算")[0] and "gaol_systolic" in written(refused)
    renamed = planner.post(NEW, {**YEAR, "text": draft.replace("key: hypertension", "key: tension", 1)})
    future = planner.post(NEW, {"start": "2027-01-01", "end": "2027-12-31", "text": draft})
    assert "试算的时间段还没有开始" in text(future) and "检查并试算" in text(renamed)
    assert replays.requests() == []


def test_whoever_sees_less_than_the_county_is_kept_out(world, planner, signed_in):
    asked = replays.ask(
        "programme", "hypertension", written(planner.get(NEW)), Period(date(2025, 1, 1), date(2025, 12, 31)), by=world.viewer(world.planner)
    )
    doctor = signed_in(world.shen)
    assert doctor.get(NEW).status_code == 403
    assert doctor.post(NEW, {**YEAR, "text": "key: hypertension"}).status_code == 403
    assert doctor.get(reverse("replay", args=[asked.id])).status_code == 404
    assert [one.id for one in replays.requests()] == [asked.id]
    assert "试算新规则" not in text(doctor.get(reverse("declaration", args=["programme", "hypertension"])))


def test_only_programmes_and_indicators_are_replayed(planner):
    assert "试算新规则" in text(planner.get(reverse("declaration", args=["programme", "hypertension"])))
    for kind, name in (("procedure", "referral"), ("programme", "no-such-programme")):
        assert planner.get(reverse("replay_new", args=[kind, name])).status_code == 404
    assert planner.get(reverse("replay", args=["no-such"])).status_code == 404
