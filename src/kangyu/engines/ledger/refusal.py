"""Why a ledger refuses, said so that the person knows which account, how many are short, and what to do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from kangyu.kernel.errors import UserError

from .book import Book

Names = Callable[[str, str], str]
"""The name people know a value by: (dimension, value) → words."""


@dataclass(frozen=True)
class Shortage:
    """One account (or the accounts of a pattern) that cannot give what is asked; ``expired`` lies there but may not be used."""

    at: Mapping[str, str]
    wanted: Decimal
    available: Decimal
    expired: Decimal = Decimal(0)
    counted: bool = False

    @property
    def short(self) -> Decimal:
        return self.wanted - self.available


def plain(number: Decimal) -> str:
    """A quantity without trailing zeros and never in scientific notation."""
    return f"{number.normalize():f}" if number else "0"


class Refused(UserError):
    """The ledger would fall below its floor. Nothing was posted."""

    def __init__(self, book: Book, shortages: tuple[Shortage, ...], names: Names = lambda _, value: value):
        self.book, self.shortages = book, shortages
        super().__init__("\n".join(_words(book, one, names) for one in shortages))

    def with_names(self, names: Names) -> "Refused":
        """The same refusal in the words people know accounts by."""
        return Refused(self.book, self.shortages, names)


def _words(book: Book, one: Shortage, names: Names) -> str:
    where = " · ".join(names(key, one.at[key]) for key in book.dimensions if one.at.get(key))
    unit = book.unit
    if one.counted:
        held, found = plain(one.wanted), plain(one.available)
        return f"{book.title}：{where} 盘点 {found} {unit}，但已占用 {held} {unit}。请先放开占用，再盘点。"
    if not one.wanted:
        return f"{book.title}：{where} 的占用已经放开或用完。请重新占用。"
    expired = f"（另有 {plain(one.expired)} {unit} 已过效期，不能用）" if one.expired > 0 else ""
    asked = f"要 {plain(one.wanted)} {unit}，可用 {plain(one.available)} {unit}，差 {plain(one.short)} {unit}{expired}"
    return f"{book.title}：{where} {asked}。请减少数量，或先补充库存。"
