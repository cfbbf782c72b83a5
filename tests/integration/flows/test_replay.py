"""A changed rule run over last year's visits: who comes out differently, and by how much a figure moves."""

from datetime import date
from pathlib import Path

import pytest

from kangyu.engines.cases import prepare
from kangyu.engines.content import Content
from kangyu.engines.language.subject import Subject
from kangyu.flows import replay
from kangyu.gateways import content
from kangyu.kernel.errors import ProblemsError
from kangyu.kernel.period import Period
from world import care, qinghe

pytestmark = pytest.mark.django_db(transaction=True)
YEAR = Period(date(2025, 1, 1), date(2025, 12, 31))
PROGRAMME = "programmes/hypertension/programme.yaml"
STRICTER = ("case when age() >= 65 then 150 else 140 end", "130")


@pytest.fixture(autouse=True)
def world(empty_record):
    qinghe.build()
    return care.li_is_treated()


def changed(file: str, old: str, new: str) -> Content:
    text = (Path(content.folder()) / file).read_text(encoding="utf-8")
    assert old in text
    return replay.draft(content.current(), file, text.replace(old, new, 1))


def test_a_stricter_goal_moves_the_visits_between_the_two_goals(world):
    new = changed(PROGRAMME, *STRICTER)
    found = replay.programme(content.current(), new, "hypertension", YEAR)
    assert (found.visits, found.people, found.changed_people) == (3, 1, 1)
    moved = {(shift.before, shift.after): shift.count for shift in found.shifts if shift.name == "随访分类"}
    assert moved == {("控制满意", "控制不满意"): 2}
    assert {pid for pid, _, _, _ in found.examples} == {world}
    assert [(line[0], line[1]) for line in found.institutions] == [("clinic-dongli", 3)]


def test_a_rule_that_looks_back_sees_what_the_same_version_made_of_the_visit_before():
    """February and May are not at the new goal, so May is the second time in a row: only a chained replay finds it."""
    new = changed(PROGRAMME, *STRICTER)
    found = replay.programme(content.current(), new, "hypertension", YEAR)
    twice = [shift for shift in found.shifts if shift.name.startswith("规则") and shift.after == "成立" and "连续" in shift.name]
    assert sum(shift.count for shift in twice) == 2


def test_the_same_rules_change_nothing():
    found = replay.programme(content.current(), content.current(), "hypertension", YEAR)
    assert (found.visits, found.changed, found.shifts, found.institutions) == (3, 0, (), ())


def test_replay_judges_as_the_form_does():
    """The judgement of the population is the judgement on the page."""
    prepared = prepare(content.current(), content.current().programmes["hypertension"])
    at_visit = Subject(
        fields={"birth_date": date(1958, 5, 1), "sex": "female"},
        tables={},
        today=date(2025, 8, 15),
        form={"systolic": 156.0, "diastolic": 92.0, "adverse_reaction": False, "new_complication": False, "symptoms": []},
    )
    assert prepared.visit(at_visit)["outcome"] == "uncontrolled"


def test_an_indicator_shows_both_figures_and_whom_the_change_concerns(world):
    file = content.current().document(content.current().indicators["hypertension_control"]).file
    text = (Path(content.folder()) / file).read_text(encoding="utf-8")
    new = (
        replay.draft(content.current(), file, text.replace("true_when:", "true_when: not exists(deaths) and (1 = 0) and", 1))
        if ("true_when: |" not in text)
        else replay.draft(content.current(), file, text.replace("true_when: |\n", "true_when: |\n  1 = 0 and\n", 1))
    )
    found = replay.indicator(content.current(), new, "hypertension_control", YEAR, date(2025, 11, 21))
    assert found.after == 0
    assert found.before is not None


def test_a_draft_that_does_not_hold_is_refused_with_its_line():
    with pytest.raises(ProblemsError) as refused:
        changed(PROGRAMME, "systolic >= goal_systolic", "systolic >= gaol_systolic")
    assert "gaol_systolic" in refused.value.problems[0].message
    assert refused.value.problems[0].place.startswith(PROGRAMME)
