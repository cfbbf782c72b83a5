from datetime import datetime

import pytest

from declarations import folder
from kangyu.engines.content import load
from kangyu.engines.content.checker import check_content
from kangyu.engines.forms import Attached, check_answers, prepare
from kangyu.engines.forms.paper import Filled, lay_out
from kangyu.engines.language.subject import Subject
from world import every_field

PRINT = """
print:
  title: 什么都有
  head: [{title: 姓名, says: '{subject.name}'}]
  rows:
    - cells: [{title: 体温, says: '{temperature:unit}'}, {title: 程度, says: '{level:choices}', width: 2}]
    - heading: 接触者
    - table: contacts
      columns: [who, days, total]
      blank_rows: 2
    - cells: [{title: 签字, says: '{signed}'}]
"""


@pytest.fixture(scope="module")
def form(tmp_path_factory):
    root = tmp_path_factory.mktemp("content")
    content = load(
        folder(root, terminology__some=every_field.CODES, definitions__units=every_field.UNITS, forms__f=every_field.FORM + PRINT)
    )
    assert content.problems == ()
    return prepare(content, content.forms["all_fields"])


def test_a_card_holds_answers_rows_and_the_signature(form):
    answers = {"temperature": 37.2, "level": "heavy", "contacts": [{"who": "甲", "days": 3, "hours": 2}]}
    cleaned = check_answers(form, answers, subject=Subject({}, {}, datetime(2025, 11, 21).date())).cleaned
    cleaned = {**cleaned, "signed": Attached("image/png", "张三", None, None, "b1")}
    sheet = lay_out(form, [Filled(cleaned)], {"name": "李样芳"})
    boxes = [[box.text for box in line.boxes] for line in sheet.lines]
    assert sheet.head == ("姓名　李样芳",) and sheet.columns == 3
    assert boxes[0] == ["体温：37.2 ℃", "程度：1 轻 2 重　[2]"] and boxes[1] == ["接触者"]
    assert boxes[2:4] == [["姓名", "接触天数", "共几小时"], ["甲", "3", "6.0"]]
    assert sheet.lines[4].boxes[0].picture == "b1" and boxes[4] == ["签字：张三"]


def test_a_blank_card_leaves_room(form):
    sheet = lay_out(form)
    assert [len(line.boxes) for line in sheet.lines] == [2, 1, 3, 3, 3, 1]
    assert sheet.lines[0].boxes[1].text == "程度：1 轻 2 重　[　]"


def test_a_name_that_is_not_there_is_found_when_checked(tmp_path):
    text = every_field.FORM + PRINT.replace("{temperature:unit}", "{temprature}")
    content = load(folder(tmp_path, terminology__some=every_field.CODES, definitions__units=every_field.UNITS, forms__f=text))
    (problem,) = [one for one in check_content(content) if one.severity == "error"]
    assert "temprature" in problem.message and "temperature" in problem.remedy
