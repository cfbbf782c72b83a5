"""What a method would have done here: outbreaks of a chosen size and shape laid over the place's own history.

Sensitivity and days to detect come from the outbreaks; false alarms from the history as it was, which may hold real outbreaks, so their
number is an upper bound. What share of the alarms is an outbreak (the predictive value) and how many alarms a week there are to verify
depend besides on how many outbreaks a year really brings, which nobody can inject: both are asked with that number. Everything follows from
the seed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .alarms import openings
from .methods import Method, detect
from .result import Flags, Values
from .windows import DAYS_PER_YEAR

Shape = Literal["point", "growing", "steady"]
MEANWHILE = 64
"""How many copies of a history are judged at once."""


@dataclass(frozen=True)
class Outbreak:
    """Extra cases laid over one series from ``start`` on, one number for each day."""

    series: int
    start: int
    cases: tuple[int, ...]


@dataclass(frozen=True)
class AtPlace:
    """How a method did at one place: outbreaks injected there, those found, false alarms in all the years, days to detect of the found."""

    of: int
    found: int
    false_alarms: int
    median_delay: float | None


@dataclass(frozen=True)
class Score:
    """How one method did: ``delays`` holds the days from the first extra case to the alarm, None where it was missed.

    ``where`` is the series of each outbreak, ``false_by_series`` the false alarms of each series; ``years`` are those of all series.
    """

    method: Method
    delays: tuple[int | None, ...]
    where: tuple[int, ...]
    false_by_series: tuple[int, ...]
    years: float

    @property
    def found(self) -> int:
        """How many outbreaks were found."""
        return sum(delay is not None for delay in self.delays)

    @property
    def sensitivity(self) -> float:
        """The share of outbreaks found while they lasted (or in the ``grace`` days after)."""
        return self.found / len(self.delays) if self.delays else float("nan")

    @property
    def false_alarms(self) -> int:
        """Alarms that the history alone raised."""
        return sum(self.false_by_series)

    @property
    def false_per_year(self) -> float:
        """False alarms per place and year."""
        return self.false_alarms / self.years if self.years else float("nan")

    @property
    def median_delay(self) -> float | None:
        """The median of days to detect among those found."""
        return _median(self.delays)

    def at_places(self) -> list[AtPlace]:
        """The same place by place, in the order of the series."""
        delays: list[list[int | None]] = [[] for _ in self.false_by_series]
        for place, delay in zip(self.where, self.delays, strict=True):
            delays[place].append(delay)
        return [
            AtPlace(len(own), sum(delay is not None for delay in own), false, _median(own))
            for own, false in zip(delays, self.false_by_series, strict=True)
        ]


def _median(delays: Sequence[int | None]) -> float | None:
    found = sorted(delay for delay in delays if delay is not None)
    if not found:
        return None
    middle = len(found) // 2
    return float(found[middle]) if len(found) % 2 else (found[middle - 1] + found[middle]) / 2


@dataclass(frozen=True)
class Cost:
    """What alarms cost and are worth over all places: true and false ones a year, where so many outbreaks happen a year."""

    true_per_year: float
    false_per_year: float

    @property
    def per_week(self) -> float:
        """Alarms a week that somebody has to verify."""
        return (self.true_per_year + self.false_per_year) * 7 / DAYS_PER_YEAR

    @property
    def predictive_value(self) -> float | None:
        """The share of alarms that are outbreaks (positive predictive value); None where there is never an alarm."""
        every = self.true_per_year + self.false_per_year
        return self.true_per_year / every if every else None


def cost(sensitivity: float, false_per_year: float, places: int, outbreaks_per_year: float) -> Cost:
    """``false_per_year`` is per place, ``outbreaks_per_year`` of all places together. A found outbreak is one alarm: later ones join it."""
    return Cost(sensitivity * outbreaks_per_year, false_per_year * places)


def curve(size: int, days: int, shape: Shape, random: np.random.Generator) -> tuple[int, ...]:
    """``size`` cases over ``days`` days; a point source peaks early, a spreading one grows. The first day has a case."""
    at = np.arange(days, dtype=float)
    if shape == "point":
        weights = np.exp(-((np.log((at + 1) / (0.3 * days + 1))) ** 2) / 0.5)
    elif shape == "growing":
        weights = np.exp(np.log(8) * at / max(days - 1, 1))
    else:
        weights = np.ones(days)
    drawn = random.multinomial(max(size - 1, 0), weights / weights.sum())
    drawn[0] += 1
    return tuple(drawn.tolist())


def outbreaks(
    *, series: int, first: int, last: int, count: int, size: int, days: int, shape: Shape, seed: int, weights: Sequence[float] | None = None
) -> list[Outbreak]:
    """``count`` outbreaks at random series (likelier where ``weights`` are higher) and random days in ``first``..``last``."""
    random = np.random.default_rng(seed)
    chances = np.asarray(weights, dtype=float) if weights is not None else np.ones(series)
    chances = chances / chances.sum() if chances.sum() > 0 else np.full(series, 1 / series)
    where = random.choice(series, size=count, p=chances)
    when = random.integers(first, max(last - days, first) + 1, count)
    return [Outbreak(int(s), int(t), curve(size, days, shape, random)) for s, t in zip(where, when, strict=True)]


def score(
    counts: Values, injected: Sequence[Outbreak], method: Method, *, first: int, quiet: int, grace: int = 3, totals: Values | None = None
) -> Score:
    """Judge daily ``counts`` (series, days) from position ``first`` on. With ``totals`` the share of each day is judged, in per cent.

    A weekly method sees the sums of seven days that end on the last position of the history.
    """
    alarm = _judged(counts, totals, method)
    usable = alarm[:, first // _step(method) :]
    false = openings(usable, max(quiet // _step(method), 1)).sum(axis=1)
    delays: list[int | None] = []
    for start in range(0, len(injected), MEANWHILE):
        delays += _delays(counts, totals, injected[start : start + MEANWHILE], method, grace, alarm)
    where = tuple(outbreak.series for outbreak in injected)
    return Score(method, tuple(delays), where, tuple(false.tolist()), usable.size * _step(method) / DAYS_PER_YEAR)


def _step(method: Method) -> int:
    return 7 if method.weekly else 1


def _judged(counts: Values, totals: Values | None, method: Method, needed: Flags | None = None) -> Flags:
    cases, visits = _grouped(counts, method), None if totals is None else _grouped(totals, method)
    if visits is None or method.of_cases:
        found = detect(cases, method, None, needed)
    else:
        found = detect(share(cases, visits), method, cases, needed)
    return np.asarray(found.alarm & found.known)


def _grouped(values: Values, method: Method) -> Values:
    if not method.weekly:
        return values
    kept = values[..., values.shape[-1] % 7 :]
    return np.asarray(kept.reshape(*values.shape[:-1], -1, 7).sum(axis=-1))


def share(cases: Values, totals: Values) -> Values:
    """Cases in a hundred; ``nan`` where nothing was counted at all."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(totals > 0, 100 * cases / totals, np.nan)


def _delays(
    counts: Values, totals: Values | None, injected: Sequence[Outbreak], method: Method, grace: int, without: Flags
) -> list[int | None]:
    """Days from the first extra case to the first alarm that the history alone did not raise."""
    rows = [outbreak.series for outbreak in injected]
    cases, visits = counts[rows].copy(), None if totals is None else totals[rows].copy()
    for row, outbreak in enumerate(injected):
        end = min(outbreak.start + len(outbreak.cases), cases.shape[1])
        extra = np.array(outbreak.cases[: end - outbreak.start], dtype=float)
        cases[row, outbreak.start : end] += extra
        if visits is not None:
            visits[row, outbreak.start : end] += extra
    step, before = _step(method), counts.shape[1] % _step(method)
    needed = np.zeros((len(rows), counts.shape[1] // step), dtype=bool)
    for row, outbreak in enumerate(injected):
        since = max(outbreak.start - before, 0) // step
        needed[row, since : (outbreak.start + len(outbreak.cases) + grace - before) // step + 2] = True
    new = _judged(cases, visits, method, needed) & ~without[rows]
    found: list[int | None] = []
    for row, outbreak in enumerate(injected):
        last = outbreak.start + len(outbreak.cases) - 1 + grace
        ends = before + (np.flatnonzero(new[row]) + 1) * step - 1
        hits = ends[(ends >= outbreak.start) & (ends <= last + step - 1)]
        found.append(int(hits[0] - outbreak.start) if len(hits) else None)
    return found
