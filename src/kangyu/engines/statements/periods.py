"""The periods of statements: months, quarters, half-years, years of the calendar."""

from datetime import date, timedelta

from kangyu.kernel.period import Period

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


def period_of(kind: str, day: date) -> Period:
    """The period a day lies in."""
    length = MONTHS[kind]
    first = (day.month - 1) // length * length + 1
    last = first + length - 1
    after = date(day.year + last // 12, last % 12 + 1, 1)
    return Period(date(day.year, first, 1), after - timedelta(days=1))


def period_before(kind: str, period: Period) -> Period:
    """The one before it."""
    return period_of(kind, period.start - timedelta(days=1))


def period_words(kind: str, period: Period) -> str:
    """How people name it: 2025 年上半年, 2025 年第 3 季度."""
    year, month = period.start.year, period.start.month
    if kind == "half_year":
        return f"{year} 年{'上' if month == 1 else '下'}半年"
    if kind == "quarter":
        return f"{year} 年第 {(month + 2) // 3} 季度"
    return f"{year} 年 {month} 月" if kind == "month" else f"{year} 年"
