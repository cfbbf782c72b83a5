"""The family doctor's pages: who may open what, what they say, what they leave in the audit trail."""

import dataclasses
import re

import pytest
from django.test import Client
from django.urls import reverse

from kangyu.apps.cases.rules import rules
from kangyu.apps.governance.models import AuditEvent
from kangyu.apps.record import person_rows
from world import care

pytestmark = pytest.mark.django_db


@pytest.fixture
def li(qinghe):
    return care.li_is_treated()


def client(account) -> Client:
    found = Client()
    found.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return found


def text(response) -> str:
    return response.content.decode()


def test_today_names_who_why_what_was_last_and_until_when(qinghe, li):
    page = text(client(qinghe.shen).get(reverse("today")))
    for words in ("李样芳", "女 67", "东里村", "高血压", "156/92", "逾期", "开始随访"):
        assert words in page


def test_today_filters_say_their_counts_and_an_empty_list_says_what_would_fill_it(qinghe, li):
    shen = client(qinghe.shen)
    assert "已逾期 <b>1</b>" in text(shen.get(reverse("today")))
    empty = text(shen.get(reverse("today"), {"show": "high"}))
    assert "李样芳" not in empty and "这个筛选下没有人" in empty
    assert "今天没有要看的人" in text(client(qinghe.wang).get(reverse("today")))
    assert shen.get(reverse("today"), {"show": "nonsense"}).status_code == 400


def test_members_of_a_discreet_programme_are_not_named_in_lists(qinghe, li):
    care.store(
        care.condition("li-f20", "li", code="F20.0", title="精神分裂症"),
        care.episode("li-mental", "li", "severe_mental", since="2025-05-01"),
    )
    page = text(client(qinghe.shen).get(reverse("today"), {"programme": "severe_mental"}))
    assert "严重精神障碍" in page and "姓名只在打开后显示" in page and "李样芳" not in page
    assert "严重精神障碍" not in text(client(qinghe.shen).get(reverse("people"))).split("<tbody>")[1]


def test_which_programmes_are_discreet_is_said_by_their_declaration(qinghe, li, monkeypatch):
    assert rules().discreet == ["severe_mental"]
    programmes = {key: one.model_copy(update={"discreet": key == "hypertension"}) for key, one in rules().content.programmes.items()}
    monkeypatch.setattr(rules(), "content", dataclasses.replace(rules().content, programmes=programmes))
    monkeypatch.delitem(rules().__dict__, "discreet", raising=False)
    page = text(client(qinghe.shen).get(reverse("today")))
    assert "姓名只在打开后显示" in page and "李样芳" not in page
    monkeypatch.undo()
    rules().__dict__.pop("discreet", None)


@pytest.mark.parametrize("sought", ["李样芳", "样芳", "李", "liyangfang", "lyf", "liyang", "0001", "19900000001"])
def test_people_are_found_by_name_pinyin_and_phone(qinghe, li, sought):
    assert f"/people/{li}/" in text(client(qinghe.shen).get(reverse("people"), {"q": sought}))
    assert f"/people/{li}/" not in text(client(qinghe.wang).get(reverse("people"), {"q": sought}))


def test_resident_page_tells_problems_dues_story_and_who_looked(qinghe, li):
    shen = client(qinghe.shen)
    shen.get(reverse("person", args=[li]))
    page = text(shen.get(reverse("person", args=[li])))
    for words in (
        "李样芳",
        "女，67 岁",
        "原发性高血压",
        "高血压随访",
        "156/92",
        "控制不满意",
        "目标低于 150/90",
        "沈样舟",
        "（你）",
        "查看居民",
    ):
        assert words in page
    assert "199 **** 0001" in page and "<svg" in page
    assert AuditEvent.objects.filter(action="person.view", account="shen", pids=[li]).count() == 2


def test_timeline_keeps_to_the_kind_asked_for(qinghe, li):
    page = text(client(qinghe.shen).get(reverse("person", args=[li]), {"kind": "problem"}))
    story = page.split('class="tl"')[1].split("<aside")[0]
    assert "诊断：原发性高血压" in story and "高血压随访" not in story


def test_resident_page_asks_few_questions(qinghe, li, django_assert_max_num_queries):
    from kangyu.apps.cases import queries
    from kangyu.apps.governance.access import viewer_of

    shen = viewer_of(qinghe.shen)
    with django_assert_max_num_queries(8):
        queries.one(shen, li)
    with django_assert_max_num_queries(4):
        queries.today(shen, care.TODAY)
    with django_assert_max_num_queries(4):
        queries.roll(shen, care.TODAY)


def test_another_teams_doctor_opens_nothing_of_this_resident(qinghe, li):
    wang = client(qinghe.wang)
    form = reverse("visit", args=[li, "hypertension"])
    assert wang.get(reverse("person", args=[li])).status_code == 404
    assert wang.get(form).status_code == 404
    assert wang.post(form, {"systolic": "150"}).status_code == 404
    assert "李样芳" not in text(wang.get(reverse("person", args=[li])))
    assert AuditEvent.objects.filter(account="wang", pids=[li], outcome="denied").count() == 4


def test_planner_opens_no_person_no_list_and_no_form(qinghe, li):
    planner = client(qinghe.planner)
    for address in (reverse("today"), reverse("people"), reverse("person", args=[li]), reverse("visit", args=[li, "hypertension"])):
        assert planner.get(address).status_code == 403


ANSWERS = {
    "visit_kind": "home", "systolic": "168", "diastolic": "98", "symptoms": "", "medication_adherence": "irregular",
    "adverse_reaction": "no", "new_complication": "no", "on": "2025-11-21", "key": "page-1",
}  # fmt: skip


def test_form_shows_last_values_units_and_ranges(qinghe, li):
    page = text(client(qinghe.shen).get(reverse("visit", args=[li, "hypertension"])))
    assert "上次 156/92，3 个月前" in page and "mmHg" in page and 'data-low="60"' in page and "都没有" in page
    assert AuditEvent.objects.filter(action="person.view", target="form/hypertension_follow_up").count() == 1


def test_judging_while_typing_answers_with_rules_and_notes(qinghe, li):
    shen = client(qinghe.shen)
    address = reverse("visit_judge", args=[li, "hypertension"])
    page = text(shen.post(address, {**ANSWERS, "systolic": "182"}))
    assert "要紧急转诊" in page and "收缩压 182 ≥ 180" in page and "可以提交，请选原因" in page
    wrong = text(shen.post(address, {**ANSWERS, "systolic": "1680"}))
    assert "1680 不可能" in wrong and "改为 168" in wrong and 'id="verdict-systolic"' in wrong and "还不能保存" in wrong


def test_saving_tells_what_follows_and_refusing_keeps_what_was_typed(qinghe, li):
    shen = client(qinghe.shen)
    form = reverse("visit", args=[li, "hypertension"])
    refused = shen.post(form, {**ANSWERS, "systolic": "870"})
    assert refused.status_code == 422
    assert "还没有保存" in text(refused) and 'value="870"' in text(refused) and "870 不可能" in text(refused)
    saved = shen.post(form, ANSWERS)
    assert saved.status_code == 302 and re.fullmatch(rf"/visit/{li}/done/[0-9a-f-]+/", saved["Location"])
    page = text(shen.get(saved["Location"]))
    for words in ("已保存", "控制不满意", "12 月 5 日前", "更正这次随访"):
        assert words in page
    assert "168/98" in text(shen.get(reverse("today"))) or "李样芳" in text(shen.get(reverse("people")))


def test_saving_asks_few_questions_and_reads_the_persons_rows_twice(qinghe, li, django_assert_max_num_queries, monkeypatch):
    """Once for the rules, once for the care status after the write; each time every table that can have rows in one exchange."""
    shen, read, times = client(qinghe.shen), person_rows.read, []
    address = reverse("visit", args=[li, "hypertension"])
    answers = {
        "visit_kind": "clinic", "systolic": "128", "diastolic": "78", "symptoms": "", "medication_adherence": "regular",
        "adverse_reaction": "no", "new_complication": "no", "key": "one",
    }  # fmt: skip
    shen.get(address)  # what is compiled once is compiled now
    monkeypatch.setattr(person_rows, "read", lambda pids, wanted: times.append(pids) or read(pids, wanted))
    with django_assert_max_num_queries(26):
        assert shen.post(address, answers).status_code == 302
    assert times == [[li], [li]]


def test_a_stored_visit_opens_for_correction_with_its_answers(qinghe, li):
    shen = client(qinghe.shen)
    form = reverse("visit", args=[li, "hypertension"])
    stored = shen.post(form, ANSWERS)["Location"].rstrip("/").rpartition("/")[2]
    page = text(shen.get(form, {"corrects": stored}))
    assert "更正：" in page and 'value="168"' in page and f'name="corrects" value="{stored}"' in page
    again = shen.post(form, {**ANSWERS, "corrects": stored, "version": "1", "systolic": "148", "diastolic": "88"})
    assert again.status_code == 302
    story = text(shen.get(reverse("person", args=[li])))
    assert "148/88" in story and "更正过 1 次" in story
    versions = text(shen.get(reverse("visit_versions", args=[li, stored])))
    assert (
        "共 2 版" in versions
        and "沈样舟" in versions
        and re.search(r"<td>收缩压</td>\s*<td[^>]*>168 mmHg</td>\s*<td><b>148 mmHg</b>", versions)
    )
    assert client(qinghe.wang).get(reverse("visit_versions", args=[li, stored])).status_code == 404
