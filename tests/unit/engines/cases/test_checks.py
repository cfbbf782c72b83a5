"""What the checker says of a procedure: each slip at its place, with a remedy."""

import pytest

from declarations import shipped
from kangyu.engines.cases.checks import procedure_problems
from unit.engines.cases.procedures import content


def test_the_shipped_procedures_hold_together():
    found = [str(problem) for one in shipped().procedures.values() for problem in procedure_problems(shipped(), one)]
    assert [text for text in found if "warning" not in text] == []


def faults(root, old: str, new: str) -> list[str]:
    loaded = content(root, change=(old, new))
    assert loaded.problems == (), loaded.problems
    roles = ("角色 doctor", "角色 head", "角色 reviewer")  # the small folder declares no roles
    found = [str(problem) for problem in procedure_problems(loaded, loaded.procedures["report"])]
    return [text for text in found if not any(role in text for role in roles)]


def test_a_sound_procedure_has_no_faults(tmp_path):
    assert faults(tmp_path, "title: 报告\n", "title: 报告\n") == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("form: card}\n  send", "form: crad}\n  send", "没有表单 crad 是不是 card"),
        ("by: reviewer at county, needs: reason", "by: reviewer at conty, needs: reason", "没有参与方 conty 是不是 county"),
        ("from: card.found_on", "from: card.found", "没有字段（表单 card） found"),
        ("from: card.found_on", "from: card.disease", "不是日期或时刻"),
        ("from: card.found_on", "from: snt", "没有状态或表单 snt 是不是 sent"),
        ("of: watch", "of: wach", "没有流程 wach 是不是 watch"),
        ("each: card.contacts", "each: card.disease", "没有这张重复表 card.disease"),
        ("carry: {name: row.name,", "carry: {nam: row.name,", "不认识带去的 nam"),
        ("when: row.close", "when: row.clos", "没有叫 row.clos 的字段"),
        ("needs: disease is not null", "needs: desease is not null", "没有叫 desease 的字段"),
        ("when: serious = 'yes'", "when: serious = 'sure'", "serious 不会等于“sure”"),
        ("heading: disease", "heading: found_on", "要"),
        ("closed: 结案,", "closed: 结案, lost: 失踪,", "到不了状态“失踪”"),
        ("limit: 24 hours", "limit: 24 hours, calendar: nights", "没有日历 nights"),
        ("about: institution\nheading", "about: hospital\nheading", "没有对象 hospital"),
    ],
)
def test_each_slip_is_reported_where_it_stands(tmp_path, old, new, says):
    if "calendar" in new:
        new = "limit: 24 hours\n    calendar: nights"
    found = faults(tmp_path, old, new)
    assert any(says in text for text in found), found
    assert all("procedures/report/procedure.yaml:" in text for text in found)


def test_a_move_that_can_never_be_made_is_reported(tmp_path):
    loaded = content(
        tmp_path,
        states=("dropped: 删除}", "dropped: 删除, odd: 孤岛}"),
        move=("  close: {", "  leave: {title: 离开, from: odd, to: closed, by: doctor}\n  close: {"),
    )
    found = "\n".join(str(problem) for problem in procedure_problems(loaded, loaded.procedures["report"]))
    assert "到不了状态“孤岛”" in found and "“离开”永远办不了" in found
