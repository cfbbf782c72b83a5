"""A placed graph as SVG that carries its own colours: it prints, and needs neither script nor style sheet."""

from collections.abc import Iterator
from html import escape

from .graph import LINE_HEIGHT, PADDING_Y, SIZES, Box
from .placing import Curve, Placed, Rect

INK, DIM, LINE, ACCENT, WASH, WARN, GROUND = "#14202b", "#44515c", "#5f6c77", "#0b5d7a", "#e8f2f6", "#8a5a00", "#ffffff"
FILLS = {
    "start": "#14202b",
    "state": WASH,
    "end": "#ebeff1",
    "move": GROUND,
    "part": GROUND,
    "form": WASH,
    "rule": "#f6f8f9",
    "result": GROUND,
}
EDGES = {"start": "#14202b", "state": ACCENT, "end": LINE, "part": ACCENT, "form": ACCENT, "rule": "#dce2e6", "result": LINE}
INKS = {"title": INK, "plain": INK, "dim": DIM, "clock": WARN}
STROKES = {"plain": LINE, "late": WARN, "part": ACCENT}
DASHES = {"late": "5 3", "part": "2 3"}
FONT = "PingFang SC, Microsoft YaHei UI, Noto Sans CJK SC, Source Han Sans SC, sans-serif"


def number(value: float) -> str:
    """A coordinate with at most one decimal."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def svg(placed: Placed, title: str) -> str:
    """The drawing as one element, named ``title`` for those who do not see it."""
    size = f'width="{number(placed.width)}" height="{number(placed.height)}" viewBox="0 0 {number(placed.width)} {number(placed.height)}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" class="flow" role="img" aria-label="{escape(title)}" font-family="{FONT}" {size}>'
    return (
        head
        + "".join((*map(_curve, placed.curves), *(part for box in placed.graph.boxes for part in _box(box, placed.rects[box.key]))))
        + "</svg>"
    )


def _curve(curve: Curve) -> str:
    link = curve.link
    steps = []
    for place, (x, enter, leave) in enumerate(curve.stops):
        if place == 0:
            steps.append(f"M{number(x)},{number(enter)}")
        else:
            before, y = curve.stops[place - 1][0], curve.stops[place - 1][2]
            middle = (y + enter) / 2
            steps.append(f"C{number(before)},{number(middle)} {number(x)},{number(middle)} {number(x)},{number(enter)}")
        steps.append(f"V{number(leave)}")
    colour = STROKES[link.look]
    dash = f' stroke-dasharray="{DASHES[link.look]}"' if link.look in DASHES else ""
    line = f'<path d="{"".join(steps)}" fill="none" stroke="{colour}" stroke-width="1.3"{dash}/>'
    return line + (_head(curve, colour) if link.arrow else "")


def _head(curve: Curve, colour: str) -> str:
    """The arrow's point, down into the lower box or up into the upper one."""
    if curve.link.back:
        x, y, turn = curve.stops[0][0], curve.stops[0][1], 1.0
    else:
        x, y, turn = curve.stops[-1][0], curve.stops[-1][2], -1.0
    return f'<path d="M{number(x)},{number(y)}l-4,{number(7 * turn)}h8z" fill="{colour}"/>'


def _box(box: Box, rect: Rect) -> Iterator[str]:
    edge = EDGES.get(box.kind)
    dash = ' stroke-dasharray="4 3"' if box.kind == "part" else ""
    round_ = rect.height / 2 if box.kind in ("start", "end") else 4
    shape = f'x="{number(rect.x)}" y="{number(rect.y)}" width="{number(rect.width)}" height="{number(rect.height)}" rx="{number(round_)}"'
    if edge:
        yield f'<rect {shape} fill="{FILLS[box.kind]}" stroke="{edge}" stroke-width="1.2"{dash}/>'
    y = rect.y + PADDING_Y + LINE_HEIGHT * 0.74
    for line in box.broken:
        ink = GROUND if box.kind == "start" else INKS[line.style]
        weight = ' font-weight="600"' if line.style == "title" else ""
        place = f'x="{number(rect.middle)}" y="{number(y)}" text-anchor="middle"'
        yield f'<text {place} font-size="{number(SIZES[line.style])}" fill="{ink}"{weight}>{escape(line.text)}</text>'
        y += LINE_HEIGHT
