"""One row of a ranking: the value as a status mark on its 95 % interval, against the target."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.safestring import SafeString

from .markup import drawing, element, join, number, status_mark
from .scales import Scale

WIDTH, HEIGHT = 200, 20


@dataclass(frozen=True)
class Span:
    """What all rows share: the lowest and highest value drawn, and the target."""

    low: float
    high: float
    target: float | None

    @property
    def scale(self) -> Scale:
        return Scale(self.low, self.high, 4, WIDTH - 4)


def span_of(rows: Iterable[tuple[float | None, float | None, float | None]], target: float | None) -> Span | None:
    """The span that holds every (value, low, high) and the target, with a little air; None when nothing is known."""
    known = [number for row in rows for number in row if number is not None]
    known += [target] if target is not None else []
    if not known:
        return None
    air = (max(known) - min(known)) * 0.05 or abs(max(known)) * 0.05 or 1.0
    low = min(known) - air
    return Span(0.0 if low < 0 <= min(known) else low, max(known) + air, target)


def interval_bar(value: float | None, low: float | None, high: float | None, *, span: Span, status: str) -> SafeString:
    """The bar. A withheld or unknown value (None) leaves only the target line: nothing about it can be measured off the picture."""
    along = span.scale
    parts = [element("path", class_="grid", d=f"M0,10H{WIDTH}")]
    if span.target is not None:
        parts.append(element("path", class_="goal-line", d=f"M{number(along(span.target))},0v20"))
    if value is not None:
        if low is not None and high is not None:
            parts.append(element("path", class_="reach", d=f"M{number(along(low))},10H{number(along(high))}"))
        parts.append(status_mark(status, along(value), 10, 4))
    return drawing(WIDTH, HEIGHT, join(*parts))


def axis(span: Span, decimals: int) -> SafeString:
    """The small scale over the column: both ends and the target."""
    along = span.scale
    ends = [element("text", _short(span.low, decimals), x=0, y=12), element("text", _short(span.high, decimals), class_="e", x=WIDTH, y=12)]
    target = None
    if span.target is not None:
        place = along(span.target)
        if 42 < place < WIDTH - 42:
            target = element("text", _short(span.target, decimals), class_="m s", x=place, y=12)
    return drawing(WIDTH, 16, *ends, target)


def _short(value: float, decimals: int) -> str:
    return f"{value:,.{min(decimals, 1)}f}".replace(",", "\u00a0")
