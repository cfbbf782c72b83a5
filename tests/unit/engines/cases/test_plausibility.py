from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest

from kangyu.engines.cases.plausibility import Limits, Load, Recorded, chi_square_tail, loads, signs

DAY = date(2025, 10, 28)
LIMITS = Limits(readings=40, rounded=0.5, chance=0.001, visits_a_day=20, alike=5)


def visit(n, *, org="a", on=DAY, pressure=(131, 82), answers="", died=None, face=True):
    return Recorded(f"r{n}", n, org, on, face, *(pressure or (None, None)), answers, died)


def honest(many, org="a", seed=1):
    random = Random(seed)
    return [
        visit(n, org=org, on=DAY - timedelta(days=n % 90), pressure=(random.randint(108, 178), random.randint(60, 104)), answers=f"{n}")
        for n in range(many)
    ]


@pytest.mark.parametrize(("statistic", "freedom"), [(0.5, 9), (4, 9), (9, 9), (16.919, 9), (21.666, 9), (60, 9), (3.841, 1), (200, 9)])
def test_the_tail_is_that_of_the_chi_square_distribution(statistic, freedom):
    from scipy.special import chdtrc

    assert chi_square_tail(statistic, freedom) == pytest.approx(chdtrc(freedom, statistic), rel=1e-9, abs=1e-300)


def test_honest_readings_raise_no_sign():
    assert [sign for seed in range(30) for sign in signs(honest(200, seed=seed), LIMITS)] == []


def test_readings_that_end_in_0_or_5_are_seen():
    rounded = [visit(n, on=DAY - timedelta(days=n), pressure=(130 + 5 * (n % 4), 80 + 5 * (n % 3))) for n in range(40)]
    (sign,) = signs(rounded, LIMITS)
    assert sign.kind == "digits" and sign.figures["share"] == 1 and sign.figures["chance"] < 1e-20 and len(sign.responses) == 40
    assert signs(rounded[:39], LIMITS) == [], "39 readings are too few to judge"


def test_readings_of_a_gauge_that_shows_even_numbers_are_not_suspicious():
    random = Random(3)
    even = [visit(n, on=DAY - timedelta(days=n), pressure=(2 * random.randint(55, 85), 2 * random.randint(30, 50))) for n in range(120)]
    assert signs(even, LIMITS) == [], "a mercury gauge reads to 2 mmHg: one in five ends in 0"


def test_a_day_with_more_people_than_can_be_met_is_seen():
    crowd = [visit(n, answers=f"{n}", pressure=None) for n in range(21)]
    (sign,) = signs(crowd, LIMITS)
    assert (sign.kind, sign.on, sign.figures["people"]) == ("density", DAY, 21)
    assert signs(crowd[:20], LIMITS) == []
    assert signs([visit(n, pressure=None, face=False) for n in range(99)], LIMITS) == [], "calls by phone can be many"


def test_the_same_answers_for_many_people_on_one_day_are_seen():
    copied = [visit(n, answers="same", pressure=None) for n in range(5)]
    (sign,) = signs(copied, LIMITS)
    assert sign.kind == "clones" and sign.responses == ("r0", "r1", "r2", "r3", "r4")
    assert signs(copied[:4], LIMITS) == []
    assert signs([visit(1, answers="same", pressure=None)] * 9, LIMITS) == [], "one person's visit stored again is no copy"


def test_a_visit_after_death_is_seen_and_one_on_the_day_is_not():
    dead = visit(1, on=DAY, died=DAY - timedelta(days=12), pressure=None)
    (sign,) = signs([dead, visit(2, on=DAY, died=DAY, pressure=None)], LIMITS)
    assert sign.kind == "after_death" and sign.figures == {"visits": 1, "days": 12} and sign.responses == ("r1",)


def test_signs_belong_to_their_institution_and_the_strongest_comes_first():
    found = signs(
        [*honest(60, "b"), visit(999, org="c", died=DAY - timedelta(days=1)), *[visit(n, org="d", answers="x") for n in range(6)]], LIMITS
    )
    assert [(sign.org, sign.kind) for sign in found] == [("c", "after_death"), ("d", "clones")]


def test_a_crowded_day_of_one_person_is_told_once_and_by_name():
    limits = Limits(visits_a_day=20, visits_a_day_of_one=10)
    crowd = [replace(visit(n, answers=f"{n}", pressure=None), performer="zhu") for n in range(21)]
    (sign,) = signs(crowd, limits)
    assert (sign.kind, sign.performer, sign.figures["limit"]) == ("density", "zhu", 10), "the place adds nothing to it"
    shared = crowd[:12] + [replace(one, performer="qin") for one in crowd[12:]]
    assert [(one.performer, one.figures["people"]) for one in signs(shared, limits)] == [("zhu", 12), ("", 21)]
    assert [sign.performer for sign in signs([replace(one, performer="") for one in crowd], limits)] == [""]
    assert signs(crowd[:10], limits) == []


def test_loads_count_people_a_day_face_to_face():
    records = [replace(visit(n, on=DAY - timedelta(days=n % 2), pressure=None), performer="zhu") for n in range(5)]
    records += [replace(visit(9, on=DAY, pressure=None, face=False), performer="zhu"), visit(10, pressure=None)]
    assert loads([*records, replace(records[0], response="again")]) == [Load("zhu", 5, 2, 3, DAY)]


def test_a_sign_keeps_its_key_while_it_is_about_the_same_and_not_beyond():
    copied = [visit(n, answers="same", pressure=None) for n in range(5)]
    (first,), (more,) = signs(copied, LIMITS), signs([*copied, visit(6, answers="same", pressure=None)], LIMITS)
    assert first.key == more.key and first.responses != more.responses
    dead = [visit(1, died=DAY - timedelta(days=9), pressure=None)]
    later = [*dead, visit(2, on=DAY + timedelta(days=1), died=DAY, pressure=None)]
    (one,), (other,) = signs(dead, LIMITS), signs(later, LIMITS)
    assert one.key != other.key, "a new visit after death asks to be looked at anew"
