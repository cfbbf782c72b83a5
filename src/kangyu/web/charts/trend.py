"""One indicator over the years: computed values, the path to the target, reported values as crosses, where it may end."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.safestring import SafeString

from .markup import drawing, element, join, number, points
from .scales import Scale, apart, bounds, ticks

WIDTH, HEIGHT = 702, 288
LEFT, RIGHT, TOP, BOTTOM = 40.0, 586.0, 20.0, 260.0
LABELS = RIGHT + 10

Series = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Trend:
    """What the chart shows. Times are calendar years as numbers: the year 2025 at 2025.0, half of it at 2024.5.

    ``low`` and ``high`` bound where the period may end; ``interval`` holds (time, low, high) of the computed values.
    """

    title: str
    unit: str
    decimals: int
    actual: Series = ()
    path: Series = ()
    reported: Series = ()
    target: float | None = None
    ends_at: float = 0.0
    low: float | None = None
    high: float | None = None
    interval: Sequence[tuple[float, float, float]] = field(default=())

    @property
    def values(self) -> list[float]:
        shown = [value for series in (self.actual, self.path, self.reported) for _, value in series]
        shown += [bound for _, low, high in self.interval for bound in (low, high)]
        return shown + [value for value in (self.target, self.low, self.high) if value is not None]

    @property
    def times(self) -> list[float]:
        shown = [time for series in (self.actual, self.path, self.reported) for time, _ in series]
        return [*shown, self.ends_at] if self.ends_at else shown


def starts_above_zero(trend: Trend) -> float | None:
    """Where the vertical axis is cut, for the words beside the title; None when it starts at 0."""
    if not trend.values:
        return None
    low = bounds(trend.values)[0]
    return low or None


def line_chart(trend: Trend) -> SafeString:
    """The chart at 702 × 288. Labels stand at the line's end; nothing to show gives an empty text."""
    if not trend.values or not trend.times:
        return join()
    low, high = bounds(trend.values)
    first, last = min(trend.times), max(trend.times)
    if first == last:
        first, last = first - 1, last + 1
    across, up = Scale(first, last, LEFT, RIGHT), Scale(low, high, BOTTOM, TOP)
    return drawing(
        WIDTH,
        HEIGHT,
        _axes(trend, across, up),
        _interval(trend, across, up),
        _path(trend, across, up),
        _outlook(trend, across, up),
        _actual(trend, across, up),
        _reported(trend, across, up),
        _labels(trend, across, up),
        title=trend.title,
    )


def _axes(trend: Trend, across: Scale, up: Scale) -> SafeString:
    parts = [element("text", trend.unit, class_="e", x=LEFT - 8, y=10)]
    for value in ticks(up.low, up.high):
        y = up(value)
        parts.append(element("path", class_="grid", d=f"M{number(LEFT)},{number(y)}H{number(RIGHT)}"))
        parts.append(element("text", _round(value), class_="e", x=LEFT - 8, y=y + 4))
    for year in range(round(across.low), round(across.high) + 1):
        x = across(year)
        if LEFT - 1 <= x <= RIGHT + 1:
            parts.append(element("path", class_="base", d=f"M{number(x)},{number(BOTTOM)}v4"))
            parts.append(element("text", f"{year} 末", class_="m", x=x, y=BOTTOM + 20))
    parts.append(element("path", class_="base", d=f"M{number(LEFT)},{number(BOTTOM)}H{number(RIGHT)}"))
    return join(*parts)


def _round(value: float) -> str:
    return f"{value:,.10g}".replace(",", "\u00a0")


def _path(trend: Trend, across: Scale, up: Scale) -> SafeString:
    if not trend.path:
        return join()
    placed = [(across(time), up(value)) for time, value in trend.path]
    knots = [element("circle", class_="knot", cx=x, cy=y, r=2.5) for x, y in placed]
    return join(element("polyline", class_="target", points=points(placed)), *knots)


def _interval(trend: Trend, across: Scale, up: Scale) -> SafeString:
    """The 95 % interval of the computed values as a tinted band."""
    if len(trend.interval) < 2:
        return join()
    upper = [(across(time), up(high)) for time, _, high in trend.interval]
    lower = [(across(time), up(low)) for time, low, _ in reversed(trend.interval)]
    return element("polygon", class_="band", points=points(upper + lower))


def _outlook(trend: Trend, across: Scale, up: Scale) -> SafeString:
    """A wedge from the last value to where the period may end."""
    if trend.low is None or trend.high is None or not trend.actual:
        return join()
    time, value = trend.actual[-1]
    wedge = [(across(time), up(value)), (across(trend.ends_at), up(trend.high)), (across(trend.ends_at), up(trend.low))]
    return element("polygon", class_="band", points=points(wedge))


def _actual(trend: Trend, across: Scale, up: Scale) -> SafeString:
    placed = [(across(time), up(value)) for time, value in trend.actual]
    if not placed:
        return join()
    line = element("polyline", class_="line", points=points(placed)) if len(placed) > 1 else None
    dots = [element("circle", class_="f-accent", cx=x, cy=y, r=2.5) for x, y in placed[:-1]] if len(placed) <= 8 else []
    return join(line, *dots, element("circle", class_="f-accent", cx=placed[-1][0], cy=placed[-1][1], r=4))


def _reported(trend: Trend, across: Scale, up: Scale) -> SafeString:
    parts = []
    for time, value in trend.reported:
        x, y = across(time), up(value)
        parts.append(element("path", class_="cross", d=f"M{number(x - 4)},{number(y)}h8M{number(x)},{number(y - 4)}v8"))
    return join(*parts)


def _labels(trend: Trend, across: Scale, up: Scale) -> SafeString:
    """Target, outlook, present value and the crosses, named at the right edge and kept apart."""
    wanted: list[tuple[float, str, str]] = []
    if trend.target is not None:
        wanted.append((up(trend.target), f"目标 {_value(trend.target, trend.decimals)}", "d"))
    if trend.low is not None and trend.high is not None:
        words = f"可能 {_value(trend.low, trend.decimals)}—{_value(trend.high, trend.decimals)}"
        wanted.append((up((trend.low + trend.high) / 2), words, ""))
    if trend.actual:
        wanted.append((up(trend.actual[-1][1]), f"现值 {_value(trend.actual[-1][1], trend.decimals)}", "s now"))
    if trend.reported:
        wanted.append((up(trend.reported[-1][1]), "＋ 上报值", ""))
    places = apart([y for y, _, _ in wanted], 17, TOP - 8, BOTTOM)
    texts = [element("text", words, class_=kind or None, x=LABELS, y=y + 4) for (_, words, kind), y in zip(wanted, places, strict=True)]
    return join(*texts)


def _value(value: float, decimals: int) -> str:
    return f"{value:,.{decimals}f}".replace(",", "\u00a0")
