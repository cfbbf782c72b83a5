"""An outbreak drawn: one square for each case on its day of onset, and below it, over the same days, who infected whom."""

from collections.abc import Mapping
from datetime import date, timedelta

from django.utils.safestring import SafeString

from kangyu.engines.outbreaks import Curve, Tree

from .markup import drawing, element, join, number
from .scales import Scale, ticks

WIDTH = 800
LEFT, RIGHT = 36.0, 784.0
TOP, FOOT = 26.0, 30.0
HIGHEST_SQUARE = 24.0
ROOM = 190.0
LANE, RADIUS = 30.0, 10.0
LAYERS = {"confirmed": "k1", "clinical": "k2", "suspected": "k3"}
"""The class of each layer of certainty; whatever else is drawn hollow."""


def days_across(curve: Curve) -> Scale:
    """Where each day lies: both drawings share it."""
    last = curve.days[-1].on + timedelta(days=curve.span)
    return Scale(curve.days[0].on.toordinal(), last.toordinal(), LEFT, RIGHT)


def onset_drawing(curve: Curve, titles: Mapping[str, str], until: date | None = None) -> SafeString:
    """The epidemic curve, a square for each case, the surest at the bottom; ``until`` marks the day from which it may be closed."""
    if not curve.days:
        return join()
    across, tallest = days_across(curve), max(day.total for day in curve.days)
    width = (RIGHT - LEFT) / len(curve.days)
    size = min(HIGHEST_SQUARE, ROOM / max(tallest, 1), width)
    height = TOP + size * tallest + FOOT
    base = height - FOOT
    parts = [element("text", "例" if curve.span == 1 else "例（每周）", class_="e", x=LEFT - 8, y=14), *_levels(tallest, size, base)]
    for day in curve.days:
        x = across(day.on.toordinal()) + (width - size) / 2
        parts += _squares(curve, day.on, day.counts, titles, x, base, size)
    parts += [element("path", class_="base", d=f"M{number(LEFT)},{number(base)}H{number(RIGHT)}"), *_dates(curve, across, width, base)]
    if until is not None and curve.days[0].on <= until <= curve.days[-1].on:
        x = across(until.toordinal())
        parts.append(element("path", class_="thr", d=f"M{number(x)},{number(TOP - 8)}V{number(base)}"))
        parts.append(element("text", f"{until:%m-%d} 起可结束", class_="e", x=x - 4, y=TOP - 10))
    return drawing(WIDTH, height, *parts, title=f"流行曲线：{curve.total} 例，按发病日期", class_="ch onsets")


def _levels(tallest: int, size: float, base: float) -> list[SafeString]:
    found = []
    for value in ticks(0, tallest, 4):
        if value and value == int(value):
            y = base - value * size
            found.append(element("path", class_="grid", d=f"M{number(LEFT)},{number(y)}H{number(RIGHT)}"))
            found.append(element("text", f"{value:g}", class_="e", x=LEFT - 8, y=y + 4))
    return found


def _squares(
    curve: Curve, on: date, counts: Mapping[str, int], titles: Mapping[str, str], x: float, base: float, size: float
) -> list[SafeString]:  # fmt: skip
    found, place = [], 0
    for layer in curve.layers:
        for _ in range(counts.get(layer, 0)):
            place += 1
            says = element("title", f"{on:%m-%d} 发病，{titles.get(layer, layer)}")
            kind = f"case {LAYERS.get(layer, 'k4')}"
            y = base - place * size
            found.append(
                element("rect", says, class_=kind, x=x + 0.75, y=y + 0.75, width=max(size - 1.5, 0.8), height=max(size - 1.5, 0.8))
            )
    return found


def _dates(curve: Curve, across: Scale, width: float, base: float) -> list[SafeString]:
    every = max(1, round(56 / width))
    found = []
    for place, day in enumerate(curve.days):
        if place % every == 0:
            x = across(day.on.toordinal()) + width / 2
            found.append(element("path", class_="base", d=f"M{number(x)},{number(base)}v4"))
            found.append(element("text", f"{day.on:%m-%d}", class_="m", x=x, y=base + 18))
    return found


def tree_drawing(tree: Tree, curve: Curve, labels: Mapping[str, tuple[int, str]], kinds: Mapping[str, str]) -> SafeString:
    """The transmission tree over the days of the curve: each linked case a circle with its number, the generation by its ring.

    ``labels`` are (number, name) by case, ``kinds`` their certainty. Cases linked to nobody are not drawn; the page lists them.
    """
    shown = [node for node in tree.nodes.values() if node.source or node.infected]
    if not shown or not curve.days:
        return join()
    across = days_across(curve)
    width = (RIGHT - LEFT) / len(curve.days)
    lanes = max(node.lane for node in shown) + 1
    height = TOP + lanes * LANE + FOOT - 6
    places: dict[str, tuple[float, float]] = {}
    for node in sorted(shown, key=lambda one: one.generation):
        x = across(node.onset.toordinal()) + width / 2 if node.onset else LEFT + width / 2
        before = places.get(node.source)
        places[node.id] = (max(x, before[0] + 2 * RADIUS + 6) if before else x, TOP + node.lane * LANE)
    parts = _weeks(curve, across, width, height)
    for node in shown:
        if node.source in places:
            (x, y), (to, down) = places[node.source], places[node.id]
            parts.append(element("path", class_="link", d=f"M{number(x)},{number(y)}V{number(down)}H{number(to - RADIUS)}"))
    for node in shown:
        parts += _circle(places[node.id], labels.get(node.id, (0, "")), kinds.get(node.id, ""), node.generation, len(node.infected))
    words = "、".join(f"第 {number_ + 1} 代 {count} 例" for number_, count in enumerate(tree.generations))
    return drawing(WIDTH, height, *parts, title=f"传播树：{words}", class_="ch spread")


def _weeks(curve: Curve, across: Scale, width: float, height: float) -> list[SafeString]:
    every = max(1, round(56 / width))
    found = []
    for place, day in enumerate(curve.days):
        if place % every == 0:
            x = across(day.on.toordinal()) + width / 2
            found.append(element("path", class_="grid", d=f"M{number(x)},{number(TOP - 16)}V{number(height - FOOT)}"))
            found.append(element("text", f"{day.on:%m-%d}", class_="m", x=x, y=height - 8))
    return found


def _circle(place: tuple[float, float], label: tuple[int, str], kind: str, generation: int, infected: int) -> list[SafeString]:
    (x, y), (own, name) = place, label
    says = f"{own} 号{f'，{name}' if name else ''}，第 {generation + 1} 代{f'，传给 {infected} 人' if infected else ''}"
    shape = f"case {LAYERS.get(kind, 'k4')} g{min(generation, 3)}"
    found = [element("circle", element("title", says), class_=shape, cx=x, cy=y, r=RADIUS)]
    found.append(element("text", str(own), class_=f"n {LAYERS.get(kind, 'k4')}", x=x, y=y + 4))
    if not infected and name:
        found.append(element("text", name, class_="s", x=x + RADIUS + 5, y=y + 4))
    return found
