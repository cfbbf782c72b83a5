"""Every declaration has a page; every rule on it stands in words beside its expression, and no key is left where a Chinese name exists."""

import re
from functools import cache

import pytest

from declarations import shipped
from kangyu.engines.cases.procedure import texts as texts_of_case
from kangyu.engines.content.checker import every
from kangyu.engines.content.texts import derived_texts
from kangyu.engines.handbook import KIND_TITLES, Handbook, html
from kangyu.engines.handbook.page import Drawing, said_of
from kangyu.engines.handbook.versions import changes

KEY = re.compile(r"(?<![A-Za-z])[a-z]+(?:_[a-z0-9]+)+(?![A-Za-z])")
"""A key of ours: small letters with underscores. Single words may be units (kg) and are looked at by name."""


@cache
def pages():
    book = Handbook(shipped())
    return {(item.kind, item.name): book.page(item) for item in book.every()}


def link(kind, name):
    return f"{kind}-{name}.html"


def test_every_kind_that_is_declared_has_pages():
    kinds = {declaration.kind for shelf in shelves() for declaration in shelf.values()} | {"terminology"}
    assert kinds <= set(KIND_TITLES)
    assert {kind for kind, _ in pages()} == kinds


def shelves():
    content = shipped()
    names = ("programmes", "procedures", "registers", "ledgers", "statements", "signals", "standards", "forms", "indicators", "definitions")
    return [getattr(content, name) for name in (*names, "relations", "calendars", "roles", "plans", "settings", "tables")]


def test_no_expression_is_left_unread_or_with_a_key_that_has_a_chinese_name():
    book = Handbook(shipped())
    names = book.speeches.names
    known = {key.rpartition(".")[2] for key in names.titles} | set(names.value_sets) | set(names.programmes) | set(names.tables)
    known |= {code for codes in names.codes.values() for code in codes}
    found = {}
    for place, page in pages().items():
        for said in said_of(page):
            left = [key for key in KEY.findall(said.words) if key in known]
            if left or said.words.startswith("读不懂"):
                found[place] = (said.text, said.words)
    assert found == {}


def test_what_is_said_of_single_words_is_chinese_too():
    """Keys without an underscore: of the fields of all forms, none is left in the words."""
    fields = {key for form in shipped().forms.values() for key in form.fields if "_" not in key and len(key) > 3}
    found = {}
    for place, page in pages().items():
        for said in said_of(page):
            if said.words != said.text and (left := [key for key in fields if re.search(rf"(?<![A-Za-z]){key}(?![A-Za-z])", said.words)]):
                found[place] = (left, said.words)
    assert found == {}


@pytest.mark.parametrize("kind", ["programme", "procedure", "indicator", "form"])
def test_every_expression_of_a_declaration_stands_on_its_page(kind):
    content = shipped()
    missing = {}
    for name, texts in written(content, kind):
        shown = {said.text for said in said_of(pages()[(kind, name)])}
        left = [text for text in texts if text.strip() not in shown and text.strip() != "else"]
        if left:
            missing[name] = left
    assert missing == {}


def written(content, kind):
    if kind == "programme":
        for one in every(content.programmes):
            flags = [flag.when for flag in (*one.find.values(), *one.high_risk.values())]
            derived = [text for key, item in one.derive.items() for _, text, _ in derived_texts(item, ("derive", key))]
            yield (
                one.key,
                [
                    one.belongs,
                    *flags,
                    *derived,
                    *(rule.when for rule in one.act.values()),
                    *(due.when for due in one.due.values() if due.when),
                ],
            )
    elif kind == "procedure":
        for one in every(content.procedures):
            # What posts to a ledger is said inside a sentence, with the ledger's accounts.
            yield (
                one.key,
                [
                    text
                    for path, _, text, _ in texts_of_case(one)
                    if path[0] in ("moves", "act", "parties") and path[-1] in ("when", "needs", "is") and "do" not in path
                ],
            )
    elif kind == "indicator":
        for one in every(content.indicators):
            yield one.key, [text for key in ("among", "true_when", "top", "bottom") if (text := getattr(one, key))]
    else:
        for one in every(content.forms):
            shown = [field.show_when for field in one.fields.values() if field.show_when]
            yield (
                one.name,
                [
                    *shown,
                    *(field.gives for field in one.fields.values() if field.gives),
                    *(check.true_when for check in one.checks.values()),
                ],
            )


def test_work_is_drawn_and_its_examples_are_there_with_their_result():
    for (kind, name), page in pages().items():
        drawings = [block for section in page.sections for block in section.blocks if isinstance(block, Drawing)]
        if kind in ("programme", "procedure", "signal", "statement", "form"):
            assert drawings and drawings[0].svg.startswith("<svg"), (kind, name)
    hypertension = html.body(pages()[("programme", "hypertension")], link)
    assert "每个分支都有例子走到" in hypertension and "都和写的一致" in hypertension
    assert "年龄 ≥ 35 岁" in hypertension and "有在诊的原发性高血压" in hypertension


def test_a_rule_stands_beside_its_expression_its_source_and_its_line():
    page = html.body(pages()[("procedure", "referral")], link)
    assert "4 个工作小时" in page and "再过 20 小时，自动转到“过时未答”" in page
    assert re.search(r"第 \d+ 行", page)
    assert 'href="ledger-referral_beds.html"' not in page or "转诊床位" in page


def test_who_uses_what_is_found_by_key_and_in_expressions():
    used_by = Handbook(shipped()).references.used_by
    assert ("programme", "hypertension") in used_by[("terminology", "primary_hypertension")]
    assert ("indicator", "hypertension_control") in used_by[("form", "hypertension_follow_up")]
    assert ("procedure", "referral") in used_by[("role", "referral_desk")]
    assert ("procedure", "referral") in used_by[("ledger", "referral_beds")]


def test_versions_say_what_changed_between_them():
    old = {"key": "a", "valid": {"from": "2017-02-28"}, "act": {"high": {"when": "systolic >= 140"}}, "list": [1, 2]}
    new = {"key": "a", "valid": {"from": "2027-01-01"}, "act": {"high": {"when": "systolic >= 130"}, "low": {"when": "systolic < 90"}}}
    assert changes(old, new) == [
        ("act › high › when", "systolic >= 140", "systolic >= 130"),
        ("act › low › when", "—", "systolic < 90"),
        ("list", "1、2", "—"),
    ]


def test_pages_stand_by_themselves_and_escape_what_they_are_given():
    page = html.document(pages()[("programme", "hypertension")], link, "index.html")
    assert page.startswith("<!doctype html>") and "<script" not in page and " style=" not in page
    assert html.coloured("a < 'b' & c").count("&lt;") == 1
