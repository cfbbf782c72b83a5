"""How a form looks on the official paper: rows and cells with words and answers, no pixels."""

import re
from collections.abc import Iterator
from typing import Self

from pydantic import Field as Described
from pydantic import model_validator

from .base import Key, Model, Title

PLACE = re.compile(r"\{([a-z][a-z0-9_.]*)(?::(choices|list|numbers|unit))?\}")
"""An answer or a fact in the words of a cell."""
PRINTED_FACTS = ("on", "institution", "author")
"""What a sheet knows besides the answers, the subject and what was derived."""


class Cell(Model):
    """One cell. ``says`` holds words and answers in braces: ``{systolic}/{diastolic}``; ``{salt:choices}`` writes all choices,
    numbered, and the number of the chosen one; ``{salt:list}`` and ``{salt:numbers}`` the two apart, so that a title can list what
    the cells beside it number; ``{weight:unit}`` adds the unit. ``{on}``, ``{institution}``, ``{author}``, ``{subject.name}`` and
    ``{derived.outcome}`` speak of the sheet."""

    title: str | None = None
    says: str = ""
    width: int = Described(1, ge=1, le=12, description="占几份宽")


class PaperRow(Model):
    """A row of cells, or a repeating table of the form, or a heading over what follows."""

    heading: Title | None = None
    cells: tuple[Cell, ...] = ()
    table: Key | None = Described(None, description="印出表单里的哪个表格")
    columns: tuple[Key, ...] = Described((), description="表格的哪些列；不写则全部")
    blank_rows: int = Described(3, ge=0, le=40, description="空白表上留几行")
    lines: int = Described(1, ge=1, le=20, description="至少几行高")

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if sum((self.heading is not None, bool(self.cells), self.table is not None)) != 1:
            raise ValueError("print 的每一行写一样：heading、cells 或 table")
        return self


class Paper(Model):
    """The sheet. With ``visits`` several visits stand side by side, each row naming its line once; without, one sheet for each."""

    title: Title | None = None
    subtitle: str | None = Described(None, description="表号、制表机关等，印在标题下")
    head: tuple[Cell, ...] = Described((), description="标题下的一行：姓名、编号等")
    visits: int = Described(1, ge=1, le=6, description="一张纸并排几次")
    landscape: bool = False
    rows: tuple[PaperRow, ...] = Described(min_length=1)
    foot: str | None = Described(None, description="表下的填表说明")

    @property
    def names(self) -> Iterator[str]:
        """Every name in braces."""
        for cell in (*self.head, *(cell for row in self.rows for cell in row.cells)):
            yield from (match[1] for match in PLACE.finditer(f"{cell.title or ''} {cell.says}"))

    @model_validator(mode="after")
    def _fits_side_by_side(self) -> Self:
        if self.visits > 1:
            for place, row in enumerate(self.rows):
                if row.table or (row.cells and (len(row.cells) != 1 or not row.cells[0].title)):
                    raise ValueError(f"第 {place + 1} 行：几次并排时，每行写一格，并写 title")
        return self
