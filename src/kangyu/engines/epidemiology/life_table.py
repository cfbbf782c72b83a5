"""The abridged life table after Chiang: life expectancy with its standard error, causes deleted, healthy years after Sullivan."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import NotComputableError

Numbers = NDArray[np.float64]

RADIX = 100_000.0
BANDS = (0, 1, *range(5, 90, 5))
Z95 = 1.959963984540054


@dataclass(frozen=True)
class LifeTable:
    """Columns by age band, the last band open. ``e`` is in years; ``variance`` is that of ``e``.

    ``starts`` first ages, ``widths`` in years, ``m`` death rate per person-year, ``a`` the share of the band lived by those who die in it,
    ``q`` probability of dying, ``l`` survivors of 100,000, ``d`` deaths, ``L`` years lived in the band, ``T`` years lived from it on.
    """

    starts: tuple[int, ...]
    widths: Numbers
    deaths: Numbers
    m: Numbers
    a: Numbers
    q: Numbers
    l: Numbers  # noqa: E741 - the name every life table gives this column
    d: Numbers
    L: Numbers
    T: Numbers
    e: Numbers
    variance: Numbers

    def row(self, age: int) -> int:
        """The index of the band that starts at ``age``."""
        return self.starts.index(age)

    def expectancy(self, age: int = 0) -> float:
        """Expected further years of life of those who reach ``age`` (the start of a band)."""
        return float(self.e[self.row(age)])

    def standard_error(self, age: int = 0) -> float:
        """Standard error of ``expectancy(age)``, in years."""
        return float(np.sqrt(self.variance[self.row(age)]))

    def interval(self, age: int = 0, z: float = Z95) -> tuple[float, float]:
        """Normal interval of ``expectancy(age)``, 95 % unless ``z`` says otherwise."""
        half = z * self.standard_error(age)
        return self.expectancy(age) - half, self.expectancy(age) + half


def separation(starts: Sequence[int]) -> Numbers:
    """The usual shares of a band lived by those who die in it: 0.15 below one year, 0.40 from one to four, 0.5 above."""
    return np.array([{0: 0.15, 1: 0.40}.get(start, 0.5) for start in starts], dtype=float)


def separation_greville(starts: Sequence[int], rates: ArrayLike, infant: float, child: float) -> Numbers:
    """Shares of a band lived by those who die in it, from the slope of the death rates (Greville 1943).

    Used where rates rise steeply with age. ``infant`` and ``child`` are the shares of the first two bands; the third keeps one half.
    """
    m = np.asarray(rates, dtype=float)
    a = np.full(len(m), 0.5)
    a[0], a[1] = infant, child
    width = np.diff(np.asarray(starts, dtype=float))
    for i in range(3, len(m) - 1):
        following = m[i + 1] if i + 2 < len(m) else m[i] ** 2 / m[i - 1]
        slope = np.log(following / m[i - 1]) / (2 * width[i])
        a[i] = 0.5 - width[i] / 12 * (m[i] - slope)
    return a


def life_table(
    starts: Sequence[int],
    populations: ArrayLike,
    deaths: ArrayLike,
    *,
    shares: ArrayLike | None = None,
    infant_q: float | None = None,
    open_variance: bool = False,
) -> LifeTable:
    """An abridged life table from person-years and deaths by age band; the last band is open.

    ``infant_q`` replaces the first band's probability of dying by the infant mortality (a fraction of live births). ``open_variance`` adds
    the sampling error of the open band (Silcocks 2001); Chiang leaves it out. A band without people, or an open band without deaths,
    raises ``NotComputableError``; a closed band without deaths is survived by all.
    """
    population, died = np.asarray(populations, dtype=float), np.asarray(deaths, dtype=float)
    _check(starts, population, died)
    table = life_table_from_rates(starts, died / population, shares=shares, infant_q=infant_q)
    return replace(table, deaths=died, variance=_variance(table, died, open_variance))


def life_table_from_rates(
    starts: Sequence[int], rates: ArrayLike, *, shares: ArrayLike | None = None, infant_q: float | None = None
) -> LifeTable:
    """A life table from death rates per person-year alone; it has no sampling error (``variance`` is not a number)."""
    m = np.asarray(rates, dtype=float)
    if m[-1] <= 0:
        raise NotComputableError("最高年龄组没有死亡，算不出期望寿命。请合并相邻年份或扩大地区后再算。")
    a = separation(starts) if shares is None else np.asarray(shares, dtype=float)
    widths = np.append(np.diff(np.asarray(starts, dtype=float)), np.inf)
    q = np.ones_like(m)
    n = widths[:-1]
    q[:-1] = np.minimum(1.0, n * m[:-1] / (1 + (1 - a[:-1]) * n * m[:-1]))
    if infant_q is not None:
        q[0] = infant_q
    return _finish(tuple(starts), widths, m, a, q)


def _check(starts: Sequence[int], population: Numbers, deaths: Numbers) -> None:
    if not len(starts) == len(population) == len(deaths):
        raise ValueError("starts, populations and deaths must have one value per age band")
    for start, people, dead in zip(starts, population, deaths, strict=True):
        if people <= 0:
            raise NotComputableError(f"{start} 岁起的年龄组没有人口，算不出死亡率。请合并年龄组或扩大地区后再算。")
        if dead < 0:
            raise NotComputableError(f"{start} 岁起的年龄组死亡数是负数，请核对数据。")


def _finish(starts: tuple[int, ...], widths: Numbers, m: Numbers, a: Numbers, q: Numbers) -> LifeTable:
    survivors = RADIX * np.concatenate(([1.0], np.cumprod(1 - q[:-1])))
    died = survivors * q
    n = widths[:-1]
    lived = np.empty_like(m)
    lived[:-1] = n * (survivors[:-1] - died[:-1]) + a[:-1] * n * died[:-1]
    lived[-1] = survivors[-1] / m[-1]
    total = np.cumsum(lived[::-1])[::-1]
    expectancy = np.divide(total, survivors, out=np.zeros_like(total), where=survivors > 0)
    unknown = np.full_like(m, np.nan)
    return LifeTable(starts, widths, unknown, m, a, q, survivors, died, lived, total, expectancy, unknown)


def _variance(table: LifeTable, deaths: Numbers, open_variance: bool) -> Numbers:
    with np.errstate(divide="ignore", invalid="ignore"):
        of_q = np.where(deaths > 0, table.q**2 * (1 - table.q) / deaths, 0.0)
    terms = np.zeros_like(deaths)
    n = table.widths[:-1]
    terms[:-1] = table.l[:-1] ** 2 * ((1 - table.a[:-1]) * n + table.e[1:]) ** 2 * of_q[:-1]
    if open_variance:
        terms[-1] = table.l[-1] ** 2 / (table.m[-1] ** 2 * deaths[-1])
    summed = np.cumsum(terms[::-1])[::-1]
    return np.divide(summed, table.l**2, out=np.zeros_like(summed), where=table.l > 0)


def cause_deleted(table: LifeTable, deaths_of_cause: ArrayLike) -> LifeTable:
    """The life table as if nobody died of a cause: each band survives the other causes alone (Chiang's proportional assumption)."""
    cause = np.asarray(deaths_of_cause, dtype=float)
    if np.any(cause > table.deaths):
        raise NotComputableError("某死因的死亡数多于全部死亡数，请核对死因数据。")
    other = np.divide(table.deaths - cause, table.deaths, out=np.ones_like(cause), where=table.deaths > 0)
    q = 1 - (1 - table.q) ** other
    q[-1] = 1.0
    rates = table.m * other
    if rates[-1] <= 0:
        raise NotComputableError("去除该死因后最高年龄组没有死亡，算不出去死因期望寿命。")
    deleted = _finish(table.starts, table.widths, rates, table.a, q)
    return replace(deleted, deaths=table.deaths - cause)


def healthy_expectancy(table: LifeTable, unhealthy: ArrayLike, age: int = 0) -> float:
    """Years of life in health from ``age`` on (Sullivan); ``unhealthy`` is the share of each band in ill health, 0 to 1."""
    share = np.asarray(unhealthy, dtype=float)
    first = table.row(age)
    return float(np.sum(table.L[first:] * (1 - share[first:])) / table.l[first])
