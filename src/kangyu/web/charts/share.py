"""A bar cut into its parts: statuses of a plan, work done and left."""

from collections.abc import Sequence

from django.utils.safestring import SafeString

from .markup import drawing, element

WIDTH, GAP = 400, 2


def share_bar(parts: Sequence[tuple[str, float]], *, title: str, height: float = 12) -> SafeString:
    """``parts`` are (class, count) in order: ``ok warn bad none done rest``. Widths are in proportion; empty parts are left out."""
    shown = [(kind, count) for kind, count in parts if count > 0]
    total = sum(count for _, count in shown)
    if not total:
        return drawing(
            WIDTH,
            height,
            element("rect", class_="none", x=0.5, y=0.5, width=WIDTH - 1, height=height - 1, rx=1),
            title=title,
            class_="sharebar",
        )
    room = WIDTH - GAP * (len(shown) - 1)
    at, drawn = 0.0, []
    for kind, count in shown:
        width = room * count / total
        inset = 0.5 if kind == "none" else 0
        drawn.append(
            element("rect", class_=kind, x=at + inset, y=inset, width=max(1.0, width - 2 * inset), height=height - 2 * inset, rx=1)
        )
        at += width + GAP
    return drawing(WIDTH, height, *drawn, title=title, class_="sharebar", preserveAspectRatio="none")


def count_bar(count: float, most: float) -> SafeString:
    """A plain bar of a list, 220 px for the greatest."""
    width = 220 * count / most if most else 0
    return drawing(220, 12, element("rect", class_="bar", x=0, y=0, width=max(1.0, width) if count else 0, height=12, rx=1))
