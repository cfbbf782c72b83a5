"""What a resource can be found by."""

import json
from datetime import date
from pathlib import Path

import pytest

from kangyu.engines.fhir import extract
from kangyu.engines.fhir.search.dates import days_of
from kangyu.engines.fhir.search.names import name_tokens

EXAMPLES = Path(__file__).resolve().parents[5] / "../shared/data/fhir-r4-examples"


def test_observation_is_found_by_status_code_and_performer_and_its_person_by_column():
    entry = extract(
        {
            "resourceType": "Observation",
            "id": "o",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}, {"system": "urn:local", "code": "bp"}]},
            "subject": {"reference": "Patient/p1"},
            "effectiveDateTime": "2024-05-06T23:30:00+08:00",
            "performer": [{"reference": "Organization/o1"}, {"display": "no reference"}],
        }
    )
    assert set(entry.tokens) == {
        "status|final", "code|85354-9", "code|http://loinc.org|85354-9", "code|bp", "code|urn:local|bp", "code:more",
        "performer|Organization/o1",
    }  # fmt: skip
    assert (entry.code, entry.d_lo, entry.d_hi) == ("85354-9", date(2024, 5, 6), date(2024, 5, 6))


def test_subject_that_is_not_a_person_becomes_a_token():
    entry = extract({"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "subject": {"reference": "Location/l"}})
    assert "subject|Location/l" in entry.tokens
    assert entry.code is None


def test_patient_is_found_by_name_identifier_and_phone():
    entry = extract(
        {
            "resourceType": "Patient",
            "name": [{"text": "单小样", "family": "单", "given": ["小样"]}],
            "identifier": [{"system": "urn:oid:2.16.156.10011.1.3", "value": "37"}],
            "telecom": [{"system": "phone", "value": "138"}, {"system": "email", "value": "a@b.example"}],
            "gender": "female",
            "birthDate": "1950-02",
            "active": True,
        }
    )
    assert {"name~单", "name~单小", "name~单小样", "name~小样", "name*小样", "name~shanxiaoyang", "name~sxy"} <= set(entry.tokens)
    assert {"identifier|37", "identifier|urn:oid:2.16.156.10011.1.3|37", "phone|138", "email|a@b.example"} <= set(entry.tokens)
    assert {"gender|female", "active|true"} <= set(entry.tokens)
    assert "phone|a@b.example" not in entry.tokens
    assert (entry.d_lo, entry.d_hi) == (date(1950, 2, 1), date(1950, 2, 28))


def test_open_period_has_no_last_day():
    entry = extract(
        {
            "resourceType": "EpisodeOfCare",
            "status": "active",
            "type": [{"coding": [{"system": "urn:kangyu:cs:programme", "code": "hypertension"}]}],
            "patient": {"reference": "Patient/p1"},
            "period": {"start": "2024-05-06"},
        }
    )
    assert (entry.code, entry.d_lo, entry.d_hi) == ("hypertension", date(2024, 5, 6), None)
    assert not any("Patient/p1" in token for token in entry.tokens), "the person is a column"


def test_stand_in_date_dates_the_resource_but_says_so():
    condition = {"resourceType": "Condition", "subject": {"reference": "Patient/p1"}, "recordedDate": "2024-05-06"}
    assert extract(condition).d_lo == date(2024, 5, 6)
    assert "onset-date:missing" in extract(condition).tokens
    assert "onset-date:missing" not in extract({**condition, "onsetDateTime": "2020"}).tokens


def test_canonical_is_found_without_its_version():
    entry = extract({"resourceType": "QuestionnaireResponse", "status": "completed", "questionnaire": "urn:kangyu:form:f|2"})
    assert entry.code == "urn:kangyu:form:f"
    assert "questionnaire|urn:kangyu:form:f" in entry.tokens


def test_name_tokens_know_the_readings_of_surnames():
    assert "~zengqiang" in name_tokens("曾强", True)
    assert not any(token.startswith("~x") for token in name_tokens("县中医院", False))
    assert "*中医" in name_tokens("县中医院", False)


@pytest.mark.parametrize(
    ("value", "lo", "hi"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024-02-03T00:30:00+08:00", date(2024, 2, 3), date(2024, 2, 3)),
        ({"start": "2024-02", "end": "2024-03"}, date(2024, 2, 1), date(2024, 3, 31)),
        ({"end": "2024"}, None, date(2024, 12, 31)),
        ({"repeat": {}}, None, None),
    ],
)
def test_days_cover_what_a_date_may_mean(value, lo, hi):
    assert days_of(value) == (lo, hi)


def test_official_examples_extract_without_error():
    if not EXAMPLES.is_dir():
        pytest.skip("HL7's R4 examples are not beside this checkout")
    entries = {path.stem: extract(json.loads(path.read_bytes())) for path in EXAMPLES.glob("*.json")}
    assert "identifier|6324" in entries["Observation-f002"].tokens
    assert "practitioner|Practitioner/f003" not in entries["Encounter-f002"].tokens, "practitioner only narrows participant"
    assert "participant|Practitioner/f003" in entries["Encounter-f002"].tokens


@pytest.mark.parametrize(
    ("codings", "several"),
    [
        ([("urn:a", "1")], False),
        ([("urn:a", "1"), ("urn:b", "1")], False),
        ([("urn:a", "1"), ("urn:b", "2")], True),
    ],
)
def test_a_resource_with_several_main_codes_says_so(codings, several):
    code = {"coding": [{"system": system, "code": code} for system, code in codings]}
    entry = extract({"resourceType": "Observation", "id": "o", "status": "final", "code": code})
    assert entry.code == "1" and ("code:more" in entry.tokens) is several
