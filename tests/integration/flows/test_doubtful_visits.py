"""Made-up visits are shown to who oversees the township, with the evidence and the way to the records, and to nobody else."""

import base64
import re
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from kangyu.apps.cases.models import CaseFile
from kangyu.apps.cases.queries import doubtful
from kangyu.apps.governance.access import SYSTEM, viewer_of
from kangyu.apps.governance.actions import accounts
from kangyu.apps.governance.models import AuditEvent
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.flows import case_work, demo_fabrication, doubtful_visits
from kangyu.kernel.errors import DeniedError, UserError
from world import care
from world.qinghe import COUNTY, DONGLI, PASSWORD, patient

pytestmark = pytest.mark.django_db
TODAY = date(2025, 11, 21)
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


@pytest.fixture
def village(qinghe, settings):
    """Forty-five more residents of Dongli, one of whom has died; the supervisor of their township, and one of the other."""
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    cache.clear()
    care.stand_on()
    made = [
        patient(f"v{n}", f"村样{n}", f"19{50 + n % 30}-01-0{1 + n % 9}", "female", "clinic-dongli", DONGLI, identity=None)
        for n in range(45)
    ]
    made[0]["deceasedDateTime"] = "2025-09-01"
    write([Draft("update", "Patient", one["id"], one) for one in made], by=SYSTEM)

    def supervisor(name, area):
        return accounts.open_account(
            username=name, password=PASSWORD, display_name=name, role="township_supervisor", area=area, by=SYSTEM, synthetic=True
        )

    return supervisor("east", DONGLI[:9]), supervisor("west", f"{COUNTY}102")


def copied(on="2025-10-28"):
    return [one for n in range(1, 45) for one in care.follow_up(f"c{n}", f"v{n}", on, 128, 78)]


def test_copies_crowded_days_and_visits_after_death_are_shown_with_their_records(village):
    care.store(*copied(), *care.follow_up("late", "v0", "2025-10-02", 132, 80))
    east, west = (viewer_of(one) for one in village)
    (found,) = doubtful.doubts(east, TODAY)
    assert (found.org, found.name) == ("clinic-dongli", "东里村卫生室")
    assert {sign.kind for sign in found.signs} == {"clones", "density", "after_death"} and len(found.responses) == 45
    assert [one.name for one in doubtful.behind(east, ["late"])] == ["村样0"]
    assert doubtful.doubts(west, TODAY) == [] and doubtful.behind(west, ["late"]) == []


def test_the_pages_say_what_how_unlikely_and_where(village, qinghe):
    rounded = [
        one
        for n in range(1, 45)
        for one in care.follow_up(f"r{n}", f"v{n}", str(TODAY - timedelta(days=n)), 120 + 5 * (n % 7), 70 + 5 * (n % 5))
    ]
    care.store(*rounded)
    east = Client()
    east.force_login(village[0], backend="django.contrib.auth.backends.ModelBackend")
    page = east.get(reverse("doubtful")).content.decode()
    assert "东里村卫生室" in page and "血压末位数偏向 0 和 5" in page and "占 100%" in page and "不到百万分之一" in page
    detail = east.get(reverse("doubtful_one", args=["clinic-dongli"])).content.decode()
    assert "村样7" in detail and "村样40" in detail and "村样44" not in detail and "/versions/r7/" in detail
    assert east.get(reverse("doubtful_one", args=["clinic-xili"])).status_code == 400
    shen = Client()
    shen.force_login(qinghe.shen, backend="django.contrib.auth.backends.ModelBackend")
    assert shen.get(reverse("doubtful")).status_code == 403
    assert "可疑随访" in east.get(reverse("home"), follow=True).content.decode().split("<h1>")[1][:20], "where the supervisor's day begins"
    with pytest.raises(DeniedError):
        doubtful.doubts(viewer_of(qinghe.shen), TODAY)


def by(resources, post):
    """The same visits, done by somebody."""
    for one in resources:
        if one["resourceType"] == "QuestionnaireResponse":
            one["author"] = {"reference": f"PractitionerRole/{post}"}
    return resources


def test_one_doctor_with_more_people_in_a_day_than_can_be_met_is_named(village):
    posts = [("role-zhu", "person-zhu", "朱样忙"), ("role-qin", "person-qin", "秦样闲")]
    for role, person, name in posts:
        care.store(
            {"resourceType": "Practitioner", "id": person, "name": [{"text": name}]},
            {"resourceType": "PractitionerRole", "id": role, "practitioner": {"reference": f"Practitioner/{person}"},
             "organization": {"reference": "Organization/clinic-dongli"}},
        )  # fmt: skip
    day = str(TODAY - timedelta(days=20))
    busy = [one for n in range(1, 31) for one in by(care.follow_up(f"b{n}", f"v{n}", day, 111 + n, 61 + n), "role-zhu")]
    calm = [one for n in range(31, 40) for one in by(care.follow_up(f"k{n}", f"v{n}", day, 111 + n, 61 + n), "role-qin")]
    care.store(*busy, *calm)
    east = viewer_of(village[0])
    (found,) = doubtful.doubts(east, TODAY)
    assert [(sign.kind, sign.performer, sign.figures["people"]) for sign in found.signs] == [("density", "role-zhu", 30)]
    assert [(one.performer, one.most) for one in doubtful.loads_of(east, "clinic-dongli", TODAY)] == [("role-zhu", 30), ("role-qin", 9)]
    assert doubtful.loads_of(viewer_of(village[1]), "clinic-dongli", TODAY) == []
    client = Client()
    client.force_login(village[0], backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("doubtful")).content.decode()
    assert "朱样忙" in page and "秦样闲" not in page and "一位医生当面随访 30 人，超过一天 25 人" in page
    page = client.get(reverse("doubtful_one", args=["clinic-dongli"])).content.decode()
    assert "朱样忙" in page and "秦样闲" in page


def test_a_sign_is_looked_at_explained_and_confirmed_and_keeps_its_state(village, qinghe):
    care.store(*copied(), *care.follow_up("late", "v0", "2025-10-02", 132, 80))

    def as_(account):
        client = Client()
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
        return client

    east, shen = as_(village[0]), as_(qinghe.shen)
    items = doubtful_visits.work_list(viewer_of(village[0]), TODAY)
    assert {item.state for item in items} == {"new"} and len({item.case for item in items}) == len(items) == 3
    late = next(item for item in items if item.sign.kind == "after_death")
    crowd = next(item for item in items if item.sign.kind == "density")
    for _ in range(2):
        told = east.post(reverse("doubtful_take_up"), {"sign": late.sign.key, "move": "ask_at_once"}, follow=True).content.decode()
    assert "已请机构说明" in told and "等机构说明" in told and CaseFile.objects.filter(procedure="doubtful_visits").count() == 1
    assert shen.post(reverse("doubtful_take_up"), {"sign": crowd.sign.key, "move": "look"}).status_code == 403
    asked = shen.get(reverse("case", args=[late.case])).content.decode()
    assert "写说明" in asked and "1 次随访在本人去世之后" in asked
    case_work.make_move(
        viewer_of(qinghe.shen), late.case, "explain", answers={"cause": "wrong_person", "explanation": "录成了他弟弟"}, key="e"
    )
    east.post(reverse("doubtful_take_up"), {"sign": crowd.sign.key, "move": "look"})
    again = {item.sign.kind: item.state for item in doubtful_visits.work_list(viewer_of(village[0]), TODAY)}
    assert again == {"after_death": "explained", "clones": "new", "density": "looked"}
    assert [item.state for item in doubtful_visits.work_list(viewer_of(village[0]), TODAY)] == ["explained", "new", "looked"]
    case_work.make_move(viewer_of(village[0]), crowd.case, "clear", reason="当天义诊", key="c")
    answers = {"checked": ["phone"], "untrue": 1, "conclusion": "作废并重录"}
    case_work.make_move(viewer_of(village[0]), late.case, "confirm", answers=answers, key="d")
    page = east.get(reverse("doubtful")).content.decode()
    assert "查实" in page and "排除" in page and "当天义诊" in page and "1 条等您核实" in page
    only = east.get(reverse("doubtful"), {"state": "cleared"}).content.decode()
    assert "当天义诊" in only and "许多人的答案一模一样</" not in only
    with pytest.raises(UserError, match="不在名单里"):
        doubtful_visits.take_up(viewer_of(village[1]), TODAY, crowd.sign.key, move="look", said={"title": "", "what": ""})
    assert as_(village[1]).get(reverse("case", args=[late.case])).status_code == 404


def test_a_file_of_the_explanation_opens_for_the_parties_and_for_nobody_else(village, qinghe):
    care.store(*care.follow_up("late", "v0", "2025-10-02", 132, 80))

    def as_(account):
        client = Client()
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
        return client

    (item,) = doubtful_visits.work_list(viewer_of(village[0]), TODAY)
    as_(village[0]).post(reverse("doubtful_take_up"), {"sign": item.sign.key, "move": "ask_at_once"})
    sent = {
        "answers": "yes",
        "key": "f",
        "cause": "wrong_person",
        "explanation": "录错",
        "proof.file": SimpleUploadedFile("登记本.png", PNG, "image/png"),
    }
    told = as_(qinghe.shen).post(reverse("case_move", args=[item.case, "explain"]), sent, follow=True).content.decode()
    link = re.search(r'href="(/forms/file/[^"]+/proof)"', told)[1]
    for party in (qinghe.shen, village[0]):
        page = as_(party).get(reverse("case", args=[item.case])).content.decode()
        opened = as_(party).get(link)
        assert link in page and (opened.status_code, opened.content) == (200, PNG)
    for outsider in (qinghe.wang, village[1], qinghe.planner):
        assert as_(outsider).get(link).status_code == 404
    assert AuditEvent.objects.filter(action="case.view", outcome="denied", account__in=("wang", "west")).count() == 2


def test_honest_visits_raise_nothing(village):
    visits = [(n, 111 + n * 7 % 61, 61 + n * 11 % 37) for n in range(1, 45)]
    care.store(*[one for n, high, low in visits for one in care.follow_up(f"h{n}", f"v{n}", str(TODAY - timedelta(days=2 * n)), high, low)])
    assert doubtful.doubts(viewer_of(village[0]), TODAY) == []


def test_the_demo_county_gets_copies_and_a_visit_after_death(village):
    care.store(*[care.episode(f"e{n}", f"v{n}") for n in range(45)])
    care.store(*care.follow_up("one", "v1", "2025-06-01", 141, 87))
    assert demo_fabrication.township() == DONGLI[:9]
    assert demo_fabrication.seed() == 45
    (found,) = doubtful.doubts(viewer_of(village[0]), TODAY)
    assert {sign.kind for sign in found.signs} == {"clones", "density", "after_death"}
