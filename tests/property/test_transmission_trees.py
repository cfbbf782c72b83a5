"""What must hold of every transmission tree and every curve, whatever the links."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from kangyu.engines.outbreaks import onset_curve, transmission_tree

DAYS = st.none() | st.integers(0, 40).map(lambda number: date(2025, 3, 1) + timedelta(days=number))
NAMES = [f"c{number}" for number in range(12)]
ONSETS = st.dictionaries(st.sampled_from(NAMES), DAYS, min_size=1, max_size=12)
EDGES = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=30)


@settings(max_examples=150, deadline=None)
@given(ONSETS, EDGES)
def test_every_case_stands_once_one_generation_below_its_source(onsets, edges):
    tree = transmission_tree(onsets, edges)
    assert set(tree.nodes) == set(onsets)
    for id, node in tree.nodes.items():
        assert node.generation == (tree.nodes[node.source].generation + 1 if node.source else 0)
        assert all(tree.nodes[child].source == id for child in node.infected)
        if node.infected:
            lanes = [tree.nodes[child].lane for child in node.infected]
            assert min(lanes) <= node.lane <= max(lanes)
    assert tree.linked + len(tree.dropped) == len(edges)


@settings(max_examples=150, deadline=None)
@given(ONSETS, EDGES)
def test_leaves_have_lanes_of_their_own_and_generations_do_not_overlap(onsets, edges):
    tree = transmission_tree(onsets, edges)
    leaves = sorted(node.lane for node in tree.nodes.values() if not node.infected)
    assert leaves == [float(number) for number in range(tree.lanes)]
    places = [(node.generation, node.lane) for node in tree.nodes.values()]
    assert len(places) == len(set(places))
    assert sum(tree.generations) + len(tree.alone) == len(onsets)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(DAYS, st.sampled_from(["confirmed", "clinical", "carrier"])), max_size=40))
def test_a_curve_counts_every_dated_case_once_and_has_no_gap(onsets):
    curve = onset_curve(onsets, ("confirmed", "clinical"))
    assert curve.total + curve.undated == len(onsets)
    assert curve.total == sum(day is not None for day, _ in onsets)
    for before, after in zip(curve.days, curve.days[1:], strict=False):
        assert (after.on - before.on).days == curve.span
