"""The FHIR face of cases: a party reads the Task and moves it by the rules of the page; nobody writes it behind their back."""

import json

import pytest

from kangyu.apps.cases.models import CaseFile, CaseStep
from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.governance.actions import accounts, tokens
from kangyu.apps.governance.models import Account
from kangyu.apps.record import queries as record
from world import qinghe, transfers

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db, monkeypatch):
    transfers.at_time(monkeypatch, "2025-11-21 11:08")
    return transfers.build()


@pytest.fixture
def call(client, world):
    """Calls the interface as an account."""

    def calling(username: str, method: str, path: str, body: dict | None = None):
        token = tokens.issue(account=Account.objects.get(username=username), label="test", by=SYSTEM)
        sent = {"data": json.dumps(body), "content_type": "application/fhir+json"} if body is not None else {}
        return getattr(client, method)(f"/fhir/{path}", headers={"Authorization": f"Bearer {token}"}, **sent)

    return calling


def parameters(**given) -> dict:
    kinds = {"move": "valueCode", "key": "valueString", "reason": "valueString"}
    made = [{"name": name, "resource": value} if name == "answers" else {"name": name, kinds[name]: value} for name, value in given.items()]
    return {"resourceType": "Parameters", "parameter": made}


def acceptance(come_by: str = "2025-11-22") -> dict:
    item = [
        {"linkId": "department", "answer": [{"valueCoding": {"system": "urn:kangyu:cs:specialty", "code": "internal"}}]},
        {"linkId": "keeps_bed", "answer": [{"valueBoolean": True}]},
        {"linkId": "come_by", "answer": [{"valueDate": come_by}]},
    ]
    questionnaire = "urn:kangyu:form:referral_acceptance"
    return {"resourceType": "QuestionnaireResponse", "status": "completed", "questionnaire": questionnaire, "item": item}


def test_a_party_reads_the_task_and_its_answers_and_others_do_not(world, call):
    id = transfers.sent(world)
    (response,) = CaseStep.objects.filter(case_id=id).values_list("response", flat=True)
    assert call("desk", "get", f"Task/{id}").json()["businessStatus"]["coding"][0]["code"] == "sent"
    assert call("desk", "get", f"QuestionnaireResponse/{response}").status_code == 200
    assert call("desk", "get", "Patient/li").status_code == 403 or call("desk", "get", "Patient/li").status_code == 404
    for path in (f"Task/{id}", f"QuestionnaireResponse/{response}"):
        assert call("tcmdesk", "get", path).status_code in (403, 404)
        assert call("wang", "get", path).status_code == 404


def test_a_move_by_another_system_goes_by_the_same_rules(world, call):
    id = transfers.sent(world)
    wrong = call("desk", "post", f"Task/{id}/$move", parameters(move="accept", answers=acceptance("2026-02-01")))
    assert wrong.status_code == 422 and "到诊日期" in wrong.json()["issue"][0]["diagnostics"] + str(wrong.json())
    moved = call("desk", "post", f"Task/{id}/$move", parameters(move="accept", key="k", answers=acceptance()))
    assert moved.status_code == 200 and moved.json()["businessStatus"]["coding"][0]["code"] == "accepted"
    again = call("desk", "post", f"Task/{id}/$move", parameters(move="accept", key="k", answers=acceptance()))
    assert again.status_code == 200 and again["ETag"] == moved["ETag"]
    late = call("desk2", "post", f"Task/{id}/$move", parameters(move="refuse", reason="没有床"))
    assert late.status_code == 400 and "现在是“等到诊”" in str(late.json())


def test_an_outsider_and_a_nameless_move_are_refused(world, call):
    id = transfers.sent(world)
    assert call("tcmdesk", "post", f"Task/{id}/$move", parameters(move="refuse", reason="x")).status_code == 404
    assert call("desk", "post", f"Task/{id}/$move", parameters(reason="x")).status_code == 400
    assert CaseFile.objects.get(id=id).state == "sent"


def test_a_case_is_not_written_behind_the_back_of_its_procedure(world, call):
    id = transfers.sent(world)
    accounts.open_account(
        username="exchange", password=qinghe.PASSWORD, display_name="接口", role="data_exchange", by=SYSTEM, area=qinghe.COUNTY
    )
    body = json.loads(record.current("Task", id).text)
    body["businessStatus"]["coding"][0]["code"] = "closed"
    assert call("exchange", "put", f"Task/{id}", body).status_code == 403
    assert call("exchange", "delete", f"Task/{id}").status_code == 403
    assert CaseFile.objects.get(id=id).state == "sent"
