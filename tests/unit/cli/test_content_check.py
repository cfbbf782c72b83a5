import shutil

import pytest

from declarations import FOLDER
from kangyu.cli import main


@pytest.fixture
def copy(tmp_path):
    for part in FOLDER.iterdir():
        if part.is_dir() and part.name not in ("plans", "indicators", "statements", "schemas"):
            shutil.copytree(part, tmp_path / part.name, ignore=shutil.ignore_patterns("appraisal_appeal"))
    return tmp_path


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_shipped_content_passes_with_all_examples(capsys):
    assert main(["content", "check", str(FOLDER)]) == 0
    said = capsys.readouterr().out
    assert "hypertension  46/46；每个分支都走到了" in said


def test_a_typo_ends_with_file_line_remedy_and_1(copy, capsys):
    change(copy / "programmes/hypertension/programme.yaml", "belongs:", "belong:")
    assert main(["content", "check", str(copy)]) == 1
    said = capsys.readouterr().out
    assert "programmes/hypertension/programme.yaml:8" in said
    assert "是不是 belongs？" in said
    assert "要改 2 处" in said


def test_an_example_that_comes_out_otherwise_ends_with_1(copy, capsys):
    change(copy / "programmes/child/programme.yaml", "haemoglobin < 110", "haemoglobin <= 110")
    assert main(["content", "check", str(copy)]) == 1
    said = capsys.readouterr().out
    assert "血红蛋白 110，不是贫血" in said
    assert "fired：应得 没有，实得 anaemia" in said


def test_examples_may_be_left_out(copy, capsys):
    change(copy / "programmes/child/programme.yaml", "haemoglobin < 110", "haemoglobin <= 110")
    assert main(["content", "check", str(copy), "--no-examples"]) == 0
    assert "例子没有跑" in capsys.readouterr().out


def test_a_branch_without_an_example_is_named(copy, capsys):
    change(
        copy / "programmes/child/programme.yaml",
        "  development:\n",
        "  tall:\n    when: height > 140\n    do: [{advise: recheck}]\n  development:\n",
    )
    assert main(["content", "check", str(copy)]) == 0
    assert "没有例子走到：act.tall" in capsys.readouterr().out


def test_a_folder_that_is_not_there_says_so(tmp_path, capsys):
    assert main(["content", "check", str(tmp_path / "none")]) == 1
    assert "没有这个文件夹" in capsys.readouterr().out
