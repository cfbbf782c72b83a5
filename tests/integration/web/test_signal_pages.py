"""The signals' pages: what each role sees, what an outsider does not, a back-test from the form to its result."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from kangyu.apps.cases.models import CaseFile
from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.governance.actions import accounts
from kangyu.apps.governance.models import AuditEvent
from kangyu.apps.surveillance.models import Alarm, Backtest
from kangyu.flows import backtests, surveillance
from world import care, outbreaks, qinghe
from world.outbreaks import DONGLI, TODAY, XILI
from world.qinghe import COUNTY, PASSWORD

BACKEND = "django.contrib.auth.backends.ModelBackend"
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_record")]


@pytest.fixture
def world(tmp_path, settings):
    settings.DATA = tmp_path
    found = qinghe.build()
    care.stand_on()
    outbreaks.store(qinghe.institution("cdc", "清河县疾控中心", "cdc", COUNTY), *outbreaks.children(6), *outbreaks.weeks_of_visits())
    surveillance.recount_all()
    days = [(TODAY - timedelta(days=1 if number < 3 else 0)).isoformat() for number in range(4)]
    outbreaks.store(*[care.condition(f"hand-{n}", f"child-{n}", "B08.4", day, "手足口病") for n, day in enumerate(days)])
    surveillance.follow_changes()
    return found


def signed_in(username: str, role: str, **place: str) -> Client:
    account = accounts.open_account(username=username, password=PASSWORD, display_name="样", role=role, by=SYSTEM, synthetic=True, **place)
    client = Client()
    client.force_login(account, backend=BACKEND)
    return client


@pytest.fixture
def epi(world) -> Client:
    return signed_in("epi", "epidemiologist", area=COUNTY, org="cdc")


def root() -> Alarm:
    return Alarm.objects.get(root__isnull=True, signal="hand_foot_mouth")


def test_an_alarm_opens_one_case_with_its_clock_and_joined_alarms_none(world):
    case = CaseFile.objects.get(procedure="health_signal", subject_id=DONGLI)
    assert root().case == case.id and case.state == "new" and case.owner == "cdc"
    assert (case.due - case.opened).total_seconds() == 24 * 3600
    assert Alarm.objects.filter(signal="hand_foot_mouth", root__isnull=False).count() >= 1
    assert surveillance.open_cases() == []
    assert CaseFile.objects.filter(procedure="health_signal").count() == Alarm.objects.filter(root__isnull=True).count()


def test_the_board_shows_what_waits_and_every_series(epi):
    page = epi.get("/signals/").content.decode()
    assert "手足口病" in page and "东里村" in page and "等你" in page
    assert "还剩" in page and "流感样病例就诊百分比" in page and "霍乱" in page
    assert f'href="/signals/{root().pk}/"' in page
    assert (
        "手足口病"
        not in re.sub(r"(?s)<section id=.watches.*", "", epi.get("/signals/?show=cholera").content.decode()).split('class="board')[1]
    )


def watched_rows(client: Client) -> dict[str, str]:
    """The words of each row of the table of series, by what stands first in it."""
    table = client.get("/signals/").content.decode().split("现在各序列")[1].split("</table>")[0]
    rows = [re.sub(r"<[^>]+>", " ", row).split() for row in table.split("<tr>")[2:]]
    return {f"{row[0]} {row[1]}": " ".join(row[2:]) for row in rows}


def test_every_series_in_reach_says_how_near_it_is_to_its_bound(epi, world, django_assert_max_num_queries):
    rows = watched_rows(epi)
    hand = next(words for title, words in rows.items() if title.startswith("手足口病") and "4 例" in words)
    assert "东里村" in hand and "3 例即报 1 处" in hand and any(title.startswith("霍乱") for title in rows)
    far = watched_rows(signed_in("far", "sentinel_duty", area=XILI, org="clinic-xili"))
    assert not any("东里" in words or "超过" in words for words in far.values()), far
    with django_assert_max_num_queries(60):
        epi.get("/signals/")


def test_one_signal_shows_its_curve_its_cases_and_what_can_be_done(epi):
    page = epi.get(f"/signals/{root().pk}/").content.decode()
    assert "<svg" in page and "流行曲线" in page and "核实属实，转评估" in page and "我来核实" in page
    assert all(f"童样{n}" in page for n in range(4))
    event = AuditEvent.objects.filter(action="signal.cases").latest("id")
    assert event.account == "epi" and len(event.pids) == 4


def test_what_was_reported_by_hand_stands_on_the_board_beside_the_alarms(epi, world):
    address = f"/cases/open/health_signal/area/{COUNTY}/"
    page = epi.get(address).content.decode()
    assert "报一个信号" in page and "预警系统立案" not in page, "what the system does is not offered to people"
    told = {"key": "h1", "move": "raise", "what": "发热伴咳嗽聚集", "cases": "12", "where_found": "镇中心小学三年级一个班", "place": DONGLI}
    opened = epi.post(address, told, follow=True)
    assert "报一个信号：已办" in opened.content.decode() and "看曲线和病例" not in opened.content.decode()
    board = epi.get("/signals/").content.decode().split("现在各序列")[0]
    assert "发热伴咳嗽聚集" in board and "手工报告" in board and f'href="{opened.redirect_chain[-1][0]}"' in board
    assert "发热伴咳嗽聚集" not in signed_in("xili", "sentinel_duty", area=XILI, org="clinic-xili").get("/signals/").content.decode()


def test_a_signal_by_hand_asks_for_the_place_and_begins_with_the_reporter_s_own(epi, world):
    """Who answers for the county has to choose; a village's clinic reports of its own village, and may report of another."""
    address = f"/cases/open/health_signal/area/{COUNTY}/"
    assert f'href="{address}"' in epi.get("/signals/").content.decode()
    page = epi.get(address).content.decode()
    choices = page.split('id="place"')[1].split("</select>")[0]
    assert f'value="{DONGLI}">东里村<' in choices and f'value="{DONGLI[:9]}">' in choices and "selected" not in choices
    told = {"key": "p1", "move": "raise", "what": "发热聚集", "cases": "4", "where_found": "小学一年级", "place": ""}
    asked = epi.post(address, told)
    assert asked.status_code == 422 and 'href="#place">地点</a>' in asked.content.decode() and "小学一年级" in asked.content.decode()
    assert not CaseFile.objects.filter(heading="发热聚集").exists()
    clinic = signed_in("xili", "sentinel_duty", area=XILI, org="clinic-xili")
    own = f"/cases/open/health_signal/area/{XILI}/"
    assert f'href="{own}"' in clinic.get("/signals/").content.decode()
    page = clinic.get(own).content.decode()
    assert f'<option value="{XILI}" selected>' in page and page.split('name="party.source"')[1].count("<option") == 1
    clinic.post(own, {**told, "place": XILI, "party.source": "clinic-xili"})
    clinic.post(own, {**told, "key": "p2", "what": "腹泻聚集", "place": DONGLI, "party.source": "clinic-xili"})
    found = CaseFile.objects.filter(heading__endswith="聚集")
    assert dict(found.values_list("heading", "subject_id")) == {"发热聚集": XILI, "腹泻聚集": DONGLI}
    board = clinic.get("/signals/").content.decode()
    assert "发热聚集" in board and "腹泻聚集" in board, "who reported it follows it"


def test_a_false_signal_is_excluded_from_its_own_page_and_leads_back_from_the_case(epi, world):
    page = epi.get(f"/signals/{root().pk}/").content.decode()
    assert "判为假信号，写原因" in page and 'name="reason"' in page
    case = epi.get(f"/cases/{root().case}/").content.decode()
    assert f'href="/signals/{root().pk}/"' in case and "预警信号处置：手足口病，东里村" in case
    assert "按情况" not in case, "a limit that is known is said"
    epi.post(f"/cases/{root().case}/exclude/", {"key": "x", "reason": "补报集中"})
    assert "已排除 1" in epi.get("/signals/").content.decode()


def test_who_sees_a_signal_but_not_its_case_is_told_that_others_are_at_it(world):
    near = signed_in("near", "sentinel_duty", area=DONGLI, org="clinic-dongli")
    CaseFile.objects.filter(id=root().case).update(owner="cdc")
    board = near.get("/signals/").content.decode()
    assert "手足口病" in board and "没有立案" not in board


def test_an_outsider_sees_neither_the_signal_nor_its_cases(world):
    outsider = signed_in("xili", "sentinel_duty", area=XILI, org="clinic-xili")
    assert "东里村" not in outsider.get("/signals/").content.decode().split("现在各序列")[0]
    assert outsider.get(f"/signals/{root().pk}/").status_code == 404
    assert outsider.get("/signals/backtests/").status_code == 403


def test_the_institution_of_the_place_sees_its_own_people_only(world):
    outbreaks.store(care.condition("away", "zhao", "B08.4", TODAY.isoformat(), "手足口病"))
    surveillance.follow_changes()
    own = signed_in("dongli", "sentinel_duty", area=DONGLI, org="clinic-dongli")
    page = own.get(f"/signals/{root().pk}/").content.decode()
    assert "童样1" in page and "赵样强" not in page


def test_a_family_doctor_has_no_signals(world):
    client = Client()
    client.force_login(world.shen, backend=BACKEND)
    assert client.get("/signals/").status_code == 403


def test_a_correction_is_said_on_the_page(epi):
    from kangyu.apps.record.actions.write import delete

    for number in range(3):
        delete("Condition", f"hand-{number}", by=SYSTEM)
    surveillance.follow_changes()
    page = epi.get(f"/signals/{root().pk}/").content.decode()
    assert "按现在的记录这里不会报警" in page and "按现在的记录是 1 例" in page


ILI = {
    "signal": "ili_share", "level": "county", "method": "ears_c2", "thresholds": "2、3", "size": "30", "days": "8", "shape": "point",
    "count": "20", "seed": "3", "yearly": "6", "budget": "0.5",
}  # fmt: skip


def with_history() -> None:
    """Two years of a few visits, so that a back-test has something to lay outbreaks over."""
    outbreaks.store(*[outbreaks.outpatient(f"old-{n}", "li", TODAY.replace(year=2024, month=1 + n % 12)) for n in range(12)])
    surveillance.follow_changes()
    surveillance.recount_all()


def test_a_back_test_runs_from_the_form_to_its_chart(epi):
    assert epi.get("/signals/backtests/?signal=ili_share").status_code == 200
    for wrong, said in (({"count": "9000"}, "1 到 200"), ({"budget": "0"}, "每周核实几次"), ({"yearly": "nan"}, "一年几起")):
        refused = epi.post("/signals/backtests/", {**ILI, **wrong})
        assert said in refused.content.decode() and not Backtest.objects.exists()
    with_history()
    reply = epi.post("/signals/backtests/", ILI)
    asked = Backtest.objects.get()
    assert reply.status_code == 302 and asked.state == "waiting"
    assert "排队中" in epi.get(reply["Location"], headers={"HX-Request": "true"}).content.decode()
    assert backtests.carry_out() == 1
    asked.refresh_from_db()
    assert asked.state == "done" and [score["over"] for score in asked.outcome["scores"]] == [2, 3]
    page = epi.get(reply["Location"]).content.decode()
    assert "结论" in page and "在用" in page and "<svg" in page


def test_a_back_test_says_what_alarms_are_worth_and_cost_and_where(epi):
    """Of what is found of six a year and the false alarms of all places: the share that is real, and how many come a week."""
    with_history()
    address = epi.post("/signals/backtests/", {**ILI, "level": "village", "method": "fixed", "thresholds": "1、5"})["Location"]
    backtests.carry_out()
    asked = Backtest.objects.get()
    outcome, first = asked.outcome, asked.outcome["scores"][0]
    real, false = 6 * first["found"] / first["of"], first["false_per_year"] * outcome["all_places"]
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", epi.get(f"{address}?over=1").content.decode()))
    assert outcome["all_places"] == outcome["places"] == len(outcome["names"]) == len(first["at"]) == 2
    assert sum(of for of, *_ in first["at"]) == first["of"] and sum(at[2] for at in first["at"]) == first["false_alarms"]
    share, week = real / (real + false), (real + false) * 7 / 365.2425
    assert first["false_alarms"] > 0 and 0 < share < 1, "a single patient is a false alarm at this threshold"
    assert f"{share:.0%}" in shown and f"{week:.2f} 次" in shown
    assert "每周 0.5 次报警的预算内" in shown and "≥ 5 例 测到最多：测到 100%" in shown
    assert "≥ 1 例 在各个地点" in shown and "东里村" in shown and "西里村" in shown


def test_a_back_test_without_history_says_so(epi):
    asked = backtests.ask(backtests.Spec("hand_foot_mouth", "village", "moving_percentile", (80.0,)), by=SYSTEM)
    backtests.carry_out()
    asked.refresh_from_db()
    assert asked.state == "refused" and "历史只有" in asked.note
    assert asked.note in epi.get(f"/signals/backtests/{asked.pk}/").content.decode()
