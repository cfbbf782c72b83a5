"""Rows, rules and fields that can never come about are said with their line; what nobody uses is a reminder."""

import shutil

import pytest

from declarations import FOLDER
from kangyu.engines.content import load
from kangyu.engines.content.check_reach import unused
from kangyu.engines.content.checker import check_content

PROGRAMME, FORM = "programmes/hypertension/programme.yaml", "programmes/hypertension/follow_up.yaml"


@pytest.fixture
def changed(tmp_path):
    """The shipped declarations with one text replaced; gives the problems that this made."""

    def change(file: str, old: str, new: str):
        root = tmp_path / "content"
        shutil.copytree(FOLDER, root)
        path = root / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) >= 1, old
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        content = load(root)
        return [problem for problem in (*check_content(content), *unused(content)) if problem.place.startswith(file)]

    return change


def test_a_row_that_a_row_above_always_takes_is_said(changed):
    found = changed(
        PROGRAMME, "      controlled: else", "      severe: systolic >= goal_systolic and adverse_reaction\n      controlled: else"
    )
    assert any("永远轮不到" in problem.message and "reaction" in problem.message for problem in found)


def test_a_rule_that_contradicts_itself_is_said(changed):
    found = changed(PROGRAMME, "when: systolic is null or diastolic is null", "when: systolic > 200 and systolic < 100")
    assert any("规则“没测”从不触发" in problem.message for problem in found)


def test_a_rule_beyond_what_its_field_can_hold_is_said(changed):
    found = changed(PROGRAMME, "when: systolic is null or diastolic is null", "when: systolic > 310")
    assert any("从不触发" in problem.message for problem in found)


def test_a_field_that_is_never_shown_is_said_with_its_line(changed):
    found = changed(FORM, "show_when: exercise_per_week > 0", "show_when: exercise_per_week > 0 and exercise_per_week < 0")
    assert [problem.message for problem in found if problem.severity == "error"] == ["“每次运动”从不显示：这个条件永远不会成立"]


def test_a_value_set_that_nobody_uses_is_a_reminder_and_one_that_is_used_is_not(changed):
    found = changed(
        "terminology/diseases.yaml", "  primary_hypertension:", "  nobody_asks: {title: 没人问, codes: [Z99*]}\n  primary_hypertension:"
    )
    unused = {problem.key: problem.severity for problem in found}
    assert unused["nobody_asks"] == "warning" and "primary_hypertension" not in unused
