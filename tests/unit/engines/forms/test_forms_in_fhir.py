from datetime import date
from functools import lru_cache

import pytest

from declarations import shipped
from kangyu.engines.fhir.validation import validate
from kangyu.engines.forms import answers_of, check_answers, extract, prepare, questionnaire, response
from kangyu.engines.language.subject import Subject

DAY = date(2025, 11, 21)
HTEST = [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]
FOLLOW_UP = {
    "visit_kind": "home",
    "systolic": 146,
    "diastolic": 92,
    "heart_rate": 78,
    "weight": 65.5,
    "symptoms": ["headache_dizziness", "leg_oedema"],
    "medication_adherence": "irregular",
    "adverse_reaction": False,
    "new_complication": False,
    "next_visit": "2025-12-05",
}
ENROLMENT = {
    "diagnosed_on": "2025-11-18",
    "basis": "three_days",
    "systolic": 150,
    "diastolic": 95,
    "comorbidities": [],
    "secondary_suspected": False,
    "agrees": True,
}
REPORT = {
    "indicator": "health_literacy",
    "period_start": "2025-01-01",
    "period_end": "2025-11-20",
    "value": 32.6,
    "source": "survey",
    "document": "2025 年居民健康素养监测",
}


@lru_cache
def form(name):
    return prepare(shipped(), shipped().forms[name])


def answered(name, answers, *, subject="Patient/p1", derived=None, id="r1"):
    result = check_answers(form(name), answers, subject=Subject({"birth_date": date(1958, 3, 12), "sex": "female"}, {}, DAY))
    assert not result.hard
    return result, response(
        form(name),
        result.cleaned,
        id=id,
        subject=subject,
        author="PractitionerRole/d1",
        institution="Organization/o1",
        on=DAY,
        derived=derived,
    )


def items(resource):
    return {item["linkId"]: item.get("answer") for item in resource["item"]}


@pytest.mark.parametrize("name", sorted(shipped().forms))
def test_every_form_is_a_valid_questionnaire(name):
    resource = questionnaire(form(name))
    assert validate(resource) == []
    assert [item["linkId"] for item in resource["item"]] == list(shipped().forms[name].fields)
    assert resource["url"] == f"urn:kangyu:form:{name}"


def test_a_question_carries_unit_limits_and_options():
    found = {item["linkId"]: item for item in questionnaire(form("diabetes_follow_up"))["item"]}
    extensions = {extension["url"].rsplit("/", 1)[1]: extension for extension in found["fasting_glucose"]["extension"]}
    assert extensions["questionnaire-unit"]["valueCoding"]["code"] == "mmol/L"
    assert (extensions["minValue"]["valueDecimal"], extensions["maxValue"]["valueDecimal"]) == (1, 40)
    assert found["symptoms"]["repeats"] is True
    assert found["hypoglycaemia"]["answerOption"][1]["valueCoding"] == {
        "system": "urn:kangyu:cs:hypoglycaemia",
        "code": "occasional",
        "display": "偶尔",
    }


def test_a_response_is_recorded_as_agreed():
    _, resource = answered("hypertension_follow_up", FOLLOW_UP, derived={"outcome": "uncontrolled", "goal_systolic": 150})
    assert validate(resource) == []
    assert resource["questionnaire"] == "urn:kangyu:form:hypertension_follow_up"
    assert resource["status"] == "completed"
    assert resource["authored"] == "2025-11-21"
    assert resource["author"] == {"reference": "PractitionerRole/d1"}
    assert resource["extension"] == [{"url": "urn:kangyu:ext:institution", "valueReference": {"reference": "Organization/o1"}}]
    found = items(resource)
    assert found["systolic"] == [{"valueDecimal": 146}]
    assert found["adverse_reaction"] == [{"valueBoolean": False}]
    assert found["next_visit"] == [{"valueDate": "2025-12-05"}]
    assert [answer["valueCoding"]["code"] for answer in found["symptoms"]] == ["headache_dizziness", "leg_oedema"]
    assert found["visit_kind"][0]["valueCoding"]["system"] == "urn:kangyu:cs:visit_kind"
    assert found["derived.outcome"] == [{"valueString": "uncontrolled"}]
    assert found["derived.goal_systolic"] == [{"valueDecimal": 150}]
    assert "target_weight" not in found


def test_whole_numbers_are_integers():
    _, resource = answered("severe_mental_follow_up", {"danger_level": 2, "symptoms_class": "stable", "medication_adherence": "regular"})
    assert items(resource)["danger_level"] == [{"valueInteger": 2}]


def test_nothing_ticked_is_kept_apart_from_not_asked():
    none_ticked, resource = answered("hypertension_follow_up", {**FOLLOW_UP, "symptoms": []})
    assert "symptoms" in items(resource) and items(resource)["symptoms"] is None
    assert validate(resource) == []
    assert answers_of(form("hypertension_follow_up"), resource)["symptoms"] == [] == none_ticked.cleaned["symptoms"]
    assert answers_of(form("hypertension_follow_up"), resource)["salt"] is None


@pytest.mark.parametrize(("name", "answers"), [("hypertension_follow_up", FOLLOW_UP), ("hypertension_enrolment", ENROLMENT)])
def test_answers_come_back_from_the_response_as_they_went_in(name, answers):
    result, resource = answered(name, answers, derived={"outcome": "controlled"})
    assert answers_of(form(name), resource) == dict(result.cleaned)


def test_a_reason_is_kept_with_the_value():
    result = check_answers(form("hypertension_follow_up"), FOLLOW_UP, subject=Subject({}, {}, DAY))
    resource = response(
        form("hypertension_follow_up"),
        result.cleaned,
        id="r1",
        subject="Patient/p1",
        author="PractitionerRole/d1",
        institution="Organization/o1",
        on=DAY,
        reasons={"systolic": "repeated"},
    )
    assert items(resource)["reason.systolic"] == [{"valueString": "repeated"}]


def test_pressure_weight_and_heart_rate_become_observations():
    _, resource = answered("hypertension_follow_up", FOLLOW_UP, id="visit-1")
    found = {made["id"]: made for made in extract(form("hypertension_follow_up"), resource)}
    assert set(found) == {"visit-1-blood-pressure", "visit-1-heart-rate", "visit-1-weight"}
    assert all(validate(made) == [] for made in found.values())
    pressure = found["visit-1-blood-pressure"]
    assert pressure["code"]["coding"][0] == {"system": "http://loinc.org", "code": "85354-9"}
    parts = {part["code"]["coding"][0]["code"]: part["valueQuantity"] for part in pressure["component"]}
    assert (parts["8480-6"]["value"], parts["8462-4"]["value"], parts["8480-6"]["code"]) == (146, 92, "mm[Hg]")
    assert pressure["effectiveDateTime"] == "2025-11-21"
    assert pressure["derivedFrom"] == [{"reference": "QuestionnaireResponse/visit-1"}]
    assert pressure["performer"] == [{"reference": "Organization/o1"}]
    assert found["visit-1-weight"]["valueQuantity"] == {"value": 65.5, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}


def test_what_was_not_measured_becomes_nothing():
    unmeasured = {**FOLLOW_UP, "visit_kind": "phone", "systolic": None, "diastolic": None, "heart_rate": None, "weight": None}
    _, resource = answered("hypertension_follow_up", unmeasured)
    assert extract(form("hypertension_follow_up"), resource) == []


def test_what_is_made_from_synthetic_answers_is_synthetic():
    _, resource = answered("diabetes_follow_up", {**GLUCOSE, "fasting_glucose": 7.4})
    made = extract(form("diabetes_follow_up"), {**resource, "meta": {"tag": HTEST}})
    assert [item["meta"]["tag"] for item in made] == [HTEST]
    assert made[0]["code"]["coding"][0]["code"] == "14771-0"


GLUCOSE = {
    "visit_kind": "clinic",
    "symptoms": [],
    "medication_adherence": "regular",
    "hypoglycaemia": "none",
    "adverse_reaction": False,
    "new_complication": False,
}


def test_enrolment_makes_the_diagnosis_and_the_membership():
    _, resource = answered("hypertension_enrolment", ENROLMENT)
    made = {item["resourceType"]: item for item in extract(form("hypertension_enrolment"), resource)}
    assert all(validate(item) == [] for item in made.values())
    assert made["Condition"]["code"]["coding"][0]["code"] == "I10"
    assert made["Condition"]["onsetDateTime"] == "2025-11-18"
    assert made["EpisodeOfCare"]["type"] == [{"coding": [{"system": "urn:kangyu:cs:programme", "code": "hypertension"}]}]
    assert made["EpisodeOfCare"]["period"] == {"start": "2025-11-21"}
    assert made["EpisodeOfCare"]["patient"] == {"reference": "Patient/p1"}


def test_who_does_not_agree_has_a_diagnosis_but_no_membership():
    _, resource = answered("hypertension_enrolment", {**ENROLMENT, "agrees": False})
    assert {item["resourceType"] for item in extract(form("hypertension_enrolment"), resource)} == {"Observation", "Condition"}


def test_a_report_makes_a_measure_report_of_its_area():
    area = {"identifier": {"system": "urn:kangyu:cs:area", "value": "370830"}}
    _, resource = answered("indicator_report", REPORT, subject=area)
    (report,) = extract(form("indicator_report"), resource)
    assert validate(report) == []
    assert report["measure"] == "urn:kangyu:indicator:health_literacy"
    assert report["subject"] == area
    assert report["period"] == {"start": "2025-01-01", "end": "2025-11-20"}
    assert report["group"] == [{"measureScore": {"value": 32.6}}]
    assert report["extension"] == [{"url": "urn:kangyu:ext:source", "valueString": "2025 年居民健康素养监测"}]
