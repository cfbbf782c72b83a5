"""Days as whole numbers (days since 1900-01-01), so that dates can be drawn and compared in arrays."""

from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.int64]

EPOCH = date(1900, 1, 1)
NEVER = 10**6
_LAST = 73_000  # well into the 21st century's end; further than any as-of date


def day(when: date) -> int:
    """The number of a date."""
    return (when - EPOCH).days


def year_start(year: int) -> int:
    """The number of 1 January."""
    return day(date(year, 1, 1))


_TEXT: NDArray[Any] = np.array([(EPOCH + timedelta(days=number)).isoformat() for number in range(_LAST)], dtype=object)
_MONTH_INDEX = (_TEXT.astype("U7").astype("datetime64[M]") - np.datetime64("1900-01", "M")).astype(np.int64)
_MONTH_FIRST = np.flatnonzero(np.diff(_MONTH_INDEX, prepend=-1))
_MONTH_LENGTH = np.diff(np.append(_MONTH_FIRST, _LAST))


def text(numbers: Days) -> list[str]:
    """ISO dates of day numbers."""
    chosen: list[str] = _TEXT[numbers].tolist()
    return chosen


def add_months(numbers: Days, months: Any) -> Days:
    """The same day of the month ``months`` later, the last day of that month where it has no such day."""
    index = _MONTH_INDEX[numbers] + months
    within = numbers - _MONTH_FIRST[_MONTH_INDEX[numbers]]
    moved: Days = _MONTH_FIRST[index] + np.minimum(within, _MONTH_LENGTH[index] - 1)
    return moved


def age_years(birth: Days, on: Any) -> Days:
    """Completed years of age on a day."""
    months = _MONTH_INDEX[on] - _MONTH_INDEX[birth]
    before = (on - _MONTH_FIRST[_MONTH_INDEX[on]]) < (birth - _MONTH_FIRST[_MONTH_INDEX[birth]])
    years: Days = (months - before) // 12
    return years
