"""The form component: what is drawn can be sent back and read again, whatever its type; names, drafts and files behind it."""

import json
import re
from datetime import date, datetime
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from kangyu.apps.forms.models import FormDraft
from kangyu.engines.forms import Attached, Named, check_answers
from kangyu.engines.language.subject import Subject
from kangyu.web.forms import draw, read
from world import care, every_field

pytestmark = pytest.mark.django_db
TODAY = date(2025, 11, 21)
PNG = b"\x89PNG\r\n\x1a\n1"
INPUT = re.compile(r"<input\b[^>]*>|<option\b[^>]*>|<select\b[^>]*>|<textarea\b[^>]*>[^<]*</textarea>")


@pytest.fixture(scope="module")
def form(tmp_path_factory):
    return every_field.prepared(tmp_path_factory.mktemp("content"))


def attribute(tag, name):
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return unescape(found[1]) if found else None


def sent(page):
    """What a browser would send of a drawn form."""
    query, select = QueryDict(mutable=True), ""
    for tag in INPUT.findall(re.sub(r"<template>.*?</template>", "", page, flags=re.DOTALL)):
        name = attribute(tag, "name")
        if tag.startswith("<select"):
            select = name
        elif tag.startswith("<option"):
            if " selected" in tag:
                query.appendlist(select, attribute(tag, "value"))
        elif tag.startswith("<textarea"):
            query.appendlist(name, unescape(re.sub(r"<[^>]*>", "", tag)))
        elif attribute(tag, "type") in ("checkbox", "radio"):
            if " checked" in tag:
                query.appendlist(name, attribute(tag, "value"))
        elif name and attribute(tag, "type") not in ("file", "search"):
            query.appendlist(name, attribute(tag, "value") or "")
    return query


def look(field, id, typed):
    return {"p1": Named("p1", "Patient", "李样芳"), "h1": Named("h1", "Organization", "县医院")}.get(id)


def check(form, answers):
    return check_answers(form, answers, subject=Subject({}, {}, TODAY))


WHOLE = {
    "temperature": 36.8, "count": 3, "glucose": {"value": "126", "unit": "mg/dL"}, "abroad": True, "fell_ill_on": date(2025, 11, 18),
    "seen_at": datetime(2025, 11, 19, 8, 30), "bedtime": "22:05", "level": "heavy", "signs": ["fever", "rash"], "name": "小 \"李\" <b>",
    "story": "第一行\n第二行 & 更多", "patient": Named("p1", "Patient", "李样芳"), "hospital": Named("h1", "Organization", "县医院"),
    "signed": Attached("image/png", "张三", datetime(2025, 11, 21, 9, 0, 5), PNG),
    "contacts": [{"id": "2", "who": "甲", "days": 8, "hours": 1.5, "signs": [], "why": "同住"}, {"id": "5", "who": "乙"}],
}  # fmt: skip


@pytest.mark.parametrize("prefix", ["", "hypertension_follow_up."])
def test_what_is_drawn_is_read_back_the_same(form, prefix):
    result = check(form, WHOLE)
    assert result.ok, result.findings
    drawn = draw(form, result.cleaned, result=result, prefix=prefix, today=TODAY)
    page = render_to_string("components/form/parts.html", {"parts": drawn.parts})
    answers, reasons = read(form, sent(page), prefix=prefix, look=look)
    again = check(form, answers)
    assert again.cleaned == result.cleaned and reasons == {}
    assert (again.cleaned["glucose"].entered, again.cleaned["glucose"].unit) == (126, "mg/dL")


def test_computed_values_notes_and_units_stand_beside_the_fields(form):
    answers = {"glucose": {"value": "126", "unit": "mg/dL"}, "contacts": [{"id": "3", "who": "甲", "days": "99", "hours": "2"}]}
    drawn = draw(form, answers, result=check(form, answers))
    page = render_to_string("components/form/judged.html", {"parts": drawn.parts, "live": True})
    assert "= 6.99 mmol/L" in page and 'id="verdict-contacts-3-days"' in page and "99 不可能" in page
    assert re.search(r'<output class="computed" id="contacts-3-total"[^>]*hx-swap-oob="true">198', page)


def test_a_question_that_was_not_on_the_page_is_not_answered(form):
    answers, _ = read(form, QueryDict("temperature=37"))
    assert answers == {"temperature": "37"}


def test_a_file_chosen_without_script_arrives_all_the_same(form):
    files = MultiValueDict({"paper.file": [SimpleUploadedFile("化验单.pdf", b"%PDF-1.7", "application/pdf")]})
    answers, _ = read(form, QueryDict("paper="), files)
    paper = check(form, answers).cleaned["paper"]
    assert (paper.title, paper.content_type, paper.data) == ("化验单.pdf", "application/pdf", b"%PDF-1.7")


def test_a_kept_file_is_the_stored_one(form):
    stored = {"signed": Attached("image/png", "张三", None, None, "b1", 9)}
    answers, _ = read(form, QueryDict("signed=kept&signed.by=别人"), stored=stored)
    assert answers["signed"] == stored["signed"]


def test_a_name_that_was_typed_but_not_found_is_said_to_be_unknown(form):
    answers, _ = read(form, QueryDict("hospital=&hospital.typed=某某医院"), look=look)
    (finding,) = check(form, answers).findings
    assert "没有找到“某某医院”" in finding.message


def test_institutions_people_and_codes_are_suggested_within_reach(qinghe, signed_in):
    shen = signed_in(qinghe.shen)
    seek = lambda kind, **query: shen.get(reverse("form_suggest", args=[kind]), query).content.decode()  # noqa: E731
    assert "clinic-xili" not in seek("institution", q="xlc", kinds="health_bureau")
    assert 'data-id="clinic-xili"' in seek("institution", q="xlc")
    assert 'data-id="li"' in seek("person", q="李样") and "赵样强" not in seek("person", q="赵样")
    assert "没有找到" in seek("person", q="赵样强")
    assert 'data-id="370899101201"' in seek("area", q="东里村")
    assert 'data-id="hypertension"' in seek("code", q="gao", set="programme")


def test_a_draft_is_offered_taken_up_and_gone_once_saved(qinghe, signed_in):
    li = care.li_is_treated()
    shen, form = signed_in(qinghe.shen), reverse("visit", args=[li, "hypertension"])
    pairs = [["on", "2025-11-21"], ["systolic", "168"], ["symptoms", "chest_pain"], ["csrfmiddlewaretoken", "x"]]
    place = f"visit/{li}/hypertension_follow_up/"
    kept = shen.post(reverse("form_draft"), {"place": place, "pairs": json.dumps(pairs)})
    assert kept.status_code == 200 and ["csrfmiddlewaretoken", "x"] not in FormDraft.objects.get().pairs
    page = shen.get(form).content.decode()
    assert "有一份没写完的草稿" in page and 'value="168"' not in page
    assert 'value="168"' in shen.get(form, {"draft": "use"}).content.decode()
    saved = {
        "visit_kind": "home", "systolic": "168", "diastolic": "98", "symptoms": "", "medication_adherence": "irregular",
        "adverse_reaction": "no", "new_complication": "no", "on": "2025-11-21", "key": "d-1",
    }  # fmt: skip
    assert shen.post(form, {**saved, "systolic": "980"}).status_code == 422
    assert dict(map(tuple, FormDraft.objects.get().pairs))["systolic"] == "980", "what was refused is kept too"
    assert shen.post(form, saved).status_code == 302 and not FormDraft.objects.exists()


def test_a_draft_is_its_writers_alone_and_can_be_thrown_away(qinghe, client):
    li = care.li_is_treated()
    place = f"visit/{li}/hypertension_follow_up/"
    FormDraft.objects.create(account="wang", place=place, pairs=[["systolic", "999"]], updated=timezone.now())
    client.force_login(qinghe.shen, backend="django.contrib.auth.backends.ModelBackend")
    assert "没写完的草稿" not in client.get(reverse("visit", args=[li, "hypertension"])).content.decode()
    client.post(reverse("form_draft_discard"), {"place": place})
    assert FormDraft.objects.filter(account="wang").exists()
    client.force_login(qinghe.wang, backend="django.contrib.auth.backends.ModelBackend")
    back = client.post(reverse("form_draft_discard"), {"place": place, "back": "https://elsewhere.example/"})
    assert back["Location"] == "/" and not FormDraft.objects.exists()
