"""A sum shared by weights to the last unit, within a floor and a cap relative to the average.

Between the bounds everybody gets the same amount for each unit of weight (the rate). What a bound takes away or adds is spread over those
within the bounds, again by weight, until nothing is left to spread: the rate at which all shares together make the sum. It is found
exactly, in fractions; rounding then gives the units left over to the largest remainders, ties by key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Literal

from kangyu.kernel.errors import UserError

Bound = Literal["floor", "cap"]


class Infeasible(UserError):
    """No shares within the bounds make the sum; says what is in the way."""


@dataclass(frozen=True)
class Allocation:
    """``shares`` by key; ``bound`` names those held at the floor or the cap; ``rate`` is the amount for one unit of weight of the others
    (None where everybody is held)."""

    shares: Mapping[str, Decimal]
    bound: Mapping[str, Bound]
    rate: Decimal | None
    average: Decimal


@dataclass(frozen=True)
class _Claim:
    """One key's weight and its bounds, in units of the rounding."""

    key: str
    weight: Fraction
    low: int
    high: int

    def at(self, rate: Fraction) -> Fraction:
        return min(max(rate * self.weight, Fraction(self.low)), Fraction(self.high))


def share(
    amount: Decimal,
    weights: Mapping[str, Decimal],
    *,
    round_to: Decimal = Decimal("0.01"),
    at_least: Decimal | None = None,
    at_most: Decimal | None = None,
) -> Allocation:
    """Share ``amount`` by ``weights`` (not negative) in multiples of ``round_to``; the shares make the amount exactly.

    ``at_least`` and ``at_most`` are multiples of the average share (0.6: nobody gets less than six tenths of it). Raises ``Infeasible``.
    """
    if not weights:
        raise Infeasible("没有可以分配的对象，请检查哪些机构列入分配。")
    units = Fraction(amount) / Fraction(round_to)
    if units.denominator != 1 or units < 0:
        raise Infeasible(f"总额 {amount} 不是 {round_to} 的整倍数，或小于 0，分不尽。请改总额或分配的最小单位。")
    negative = [key for key, weight in weights.items() if weight < 0]
    if negative:
        raise Infeasible(f"份额不能小于 0：{'、'.join(negative)}。请检查算式。")
    claims = _claims(int(units), weights, at_least, at_most)
    rate = _rate(int(units), claims, round_to)
    exact = {one.key: one.at(rate) for one in claims}
    counts = _rounded(int(units), exact)
    held = {one.key: bound for one in claims if (bound := _bound(one, rate, at_least, at_most))}
    free = [one for one in claims if one.key not in held and one.weight > 0]
    return Allocation(
        shares={key: count * round_to for key, count in counts.items()},
        bound=held,
        rate=_decimal(rate * Fraction(round_to)) if free else None,
        average=_decimal(units * Fraction(round_to) / len(claims)),
    )


def _claims(units: int, weights: Mapping[str, Decimal], at_least: Decimal | None, at_most: Decimal | None) -> list[_Claim]:
    """Bounds move inward to whole units, so that no rounding can break them."""
    average = Fraction(units, len(weights))
    low = ceil(Fraction(at_least) * average) if at_least is not None else 0
    high = floor(Fraction(at_most) * average) if at_most is not None else units
    number = len(weights)
    if low > high:
        raise Infeasible("保底高于封顶，分不了。请改保底或封顶的倍数。")
    if low * number > units:
        raise Infeasible("各家都按保底给，合计已超过总额。请降低保底，或增加总额。")
    if high * number < units:
        raise Infeasible("各家都到了封顶，总额还分不完。请提高封顶，或减少总额。")
    return [_Claim(key, Fraction(weight), low, high) for key, weight in sorted(weights.items())]


def _rate(units: int, claims: list[_Claim], round_to: Decimal) -> Fraction:
    """The rate at which the shares make the sum. Between two neighbouring bends (where some share meets a bound) the sum is linear."""
    weighted = [one for one in claims if one.weight > 0]
    bends = sorted({Fraction(bound) / one.weight for one in weighted for bound in (one.low, one.high)} | {Fraction(0)})
    most = sum((one.at(bends[-1]) for one in claims), Fraction(0))
    if most < units:
        left = (units - most) * Fraction(round_to)
        raise Infeasible(f"有份额的都到了封顶，还有 {_decimal(left)} 分不出去（其余的份额是 0）。请提高封顶，或检查份额为 0 的行。")
    before = Fraction(0)
    for bend in bends:
        if sum((one.at(bend) for one in claims), Fraction(0)) >= units:
            return _between(units, claims, before, bend)
        before = bend
    return bends[-1]


def _between(units: int, claims: list[_Claim], low: Fraction, high: Fraction) -> Fraction:
    at_low = sum((one.at(low) for one in claims), Fraction(0))
    at_high = sum((one.at(high) for one in claims), Fraction(0))
    if at_high == at_low:
        return high
    return low + (units - at_low) * (high - low) / (at_high - at_low)


def _rounded(units: int, exact: Mapping[str, Fraction]) -> dict[str, int]:
    """Whole units; those left over go to the largest remainders, ties by key."""
    counts = {key: floor(value) for key, value in exact.items()}
    left = units - sum(counts.values())
    by_remainder = sorted(exact, key=lambda key: (counts[key] - exact[key], key))
    return {**counts, **{key: counts[key] + 1 for key in by_remainder[:left]}}


def _bound(one: _Claim, rate: Fraction, at_least: Decimal | None, at_most: Decimal | None) -> Bound | None:
    wanted = rate * one.weight
    if at_least is not None and wanted < one.low:
        return "floor"
    return "cap" if at_most is not None and wanted > one.high else None


def _decimal(value: Fraction) -> Decimal:
    """To twelve significant places, for people to read; nothing is computed from it."""
    return Decimal(value.numerator) / Decimal(value.denominator)
