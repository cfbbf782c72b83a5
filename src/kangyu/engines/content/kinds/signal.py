"""A signal: a watched series of counts by place and day or week, how an alarm is found in it, and the case that opens."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from .action import ActorText
from .base import Declaration, Expression, Key, Model, SpanText, Title, listed
from .definition import DecisionTable

Place = Literal["institution", "village", "township", "county"]
Method = Literal["fixed", "same_week_percentile", "moving_percentile", "ears_c1", "ears_c2", "ears_c3", "cusum", "farrington_flexible"]


class Count(Model):
    """What is counted: the rows of a table for which a condition holds; ``distinct`` counts people, not rows, of each day."""

    table: Key
    where: Expression | None = None
    distinct: bool = False


class Detector(Model):
    """One method and its parameters; an alarm needs ``over`` exceeded and at least ``at_least`` cases.

    ``fixed`` may say only ``at_least``. ``by`` keeps it to some levels of place.
    """

    method: Method
    title: str | None = None
    over: float | None = Field(None, description="要超过多少：例数、百分位、几倍标准差，CUSUM 的 h")
    scale: Literal["day", "week"] = "day"
    days: int = Field(1, ge=1, le=400, description="fixed：最近几天合计")
    years: int = Field(3, ge=1, le=10, description="百分位、Farrington：往回看几年")
    around: int = Field(0, ge=0, le=8, description="百分位：前后各加几周；Farrington：窗口半宽")
    baseline: int = Field(7, ge=3, le=60, description="EARS：基线几天")
    min_sd: float = Field(0.0, ge=0, description="EARS：标准差至少算多少")
    k: float = Field(0.5, ge=0, description="CUSUM 的 k")
    at_least: int = Field(0, ge=0)
    by: tuple[Place, ...] = Field((), description="只在这些层级上用；不写则全部")

    _lists = field_validator("by", mode="before")(listed)

    @model_validator(mode="after")
    def _says_how_much(self) -> Self:
        if self.over is None and not (self.method == "fixed" and self.at_least):
            raise ValueError("要写 over；fixed 可以只写 at_least（达到几例）")
        if self.method == "farrington_flexible" and self.scale != "week":
            raise ValueError("farrington_flexible 按周算，要写 scale: week")
        return self

    def serves(self, level: str) -> bool:
        """Whether it is used at a level of place."""
        return not self.by or level in self.by


class Silent(Model):
    """An alarm about a source that fell silent."""

    after: SpanText
    tell: ActorText


class Signal(Declaration):
    """Counts by each level of ``by``; ``quiet`` keeps an alarm of the same place from opening another case.

    ``counts`` of several tables are counted together; ``once`` then keeps one illness that several records tell of from counting twice.
    """

    kind: Literal["signal"]
    counts: tuple[Count, ...] = Field(min_length=1, description="数什么；写几条就合在一起数")
    once: SpanText | None = Field(None, description="同一个人在这么久以内只数一次，从数到的那天起算")
    out_of: Count | None = None
    by: tuple[Place, ...]
    where_of: Literal["residence", "institution"] = Field("residence", description="按居住地还是按就诊机构算地区")
    detect: tuple[Detector, ...] = Field(min_length=1)
    quiet: SpanText = "7 days"
    silent: Silent | None = None
    grades: Mapping[Key, Title] = Field(default_factory=dict, description="从重到轻")
    grade: DecisionTable | None = None
    opens: Key | None = None
    verify: SpanText = Field("24 hours", description="多久内核实")
    tell: ActorText | None = None
    incubation: SpanText | None = Field(None, description="最长潜伏期：末例后经过这么久没有新病例才算结束")
    unit: str = Field("例", description="数的是什么；有 out_of 时按百分数显示")

    _lists = field_validator("by", "counts", mode="before")(listed)

    @model_validator(mode="after")
    def _grades_exist(self) -> Self:
        if self.grade and set(self.grade.table) - set(self.grades):
            raise ValueError(f"grades 里没有 {'、'.join(sorted(set(self.grade.table) - set(self.grades)))}")
        for detector in self.detect:
            if set(detector.by) - set(self.by):
                raise ValueError(f"detect 里的 by 要在信号的 by（{'、'.join(self.by)}）之内")
        return self
