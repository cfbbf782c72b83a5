"""Named numbers of `content/settings/` in expressions: read by their bare name, one meaning each."""

import shutil
from datetime import date

import pytest

from declarations import FOLDER, shipped
from kangyu.engines.content import load
from kangyu.engines.content.checker import check_content
from kangyu.engines.content.vocabulary import event_tables, schema_for, settings_of
from kangyu.engines.indicators.contributions import measures
from kangyu.engines.language import ExpressionError, check
from kangyu.engines.language.python_target import compile_python
from kangyu.engines.language.subject import Subject

FILE = "settings/emergencies.yaml"


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    root = tmp_path_factory.mktemp("content") / "content"
    shutil.copytree(FOLDER, root)
    return root


@pytest.fixture
def changed(copy):
    """Replaces a text in a file of a copy, loads the whole, and mends it again."""
    mended = {}

    def change(file, old, new):
        path = copy / file
        mended.setdefault(path, path.read_text(encoding="utf-8"))
        assert old in mended[path]
        path.write_text(mended[path].replace(old, new), encoding="utf-8")
        return load(copy)

    yield change
    for path, text in mended.items():
        path.write_text(text, encoding="utf-8")


def faults(content):
    """What is wrong in programmes and settings."""
    return [one for one in check_content(content) if one.severity == "error" and one.place.startswith(("programmes/", "settings/"))]


def test_a_setting_is_a_typed_constant_in_every_expression_and_within_where():
    content = shipped()
    assert settings_of(content)["emergency_systolic"] == 180
    schema = schema_for(content, "person", event_tables(content, {}))
    typed = check("exists(blood_pressure where systolic >= emergency_systolic)", schema)
    run = compile_python({"raised": typed})

    def found(systolic):
        rows = [{"id": "a", "on": date(2025, 1, 1), "systolic": systolic, "diastolic": 80.0, "org": "o"}]
        return run(Subject(fields={}, tables={"blood_pressure": rows}, today=date(2025, 2, 1)))["raised"]

    assert found(180.0) is True and found(179.0) is False
    with pytest.raises(ExpressionError):
        check("emergency_systolic = 'high'", schema)


def test_another_value_changes_what_the_rules_say(changed):
    content = changed(FILE, "value: 180", "value: 170")
    assert faults(content) == []
    assert settings_of(content)["emergency_systolic"] == 170


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("systolic", "同名"),
        ("goal_systolic", "推出的值同名"),
        ("blood_pressure", "与一张表同名"),
        ("birth_date", "同名"),
        ("soon_days", "已经有了"),
        ("today", "自己的词"),
        ("period", "自己的词"),
        ("not", "自己的词"),
        ("else", "自己的词"),
    ],
)
def test_a_name_with_two_meanings_is_refused_with_its_place(changed, name, words):
    found = faults(changed(FILE, "  emergency_diastolic", f"  {name}: {{value: 1, title: 试}}\n  emergency_diastolic"))
    (one,) = [problem for problem in found if problem.key == f"values.{name}"]
    assert words in one.message and one.remedy
    assert one.place.endswith("emergencies.yaml:7") or name == "soon_days"


def test_a_setting_that_is_gone_is_missed_where_it_was_read(changed):
    found = faults(changed(FILE, "emergency_diastolic", "another_name"))
    assert any("emergency_diastolic" in problem.message and "hypertension" in problem.place for problem in found)


def test_figures_are_due_again_when_a_setting_they_read_changes_and_only_then(changed):
    before = measures(shipped()).digest
    assert measures(changed(FILE, "value: 180", "value: 170")).digest == before, "no indicator reads it"
    reading = changed("indicators/hypertension_control.yaml", "else 140 end", "else emergency_systolic end")
    assert measures(reading).digest not in (before, measures(changed(FILE, "value: 180", "value: 160")).digest)
