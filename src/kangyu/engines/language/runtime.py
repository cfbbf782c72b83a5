"""The few functions that compiled expressions call. All are total: a value out of a function's domain gives null."""

import math
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any


def in_order(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rows with a date, by ``(on, id)`` (rule 5)."""
    return sorted((row for row in rows if row.get("on") is not None), key=lambda row: (row["on"], row["id"]))


def rounded(value: float, digits: int = 0) -> float:
    """Half away from zero, as the handbook's 四舍五入 and SQL do; Python's own ``round`` goes to the even neighbour."""
    scaled = abs(value) * 10**digits
    whole = math.floor(scaled)
    return math.copysign((whole + (scaled - whole >= 0.5)) / 10**digits, value)


def date_of(moment: datetime) -> date:
    """The day on which a moment lies."""
    return moment.date()


def logarithm(value: float) -> float | None:
    """The natural logarithm; null for zero and below."""
    return math.log(value) if value > 0 else None


def power(base: float, exponent: float) -> float | None:
    """``base`` to the ``exponent``; null where there is no finite real value."""
    try:
        value = float(base) ** float(exponent)
    except (OverflowError, ZeroDivisionError):
        return None
    return value if isinstance(value, float) and math.isfinite(value) else None


def has_any(values: Iterable[str], exact: Collection[str], prefixes: tuple[str, ...]) -> bool:
    """Whether some value is a member."""
    return any(value in exact or value.startswith(prefixes) for value in values)


def has_all(values: Collection[str], exact: Iterable[str], prefixes: tuple[str, ...]) -> bool:
    """Whether each member, prefixes included, is matched by some value; true of an empty set."""
    return all(code in values for code in exact) and all(any(value.startswith(prefix) for value in values) for prefix in prefixes)
