"""Look-ups: a table with a row for each code, written out where a derived value takes from it."""

from datetime import date

import pytest
from pydantic import ValidationError

from declarations import FOLDER, shipped
from kangyu.engines.content import load
from kangyu.engines.content.kinds.definition import Lookup, Taken
from kangyu.engines.content.lookups import expression
from kangyu.engines.language import Schema, Type, check, compile_python
from kangyu.engines.language.subject import Subject

TABLE = Lookup.model_validate(
    {
        "of": "disease",
        "columns": {
            "hours": {"title": "时限", "type": "number"},
            "class": {"title": "类别", "type": "text"},
            "icd10": {"title": "编码", "type": "codes"},
        },
        "rows": {
            "cholera": {"hours": 2, "class": "a", "icd10": ["A00*"]},
            "measles": {"hours": 24, "icd10": ["B05*", "B05.9"]},
            "mumps": {"hours": 24, "class": "c", "icd10": ["B26*"]},
        },
    }
)
NAMES = {"cholera": "霍乱", "measles": "麻疹", "mumps": "流行性腮腺炎"}


def taken(column, disease):
    text = expression(TABLE, Taken(lookup="diseases", at="disease", take=column), NAMES)
    typed = check(text, Schema(fields={"disease": Type.TEXT}))
    return compile_python({"x": typed})(Subject({}, {}, date(2025, 11, 21), form={"disease": disease}))["x"]


def test_a_column_is_taken_by_the_code():
    assert [taken("hours", name) for name in ("cholera", "measles", "mumps", "plague", None)] == [2, 24, 24, None, None]
    assert taken("class", "measles") is None and taken("title", "mumps") == "流行性腮腺炎"


def test_equal_cells_share_a_branch():
    assert expression(TABLE, Taken(lookup="diseases", at="d", take="hours"), NAMES).count("when") == 2


def test_a_code_finds_its_row_by_the_longest_beginning():
    assert [TABLE.found_by("icd10", code) for code in ("A00.9", "B05.9", "B26", "J06.9", "")] == ["cholera", "measles", "mumps", None, None]


@pytest.mark.parametrize("row", [{"hours": "两小时"}, {"days": 2}, {"icd10": "A00"}])
def test_a_cell_that_does_not_fit_its_column_is_refused(row):
    written = TABLE.model_dump()
    with pytest.raises(ValidationError):
        Lookup.model_validate({**written, "rows": {"cholera": row}})


def test_a_look_up_that_is_not_there_is_said_with_its_line():
    name = "procedures/notifiable_case/procedure.yaml"
    text = (FOLDER / name).read_text(encoding="utf-8")
    wrong = text.replace("lookup: notifiable_diseases, at: disease, take: hours", "lookup: notifiable_disease, at: disease, take: hours", 1)
    other = text.replace("at: disease, take: hours", "at: disease, take: hour", 1)
    assert wrong != text != other
    for changed, word in ((wrong, "没有查找表"), (other, "没有 hour 这一列")):
        assert any(word in problem.message and problem.place.startswith(name) for problem in load(FOLDER, {name: changed}).problems)


def test_a_row_that_is_no_code_of_the_set_is_said():
    name = "definitions/notifiable_diseases.yaml"
    text = (FOLDER / name).read_text(encoding="utf-8")
    wrong = text.replace("    plague: {class", "    plagues: {class", 1).replace("of: notifiable_subtype\n", "of: notifiable_subtyp\n", 1)
    said = [problem.message for problem in load(FOLDER, {name: wrong}).problems]
    assert "值集 notifiable_disease 里没有 plagues" in said and "没有值集 notifiable_subtyp" in said


def test_the_forty_two_diseases_are_there_with_class_hours_codes_and_a_source_for_each_incubation():
    content = shipped()
    table = content.definitions["notifiable_diseases"].lookup
    assert set(table.rows) == set(content.value_sets["notifiable_disease"].codes) and len(table.rows) == 42
    classes = [row["class"] for row in table.rows.values()]
    assert (classes.count("a"), classes.count("b") + classes.count("b_as_a"), classes.count("c")) == (2, 29, 11)
    assert {key for key, row in table.rows.items() if row["hours"] == 2} == {"plague", "cholera", "sars"}
    assert all(row["icd10"] for row in table.rows.values())
    assert {key for key, row in table.rows.items() if ("incubation" in row) != ("incubation_source" in row)} == set()
    listed = {code for row in table.rows.values() for code in row["icd10"]}
    assert all(content.value_sets["notifiable_icd10"].holds(code.rstrip("*")) for code in listed)
    stray = [code for code in content.value_sets["notifiable_icd10"].codes if table.found_by("icd10", code.rstrip("*")) is None]
    assert stray == []
