"""``kangyu plan import``: a summary for a person, JSON lines for a program, errors per file."""

import argparse
import json
from pathlib import Path

import pytest

from kangyu.cli import plan

SAMPLE = Path(__file__).resolve().parents[3] / "content/plans/sample/yanghe-plan.txt"


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    plan.add_arguments(parser)
    return plan.run(parser.parse_args(["import", *arguments]))


def test_summary_counts_and_warns_in_chinese(capsys):
    assert run(str(SAMPLE)) == 0
    shown = capsys.readouterr().out
    assert "《样河县“十四五”卫生健康发展规划》" in shown
    assert "指标 26 项" in shown and "任务 29 项" in shown
    assert "同一指标两个目标" in shown


def test_json_is_one_object_a_document_with_the_agreed_keys(capsys, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("青山县“十四五”卫生健康规划\n一、发展目标\n到2025年，产前筛查率达到90%。\n", encoding="gb18030")
    assert run("--json", str(SAMPLE), str(other)) == 0
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert {"title", "outline", "indicators", "commitments", "tasks", "projects", "warnings"} <= first.keys()
    assert second["title"] == "青山县“十四五”卫生健康规划"
    [row] = second["commitments"]
    columns = ("plan", "section_heading", "subject", "deadline_year", "comparator", "value", "unit", "deadline_basis")
    assert {key: row[key] for key in columns} == {
        "plan": "other", "section_heading": "一、发展目标", "subject": "产前筛查率", "deadline_year": "2025",
        "comparator": "eq", "value": "90", "unit": "%", "deadline_basis": "same_sentence",
    }  # fmt: skip


@pytest.mark.parametrize(("content", "says"), [(None, "找不到"), (b"", "空的"), (b"\x89PNG\r\n\x1a\n0000", "图片")])
def test_file_that_cannot_be_read_is_named_and_the_others_are_still_read(content, says, capsys, tmp_path):
    bad = tmp_path / "bad.txt"
    if content is not None:
        bad.write_bytes(content)
    assert run(str(bad), str(SAMPLE)) == 1
    shown = capsys.readouterr()
    assert str(bad) in shown.err and says in shown.err
    assert "样河县" in shown.out


def test_folder_is_refused_in_words(capsys, tmp_path):
    assert run(str(tmp_path)) == 1
    assert "文件夹" in capsys.readouterr().err
