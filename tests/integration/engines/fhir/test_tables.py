"""The tables that programmes and indicators read, from resources shaped as docs/record-shapes.md says."""

import datetime
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from kangyu.engines.fhir import extract, validate
from kangyu.engines.fhir.views import compile_view, form_table, form_view, read_table
from kangyu.kernel.errors import ProblemsError

VIEWS = Path(__file__).resolve().parents[4] / "content" / "views"
DAY = datetime.date
AREA = {"url": "urn:kangyu:ext:area", "valueCode": "370830101201"}
SUBJECT = {"subject": {"reference": "Patient/p1"}}


def coded(system, code):
    return {"coding": [{"system": system, "code": code}]}


def extension(name, **value):
    return {"url": f"urn:kangyu:ext:{name}", **value}


def period(start, end=None):
    return {"start": start, **({"end": end} if end else {})}


def observation(code, **rest):
    return {"resourceType": "Observation", "id": "o", "status": "final", "code": coded("http://loinc.org", code), **SUBJECT, **rest}


def reading(code, value):
    quantity = {"value": value, "unit": "mm[Hg]", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}
    return {"code": coded("http://loinc.org", code), "valueQuantity": quantity}


PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "gender": "female",
    "birthDate": "2024-01-31",
    "deceasedDateTime": "2025-03-01",
    "address": [
        {"use": "home", "extension": [AREA], "period": period("2024-01-31", "2025-03-01")},
        {"use": "home", "extension": [{**AREA, "valueCode": "370830102"}], "period": period("2025-03-02")},
        {"use": "old", "text": "别处"},
    ],
    "managingOrganization": {"reference": "Organization/o1"},
    "extension": [
        extension("household", valueString="h1"),
        {"url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace", "valueAddress": {"extension": [AREA]}},
    ],
}
RESIDENT = {"sex": "female", "birth_date": DAY(2024, 1, 31), "death_date": DAY(2025, 3, 1), "org": "o1"}
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
PERFORMER = {"performer": [{"reference": "Organization/o1"}]}

# table: (resources, the rows they give, without ids)
EXPECTED = {
    "residents": ([PATIENT], [
        {"on": DAY(2024, 1, 31), "to": DAY(2025, 3, 1), "area": "370830101201", **RESIDENT},
        {"on": DAY(2025, 3, 2), "to": DAY(2025, 3, 1), "area": "370830102", **RESIDENT},
    ]),
    "births": (
        [PATIENT, {**PATIENT, "id": "p2", "extension": PATIENT["extension"][:1]}],
        [{"on": DAY(2024, 1, 31), "area": "370830101201", "org": "o1"}],
    ),
    "deaths": (
        [observation("69453-9", effectiveDateTime="2025-03-01", valueCodeableConcept=coded("http://hl7.org/fhir/sid/icd-10", "I63.9"))],
        [{"on": DAY(2025, 3, 1), "cause": "I63.9"}],
    ),
    "conditions": (
        [
            {"resourceType": "Condition", "id": "c", **SUBJECT, "code": coded("http://hl7.org/fhir/sid/icd-10", "I10"),
             "onsetDateTime": "2020-05", "recordedDate": "2020-06-01", "abatementDateTime": "2024-01-01T08:00:00+08:00"},
            {"resourceType": "Condition", "id": "d", **SUBJECT, "recordedDate": "2020-06-01", "code": {"text": "未编码"}},
            {"resourceType": "Condition", "id": "e", **SUBJECT, "recordedDate": "2020-06-01", "verificationStatus":
             coded("http://terminology.hl7.org/CodeSystem/condition-ver-status", "refuted")},
        ],
        [
            {"on": DAY(2020, 5, 1), "to": DAY(2024, 1, 1), "code": "I10", "org": None, "recorded": DAY(2020, 6, 1)},
            {"on": DAY(2020, 6, 1), "to": None, "code": None, "org": None, "recorded": DAY(2020, 6, 1)},
        ],
    ),
    "encounters": (
        [
            {"resourceType": "Encounter", "id": i, "status": "finished", **SUBJECT, "period": period("2024-01-30", end),
             "class": {"system": ACT_CODE, "code": kind},
             "type": [coded("urn:kangyu:cs:encounter-kind", name)], "serviceProvider": {"reference": "Organization/o1"}, **found}
            for i, kind, name, end, found in (
                ("a", "IMP", "inpatient", "2024-02-02", {}), ("b", "IMP", "inpatient", "2024-01-30", {}),
                ("c", "AMB", "outpatient", "2024-01-30", {
                    "extension": [extension("temperature", valueDecimal=38.4)],
                    "reasonCode": [coded("urn:kangyu:cs:symptom", "fever"), coded("urn:kangyu:cs:symptom", "cough"),
                                   coded("http://hl7.org/fhir/sid/icd-10", "J06.9")]}))
        ],
        [
            {"on": DAY(2024, 1, 30), "to": DAY(2024, 2, 2), "kind": "inpatient", "class": "IMP", "days": 3.0, "org": "o1",
             "temperature": None, "symptoms": [], "diagnosis": None},
            {"on": DAY(2024, 1, 30), "to": DAY(2024, 1, 30), "kind": "inpatient", "class": "IMP", "days": 1.0, "org": "o1",
             "temperature": None, "symptoms": [], "diagnosis": None},
            {"on": DAY(2024, 1, 30), "to": DAY(2024, 1, 30), "kind": "outpatient", "class": "AMB", "days": None, "org": "o1",
             "temperature": 38.4, "symptoms": ["fever", "cough"], "diagnosis": "J06.9"},
        ],
    ),
    "blood_pressure": (
        [
            observation("85354-9", effectiveDateTime="2024-05-06", **PERFORMER,
                        component=[reading("8462-4", 90), reading("8480-6", 140.5)]),
            observation("85354-9", status="entered-in-error", effectiveDateTime="2024-05-06"),
            observation("14771-0", effectiveDateTime="2024-05-06"),
        ],
        [{"on": DAY(2024, 5, 6), "systolic": 140.5, "diastolic": 90.0, "org": "o1"}],
    ),
    "glucose": (
        [observation("14771-0", effectiveDateTime="2024-05-06", valueQuantity={"value": 6.1, "unit": "mmol/L"})],
        [{"on": DAY(2024, 5, 6), "value": 6.1, "org": None}],
    ),
    "immunizations": (
        [
            {"resourceType": "Immunization", "id": i, "status": status, "vaccineCode": coded("urn:kangyu:cs:vaccine", "hepb"),
             "patient": {"reference": "Patient/p1"}, "occurrenceDateTime": "2024-01-31", "protocolApplied": [{"doseNumberPositiveInt": 2}],
             "performer": [{"actor": {"reference": "Organization/o1"}}]}
            for i, status in (("a", "completed"), ("b", "not-done"))
        ],
        [{"on": DAY(2024, 1, 31), "vaccine": "hepb", "dose": 2.0, "org": "o1"}],
    ),
    "episodes": (
        [{"resourceType": "EpisodeOfCare", "id": "e", "status": "active",
          "type": [coded("urn:kangyu:cs:programme", "hypertension")], "patient": {"reference": "Patient/p1"},
          "period": period("2024-01-31"), "managingOrganization": {"reference": "Organization/o1"}}],
        [{"on": DAY(2024, 1, 31), "to": None, "programme": "hypertension", "org": "o1", "lmp": None}],
    ),
    "stays": (
        [{"resourceType": "Encounter", "id": "s", "status": "finished",
          "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
          "type": [coded("urn:kangyu:cs:encounter-kind", "inpatient")], "subject": {"reference": "Patient/p1"},
          "period": period("2024-01-31", "2024-02-03"), "serviceProvider": {"reference": "Organization/o1"}}],
        [{"institution": "o1", "on": DAY(2024, 1, 31), "to": DAY(2024, 2, 3), "kind": "inpatient", "days": 3.0}],
    ),
    "referrals": (
        [{"resourceType": "Task", "id": "t", "status": "in-progress", "intent": "order",
          "code": coded("urn:kangyu:cs:procedure", "referral"),
          "for": {"reference": "Patient/p1"}, "owner": {"reference": "Organization/o1"},
          "businessStatus": coded("urn:kangyu:cs:referral-state", "arrived"),
          "extension": [
              {"url": "urn:kangyu:ext:clock", "extension": [
                  {"url": "key", "valueString": "answer"}, {"url": "begun", "valueDateTime": "2024-01-31T09:00:00+08:00"},
                  {"url": "stopped", "valueDateTime": "2024-01-31T10:00:00+08:00"}, {"url": "kept", "valueBoolean": True}]},
              {"url": "urn:kangyu:ext:step", "extension": [{"url": "to", "valueString": "arrived"}]}]}],
        [{"on": DAY(2024, 1, 31), "state": "arrived", "answered": True, "in_time": True, "arrived": True, "with_plan": False, "org": "o1"}],
    ),
    "notifiable_cards": (
        [
            {"resourceType": "Task", "id": "c1", "status": "completed", "intent": "order", "for": {"reference": "Patient/p1"},
             "code": coded("urn:kangyu:cs:procedure", "notifiable_case"), "businessStatus": coded("urn:kangyu:cs:state", "final"),
             "extension": [
                 {"url": "urn:kangyu:ext:columns", "extension": [
                     {"url": "diagnosed", "valueDate": "2024-03-02"}, {"url": "disease", "valueString": "measles"},
                     {"url": "class", "valueString": "b"}, {"url": "onset", "valueDate": "2024-02-28"},
                     {"url": "complete", "valueBoolean": True}]},
                 {"url": "urn:kangyu:ext:clock", "extension": [
                     {"url": "key", "valueString": "report"}, {"url": "kept", "valueBoolean": True}]},
                 {"url": "urn:kangyu:ext:clock", "extension": [
                     {"url": "key", "valueString": "review"}, {"url": "kept", "valueBoolean": False}]},
                 {"url": "urn:kangyu:ext:party", "extension": [
                     {"url": "key", "valueString": "reporter"}, {"url": "org", "valueString": "o1"}]}]},
            {"resourceType": "Task", "id": "c2", "status": "cancelled", "intent": "order", "for": {"reference": "Patient/p1"},
             "code": coded("urn:kangyu:cs:procedure", "notifiable_case"), "businessStatus": coded("urn:kangyu:cs:state", "deleted"),
             "extension": [{"url": "urn:kangyu:ext:columns", "extension": [{"url": "diagnosed", "valueDate": "2024-03-02"}]}]},
        ],
        [{"on": DAY(2024, 3, 2), "disease": "measles", "class": "b", "onset": DAY(2024, 2, 28), "state": "final", "reported_in_time": True,
          "reviewed_in_time": False, "complete": True, "merged": False, "org": "o1"}],
    ),
    "institutions": (
        [
            {"resourceType": "Organization", "id": "o1", "name": "卫生院", "type": [coded("urn:kangyu:cs:institution-kind", "childcare")],
             "extension": [AREA, extension("level", valueInteger=0), extension("public", valueBoolean=False),
                           extension("places", valueInteger=60), extension("period", valuePeriod=period("2001-01-01"))]},
            {"resourceType": "Organization", "id": "o2", "name": "保险公司"},
        ],
        [{"institution": "o1", "on": DAY(2001, 1, 1), "to": None, "kind": "childcare", "level": 0.0, "public": False, "places": 60.0,
          "area": "370830101201"}],
    ),
    "staff": (
        [{"resourceType": "PractitionerRole", "id": "r", "organization": {"reference": "Organization/o1"},
          "practitioner": {"reference": "Practitioner/d1"}, "period": period("2001-01-01", "2020-12-31"),
          "code": [coded("urn:kangyu:cs:licence", "physician")],
          "specialty": [coded("urn:kangyu:cs:staff-specialty", one) for one in ("tcm", "general_practice")]}],
        [{"institution": "o1", "on": DAY(2001, 1, 1), "to": DAY(2020, 12, 31), "licence": "physician",
          "specialties": ["tcm", "general_practice"], "practitioner": "d1"}],
    ),
    "beds": (
        [
            {"resourceType": "Location", "id": "b", "managingOrganization": {"reference": "Organization/o1"},
             "physicalType": coded("http://terminology.hl7.org/CodeSystem/location-physical-type", "bd"),
             "type": [coded("urn:kangyu:cs:bed-kind", "icu")], "extension": [extension("period", valuePeriod=period("2019-07-01"))]},
            {"resourceType": "Location", "id": "v", "physicalType": coded("urn:kangyu:cs:area-level", "village")},
        ],
        [{"institution": "o1", "on": DAY(2019, 7, 1), "to": None, "kind": "icu"}],
    ),
    "services": (
        [{"resourceType": "HealthcareService", "id": "s", "providedBy": {"reference": "Organization/o1"},
          "specialty": [coded("urn:kangyu:cs:specialty", "geriatrics")], "extension": [extension("period", valuePeriod=period("2019"))]}],
        [{"institution": "o1", "on": DAY(2019, 1, 1), "to": None, "specialty": "geriatrics"}],
    ),
    "reported": (
        [{"resourceType": "MeasureReport", "id": "m", "status": "complete", "type": "summary",
          "measure": "urn:kangyu:indicator:air_quality_days",
          "subject": {"identifier": {"system": "urn:kangyu:cs:area", "value": "370830"}}, "period": period("2020-01-01", "2020-12-31"),
          "group": [{"measureScore": {"value": 61.5}}]}],
        [{"area": "370830", "on": DAY(2020, 12, 31), "measure": "air_quality_days", "value": 61.5, "period_end": DAY(2020, 12, 31)}],
    ),
}  # fmt: skip


def in_order(rows):
    return sorted(str(sorted(row.items())) for row in rows)


def declared(key):
    path = VIEWS / f"{key}.yaml"
    return read_table(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")), path.name)


@pytest.mark.parametrize("key", EXPECTED)
def test_table_has_the_rows_its_resources_say(resources, key):
    some, expected = EXPECTED[key]
    assert [issue for one in some for issue in validate(one)] == []
    table = declared(key)
    resources.hold(some)
    rows = resources.rows(table.sql(table="resources", code_column=None))
    assert in_order({name: value for name, value in row.items() if name != "id"} for row in rows) == in_order(expected)
    assert set(table.columns) == set(rows[0])


def test_every_declared_table_is_tried_here():
    assert {path.stem for path in VIEWS.glob("*.yaml")} == set(EXPECTED)


def test_main_code_may_be_looked_up_in_its_column(resources, connection):
    some, _ = EXPECTED["blood_pressure"]
    resources.hold(some)
    connection.execute("ALTER TABLE resources ADD COLUMN code text")
    connection.execute("UPDATE resources SET code = body->'code'->'coding'->0->>'code'")
    assert [extract(one).code for one in some] == ["85354-9", "85354-9", "14771-0"]
    table = declared("blood_pressure")
    assert resources.rows(table.sql(table="resources")) == resources.rows(table.sql(table="resources", code_column=None))


RESPONSE = {
    "resourceType": "QuestionnaireResponse",
    "id": "q",
    "questionnaire": "urn:kangyu:form:hypertension_follow_up",
    "status": "completed",
    **SUBJECT,
    "authored": "2024-05-06T09:00:00+08:00",
    "extension": [extension("institution", valueReference={"reference": "Organization/o1"})],
    "item": [
        {"linkId": "systolic", "answer": [{"valueDecimal": 148}]},
        {"linkId": "visit_kind", "answer": [{"valueCoding": {"system": "urn:kangyu:cs:visit_kind", "code": "clinic"}}]},
        {"linkId": "symptoms", "answer": [{"valueCoding": {"code": one}} for one in ("headache", "dizziness")]},
        {"linkId": "exercise_per_week", "answer": [{"valueInteger": 3}]},
        {"linkId": "adverse_reaction", "answer": [{"valueBoolean": False}]},
        {"linkId": "next_visit", "answer": [{"valueDate": "2024-08-01"}]},
        {"linkId": "derived.outcome", "answer": [{"valueString": "uncontrolled"}]},
    ],
}
FIELDS = {
    "systolic": "decimal", "diastolic": "decimal", "visit_kind": "code", "symptoms": "codes", "exercise_per_week": "integer",
    "adverse_reaction": "boolean", "next_visit": "date",
}  # fmt: skip
ROW = {
    "id": "q", "on": DAY(2024, 5, 6), "org": "o1", "outcome": "uncontrolled", "systolic": 148.0, "diastolic": None, "visit_kind": "clinic",
    "symptoms": ["headache", "dizziness"], "exercise_per_week": 3.0, "adverse_reaction": False, "next_visit": DAY(2024, 8, 1),
}  # fmt: skip


def test_form_gives_a_table_of_its_answers(resources):
    others = [{**RESPONSE, "questionnaire": "urn:kangyu:form:other"}, {**RESPONSE, "status": "entered-in-error"}]
    resources.hold([RESPONSE, *others])
    table = form_table("hypertension_follow_up", FIELDS, derived={"outcome": "text"})
    assert validate(RESPONSE) == []
    assert resources.rows(table.sql(table="resources", code_column=None)) == [ROW]
    assert table.columns["symptoms"] == "list" and table.columns["systolic"] == "number"


def test_form_takes_the_types_of_tables_too(resources):
    resources.hold([RESPONSE])
    kinds = {"decimal": "number", "integer": "number", "code": "text", "codes": "list"}
    view = form_view("hypertension_follow_up", {key: kinds.get(kind, kind) for key, kind in FIELDS.items()}, derived={"outcome": "text"})
    assert resources.rows(compile_view(view, table="resources")) == [ROW]


def test_response_without_answers_gives_a_row_of_nothing(resources):
    resources.hold([{key: value for key, value in RESPONSE.items() if key != "item"}])
    (row,) = resources.rows(form_table("hypertension_follow_up", {"systolic": "decimal"}).sql(table="resources", code_column=None))
    assert row == {"id": "q", "on": DAY(2024, 5, 6), "org": "o1", "systolic": None}


GOOD = {
    "key": "x", "kind": "view", "title": "甲", "subject": "person", "resource": "Patient",
    "columns": {"on": {"type": "date", "path": "birthDate"}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "keys"),
    [
        ({"colums": {}}, ["colums"]),
        ({"title": ""}, ["title"]),
        ({"subject": "people"}, ["subject"]),
        ({"subject": "institution", "interval": True}, ["columns", "columns"]),
        ({"columns": {"on": {"type": "day", "path": "birthDate"}}}, ["columns.on"]),
        ({"columns": {"on": {"type": "date", "path": "birthdate"}}}, ["columns.on"]),
        ({"where": ["name"]}, ["where"]),
    ],
)
def test_wrong_table_is_told_by_key(change, keys):
    with pytest.raises(ProblemsError) as told:
        read_table({**GOOD, **change}, "views/x.yaml")
    assert [problem.key for problem in told.value.problems] == keys
    assert all(problem.place == "views/x.yaml" for problem in told.value.problems)
