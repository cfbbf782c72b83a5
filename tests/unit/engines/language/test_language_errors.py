"""Every mistake is answered at its character, in Chinese, with what to do."""

import pytest

from kangyu.engines.language import ExpressionError, Schema, Table, Type, check, parse
from kangyu.engines.language.tokens import LONGEST
from kangyu.kernel.errors import UserError

SCHEMA = Schema(
    subject={"birth_date": Type.DATE, "sex": Type.TEXT},
    tables={
        "conditions": Table("conditions", {"code": Type.TEXT}, interval=True),
        "blood_pressure": Table("blood_pressure", {"systolic": Type.NUMBER, "taken_at": Type.DATETIME}),
    },
    value_sets={"hypertension": frozenset({"I10"})},
    fields={"systolic": Type.NUMBER, "outcome": Type.TEXT, "symptoms": Type.LIST, "lmp": Type.DATE},
    previous={"outcome": Type.TEXT},
    settings={"limit": 140},
    choices={"outcome": frozenset({"controlled", "uncontrolled"}), "conditions.code": frozenset({"I10", "I11"})},
)

GRAMMAR = [
    ("", 0, "空的"),
    ("systolic >=", 11, "断了"),
    ("1 < systolic < 3", 13, "连着比较"),
    ("systolic == 3", 9, "=="),
    ("systolic != 3", 9, "!"),
    ("systolic ≥ 140", 9, "≥"),
    ("outcome = “controlled”", 10, "“"),
    ("outcome = 'controlled", 10, "引号没有结束"),
    ("systolic > 3 AND systolic < 5", 13, "小写"),
    ("(systolic > 3", 13, ")"),
    ("foo(3)", 0, "foo"),
    ("count(conditions during week)", 24, "period、year"),
    ("systolic during year", 9, "时间窗"),
    ("count(conditions during year where code = 'I10')", 29, "where"),
    ("outcome in ('controlled', null)", 26, "常量"),
    ("outcome in controlled", 11, "值集"),
    ("date '2025-02-29' < today", 5, "不是日期"),
    ("3days", 1, "紧跟"),
    ("case else 3 end", 5, "when"),
    ("enrolled('hypertension')", 23, "时间"),
    ("it.a.b.c.d = 1", 0, "点太多"),
    ("(" * 60 + "1" + ")" * 60, 30, "太深"),
    ("1" + " + 1" * 200, 0, "太深"),
    ("1" * (LONGEST + 1), LONGEST, "超过"),
]

MEANING = [
    ("systolc > 3", 0, "systolic"),
    ("outcome = 'controled'", 10, "controlled"),
    ("outcome in ('controlled', 'bad')", 26, "bad"),
    ("exists(conditions where code = 'I1')", 31, "I1"),
    ("outcome in 'hypertention'", 11, "hypertension"),
    ("exists(conditoins)", 7, "conditions"),
    ("exists(conditions where outcome = 'x')", 24, "this.outcome"),
    ("exists(blood_pressure active at today)", 22, "没有结束日期"),
    ("last(blood_pressure)", 0, "哪一列"),
    ("count(distinct conditions)", 0, "distinct"),
    ("sum(conditions.code)", 15, "sum"),
    ("exists(conditions where count(blood_pressure) > 1)", 24, "不能再套"),
    ("count(conditions since last(blood_pressure.on))", 23, "不能再套"),
    ("count(conditions within 3 hours)", 24, "小时"),
    ("count(conditions since systolic)", 23, "日期"),
    ("systolic = null", 11, "null"),
    ("systolic / 3 = 2", 0, "小数"),
    ("systolic = 'high'", 11, "比较"),
    ("lmp > '2025-01-01'", 6, "date '"),
    ("outcome < 'x'", 0, "比较大小"),
    ("symptoms = 'x'", 0, "has any"),
    ("symptoms in ('x')", 0, "has any"),
    ("outcome has any ('x')", 0, "单选"),
    ("outcome is empty", 0, "is null"),
    ("systolic and true", 0, "条件"),
    ("today - 3", 0, "days(from"),
    ("3 months", 0, "单独"),
    ("today + 3 hours", 8, "钟点"),
    ("hours(since lmp)", 0, "时刻"),
    ("hours(since last(blood_pressure.taken_at))", 0, "钟点"),
    ("case when systolic > 3 then 1 else 'a' end", 35, "类型不同"),
    ("power(2)", 0, "2 个值"),
    ("round(systolic, 9)", 16, "小数位数"),
    ("birth_date < today", 0, "it.birth_date"),
    ("conditions > 3", 0, "exists(conditions"),
    ("it.sexx = 'male'", 0, "sex"),
    ("prev.systolic > 3", 0, "上一次"),
    ("period.middle < today", 0, "period.start"),
    ("enrolled('x' active at today)", 0, "episodes"),
    ("systolic", 0, "结果要是"),
]


@pytest.mark.parametrize(("text", "position", "words"), GRAMMAR)
def test_grammar_error_points_at_the_character(text: str, position: int, words: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert (caught.value.position, words in str(caught.value)) == (position, True), str(caught.value)


@pytest.mark.parametrize(("text", "position", "words"), MEANING)
def test_meaning_error_points_at_the_character(text: str, position: int, words: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        check(parse(text), SCHEMA, expect=Type.BOOLEAN)
    assert (caught.value.position, words in str(caught.value)) == (position, True), str(caught.value)


def test_pointer_stands_under_the_character_of_the_line_even_after_chinese() -> None:
    with pytest.raises(ExpressionError) as caught:
        check("outcome = '控制'\n and x = '好' and systolc > 1", Schema(fields={"outcome": Type.TEXT, "x": Type.TEXT}))
    line, caret = caught.value.pointer.split("\n")
    assert caught.value.where == "第 2 行第 18 个字符"
    assert line[caret.index("^") :].startswith("systolc")
    assert caret.count("\u3000") == 1


def test_error_becomes_a_problem_with_remedy() -> None:
    with pytest.raises(ExpressionError) as caught:
        check("systolc > 3", SCHEMA)
    problem = caught.value.problem("a.yaml:7", "belongs")
    assert (problem.place, problem.key) == ("a.yaml:7", "belongs")
    assert "systolic" in problem.remedy


def test_a_name_cannot_be_field_and_setting_at_once() -> None:
    with pytest.raises(UserError, match="limit"):
        Schema(fields={"limit": Type.NUMBER}, settings={"limit": 3})


def test_soft_words_may_be_names_of_columns() -> None:
    table = Table("stays", {"active": Type.BOOLEAN, "first": Type.NUMBER, "within": Type.NUMBER}, interval=True)
    typed = check("count(stays where active and first > 1 and within > 2 and to is null active at today)", Schema(tables={"stays": table}))
    assert typed.columns == {"stays": {"active", "first", "within"}}


def test_typed_says_what_it_reads() -> None:
    typed = check("age() > 3 and systolic > limit and prev.outcome = outcome and exists(conditions where code in 'hypertension')", SCHEMA)
    assert typed.type is Type.BOOLEAN
    assert typed.fields == {"systolic", "outcome"}
    assert typed.subject_fields == {"birth_date"}
    assert typed.previous == {"outcome"}
    assert typed.columns == {"conditions": {"code"}}
