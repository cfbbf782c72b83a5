"""Finishes an indicator: Σtop / Σbottom × per, or a named method over age bands, always with what it is based on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kangyu.engines.content.kinds import Indicator
from kangyu.engines.epidemiology import rates
from kangyu.engines.epidemiology.dying import probability_of_dying
from kangyu.engines.epidemiology.errors import NotComputableError
from kangyu.engines.epidemiology.life_table import Z95, life_table

Noise = Literal["share", "rate", "estimate", "none"]
WHOLE = -1
"""The stratum of an indicator that is not split by age."""


@dataclass(frozen=True)
class Sum:
    """Sums of contributions: ``top`` over ``bottom`` (1 for a plain count)."""

    top: float = 0.0
    bottom: float = 0.0

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.top + other.top, self.bottom + other.bottom)


@dataclass(frozen=True)
class Figure:
    """A finished value in the indicator's unit, or why there is none (``reason``, Chinese). ``low`` and ``high`` bound it with 95 %."""

    value: float | None
    top: float
    bottom: float
    low: float | None = None
    high: float | None = None
    standard_error: float | None = None
    noise: Noise = "none"
    reason: str = ""


def noise_of(indicator: Indicator) -> Noise:
    """How a value of this indicator varies by chance.

    ``share``: persons out of persons. ``rate``: events over persons. ``estimate``: a method with its own standard error. ``none``: a full
    count of institutions, staff or beds, which has no sampling error.
    """
    if indicator.method:
        return "estimate"
    sides = {indicator.top_about or indicator.about, indicator.bottom_about or indicator.about}
    if indicator.shape in ("share", "ratio") and sides == {"person"}:
        return "share" if indicator.shape == "share" or indicator.per == 100 else "rate"
    return "none"


def finish(indicator: Indicator, sums: Mapping[int, Sum]) -> Figure:
    """The figure from sums by stratum (the band's first age; ``WHOLE`` where there are no bands)."""
    total = sum(sums.values(), Sum())
    if indicator.method:
        return _by_method(indicator, sums, total)
    if indicator.shape == "count":
        return Figure(total.top * indicator.per, total.top, 1.0)
    if total.bottom <= 0:
        return Figure(None, total.top, total.bottom, noise=noise_of(indicator), reason="分母是 0：这里这一时期没有应统计的对象。")
    value = total.top / total.bottom * indicator.per
    noise = noise_of(indicator)
    if noise == "share" and total.top <= total.bottom:
        bounds = rates.proportion(total.top, total.bottom, indicator.per)
        return Figure(value, total.top, total.bottom, bounds.low, bounds.high, bounds.standard_error, noise)
    if noise in ("share", "rate"):
        bounds = rates.rate(total.top, total.bottom, indicator.per)
        return Figure(value, total.top, total.bottom, bounds.low, bounds.high, bounds.standard_error, "rate")
    return Figure(value, total.top, total.bottom)


def _by_method(indicator: Indicator, sums: Mapping[int, Sum], total: Sum) -> Figure:
    bands = [sums.get(start, Sum()) for start in indicator.strata]
    people, died = [band.bottom for band in bands], [band.top for band in bands]
    try:
        if indicator.method == "life_expectancy":
            table = life_table(indicator.strata, people, died)
            value, error = table.expectancy(), table.standard_error()
            low, high = table.interval()
        else:
            value, low, high, error = _dying(indicator, people, died)
    except NotComputableError as missing:
        return Figure(None, total.top, total.bottom, noise="estimate", reason=str(missing))
    per = indicator.per
    return Figure(value * per, total.top, total.bottom, low * per, high * per, error * per, "estimate")


def _dying(indicator: Indicator, people: list[float], died: list[float]) -> tuple[float, float, float, float]:
    """The bands inside ``ages``; an age range written 30..69 or 30..70 both end with the band 65–69."""
    first, last = (float(end) for end in (indicator.ages or "0..0").split(".."))
    inside = [i for i, start in enumerate(indicator.strata) if first <= start < last]
    starts = [indicator.strata[i] for i in inside]
    widths = [later - earlier for earlier, later in zip(starts, [*starts[1:], starts[-1] + 5], strict=True)]
    found = probability_of_dying([people[i] for i in inside], [died[i] for i in inside], widths)
    low, high = found.interval
    return found.value, low, high, found.standard_error


def band_of(strata: tuple[int, ...], age: int) -> int | None:
    """The first age of the band an age falls into; None below the first band."""
    return max((start for start in strata if start <= age), default=None)


def within_chance(figure: Figure, other: float) -> bool:
    """Whether another value lies inside the figure's interval (or within 1.96 standard errors)."""
    if figure.low is not None and figure.high is not None:
        return figure.low <= other <= figure.high
    if figure.value is None or figure.standard_error is None:
        return False
    return abs(figure.value - other) <= Z95 * figure.standard_error
