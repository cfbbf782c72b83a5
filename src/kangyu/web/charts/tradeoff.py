"""Thresholds weighed: how many outbreaks are found against how often the alarm is false, one point for each threshold."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from .markup import drawing, element, join, number, points
from .scales import Scale, bounds, ticks

WIDTH, HEIGHT = 620, 300
LEFT, RIGHT, TOP, BOTTOM = 52.0, 590.0, 24.0, 244.0


@dataclass(frozen=True)
class Choice:
    """One threshold: its words, false alarms per place and year, the share of outbreaks found (0 to 1), whether it is in use."""

    words: str
    false_per_year: float
    sensitivity: float
    in_use: bool = False
    says: str = ""


def tradeoff(choices: Sequence[Choice], *, title: str) -> SafeString:
    """Top left is best: everything found, nothing false. The points are joined in the order of thresholds."""
    if not choices:
        return join()
    across = Scale(0, bounds([0, *(one.false_per_year for one in choices), 0.1])[1], LEFT, RIGHT)
    up = Scale(0, 1, BOTTOM, TOP)
    placed = [(across(one.false_per_year), up(one.sensitivity)) for one in choices]
    line = element("polyline", class_="target", points=points(placed)) if len(placed) > 1 else None
    return drawing(WIDTH, HEIGHT, _axes(across, up), line, *_points(choices, placed), title=title)


def _axes(across: Scale, up: Scale) -> SafeString:
    parts = [
        element("text", "测到的暴发", x=LEFT - 44, y=12),
        element("text", "每个地点每年误报几次", class_="m", x=(LEFT + RIGHT) / 2, y=HEIGHT - 12),
    ]
    for share in (0.25, 0.5, 0.75, 1.0):
        parts.append(element("path", class_="grid", d=f"M{number(LEFT)},{number(up(share))}H{number(RIGHT)}"))
        parts.append(element("text", f"{share:.0%}", class_="e", x=LEFT - 8, y=up(share) + 4))
    for value in ticks(across.low, across.high):
        parts.append(element("path", class_="base", d=f"M{number(across(value))},{number(BOTTOM)}v4"))
        parts.append(element("text", f"{value:g}", class_="m", x=across(value), y=BOTTOM + 18))
    parts.append(element("path", class_="base", d=f"M{number(LEFT)},{number(BOTTOM)}H{number(RIGHT)}"))
    return join(*parts)


def _points(choices: Sequence[Choice], placed: Sequence[tuple[float, float]]) -> list[SafeString]:
    """Points on the same spot share one label, so that no words stand on others."""
    together: dict[tuple[int, int], list[int]] = {}
    for place, (x, y) in enumerate(placed):
        together.setdefault((round(x / 14), round(y / 14)), []).append(place)
    parts = []
    for places in together.values():
        x, y = placed[places[0]]
        words = "、".join(choices[place].words for place in places)
        use = any(choices[place].in_use for place in places)
        says = "；".join(choices[place].says for place in places)
        parts.append(element("circle", element("title", says), class_="f-accent" if use else "knot", cx=x, cy=y, r=6 if use else 5))
        end = x > (LEFT + RIGHT) * 0.7
        kind = " ".join(filter(None, ["s" if use else "d", "e" if end else ""]))
        parts.append(element("text", words + ("（在用）" if use else ""), class_=kind, x=x - 10 if end else x + 10, y=y - 8))
    return parts
