"""What the checker says of registers, ledgers and standards that do not hold together: where, what, what to do."""

import pytest

from declarations import folder
from kangyu.engines.content import load
from kangyu.engines.content.checker import check_content

ROLE = "key: keeper\nkind: role\ntitle: 管理员\nwhy: 管\nmay: [register.view]\nwithin: county\nhome: none\n"
REGISTER = """
key: well
kind: register
title: 水井
singular: 井
is: Location
number: number
name: name
position: true
fields:
  number: {title: 编号, type: text, required: true}
  name: {title: 名称, type: text, required: true}
  depth: {title: 深度, type: decimal}
states: {used: 在用, shut: 封填}
moves:
  shut: {title: 封填, from: used, to: shut, by: keeper, needs: reason}
due:
  check: {form: check, every: 1 year, while: used}
find:
  deep: {title: 太深, when: it.depth > 300}
kept_by: [keeper]
"""
FORM = "key: check\nkind: form\ntitle: 检查\nabout: well\nfields:\n  level: {title: 水位, type: decimal}\n"
LEDGER = """
key: water
kind: ledger
title: 水账
unit: 吨
accounts:
  well: {title: 井, of: well}
  day: {title: 日, of: date}
"""
STANDARD = """
key: wells
kind: standard
title: 每村一井
each: village
need: 1
have: count(well where state = 'used')
reach:
  near: {title: 一公里, things: well, where: it.state = 'used', kilometres: 1}
"""


def said(tmp_path, **changes: tuple[str, str]) -> list[str]:
    """The problems after one text was replaced in a file."""
    texts = {"role": ROLE, "register": REGISTER, "form": FORM, "ledger": LEDGER, "standard": STANDARD}
    for name, (old, new) in changes.items():
        assert old in texts[name]
        texts[name] = texts[name].replace(old, new)
    places = {
        "role": "roles__keeper",
        "register": "registers__well__register",
        "form": "registers__well__check",
        "ledger": "ledgers__water",
    }
    files = {places.get(name, f"{name}s__{name}"): text for name, text in texts.items()}
    return [str(problem) for problem in check_content(load(folder(tmp_path, **files)))]


def test_they_hold_together(tmp_path):
    assert said(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("register", "by: keeper", "by: keepr", "没有角色 keepr"),
        ("register", "form: check,", "form: chek,", "没有表单 chek"),
        ("register", "while: used", "while: using", "没有状态 using"),
        ("register", "it.depth > 300", "it.dept > 300", "dept"),
        ("register", "it.depth > 300", "it.depth > 'x'", "deep"),
        ("register", "type: decimal}", "type: code, set: depths}", "没有值集 depths"),
        ("register", "kept_by: [keeper]", "kept_by: [nobody]", "没有角色 nobody"),
        ("ledger", "of: well}", "of: wells}", "没有登记册或值集 wells"),
        ("ledger", "unit: 吨", "unit: 吨\nlow: {by: [well], standard: nothing}", "没有标准 nothing"),
        ("standard", "each: village", "each: vilage", "没有地区级别或登记册 vilage"),
        ("standard", "count(well", "count(pump", "pump"),
        ("standard", "state = 'used')", "state = 'in_use')", "in_use"),
        ("standard", "things: well", "things: pump", "没有登记册 pump"),
        ("standard", "it.state = 'used'", "it.stat = 'used'", "stat"),
    ],
)
def test_fault_is_said_with_its_place(tmp_path, name, old, new, words):
    found = said(tmp_path, **{name: (old, new)})
    assert any(words in one and ".yaml:" in one for one in found), found


def test_reach_needs_things_with_a_place(tmp_path):
    assert any("没有经纬度" in one for one in said(tmp_path, register=("position: true", "position: false")))


def test_table_of_a_register_may_not_be_taken(tmp_path):
    assert any(
        "表 well_check 已经是一张表单" in one for one in said(tmp_path, register=("position: true", "position: true\ntable: well_check"))
    )


def test_standard_reads_only_what_lies_in_its_places(tmp_path):
    """A table that nobody can count by place, or that is about other things, would count as nothing."""
    village = "each: village\nneed: 1\nhave: count(well where state = 'used')"
    for have in ("count(well_check)", "sum(water.put)"):
        assert said(tmp_path, standard=(village, f"each: well\nneed: 1\nhave: {have}")) == []
    placeless = ("  well: {title: 井, of: well}\n", "")
    every_village = ("have: count(well where state = 'used')", "have: sum(water.put)")
    assert said(tmp_path, standard=every_village) == []
    found = said(tmp_path, ledger=placeless, standard=every_village)
    assert any("表 water 不能按地区或机构来数" in one and ".yaml:" in one for one in found), found


def test_need_and_have_are_in_one_unit(tmp_path):
    fields = "depth: {title: 深度, type: decimal, unit: m}\n  flow: {title: 流量, type: decimal, unit: L}"
    measured, plain = ("depth: {title: 深度, type: decimal}", fields), "need: 1\nhave: count(well where state = 'used')"
    found = said(tmp_path, register=measured, standard=(plain, "need: sum(well.flow)\nhave: sum(well.depth)"))
    assert any("单位是 L" in one and "单位是 m" in one and ".yaml:" in one for one in found), found
    assert said(tmp_path, register=measured, standard=(plain, "need: max(well.depth)\nhave: sum(well.depth)")) == []


def test_distance_is_in_kilometres(tmp_path):
    measured = ("depth: {title: 深度, type: decimal}", "depth: {title: 深度, type: decimal, unit: m}")
    found = said(tmp_path, register=measured, standard=("kilometres: 1}", "kilometres: max(well.depth)}"))
    assert any("要的是公里" in one for one in found), found
