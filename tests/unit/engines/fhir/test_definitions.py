"""The compiled definitions: what they say, and what a person is told when they are not there."""

import time

import pytest

from kangyu.engines.fhir.definitions import definitions, read_definitions
from kangyu.kernel.errors import UserError


def element(type_name, name):
    return next(e for e in definitions().elements(type_name) if e.name == name)


def test_definitions_are_those_of_r4():
    assert definitions().release == "4.0.1"
    assert {"Patient", "Observation", "MeasureReport", "Bundle"} <= definitions().resource_types
    assert len(definitions().resource_types) == 146


def test_definitions_leave_out_what_the_package_adds_to_r4():
    assert "SubscriptionStatus" not in definitions().resource_types
    assert "progressStatus" not in {e.name for e in definitions().elements("ResearchStudy")}
    assert "definition" in {e.name for e in definitions().elements("EvidenceVariable.characteristic")}


def test_elements_carry_cardinality_types_and_targets():
    assert element("Observation", "status").minimum == 1
    assert element("Observation", "value").choice
    assert element("Observation", "subject").types[0].targets == {"Patient", "Group", "Device", "Location"}
    assert element("Observation", "focus").types[0].targets == frozenset()
    assert element("Observation.component", "referenceRange").types[0].code == "Observation.referenceRange"
    assert (element("HumanName", "given").maximum, element("HumanName", "given").repeats) == (0, True)
    assert element("Patient", "id").types[0].code == "id"
    assert element("Extension", "url").types[0].code == "uri"


def test_value_sets_are_listed_by_code_system():
    status = definitions().value_set(element("Observation", "status").value_set)
    assert status == {"http://hl7.org/fhir/observation-status": {
        "registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown",
    }}  # fmt: skip
    assert definitions().value_set(element("Attachment", "contentType").value_set) is None


def test_search_parameters_of_a_type_include_those_of_every_resource():
    codes = {parameter.code: parameter for parameter in definitions().search_parameters("Observation")}
    assert codes["_id"].expression == "Resource.id"
    assert codes["code"].type == "token"
    assert "Patient" in codes["subject"].targets


def test_definitions_load_in_under_half_a_second():
    definitions.cache_clear()
    start = time.perf_counter()
    definitions()
    assert time.perf_counter() - start < 0.5


def test_missing_definitions_tell_to_run_the_set_up(tmp_path):
    with pytest.raises(UserError, match=r"缺少.*make setup"):
        read_definitions(tmp_path / "none.json.gz")


def test_damaged_definitions_tell_to_run_the_set_up(tmp_path):
    (tmp_path / "broken.json.gz").write_bytes(b"\x1f\x8b\x08not a gzip file at all")
    with pytest.raises(UserError, match=r"损坏.*make setup"):
        read_definitions(tmp_path / "broken.json.gz")


def test_definitions_are_sought_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("KANGYU_FHIR_DEFINITIONS", str(tmp_path / "elsewhere.json.gz"))
    definitions.cache_clear()
    try:
        with pytest.raises(UserError, match=r"elsewhere"):
            definitions()
    finally:
        definitions.cache_clear()
