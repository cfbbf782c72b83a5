"""A second reader checks a rule against its source: each colour, window, interval and dose says where it is from and on which line."""

import re
from functools import cache

import pytest

from declarations import shipped
from kangyu.engines.handbook import Handbook
from kangyu.engines.handbook.page import Lines, Table, Tag


@cache
def page(kind, name):
    book = Handbook(shipped())
    return book.page(book.find(kind, name))


def tables(kind, name, begins):
    return [
        block
        for section in page(kind, name).sections
        if section.key.startswith(begins)
        for block in section.blocks
        if isinstance(block, Table)
    ]


def origins(kind, name, begins):
    """The last column of the tables of some sections: source and line; what holds where no rule does is the declaration's."""
    return [row[-1] for table in tables(kind, name, begins) for row in table.rows if row[0] != "都不成立"]


@pytest.mark.parametrize(
    ("kind", "name", "begins"),
    [
        ("programme", "maternal", "derive.colour"),
        ("programme", "maternal", "due"),
        ("programme", "maternal", "act"),
        ("programme", "maternal", "parts"),
        *[("programme", name, begins) for name in ("hypertension", "diabetes") for begins in ("find", "due", "derive.outcome", "act")],
        ("definition", "national_immunisation", "series"),
        ("definition", "national_immunisation", "states"),
    ],
)
def test_each_rule_has_a_source_of_its_own_and_the_line_it_stands_on(kind, name, begins):
    found = origins(kind, name, begins)
    assert found
    for origin in found:
        assert isinstance(origin, Lines)
        source, line = origin.items
        assert source not in ("同全文", "同这张表", "没有写出处")
        assert isinstance(line, Tag) and re.fullmatch(r"第 \d+ 行", line.text)


def said(inline):
    return "；".join(said(one) for one in inline.items) if isinstance(inline, Lines) else getattr(inline, "text", None) or str(inline)


def test_a_dose_is_told_with_all_that_decides_about_it():
    rows = {
        (section.title, row[0], said(row[1]).split("；")[0]): "｜".join(said(cell) for cell in row)
        for section in page("definition", "national_immunisation").sections
        for block in section.blocks
        if isinstance(block, Table)
        for row in block.rows
    }
    assert "与第 1 剂至少隔 4 个月" in rows["乙肝", "第 3 剂", "乙肝疫苗"]
    assert "结核菌素试验" in rows["卡介苗", "第 1 剂", "卡介苗"]
    assert "最好不超过 10 天" in rows["乙脑", "第 2 剂", "乙脑灭活疫苗"]
    assert "改用白破疫苗" in rows["百白破", "第 5 剂", "百白破疫苗"]
    assert "A 群流脑不足 2 剂的，满 24 个月起" in rows["A 群 C 群流脑", "第 1 剂", "A 群 C 群流脑多糖疫苗"]
    assert "种过 1 剂的，与它的末剂至少隔 3 个月" in rows["A 群 C 群流脑", "第 1 剂", "A 群 C 群流脑多糖疫苗"]
    assert "全程含Ⅱ型成分至少 2 剂" in rows["脊灰", "第 4 剂", "脊灰减毒活疫苗"]


def test_what_a_window_counts_from_is_said_in_words():
    due = "；".join(said(row[1]) for table in tables("programme", "maternal", "due") for row in table.rows)
    assert "从末次月经第一天起" in due and "从“分娩记录”的出院日期起" in due and "从“分娩记录”那天起" in due
