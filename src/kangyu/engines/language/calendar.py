"""Dates as the language counts them (rules 2 to 4), for the Python target and for dates known when a population is compiled.

The law that ties the two functions: ``elapsed(u, a, b)`` is the largest n with ``shift(a, n, u) <= b``.
"""

from calendar import monthrange
from datetime import date, datetime, timedelta

_DAYS = {"day": 1, "week": 7}
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_MONTHS = {"month": 1, "year": 12}


def shift(start: date | datetime, count: int, unit: str) -> date | datetime | None:
    """``start`` moved by ``count`` units; months and years clamp to the month's last day. Null outside the years 1 to 9999."""
    try:
        if isinstance(start, datetime):
            return start + timedelta(seconds=count * _SECONDS[unit])
        if unit in _DAYS:
            return start + timedelta(days=count * _DAYS[unit])
        year, month = divmod(start.year * 12 + start.month - 1 + count * _MONTHS[unit], 12)
        return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
    except (OverflowError, ValueError):
        return None


def elapsed(unit: str, start: date | datetime, end: date | datetime) -> int:
    """Whole units from ``start`` to ``end``, negative when ``end`` comes first (then counted down to the unit begun)."""
    if isinstance(start, datetime) and isinstance(end, datetime):
        return (end - start) // timedelta(seconds=_SECONDS[unit])
    if unit in _DAYS:
        return (end.toordinal() - start.toordinal()) // _DAYS[unit]
    months = (end.year - start.year) * 12 + end.month - start.month
    if start.day > end.day and end.day < monthrange(end.year, end.month)[1]:
        months -= 1
    return months // _MONTHS[unit]


def edge(span: str, side: str, day: date) -> date:
    """The first or last day of the year, quarter or month that holds ``day``."""
    months = {"month": 1, "quarter": 3, "year": 12}[span]
    first = (day.month - 1) // months * months + 1
    if side == "start":
        return date(day.year, first, 1)
    last = first + months - 1
    return date(day.year, last, monthrange(day.year, last)[1])
