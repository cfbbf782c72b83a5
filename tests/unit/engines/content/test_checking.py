import re
import shutil

import pytest

from declarations import FOLDER, shipped
from kangyu.engines.content import load
from kangyu.engines.content.checker import check_content
from kangyu.engines.content.vocabulary import event_tables

PROGRAMME = "programmes/hypertension/programme.yaml"
FORM = "programmes/hypertension/follow_up.yaml"
PARTS = tuple(path.name for path in FOLDER.iterdir() if path.is_dir() and path.name not in ("plans", "indicators", "statements", "schemas"))
"""Everything programmes speak of; not the plans and indicators that speak of them."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    root = tmp_path_factory.mktemp("content")
    for part in PARTS:
        shutil.copytree(FOLDER / part, root / part, ignore=shutil.ignore_patterns("appraisal_appeal"))
    return root


@pytest.fixture
def broken(copy):
    """A function that replaces a text in a file of a copy, checks the whole, and mends it again."""
    changed = {}

    def change(file, old, new):
        path = copy / file
        changed.setdefault(path, path.read_text(encoding="utf-8"))
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return [problem for problem in check_content(load(copy)) if problem.severity == "error"]

    yield change
    for path, text in changed.items():
        path.write_text(text, encoding="utf-8")


def line_of(file, text):
    return next(number for number, line in enumerate((FOLDER / file).read_text(encoding="utf-8").splitlines(), 1) if text in line)


def test_the_shipped_declarations_hold_together():
    assert check_content(shipped()) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "remedy"),
    [
        (PROGRAMME, "uncontrolled: systolic", "uncontrolled: systolc", "systolic"),
        (PROGRAMME, "set: outcome", "set: outcom", "outcome"),
        (PROGRAMME, "form: elderly_health_check", "form: elderly_helth_check", "elderly_health_check"),
        (PROGRAMME, "{advise: lifestyle}", "{advise: lifestile}", "lifestyle"),
        (PROGRAMME, "prev.outcome = outcome", "prev.outcom = outcome", "outcome"),
        (PROGRAMME, "outcome in ('uncontrolled', 'reaction') and", "outcome in ('uncontroled', 'reaction') and", "uncontrolled"),
        (FORM, "becomes: heart_rate", "becomes: hart_rate", "heart_rate"),
        (FORM, "becomes: blood_pressure.systolic", "becomes: blood_pressure.systole", "systolic"),
        (FORM, "set: rating", "set: ratings", "rating"),
        ("views/glucose.yaml", "subject: person", "subject: persn", "person"),
    ],
)
def test_a_slip_is_found_at_its_line_with_the_likely_word(broken, file, old, new, remedy):
    problems = broken(file, old, new)
    assert problems
    assert problems[0].place == f"{file}:{line_of(file, old)}"
    assert remedy in problems[0].remedy


def test_a_slip_on_the_second_line_of_a_rule_is_found_there(broken):
    (problem,) = broken(PROGRAMME, "and (systolic >= 140 or diastolic >= 90)\n    do:", "and (systolic >= 140 or diastolc >= 90)\n    do:")
    assert problem.place == f"{PROGRAMME}:{line_of(PROGRAMME, 'or pregnant_or_lactating and')}"


def test_a_condition_that_is_a_number_is_refused(broken):
    (problem,) = broken(PROGRAMME, "complication: new_complication", "complication: systolic + 1")
    assert problem.key == "derive.outcome.table.complication"


def test_an_unread_file_blames_only_itself(broken):
    problems = broken(PROGRAMME, "belongs:", "belong:")
    assert {problem.place.split(":")[0] for problem in problems} == {PROGRAMME}


def test_an_example_that_names_no_table_or_column_is_refused(broken):
    file = "programmes/diabetes/examples.yaml"
    (problem,) = broken(file, "glucose: [{on: 2025-08-01, value: 7.0}]", "glucose: [{on: 2025-08-01, valu: 7.0}]")
    assert (problem.key, problem.remedy) == ("valu", "是不是 value？")


def test_the_tables_are_those_of_the_contract():
    """docs/record-shapes.md is what twin, views and declarations agree on; every table and column named there is declared."""
    text = (FOLDER.parent / "docs" / "record-shapes.md").read_text(encoding="utf-8")
    section = text.split("## Tables", 1)[1].split("## Forms", 1)[0]
    known = event_tables(shipped(), {})
    for line in section.splitlines():
        if line.startswith("| ") and not line.startswith(("| table", "|---")):
            names, _, columns = (cell.strip() for cell in line.strip("|").split("|")[:3])
            for name in names.split(", "):
                assert name in known
                if name in shipped().tables:
                    wanted = {word.strip() for word in re.sub(r"\(.*?\)", "", columns.split(";")[0]).split(",")} - {"to"}
                    assert wanted <= set(known[name].columns), name
                    assert known[name].interval == (" to," in f" {columns}"), name
