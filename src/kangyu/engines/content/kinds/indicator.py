"""An indicator: a figure, what it counts, and where it comes from (records, or a report)."""

from typing import Literal, Self

from pydantic import Field, model_validator

from .base import Declaration, Expression, Key, Model, RangeText, Title

About = Literal["person", "institution", "staff"]


class Words(Model):
    """The definition said to a person: what is divided by what, and what happens where something is missing."""

    denominator: Title
    numerator: Title
    missing: Title


class Indicator(Declaration):
    """Exactly one way to compute: a share of persons, a ratio of two counts, a life-table method, or a reported figure.

    Share: ``among`` and ``true_when``. Ratio: ``top`` and ``bottom``, each evaluated per subject of ``top_about`` and ``bottom_about``
    (default ``about``) and summed. Count: ``top`` alone. Method: ``top`` deaths and ``bottom`` person-years by
    the age bands ``strata`` (their first years), a subject standing in the band of ``top_age`` (``bottom_age``).
    """

    kind: Literal["indicator"]
    aliases: tuple[Title, ...] = ()
    unit: str
    better: Literal["higher", "lower", "neutral"]
    decimals: int = Field(2, ge=0, le=4)
    department: str | None = None
    words: Words
    period: Literal["year", "twelve_months"] = "year"
    about: About = "person"
    among: Expression | None = None
    true_when: Expression | None = None
    top: Expression | None = None
    bottom: Expression | None = None
    top_about: About | None = None
    bottom_about: About | None = None
    per: float = Field(1, gt=0)
    method: Literal["life_expectancy", "probability_of_dying"] | None = None
    strata: tuple[int, ...] = Field((), description="年龄组的起点")
    top_age: Expression | None = Field(None, description="按 strata 分组时，分子那一侧的年龄")
    bottom_age: Expression | None = Field(None, description="按 strata 分组时，分母那一侧的年龄")
    ages: RangeText | None = None
    causes: Key | None = None
    reported: bool = False
    form: Key | None = Field(None, description="上报用的表单")

    @model_validator(mode="after")
    def _computes_one_way(self) -> Self:
        share = self.among is not None or self.true_when is not None
        ratio = self.top is not None or self.bottom is not None
        if share + ratio + self.reported != 1:
            raise ValueError("指标只用一种算法：among 与 true_when、top 与 bottom，或 reported: true")
        if share and (self.among is None or self.true_when is None):
            raise ValueError("among 与 true_when 要同时写")
        if ratio and self.top is None:
            raise ValueError("写了 bottom 就要写 top")
        if self.method and not (self.bottom and self.strata and self.top_age and self.bottom_age):
            raise ValueError("method 要写 top（死亡）、bottom（人年）、strata（年龄组）和两边的年龄 top_age、bottom_age")
        if self.method == "probability_of_dying" and not (self.ages and self.causes):
            raise ValueError("probability_of_dying 要写 ages 和 causes")
        if not self.method and (self.strata or self.ages or self.causes or self.top_age or self.bottom_age):
            raise ValueError("strata、ages、causes、top_age、bottom_age 只跟着 method")
        if self.reported and self.form is None:
            raise ValueError("上报的指标要写 form（上报表单）")
        return self

    @property
    def shape(self) -> str:
        """``share``, ``ratio``, ``count``, ``life_expectancy``, ``probability_of_dying`` or ``reported``."""
        if self.reported:
            return "reported"
        if self.among is not None:
            return "share"
        return self.method or ("ratio" if self.bottom is not None else "count")
