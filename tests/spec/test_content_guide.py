"""The guide tells the truth: its files are those of ``tests/guide``, load and pass; the mistakes it names get the messages it names."""

import re
import shutil
from pathlib import Path

import pytest

from declarations import FOLDER
from kangyu.engines.cases.examples import run_examples
from kangyu.engines.content import load
from kangyu.engines.content.checker import check_content
from kangyu.engines.handbook.speaking import Speeches
from kangyu.engines.language import ExpressionError, check
from kangyu.engines.language.function_parser import AGGREGATES, FUNCTIONS

ROOT = Path(__file__).resolve().parents[2]
GUIDE, FILES = ROOT / "docs" / "content-guide.zh-CN.md", ROOT / "tests" / "guide"
BLOCK = re.compile(r"<!-- file: (\S+) -->\n```yaml\n(.*?)```\n", re.S)
MISTAKE = re.compile(r"^\| `([^`]+)` \| (.+?) \|$", re.M)


def guide() -> str:
    return GUIDE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def with_guide(tmp_path_factory):
    root = tmp_path_factory.mktemp("guide") / "content"
    shutil.copytree(FOLDER, root)
    for name, text in BLOCK.findall(guide()):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return load(root)


def test_every_block_is_a_file_of_the_worked_example_and_the_other_way_round():
    blocks = dict(BLOCK.findall(guide()))
    assert blocks == {path.relative_to(FILES).as_posix(): path.read_text(encoding="utf-8") for path in FILES.rglob("*.yaml")}
    assert guide().count("```yaml") == len(blocks)


def test_what_the_guide_writes_holds_together(with_guide):
    assert [problem for problem in check_content(with_guide) if problem.severity == "error"] == []


def test_the_guides_examples_come_out_as_written_and_reach_every_branch(with_guide):
    run = run_examples(with_guide, ["copd", "oxygen_loan"])
    assert [outcome.differences for outcome in run.failed] == []
    assert len(run.outcomes) == 9 and run.untouched == {}


def mistakes() -> list[tuple[str, str]]:
    section = guide().split("## 六、")[1].split("## 七、")[0]
    return MISTAKE.findall(section)


def test_there_are_mistakes_to_learn_from():
    assert len(mistakes()) >= 10


@pytest.mark.parametrize(("text", "message"), mistakes(), ids=[text for text, _ in mistakes()])
def test_a_mistake_gets_the_message_the_guide_names(with_guide, text, message):
    content = with_guide
    speeches = Speeches(content)
    schema = speeches.visit(content.programmes["hypertension" if "symptoms" in text or text.startswith("x") else "copd"]).schema
    with pytest.raises(ExpressionError) as error:
        check(text.replace("x ", "systolic ", 1) if text.startswith("x ") else text, schema)
    assert message.rstrip("。") in str(error.value)


def test_every_function_of_the_language_is_in_the_guides_table():
    table = guide().split("## 五、")[1].split("## 六、")[0]
    assert [name for name in (*AGGREGATES, *FUNCTIONS) if f"{name}(" not in table] == []
