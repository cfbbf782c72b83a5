"""A programme: who belongs, who ought to be found, what is due, what is derived from a visit and what follows from it."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from .base import Declaration, Expression, Key, Model, Title
from .definition import Derived
from .work import Action, Due, Rule, Work


class Flag(Model):
    """A named condition with a Chinese title: a find rule, a reason of high risk."""

    title: Title
    when: Expression
    among: Expression | None = None
    note: str | None = None
    source: str | None = Field(None, description="这一条的出处；不写则同全文的 source")


class Episode(Model):
    """A stretch of a life (a pregnancy): the form that opens it, the date its weeks count from, the forms that close it."""

    title: Title
    opens: Key
    anchor: Key
    closes: tuple[Key, ...] = Field(min_length=1)


class Programme(Declaration, Work):
    """Continuing care of people: one file, read aloud it is the handbook's rule."""

    kind: Literal["programme"]
    about: Literal["person", "episode"] = "person"
    code: Key | None = Field(None, description="在管登记（EpisodeOfCare）用的代码，默认同 key")
    belongs: Expression
    find: Mapping[Key, Flag] = Field(default_factory=dict)
    high_risk: Mapping[Key, Flag] = Field(default_factory=dict)
    episode: Episode | None = None
    discreet: bool = Field(False, description="名单上不写在管居民的姓名，打开后才显示，并留下记录")
    by: tuple[Key, ...] = Field((), description="由哪些角色做：只进这些角色的待办；不写则进其他人的")
    combines: bool = Field(True, description="同一居民的几个项目合成一次随访")

    @property
    def subject(self) -> str:
        """What expressions speak of: an episode is a stretch of a person's life."""
        return "person"

    @property
    def membership(self) -> str:
        """The code of this programme's EpisodeOfCare."""
        return self.code or self.key


__all__ = ["Action", "Derived", "Due", "Flag", "Programme", "Rule"]
