"""A receiver sees a case once it was sent to it, not while its sender still writes."""

from dataclasses import replace
from datetime import datetime

import pytest

from declarations import shipped
from kangyu.engines.cases.case import Case, Step, StepKind, SubjectRef, stepped
from kangyu.engines.cases.parties import hidden
from kangyu.engines.content.kinds import Procedure

NOW = datetime(2025, 11, 21, 9)
EMPTY = Case("one", SubjectRef("person", "1"), parties={"giver": "clinic", "taker": "county", "follow": "clinic"})


@pytest.fixture(scope="module")
def referral() -> Procedure:
    return shipped().procedures["referral"]


def walked(*states: str, case: Case = EMPTY) -> Case:
    """The case after moves into these states, one after another."""
    for state in states:
        case = stepped(case, Step(case.number + 1, "move", "m", case.state, state, NOW, by="shen"))
    return case


def handed(case: Case, to: str, by: str, kind: StepKind = "hand_over") -> Case:
    """The case with another receiver."""
    step = Step(case.number + 1, kind, f"taker:{case.parties['taker']}>{to}", case.state, case.state, NOW, by=by)
    return replace(stepped(case, step), parties={**case.parties, "taker": to})


@pytest.mark.parametrize(
    ("states", "unseen"),
    [
        (("draft",), {"taker"}),
        (("draft", "draft"), {"taker"}),
        (("draft", "withdrawn"), {"taker"}),
        (("sent",), set()),
        (("draft", "sent", "draft"), set()),
        (("draft", "sent", "withdrawn"), set()),
        (("sent", "refused"), set()),
    ],
)
def test_a_receiver_sees_what_was_sent_to_it(referral: Procedure, states: tuple[str, ...], unseen: set[str]) -> None:
    assert hidden(referral, walked(*states)) == unseen


def test_another_receiver_sees_it_only_when_it_is_sent_again(referral: Procedure) -> None:
    elsewhere = walked("draft", case=handed(walked("sent", "refused"), "tcm", "system"))
    assert hidden(referral, elsewhere) == {"taker"}
    assert hidden(referral, walked("sent", case=elsewhere)) == set()


def test_who_takes_over_from_a_receiver_sees_it_at_once(referral: Procedure) -> None:
    assert hidden(referral, handed(walked("sent", "accepted"), "tcm", "boss")) == set()
    assert hidden(referral, walked("closed", case=handed(walked("sent", "returned"), "tcm", "boss"))) == set()
