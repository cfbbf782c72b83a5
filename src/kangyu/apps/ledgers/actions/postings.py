"""Posts entries to a ledger: all of them or none, once for each key, in the caller's transaction."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import OperationalError, connection, transaction

from kangyu.apps.governance import clock
from kangyu.apps.governance.access import SYSTEM, Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.ledgers import names, rows
from kangyu.apps.ledgers.models import LedgerEntry, LedgerPosting
from kangyu.engines.content.kinds.base import Span
from kangyu.engines.language.calendar import shift
from kangyu.engines.ledger import Book, Entry, Line, Refused, carry_out, open_book, reach
from kangyu.gateways import content
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission

__all__ = ["Entry", "Posted", "PostedLine", "Refused", "book_of", "post"]
TRIES = 4
DEADLOCK = "40P01"


@dataclass(frozen=True)
class PostedLine:
    """What a posting changed on one account, and how the account stood then."""

    account: Mapping[str, str]
    verb: str
    quantity: Decimal
    held: Decimal
    hold: str
    after: Decimal


@dataclass(frozen=True)
class Posted:
    """A posting as stored; ``again`` when the same key had been posted before and nothing changed now."""

    id: int
    ledger: str
    key: str
    lines: tuple[PostedLine, ...]
    again: bool = False


def book_of(ledger: str) -> Book:
    """The rules of a declared ledger. Raises ``UserError`` for a name nobody declared."""
    declared = content.current().ledgers.get(ledger)
    if declared is None:
        raise UserError(f"没有名为 {ledger} 的台账，请检查 content/ledgers 里的声明。")
    return open_book(declared)


def post(
    ledger: str, entries: Sequence[Entry], *, key: str, by: Viewer, reason: str = "", source: str = "", allowed: bool = False,
    on: date | None = None,
) -> Posted:  # fmt: skip
    """Post ``entries`` to a ledger, in the caller's transaction or one of its own.

    ``key`` makes it idempotent: posted twice, it counts once. ``reason`` is required for a count. ``source`` names what the posting
    follows from; ``allowed`` says that the caller has settled who may (the move of a case), else ``by`` needs the right to post.
    ``on`` is the day on which it happened where it is written down later; what had expired is judged by that day.
    Within one transaction post once to a ledger, and to several in the order of their keys, so that writers never wait in a circle.
    Raises ``Refused`` (every account that falls short, in the names people know), ``ProblemsError`` or ``DeniedError``.
    """
    if by is not SYSTEM and not allowed:
        by.require(Permission.LEDGER_POST)
    book = book_of(ledger)
    if not reason.strip() and any(entry.verb == "count" for entry in entries):
        raise UserError(f"{book.title}：盘点要写明原因，如“季度盘点”。")
    today = clock.today()
    if on is not None and on > today:
        raise UserError(f"{book.title}：{on} 在今天（{today}）之后，还没有发生的不能记账。")
    given = [_until(ledger, entry) for entry in entries]
    digest = _digest(given)
    for tried in range(1, TRIES + 1):
        try:
            return _post(book, given, key=key, digest=digest, by=by, reason=reason, source=source, on=on or today)
        except OperationalError as error:
            alone = not connection.in_atomic_block
            if not alone or tried == TRIES or getattr(error.__cause__, "sqlstate", "") != DEADLOCK:
                raise
        except Refused as refused:
            raise refused.with_names(names.of(ledger, [one.at for one in refused.shortages])) from None
    raise AssertionError("unreachable")


@transaction.atomic
def _post(book: Book, entries: list[Entry], *, key: str, digest: str, by: Viewer, reason: str, source: str, on: date) -> Posted:
    wanted = reach(book, entries)
    posting = rows.begin(book, key, digest, on=on, author=by.username, reason=reason, source=source)
    if posting is None:
        return _again(book, key, digest)
    locked = rows.lock(book, wanted)
    lines = carry_out(book, entries, balances=locked.balances, holds=locked.holds, today=on)
    after = rows.store(book, posting, lines, locked)
    audit.record("ledger.post", by=by, target=f"ledger/{book.key}/{posting}", purpose=reason[:200])
    return Posted(posting, book.key, key, tuple(_line(book, *pair) for pair in zip(lines, after, strict=True)))


def _line(book: Book, line: Line, after: Decimal) -> PostedLine:
    return PostedLine(book.named(line.account), line.verb, line.quantity, line.held, line.hold, after)


def _again(book: Book, key: str, digest: str) -> Posted:
    """What the same key posted before. Other entries under a used key are a fault of the caller, not a second posting."""
    stored = LedgerPosting.objects.get(ledger=book.key, key=key)
    if stored.digest != digest:
        raise UserError(f"{book.title}：凭证 {key} 已经记过另一笔账，不能再记。请换一个凭证号。")
    entries = LedgerEntry.objects.filter(posting=stored).select_related("balance").order_by("id")
    lines = (PostedLine(one.balance.account, one.verb, one.quantity, one.held, one.hold_key, one.after) for one in entries)
    return Posted(stored.id, book.key, key, tuple(lines), again=True)


def _until(ledger: str, entry: Entry) -> Entry:
    """A hold without a time gets the ledger's own."""
    span = content.current().ledgers[ledger].hold_for
    if entry.verb != "hold" or entry.until is not None or span is None:
        return entry
    return Entry(entry.verb, entry.quantity, entry.at, entry.to, entry.hold, after(clock.now(), Span.parse(span)))


def after(moment: datetime, span: Span) -> datetime:
    """A moment so much later; months and years by the calendar, the time of day kept."""
    if span.unit in ("minute", "hour"):
        from datetime import timedelta

        return moment + timedelta(**{f"{span.unit}s": span.count})
    return datetime.combine(shift(moment.date(), span.count, span.unit), moment.timetz())


def _digest(entries: Sequence[Entry]) -> str:
    """What was asked for, without the time a hold lapses: a retry a minute later is the same posting."""
    said = [
        [e.verb, None if e.quantity is None else f"{e.quantity.normalize():f}", sorted(e.at.items()), sorted(e.to.items()), e.hold]
        for e in entries
    ]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()
