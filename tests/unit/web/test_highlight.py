"""Marks in a document's text: exact, escaped, overlapping, over several lines."""

import re

from kangyu.apps.planning.queries import Mark, MarkedLine
from kangyu.web.highlight import paragraphs


def mark(item: int, start: int, end: int, kind: str = "task") -> Mark:
    return Mark(start, end, item, kind, "pending")


def plain(html: str) -> str:
    return re.sub(r"<[^>]*>", "", html).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def test_text_outside_marks_is_unchanged_and_escaped():
    found = paragraphs([MarkedLine(1, "一 < 二"), MarkedLine(2, "三 & 四")], {}, {})
    assert [paragraph.html for paragraph in found] == ["一 &lt; 二", "三 &amp; 四"]
    assert [paragraph.number for paragraph in found] == [1, 2]


def test_mark_covers_exactly_the_quote_and_leads_to_its_entry():
    text = "到2025年，人均预期寿命达到78岁。"
    (only,) = paragraphs([MarkedLine(1, text, (mark(3, 7, 16, "commitment"),))], {3: "寿命"}, {})
    assert '<span id="hit-3"></span><a class="hit h-commitment" href="#item-3" title="寿命">人均预期寿命达到7</a>' in only.html
    assert plain(only.html) == text


def test_overlapping_marks_keep_the_text_and_link_to_the_shorter():
    (only,) = paragraphs([MarkedLine(1, "abcdefgh", (mark(1, 0, 8), mark(2, 2, 4)))], {}, {})
    assert plain(only.html) == "abcdefgh"
    assert re.findall(r'href="#item-(\d)"[^>]*>(\w+)<', only.html) == [("1", "ab"), ("2", "cd"), ("1", "efgh")]
    assert only.html.count('id="hit-1"') == only.html.count('id="hit-2"') == 1


def test_item_over_two_lines_is_marked_in_both_and_named_once():
    found = paragraphs([MarkedLine(1, "第一行", (mark(9, 1, 3),)), MarkedLine(2, "第二行", (mark(9, 0, 2),))], {}, {})
    assert [plain(one.html) for one in found] == ["第一行", "第二行"]
    assert [one.html.count("hit-9") for one in found] == [1, 0]
    assert [one.html.count("#item-9") for one in found] == [1, 1]


def test_titles_cannot_break_out():
    (only,) = paragraphs([MarkedLine(1, "x", (mark(1, 0, 1),))], {1: '"><script>alert(1)</script>'}, {})
    assert "<script>" not in only.html


def test_headings_carry_their_level():
    assert [one.level for one in paragraphs([MarkedLine(1, "标题"), MarkedLine(2, "正文")], {}, {1: 2})] == [2, 0]


def test_lone_character_keeps_its_colour_and_is_no_link():
    (only,) = paragraphs([MarkedLine(1, "增长。", (mark(4, 2, 3),))], {}, {})
    assert only.html == '增长<span id="hit-4"></span><span class="hit h-task">。</span>'
