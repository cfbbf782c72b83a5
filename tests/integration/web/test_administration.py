"""The administrator's pages: accounts opened and closed, passwords shown once, content and imports read, the trail walked."""

import io

import pytest
from django.urls import reverse

from kangyu.apps.governance.access import viewer_of
from kangyu.apps.governance.actions import audit
from kangyu.apps.governance.models import Account, AuditEvent
from kangyu.flows import record_imports
from kangyu.gateways import content as gateway
from kangyu.web import declared

pytestmark = pytest.mark.django_db


def test_account_is_opened_with_a_password_shown_once(qinghe, signed_in, client):
    given = {"username": "liu.fang", "display_name": "刘样方", "role": "planner", "area": "370899", "org": ""}
    page = signed_in(qinghe.admin).post(reverse("account_open"), given).content.decode()
    password = page.split('<p class="once"><code>')[1].split("<")[0]
    opened = Account.objects.get(username="liu.fang")
    assert opened.check_password(password) and opened.area == "370899"
    assert password not in client.get(reverse("account", args=["liu.fang"])).content.decode()
    assert AuditEvent.objects.filter(action="account.open", target="account/liu.fang", account="admin").exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [({"username": "shen"}, "已经有人用了"), ({"role": "king"}, "没有名为 king 的角色"), ({"display_name": ""}, "姓名不能为空")],
)
def test_account_with_a_fault_is_not_opened(qinghe, signed_in, given, words):
    whole = {"username": "new", "display_name": "新样", "role": "planner", "area": "", "org": "", **given}
    answer = signed_in(qinghe.admin).post(reverse("account_open"), whole)
    assert answer.status_code == 422 and words in answer.content.decode()
    assert not Account.objects.filter(display_name="新样").exists()


def test_closed_account_can_be_opened_again(qinghe, signed_in):
    client = signed_in(qinghe.admin)
    client.post(reverse("account_active", args=["wang"]), {"active": "0"})
    assert not Account.objects.get(username="wang").is_active
    client.post(reverse("account_active", args=["wang"]), {"active": "1"})
    assert Account.objects.get(username="wang").is_active


def test_nobody_closes_the_account_they_are_using(qinghe, signed_in):
    answer = signed_in(qinghe.admin).post(reverse("account_active", args=["admin"]), {"active": "0"})
    assert answer.status_code == 400 and "不能停用自己" in answer.content.decode()
    assert Account.objects.get(username="admin").is_active


def test_reset_password_replaces_the_old_one(qinghe, signed_in):
    page = signed_in(qinghe.admin).post(reverse("account_password", args=["wang"])).content.decode()
    assert Account.objects.get(username="wang").check_password(page.split('<p class="once"><code>')[1].split("<")[0])


def test_account_names_are_escaped(qinghe, signed_in):
    Account.objects.filter(username="wang").update(display_name="<script>alert(1)</script>")
    page = signed_in(qinghe.admin).get(reverse("accounts")).content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;" in page


@pytest.mark.parametrize("kind", ["programme", "form", "indicator", "definition", "plan", "role", "terminology", "settings"])
def test_every_declaration_of_a_kind_has_a_page(qinghe, signed_in, kind):
    from kangyu.gateways import content
    from kangyu.web import declared

    client = signed_in(qinghe.admin)
    names = [item.name for item in declared.listed(content.current(), kind)]
    listing = client.get(reverse("content_kind", args=[kind])).content.decode()
    assert names
    for name in names[:: max(1, len(names) // 6)]:
        assert reverse("declaration", args=[kind, name]) in listing
        assert client.get(reverse("declaration", args=[kind, name])).status_code == 200


def test_declaration_page_shows_source_expression_and_examples(qinghe, signed_in):
    page = signed_in(qinghe.admin).get(reverse("declaration", args=["programme", "hypertension"])).content.decode()
    assert "国家基本公共卫生服务规范" in page and "primary_hypertension" in page and "programmes/hypertension/programme.yaml" in page


def test_unknown_kind_and_declaration_are_not_found(qinghe, signed_in):
    client = signed_in(qinghe.admin)
    assert client.get("/content/nonsense/").status_code == 404
    assert client.get("/content/indicator/nonsense/").status_code == 404


def test_audit_is_walked_in_pages_of_fifty(qinghe, signed_in):
    for number in range(60):
        audit.record("person.view", by=viewer_of(qinghe.shen), target=f"Patient/{number}")
    client = signed_in(qinghe.admin)
    first = client.get(reverse("audit"), {"action": "person"}).content.decode()
    before = AuditEvent.objects.filter(action="person.view").order_by("-id")[49].id
    assert f"before={before}" in first and "Patient/59" in first and "Patient/9<" not in first
    rest = client.get(reverse("audit"), {"action": "person", "before": before}, headers={"HX-Request": "true"}).content.decode()
    assert "Patient/9<" in rest and "<html" not in rest and "再看 50 条" not in rest


def test_only_ndjson_is_taken_for_import(qinghe, signed_in, settings, tmp_path):
    settings.DATA = tmp_path
    file = io.BytesIO(b"{}")
    file.name = "people.json"
    page = signed_in(qinghe.admin).post(reverse("record_imports"), {"files": file}, follow=True).content.decode()
    assert "people.json" in page and "请选 .ndjson 文件" in page
    assert record_imports.requests() == []


def test_import_waits_until_taken_in_and_then_says_what_was_wrong(qinghe, signed_in, settings, tmp_path):
    settings.DATA = tmp_path
    file = io.BytesIO(b'{"resourceType": "Patient", "id": \n')
    file.name = "Patient.ndjson"
    client = signed_in(qinghe.admin)
    answer = client.post(reverse("record_imports"), {"files": file})
    assert "排队中" in client.get(answer.url).content.decode()
    assert record_imports.carry_out() == 1
    page = client.get(answer.url).content.decode()
    assert "什么都没有写入" in page and "Patient.ndjson 第 1 行" in page
    assert record_imports.carry_out() == 0


def test_import_is_refused_to_those_who_may_not(qinghe, settings, tmp_path):
    from kangyu.kernel.errors import DeniedError

    settings.DATA = tmp_path
    with pytest.raises(DeniedError):
        record_imports.ask([("Patient.ndjson", io.BytesIO(b"{}\n"))], by=viewer_of(qinghe.planner))


def test_code_system_shows_the_standard_it_follows(qinghe, signed_in):
    page = signed_in(qinghe.admin).get(reverse("declaration", args=["terminology", "icd10_category"])).content.decode()
    assert "GB/T 14396" in page and "terminology/icd10.yaml" in page


def test_account_says_in_words_what_its_role_may(qinghe, signed_in):
    page = signed_in(qinghe.admin).get(reverse("account", args=["planner"])).content.decode()
    assert "审核导入的规划" in page and "plan.review" not in page


def test_no_page_of_a_declaration_is_long(qinghe, signed_in):
    client = signed_in(qinghe.admin)
    long = {}
    for kind in declared.KIND_TITLES:
        for one in declared.listed(gateway.current(), kind):
            answer = client.get(reverse("declaration", args=[kind, one.name]))
            if len(answer.content) > 150_000:
                long[one.name] = len(answer.content)
    assert long == {}
