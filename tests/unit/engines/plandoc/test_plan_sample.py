"""The sample plan that ships for the import tour: complete, and with exactly the two contradictions planted in it."""

import time
from pathlib import Path

import pytest

from kangyu.engines.plandoc import read

SAMPLE = Path(__file__).resolve().parents[4] / "content/plans/sample/yanghe-plan.txt"


@pytest.fixture(scope="module")
def sample():
    return read(SAMPLE.read_bytes(), SAMPLE.name)


def test_sample_has_everything_the_tour_shows(sample):
    assert sample.title == "样河县“十四五”卫生健康发展规划"
    assert [row.seq for row in sample.indicators] == [str(number) for number in range(1, 27)]
    assert {row.nature for row in sample.indicators} == {"binding", "expected"}
    assert [task.no for task in sample.tasks] == [str(number) for number in range(1, 25)] + ["S1", "S2", "S3", "S4", "S5"]
    assert all(task.lead_departments for task in sample.tasks)
    assert len(sample.commitments) > 80
    assert {project.kind for project in sample.projects} == {"construction", "programme"}
    assert len(sample.facts) > 10


def test_sample_holds_exactly_two_planted_contradictions(sample):
    found = [
        warning
        for warning in sample.warnings
        if warning.kind in {"text_vs_table", "text_vs_text", "target_worse_than_baseline", "arithmetic"}
    ]
    assert [warning.kind for warning in found] == ["text_vs_table", "text_vs_text"]
    assert "居民健康素养水平" in found[0].message
    assert "县域医疗次中心" in found[1].message


def test_plan_is_read_within_a_second(sample):
    data = SAMPLE.read_bytes()
    start = time.process_time()
    read(data, SAMPLE.name)
    assert time.process_time() - start < 1


def test_every_item_stands_where_its_position_says(sample):
    items = [*sample.indicators, *sample.commitments, *sample.tasks, *sample.projects, *sample.facts]
    for item in items:
        assert sample.text[item.place.start : item.place.end] == item.place.quote != ""
        assert sample.text.count("\n", 0, item.place.start) + 1 == item.place.line
