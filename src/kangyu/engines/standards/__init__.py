"""Standards: what each place or thing needs, what it has, what is missing, and who is out of reach."""

from .judging import Further, Judged, PreparedStandard, Reached, Status, judge, prepare, within

__all__ = ["Further", "Judged", "PreparedStandard", "Reached", "Status", "judge", "prepare", "within"]
