"""Reads of ledgers: balances, what is low, what expires soon, how an account came to stand as it does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Max, Q, Sum

from kangyu.apps.ledgers.models import LedgerBalance, LedgerEntry, LedgerHold
from kangyu.engines.content.kinds.base import Span
from kangyu.engines.language.calendar import shift
from kangyu.engines.ledger import ZERO
from kangyu.gateways import content

Values = Mapping[str, str]


@dataclass(frozen=True)
class Stand:
    """One account as it stands."""

    id: int
    account: Values
    expires: date | None
    quantity: Decimal
    held: Decimal

    @property
    def free(self) -> Decimal:
        return self.quantity - self.held

    def expired(self, on: date) -> bool:
        return self.expires is not None and self.expires < on


def _where(ledger: str, at: Values, among: Mapping[str, Sequence[str]]) -> Q:
    """``at`` fixes values; ``among`` gives those allowed for a dimension (a viewer's own stores)."""
    condition = Q(ledger=ledger)
    if at:
        condition &= Q(account__contains=dict(at))
    for dimension, values in among.items():
        condition &= Q(**{f"account__{dimension}__in": list(values)})
    return condition


def balances(
    ledger: str, *, at: Values | None = None, among: Mapping[str, Sequence[str]] | None = None, empty: bool = False, limit: int = 20_000
) -> list[Stand]:
    """Accounts with something on them (``empty``: the others too), the first to expire first, those without expiry last."""
    found = LedgerBalance.objects.filter(_where(ledger, at or {}, among or {}))
    if not empty:
        found = found.exclude(quantity=0)
    return [_stand(one) for one in found.order_by(F("expires").asc(nulls_last=True), "id")[:limit]]


def account(id: int) -> tuple[str, Stand] | None:
    """One account and its ledger."""
    one = LedgerBalance.objects.filter(id=id).first()
    return (one.ledger, _stand(one)) if one else None


def _stand(one: LedgerBalance) -> Stand:
    return Stand(one.id, one.account, one.expires, one.quantity, one.held)


def usable(ledger: str, at: Values, *, on: date) -> Decimal:
    """How much may be taken from the accounts that match: not held, not expired."""
    fresh = LedgerBalance.objects.filter(_where(ledger, at, {})).filter(Q(expires__isnull=True) | Q(expires__gte=on))
    return fresh.aggregate(total=Sum(F("quantity") - F("held")))["total"] or ZERO


def expiring(ledger: str, *, on: date, among: Mapping[str, Sequence[str]] | None = None, at: Values | None = None) -> list[Stand]:
    """What expires within the ledger's ``warn_before`` or has expired and is not scrapped, the earliest first; nothing where none is
    declared."""
    declared = content.current().ledgers[ledger]
    if not declared.warn_before:
        return []
    span = Span.parse(declared.warn_before)
    until = shift(on, span.count, span.unit)
    found = LedgerBalance.objects.filter(_where(ledger, at or {}, among or {}), quantity__gt=0, expires__lte=until)
    if declared.scrap:
        found = found.exclude(account__contains=dict(declared.scrap))
    return [_stand(one) for one in found.order_by("expires", "id")]


def sums(
    ledger: str, by: Sequence[str], *, on: date, at: Values | None = None, among: Mapping[str, Sequence[str]] | None = None
) -> dict[tuple[str, ...], Decimal]:
    """What is usable (not expired, held or not) by the values of some dimensions."""
    totals: dict[tuple[str, ...], Decimal] = {}
    for one in balances(ledger, at=at, among=among, empty=True):
        key = tuple(one.account.get(name, "") for name in by)
        totals[key] = totals.get(key, ZERO) + (ZERO if one.expired(on) else one.quantity)
    return totals


def taken(
    ledger: str, by: Sequence[str], *, since: date, until: date, at: Values | None = None
) -> dict[tuple[str, ...], dict[date, Decimal]]:
    """How much was taken each day by the values of some dimensions: consumption, without moves between accounts."""
    rows = (
        LedgerEntry.objects.filter(verb="take", posting__ledger=ledger, posting__on__range=(since, until))
        .filter(**({"balance__account__contains": dict(at)} if at else {}))
        .values_list("balance__account", "posting__on")
        .annotate(total=Sum("quantity"))
        .order_by()
    )
    found: dict[tuple[str, ...], dict[date, Decimal]] = {}
    for values, on, total in rows:
        days = found.setdefault(tuple(values.get(name, "") for name in by), {})
        days[on] = days.get(on, ZERO) - total
    return found


@dataclass(frozen=True)
class Step:
    """One line of an account's history; ``before`` of the next page is its id."""

    id: int
    at: datetime
    on: date
    author: str
    verb: str
    quantity: Decimal
    held: Decimal
    after: Decimal
    reason: str
    source: str


def history(id: int, *, before: int | None = None, limit: int = 50) -> list[Step]:
    """How an account came to stand as it does, the newest first."""
    found = LedgerEntry.objects.filter(balance_id=id, **({"id__lt": before} if before else {})).select_related("posting")
    return [
        Step(one.id, one.posting.at, one.posting.on, one.posting.author, one.verb, one.quantity, one.held, one.after,
             one.posting.reason, one.posting.source)
        for one in found.order_by("-id")[:limit]
    ]  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """What is held under a key on one account, until when."""

    key: str
    quantity: Decimal
    until: datetime | None


def holds(id: int) -> list[Kept]:
    """What is held on an account."""
    found = LedgerHold.objects.filter(balance_id=id, quantity__gt=0).order_by("lapses_at", "id")
    return [Kept(one.key, one.quantity, one.lapses_at) for one in found]


def held_under(ledger: str, key: str) -> list[tuple[Values, Decimal]]:
    """What is still held under a key, account by account: the lots a transfer will send."""
    found = LedgerHold.objects.filter(ledger=ledger, key=key, quantity__gt=0).select_related("balance")
    return [(one.balance.account, one.quantity) for one in found.order_by("balance__expires", "id")]


def counted_on(ledger: str, dimension: str) -> dict[str, date]:
    """When each value of a dimension (each store) was last counted."""
    rows = LedgerEntry.objects.filter(verb="count", posting__ledger=ledger).values_list(f"balance__account__{dimension}")
    return dict(rows.annotate(last=Max("posting__on")).order_by())


def posted_from(source: str) -> list[Any]:
    """The lines of everything posted from one source (a case), oldest first: (ledger, account, step)."""
    found = LedgerEntry.objects.filter(posting__source=source).select_related("posting", "balance").order_by("id")
    return [
        (one.posting.ledger, one.balance.account,
         Step(one.id, one.posting.at, one.posting.on, one.posting.author, one.verb, one.quantity, one.held, one.after,
              one.posting.reason, one.posting.source))
        for one in found
    ]  # fmt: skip
