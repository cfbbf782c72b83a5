"""The page of an outbreak: what it says and draws, what can be decided on it, and that outsiders get none of it."""

import json
import re

import pytest
from django.urls import reverse

from kangyu.apps.cases.models import CaseFile
from kangyu.apps.directory.models import Area
from kangyu.apps.governance.models import Account
from kangyu.apps.relations.models import Relation
from kangyu.flows import case_work, outbreak_work
from world import epidemic, transfers
from world.qinghe import COUNTY

pytestmark = pytest.mark.django_db
VERIFIED = {"way": "visit", "setting": "childcare", "case_definition": "手、足、口出疹的儿童"}
FIRST = {"event": "东里幼儿园手足口病", "exposed": 60, "measures": ["isolation"], "reported_to": "县卫生健康局"}


@pytest.fixture
def world(db, monkeypatch):
    transfers.at_time(monkeypatch, "2025-11-21 11:08")
    return epidemic.build(6)


@pytest.fixture
def as_(client, world):
    def sign_in(username: str):
        client.force_login(Account.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


def outlined() -> None:
    """Townships with outlines, so that there is a map."""
    for code, east in ((f"{COUNTY}101", 0.0), (f"{COUNTY}102", 0.1)):
        ring = [[116.0 + east, 35.0], [116.1 + east, 35.0], [116.1 + east, 35.1], [116.0 + east, 35.1], [116.0 + east, 35.0]]
        Area.objects.filter(code=code).update(boundary=json.dumps({"type": "Polygon", "coordinates": [ring]}))


def test_the_page_proposes_draws_and_lets_who_decides_decide(world, as_):
    outlined()
    ids = epidemic.five_ill(world)
    id = CaseFile.objects.get(procedure="outbreak").id
    page, decide = reverse("outbreak", args=[id]), reverse("outbreak_decide", args=[id])
    said = text(as_("epi").get(page))
    assert "可能也是 5 例" in said and "童样4" in said and "还没有确认的成员" in said and "达到阈值：学校托幼机构手足口病 7 天 5 例" in said
    client = as_("epi")
    client.post(decide, {"what": "admit", "case": ids, "key": "k"})
    first = outbreak_work.picture(world.epi, id).members
    client.post(decide, {"what": "trace", "case": first[1].member.id, "source": first[0].member.id, "key": "k"})
    client.post(decide, {"what": "trace", "case": first[2].member.id, "source": first[1].member.id, "key": "k"})
    case_work.make_move(world.epi, id, "confirm", answers=VERIFIED, key="c")
    case_work.make_move(world.epi, id, "report", answers=FIRST, key="r")
    shown = client.get(page)
    drawn, said = shown.content.decode(), text(shown)
    assert 'aria-label="病例住在哪里：1 个村居，5 例"' in drawn and "东里村　5 例" in drawn
    assert len(re.findall(r'<rect class="case', drawn)) == 5 and len(re.findall(r'<circle class="case', drawn)) == 3
    assert 'aria-label="传播树：第 1 代 1 例、第 2 代 1 例、第 3 代 1 例"' in drawn
    assert "8.3%" in said and "暴露 60 人" in said and "第 3 代 1 例" in said and "另有 2 例" in said and "进程报告" in said
    client.post(decide, {"what": "take_out", "case": first[4].member.id, "reason": "", "key": "x"})
    assert "要写明原因" in text(client.get(page))
    client.post(decide, {"what": "take_out", "case": first[4].member.id, "reason": "另一家园", "key": "y"})
    assert Relation.objects.filter(type="member", until=None).count() == 4
    assert "疫情页" in text(client.get(reverse("case", args=[id])))


def test_an_outsider_gets_no_page_and_decides_nothing(world, as_):
    ids = epidemic.five_ill(world)
    id = CaseFile.objects.get(procedure="outbreak").id
    for username in ("shen", "tcmdesk"):
        client = as_(username)
        for answer in (
            client.get(reverse("outbreak", args=[id])),
            client.post(reverse("outbreak_decide", args=[id]), {"what": "admit", "case": ids, "key": "z"}),
        ):
            assert answer.status_code == 404 and "童样" not in text(answer)
    assert not Relation.objects.filter(type="member").exists()
    group = CaseFile.objects.get(id=id).subject_id
    for username in ("shen", "tcmdesk"):
        assert as_(username).get(f"/fhir/Group/{group}").status_code in (401, 403, 404)
        assert "童样" not in as_(username).get("/fhir/Task").content.decode()
