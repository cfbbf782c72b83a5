"""A signal: a watched series of counts by place and day or week, how an alarm is found in it, and the case that opens."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from .base import Declaration, Expression, Key, Model, SpanText, Title, listed
from .definition import DecisionTable
from .work import ActorText

Place = Literal["institution", "village", "township", "county"]
Method = Literal["fixed", "same_week_percentile", "moving_percentile", "ears_c1", "ears_c2", "ears_c3", "cusum", "farrington_flexible"]


class Count(Model):
    """What is counted: the rows of a table for which a condition holds; ``distinct`` counts people, not rows."""

    table: Key
    where: Expression | None = None
    distinct: bool = False


class Detector(Model):
    """One method and its parameters; an alarm needs ``over`` exceeded and at least ``at_least`` cases."""

    method: Method
    title: str | None = None
    over: float
    scale: Literal["day", "week"] = "day"
    days: int = Field(1, ge=1, le=400, description="fixed：最近几天合计")
    years: int = Field(3, ge=1, le=10, description="百分位：往回看几年")
    at_least: int = Field(1, ge=0)
    grade: Key | None = None


class Silent(Model):
    """An alarm about a source that fell silent."""

    after: SpanText
    tell: ActorText


class Signal(Declaration):
    """Counts by each level of ``by``; ``quiet`` keeps an alarm of the same place from opening another case."""

    kind: Literal["signal"]
    counts: Count
    out_of: Count | None = None
    by: tuple[Place, ...]
    where_of: Literal["residence", "institution"] = Field("residence", description="按居住地还是按就诊机构算地区")
    every: Literal["day", "week"] = "day"
    detect: tuple[Detector, ...] = Field(min_length=1)
    quiet: SpanText = "7 days"
    silent: Silent | None = None
    grades: Mapping[Key, Title] = Field(default_factory=dict)
    grade: DecisionTable | None = None
    opens: Key | None = None
    tell: ActorText | None = None
    incubation: SpanText | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_place_may_stand_alone(cls, value: object) -> object:
        if isinstance(value, dict) and isinstance(value.get("by"), str):
            return {**value, "by": listed(value["by"])}
        return value

    @model_validator(mode="after")
    def _grades_exist(self) -> Self:
        for detector in self.detect:
            if detector.grade and detector.grade not in self.grades:
                raise ValueError(f"grades 里没有 {detector.grade}")
        return self
