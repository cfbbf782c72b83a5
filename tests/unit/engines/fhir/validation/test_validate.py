"""Validation: right resources pass, each way of breaking one is caught where it is broken."""

import copy
import time
from decimal import Decimal

import pytest

from kangyu.engines.fhir.validation import validate, validate_many

BLOOD_PRESSURE = {
    "resourceType": "Observation",
    "id": "bp-1",
    "meta": {"tag": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]},
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}], "text": "血压"},
    "subject": {"reference": "Patient/p1"},
    "effectiveDateTime": "2024-05-06",
    "performer": [{"reference": "Organization/o1"}],
    "component": [
        {
            "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
            "valueQuantity": {"value": 140, "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
        },
        {
            "code": {"coding": [{"system": "http://loinc.org", "code": "8462-4"}]},
            "valueQuantity": {"value": 90.5, "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
        },
    ],
}
PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "name": [{"text": "张样", "family": "张", "given": ["样"]}],
    "gender": "female",
    "birthDate": "1950-02-28",
    "address": [{"text": "某村", "use": "home", "extension": [{"url": "urn:kangyu:ext:area", "valueCode": "370830101201"}]}],
    "generalPractitioner": [{"reference": "PractitionerRole/r1"}],
}


def observation(**changes):
    return {**copy.deepcopy(BLOOD_PRESSURE), **changes}


def patient(**changes):
    return {**copy.deepcopy(PATIENT), **changes}


def without(resource, name):
    return {key: value for key, value in resource.items() if key != name}


def found(resource, **options):
    return [(issue.path, issue.code) for issue in validate(resource, **options)]


@pytest.mark.parametrize(
    "right",
    [
        BLOOD_PRESSURE,
        PATIENT,
        without({**BLOOD_PRESSURE, "_status": {"extension": [{"url": "urn:x", "valueCode": "asked"}]}}, "status"),
        patient(name=[{"given": ["样", None], "_given": [None, {"id": "second"}]}]),
        patient(birthDate="1950", deceasedDateTime="2024-02-29T08:30:00+08:00"),
        patient(_deceasedBoolean={"extension": [{"url": "urn:x", "valueCode": "unknown"}]}),
        observation(performer=[{"reference": "#lab"}], contained=[{"resourceType": "Organization", "id": "lab", "name": "检验科"}]),
        observation(subject={"reference": "urn:uuid:6c0f6a5e-9c0e-4b0e-8d43-5e1d0b8c7a11"}),
        observation(subject={"reference": "https://records.example/fhir/Patient/p1/_history/2"}),
        observation(subject={"identifier": {"system": "urn:oid:2.16.156.10011.1.3", "value": "x"}}),
        observation(focus=[{"reference": "Encounter/e1"}]),
    ],
)
def test_right_resource_has_no_issues(right):
    assert validate(right) == []


BROKEN = {
    "not an object": ([], "Resource", "structure"),
    "no type": ({"id": "x"}, "Resource.resourceType", "structure"),
    "unknown type": ({"resourceType": "Sick"}, "Resource.resourceType", "structure"),
    "type that is abstract": ({"resourceType": "DomainResource"}, "Resource.resourceType", "structure"),
    "unknown property": (patient(nickname="样"), "Patient.nickname", "structure"),
    "unknown inner property": (patient(name=[{"familyName": "张"}]), "Patient.name[0].familyName", "structure"),
    "property of another resource": (patient(valueString="x"), "Patient.valueString", "structure"),
    "missing required primitive": (without(BLOOD_PRESSURE, "status"), "Observation.status", "required"),
    "missing required object": (without(BLOOD_PRESSURE, "code"), "Observation.code", "required"),
    "missing inner required": (observation(component=[{"valueString": "x"}]), "Observation.component[0].code", "required"),
    "missing required choice": (
        {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": {"reference": "Patient/p1"}},
        "MedicationRequest.medication",
        "required",
    ),
    "two values of a choice": (observation(valueString="x", valueInteger=1), "Observation.value", "structure"),
    "two values, one as extension": (
        observation(valueString="x", _valueInteger={"extension": [{"url": "urn:x", "valueString": "y"}]}),
        "Observation.value",
        "structure",
    ),
    "choice of a type not allowed": (observation(valueMoney={"value": 1}), "Observation.valueMoney", "structure"),
    "list where one is allowed": (patient(gender=["female"]), "Patient.gender", "structure"),
    "one where a list is due": (patient(name={"text": "张样"}), "Patient.name", "structure"),
    "empty list": (patient(name=[]), "Patient.name", "structure"),
    "empty object": (patient(name=[{}]), "Patient.name[0]", "structure"),
    "empty string": (patient(id=""), "Patient.id", "value"),
    "empty text": (patient(name=[{"text": ""}]), "Patient.name[0].text", "value"),
    "nul character": (patient(name=[{"text": "张\x00样"}]), "Patient.name[0].text", "value"),
    "null": (patient(gender=None), "Patient.gender", "structure"),
    "null in a list": (patient(name=[{"given": ["样", None]}]), "Patient.name[0].given[1]", "structure"),
    "null beside another's extension": (
        patient(name=[{"given": [None, None], "_given": [None, {"id": "x"}]}]),
        "Patient.name[0].given[0]",
        "structure",
    ),
    "only nulls in an extension list": (patient(name=[{"given": ["样"], "_given": [None]}]), "Patient.name[0]._given", "structure"),
    "code not in the value set": (patient(gender="F"), "Patient.gender", "code-invalid"),
    "status not in the value set": (observation(status="done"), "Observation.status", "code-invalid"),
    "concept not in the required value set": (
        {"resourceType": "Condition", "subject": {"reference": "Patient/p1"}, "clinicalStatus": {"coding": [{"code": "active"}]}},
        "Condition.clinicalStatus.coding",
        "code-invalid",
    ),
    "day that does not exist": (patient(birthDate="2023-02-29"), "Patient.birthDate", "value"),
    "31 April": (observation(effectiveDateTime="2024-04-31"), "Observation.effectiveDateTime", "value"),
    "date without hyphens": (patient(birthDate="19500228"), "Patient.birthDate", "value"),
    "week date": (patient(birthDate="2024-W01-1"), "Patient.birthDate", "value"),
    "full-width digits": (patient(birthDate="１９５０-02-28"), "Patient.birthDate", "value"),
    "date with a time": (patient(birthDate="1950-02-28T00:00:00Z"), "Patient.birthDate", "value"),
    "moment without zone": (observation(effectiveDateTime="2024-05-06T08:30:00"), "Observation.effectiveDateTime", "value"),
    "moment on no day": (observation(issued="2024-02-30T08:30:00+08:00"), "Observation.issued", "value"),
    "instant of a day only": (observation(issued="2024-02-28"), "Observation.issued", "value"),
    "hour 25": (observation(valueTime="25:00:00"), "Observation.valueTime", "value"),
    "number as text": (observation(valueQuantity={"value": "140"}), "Observation.valueQuantity.value", "structure"),
    "boolean as number": (observation(valueQuantity={"value": True}), "Observation.valueQuantity.value", "structure"),
    "not a number": (observation(valueQuantity={"value": float("nan")}), "Observation.valueQuantity.value", "structure"),
    "boolean as text": (patient(active="true"), "Patient.active", "structure"),
    "fraction where whole": (observation(valueInteger=1.5), "Observation.valueInteger", "structure"),
    "integer out of range": (observation(valueInteger=2**31), "Observation.valueInteger", "value"),
    "zero where positive": (patient(telecom=[{"system": "phone", "value": "1", "rank": 0}]), "Patient.telecom[0].rank", "value"),
    "id with a slash": (patient(id="a/b"), "Patient.id", "value"),
    "id too long": (patient(id="x" * 65), "Patient.id", "value"),
    "uri with a blank": (patient(implicitRules="urn: x"), "Patient.implicitRules", "value"),
    "code with double blanks": (observation(language="zh  CN"), "Observation.language", "value"),
    "broken base64": (patient(photo=[{"contentType": "image/png", "data": "@@"}]), "Patient.photo[0].data", "value"),
    "script in the narrative": (
        patient(text={"status": "generated", "div": "<div><script>x</script></div>"}),
        "Patient.text.div",
        "invariant",
    ),
    "event attribute in the narrative": (
        patient(text={"status": "generated", "div": '<div><p onclick="x()">a</p></div>'}),
        "Patient.text.div",
        "invariant",
    ),
    "reference to nothing known": (observation(subject={"reference": "Bogus/1"}), "Observation.subject.reference", "value"),
    "reference to a type not allowed": (observation(subject={"reference": "Encounter/1"}), "Observation.subject.reference", "value"),
    "absolute reference to a type not allowed": (
        observation(subject={"reference": "https://x.example/Encounter/1"}),
        "Observation.subject.reference",
        "value",
    ),
    "reference without id": (observation(subject={"reference": "Patient/"}), "Observation.subject.reference", "value"),
    "reference as text": (observation(subject="Patient/1"), "Observation.subject", "structure"),
    "logical reference of a type not allowed": (
        observation(subject={"type": "Encounter", "display": "x"}),
        "Observation.subject.type",
        "value",
    ),
    "contained resource that is not there": (observation(subject={"reference": "#p"}), "Observation.subject.reference", "value"),
    "contained resource that is broken": (
        observation(contained=[{"resourceType": "Patient", "id": "p", "gender": "F"}]),
        "Observation.contained[0].gender",
        "code-invalid",
    ),
    "contained resource without id": (observation(contained=[{"resourceType": "Patient"}]), "Observation.contained[0].id", "required"),
    "contained in contained": (
        observation(contained=[{"resourceType": "Patient", "id": "p", "contained": [{"resourceType": "Patient", "id": "q"}]}]),
        "Observation.contained[0].contained",
        "invariant",
    ),
    "broken resource in a bundle": (
        {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": patient(gender="F")}]},
        "Bundle.entry[0].resource.gender",
        "code-invalid",
    ),
    "extension without url": (patient(extension=[{"valueString": "x"}]), "Patient.extension[0].url", "required"),
    "extension with nothing": (patient(extension=[{"url": "urn:x"}]), "Patient.extension[0]", "invariant"),
    "extension with value and parts": (
        patient(extension=[{"url": "urn:x", "valueString": "y", "extension": [{"url": "urn:z", "valueString": "w"}]}]),
        "Patient.extension[0]",
        "invariant",
    ),
    "period that ends before it starts": (
        patient(address=[{"period": {"start": "2024-05-02", "end": "2024-05-01"}}]),
        "Patient.address[0].period",
        "invariant",
    ),
    "period that ends before it starts, across zones": (
        patient(address=[{"period": {"start": "2024-05-02T00:30:00+08:00", "end": "2024-05-01T16:00:00Z"}}]),
        "Patient.address[0].period",
        "invariant",
    ),
    "unit code without system": (observation(valueQuantity={"value": 1, "code": "kg"}), "Observation.valueQuantity", "invariant"),
    "contact point without system": (patient(telecom=[{"value": "13800000000"}]), "Patient.telecom[0]", "invariant"),
    "value and a reason for none": (observation(valueInteger=1, dataAbsentReason={"text": "x"}), "Observation", "invariant"),
    "organisation without a name": ({"resourceType": "Organization", "active": True}, "Organization", "invariant"),
    "answer and items together": (
        {
            "resourceType": "QuestionnaireResponse",
            "status": "completed",
            "item": [{"linkId": "a", "answer": [{"valueString": "x"}], "item": [{"linkId": "b"}]}],
        },
        "QuestionnaireResponse.item[0]",
        "invariant",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_resource_is_caught_where_it_is_broken(case):
    resource, path, code = BROKEN[case]
    assert found(resource) == [(path, code)]


def test_issue_says_what_is_wrong_and_what_to_do_without_the_value():
    (issue,) = validate(patient(gender="secret-value"))
    assert issue.severity == "error"
    assert issue.message == "代码不在规定的值集内。"
    assert issue.remedy == "可用的代码：female、male、other、unknown。"


def test_all_issues_of_a_resource_are_told_at_once():
    broken = patient(gender="F", birthDate="1950-13", nickname="x", name=[{"given": ["样"]}, {"family": 3}])
    assert sorted(found(broken)) == [
        ("Patient.birthDate", "value"),
        ("Patient.gender", "code-invalid"),
        ("Patient.name[1].family", "structure"),
        ("Patient.nickname", "structure"),
    ]


def test_reference_targets_are_left_alone_when_asked():
    assert found(observation(subject={"reference": "Bogus/1"}), references="none") == []


def test_many_resources_are_answered_in_order():
    assert [len(issues) for issues in validate_many([PATIENT, patient(gender="F"), BLOOD_PRESSURE])] == [0, 1, 0]


def test_deep_nesting_ends_in_an_issue_and_soon():
    nested: dict = {"url": "urn:x", "valueString": ""}
    for _ in range(60):
        nested = {"url": "urn:x", "extension": [nested]}
    start = time.perf_counter()
    (issue,) = validate(patient(extension=[nested]))
    assert issue.path.endswith("extension[0].valueString")
    assert time.perf_counter() - start < 1, "explaining must not repeat itself at every level"


def test_nesting_beyond_reason_is_refused():
    nested: dict = {"url": "urn:x", "valueString": "y"}
    for _ in range(5000):
        nested = {"url": "urn:x", "extension": [nested]}
    assert [issue.message for issue in validate(patient(extension=[nested]))] == ["内容嵌套过深。"]


def test_a_shape_seen_before_is_still_checked_for_its_values():
    assert found(PATIENT) == []
    assert found(patient(birthDate="1950-02-30")) == [("Patient.birthDate", "value")]
    assert found(patient(gender={"code": "female"})) == [("Patient.gender", "structure")]


@pytest.mark.parametrize("value", [True, None, "140", float("nan"), [140], {"value": 140}])
def test_a_part_seen_before_lets_no_other_pass(value):
    right = {"value": 140, "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}
    for _ in range(2):
        assert validate(observation(component=[{**BLOOD_PRESSURE["component"][0], "valueQuantity": right}])) == []
        wrong = validate(observation(component=[{**BLOOD_PRESSURE["component"][0], "valueQuantity": {**right, "value": value}}]))
        assert [issue.path for issue in wrong] == ["Observation.component[0].valueQuantity.value"]


def test_a_part_that_cannot_be_written_as_json_is_checked_all_the_same():
    part = {**BLOOD_PRESSURE["component"][0], "valueQuantity": {"value": Decimal("140.5"), "unit": "mmHg"}}
    assert validate(observation(component=[part])) == []
    assert validate(observation(component=[{**part, "valueQuantity": {"value": Decimal("NaN")}}]))
