"""A doctor leaves: every resident of a team is another's, programmes and cases with them, once, and can be given back."""

import json
from datetime import datetime

import pytest
from django.db import connection
from django.urls import reverse

from kangyu.apps.cases.models import CareStatus, CaseParty
from kangyu.apps.cases.queries.notices import notices
from kangyu.apps.governance.access import SYSTEM, viewer_of
from kangyu.apps.governance.actions import accounts
from kangyu.apps.governance.models import Account, AuditEvent
from kangyu.apps.identity.models import Person, ResidentHandOver
from kangyu.apps.record import queries as record
from kangyu.apps.record.actions import write_set as written_together
from kangyu.flows import case_work
from kangyu.flows import resident_hand_over as flow
from kangyu.flows.resident_hand_over import Team
from kangyu.kernel.errors import DeniedError, UserError
from world import care, qinghe, transfers

pytestmark = pytest.mark.django_db
LATER = datetime.fromisoformat("2025-11-22T00:30:00+08:00")
DONGLI, XILI = Team("clinic-dongli"), Team("clinic-xili")


@pytest.fixture
def world(db, monkeypatch):
    transfers.at_time(monkeypatch, "2025-11-21 11:08")
    found = transfers.build(beds=1)
    care.store(
        care.condition("li-i10", "li"), care.episode("li-episode", "li"),
        qinghe.patient("sun", "孙样明", "1962-05-04", "male", "clinic-dongli", qinghe.DONGLI, phone="19900000003"),
        qinghe.institution("clinic-third", "南里村卫生室", "village_clinic", qinghe.XILI),
    )  # fmt: skip
    return found


@pytest.fixture
def office(world):
    """Somebody who answers for the county."""
    opened = accounts.open_account(
        username="phc", password=qinghe.PASSWORD, display_name="卫样基", role="phc_office", by=SYSTEM, synthetic=True, area=qinghe.COUNTY
    )
    return viewer_of(opened)


def teams_of() -> dict[int, str]:
    return dict(Person.objects.values_list("pid", "org"))


def given(office, to=XILI, key="k", **changes):
    return flow.hand_over(office, DONGLI, to, **{"reason": "沈医生离岗", "key": key, **changes})


def test_everybody_goes_along_with_programmes_and_cases(world, office):
    case = transfers.sent(world)
    case_work.make_move(world.desk, case, "accept", answers=transfers.ACCEPTANCE, key="a")
    before = record.current("Patient", "li")
    theirs = [pid for pid, org in teams_of().items() if org == DONGLI.org]
    looked = flow.survey(office, DONGLI)
    assert (looked.files, looked.cases) == (len(theirs), 1) and dict(looked.programmes)["hypertension"] == 1
    id = given(office)
    assert {teams_of()[pid] for pid in theirs} == {"clinic-xili"} and DONGLI.org not in teams_of().values()
    assert CareStatus.objects.get(pid=world.li, programme="hypertension").org == "clinic-xili"
    stored = record.current("Patient", "li")
    body = json.loads(stored.text)
    assert (stored.vid, body["meta"]["versionId"]) == (before.vid + 1, str(before.vid + 1))
    assert body["managingOrganization"] == {"reference": "Organization/clinic-xili"}
    assert [one.vid for one in record.history("Patient", "li")] == [stored.vid, *range(before.vid, 0, -1)], "the version before is kept"
    with connection.cursor() as cursor:
        cursor.execute("SELECT org, tokens FROM resource WHERE rtype = 'Patient' AND id = 'li'")
        org, tokens = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM outbox WHERE rtype = 'Patient' AND vid = %s AND pid = %s", [stored.vid, world.li])
        assert cursor.fetchone()[0] == 1, "figures learn of it"
    assert org == "clinic-xili" and any("clinic-xili" in one for one in tokens) and not any("clinic-dongli" in one for one in tokens)
    case_work.fire_due(LATER)
    assert {one.party for one in CaseParty.objects.filter(case_id=case, org="clinic-xili")}, "the case followed its resident"
    event = AuditEvent.objects.get(action="residents.hand_over")
    assert (sorted(event.pids), event.account, event.target) == (sorted(theirs), "phc", f"residents/{id}")
    assert any(f"{len(theirs)} 位居民" in one.says and "离岗" in one.says for one in notices(world.wang))


def test_it_is_given_back_to_who_had_each_and_only_who_is_still_there(world, office):
    changed("li", generalPractitioner=[{"reference": "PractitionerRole/role-shen"}])
    before, sun = teams_of(), care.pid_of("sun")
    id = given(office)
    changed("sun", managingOrganization={"reference": "Organization/clinic-third"})
    made = flow.give_back(office, id, reason="沈医生回来了", key="b")
    assert ResidentHandOver.objects.get(pk=made).pids == [world.li]
    assert teams_of() == {**before, sun: "clinic-third"}
    assert Person.objects.get(pid=world.li).practitioner == "role-shen"
    with pytest.raises(UserError, match="已经交回过"):
        flow.give_back(office, id, reason="再来", key="c")


def changed(patient: str, **parts) -> None:
    """Something else is known of one resident."""
    care.store({**json.loads(record.current("Patient", patient).text), **parts})


def test_asked_for_twice_it_happens_once_and_the_rest_of_the_county_is_left_alone(world, office):
    others = {pid: org for pid, org in teams_of().items() if org != DONGLI.org}
    assert given(office) == given(office) and ResidentHandOver.objects.count() == 1
    assert {pid: org for pid, org in teams_of().items() if pid in others} == others
    with pytest.raises(UserError, match="没有居民"):
        given(office, key="other")


def test_all_of_it_happens_or_none(world, office, monkeypatch):
    before = teams_of()

    def breaks(passage):
        raise RuntimeError("the power fails")

    monkeypatch.setattr(written_together.pipeline, "PROJECTORS", [breaks])
    with pytest.raises(RuntimeError):
        given(office)
    assert teams_of() == before and not ResidentHandOver.objects.exists()
    assert json.loads(record.current("Patient", "li").text)["managingOrganization"]["reference"] == "Organization/clinic-dongli"


def test_who_may_not_and_what_is_not_taken(world, office):
    with pytest.raises(DeniedError):
        flow.hand_over(world.shen, DONGLI, XILI, reason="x", key="1")
    with pytest.raises(UserError, match="写明原因"):
        given(office, reason="  ")
    with pytest.raises(UserError, match="同一个团队"):
        given(office, to=DONGLI)
    with pytest.raises(UserError, match="不能接手居民"):
        given(office, to=Team("county-hospital"))
    with pytest.raises(UserError, match="不在西里村卫生室执业"):
        given(office, to=Team("clinic-xili", "nobody"))
    elsewhere = accounts.open_account(
        username="far", password=qinghe.PASSWORD, display_name="远样方", role="township_supervisor", by=SYSTEM, synthetic=True,
        area="370899102",
    )  # fmt: skip
    with pytest.raises(DeniedError, match="管辖范围"):
        flow.hand_over(viewer_of(elsewhere), DONGLI, XILI, reason="x", key="2")
    assert teams_of()[world.li] == "clinic-dongli" and flow.listed(viewer_of(elsewhere)) == []


def test_the_page_says_what_goes_along_hands_over_and_gives_back(world, office, client, settings):
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    client.force_login(Account.objects.get(username="phc"), backend="django.contrib.auth.backends.ModelBackend")
    page = reverse("residents_hand_over")
    chosen = client.get(page, {"from": "clinic-dongli", "to": "clinic-xili"}).content.decode()
    assert "在办的事项" in chosen and "西里村卫生室" in chosen and "由哪位医生负责" in chosen
    sent = {"do": "hand_over", "from": "clinic-dongli", "to": "clinic-xili", "reason": "卫生室合并", "key": "p"}
    told = client.post(page, sent, follow=True).content.decode()
    assert "已交接" in told and "卫生室合并" in told and "交回的原因" in told
    back = reverse("residents_give_back", args=[ResidentHandOver.objects.get().pk])
    assert "已交回" in client.post(back, {"reason": "又分开了", "key": "q"}, follow=True).content.decode()
    client.force_login(Account.objects.get(username="shen"), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(page).status_code == 403
