"""A ledger: what must balance, over accounts, lots and expiry dates."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from .base import Declaration, Key, Model, SpanText, Title


class Dimension(Model):
    """One dimension of an account: ``of`` is ``institution``, a register's key, a value set's key, ``date`` or ``text``."""

    title: Title
    of: Key = "text"


class Low(Model):
    """When a balance is too low: less than ``below``, summed over all but the dimensions ``by``."""

    by: tuple[Key, ...]
    below: float | None = None
    standard: Key | None = Field(None, description="或按哪条标准")


class Ledger(Declaration):
    """Balances are kept for each combination of the dimensions in ``accounts``; ``never_below`` refuses, holds lapse by themselves."""

    kind: Literal["ledger"]
    unit: str
    accounts: Mapping[Key, Dimension] = Field(min_length=1)
    expires: Key | None = Field(None, description="哪个维度是效期（日期）；过期的不能用")
    pick: Literal["named", "earliest_expiry"] = "named"
    never_below: float | None = 0
    decimals: int = Field(0, ge=0, le=4)
    hold_for: SpanText | None = Field(None, description="占用默认多久后放开")
    warn_before: SpanText | None = Field(None, description="到期前多久提醒轮换")
    low: Low | None = None
    scrap: Mapping[Key, str] = Field(default_factory=dict, description="报废移到哪里，如 {state: scrapped}；过期的只能移到这里")

    @model_validator(mode="after")
    def _names_its_own_dimensions(self) -> Self:
        named = [*([self.expires] if self.expires else []), *(self.low.by if self.low else ()), *self.scrap]
        for key in named:
            if key not in self.accounts:
                raise ValueError(f"accounts 里没有 {key}")
        if self.pick == "earliest_expiry" and not self.expires:
            raise ValueError("pick: earliest_expiry 要写 expires")
        return self
