from dataclasses import replace
from datetime import date
from functools import lru_cache
from time import perf_counter

from declarations import shipped
from kangyu.engines.cases import assess, due_items, judge, prepare
from kangyu.engines.language.actions import together
from kangyu.engines.language.subject import Subject

TODAY = date(2025, 11, 21)
CALM = {"visit_kind": "clinic", "symptoms": [], "medication_adherence": "regular", "adverse_reaction": False, "new_complication": False}


@lru_cache
def programme(key="hypertension"):
    return prepare(shipped(), shipped().programmes[key])


def visit(on, systolic, diastolic, **more):
    return {"id": f"v-{on}", "on": on, **CALM, "systolic": systolic, "diastolic": diastolic, **more}


def meng(**form):
    """The patient of the mock-ups: 67, sixteen days after a visit with 168/98."""
    visits = [
        visit(date(2025, 2, 1), 150, 90, outcome="uncontrolled"),
        visit(date(2025, 5, 1), 156, 91, outcome="uncontrolled"),
        visit(date(2025, 8, 20), 149, 88, outcome="controlled"),
        visit(date(2025, 10, 6), 164, 95, outcome="uncontrolled"),
        visit(date(2025, 11, 5), 168, 98, outcome="uncontrolled"),
    ]
    tables = {
        "residents": [{"id": "r", "on": date(1958, 3, 12)}],
        "conditions": [{"id": "c", "on": date(2016, 1, 1), "code": "I10"}],
        "episodes": [{"id": "e", "on": date(2016, 2, 1), "programme": "hypertension"}],
        "hypertension_follow_up": visits,
        "blood_pressure": [{**row, "id": f"b-{row['id']}"} for row in visits],
    }
    return Subject({"birth_date": date(1958, 3, 12), "sex": "female"}, tables, TODAY, form=form, previous=visits[-1])


def test_the_figures_stand_in_the_reason():
    judgement = judge(programme(), meng(**CALM, systolic=182, diastolic=104))
    reasons = {rule.key: rule.because for rule in judgement.fired}
    assert reasons["emergency"] == ("收缩压 182 ≥ 180",)
    assert reasons["twice"] == ("随访分类是控制不满意", "上次随访分类是控制不满意")
    assert judgement.derived["outcome"].because == ("收缩压 182 ≥ 150", "舒张压 104 ≥ 90")
    assert judgement.derived["outcome"].words == "控制不满意"


def test_the_most_urgent_advice_and_the_earliest_date_stand():
    judgement = judge(programme(), meng(**CALM, systolic=182, diastolic=104))
    assert [(advice.title, advice.urgency) for advice in judgement.advice] == [("转诊到上级医院", "urgent")]
    assert (judgement.revisit.by, judgement.revisit.words) == (date(2025, 12, 5), "2 周内回访")


def test_an_emergency_does_not_wait_for_the_form():
    judgement = judge(programme(), meng(systolic=182))
    assert "emergency" in {rule.key for rule in judgement.fired}
    assert judgement.derived["outcome"].words == "还不能判"
    assert judgement.missing == ("new_complication", "adverse_reaction")
    assert set(judgement.undecided) == {"worse", "twice", "not_at_goal"}
    assert not judgement.settled


def test_symptoms_are_named():
    judgement = judge(programme(), meng(**{**CALM, "symptoms": ["chest_tightness", "leg_oedema"]}, systolic=140, diastolic=80))
    assert {rule.key: rule.because for rule in judgement.fired}["emergency"] == ("症状：胸闷",)


def test_missing_fields_are_found_through_derived_values():
    unknown_age = replace(meng(**CALM, systolic=145, diastolic=80), fields={"birth_date": None, "sex": "female"})
    judgement = judge(programme(), unknown_age)
    assert judgement.derived["goal_systolic"].value == 140
    unmeasured = judge(programme(), meng(**CALM, systolic=145))
    assert unmeasured.missing == ("diastolic",)


def test_a_half_filled_form_is_never_all_well():
    judgement = judge(programme(), meng(systolic=128, diastolic=80))
    assert judgement.fired == ()
    assert judgement.revisit is None


def test_a_whole_form_within_goal_waits_three_months():
    judgement = judge(programme(), meng(**CALM, systolic=149, diastolic=89))
    assert [rule.key for rule in judgement.fired] == ["else"]
    assert (judgement.revisit.by, judgement.revisit.words) == (date(2026, 2, 21), "3 个月后随访")


def test_the_person_stands_beside_the_visit():
    assessment = assess(programme(), meng())
    assert assessment.belongs is True
    assert assessment.judgement is None
    assert [(flag.key, flag.because) for flag in assessment.high_risk] == [("never_controlled_lately", ("最近一次随访分类是控制不满意",))]


def test_the_revisit_of_the_last_visit_is_overdue_as_the_work_list_says():
    expected = due_items(programme(), meng())
    follow_up = expected.next
    assert (follow_up.key, follow_up.form, follow_up.due_on, follow_up.words) == (
        "follow_up",
        "hypertension_follow_up",
        date(2025, 11, 19),
        "逾期 2 天",
    )
    assert (follow_up.done_this_year, follow_up.needed_this_year) == (5, 4)


def test_a_phone_call_moves_no_clock_and_counts_as_no_visit():
    subject = meng()
    called = visit(date(2025, 11, 19), None, None, visit_kind="phone")
    tables = {**subject.tables, "hypertension_follow_up": [*subject.tables["hypertension_follow_up"], called]}
    item = due_items(programme(), replace(subject, tables=tables)).items[0]
    assert (item.done_this_year, item.last_on) == (5, date(2025, 11, 5))


def test_one_who_is_not_enrolled_owes_nothing():
    subject = meng()
    left = {**subject.tables, "episodes": [{"id": "e", "on": date(2016, 2, 1), "to": date(2025, 11, 20), "programme": "hypertension"}]}
    assert due_items(programme(), replace(subject, tables=left)).items == ()
    assert due_items(programme(), replace(subject, tables={**left, "episodes": []})).membership is None


def test_a_programme_without_enrolment_takes_all_who_belong():
    expected = due_items(programme("elderly"), meng())
    assert [(item.key, item.due_on) for item in expected.items] == [("health_check", date(2025, 12, 31))]


def test_a_combined_visit_takes_the_most_urgent_and_the_earliest():
    high = judge(programme(), meng(**CALM, systolic=182, diastolic=104))
    sugar = judge(programme("diabetes"), meng(**CALM, fasting_glucose=6.1, hypoglycaemia="none"))
    assert sugar.revisit.by == date(2026, 2, 21)
    combined = together([*high.firings, *sugar.firings])
    assert [(item.action.target, item.action.urgency) for item in combined if item.action.verb == "advise"] == [("refer", "urgent")]
    assert [item.due for item in combined if item.action.verb == "revisit"] == [date(2025, 12, 5)]


def test_one_person_takes_about_a_millisecond():
    subject, prepared = meng(**CALM, systolic=182, diastolic=104), programme()
    best = min(_seconds(prepared, subject) for _ in range(5))
    assert best / 50 < 0.005, "five times the budget, for slow machines"


def _seconds(prepared, subject):
    start = perf_counter()
    for _ in range(50):
        assess(prepared, subject)
    return perf_counter() - start
