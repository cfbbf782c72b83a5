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


@dataclass(frozen=True)
class Limit:
    """How many false alarms per place and year there is room for where nothing is found, and where everything is; in words."""

    at_none: float
    at_all: float
    words: str


def tradeoff(choices: Sequence[Choice], *, title: str, limit: Limit | None = None) -> SafeString:
    """Top left is best: everything found, nothing false. The points are joined in the order of thresholds; right of ``limit`` there are
    more alarms than people to verify them."""
    if not choices:
        return join()
    across = Scale(0, bounds([0, *(one.false_per_year for one in choices), 0.1])[1], LEFT, RIGHT)
    up = Scale(0, 1, BOTTOM, TOP)
    placed = [(across(one.false_per_year), up(one.sensitivity)) for one in choices]
    line = element("polyline", class_="target", points=points(placed)) if len(placed) > 1 else None
    return drawing(WIDTH, HEIGHT, _axes(across, up), _budget(limit, across, up), line, *_points(choices, placed), title=title)


def _budget(limit: Limit | None, across: Scale, up: Scale) -> SafeString:
    """The line of the budget; nothing where the whole drawing lies within it."""
    if limit is None or limit.at_none <= 0 or limit.at_none > across.high:
        return join()
    slope = limit.at_none - limit.at_all
    share = min(1.0, limit.at_none / slope) if slope > 0 else 1.0  # where what is found uses up all of the budget
    foot, top = (across(limit.at_none), up(0)), (across(max(limit.at_none - share * slope, 0.0)), up(share))
    end = foot[0] > (LEFT + RIGHT) / 2
    return join(
        element("path", class_="thr", d=f"M{number(foot[0])},{number(foot[1])}L{number(top[0])},{number(top[1])}"),
        element("text", limit.words, class_="e" if end else "d", x=foot[0] + (-6 if end else 6), y=BOTTOM - 8),
    )


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
    """Every point, and one label for those whose words would stand on each other."""
    groups: list[list[int]] = []
    for place, (x, y) in enumerate(placed):
        near = (one for one in groups if abs(placed[one[0]][0] - x) < 110 and abs(placed[one[0]][1] - y) < 18)
        group = next(near, None)
        if group is None:
            groups.append([place])
        else:
            group.append(place)
    parts = [
        element("circle", element("title", one.says), class_="f-accent" if one.in_use else "knot", cx=x, cy=y, r=6 if one.in_use else 5)
        for one, (x, y) in zip(choices, placed, strict=True)
    ]
    for group in groups:
        x, y = min(placed[place][0] for place in group), min(placed[place][1] for place in group)
        words = "、".join(choices[place].words + ("（在用）" if choices[place].in_use else "") for place in group)
        end = x > (LEFT + RIGHT) * 0.6
        kind = " ".join(filter(None, ["s" if any(choices[place].in_use for place in group) else "d", "e" if end else ""]))
        x = max(placed[place][0] for place in group) + 8 if end else x - 8
        below = y < TOP + 10  # beside the words of the axis there is no room above
        parts.append(element("text", words, class_=kind, x=x, y=y + 20 if below else y - 10))
    return parts
