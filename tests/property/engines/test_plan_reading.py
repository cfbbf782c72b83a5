"""However a plan is damaged on its way, reading it fails in words or succeeds with positions that hold."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from kangyu.engines.plandoc import read, to_json
from kangyu.kernel.errors import UserError

SAMPLE = (Path(__file__).resolve().parents[3] / "content/plans/sample/yanghe-plan.txt").read_text(encoding="utf-8")
LINES = SAMPLE.splitlines()
MARKS = "一二三（）().、：；，。1234567890%‰/万年到至以上以下“”专栏表——\t\n |《》□岁个家所名提高降低不低于率医院建设"


def read_or_refuse(text: str):
    try:
        document = read(text.encode(), "plan.txt")
    except UserError as error:
        assert str(error)
        return None
    for item in (*document.indicators, *document.commitments, *document.tasks, *document.projects, *document.facts):
        assert document.text[item.place.start : item.place.end] == item.place.quote
        assert document.text.count("\n", 0, item.place.start) + 1 == item.place.line
    to_json(document)
    return document


@settings(max_examples=25, deadline=None)
@given(st.integers(0, len(SAMPLE)))
def test_plan_cut_off_anywhere_is_read_or_refused(length):
    read_or_refuse(SAMPLE[:length])


@settings(max_examples=12, deadline=None)
@given(st.sets(st.integers(0, len(LINES) - 1), max_size=60))
def test_plan_with_lines_lost_is_read_or_refused(lost):
    read_or_refuse("\n".join(line for at, line in enumerate(LINES) if at not in lost))


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=MARKS, max_size=300))
def test_any_text_made_of_the_marks_of_the_genre_is_read_or_refused(text):
    read_or_refuse("青山县“十四五”卫生健康规划\n一、任务\n" + text)


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data):
    try:
        read(data, "plan.docx")
    except UserError as error:
        assert str(error)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, len(LINES)))
def test_reading_twice_gives_the_same(start):
    text = "\n".join(LINES[start:])
    first, second = read_or_refuse(text), read_or_refuse(text)
    assert first == second
