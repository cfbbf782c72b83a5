"""Cases: what a programme says for one person. ``prepare`` once for each version, then ``assess``, ``judge`` and ``due_items``."""

from .assessment import Advice, Assessment, DerivedValue, Fired, Judgement, Raised, Revisit, assess, judge
from .due import Expected, due_items, member, revisit_asked
from .prepared import PreparedProgramme, prepare

__all__ = [
    "Advice",
    "Assessment",
    "DerivedValue",
    "Expected",
    "Fired",
    "Judgement",
    "PreparedProgramme",
    "Raised",
    "Revisit",
    "assess",
    "due_items",
    "judge",
    "member",
    "prepare",
    "revisit_asked",
]
