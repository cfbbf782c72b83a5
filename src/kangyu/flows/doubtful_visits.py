"""Signs of visits that may not have been made, as a work list: each with what became of it, and a case opened about one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from kangyu.apps.cases.queries import doubtful
from kangyu.apps.cases.queries.doubtful import Standing
from kangyu.apps.governance.access import Viewer
from kangyu.engines.cases.plausibility import Sign
from kangyu.flows import case_work
from kangyu.flows.case_happen import case_id
from kangyu.flows.case_work import SubjectRef
from kangyu.kernel.errors import UserError

PROCEDURE = "doubtful_visits"
NEW = "new"
ORDER = ("explained", NEW, "looked", "asked", "confirmed", "cleared")
"""The states in the order in which they ask for the supervisor; a state of a changed declaration comes last."""


@dataclass(frozen=True)
class Item:
    """One sign of one institution with its case, if somebody looked at it."""

    sign: Sign
    name: str
    case: str
    standing: Standing | None

    @property
    def state(self) -> str:
        return self.standing.state if self.standing else NEW


def work_list(viewer: Viewer, on: date) -> list[Item]:
    """Every sign within reach, those that ask for the viewer first, the strongest first. ``DeniedError`` without the right."""
    found = [(sign, one.name) for one in doubtful.doubts(viewer, on) for sign in one.signs]
    cases = [_case(sign) for sign, _ in found]
    known = doubtful.standing(cases)
    items = [Item(sign, name, case, known.get(case)) for (sign, name), case in zip(found, cases, strict=True)]
    place = {state: number for number, state in enumerate(ORDER)}
    return sorted(items, key=lambda item: (place.get(item.state, len(place)), -item.sign.strong, item.sign.key))


def take_up(viewer: Viewer, on: date, key: str, *, move: str, said: Mapping[str, str]) -> str:
    """Open the case about a sign by one of its first moves; ``said`` is the sign in words. The case's id, the same for the same sign."""
    item = next((item for item in work_list(viewer, on) if item.sign.key == key), None)
    if item is None:
        raise UserError("这条线索已经不在名单里：记录改过了，或不在您督导的范围内。请刷新名单。")
    carry = {"sign": said["title"], "found": said["what"], "records": len(item.sign.responses)}
    subject = SubjectRef("institution", item.sign.org)
    return case_work.open_case(viewer, PROCEDURE, subject, move=move, carry=carry, key=key)


def _case(sign: Sign) -> str:
    return case_id(PROCEDURE, SubjectRef("institution", sign.org), sign.key)
