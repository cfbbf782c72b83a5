"""The FHIR interface over HTTP, as another system sees it."""

import json

import pytest

from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.governance.actions import tokens
from kangyu.apps.record.actions import write
from world.qinghe import DONGLI, blood_pressure, patient

pytestmark = pytest.mark.django_db


@pytest.fixture
def shen(qinghe, client):
    """Calls as Dr Shen, with a bearer token."""
    return caller(client, tokens.issue(account=qinghe.shen, label="test", by=SYSTEM))


@pytest.fixture
def wang(qinghe, client):
    return caller(client, tokens.issue(account=qinghe.wang, label="test", by=SYSTEM))


def caller(client, token: str):
    def call(method: str, path: str, body: dict | None = None, **headers: str):
        sent = {"data": json.dumps(body), "content_type": "application/fhir+json"} if body is not None else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return getattr(client, method)(f"/fhir/{path}", headers={"Authorization": f"Bearer {token}", **named}, **sent)

    return call


def test_metadata_is_open_and_names_what_works(client, db):
    statement = client.get("/fhir/metadata").json()
    assert statement["fhirVersion"] == "4.0.1"
    observation = next(one for one in statement["rest"][0]["resource"] if one["type"] == "Observation")
    assert {"code", "date", "patient"} <= {one["name"] for one in observation["searchParam"]}


def test_create_read_update_history_delete(shen):
    made = shen("post", "Observation", blood_pressure("x", "li", "2025-11-20", 148, 92))
    assert made.status_code == 201 and made["ETag"] == 'W/"1"'
    id = made.json()["id"]
    assert made["Location"] == f"/fhir/Observation/{id}/_history/1"
    changed = blood_pressure(id, "li", "2025-11-20", 138, 88)
    assert shen("put", f"Observation/{id}", changed, If_Match='W/"1"').status_code == 200
    assert shen("put", f"Observation/{id}", changed, If_Match='W/"1"').status_code == 412
    assert shen("get", f"Observation/{id}").json()["component"][0]["valueQuantity"]["value"] == 138
    assert shen("get", f"Observation/{id}/_history/1").json()["component"][0]["valueQuantity"]["value"] == 148
    assert [one["response"]["etag"] for one in shen("get", f"Observation/{id}/_history").json()["entry"]] == ['W/"2"', 'W/"1"']
    assert shen("delete", f"Observation/{id}").status_code == 204
    assert shen("get", f"Observation/{id}").status_code == 410
    assert shen("get", f"Observation/{id}/_history/2").status_code == 200


def test_search_by_each_parameter(shen):
    for number, on in enumerate(("2025-01-05", "2025-03-05", "2025-06-05"), 1):
        write.create(blood_pressure("", "li", on, 140 + number, 90), by=SYSTEM, id=f"b{number}")

    def found(query: str) -> list[str]:
        return sorted(one["resource"]["id"] for one in shen("get", query).json()["entry"])

    assert found("Observation?patient=li&date=ge2025-03-01") == ["b2", "b3"]
    assert found("Observation?subject=Patient/li&code=http://loinc.org|85354-9&date=lt2025-03-05") == ["b1"]
    assert found("Observation?_id=b1,b3") == ["b1", "b3"]
    assert found("Patient?name=李样") == ["li"]
    assert found("Patient?phone=19900000001") == ["li"]
    assert found("Patient?birthdate=1958-03") == ["li"]
    number = next(one["value"] for one in shen("get", "Patient/li").json()["identifier"])
    assert found(f"Patient?identifier=urn:oid:2.16.156.10011.1.3|{number}") == ["li"]
    assert shen("get", "Observation?patient=li&_summary=count").json()["total"] == 3


def test_pages_join_without_gap_or_repeat(shen):
    for number in range(7):
        write.create(blood_pressure("", "li", f"2025-0{number % 3 + 1}-05", 140, 90), by=SYSTEM, id=f"b{number}")
    path, seen = "Observation?patient=li&_sort=-date&_count=3", []
    while path:
        page = shen("get", path).json()
        seen += [(one["resource"]["effectiveDateTime"], one["resource"]["id"]) for one in page["entry"]]
        path = next((one["url"] for one in page["link"] if one["relation"] == "next"), None)
    assert len(seen) == len(set(seen)) == 7 and [on for on, _ in seen] == sorted((on for on, _ in seen), reverse=True)


def test_unknown_parameter_is_never_silent(shen):
    lenient = shen("get", "Observation?patient=li&colour=red").json()
    assert "colour" in lenient["entry"][-1]["resource"]["issue"][0]["diagnostics"]
    strict = shen("get", "Observation?patient=li&colour=red", Prefer="handling=strict")
    assert strict.status_code == 400 and "colour" in strict.json()["issue"][0]["diagnostics"]


def test_outsider_sees_nothing(shen, wang):
    id = shen("post", "Observation", blood_pressure("x", "li", "2025-11-20", 148, 92)).json()["id"]
    assert wang("get", f"Observation/{id}").status_code == 404
    assert wang("get", f"Observation/{id}/_history").status_code == 404
    assert wang("get", "Observation?patient=li").json()["entry"] == []
    assert wang("get", "Patient?name=李样").json()["entry"] == []
    assert wang("get", "Patient?_summary=count").json()["total"] == 1
    assert wang("put", f"Observation/{id}", blood_pressure(id, "li", "2025-11-20", 120, 80)).status_code == 403


def test_nobody_gets_in_without_a_good_token(client, qinghe):
    assert client.get("/fhir/Patient").status_code == 401
    assert client.get("/fhir/Patient", headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_session_may_read_but_needs_the_csrf_token_to_write(qinghe):
    from django.test import Client

    browser = Client(enforce_csrf_checks=True)
    browser.force_login(qinghe.shen, backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get("/fhir/Patient/li").status_code == 200
    body = json.dumps(blood_pressure("x", "li", "2025-11-20", 148, 92))
    assert browser.post("/fhir/Observation", body, content_type="application/fhir+json").status_code == 403


def test_invalid_resource_is_explained(shen):
    broken = blood_pressure("x", "li", "2025-11-20", 148, 92)
    del broken["status"]
    broken["effectiveDateTime"] = "2025-02-31"
    answer = shen("post", "Observation", broken)
    assert answer.status_code == 422
    assert {one["expression"][0] for one in answer.json()["issue"]} == {"Observation.status", "Observation.effectiveDateTime"}


def test_broken_json_and_wrong_type_are_explained(shen, client):
    assert shen("get", "Nonsense").status_code == 400
    assert shen("post", "Patient", blood_pressure("x", "li", "2025-11-20", 148, 92)).status_code == 400


def transaction(*entries: dict) -> dict:
    return {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}


def entry(resource: dict, method: str = "POST", url: str | None = None, **more) -> dict:
    return {"resource": resource, "request": {"method": method, "url": url or resource["resourceType"]}, **more}


def test_transaction_resolves_references_and_stands_as_one(shen):
    newborn = patient("x", "李样宝", "2025-11-01", "male", "clinic-dongli", DONGLI, identity=None, since="2025-11-01")
    reading = blood_pressure("y", "z", "2025-11-20", 90, 60)
    reading["subject"] = {"reference": "urn:uuid:7e2e7b0e-0000-4000-8000-000000000001"}
    bundle = transaction(entry(newborn, fullUrl="urn:uuid:7e2e7b0e-0000-4000-8000-000000000001"), entry(reading))
    answer = shen("post", "", bundle)
    assert answer.status_code == 200 and [one["response"]["status"] for one in answer.json()["entry"]] == ["201 Created"] * 2
    patient_id = answer.json()["entry"][0]["response"]["location"].split("/")[1]
    assert len(shen("get", f"Observation?patient={patient_id}").json()["entry"]) == 1


def test_transaction_with_one_bad_entry_stores_nothing(shen):
    good, bad = blood_pressure("x", "li", "2025-11-20", 148, 92), blood_pressure("y", "li", "2025-11-20", 999, 92)
    assert shen("post", "", transaction(entry(good), entry(bad))).status_code == 422
    assert shen("get", "Observation?patient=li").json()["entry"] == []


def test_batch_answers_each_entry(shen):
    good, bad = blood_pressure("x", "li", "2025-11-20", 148, 92), blood_pressure("y", "li", "2025-11-20", 999, 92)
    bundle = transaction(entry(good), entry(bad), {"request": {"method": "GET", "url": "Observation?patient=li"}}) | {"type": "batch"}
    answers = shen("post", "", bundle).json()["entry"]
    assert [one["response"]["status"][:3] for one in answers] == ["201", "422", "200"]
    assert len(answers[2]["resource"]["entry"]) == 1
