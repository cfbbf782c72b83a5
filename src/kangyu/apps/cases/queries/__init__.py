"""Reads of the care work: the day's list, the roll of residents, one resident. Every one takes the viewer and stays within reach."""

from .resident import NotWithinReach, Resident, one, within_reach
from .roll import Roll, RollRow, find, roll
from .today import Filter, Today, WorkRow, next_in_line, today, waiting

__all__ = [
    "Filter",
    "NotWithinReach",
    "Resident",
    "Roll",
    "RollRow",
    "Today",
    "WorkRow",
    "find",
    "next_in_line",
    "one",
    "roll",
    "today",
    "waiting",
    "within_reach",
]
