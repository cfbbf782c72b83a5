"""How a reading is scored against rows verified by hand: quotes must overlap, figures must agree, each row is used once."""

from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]


@dataclass
class Score:
    """Matched pairs, the rows of the reference that were missed, and the rows that were read without being in it."""

    matched: list[tuple[Row, Row]] = field(default_factory=list)
    missed: list[Row] = field(default_factory=list)
    surplus: list[Row] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return len(self.matched) / max(1, len(self.matched) + len(self.missed))

    @property
    def precision(self) -> float:
        return len(self.matched) / max(1, len(self.matched) + len(self.surplus))

    def __str__(self) -> str:
        counts = f"{len(self.matched)} matched, {len(self.missed)} missed, {len(self.surplus)} surplus"
        return f"recall {self.recall:.3f} precision {self.precision:.3f} ({counts})"


def squeeze(text: str) -> str:
    return "".join(text.split())


def spans(text: str, quote: str) -> list[tuple[int, int]]:
    """Every place where a quote stands in a text, white space left out of both."""
    found, at = [], text.find(quote)
    while quote and at >= 0:
        found.append((at, at + len(quote)))
        at = text.find(quote, at + 1)
    return found


def overlap(text: str, left: str, right: str, least: float) -> bool:
    """Whether two quotes share at least this part of the shorter one, somewhere in the text."""
    for a in spans(text, left):
        for b in spans(text, right):
            common = min(a[1], b[1]) - max(a[0], b[0])
            if common >= least * min(a[1] - a[0], b[1] - b[0]):
                return True
    return False


def score(text: str, golden: list[Row], read: list[Row], agree: Any, least: float = 0.5) -> Score:
    """Pair the rows of the reference with the rows read, in document order; ``agree`` compares the figures of two rows."""
    text = squeeze(text)
    result, free = Score(), list(read)
    for row in golden:
        quote = squeeze(row["quote"])
        hit = next((other for other in free if agree(row, other) and overlap(text, quote, squeeze(other["quote"]), least)), None)
        if hit is None:
            result.missed.append(row)
        else:
            free.remove(hit)
            result.matched.append((row, hit))
    result.surplus = free
    return result


def same_figure(left: Row, right: Row) -> bool:
    """Two commitments agree when value and comparator do."""
    return left["value"] == right["value"] and left["comparator"] == right["comparator"]
