"""What a ledger is made of: its dimensions, its floor, the entries posted to it and the lines they come to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Literal, get_args

from kangyu.engines.content.kinds import Ledger
from kangyu.kernel.errors import Problem

Verb = Literal["put", "take", "move", "hold", "free", "count"]
VERBS: tuple[str, ...] = get_args(Verb)
Account = tuple[str, ...]
"""The values of a book's dimensions, in their order; a date is written ``2026-03-01``, what has no expiry is empty there."""
ZERO = Decimal(0)


@dataclass(frozen=True)
class Book:
    """A ledger's rules. ``floor`` is the least that may remain unheld on an account; ``None`` lets it fall without limit."""

    key: str
    title: str
    unit: str
    dimensions: tuple[str, ...]
    titles: Mapping[str, str]
    expires: str | None = None
    earliest: bool = False
    floor: Decimal | None = ZERO
    decimals: int = 0
    scrap: Mapping[str, str] = field(default_factory=dict)

    def account(self, values: Mapping[str, str]) -> Account:
        """The values in order; what is not given is empty."""
        return tuple(values.get(name, "") for name in self.dimensions)

    def named(self, account: Account) -> dict[str, str]:
        """The values of an account by dimension."""
        return dict(zip(self.dimensions, account, strict=True))

    def missing(self, values: Mapping[str, str]) -> list[str]:
        """Dimensions that are not given; the expiry date may be left out for what never expires."""
        return [name for name in self.dimensions if not values.get(name) and name != self.expires]

    def whole(self, values: Mapping[str, str]) -> bool:
        """Whether the values name one account: everything but the expiry is given, and that too where lots are told apart by it."""
        return not self.missing(values) and (self.expires is None or self.expires in values)

    def matches(self, account: Account, values: Mapping[str, str]) -> bool:
        """Whether an account is one of those that the values speak of."""
        return all(account[self.dimensions.index(name)] == value for name, value in values.items())

    def expiry(self, account: Account) -> date | None:
        """The last day on which what lies there may be used; ``None`` where it never expires."""
        text = account[self.dimensions.index(self.expires)] if self.expires else ""
        return date.fromisoformat(text) if text else None

    def expired(self, account: Account, today: date) -> bool:
        last = self.expiry(account)
        return last is not None and last < today


@dataclass(frozen=True)
class Entry:
    """One thing to post: a verb, how many, and the account ``at`` (``move``: from ``at`` to ``to``) dimension by dimension.

    ``take``, ``move`` and ``hold`` may leave dimensions open where the book picks by expiry. ``count`` gives what was found.
    ``hold`` names the hold that is opened, freed, or used up first; what it does not cover comes from what is free. ``quantity`` may be
    left out only with a hold: everything under it. A hold lapses at ``until``.
    """

    verb: Verb
    quantity: Decimal | None = None
    at: Mapping[str, str] = field(default_factory=dict)
    to: Mapping[str, str] = field(default_factory=dict)
    hold: str = ""
    until: datetime | None = None


@dataclass(frozen=True)
class Balance:
    """What lies on an account, and how much of it is held for somebody."""

    quantity: Decimal = ZERO
    held: Decimal = ZERO

    @property
    def free(self) -> Decimal:
        return self.quantity - self.held


@dataclass(frozen=True)
class Line:
    """What an entry came to on one account: the change of its quantity and of what is held, and under which hold."""

    verb: str
    account: Account
    quantity: Decimal = ZERO
    held: Decimal = ZERO
    hold: str = ""
    until: datetime | None = None


def open_book(declared: Ledger) -> Book:
    """The rules of a declared ledger."""
    return Book(
        key=declared.key,
        title=declared.title,
        unit=declared.unit,
        dimensions=tuple(declared.accounts),
        titles={key: dimension.title for key, dimension in declared.accounts.items()},
        expires=declared.expires,
        earliest=declared.pick == "earliest_expiry",
        floor=None if declared.never_below is None else Decimal(str(declared.never_below)),
        decimals=declared.decimals,
        scrap=dict(declared.scrap),
    )


def faults(book: Book, entries: list[Entry]) -> list[Problem]:
    """Everything wrong with how entries are written, so that all can be mended at once; balances are not looked at."""
    found: list[Problem] = []
    for number, entry in enumerate(entries, 1):
        place = f"{book.title} 第 {number} 行"
        found += [Problem(place, "", message, remedy) for message, remedy in _faults(book, entry)]
    return found


def _faults(book: Book, entry: Entry) -> list[tuple[str, str]]:
    found = []
    if entry.verb not in VERBS:
        return [(f"不认识的记账动作 {entry.verb}", f"可用：{'、'.join(VERBS)}。")]
    for name in (*entry.at, *entry.to):
        if name not in book.dimensions:
            found.append((f"这本台账没有“{name}”这一项", f"可用：{'、'.join(book.dimensions)}。"))
    found += _wrong_quantity(book, entry)
    if bool(entry.to) != (entry.verb == "move"):
        found.append(("只有移库要写到哪里，移库也一定要写", "请补上或去掉 to。"))
    if entry.verb in ("hold", "free") and not entry.hold:
        found.append(("占用和放开要写明是谁的占用", "请补上 hold。"))
    picks = book.earliest or (entry.hold and entry.verb != "hold")
    if entry.verb in ("put", "count") or not picks:
        missing = [book.titles[name] for name in book.missing(entry.at)]
        if missing:
            found.append((f"没有写明{'、'.join(missing)}", "请补全后再记。"))
    return found + _wrong_dates(book, entry)


def _wrong_quantity(book: Book, entry: Entry) -> list[tuple[str, str]]:
    if entry.quantity is None:
        return [] if entry.hold and entry.verb in ("take", "move", "free") else [("没有写数量", "请填写数量。")]
    try:
        fine = entry.quantity == entry.quantity.quantize(Decimal(1).scaleb(-book.decimals))
    except InvalidOperation:
        fine = False
    if not fine:
        return [(f"数量 {entry.quantity} 的小数位太多", f"最多 {book.decimals} 位小数。")]
    if entry.quantity < 0 or (entry.quantity == 0 and entry.verb != "count"):
        return [(f"数量 {entry.quantity} 不对", "数量要大于 0；盘点可以是 0。")]
    return []


def _wrong_dates(book: Book, entry: Entry) -> list[tuple[str, str]]:
    found = []
    for values in (entry.at, entry.to):
        text = values.get(book.expires or "", "")
        try:
            if text:
                date.fromisoformat(text)
        except ValueError:
            found.append((f"效期“{text}”不是日期", "请写成 2026-03-01 这样。"))
    return found
