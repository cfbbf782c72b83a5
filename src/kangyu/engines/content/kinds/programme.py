"""A programme: who belongs, who ought to be found, what is due, what is derived from a visit and what follows from it."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from .action import Action
from .base import Declaration, Expression, Key, Model, SpanText, Title
from .definition import Derived
from .work import Due, Rule, Work

Tone = Literal["green", "yellow", "orange", "red", "purple"]


class Flag(Model):
    """A named condition with a Chinese title: a find rule, a reason of high risk."""

    title: Title
    when: Expression
    among: Expression | None = None
    note: str | None = None
    source: str | None = Field(None, description="这一条的出处；不写则同全文的 source")


class Counted(Model):
    """Where in its stretch of care somebody is: so many weeks or days since a date, as ``孕 24 周``."""

    title: Title
    from_: str = Field(alias="from", description="从哪天起算：登记的日期（如 lmp），或 form.on、form.field")
    in_: Literal["weeks", "days"] = Field("weeks", alias="in")


class Episode(Model):
    """A stretch of a life (a pregnancy): the form that opens it, the date its weeks count from, the forms that close it.

    ``counted`` says where in it somebody is, the last first: the first of them whose date is known is told beside the name.
    ``lasts`` leads from the anchor to the day expected (the day of confinement). ``among`` says in whose life it may begin.
    """

    title: Title
    opens: Key
    among: Expression | None = Field(None, description="谁可以开始；不写则任何人")
    anchor: Key
    closes: tuple[Key, ...] = Field(min_length=1)
    counted: Mapping[Key, Counted] = Field(default_factory=dict)
    expected: Title | None = Field(None, description="满 lasts 的那一天叫什么，如预产期")
    lasts: SpanText | None = None


class Tag(Model):
    """A value derived at the last visit that stands beside the name, each value with its colour."""

    title: Title | None = Field(None, description="标签上的字；不写则用值的名称")
    tones: Mapping[str, Tone] = Field(min_length=1, description="哪个值用哪种颜色；是否类写 yes")


class Programme(Declaration, Work):
    """Continuing care of people: one file, read aloud it is the handbook's rule."""

    kind: Literal["programme"]
    about: Literal["person", "episode"] = "person"
    code: Key | None = Field(None, description="在管登记（EpisodeOfCare）用的代码，默认同 key")
    belongs: Expression
    find: Mapping[Key, Flag] = Field(default_factory=dict)
    high_risk: Mapping[Key, Flag] = Field(default_factory=dict)
    episode: Episode | None = None
    tags: Mapping[Key, Tag] = Field(default_factory=dict, description="最近一次评估的结果，显示为姓名旁的彩色标签；键是 derive 里的名称")
    discreet: bool = Field(False, description="名单上不写在管居民的姓名，打开后才显示，并留下记录")
    by: tuple[Key, ...] = Field((), description="由哪些角色做：只进这些角色的待办；不写则进其他人的")
    combines: bool = Field(True, description="同一居民的几个项目合成一次随访")

    @model_validator(mode="after")
    def _waits_for_what_it_counts(self) -> Self:
        counted = self.episode.counted if self.episode else {}
        for key, due in self.due.items():
            unknown = [name for name in due.while_ if name not in counted]
            if unknown:
                raise ValueError(f"due.{key}：while 要写 episode.counted 里的一段，没有 {'、'.join(unknown)}")
        return self

    @property
    def subject(self) -> str:
        """What expressions speak of: an episode is a stretch of a person's life."""
        return "person"

    @property
    def membership(self) -> str:
        """The code of this programme's EpisodeOfCare."""
        return self.code or self.key


__all__ = ["Action", "Derived", "Due", "Flag", "Programme", "Rule"]
