"""Records into cases: several records of one person within a time tell of one illness and count once."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, TypeVar

Row = TypeVar("Row")


def once(rows: Iterable[Row], days: int, *, by: Callable[[Row], tuple[int, date, Any]]) -> list[Row]:
    """The rows that count: of each person the first, and the next one ``days`` or more after a row that counted.

    ``by`` gives the person, the day, and what orders rows of one day. In that order; the same rows in any order give the same.
    """
    kept: list[Row] = []
    person, last = -1, date.min
    for row in sorted(rows, key=by):
        pid, day, _ = by(row)
        if pid != person or (day - last).days >= days:
            kept.append(row)
            person, last = pid, day
    return kept
