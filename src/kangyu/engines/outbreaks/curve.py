"""The epidemic curve by day of onset, stacked by how certain each case is."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

MOST_DAYS = 120
"""A curve of more days is drawn by week."""


@dataclass(frozen=True)
class Day:
    """One bar: the first of its ``span`` days, the cases of each layer."""

    on: date
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class Curve:
    """``days`` without gaps, each ``span`` days long; ``layers`` from the bottom up; ``undated`` cases have no day of onset."""

    days: tuple[Day, ...]
    layers: tuple[str, ...]
    span: int
    undated: int

    @property
    def total(self) -> int:
        return sum(day.total for day in self.days)

    @property
    def peak(self) -> Day | None:
        """The first of the highest bars; none of an empty curve."""
        return max(self.days, key=lambda day: day.total, default=None)


def onset_curve(onsets: Iterable[tuple[date | None, str]], layers: Sequence[str], until: date | None = None, before: int = 1) -> Curve:
    """A bar for each day from ``before`` days before the first onset to the last, or to ``until`` if that is later.

    ``onsets`` are (day, layer); a layer that is not among ``layers`` is put on top of them.
    """
    held = list(onsets)
    dated = [(day, layer) for day, layer in held if day is not None]
    extra = [layer for layer in dict.fromkeys(layer for _, layer in dated) if layer not in layers]
    every = (*layers, *extra)
    if not dated:
        return Curve((), every, 1, len(held))
    first = min(day for day, _ in dated) - timedelta(days=before)
    last = max(*(day for day, _ in dated), until or date.min) if len(dated) > 1 else max(dated[0][0], until or date.min)
    span = 1 if (last - first).days < MOST_DAYS else 7
    counted = Counter(((day - first).days // span, layer) for day, layer in dated)
    bars = range((last - first).days // span + 1)
    days = tuple(
        Day(first + timedelta(days=bar * span), {layer: counted[bar, layer] for layer in every if counted[bar, layer]}) for bar in bars
    )
    return Curve(days, every, span, len(held) - len(dated))
