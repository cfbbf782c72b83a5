"""A long document in parts: nothing lost, nothing twice, cut before headings, no part too long."""

from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

from kangyu.web.highlight import Paragraph
from kangyu.web.parts import LARGEST, parts
from kangyu.web.reviewing import Item


def line(number: int, text: str = "字", level: int = 0) -> Paragraph:
    return Paragraph(number, SafeString(text), level)


def entry(id: int, at: int) -> Item:
    return Item(id, 1, "task", "任务", f"任务 {id}", [], "", at, "pending", "warn", "待审", [], [])


def test_short_document_is_one_part():
    (only,) = parts([line(1), line(2)], [entry(1, 2)])
    assert (only.number, only.following, len(only.lines), len(only.items)) == (1, 0, 2, 1)


def test_empty_document_has_a_part_that_holds_nothing():
    (only,) = parts([], [])
    assert only.lines == [] and only.items == []


def test_part_ends_before_a_chapter_rather_than_within():
    third = "字" * (LARGEST // 3 // 4)
    lines = [line(1), *(line(n, third) for n in range(2, 5)), line(5, "第二章", 1), *(line(n, third) for n in range(6, 9))]
    cut = parts(lines, [])
    assert [part.lines[0].number for part in cut] == [1, 5] and cut[0].next_line == 5 and cut[0].following == 2


@given(
    lengths=st.lists(st.tuples(st.integers(0, 40_000), st.integers(0, 3)), max_size=30),
    places=st.lists(st.integers(1, 30), max_size=60),
)
def test_every_line_and_entry_is_in_one_part_and_none_is_too_long(lengths, places):
    lines = [line(number, "字" * size, level) for number, (size, level) in enumerate(lengths, 1)]
    items = [entry(id, at) for id, at in enumerate(sorted(places), 1) if at <= len(lines)]
    cut = parts(lines, items)
    assert [one.number for part in cut for one in part.lines] == [one.number for one in lines]
    assert [one.id for part in cut for one in part.items] == [one.id for one in items]
    for part in cut:
        assert {item.line for item in part.items} <= {one.number for one in part.lines}
        assert len(part.lines) <= 1 or sum(len(one.html.encode()) for one in part.lines) <= LARGEST
