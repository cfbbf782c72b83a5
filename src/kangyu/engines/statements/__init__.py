"""Statements: a sheet of rows and columns over each institution's records, a pool shared exactly, frozen as one text with a digest."""

from .freezing import canonical, declared_in, digest_of, frozen, thaw
from .periods import period_before, period_of, period_words
from .prepared import PreparedStatement, prepare
from .sheet import Figured, Points, RowFacts, Sheet, SheetRow, compute, rows_among

__all__ = [
    "Figured",
    "Points",
    "PreparedStatement",
    "RowFacts",
    "Sheet",
    "SheetRow",
    "canonical",
    "compute",
    "declared_in",
    "digest_of",
    "frozen",
    "period_before",
    "period_of",
    "period_words",
    "prepare",
    "rows_among",
    "thaw",
]
