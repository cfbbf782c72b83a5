"""The epidemic curve: bars by day or week, the expected value and the bound above it, the same time of earlier years as thin lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from .markup import drawing, element, join, number, points
from .scales import Scale, apart, bounds, ticks

WIDTH, HEIGHT = 800, 260
LEFT, RIGHT, TOP, BOTTOM = 36.0, 690.0, 24.0, 226.0


@dataclass(frozen=True)
class Bar:
    """One day or week. ``upper`` None is a time for which the method could not tell; ``partial`` may still grow."""

    label: str
    value: float | None
    expected: float | None
    upper: float | None
    alarm: bool = False
    partial: bool = False
    says: str = ""


@dataclass(frozen=True)
class EpidemicCurve:
    """``earlier`` holds the values of earlier years beside the same bars, by its label; ``marks`` are the positions with an axis label."""

    title: str
    unit: str
    decimals: int
    bars: Sequence[Bar]
    earlier: Sequence[tuple[str, Sequence[float | None]]] = ()
    marks: Sequence[int] = ()
    bound: str = "上限"

    @property
    def highest(self) -> float:
        """What the axis must reach: bars, bounds (those beyond three times the bars are cut), earlier years."""
        seen = [bar.value for bar in self.bars if bar.value is not None]
        seen += [value for _, values in self.earlier for value in values if value is not None]
        top = max(seen, default=0.0) or 1.0
        return max([top, *(bar.upper for bar in self.bars if bar.upper is not None and bar.upper <= 3 * top)])


def epidemic_curve(curve: EpidemicCurve) -> SafeString:
    """The chart at 800 × 260; an empty text where there are no bars."""
    if not curve.bars:
        return join()
    up = Scale(0, bounds([0, curve.highest])[1], BOTTOM, TOP)
    step = (RIGHT - LEFT) / len(curve.bars)
    parts = [_axes(curve, up, step), _bars(curve, up, step), _earlier(curve, up, step), _bounds(curve, up, step), _labels(curve, up)]
    return drawing(WIDTH, HEIGHT, *parts, title=curve.title)


def _middle(place: int, step: float) -> float:
    return LEFT + (place + 0.5) * step


def _axes(curve: EpidemicCurve, up: Scale, step: float) -> SafeString:
    parts = [element("text", curve.unit, class_="e", x=LEFT - 8, y=12)]
    for value in ticks(up.low, up.high, 4):
        if value:
            y = up(value)
            parts.append(element("path", class_="grid", d=f"M{number(LEFT)},{number(y)}H{number(RIGHT)}"))
            parts.append(element("text", f"{value:g}", class_="e", x=LEFT - 8, y=y + 4))
    for place in curve.marks:
        x = _middle(place, step)
        parts.append(element("path", class_="base", d=f"M{number(x)},{number(BOTTOM)}v4"))
        parts.append(element("text", curve.bars[place].label, class_="m", x=x, y=BOTTOM + 18))
    parts.append(element("path", class_="base", d=f"M{number(LEFT)},{number(BOTTOM)}H{number(RIGHT)}"))
    return join(*parts)


def _bars(curve: EpidemicCurve, up: Scale, step: float) -> SafeString:
    parts: list[SafeString] = []
    width = max(step * 0.8, 1.0)
    for place, bar in enumerate(curve.bars):
        x = _middle(place, step)
        if bar.value:
            y = up(min(bar.value, up.high))
            kind = ("over" if bar.alarm else "bar") + (" part" if bar.partial else "")
            drawn = element("rect", element("title", bar.says), class_=kind, x=x - width / 2, y=y, width=width, height=max(BOTTOM - y, 0.5))
            parts.append(drawn)
        if bar.alarm:
            top = up(min(bar.value or 0, up.high)) - 6
            parts.append(element("path", class_="over", d=f"M{number(x - 4)},{number(top - 6)}h8l-4,6Z"))
    return join(*parts)


def _runs(values: Sequence[float | None], up: Scale, step: float) -> list[list[tuple[float, float]]]:
    """Lines broken where nothing is known, cut at the top of the chart."""
    runs: list[list[tuple[float, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((_middle(place, step), up(min(max(value, 0), up.high))))
    return [run for run in runs if len(run) > 1]


def _earlier(curve: EpidemicCurve, up: Scale, step: float) -> SafeString:
    return join(
        *(element("polyline", class_="before", points=points(run)) for _, values in curve.earlier for run in _runs(values, up, step))
    )


def _bounds(curve: EpidemicCurve, up: Scale, step: float) -> SafeString:
    """A band from the expected value to the bound, the bound dotted."""
    uppers, expected = [bar.upper for bar in curve.bars], [bar.expected for bar in curve.bars]
    parts = []
    for run in _runs([u if e is not None else None for u, e in zip(uppers, expected, strict=True)], up, step):
        below = dict(
            pair for line in _runs([e if u is not None else None for u, e in zip(uppers, expected, strict=True)], up, step) for pair in line
        )
        edge = [(x, below.get(x, BOTTOM)) for x, _ in reversed(run)]
        parts.append(element("polygon", class_="band", points=points(run + edge)))
    parts += [element("polyline", class_="ink", points=points(run)) for run in _runs(expected, up, step)]
    parts += [element("polyline", class_="thr", points=points(run)) for run in _runs(uppers, up, step)]
    return join(*parts)


def _labels(curve: EpidemicCurve, up: Scale) -> SafeString:
    """What the last bar, the bound and the lines are, at the right edge."""
    last, wanted = curve.bars[-1], []

    def at(value: float | None, words: str, kind: str) -> None:
        if value is not None:
            wanted.append((up(min(max(value, 0), up.high)), words, kind))

    at(last.value, f"{'这一期' if not last.partial else '到现在'} {_shown(last.value, curve)}", "s")
    at(last.upper, f"{curve.bound} {_shown(last.upper, curve)}", "thr-words")
    at(last.expected, f"预期 {_shown(last.expected, curve)}", "d")
    for words, values in curve.earlier:
        at(values[-1] if values else None, words, "")
    places = apart([y for y, _, _ in wanted], 16, TOP, BOTTOM)
    return join(
        *(element("text", words, class_=kind or None, x=RIGHT + 8, y=y + 4) for (_, words, kind), y in zip(wanted, places, strict=True))
    )


def _shown(value: float | None, curve: EpidemicCurve) -> str:
    return "—" if value is None else f"{value:,.{curve.decimals}f}"


def watch_line(values: Sequence[float | None], upper: float | None, alarm: bool) -> SafeString:
    """The small picture of a watched series: the line, the present bound dotted, the last value marked when it exceeds it."""
    known = [value for value in values if value is not None]
    top = max([*known, upper or 0.0, 1e-9])
    across, up = Scale(0, max(len(values) - 1, 1), 2, 116), Scale(0, top, 22, 3)
    runs: list[list[tuple[float, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((across(place), up(value)))
    parts = [element("polyline", class_="line thin", points=points(run)) for run in runs if len(run) > 1]
    if upper is not None:
        parts.append(element("path", class_="thr", d=f"M2,{number(up(upper))}H116"))
    if values and values[-1] is not None:
        parts.append(element("circle", class_="f-bad" if alarm else "f-accent", cx=across(len(values) - 1), cy=up(values[-1]), r=3))
    return drawing(120, 24, *parts, class_="ch spark")
