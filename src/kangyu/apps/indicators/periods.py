"""The periods every indicator is computed for: calendar years, and the twelve months up to the data's date."""

from datetime import date, timedelta

from kangyu.kernel.period import Period

FIRST_YEAR = 2020
NOW = "now"
Periods = dict[str, tuple[Period, date]]


def twelve_months(end: date) -> Period:
    """The twelve months that end on a day."""
    try:
        before = end.replace(year=end.year - 1)
    except ValueError:
        before = date(end.year - 1, 2, 28)
    return Period(before + timedelta(days=1), end)


def periods(as_of: date) -> Periods:
    """Key → (period, today): each year from ``FIRST_YEAR``, ``today`` being the earlier of its end and ``as_of``; and ``now``."""
    years = [(year, Period.of_year(year)) for year in range(FIRST_YEAR, as_of.year + 1)]
    found = {str(year): (period, min(period.end, as_of)) for year, period in years}
    return {**found, NOW: (twelve_months(as_of), as_of)}


def opened(as_of: date) -> tuple[str, str]:
    """The periods whose figures open to people: the twelve months and the year in progress."""
    return NOW, str(as_of.year)


def complete(key: str, as_of: date) -> bool:
    """Whether a period is over: figures of a year in progress do not belong into a series."""
    return key == NOW or date(int(key), 12, 31) <= as_of


def words(key: str, as_of: date) -> str:
    """How a period is named beside a figure."""
    if key == NOW:
        period = twelve_months(as_of)
        return f"{period.start} 至 {period.end}"
    return f"{key} 年" if complete(key, as_of) else f"{key} 年至 {as_of}"
