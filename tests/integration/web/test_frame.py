"""What every page promises: the policy, the marks, errors in words, nothing for those who may not."""

import re

import pytest
from django.urls import reverse

from kangyu.apps.governance import deployment
from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.planning.actions import adoption
from kangyu.apps.planning.models import PlanDocument, PlanItem
from kangyu.web import frame, urls
from world.qinghe import COUNTY

pytestmark = pytest.mark.django_db

CLOSED_TO = {
    "administration": ("planner", "shen"),
    "accounts": ("planner", "shen"),
    "account_open": ("planner", "shen"),
    "institution_options": ("planner", "shen"),
    "record_imports": ("planner", "shen"),
    "audit": ("planner", "shen"),
    "plan_imports": ("admin", "shen"),
    "reports": ("admin", "shen"),
    "plan": ("shen",),
}


@pytest.mark.parametrize(("name", "account"), [(name, account) for name, accounts in CLOSED_TO.items() for account in accounts])
def test_page_is_closed_to_the_wrong_role(qinghe, signed_in, name, account):
    answer = signed_in(getattr(qinghe, account)).get(reverse(name))
    assert answer.status_code == 403
    assert "没有这项权限" in answer.content.decode()


def test_plan_documents_are_closed_to_the_wrong_role(qinghe, signed_in):
    for name in ("plan_import", "plan_accept_certain", "plan_official", "plan_compare", "plan_item"):
        for account in (qinghe.admin, qinghe.shen):
            client = signed_in(account)
            answers = {client.get(reverse(name, args=[1])).status_code, client.post(reverse(name, args=[1])).status_code}
            assert answers <= {403, 405}, name


@pytest.mark.parametrize("name", ["account", "account_active", "account_password", "account_second_factor"])
def test_account_addresses_are_closed_to_the_wrong_role(qinghe, signed_in, name):
    for account in (qinghe.planner, qinghe.shen):
        assert signed_in(account).post(reverse(name, args=["wang"])).status_code == 403


def every(patterns):
    """Single addresses, those of included lists too."""
    for one in patterns:
        yield from every(one.url_patterns) if hasattr(one, "url_patterns") else [one]


def test_every_page_asks_who_is_there(client, db):
    open_to_all = {"sign_in", "sign_in_code", "sign_out", "health"}
    for pattern in every(urls.urlpatterns):
        if pattern.name in open_to_all or pattern.pattern.converters:
            continue
        answer = client.get(reverse(pattern.name))
        assert (answer.status_code, getattr(answer, "url", "").split("?")[0]) in {(302, reverse("sign_in")), (405, "")}, pattern.name


def test_strict_policy_stands_on_every_answer(qinghe, signed_in):
    for address in (reverse("sign_in"), "/nothing/"):
        policy = signed_in(qinghe.admin).get(address).headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy


@pytest.mark.parametrize(
    "name", ["administration", "accounts", "account_open", "content", "record_imports", "audit", "second_factor", "password"]
)
def test_pages_carry_nothing_inline(qinghe, signed_in, name):
    page = signed_in(qinghe.admin).get(reverse(name)).content.decode()
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", page)
    assert all(re.search(r"\ssrc=", tag) for tag in re.findall(r"<script[^>]*>", page))


def test_synthetic_mark_stands_where_the_data_is(qinghe, signed_in):
    client = signed_in(qinghe.admin)
    assert "合成数据</span>" not in client.get(reverse("accounts")).content.decode()
    deployment.set_fact("synthetic", "yes")
    from django.core.cache import cache

    cache.clear()
    assert "合成数据</span>" in client.get(reverse("accounts")).content.decode()


def test_navigation_holds_at_most_nine_and_only_what_is_allowed(qinghe):
    from kangyu.apps.governance.access import viewer_of

    for account in (qinghe.admin, qinghe.planner, qinghe.shen):
        viewer = viewer_of(account)
        entries = frame.navigation(viewer, "")
        assert len(entries) <= 9
        assert all(viewer.may(entry["place"].needs) for entry in entries)


def test_missing_page_is_said_in_words(qinghe, signed_in):
    answer = signed_in(qinghe.admin).get("/no/such/page/")
    assert answer.status_code == 404 and "没有这一页" in answer.content.decode()


def test_error_for_htmx_is_a_fragment(qinghe, signed_in):
    answer = signed_in(qinghe.planner).get(reverse("accounts"), headers={"HX-Request": "true"})
    assert answer.status_code == 403 and "<html" not in answer.content.decode()


def test_stale_form_is_explained(qinghe):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    answer = client.post(reverse("sign_in"), {"username": "x", "password": "y"})
    assert answer.status_code == 403 and "页面过期了" in answer.content.decode()


def test_search_finds_pages_and_indicators_by_name_and_pinyin(qinghe, signed_in):
    client = signed_in(qinghe.planner)
    by_name = client.get(reverse("search"), {"q": "预期寿命"}).content.decode()
    by_initials = client.get(reverse("search"), {"q": "rjyqsm"}, headers={"HX-Request": "true"}).content.decode()
    assert reverse("indicator", args=["life_expectancy"]) in by_name
    assert reverse("indicator", args=["life_expectancy"]) in by_initials and "<html" not in by_initials


def test_search_finds_nothing_a_role_may_not_open(qinghe, signed_in):
    page = signed_in(qinghe.shen).get(reverse("search"), {"q": "账号"}).content.decode()
    assert reverse("accounts") not in page and "没有找到" in page


def found(client, words):
    """What the palette offers for some words: (kind, name, address)."""
    page = client.get(reverse("search"), {"q": words}, headers={"HX-Request": "true"}).content.decode()
    return re.findall(r'href="([^"]+)"[^>]*><span class="tag">([^<]+)</span> ([^<]+?)(?:</a>| <span)', page)


def test_search_finds_townships_villages_and_institutions(qinghe, signed_in):
    client = signed_in(qinghe.planner)
    assert found(client, "东里") == [
        (reverse("place", args=["370899101"]), "乡镇街道", "东里镇"),
        (reverse("place", args=["370899101201"]), "村居", "东里村"),
        (reverse("institution", args=["clinic-dongli"]), "机构", "东里村卫生室"),
    ]
    assert [name for _, _, name in found(client, "xlc")] == ["西里村", "西里村卫生室"]


def test_search_keeps_to_the_viewer_s_own_area(qinghe, signed_in):
    names = [name for _, _, name in found(signed_in(qinghe.wang), "里村")]
    assert "西里村" in names and "东里村" not in names and "东里村卫生室" not in names


def test_search_finds_tasks_and_projects_of_plans(qinghe, signed_in):
    document = PlanDocument.objects.create(area=COUNTY, digest="d", filename="f", title="清河县规划", text="提升乡镇卫生院能力\n新建县医院")
    place = {"document": document, "quote": "x", "line": 1, "start": 0, "end": 9}
    task = PlanItem.objects.create(kind="task", ordinal=1, data={"title": "提升乡镇卫生院能力"}, **place)
    project = PlanItem.objects.create(kind="project", ordinal=1, data={"name": "新建县医院"}, corrected={"name": "新建县人民医院"}, **place)
    PlanItem.objects.create(kind="task", ordinal=2, data={"title": "乡镇卫生院的弃用条目"}, state="discarded", **place)
    page = reverse("plan_document", args=[document.pk])
    client = signed_in(qinghe.planner)
    assert found(client, "乡镇卫生院") == [(f"{page}#hit-{task.pk}", "规划任务", "提升乡镇卫生院能力")]
    assert found(client, "人民医院") == [(f"{page}#hit-{project.pk}", "规划项目", "新建县人民医院")]
    assert found(signed_in(qinghe.shen), "人民医院") == []


def test_search_finds_tasks_of_a_plan_in_force_that_is_declared(qinghe, signed_in):
    adoption.adopt_content_plan("wenshang", area=COUNTY, by=SYSTEM)
    client = signed_in(qinghe.planner)
    (task,) = [one for one in found(client, "医防协同") if one[1] == "规划任务"]
    address, _, anchor = task[0].partition("#")
    assert f'id="{anchor}"' in client.get(address).content.decode()
