"""A programme: who belongs, who ought to be found, what is due, what is derived from a visit and what follows from it."""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from .base import Declaration, Expression, Key, Model, QuotaText, RevisitText, SpanText, Title
from .definition import DecisionTable, Derived, Value


class Flag(Model):
    """A named condition with a Chinese title: a find rule, a reason of high risk."""

    title: Title
    when: Expression
    among: Expression | None = None
    note: str | None = None


class Due(Model):
    """A form expected: every so often after the last one done, at least so many times a year, or both; or at given ages."""

    form: Key
    title: str | None = None
    every: SpanText | None = None
    at_least: QuotaText | None = None
    at_months: tuple[int, ...] = ()
    early: SpanText | None = Field(None, description="提前多久可以做")
    late: SpanText | None = Field(None, description="到期后多久内仍算按期")
    when: Expression | None = None

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if not (self.every or self.at_least or self.at_months):
            raise ValueError("due 要写 every、at_least 或 at_months")
        return self

    @property
    def quota(self) -> int:
        """How many a year; 0 when no number is promised."""
        return int(self.at_least.split()[0]) if self.at_least else 0


class Action(Model):
    """One verb of what follows. ``advise`` is a code of the value set ``advice``."""

    advise: Key | None = None
    urgency: Literal["routine", "urgent"] | None = None
    revisit: RevisitText | None = None
    tell: Key | None = None
    open: Key | None = None

    @model_validator(mode="after")
    def _one_verb(self) -> Self:
        verbs = self.model_fields_set - {"urgency"}
        if len(verbs) != 1:
            raise ValueError("每个动作写一个动词：advise、revisit、tell 或 open")
        if self.urgency and not self.advise:
            raise ValueError("urgency 只跟在 advise 后面")
        return self


class Rule(Model):
    """When it holds, its actions follow."""

    title: str | None = None
    when: Expression
    do: tuple[Action, ...] = Field(min_length=1)


class Programme(Declaration):
    """Continuing care of people: one file, read aloud it is the handbook's rule."""

    kind: Literal["programme"]
    about: Literal["person"] = "person"
    code: Key | None = Field(None, description="在管登记（EpisodeOfCare）用的代码，默认同 key")
    belongs: Expression
    find: Mapping[Key, Flag] = Field(default_factory=dict)
    high_risk: Mapping[Key, Flag] = Field(default_factory=dict)
    due: Mapping[Key, Due] = Field(default_factory=dict)
    derive: Mapping[Key, DecisionTable | Value | Expression] = Field(default_factory=dict)
    derive_on: Key | None = Field(None, description="derive 和 act 用哪张表单；默认 follow_up")
    act: Mapping[Key, Rule] = Field(default_factory=dict)
    otherwise: tuple[Action, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _else_stands_apart(cls, value: Any) -> Any:
        """``act: {…, else: […]}`` is how people write it; the model keeps the list apart from the rules."""
        if isinstance(value, dict) and isinstance(value.get("act"), dict) and "else" in value["act"]:
            rules = dict(value["act"])
            return {**value, "otherwise": rules.pop("else"), "act": rules}
        return value

    @field_validator("derive", mode="before")
    @classmethod
    def _numbers_are_expressions(cls, value: Any) -> Any:
        """A bare number is a fine expression; YAML reads it as a number."""
        if not isinstance(value, dict):
            return value
        return {key: str(item) if isinstance(item, int | float) else item for key, item in value.items()}

    @property
    def membership(self) -> str:
        """The code of this programme's EpisodeOfCare."""
        return self.code or self.key


__all__ = ["Action", "Derived", "Due", "Flag", "Programme", "Rule"]
