"""The one exit for figures about few people: small counts are withheld, and so is what would let a reader work them out."""

from collections.abc import Sequence
from dataclasses import dataclass

SMALL = 10


def words(small: int = SMALL) -> str:
    """What stands in place of a withheld figure."""
    return f"人数少于 {small}，不显示，已并入合计"


@dataclass(frozen=True)
class Cell:
    """One row of a published breakdown: ``top`` persons counted out of ``bottom`` (equal to ``top`` for a plain count)."""

    top: float
    bottom: float

    def is_small(self, small: int = SMALL) -> bool:
        """Whether the persons counted, those not counted, or the whole group are few enough to point at a neighbour."""
        return any(0 < count < small for count in (self.top, self.bottom, self.bottom - self.top))


def withheld(cells: Sequence[Cell], *, small: int = SMALL, total_shown: bool = True) -> list[bool]:
    """Which rows of one breakdown must not be shown.

    Every small row, and where the total is shown too and only one row (or rows adding up to a small count) would be hidden, the next
    smallest rows as well: otherwise the hidden count is the total less the others. Rows without anyone stay, they say nothing of a person.
    """
    hidden = [cell.is_small(small) for cell in cells]
    if not total_shown or not any(hidden):
        return hidden
    open_rows = sorted((i for i, cell in enumerate(cells) if not hidden[i] and cell.bottom > 0), key=lambda i: cells[i].bottom)
    while open_rows and _can_be_worked_out(cells, hidden, small):
        hidden[open_rows.pop(0)] = True
    return hidden


def _can_be_worked_out(cells: Sequence[Cell], hidden: Sequence[bool], small: int) -> bool:
    covered = [cell for cell, is_hidden in zip(cells, hidden, strict=True) if is_hidden]
    together = Cell(sum(cell.top for cell in covered), sum(cell.bottom for cell in covered))
    return len(covered) == 1 or together.is_small(small)
