"""A standard: a promise about places and things, checked against directory, registers, population and map."""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from .base import Declaration, Expression, Key, Model, Title

Level = Literal["county", "township", "village", "institution"]


class Also(Model):
    """A further promise: a share of another number, at least or at most."""

    title: Title
    share: Expression
    of: Expression
    at_least: float | None = None
    at_most: float | None = None


class Reach(Model):
    """A promise about distance: everybody of a place within so many kilometres (straight line) or minutes of one of the things."""

    title: Title
    things: Key = Field(description="哪个登记册")
    where: Expression | None = None
    kilometres: Expression | float
    share: float = Field(1.0, gt=0, le=1, description="至少多大比例的人口")


class Standard(Declaration):
    """``each`` place or thing: what it needs, what it has."""

    kind: Literal["standard"]
    each: Level | Key
    among: Expression | None = None
    need: Expression | None = None
    have: Expression | None = None
    unit: str = ""
    also: Mapping[Key, Also] = Field(default_factory=dict)
    reach: Mapping[Key, Reach] = Field(default_factory=dict)

    @field_validator("need", "have", mode="before")
    @classmethod
    def _numbers_are_expressions(cls, value: Any) -> Any:
        """One of each is the plainest standard; YAML reads the 1 as a number."""
        return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value

    @model_validator(mode="after")
    def _promises_something(self) -> Self:
        if (self.need is None) != (self.have is None):
            raise ValueError("need 与 have 要同时写")
        if self.need is None and not self.reach:
            raise ValueError("standard 要写 need 与 have，或 reach")
        return self
