"""From records to counts to alarms: counted from the whole record or as records come, the same; alarms that stay; silence."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection

from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.record.actions.write import delete
from kangyu.apps.surveillance import series
from kangyu.apps.surveillance.actions import follow, judge, recount
from kangyu.apps.surveillance.declared import watched
from kangyu.apps.surveillance.models import Alarm, SeriesCount, SeriesDelay, SeriesEvent, SeriesStanding, SilentSource
from kangyu.flows import surveillance
from world import care, outbreaks, qinghe
from world.outbreaks import DONGLI, TODAY, XILI
from world.qinghe import COUNTY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_record")]


@pytest.fixture
def world(tmp_path, settings):
    settings.DATA = tmp_path
    found = qinghe.build()
    care.stand_on()
    outbreaks.store(*outbreaks.children(9), *outbreaks.weeks_of_visits())
    surveillance.recount_all()
    return found


def counts() -> dict:
    rows = SeriesCount.objects.exclude(cases=0, total=0).values_list("signal", "level", "place", "on", "cases", "total")
    return {row[:4]: row[4:] for row in rows}


def events() -> set:
    return set(SeriesEvent.objects.values_list("signal", "side", "pid", "event", "on", "area", "org"))


def standings() -> dict:
    rows = SeriesStanding.objects.values_list("signal", "detector", "level", "place", "value", "expected", "upper", "alarm", "before")
    return {row[:4]: row[4:] for row in rows}


def hands(id: str, child: int, back: int, code: str = "B08.4") -> dict:
    return care.condition(id, f"child-{child}", code, (TODAY - timedelta(days=back)).isoformat(), "手足口病")


def test_counts_are_cases_and_totals_by_place_and_day(world):
    found = counts()
    day = TODAY - timedelta(days=3)
    assert found["ili_share", "county", COUNTY, day] == (2, 4)
    assert found["ili_share", "township", "370899101", day] == (1, 2)
    assert found["ili_share", "institution", "clinic-dongli", day] == (1, 2)
    assert found["ili_share", "county", COUNTY, TODAY - timedelta(days=4)] == (0, 4)
    one = series.read(watched()["ili_share"], "county", None, until=TODAY)
    assert one.cases.shape == one.totals.shape == (1, 41)
    assert one.cases.sum() == 8 and one.totals[0, -1] == 0, "days without records are zeros"


def test_following_records_gives_the_counts_of_a_whole_recount(world):
    day = TODAY - timedelta(days=2)
    outbreaks.store(
        outbreaks.influenza("new-1", "child-1", day), outbreaks.outpatient("new-2", "child-2", day, heat=37.9, signs=("cough",)),
        outbreaks.outpatient("new-3", "child-3", day, heat=38.0, signs=("rash",)), hands("hand-1", 4, 1), hands("hand-2", 5, 6, "I10"),
        outbreaks.influenza("ill-d-3", "li", day - timedelta(days=20)),
    )  # fmt: skip
    moved = qinghe.patient("child-6", "童样6", "2021-07-16", "female", "clinic-xili", DONGLI, identity=None, since="2015-01-01")
    moved["address"][0]["period"]["end"] = (day - timedelta(days=1)).isoformat()
    new_home = qinghe.patient("child-6", "", "2021-07-16", "female", "clinic-xili", XILI, since=day.isoformat())["address"][0]
    outbreaks.store({**moved, "address": [*moved["address"], new_home]}, hands("hand-3", 6, 1), hands("hand-4", 6, 9))
    delete("Encounter", "plain-d-7", by=SYSTEM)
    cells = follow.follow(today=TODAY)
    followed, kept = counts(), events()
    assert ("hand_foot_mouth", "village", XILI, TODAY - timedelta(days=1)) in cells
    assert followed["hand_foot_mouth", "village", DONGLI, TODAY - timedelta(days=9)] == (1, 0)
    recount.recount(as_of=TODAY, by=SYSTEM)
    assert events() == kept
    assert counts() == followed


def test_a_number_of_cases_is_counted_even_where_a_share_is_watched(world):
    """Ten cases in a village in seven days; a share of one in two is no ten cases."""
    assert not Alarm.objects.exists()
    outbreaks.store(*[outbreaks.influenza(f"class-{n}", f"child-{n}", TODAY - timedelta(days=1)) for n in range(9)])
    alarms = [alarm for alarm in surveillance.follow_changes() if alarm.method == "fixed"]
    assert [(alarm.level, alarm.place, alarm.cases, alarm.day) for alarm in alarms] == [
        ("village", DONGLI, 10, TODAY - timedelta(days=1)), ("village", DONGLI, 10, TODAY)
    ]  # fmt: skip


def test_how_a_series_stands_follows_the_records_as_a_judgement_of_all_would_have_it(world):
    outbreaks.store(*[hands(f"hand-{n}", n, 1) for n in range(4)], outbreaks.influenza("new-1", "child-1", TODAY))
    surveillance.follow_changes()
    followed = standings()
    village = followed["hand_foot_mouth", 0, "village", DONGLI]
    assert village == (4.0, None, village[2], True, [None, 0.0, 0.0, 0.0, 0.0, 4.0]), "41 days are five weeks and a bit"
    surveillance.judge_all()
    assert standings() == followed


def test_following_twice_changes_nothing(world):
    outbreaks.store(hands("hand-1", 1, 1))
    assert follow.follow(today=TODAY)
    before = counts()
    assert follow.follow(today=TODAY) == set()
    outbreaks.store(hands("hand-1", 1, 1))
    follow.follow(today=TODAY)
    assert counts() == before
    assert dict(SeriesDelay.objects.filter(signal="hand_foot_mouth").values_list("days", "records")) == {1: 1}


def test_one_cholera_case_alarms_at_once_and_the_county_joins_the_village(world):
    outbreaks.store(care.condition("cholera", "li", "A00.9", TODAY.isoformat(), "霍乱"))
    village, county = surveillance.follow_changes()
    assert (village.signal, village.level, village.place, village.place_name) == ("cholera", "village", DONGLI, "东里村")
    assert village.root is None and village.grade == "general" and village.cases == 1 and village.upper == 0
    assert county.level == "county" and county.root == village
    assert surveillance.follow_changes() == []


def test_later_alarms_of_a_place_join_the_first(world):
    outbreaks.store(*[hands(f"hand-{n}", n, 2) for n in range(3)])
    first = next(alarm for alarm in surveillance.follow_changes() if alarm.level == "village")
    assert first.day == TODAY - timedelta(days=2)
    outbreaks.store(hands("hand-7", 7, 0), hands("hand-8", 8, 0))
    assert surveillance.follow_changes() == [], "the alarm of today is known"
    assert set(Alarm.objects.exclude(pk=first.pk).values_list("root_id", flat=True)) == {first.pk}
    today = Alarm.objects.get(level="village", place=DONGLI, day=TODAY)
    assert (today.cases, today.grade) == (3, "general"), "as it was raised"
    assert (today.now_cases, today.now_grade, today.now_alarm) == (5, "larger", True)


def test_a_correction_leaves_the_alarm_and_says_what_would_differ(world):
    outbreaks.store(*[hands(f"hand-{n}", n, 1) for n in range(3)])
    alarms = surveillance.follow_changes()
    assert alarms
    first = Alarm.objects.get(level="village", day=TODAY - timedelta(days=1))
    delete("Condition", "hand-1", by=SYSTEM)
    assert surveillance.follow_changes() == []
    now = Alarm.objects.get(pk=first.pk)
    assert (now.value, now.cases, now.raised_at) == (first.value, first.cases, first.raised_at)
    assert now.now_value == 2 and now.now_alarm is False and now.now_at >= first.raised_at


def test_a_late_record_raises_the_alarm_of_its_day(world):
    outbreaks.store(hands("hand-1", 1, 9), hands("hand-2", 2, 8))
    assert surveillance.follow_changes() == []
    outbreaks.store(hands("hand-3", 3, 8))
    raised = [alarm for alarm in surveillance.follow_changes() if alarm.level == "village"]
    assert min(alarm.day for alarm in raised) == TODAY - timedelta(days=8)


def test_a_source_that_stops_is_noticed_and_forgotten_when_heard_again(world):
    for back in (1, 2, 3):
        for what in ("plain", "more", "ill"):
            if SeriesEvent.objects.filter(event=f"{what}-x-{back}").exists():
                delete("Encounter", f"{what}-x-{back}", by=SYSTEM)
    follow.follow(today=TODAY)
    (source,) = judge.notice_silence(today=TODAY, by=SYSTEM)
    assert (source.org, source.last_on) == ("clinic-xili", TODAY - timedelta(days=4))
    assert judge.notice_silence(today=TODAY, by=SYSTEM) == []
    outbreaks.store(outbreaks.outpatient("again", "zhao", TODAY, clinic="clinic-xili"))
    follow.follow(today=TODAY)
    judge.notice_silence(today=TODAY, by=SYSTEM)
    assert SilentSource.objects.get().heard_on == TODAY


def test_a_bulk_import_asks_for_a_recount(world):
    assert not follow.recount_due()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO outbox (rtype, id, vid) VALUES ('*', 'import', 1)")
    assert follow.recount_due()
    surveillance.recount_all()
    assert not follow.recount_due()


def test_every_alarm_of_the_last_days_is_what_the_engine_says(world):
    outbreaks.store(*[hands(f"hand-{n}", n, n % 3) for n in range(7)])
    surveillance.follow_changes()
    one = watched()["hand_foot_mouth"]
    for level in one.signal.by:
        found = series.read(one, level, None, until=TODAY)
        for number, (detector, method) in enumerate(zip(one.signal.detect, one.methods, strict=True)):
            if detector.serves(level):
                flags = found.judged(method).found.alarm[:, -judge.LOOK_BACK :]
                assert Alarm.objects.filter(signal="hand_foot_mouth", level=level, detector=number).count() == int(np.sum(flags))
