"""One visit for several programmes: shared questions once, all or nothing, wishes brought together by language rule 12."""

import json
import re
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from kangyu.apps.cases.queries import NotWithinReach
from kangyu.apps.governance.access import viewer_of
from kangyu.apps.governance.models import AuditEvent
from kangyu.apps.record import queries as record
from kangyu.apps.record.errors import ConflictError
from kangyu.flows import combined_visit, visits
from kangyu.kernel.errors import UserError
from world import care
from world.qinghe import blood_pressure

pytestmark = pytest.mark.django_db
ASKED = [("hypertension", "follow_up"), ("diabetes", "follow_up"), ("elderly", "health_check")]
HTN, DM, OLD = "hypertension_follow_up", "diabetes_follow_up", "elderly_health_check"
ANSWERS = {
    HTN: {
        "visit_kind": "clinic", "systolic": "138", "diastolic": "84", "symptoms": [], "medication_adherence": "regular",
        "adverse_reaction": "no", "new_complication": "no", "next_visit": "2025-12-20",
    },
    DM: {
        "fasting_glucose": {"value": "6.4", "unit": "mmol/L"}, "symptoms": [], "medication_adherence": "irregular", "hypoglycaemia": "none",
        "adverse_reaction": "no", "new_complication": "no",
    },
    OLD: {"height": "158", "weight": "64", "self_care": "independent", "complete": "yes", "guidance": "yes"},
}  # fmt: skip


def answers(**changed):
    found = {name: dict(given) for name, given in ANSWERS.items()}
    for path, value in changed.items():
        name, _, key = path.partition("__")
        found[{"htn": HTN, "dm": DM, "old": OLD}[name]][key] = value
    return found


@pytest.fixture
def li(qinghe):
    pid = care.li_is_treated()
    care.store(care.condition("li-e11", "li", code="E11.9", title="2 型糖尿病"), care.episode("li-dm", "li", "diabetes"))
    return pid


@pytest.fixture
def shen(qinghe):
    return viewer_of(qinghe.shen)


@pytest.fixture
def signed_in_as(settings):
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}

    def sign_in(account):
        client = Client()
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


def stored(pid, rtype):
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM resource WHERE pid = %s AND rtype = %s AND d_lo = '2025-11-21' ORDER BY id", [pid, rtype])
        return [json.loads(body) if isinstance(body, str) else body for (body,) in cursor.fetchall()]


def test_blood_pressure_weight_and_how_they_met_are_asked_once(shen, li):
    combined = combined_visit.open_together(shen, li, ASKED)
    shared = {one.asked[1]: {form for form, _ in one.others} for one in combined.shared}
    assert shared["systolic"] == {DM, OLD} and shared["visit_kind"] == {DM} and shared["next_visit"] == {DM}
    assert "weight" in shared and "symptoms" not in shared and "medication_adherence" not in shared
    assert "systolic" not in combined.own(combined.visits[1]) and "fasting_glucose" in combined.own(combined.visits[1])


def test_one_save_stores_every_form_and_one_observation_of_each_kind(shen, li):
    saved = combined_visit.save_together(shen, li, ASKED, answers(), key="c1")
    again = combined_visit.save_together(shen, li, ASKED, answers(), key="c1")
    assert again.again and again.responses == saved.responses
    responses = {one["questionnaire"].rpartition(":")[2]: one for one in stored(li, "QuestionnaireResponse")}
    assert set(responses) == {HTN, DM, OLD}
    pressures = [one for one in stored(li, "Observation") if one["code"]["coding"][0]["code"] == "85354-9"]
    assert len(pressures) == 1 and len(pressures[0]["derivedFrom"]) == 3
    own = {name: {item["linkId"]: item for item in one["item"]} for name, one in responses.items()}
    assert own[OLD]["systolic"]["answer"][0]["valueDecimal"] == own[DM]["systolic"]["answer"][0]["valueDecimal"] == 138
    assert own[DM]["derived.outcome"]["answer"][0]["valueString"] == "controlled"


def given(shen, li, response):
    """The stored answers of a combined visit, by form, as the page of its correction has them."""
    stored_as = combined_visit.stored_together(li, response)
    combined = combined_visit.open_together(shen, li, list(stored_as), corrects=stored_as)
    return stored_as, {one.form.name: dict(one.values) for one in combined.visits}


def test_a_shared_answer_is_corrected_in_every_form_as_one_act_and_the_old_versions_stay(shen, li):
    saved = combined_visit.save_together(shen, li, ASKED, answers(), key="c1")
    stored_as, forms = given(shen, li, saved.responses["diabetes/follow_up"])
    assert {f"{programme}/{form}": id for (programme, form), id in stored_as.items()} == saved.responses
    asks = combined_visit.open_together(shen, li, list(stored_as), corrects=stored_as).shared
    form, key = next(one.asked for one in asks if one.asked[1] == "systolic")
    forms[form][key] = 128
    for _ in range(2):
        done = combined_visit.save_together(shen, li, list(stored_as), forms, key="c2", corrects=stored_as)
        assert done.responses == saved.responses
    held = {one["questionnaire"].rpartition(":")[2]: one for one in stored(li, "QuestionnaireResponse")}
    for one in held.values():
        own = {item["linkId"]: item for item in one["item"]}
        assert own["systolic"]["answer"][0]["valueDecimal"] == 128
        versions = record.history("QuestionnaireResponse", one["id"])
        assert [v.vid for v in versions] == [2, 1], "one new version, though it was sent twice"
        before = {item["linkId"]: item for item in json.loads(versions[1].text)["item"]}
        assert before["systolic"]["answer"][0]["valueDecimal"] == 138
    pressures = [one for one in stored(li, "Observation") if one["code"]["coding"][0]["code"] == "85354-9"]
    assert [one["component"][0]["valueQuantity"]["value"] for one in pressures] == [128] and len(pressures[0]["derivedFrom"]) == 3
    assert AuditEvent.objects.filter(action="visit.correct", pids=[li]).count() == 3


def test_a_correction_that_one_form_refuses_changes_none(shen, li):
    saved = combined_visit.save_together(shen, li, ASKED, answers(), key="c1")
    stored_as, forms = given(shen, li, saved.responses["diabetes/follow_up"])
    forms[DM]["fasting_glucose"] = {"value": "640", "unit": "mmol/L"}
    with pytest.raises(combined_visit.NotAcceptable):
        combined_visit.save_together(shen, li, list(stored_as), forms, key="c2", corrects=stored_as)
    assert all(record.current("QuestionnaireResponse", id).vid == 1 for id in saved.responses.values())
    with pytest.raises(ConflictError, match="更正过"):
        _, forms = given(shen, li, saved.responses["diabetes/follow_up"])
        seen = dict.fromkeys(stored_as.values(), 7)
        combined_visit.save_together(shen, li, list(stored_as), forms, key="c3", corrects=stored_as, versions=seen)


def test_one_form_alone_is_corrected_only_in_what_no_other_holds(shen, li):
    saved = combined_visit.save_together(shen, li, ASKED, answers(), key="c1")
    response = saved.responses["diabetes/follow_up"]
    _, forms = given(shen, li, response)
    with pytest.raises(UserError, match="一起更正"):
        visits.save(shen, li, "diabetes", "follow_up", {**forms[DM], "systolic": 128}, key="c2", corrects=response, version=1)
    visits.save(shen, li, "diabetes", "follow_up", {**forms[DM], "hypoglycaemia": "occasional"}, key="c3", corrects=response, version=1)
    assert record.current("QuestionnaireResponse", response).vid == 2
    pressures = [one for one in stored(li, "Observation") if one["code"]["coding"][0]["code"] == "85354-9"]
    assert [one["component"][0]["valueQuantity"]["value"] for one in pressures] == [138]
    assert set(combined_visit.stored_together(li, response).values()) == set(saved.responses.values()), "still one visit"


def test_the_page_of_a_correction_opens_all_forms_and_saves_them(qinghe, li, shen, signed_in_as):
    saved = combined_visit.save_together(shen, li, ASKED, answers(), key="c1")
    doctor = signed_in_as(qinghe.shen)
    alone = reverse("visit", args=[li, "diabetes"]) + f"?corrects={saved.responses['diabetes/follow_up']}"
    address = doctor.get(alone)["Location"]
    page = doctor.get(address).content.decode()
    assert "一起更正" in page and page.count('.systolic"') >= 1 and 'value="138"' in page
    versions = {f"version.{id}": "1" for id in saved.responses.values()}
    form = re.search(r'name="(\w+)\.systolic"', page)[1]
    sent = {f"{name}.{key}": value for name, own in answers().items() for key, value in own.items() if not isinstance(value, dict)}
    asked = {key: sent[f"{HTN}.{key}"] for key in ("visit_kind", "systolic", "diastolic", "next_visit")}
    sent |= {f"{name}.{key}": value for name in (HTN, DM, OLD) for key, value in asked.items()}
    sent |= {f"{form}.systolic": "126", f"{DM}.fasting_glucose": "6.4", f"{DM}.fasting_glucose.unit": "mmol/L"}
    sent |= {f"{HTN}.symptoms": "", f"{DM}.symptoms": "", "key": "p2"} | {f"{n}.weight": "64" for n in (HTN, DM)} | versions
    done = doctor.post(address, sent, follow=True)
    assert "第 2 版" in done.content.decode() and "3 个项目一起" in done.content.decode()
    assert all(record.current("QuestionnaireResponse", id).vid == 2 for id in saved.responses.values())


def test_what_is_wrong_in_one_form_keeps_all_of_them_out(shen, li):
    with pytest.raises(combined_visit.NotAcceptable) as refused:
        combined_visit.save_together(shen, li, ASKED, answers(dm__fasting_glucose={"value": "640", "unit": "mmol/L"}), key="c1")
    assert "640 不可能" in str([problem.message for problem in refused.value.problems])
    assert stored(li, "QuestionnaireResponse") == [] and stored(li, "Observation") == []


def test_the_most_urgent_advice_and_the_earliest_return_stand(shen, li):
    combined = combined_visit.open_together(shen, li, ASKED)
    calm = combined_visit.judge_together(combined, answers())
    assert [(f.key, f.message) for j in calm.judged for f in (*j.result.hard, *j.result.unexplained)] == []
    assert calm.ok and {one.code for one in calm.wishes.advice} == {"lifestyle"} and calm.wishes.revisit.by == date(2026, 2, 21)
    high = combined_visit.judge_together(combined, answers(dm__fasting_glucose={"value": "17", "unit": "mmol/L"}))
    assert [(one.code, one.urgency) for one in high.wishes.advice] == [("refer", "urgent")]
    assert high.wishes.programmes(high.wishes.advice[0].rules) == ["diabetes"] and high.wishes.revisit.by == date(2025, 12, 5)


def test_a_shared_answer_out_of_its_range_is_said_once_and_one_reason_is_enough(shen, li):
    combined = combined_visit.open_together(shen, li, ASKED)
    judged = combined_visit.judge_together(combined, answers(htn__systolic="186"))
    assert not judged.ok and {one.key for one in judged.findings(HTN)} >= {"systolic"}
    told = combined_visit.judge_together(
        combined, answers(htn__systolic="186"), {HTN: {"systolic": "repeated", "above_own_year": "repeated"}}
    )
    assert [finding.message for one in told.judged for finding in one.result.unexplained] == []


def test_the_pages_of_a_combined_visit(qinghe, li, signed_in_as):
    shen, wang = signed_in_as(qinghe.shen), signed_in_as(qinghe.wang)
    care.store(blood_pressure("li-today", "li", "2025-11-21", 139, 85))
    row = shen.get(reverse("today")).content.decode()
    assert f"/visit/{li}/together/?of=" in row
    address = reverse("together", args=[li]) + "?of=" + ",".join(".".join(one) for one in ASKED)
    page = shen.get(address).content.decode()
    assert page.count('name="hypertension_follow_up.systolic"') == 1 and "diabetes_follow_up.systolic" not in page
    assert 'value="139"' in page and "共同的问题" in page and "2 型糖尿病患者随访" in page
    sent = {f"{name}.{key}": value for name, given in answers().items() for key, value in given.items() if not isinstance(value, dict)}
    sent |= {
        f"{DM}.fasting_glucose": "6.4",
        f"{DM}.fasting_glucose.unit": "mmol/L",
        f"{HTN}.symptoms": "",
        f"{DM}.symptoms": "",
        "key": "p1",
    }
    refused = shen.post(address, {**sent, f"{HTN}.systolic": "84", f"{HTN}.diastolic": "138"})
    assert refused.status_code == 422 and refused.content.decode().count("收缩压应高于舒张压") == 1
    saved = shen.post(address, sent)
    assert saved.status_code == 302
    done = shen.get(saved["Location"]).content.decode()
    assert "3 个项目一起" in done and "控制满意" in done and "取最早" in done
    assert wang.get(address).status_code == 404 and wang.get(saved["Location"]).status_code == 404
    with pytest.raises(NotWithinReach):
        combined_visit.open_together(viewer_of(qinghe.wang), li, ASKED)
