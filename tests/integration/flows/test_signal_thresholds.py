"""Thresholds as people ask for them: so many in so many weeks, once per cool-down, declared while the platform runs; cholera by card."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from declarations import FOLDER
from kangyu.apps.cases.models import CaseFile, Notice
from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.surveillance.actions import judge, recount
from kangyu.apps.surveillance.models import Alarm, SeriesCount, SeriesEvent
from kangyu.flows import case_work, surveillance
from kangyu.flows.case_work import SubjectRef
from kangyu.gateways import content as gateway
from world import cards, care, outbreaks, transfers
from world.outbreaks import DONGLI, TODAY
from world.qinghe import COUNTY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_record")]
MEASLES = """
key: measles_cluster
kind: signal
title: 麻疹，4 周 3 例
counts: {table: notifiable_cards, where: disease = 'measles' and not merged}
by: [village]
detect:
  - {method: fixed, title: 同一村居 4 周 3 例, days: 28, at_least: 3}
quiet: 21 days
verify: 24 hours
opens: health_signal
tell: epidemiologist
"""


@pytest.fixture
def world(monkeypatch, tmp_path, settings):
    """Report cards at work, and seven children of Dongli; nobody is ill yet."""
    settings.DATA = tmp_path / "data"
    transfers.at_time(monkeypatch, "2025-11-21 11:08")
    found = cards.build()
    care.store(*outbreaks.children(7))
    surveillance.recount_all()
    return found


@pytest.fixture
def live(tmp_path, monkeypatch) -> Path:
    """A content folder of its own that this process works by, looked at whenever somebody asks."""
    root = tmp_path / "content"
    shutil.copytree(FOLDER, root)
    monkeypatch.setenv("KANGYU_CONTENT", str(root))
    monkeypatch.setattr(gateway, "RECHECK_SECONDS", 0.0)
    return root


def reported(world, child: int, disease: str, on: date, **changes) -> str:
    """A child of Dongli reported by card as diagnosed on a day."""
    answers = {
        "disease": disease, "case_class": "confirmed", "onset": (on - timedelta(days=2)).isoformat(), "diagnosed_at": f"{on}T09:30",
        "guardian": "童样家", "phone": "19900000009", "origin": "county", "address": "东里村 1 号", "population_group": "scattered_child",
        "workplace": "无", **changes,
    }  # fmt: skip
    subject = SubjectRef("person", str(care.pid_of(f"child-{child}")))
    return case_work.open_case(world.shen, cards.PROCEDURE, subject, move="report", answers=answers, key=f"{disease}-{child}-{on}")


def test_three_measles_in_four_weeks_declared_while_running_alert_once_per_cool_down(live, world):
    (live / "signals" / "measles_cluster.yaml").write_text(MEASLES, encoding="utf-8")
    assert surveillance.recount_due(), "the background work sees the new declaration"
    august = TODAY - timedelta(days=100)
    for child, day in ((0, august - timedelta(days=27)), (1, august - timedelta(days=13)), (2, august)):
        reported(world, child, "measles", day)
    recount.recount(as_of=TODAY, by=SYSTEM)
    judge.judge(today=august - timedelta(days=1), by=SYSTEM)
    found = Alarm.objects.filter(signal="measles_cluster")
    assert not found.exists(), "two in 27 days are not three"
    judge.judge(today=august, by=SYSTEM)
    first = found.get()
    assert (first.cases, first.day, first.place, first.root) == (3, august, DONGLI, None)

    reported(world, 3, "measles", august + timedelta(days=6))
    recount.recount(as_of=TODAY, by=SYSTEM)
    judge.judge(today=august + timedelta(days=8), by=SYSTEM)
    assert set(found.exclude(pk=first.pk).values_list("root", flat=True)) == {first.pk}, "joined: inside the cool-down"

    for child, back in ((4, 20), (5, 9), (6, 0)):
        reported(world, child, "measles", TODAY - timedelta(days=back))
    surveillance.recount_all()
    again = found.filter(root__isnull=True).exclude(pk=first.pk).get()
    assert (again.cases, again.day) == (3, TODAY), "after the cool-down it alerts anew"
    case = CaseFile.objects.get(id=again.case)
    assert case.procedure == "health_signal" and case.subject_id == DONGLI
    told = Notice.objects.filter(case_id=again.case).count()
    surveillance.judge_all()
    assert found.filter(root__isnull=True).count() == 2 and Notice.objects.filter(case_id=again.case).count() == told


def cholera() -> dict:
    rows = SeriesCount.objects.filter(signal="cholera").exclude(cases=0).values_list("level", "place", "on", "cases")
    return {row[:3]: row[3] for row in rows}


def test_a_cholera_reported_by_card_raises_the_signal_and_its_diagnosis_is_no_second_case(world):
    reported(world, 0, "cholera", TODAY - timedelta(days=1))
    village, county = surveillance.follow_changes()
    assert (village.signal, village.place, village.day, village.cases) == ("cholera", DONGLI, TODAY - timedelta(days=1), 1)
    assert Alarm.objects.get(pk=village.pk).case and county.root == village
    outbreaks.store(care.condition("cholera", "child-0", "A00.9", TODAY.isoformat(), "霍乱"))
    surveillance.follow_changes()
    one = {("village", DONGLI, TODAY - timedelta(days=1)): 1, ("county", COUNTY, TODAY - timedelta(days=1)): 1}
    assert cholera() == one and SeriesEvent.objects.filter(signal="cholera").count() == 1

    outbreaks.store(care.condition("other", "child-1", "A00.0", TODAY.isoformat(), "霍乱"))
    surveillance.follow_changes()
    followed = cholera()
    assert followed == {**one, ("village", DONGLI, TODAY): 1, ("county", COUNTY, TODAY): 1}, "whoever has no card yet is a case too"
    recount.recount(as_of=TODAY, by=SYSTEM)
    assert cholera() == followed


def test_a_card_struck_out_is_no_case_any_more(world):
    id = reported(world, 0, "cholera", TODAY)
    surveillance.follow_changes()
    assert cholera()
    case_work.make_move(world.reviewer, id, "drop", reason="化验单录错了人", key="x")
    surveillance.follow_changes()
    assert not cholera() and Alarm.objects.filter(signal="cholera", now_alarm=False).count() == 2
