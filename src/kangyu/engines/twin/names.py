"""Invented names of places and people."""

from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ruamel.yaml import YAML

Texts = NDArray[Any]

MARK = "样"


@cache
def lists() -> dict[str, Any]:
    """The declared lists of names."""
    text = resources.files(__package__).joinpath("names.yaml").read_text(encoding="utf-8")
    declared: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return declared


@cache
def surnames() -> tuple[Texts, NDArray[np.float64]]:
    """Surnames and how common they are."""
    names = np.array(lists()["surnames"], dtype=object)
    weights = 1 / (np.arange(len(names)) + 4.0)
    return names, weights / weights.sum()


@cache
def _given() -> tuple[Texts, Texts]:
    """Given names of men and of women: 样 before or after one or two characters."""

    def variants(characters: list[str]) -> Texts:
        ones = [MARK + one for one in characters] + [one + MARK for one in characters]
        return np.array(ones, dtype=object)

    return variants(lists()["given_male"]), variants(lists()["given_female"])


def given_names(female: NDArray[Any], random: np.random.Generator) -> Texts:
    """A given name for each person."""
    male_names, female_names = _given()
    draws = random.random(len(female))
    names = np.where(female, female_names[(draws * len(female_names)).astype(int)], male_names[(draws * len(male_names)).astype(int)])
    return names


def village_names(count: int, random: np.random.Generator) -> list[str]:
    """``count`` different village names."""
    declared = lists()
    every = [a + b + c for a in declared["village_first"] for b in declared["village_second"] for c in declared["village_third"]]
    rounds = -(-count // len(every))
    named = [name + ("" if turn == 0 else f"第{turn + 1}") for turn in range(rounds) for name in random.permutation(every)]
    return named[:count]
