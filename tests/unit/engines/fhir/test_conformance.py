"""The server's description of itself and of errors is itself valid FHIR."""

from kangyu.engines.fhir import capability_statement, is_resource_type, operation_outcome, validate


def test_capability_statement_is_valid_and_names_the_search_parameters():
    statement = capability_statement(version="1", base="http://example.org/fhir", types=["Patient", "Observation"])
    assert validate(statement) == []
    resources = {one["type"]: {each["name"]: each["type"] for each in one["searchParam"]} for one in statement["rest"][0]["resource"]}
    assert resources["Observation"]["date"] == "date"
    assert resources["Observation"]["patient"] == "reference"
    assert resources["Patient"]["birthdate"] == "date"
    assert "value-quantity" not in resources["Observation"], "only what is answered is promised"


def test_capability_statement_covers_all_of_r4_by_default():
    assert len(capability_statement(version="1", base="http://example.org/fhir")["rest"][0]["resource"]) == 146


def test_operation_outcome_is_valid():
    outcome = operation_outcome([("error", "invalid", "日期不对。", "Patient.birthDate"), ("warning", "not-supported", "x", "")])
    assert validate(outcome) == []
    assert [issue.get("expression") for issue in outcome["issue"]] == [["Patient.birthDate"], None]


def test_abstract_types_are_not_resource_types():
    assert is_resource_type("Patient")
    assert not is_resource_type("DomainResource")
    assert not is_resource_type("HumanName")
