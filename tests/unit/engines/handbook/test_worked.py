"""Worked examples read in words: no key of a file is left in them."""

import re

import pytest

from declarations import shipped
from kangyu.engines.cases.examples import run_examples
from kangyu.engines.content.vocabulary import visit_form
from kangyu.engines.handbook import worked

OURS = re.compile(r"[a-z]+_[a-z_]+|True|False|None|\[\]")


def told(key):
    content = shipped()
    programme = content.programmes[key]
    written = [(example.form or one.form, example) for one in content.examples if one.of == key for example in one.examples]
    forms = [content.form_of(key, form) if form else visit_form(content, programme) for form, _ in written]
    outcomes = run_examples(content, [key]).outcomes
    return [worked.told(content, programme, form, example, one) for form, (_, example), one in zip(forms, written, outcomes, strict=True)]


def named(key, title):
    return next(one for one in told(key) if one.title == title)


@pytest.mark.parametrize("key", ["hypertension", "diabetes", "severe_mental", "elderly", "child"])
def test_examples_speak_chinese(key):
    for one in told(key):
        words = " ".join([one.who, *one.before, one.answers, *one.expected])
        assert not OURS.search(words), (one.title, OURS.search(words))
        assert one.expected, one.title


def test_visit_reads_as_question_answer_and_judgement():
    one = named("diabetes", "连续两次没控制住")
    assert one.who == "女，50 岁" and one.before == ["2 型糖尿病患者随访：2025-11-05 空腹血糖 9.4，控制不满意"]
    assert "空腹血糖 8.7" in one.answers and "症状 都没有" in one.answers and "药物不良反应 无" in one.answers
    assert one.expected == ["规则：连续两次、没到目标", "建议：转诊到上级医院", "缓急：一般", "2025-12-05 回访"]


def test_look_at_a_list_says_who_is_sought():
    one = named("diabetes", "已诊断没有建档")
    assert one.answers == "" and one.before == ["诊断：2020-01-01 E11.9 2 型糖尿病"]
    assert one.expected == ["属于对象", "要找：已诊断，还没有建档管理"]


def test_missing_value_says_what_is_missing():
    assert named("diabetes", "没测血糖，不判").expected == ["随访分类：不判", "规则：没测", "缺：空腹血糖"]
