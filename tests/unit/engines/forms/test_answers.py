from datetime import date
from functools import lru_cache

import pytest

from declarations import shipped
from kangyu.engines.forms import check_answers, prepare
from kangyu.engines.language.subject import Subject

TODAY = date(2025, 11, 21)
CALM = {
    "visit_kind": "clinic",
    "systolic": "138",
    "diastolic": "84",
    "symptoms": [],
    "medication_adherence": "regular",
    "adverse_reaction": "无",
    "new_complication": False,
}
SUGAR = {
    "visit_kind": "clinic",
    "fasting_glucose": 6.5,
    "symptoms": [],
    "medication_adherence": "regular",
    "hypoglycaemia": "none",
    "adverse_reaction": False,
    "new_complication": False,
}


@lru_cache
def form(name="hypertension_follow_up"):
    return prepare(shipped(), shipped().forms[name])


def subject(*, birth=date(1975, 1, 1), sex="female", previous=None, **tables):
    return Subject({"birth_date": birth, "sex": sex}, tables, TODAY, previous=previous)


def check(answers, name="hypertension_follow_up", reasons=None, **person):
    return check_answers(form(name), answers, subject=subject(**person), reasons=reasons)


def only(result):
    (finding,) = result.findings
    return finding


def test_text_from_a_web_form_becomes_values():
    result = check(CALM)
    assert result.ok
    assert result.cleaned["systolic"] == 138.0
    assert result.cleaned["adverse_reaction"] is False
    assert result.cleaned["symptoms"] == []
    assert result.cleaned["weight"] is None


def test_full_width_digits_and_a_chinese_stop_are_numbers():
    assert check({**CALM, "systolic": "１３８", "weight": "65。5"}).cleaned["weight"] == 65.5


def test_an_impossible_glucose_says_what_is_possible_and_offers_the_missed_point():
    finding = only(check({**SUGAR, "fasting_glucose": 87}, "diabetes_follow_up"))
    assert finding.hard
    assert finding.message == "87 不可能。空腹血糖应在 1.0–40.0 之间。"
    assert finding.fix == {"fasting_glucose": 8.7}
    assert finding.fix_title == "改为 8.7"


def test_the_offered_value_is_the_one_nearest_the_last():
    slip = {**SUGAR, "fasting_glucose": 110}
    assert only(check(slip, "diabetes_follow_up")).fix == {"fasting_glucose": 11}
    assert only(check({**CALM, "weight": 6500}, previous={"weight": 66.0})).fix == {"weight": 65}


def test_no_value_is_offered_where_none_is_likely():
    assert only(check({**CALM, "systolic": 59000})).fix is None


@pytest.mark.parametrize(("value", "possible"), [(60, True), (59.9, False), (300, True), (300.1, False)])
def test_the_ends_of_a_range_are_possible(value, possible):
    result = check({**CALM, "systolic": value, "diastolic": 30}, reasons={"systolic": "repeated", "diastolic": "repeated"})
    assert ("impossible" in {finding.cause for finding in result.findings}) is not possible


def test_an_unusual_value_passes_with_a_reason():
    unusual = {**CALM, "systolic": 182}
    finding = only(check(unusual))
    assert not finding.hard
    assert finding.reasons["stopped_medicine"] == "停药"
    assert not check(unusual).ok
    assert check(unusual, reasons={"systolic": "stopped_medicine"}).ok
    assert not check(unusual, reasons={"systolic": "no such reason"}).ok


def test_one_reason_for_a_field_explains_all_that_is_unusual_about_it():
    rows = [{"id": "1", "on": date(2025, 6, 1), "systolic": 140, "diastolic": 80}]
    result = check({**CALM, "systolic": 182}, blood_pressure=rows, reasons={"systolic": "repeated"})
    assert {finding.key for finding in result.soft} == {"systolic", "above_own_year"}
    assert result.ok


def test_a_first_visit_has_no_year_to_compare_with():
    assert check({**CALM, "systolic": 160}).ok


def test_swapped_pressures_offer_to_swap_back():
    (finding,) = check({**CALM, "systolic": 84, "diastolic": 108}).hard
    assert finding.fix == {"systolic": 108.0, "diastolic": 84.0}
    assert finding.fix_title == "两栏对调"
    assert "收缩压 84" in finding.message and "舒张压 108" in finding.message


def test_a_required_answer_is_asked_for():
    answers = {key: value for key, value in CALM.items() if key != "symptoms"}
    finding = only(check(answers))
    assert (finding.cause, finding.message) == ("missing", "症状还没有填。")


def test_pressure_is_required_face_to_face_but_not_by_phone():
    unmeasured = {**CALM, "systolic": "", "diastolic": None}
    assert {finding.key for finding in check(unmeasured).hard} == {"systolic", "diastolic"}
    assert check({**unmeasured, "visit_kind": "phone"}).ok


def test_only_a_measured_visit_face_to_face_counts():
    assert check(CALM).counts_as_visit
    assert not check({**CALM, "visit_kind": "phone"}).counts_as_visit
    assert not check({**CALM, "systolic": ""}).counts_as_visit


def test_a_question_is_asked_only_where_it_makes_sense():
    assert "pregnant_or_lactating" in check(CALM).shown
    assert "pregnant_or_lactating" not in check(CALM, sex="male").shown
    assert "pregnant_or_lactating" not in check(CALM, birth=date(1970, 11, 21)).shown
    assert "pregnant_or_lactating" in check(CALM, birth=date(1970, 11, 22)).shown


def test_the_answer_to_a_hidden_question_is_dropped():
    answers = {**CALM, "exercise_per_week": 0, "exercise_minutes": 30, "adverse_reaction_detail": "干咳"}
    cleaned = check(answers).cleaned
    assert cleaned["exercise_minutes"] is None
    assert cleaned["adverse_reaction_detail"] is None


def test_detail_is_required_once_its_question_is_answered_with_yes():
    assert {finding.key for finding in check({**CALM, "adverse_reaction": True}).hard} == {"adverse_reaction_detail"}


@pytest.mark.parametrize(
    ("key", "given", "words"),
    [
        ("systolic", "一百四", "不是数字"),
        ("systolic", True, "填数字"),
        ("systolic", "nan", "不是数字"),
        ("next_visit", "2025-02-30", "不是日期"),
        ("visit_kind", "car", "可选：门诊、上门、电话"),
        ("symptoms", ["headache"], "没有“headache”"),
        ("adverse_reaction", "也许", "看不懂"),
    ],
)
def test_what_cannot_be_read_says_why(key, given, words):
    findings = [finding for finding in check({**CALM, key: given}).findings if finding.key == key]
    assert [finding.cause for finding in findings] == ["unreadable"]
    assert words in findings[0].message


def test_a_whole_number_refuses_a_fraction():
    result = check({"danger_level": 2.5, "symptoms_class": "stable", "medication_adherence": "regular"}, "severe_mental_follow_up")
    assert "整数" in only(result).message


def test_an_answer_to_no_question_is_refused():
    finding = only(check({**CALM, "sistolic": 140}))
    assert (finding.cause, finding.key) == ("unknown_field", "sistolic")


def test_a_date_today_is_not_a_next_visit():
    assert not check({**CALM, "next_visit": TODAY}).ok
    assert check({**CALM, "next_visit": "2025/11/22"}).ok


def test_enrolment_refuses_what_may_be_secondary_and_tomorrows_diagnosis():
    answers = {
        "diagnosed_on": "2025-11-22",
        "basis": "three_days",
        "systolic": 150,
        "diastolic": 95,
        "comorbidities": [],
        "secondary_suspected": True,
        "agrees": True,
    }
    assert {finding.key for finding in check(answers, "hypertension_enrolment").hard} == {"diagnosed_by_today", "not_secondary"}
