"""Carrying out entries on the balances given: the lines they come to, or a refusal that names every account that falls short.

Pure: the caller locks the balances and holds that ``reach`` names, hands them in, and stores the lines. Lines add up: the sum of all
lines ever stored on an account is its balance.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from kangyu.kernel.errors import ProblemsError

from .book import ZERO, Account, Balance, Book, Entry, Line, faults
from .refusal import Refused, Shortage

Holds = Mapping[str, Mapping[Account, Decimal]]
"""What is still held under each hold, account by account."""


@dataclass(frozen=True)
class Reach:
    """What a posting touches: accounts named whole, patterns of accounts to pick from, and holds."""

    accounts: frozenset[Account]
    counted: frozenset[Account]
    patterns: tuple[Mapping[str, str], ...]
    holds: frozenset[str]


def reach(book: Book, entries: Sequence[Entry]) -> Reach:
    """What must be locked before ``carry_out``: accounts, those of them that must exist so that they can be (``counted``), patterns, holds.

    Where a move goes to follows from what it picks, so patterns bring their targets along.
    """
    found = faults(book, list(entries))
    if found:
        raise ProblemsError(found)
    accounts, patterns = set(), []
    for entry in entries:
        for values in (entry.at, {**entry.at, **entry.to} if entry.to else {}):
            if book.whole(values) or (values and entry.verb in ("put", "count")):
                accounts.add(book.account(values))
            elif values:
                patterns.append(values)
    counted = frozenset(book.account(entry.at) for entry in entries if entry.verb == "count")
    return Reach(frozenset(accounts), counted, tuple(patterns), frozenset(entry.hold for entry in entries if entry.hold))


def carry_out(book: Book, entries: Sequence[Entry], *, balances: Mapping[Account, Balance], holds: Holds, today: date) -> tuple[Line, ...]:
    """The lines of a posting, all of it or none.

    ``today`` decides what has expired: the last day itself may still be used. Raises ``Refused`` (every shortage) or ``ProblemsError``.
    """
    found = faults(book, list(entries))
    if found:
        raise ProblemsError(found)
    work = _Work(book, today, dict(balances), {key: dict(lines) for key, lines in holds.items()})
    for entry in entries:
        _VERBS[entry.verb](work, entry)
    if work.short:
        raise Refused(book, tuple(work.short))
    return tuple(work.lines)


@dataclass
class _Work:
    """Balances and holds as they stand after the entries carried out so far."""

    book: Book
    today: date
    balances: dict[Account, Balance]
    holds: dict[str, dict[Account, Decimal]]
    lines: list[Line] = field(default_factory=list)
    short: list[Shortage] = field(default_factory=list)

    def add(self, line: Line) -> None:
        before = self.balances.get(line.account, Balance())
        self.balances[line.account] = Balance(before.quantity + line.quantity, before.held + line.held)
        if line.held:
            lines = self.holds.setdefault(line.hold, {})
            lines[line.account] = lines.get(line.account, ZERO) + line.held
        self.lines.append(line)

    def spare(self, account: Account) -> Decimal | None:
        """How much may be taken off an account; ``None`` without limit."""
        if self.book.floor is None:
            return None
        return max(ZERO, self.balances.get(account, Balance()).free - self.book.floor)

    def usable(self, entry: Entry) -> list[Account]:
        """The accounts an entry may draw from, the first to expire first; expired stock only on its way to be scrapped."""
        if self.book.whole(entry.at):
            known: Iterable[Account] = [self.book.account(entry.at)]
        elif self.book.earliest or not self.book.missing(entry.at):
            known = [one for one in self.balances if self.book.matches(one, entry.at)]
        else:
            known = ()
        return sorted((one for one in known if self.may_leave(one, entry)), key=self.by_expiry)

    def may_leave(self, account: Account, entry: Entry) -> bool:
        scrapping = bool(self.book.scrap) and self.book.scrap.items() <= entry.to.items()
        return scrapping or not self.book.expired(account, self.today)

    def by_expiry(self, account: Account) -> tuple[date, Account]:
        return self.book.expiry(account) or date.max, account

    def held_for(self, entry: Entry) -> list[tuple[Account, Decimal]]:
        """What is held under the entry's hold on the accounts it speaks of, the first to expire first."""
        lines = self.holds.get(entry.hold, {}) if entry.hold else {}
        fitting = [account for account, left in lines.items() if left > 0 and self.book.matches(account, entry.at)]
        return [(account, lines[account]) for account in sorted(fitting, key=self.by_expiry)]

    def miss(self, entry: Entry, wanted: Decimal, got: Decimal) -> None:
        matching = [one for one in self.balances if self.book.matches(one, entry.at)]
        expired = sum((self.balances[one].quantity for one in matching if not self.may_leave(one, entry)), ZERO)
        self.short.append(Shortage(dict(entry.at), wanted, got, expired))


def _put(work: _Work, entry: Entry) -> None:
    work.add(Line("put", work.book.account(entry.at), _given(entry)))


def _take(work: _Work, entry: Entry) -> None:
    for account, quantity, held in _drawn(work, entry):
        work.add(Line("take", account, -quantity, -held, entry.hold if held else ""))


def _move(work: _Work, entry: Entry) -> None:
    for account, quantity, held in _drawn(work, entry):
        to = work.book.account({**work.book.named(account), **entry.to})
        work.add(Line("move", account, -quantity, -held, entry.hold if held else ""))
        work.add(Line("move", to, quantity))


def _hold(work: _Work, entry: Entry) -> None:
    wanted = _given(entry)
    parts, left = _from_free(work, entry, wanted)
    if left > 0:
        return work.miss(entry, wanted, wanted - left)
    for account, quantity, _ in parts:
        work.add(Line("hold", account, ZERO, quantity, entry.hold, entry.until))


def _free(work: _Work, entry: Entry) -> None:
    """The last to expire is freed first. Freeing what has lapsed meanwhile changes nothing and is no fault."""
    left = entry.quantity
    for account, held in reversed(work.held_for(entry)):
        part = held if left is None else min(held, left)
        if part > 0:
            work.add(Line("free", account, ZERO, -part, entry.hold))
        left = None if left is None else left - part


def _count(work: _Work, entry: Entry) -> None:
    """Stock-taking: the difference is posted. What is held cannot be counted away: the hold has to be freed first."""
    account = work.book.account(entry.at)
    before, found = work.balances.get(account, Balance()), _given(entry)
    if work.book.floor is not None and found - before.held < work.book.floor:
        work.short.append(Shortage(dict(entry.at), before.held + work.book.floor, found, ZERO, counted=True))
        return
    work.add(Line("count", account, found - before.quantity))


_VERBS = {"put": _put, "take": _take, "move": _move, "hold": _hold, "free": _free, "count": _count}


def _given(entry: Entry) -> Decimal:
    return entry.quantity if entry.quantity is not None else ZERO


Part = tuple[Account, Decimal, Decimal]
"""An account, how many come from it, and how many of those were held."""


def _drawn(work: _Work, entry: Entry) -> list[Part]:
    """Where a quantity is taken from: what is held for it first, the rest from what is free; nothing if it does not suffice."""
    held = [(account, left) for account, left in work.held_for(entry) if work.may_leave(account, entry)]
    wanted = left = sum((kept for _, kept in held), ZERO) if entry.quantity is None else entry.quantity
    parts: list[Part] = []
    for account, kept in held:
        part = min(kept, left)
        if part > 0:
            parts.append((account, part, part))
            left -= part
    free, left = _from_free(work, entry, left)
    if left > 0 or not parts + free:
        work.miss(entry, wanted, wanted - left)
        return []
    return parts + free


def _from_free(work: _Work, entry: Entry, wanted: Decimal) -> tuple[list[Part], Decimal]:
    """Parts of what nobody holds, and how many are still missing."""
    parts: list[Part] = []
    left = wanted
    for account in work.usable(entry) if wanted > 0 else ():
        spare = work.spare(account)
        part = left if spare is None else min(spare, left)
        if part > 0:
            parts.append((account, part, ZERO))
            left -= part
    return parts, left
