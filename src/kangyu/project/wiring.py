"""Where lower bands learn of upper ones: the projectors that the record calls after each write, in order."""

from kangyu.apps.cases.actions import status
from kangyu.apps.directory.actions import refresh
from kangyu.apps.record import pipeline


def connect() -> None:
    """Fill the record's ordered list of projectors."""
    pipeline.PROJECTORS[:] = [refresh.after_write, status.after_write]
