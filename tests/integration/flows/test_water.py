"""Drinking water: a sample is judged by the limits of its point, a failed one opens a correction with a clock, a good retest closes it."""

from datetime import date, timedelta

import pytest

from kangyu.apps.cases.models import CaseFile
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import SYSTEM, viewer_of
from kangyu.apps.governance.actions import accounts
from kangyu.apps.registers import queries
from kangyu.apps.registers.actions import things
from kangyu.apps.registers.actions.things import Card
from kangyu.apps.registers.models import Thing
from kangyu.engines.forms import Named
from kangyu.flows import case_work, thing_work
from world import care
from world.qinghe import DONGLI

GOOD = {
    "purpose": "routine", "total_coliform": 0, "colony_count": 20, "turbidity": 0.4, "odour": False, "ph": 7.4, "residual": 0.35,
    "permanganate": 1.2, "fluoride": 0.6, "nitrate": 6.0,
}  # fmt: skip


@pytest.fixture
def officer(qinghe):
    care.stand_on()
    account = accounts.open_account(
        username="water", password="correct-horse-7", display_name="水样清", role="env_health_officer", by=SYSTEM, area="370899"
    )
    return viewer_of(account)


def point(by, **changes) -> Thing:
    card = {
        "number": "SZ-001", "name": "东里水厂出厂水", "village": Named(DONGLI, "Location", "东里村"), "kind": "plant_outlet",
        "scale": "large", "disinfection": "free_chlorine", "served": 5200, **changes,
    }  # fmt: skip
    return things.register("water_point", Card(card, org="clinic-dongli", longitude=116.4, latitude=35.7, since=date(2025, 1, 1)), by=by)


def sampled(by, thing, key="k", on=None, **changes):
    return thing_work.save_form(by, thing.id, "sample", {**GOOD, **changes}, key=key, on=on)


def over(followed) -> list[str]:
    return followed.saved.judged.judgement.derived["over"].value


@pytest.mark.parametrize(
    ("kind", "scale", "disinfection", "answers", "expected"),
    [
        ("plant_outlet", "large", "free_chlorine", {}, []),
        ("plant_outlet", "large", "free_chlorine", {"turbidity": 1.0, "colony_count": 100, "fluoride": 1.0, "nitrate": 10}, []),
        ("plant_outlet", "large", "free_chlorine", {"turbidity": 1.01}, ["turbidity"]),
        ("tap", "small", "free_chlorine", {"turbidity": 3.0, "colony_count": 500, "fluoride": 1.2, "nitrate": 20}, []),
        ("tap", "small", "free_chlorine", {"turbidity": 3.1, "fluoride": 1.21, "nitrate": 20.1}, ["turbidity", "nitrate", "fluoride"]),
        ("plant_outlet", "large", "free_chlorine", {"residual": 0.29}, ["residual_low"]),
        ("tap", "large", "free_chlorine", {"residual": 0.05}, []),
        ("tap", "large", "free_chlorine", {"residual": 0.04}, ["residual_low"]),
        ("tap", "large", "free_chlorine", {"residual": 2.1}, ["residual_high"]),
        ("plant_outlet", "large", "chloramine", {"residual": 0.4}, ["residual_low"]),
        ("plant_outlet", "large", "chlorine_dioxide", {"residual": 0.9}, ["residual_high"]),
        ("tap", "large", "chlorine_dioxide", {"residual": 0.02}, []),
        ("spread", "small", "none", {"residual": None}, []),
        ("tap", "large", "free_chlorine", {"ph": 6.4}, ["ph"]),
        ("tap", "large", "free_chlorine", {"ph": 8.6, "ammonia": 0.51, "permanganate": 3.1}, ["ph", "permanganate", "ammonia"]),
        ("tap", "large", "free_chlorine", {"total_coliform": 2, "e_coli": 0}, ["total_coliform"]),
        ("tap", "large", "free_chlorine", {"arsenic": 0.011, "lead": 0.01, "hardness": 451, "solids": 1000}, ["arsenic", "hardness"]),
    ],
)
def test_sample_is_judged_by_the_limits_of_its_point(officer, kind, scale, disinfection, answers, expected):
    thing = point(officer, kind=kind, scale=scale, disinfection=disinfection)
    followed = sampled(officer, thing, **answers)
    assert over(followed) == expected
    assert followed.saved.judged.judgement.derived["verdict"].value == ("unqualified" if expected else "qualified")
    assert bool(followed.cases) == bool(expected)


def test_failed_sample_opens_one_correction_with_its_clock(officer):
    thing = point(officer)
    followed = sampled(officer, thing, total_coliform=3, e_coli=1)
    case = CaseFile.objects.get()
    assert (case.id, case.procedure, case.state, case.subject_id) == (followed.cases[0], "water_correction", "told", thing.id)
    assert case.due_clock == "mend"
    assert (case.due - case.opened).total_seconds() == 24 * 3600
    assert sampled(officer, thing, total_coliform=3, e_coli=1).saved.again
    assert CaseFile.objects.count() == 1
    thing.refresh_from_db()
    assert thing.flags == ["failing"]
    assert queries.answers(thing, "water_point_sample")[0]["over"] == ["total_coliform", "e_coli"]


def test_good_retest_closes_the_correction_and_a_bad_one_returns_it(officer):
    thing = point(officer)
    case = sampled(officer, thing, fluoride=1.4).cases[0]
    measures = {"cause": "source", "warned": True, "measures": "换井", "done_on": "2025-11-21"}
    case_work.make_move(officer, case, "mend", answers=measures, key="m1")
    sampled(officer, thing, key="r1", purpose="retest", fluoride=1.3)
    soon()
    assert CaseFile.objects.get(id=case).state == "told"
    care.stand_on(date(2025, 11, 25))
    case_work.make_move(officer, case, "mend", answers={**measures, "done_on": "2025-11-25"}, key="m2")
    sampled(officer, thing, key="r2", purpose="retest")
    soon()
    found = CaseFile.objects.get(id=case)
    assert (found.state, found.ended) == ("closed", True)
    assert CaseFile.objects.count() == 1


def soon() -> None:
    """What the background process does within a second."""
    assert case_work.fire_due(clock.now() + timedelta(seconds=2)) >= 1
