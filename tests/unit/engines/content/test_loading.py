from datetime import date

import pytest
from pydantic import ValidationError

from declarations import folder, shipped
from kangyu.engines.content import load
from kangyu.kernel.errors import ProblemsError

FORM = """
key: follow_up
kind: form
title: 随访
fields:
  systolic: {title: 收缩压, type: decimal, unit: mm[Hg], possible: 60..300}
"""
FORM = FORM.replace("mm[Hg]", "'mm[Hg]'")


def problem(tmp_path, **files):
    (found,) = load(folder(tmp_path, **files)).problems
    return found


def test_the_shipped_declarations_load_without_a_problem():
    assert shipped().problems == ()
    assert {"hypertension", "diabetes"} <= set(shipped().programmes)


def test_a_form_of_a_programme_is_known_by_its_table(tmp_path):
    content = load(folder(tmp_path, programmes__gout__follow_up=FORM, forms__follow_up=FORM))
    assert set(content.forms) == {"gout_follow_up", "follow_up"}
    assert content.form_of("gout", "follow_up").name == "gout_follow_up"
    assert content.form_of("other", "follow_up").name == "follow_up"


def test_a_typo_in_a_key_names_file_line_and_the_likely_key(tmp_path):
    found = problem(tmp_path, forms__a=FORM.replace("possible", "posible"))
    assert (found.place, found.key, found.message, found.remedy) == ("forms/a.yaml:6", "posible", "不认识的键 posible", "是不是 possible？")


def test_a_typo_in_a_choice_names_the_likely_one(tmp_path):
    found = problem(tmp_path, forms__a=FORM.replace("decimal", "decimel"))
    assert found.place == "forms/a.yaml:6"
    assert found.remedy == "是不是 decimal？"


def test_a_missing_key_says_which(tmp_path):
    found = problem(tmp_path, forms__a=FORM.replace("title: 随访\n", ""))
    assert found.message == "缺少 title"


def test_a_wrong_type_says_what_is_wanted(tmp_path):
    found = problem(tmp_path, forms__a=FORM.replace("fields:", "sections: 三\nfields:"))
    assert "列表" in found.message


def test_a_range_written_wrongly_says_how_to_write_it(tmp_path):
    found = problem(tmp_path, forms__a=FORM.replace("60..300", "60-300"))
    assert "60..300" in found.remedy


def test_limits_the_wrong_way_round_are_refused(tmp_path):
    found = problem(tmp_path, forms__a=FORM.replace("60..300", "300..60"))
    assert "下限大于上限" in found.message


def test_an_unknown_kind_names_the_likely_one(tmp_path):
    found = problem(tmp_path, forms__a=FORM.replace("kind: form", "kind: from"))
    assert (found.key, found.remedy) == ("kind", "是不是 form？")


def test_a_folder_that_is_not_there_is_a_problem(tmp_path):
    assert [found.message for found in load(tmp_path / "none").problems] == ["没有这个文件夹"]


def test_one_bad_file_leaves_the_others_loaded(tmp_path):
    content = load(folder(tmp_path, forms__a=FORM, forms__b="key: b\nkind: form\n"))
    assert set(content.forms) == {"follow_up"}
    with pytest.raises(ProblemsError, match=r"forms/b\.yaml"):
        content.require_sound()


def test_the_version_in_force_on_a_day_is_found(tmp_path):
    old = FORM.replace("kind: form", "kind: form\nvalid: {from: 2017-02-28}")
    new = FORM.replace("kind: form", "kind: form\nvalid: {from: 2026-03-01}").replace("60..300", "50..300")
    content = load(folder(tmp_path, forms__a=new, forms__b=old))
    assert content.problems == ()
    assert [version.fields["systolic"].possible for version in content.forms.versions("follow_up")] == ["60..300", "50..300"]
    assert content.forms.at("follow_up", date(2026, 2, 28)).fields["systolic"].possible == "60..300"
    assert content.forms.at("follow_up", date(2026, 3, 1)).fields["systolic"].possible == "50..300"
    assert content.forms.at("follow_up", date(2017, 2, 27)) is None
    assert content.forms["follow_up"].fields["systolic"].possible == "50..300"


def test_a_day_sees_what_is_in_force_then_and_nothing_of_next_year(tmp_path):
    old = FORM.replace("title: 随访", "title: 旧随访\nvalid: {from: 2020-01-01}")
    new = FORM.replace("title: 随访", "title: 新随访\nvalid: {from: 2026-01-01}")
    gone = FORM.replace("key: follow_up", "key: census").replace("title: 随访", "title: 普查\nvalid: {from: 2020-01-01, to: 2021-12-31}")
    content = load(folder(tmp_path, forms__old=old, forms__new=new, forms__gone=gone))
    assert content.turns == (date(2020, 1, 1), date(2022, 1, 1), date(2026, 1, 1))
    assert content.on(date(2025, 12, 31)).forms["follow_up"].title == "旧随访"
    assert content.on(date(2026, 1, 1)).forms["follow_up"].title == "新随访"
    assert "census" in content.on(date(2021, 12, 31)).forms
    assert "census" not in content.on(date(2022, 1, 1)).forms
    assert set(content.on(date(2019, 12, 31)).forms) == set()


def test_two_declarations_of_one_key_are_refused(tmp_path):
    found = problem(tmp_path, forms__a=FORM, forms__b=FORM)
    assert found.place == "forms/b.yaml:2"
    assert "forms/a.yaml:2" in found.remedy


def test_declarations_cannot_be_changed():
    form = shipped().forms["hypertension_follow_up"]
    with pytest.raises(ValidationError):
        form.title = "别的"
    with pytest.raises(TypeError):
        shipped().value_sets["physician"] = None


def test_a_value_set_of_a_whole_system_is_spelled_out():
    codes = shipped().value_sets["visit_kind"]
    assert codes.codes == ("clinic", "home", "phone")
    assert codes.system == "urn:kangyu:cs:visit_kind"


def test_prefixes_of_a_value_set_hold_what_begins_so():
    chronic = shipped().value_sets["major_chronic_disease"]
    assert all(chronic.holds(code) for code in ("C34.9", "I63.9", "E11.9", "J44.1", "J98.9", "J30.1"))
    assert not any(chronic.holds(code) for code in ("J18.9", "J99.0", "E15", "D05", "A16.2", "K74"))
