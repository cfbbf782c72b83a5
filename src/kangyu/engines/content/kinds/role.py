"""A role: what a job may see and do, how far it reaches, and where it starts in the morning."""

from typing import Literal

from kangyu.kernel.permission import Permission

from .base import Declaration


class Role(Declaration):
    """``within`` is the widest circle of people and places the role sees."""

    kind: Literal["role"]
    may: tuple[Permission, ...]
    within: Literal["county", "township", "institution"]
    home: Literal["planner", "doctor", "supervisor", "administrator", "cases", "signals", "statements", "none"]
    why: str
