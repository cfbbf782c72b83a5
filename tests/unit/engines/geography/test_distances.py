"""Distances against a published value, the two forms against each other, who lies within reach."""

import numpy as np
import pytest

from kangyu.engines.geography import Place, coverage, kilometres, matrix_km, nearest


def test_haversine_agrees_with_the_worked_value():
    assert kilometres((120, 30), (120.1, 30.1)) == pytest.approx(14.7065, abs=5e-5)


@pytest.mark.parametrize(("a", "b", "km"), [((116, 36), (116, 36), 0), ((0, 0), (180, 0), 20015.1), ((0, 90), (0, -90), 20015.1)])
def test_distance_at_the_edges(a, b, km):
    assert kilometres(a, b) == pytest.approx(km, abs=0.1)


def test_many_at_once_agree_with_one_by_one():
    random = np.random.default_rng(7)
    points, others = random.uniform((110, 30), (120, 40), (20, 2)), random.uniform((110, 30), (120, 40), (15, 2))
    expected = [[kilometres(tuple(a), tuple(b)) for b in others] for a in points]
    assert np.allclose(matrix_km(points, others), expected, atol=1e-9)


A, B = Place("a", 116.0, 36.0, 300), Place("b", 116.1, 36.0, 100)
STATION = Place("s", 116.0, 36.0)


def test_share_counts_people_not_places():
    found = coverage([A, B], [STATION], 5)
    assert (found.share, found.within) == (0.75, 300)
    ((key, thing, far),) = found.beyond
    assert (key, thing, round(far, 2)) == ("b", "s", 9.0)


def test_the_limit_itself_is_within():
    far = kilometres((116.1, 36.0), (116.0, 36.0))
    assert coverage([B], [STATION], far).share == 1.0
    assert coverage([B], [STATION], far - 1e-6).share == 0.0


def test_without_things_everybody_is_beyond_and_without_people_nothing_is_said():
    assert coverage([A], [], 20).beyond == (("a", "", None),)
    assert coverage([], [STATION], 20).share is None
    assert nearest([A], []) == [None]
