"""What is said of conditions without running them is true of every value: covering and contradiction against evaluation by brute force."""

import itertools
import random

import pytest

from kangyu.engines.language import Schema, Subject, Type, check, compile_python
from kangyu.engines.language.covering import covers, never

SCHEMA = Schema(fields={"x": Type.NUMBER, "y": Type.NUMBER, "c": Type.TEXT, "b": Type.BOOLEAN})
VALUES = [
    dict(zip("xycb", row, strict=True)) for row in itertools.product((None, 0, 1, 2, 3, 4, 5), (None, 1, 3), ("a", "b", None), (True, None))
]


def tree(text: str):
    return check(text, SCHEMA).tree


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("x >= 140", "x >= 160"),
        ("x >= 140", "x > 140"),
        ("x >= 140 or y >= 90", "y >= 95"),
        ("x >= 140", "x >= 150 and b"),
        ("x between 1 and 9", "x >= 2 and x < 8"),
        ("c in ('a', 'b')", "c = 'a'"),
        ("x >= 1 and y >= 1", "x >= 2 and y = 1"),
        ("x >= 1", "x = 3 or x > 7"),
    ],
)
def test_a_condition_covers_a_narrower_one_and_not_the_other_way_round(earlier, later):
    assert covers(tree(earlier), tree(later)) and not covers(tree(later), tree(earlier))


@pytest.mark.parametrize(
    "text",
    [
        "x > 5 and x < 3",
        "x > 3 and x <= 3",
        "c = 'a' and c = 'b'",
        "(x > 5 and x < 3) or (c = 'a' and c in ('b'))",
        "b and x > 2 and (x < 1 and b)",
    ],
)
def test_contradictions_never_hold(text):
    assert never(tree(text))


def test_a_field_that_cannot_hold_the_value_never_lets_the_condition_hold():
    assert never(tree("x > 400"), {"x": (60, 300)}) and not never(tree("x >= 300"), {"x": (60, 300)})


def _random_condition(chance: random.Random, depth: int = 2) -> str:
    if depth and chance.random() < 0.6:
        word = chance.choice((" and ", " or "))
        return "(" + word.join(_random_condition(chance, depth - 1) for _ in range(2)) + ")"
    if chance.random() < 0.25:
        return chance.choice(("c = 'a'", "c in ('a', 'b')", "c = 'b'", "b"))
    return f"{chance.choice('xy')} {chance.choice(('>', '>=', '<', '<=', '='))} {chance.randint(0, 5)}"


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_claimed_holds_for_every_value(seed):
    chance, claims = random.Random(seed), 0
    for _ in range(400):
        one, two = _random_condition(chance), _random_condition(chance)
        program = compile_python({"one": check(one, SCHEMA), "two": check(two, SCHEMA)})
        results = [program(Subject({}, {}, None, None, form)) for form in VALUES]
        if covers(tree(one), tree(two)):
            claims += 1
            assert all(found["one"] is True for found in results if found["two"] is True), (one, two)
        if never(tree(one)):
            claims += 1
            assert not any(found["one"] is True for found in results), one
    assert claims > 5
