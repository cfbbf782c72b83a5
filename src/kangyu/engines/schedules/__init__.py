"""When something is due: from what was done, what is promised and today, never from a clock."""

from .due import DueItem, Membership, due_item, needed_in_year
from .working import WorkingCalendar, prepare_calendar

__all__ = ["DueItem", "Membership", "WorkingCalendar", "due_item", "needed_in_year", "prepare_calendar"]
