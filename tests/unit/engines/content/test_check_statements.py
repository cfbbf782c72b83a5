"""Slips in a statement, each found at its place."""

import shutil

import pytest

from declarations import FOLDER
from kangyu.engines.content import load
from kangyu.engines.content.checker import check_content

FILE = "statements/two_card_appraisal.yaml"
SLIPS = [
    ("table: severe_mental_follow_up", "table: severe_mental_followup", "没有按人记录的表 severe_mental_followup"),
    ("org: provider}", "org: supplier}", "没有列（表 service_check） supplier"),
    ("indicator: hypertension_control", "indicator: hypertension_contrl", "没有计算的指标 hypertension_contrl"),
    ("computed_by: phc_office", "computed_by: phc_ofice", "没有角色 phc_ofice"),
    ("opens: appraisal_appeal", "opens: appraisal_apeal", "没有流程 appraisal_apeal"),
    ("weight: unit_elderly", "weight: unit_eldery", "unit_eldery"),
    ("gives: workload * quality / 100", "gives: workload * pay / 100", "pay"),
    ("when: appeal_over and appeals_open = 0", "when: appeals_open", "结果要是是否"),
    ("from: final\n", "from: finished\n", "没有状态 finished"),
    ("corrected: pay", "corrected: payment", "没有列 payment"),
    ("    gives: (public_health", "    full: 3\n    gives: (public_health", "full 只跟着 items"),
    ("  amount: two_card_pool", "  amount: two_card_pol", "two_card_pol"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("content") / "content"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("schemas"))
    return folder


@pytest.mark.parametrize(("right", "wrong", "says"), SLIPS)
def test_a_slip_in_a_statement_is_found_at_its_place(copy, right, wrong, says):
    file = copy / FILE
    text = file.read_text(encoding="utf-8")
    assert text.count(right) >= 1
    try:
        file.write_text(text.replace(right, wrong, 1), encoding="utf-8")
        found = [problem for problem in check_content(load(copy)) if problem.place.startswith(FILE)]
    finally:
        file.write_text(text, encoding="utf-8")
    assert any(says in f"{one.message}{one.remedy}" for one in found), [str(one) for one in found]
    assert all(":" in one.place for one in found)
