"""What follows from the rules that hold (rule 12)."""

from datetime import date
from typing import Any

import pytest

from kangyu.engines.language.actions import Firing, firings, read_actions, together
from kangyu.kernel.errors import ProblemsError

TODAY = date(2025, 11, 30)
RULES = {
    "emergency": read_actions([{"advise": "refer", "urgency": "urgent"}, {"revisit": "within 2 weeks"}]),
    "twice": read_actions([{"advise": "refer", "urgency": "routine"}, {"revisit": "within 2 weeks"}]),
    "not_at_goal": read_actions([{"advise": "review_medicines"}, {"revisit": "in 1 month"}]),
    "report": read_actions([{"tell": "clinic"}, {"tell": "hospital", "urgency": "urgent"}, {"open": "referral", "carry": ["x"]}]),
}
OTHERWISE = read_actions([{"revisit": "in 3 months"}])


def follow(**held: Any) -> list[Firing]:
    return firings(RULES, {name: held.get(name, False) for name in RULES}, today=TODAY, otherwise=OTHERWISE)


def summary(found: list[Firing]) -> list[tuple[Any, ...]]:
    return [(firing.action.verb, firing.action.target, firing.action.urgency) for firing in found if firing.due is None]


def test_else_fires_when_nothing_holds_and_unknown_does_not_hold() -> None:
    [again] = follow(emergency=None)
    assert (again.rules, again.due, again.within) == (("else",), date(2026, 2, 28), False)


def test_the_most_urgent_advice_stands_and_the_earliest_revisit_wins() -> None:
    found = follow(emergency=True, twice=True, not_at_goal=True)
    assert summary(found) == [("advise", "refer", "urgent")]
    assert found[0].rules == ("emergency", "twice")
    [again] = [firing for firing in found if firing.due]
    assert (again.due, again.within, again.rules) == (date(2025, 12, 14), True, ("emergency", "twice", "not_at_goal"))


def test_other_verbs_keep_every_target() -> None:
    assert summary(follow(report=True)) == [("tell", "clinic", "advised"), ("tell", "hospital", "urgent"), ("open", "referral", "advised")]


def test_programmes_of_a_combined_visit_are_settled_together() -> None:
    diabetes = firings(
        {"d": read_actions([{"advise": "refer", "urgency": "emergency"}, {"revisit": "in 1 week"}])}, {"d": True}, today=TODAY
    )
    found = together([*follow(not_at_goal=True), *diabetes])
    assert summary(found) == [("advise", "refer", "emergency")]
    assert [firing.due for firing in found if firing.due] == [date(2025, 12, 7)]


@pytest.mark.parametrize(
    ("entry", "key"),
    [
        ({"advice": "refer"}, "do"),
        ({"advise": "refer", "tell": "x"}, "do"),
        ({"advise": "refer", "urgency": "urgnt"}, "urgency"),
        ({"revisit": "soon"}, "revisit"),
        ({"revisit": "in 3 hours"}, "revisit"),
    ],
)
def test_a_wrong_action_is_refused(entry: dict[str, str], key: str) -> None:
    with pytest.raises(ProblemsError) as caught:
        read_actions([entry])
    assert caught.value.problems[0].key == key
