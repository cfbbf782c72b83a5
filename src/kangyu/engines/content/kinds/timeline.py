"""Timelines: one case on a simulated clock, step by step, with what must hold on the way. They run as tests."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from .action import ActorText
from .base import Key, Model, SpanText, Title

PlainRow = Mapping[str, Any]


class Left(Model):
    """What must hold at this point; only what is written is compared."""

    state: Key | None = None
    ended: bool | None = None
    turn: tuple[ActorText, ...] | None = Field(None, description="轮到谁，如 referral_desk at taker")
    due: Mapping[Key, datetime | Literal["none"]] = Field(default_factory=dict, description="时钟到期的时刻；没有在走写 none")
    values: Mapping[Key, Any] = Field(default_factory=dict)
    told: tuple[ActorText, ...] | None = Field(None, description="到此为止通知过谁")
    verbs: tuple[Key, ...] | None = Field(None, description="到此为止要办的动作，如 post、open")
    parts: Mapping[Key, int] = Field(default_factory=dict, description="每种子事项开了几件")


class Turn(Model):
    """One step: somebody does a move (or cannot), time passes, a part comes to a state, the responsible institution changes, or a look."""

    do: Key | None = None
    begin: Key | None = Field(None, description="由别的事项自动立案时走的 move；as 写归哪一方")
    cannot: Key | None = None
    because: str | None = Field(None, description="不能办的原因里应有的话")
    as_: ActorText | None = Field(None, alias="as")
    who: str | None = Field(None, description="哪一个人；不写则每个角色一个人")
    answers: Mapping[Key, Any] | None = None
    changes: Mapping[Key, Any] | None = Field(None, description="这张表单上一次写的，只改这几项（写空就是不填）")
    reason: str | None = None
    wait: SpanText | None = None
    until: datetime | None = None
    part: Key | None = None
    number: int = 0
    state: Key | None = None
    hand_over: Mapping[Key, str] | None = Field(None, description="参与方换成哪个机构")
    expect: Left | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        given = [
            name for name in ("do", "begin", "cannot", "wait", "until", "part", "hand_over", "expect") if getattr(self, name) is not None
        ]
        if len(given) != 1:
            raise ValueError("每一步写一样：do、begin、cannot、wait、until、part、hand_over 或 expect")
        if (self.do or self.begin or self.cannot) and not self.as_:
            raise ValueError("do、begin 和 cannot 要写 as（谁来办）")
        if bool(self.part) != bool(self.state):
            raise ValueError("part 和 state 一起写")
        return self


class Timeline(Model):
    """One case from its opening on. ``person`` or ``it`` are the subject's fields; parties are named by any text."""

    title: Title
    at: datetime = Field(description="从哪一刻起，本地时间")
    birth_date: date | None = None
    it: Mapping[str, Any] = Field(default_factory=dict)
    before: Mapping[Key, tuple[PlainRow, ...]] = Field(default_factory=dict)
    parties: Mapping[Key, str] = Field(default_factory=dict)
    opener_kind: str = Field("", description="立案机构的类别")
    opener_upper: str = Field("", description="立案机构的上级机构")
    carry: Mapping[Key, Any] = Field(default_factory=dict)
    steps: tuple[Turn, ...] = Field(min_length=1)
