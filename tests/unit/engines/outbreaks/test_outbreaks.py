"""Curves, trees and measures of outbreaks, by hand."""

from datetime import date, timedelta

import pytest

from kangyu.engines.outbreaks import attack_rate, onset_curve, over, transmission_tree
from kangyu.kernel.errors import UserError

D = date(2025, 11, 3)


def day(number: int) -> date:
    return D + timedelta(days=number)


def test_a_curve_has_every_day_from_the_one_before_the_first_onset_to_the_last():
    curve = onset_curve([(day(0), "confirmed"), (day(3), "clinical"), (day(3), "confirmed"), (None, "clinical")], ("confirmed", "clinical"))
    assert [one.on for one in curve.days] == [day(number) for number in range(-1, 4)]
    assert [one.total for one in curve.days] == [0, 1, 0, 0, 2]
    assert curve.days[-1].counts == {"confirmed": 1, "clinical": 1}
    assert (curve.total, curve.undated, curve.peak.on) == (3, 1, day(3))


def test_a_curve_goes_on_to_the_day_asked_for_and_keeps_layers_it_was_not_told_of():
    curve = onset_curve([(day(0), "carrier")], ("confirmed",), until=day(4))
    assert curve.days[-1].on == day(4) and curve.layers == ("confirmed", "carrier")


def test_a_long_curve_is_drawn_by_week():
    curve = onset_curve([(day(0), "a"), (day(200), "a"), (day(201), "a")], ("a",))
    assert curve.span == 7 and curve.total == 3 and len(curve.days) == 29


def test_nobody_with_a_day_of_onset_makes_no_bars():
    assert onset_curve([(None, "a")], ("a",)).days == () and onset_curve([], ("a",)).peak is None


ONSETS = {"a": day(0), "b": day(3), "c": day(4), "d": day(7), "e": day(2), "f": None}


def test_generations_are_counted_from_cases_without_a_source():
    tree = transmission_tree(ONSETS, [("a", "b"), ("a", "c"), ("b", "d")])
    assert {id: node.generation for id, node in tree.nodes.items()} == {"a": 0, "b": 1, "c": 1, "d": 2, "e": 0, "f": 0}
    assert tree.generations == (1, 2, 1)
    assert tree.alone == ("e", "f") and tree.linked == 3 and tree.most_infected == 2
    assert tree.intervals == (3, 4, 4) and tree.serial_interval == 4
    assert tree.reproduction == pytest.approx(3 / 3)


def test_a_source_stands_over_the_middle_of_those_it_infected():
    tree = transmission_tree(ONSETS, [("a", "b"), ("a", "c"), ("b", "d")])
    assert tree.nodes["d"].lane == tree.nodes["b"].lane == 0 and tree.nodes["c"].lane == 1 and tree.nodes["a"].lane == 0.5
    assert tree.lanes == 4


def test_a_circle_a_second_source_and_a_stranger_are_left_out():
    tree = transmission_tree({"a": day(0), "b": day(1)}, [("a", "b"), ("b", "a"), ("a", "a"), ("z", "a"), ("b", "b")])
    assert tree.nodes["a"].source == "" and tree.nodes["b"].source == "a"
    assert tree.dropped == (("b", "a"), ("a", "a"), ("z", "a"), ("b", "b"))


def test_an_interval_that_would_be_negative_is_not_counted():
    assert transmission_tree({"a": day(5), "b": day(1)}, [("a", "b")]).serial_interval is None


def test_the_attack_rate_has_its_interval_and_refuses_more_cases_than_people():
    rate = attack_rate(18, 120)
    assert rate.value == pytest.approx(15.0) and 9 < rate.low < 15 < rate.high < 23
    with pytest.raises(UserError, match="多于暴露人数"):
        attack_rate(5, 4)


def test_it_is_over_the_day_after_one_longest_incubation():
    assert not over(D, 10, day(10)).over
    after = over(D, 10, day(11))
    assert after.over and after.on == day(11) and after.quiet == 11
