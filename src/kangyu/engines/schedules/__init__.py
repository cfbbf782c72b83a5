"""When something is due: from what was done, what is promised and today, never from a clock."""

from .dose_results import DosePlan, DoseResult, Given, NextVisit, Recipient, standing
from .doses import dose_plan, dose_rules
from .due import DueItem, Membership, dose_item, due_item, needed_in_year, window_item, window_of
from .working import WorkingCalendar, prepare_calendar

__all__ = [
    "DosePlan",
    "DoseResult",
    "DueItem",
    "Given",
    "Membership",
    "NextVisit",
    "Recipient",
    "WorkingCalendar",
    "dose_item",
    "dose_plan",
    "dose_rules",
    "due_item",
    "needed_in_year",
    "prepare_calendar",
    "standing",
    "window_item",
    "window_of",
]
