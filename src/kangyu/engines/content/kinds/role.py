"""A role: what a job may see and do, how far it reaches, and where it starts in the morning."""

from typing import Literal

from .base import Declaration, Key

Permission = Literal[
    "plan.view",
    "plan.import",
    "plan.review",
    "indicator.view",
    "indicator.report",
    "indicator.persons",
    "person.view",
    "person.find",
    "visit.record",
    "visit.correct",
    "worklist.view",
    "export.figures",
    "import.records",
    "account.manage",
    "content.view",
    "content.load",
    "audit.view",
]


class Role(Declaration):
    """``within`` is the widest circle of people and places the role sees."""

    kind: Literal["role"]
    may: tuple[Permission, ...]
    within: Literal["county", "township", "institution"]
    home: Literal["planner", "doctor", "supervisor", "administrator"]
    account: Key | None = None
    why: str
