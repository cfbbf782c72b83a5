"""A visit: opened with what was known, judged while typed, stored once and whole."""

import shutil
from datetime import date

import pytest
from django.db import connection

from kangyu.apps.cases.models import CareStatus
from kangyu.apps.cases.queries import NotWithinReach
from kangyu.apps.governance.access import viewer_of
from kangyu.apps.governance.models import AuditEvent
from kangyu.apps.record.errors import ConflictError
from kangyu.flows import visits
from kangyu.gateways import content
from kangyu.kernel.errors import DeniedError, UserError
from world import care

pytestmark = pytest.mark.django_db

ANSWERS = {
    "visit_kind": "home", "systolic": "168", "diastolic": "98", "weight": "64.5", "symptoms": [""], "medication_adherence": "irregular",
    "medicines": "氨氯地平，每日 1 次，5 mg", "adverse_reaction": "no", "new_complication": "no",
}  # fmt: skip


@pytest.fixture
def li(qinghe):
    return care.li_is_treated()


@pytest.fixture
def shen(qinghe):
    return viewer_of(qinghe.shen)


def save(viewer, pid, **changes):
    named = {"key": "k1", "programme": "hypertension", "form": "", **{key: changes.pop(key) for key in list(changes) if key in OPTIONS}}
    return visits.save(viewer, pid, named.pop("programme"), named.pop("form"), {**ANSWERS, **changes}, **named)


OPTIONS = ("key", "programme", "form", "on", "reasons", "corrects", "version")


def stored(pid: int, rtype: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM resource WHERE pid = %s AND rtype = %s ORDER BY id", [pid, rtype])
        return [row[0] for row in cursor.fetchall()]


def test_form_opens_with_last_answers_and_carries_over_what_stays(shen, li):
    visit = visits.open_form(shen, li, "hypertension")
    assert visit.last["systolic"].value == 156 and visit.last["systolic"].on == date(2025, 8, 15)
    assert visit.values["visit_kind"] == "clinic" and "systolic" not in visit.values


def test_judging_tells_outcome_and_advice_and_keeps_impossible_values_from_the_rules(shen, li):
    visit = visits.open_form(shen, li, "hypertension")
    said = visits.judge(visit, {**ANSWERS, "systolic": "182"}).assessment.judgement
    assert said.derived["outcome"].value == "uncontrolled" and said.advice[0].code == "refer" and said.advice[0].urgency == "urgent"
    judged = visits.judge(visit, {**ANSWERS, "systolic": "1680"})
    assert [one.cause for one in judged.result.hard] == ["impossible"] and judged.result.hard[0].fix == {"systolic": 168}
    assert judged.assessment.judgement.derived["outcome"].value == "uncontrolled", "98 alone decides"
    unknown = visits.judge(visit, {**ANSWERS, "systolic": "1680", "diastolic": "80"}).assessment.judgement
    assert unknown.derived["outcome"].value is None and unknown.missing == ("systolic",)


def test_saving_stores_answers_observations_status_and_audit_together(shen, li):
    saved = save(shen, li)
    assert saved.response in stored(li, "QuestionnaireResponse")
    assert f"{saved.response}-blood-pressure" in stored(li, "Observation") and f"{saved.response}-weight" in stored(li, "Observation")
    status = CareStatus.objects.get(pid=li, programme="hypertension")
    assert status.last_on == care.TODAY and status.last["figures"] == "168/98" and status.last["outcome"] == "uncontrolled"
    assert status.next_due == date(2025, 12, 5), "not at the goal: within two weeks"
    row = AuditEvent.objects.get(action="visit.record")
    assert row.pids == [li] and row.account == "shen" and saved.response in row.target


def test_the_same_key_stores_once(shen, li):
    first, second = save(shen, li), save(shen, li, systolic="150")
    assert second.again and (second.response, second.version) == (first.response, 1)
    assert len(stored(li, "QuestionnaireResponse")) == 4
    assert save(shen, li, key="k2").response != first.response


def test_a_correction_makes_a_version_and_withdraws_what_is_no_longer_said(shen, li):
    first = save(shen, li)
    second = save(shen, li, corrects=first.response, version=1, systolic="148", diastolic="88", weight="", key="k3")
    assert (second.response, second.version) == (first.response, 2)
    assert f"{first.response}-weight" not in stored(li, "Observation")
    assert CareStatus.objects.get(pid=li, programme="hypertension").last["outcome"] == "controlled"
    with pytest.raises(ConflictError):
        save(shen, li, corrects=first.response, version=1, key="k4")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"systolic": "870"}, "870 不可能"),
        ({"systolic": "90", "diastolic": "120"}, "收缩压应高于舒张压"),
        ({"systolic": ""}, "收缩压还没有填"),
        ({"systolic": "高"}, "不是数字"),
        ({"symptoms": None}, "还没有填"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nothing_is_stored(shen, li, changes, words):
    before = stored(li, "QuestionnaireResponse"), stored(li, "Observation")
    with pytest.raises(visits.NotAcceptable) as refused:
        save(shen, li, **changes)
    assert words in str(refused.value)
    assert (stored(li, "QuestionnaireResponse"), stored(li, "Observation")) == before
    assert not AuditEvent.objects.filter(action="visit.record").exists()


def test_an_unusual_value_needs_a_reason_and_then_passes(shen, li):
    with pytest.raises(visits.NotAcceptable) as refused:
        save(shen, li, systolic="186", diastolic="104")
    finding = refused.value.judged.result.unexplained[0]
    assert "少见" in finding.message and "stopped_medicine" in finding.reasons
    reasons = {one.key: "stopped_medicine" for one in refused.value.judged.result.unexplained}
    assert save(shen, li, systolic="186", diastolic="104", reasons=reasons).version == 1


def test_a_failing_projection_leaves_nothing_behind(shen, li, monkeypatch):
    from kangyu.apps.record import pipeline

    def broken(passage):
        raise RuntimeError("projection failed")

    before = stored(li, "QuestionnaireResponse")
    monkeypatch.setattr(pipeline, "PROJECTORS", [*pipeline.PROJECTORS, broken])
    with pytest.raises(RuntimeError):
        save(shen, li)
    assert stored(li, "QuestionnaireResponse") == before
    assert CareStatus.objects.get(pid=li, programme="hypertension").last["figures"] == "156/92"


def test_another_teams_doctor_and_roles_without_the_right_cannot_open_or_save(qinghe, li):
    wang, planner = viewer_of(qinghe.wang), viewer_of(qinghe.planner)
    for act in (lambda viewer: visits.open_form(viewer, li, "hypertension"), lambda viewer: save(viewer, li)):
        with pytest.raises(NotWithinReach):
            act(wang)
        with pytest.raises(DeniedError):
            act(planner)
    assert AuditEvent.objects.filter(action="person.view", account="wang", outcome="denied").count() == 2


def test_a_visit_of_tomorrow_cannot_be_recorded(shen, li):
    with pytest.raises(UserError, match="还没有发生"):
        save(shen, li, on=date(2025, 11, 22))


def test_enrolling_makes_condition_and_episode_and_the_first_follow_up_due(qinghe, shen):
    care.stand_on()
    pid = care.pid_of("li")
    answers = {
        "diagnosed_on": "2025-11-20", "basis": "three_days", "systolic": "158", "diastolic": "96", "comorbidities": [""],
        "secondary_suspected": "no", "agrees": "yes",
    }  # fmt: skip
    visits.save(shen, pid, "hypertension", "enrolment", answers, key="e1")
    assert len(stored(pid, "Condition")) == 1 and len(stored(pid, "EpisodeOfCare")) == 1
    status = CareStatus.objects.get(pid=pid, programme="hypertension")
    assert status.state == "enrolled" and status.next_due == date(2025, 12, 31) and status.needed == 2


def test_the_page_after_saving_knows_outcome_and_next_date(shen, li):
    saved = save(shen, li)
    told = visits.outcome(shen, li, saved.response)
    assert told.judged.assessment.judgement.derived["outcome"].value == "uncontrolled"
    follow_up = next(item for item in told.expected.items if item.key == "follow_up")
    assert follow_up.due_on == date(2025, 12, 5) and follow_up.done_this_year == 4


@pytest.mark.django_db(transaction=True)
def test_two_saves_at_the_same_moment_store_one_visit(empty_record):
    from concurrent.futures import ThreadPoolExecutor

    from django.core.cache import cache
    from django.db import connections

    from world import qinghe

    cache.clear()
    world = qinghe.build()
    li = care.li_is_treated()
    viewer = viewer_of(world.shen)

    def act(_):
        try:
            return save(viewer, li)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(act, range(2))
    assert first.response == second.response and {first.again, second.again} == {True, False}
    assert len(stored(li, "QuestionnaireResponse")) == 4


def test_a_correction_sent_twice_makes_one_new_version(shen, li):
    first = save(shen, li, key="k-first")
    once = save(shen, li, key="k-mend", corrects=first.response, version=first.version, systolic=150)
    twice = save(shen, li, key="k-mend", corrects=first.response, version=first.version, systolic=150)
    assert (once.version, twice.version, twice.again) == (2, 2, True)


def test_last_years_visit_keeps_last_years_rule(li, shen, monkeypatch, tmp_path):
    """A stricter goal from 2026 on judges visits of 2026, not the visit of 2025 that is opened again later."""
    shutil.copytree(content.folder(), tmp_path / "content")
    now = tmp_path / "content/programmes/hypertension/programme.yaml"
    next_year = now.read_text(encoding="utf-8").replace("from: 2017-02-28", "from: 2026-01-01")
    stricter = next_year.replace("case when age() >= 65 then 150 else 140 end", "120")
    (now.parent / "programme-2026.yaml").write_text(stricter, encoding="utf-8")
    monkeypatch.setenv("KANGYU_CONTENT", str(tmp_path / "content"))
    care.stand_on(date(2026, 3, 1))

    def outcome(on: date) -> str:
        judged = visits.judge(visits.open_form(shen, li, "hypertension", on=on), {**ANSWERS, "systolic": "134", "diastolic": "80"})
        return judged.assessment.judgement.derived["outcome"].value

    assert outcome(date(2025, 12, 31)) == "controlled"
    assert outcome(date(2026, 1, 1)) == "uncontrolled"
    care.stand_on()
