"""The one case grammar: states, moves, clocks, parts, reviews, corrections, duplicates. Programmes, procedures and registers share it."""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from .action import Action, ActorText, Late, LimitText
from .base import Expression, Key, Model, QuotaText, SpanText, Title, listed
from .definition import DecisionTable, Taken, Value

START = "start"
"""Where a move comes from that opens a case."""

WINDOW = r"^\d+(\+\d)?\.\.\d+(\+\d)? (days|weeks|months)$"


class Move(Model):
    """From one state to another: by people (a list in ``by``: all of them, different people), or ``when`` something holds."""

    title: Title
    from_: tuple[Key, ...] = Field(alias="from", min_length=1)
    to: Key
    by: tuple[ActorText, ...] = ()
    when: Expression | None = None
    form: Key | None = None
    needs: Expression | None = Field(None, description="reason（要写原因），或必须成立的条件")
    unless: str | None = Field(None, description="needs 不成立时对人说的话")
    reopens: bool = Field(False, description="从已办结的状态重新办（删除、补报）：有它在，那个状态仍算办结")
    aside: bool = Field(False, description="可做可不做（撤回、补充）：不算轮到谁，不进收件箱")
    do: tuple[Action, ...] = ()
    source: str | None = Field(None, description="这一条的出处；不写则同全文的 source")

    _lists = field_validator("from_", "by", mode="before")(listed)

    @model_validator(mode="after")
    def _someone_or_something_moves(self) -> Self:
        if bool(self.by) == (self.when is not None):
            raise ValueError("move 写 by（谁来办）或 when（什么成立时自动转），二者其一")
        if START in self.from_ and len(self.from_) > 1:
            raise ValueError("from: start 是立案，不能和别的状态并列")
        return self

    @property
    def needs_reason(self) -> bool:
        return self.needs == "reason"


class Clock(Model):
    """A limit in time: from a state or a date given, until one of some states; working time by the calendar.

    It starts anew each time the state is entered from another one, runs on through other states, and stops for good at an end.
    """

    title: Title
    from_: str = Field(alias="from", description="状态，或“表单.字段”")
    until: tuple[Key, ...] = Field(min_length=1)
    limit: LimitText
    source: str | None = Field(None, description="这一条的出处；不写则同全文的 source")
    warn: SpanText | None = Field(None, description="到期前多久开始提醒")
    calendar: Key | None = Field(None, description="按哪个日历算工作时间；默认 working_time")
    late: tuple[Late, ...] = ()

    _lists = field_validator("until", mode="before")(listed)


class Finding(Model):
    """Somebody named in answers, looked for among the residents: by identity number, else by name, birth date and phone together.

    Who is not found, or not for certain, is kept as a contact of the case's subject (a FHIR RelatedPerson), and taken for nobody else.
    """

    name: Expression
    identity: Expression | None = None
    birth_date: Expression | None = None
    phone: Expression | None = None
    sex: Expression | None = None


class Part(Model):
    """An owned child case: one, or one for ``each`` row of a repeating field (``form.field``).

    Parts that are ``needed`` hold back the moves into an end state, save those that give up with a reason. ``to`` names who is to work
    on it: the institution of that party becomes the responsible party of the part; parties of the same name are passed on.
    """

    title: Title
    of: Key
    source: str | None = Field(None, description="这一条的出处；不写则同全文的 source")
    each: str | None = None
    after: Key | None = Field(None, description="进入哪个状态后开出")
    when: Expression | None = None
    to: ActorText | None = None
    about: str | Finding = Field("it", description="it、parent、得出编号的表达式，或怎么在居民里找：name、identity、birth_date、phone")
    needed: Literal["all", "any", "none"] = "none"
    carry: Mapping[Key, Expression] = Field(default_factory=dict)


class Stage(Model):
    """One reviewer of a chain and the state that their pass leads to."""

    to: Key
    by: ActorText
    title: Title = "审核通过"


class Reviews(Model):
    """A chain that passes step by step, or returns with a reason."""

    from_: Key = Field(alias="from")
    back: Key
    chain: tuple[Stage, ...] = Field(min_length=1)
    back_title: Title = "退回"


class Amend(Model):
    """A correction of what was reported: a new version of the form, which goes through the reviews again."""

    title: Title = "订正"
    form: Key
    by: tuple[ActorText, ...]
    from_: tuple[Key, ...] = Field(alias="from")
    then: Key

    _lists = field_validator("from_", "by", mode="before")(listed)


class Same(Model):
    """When two cases are probably one: equal in all of ``match`` (or in all of one of ``or``), within a time of each other.

    A person decides. ``within`` as an expression gives hours; where it gives nothing any distance counts.
    """

    match: tuple[str, ...] = Field(min_length=1)
    or_: tuple[tuple[str, ...], ...] = Field((), alias="or", description="或者这些都相同")
    within: LimitText
    at: Key | None = Field(None, description="按 columns 里哪一栏的日期算相隔多久；默认立案的日子")
    not_in: tuple[Key, ...] = Field((), description="处在这些状态的不算")

    _lists = field_validator("not_in", mode="before")(listed)

    @property
    def ways(self) -> tuple[tuple[str, ...], ...]:
        """Every set of values any of which tells that two cases are one."""
        return (self.match, *self.or_)


class Due(Model):
    """A form expected: every so often, so many times a year, at ages, in a window of weeks, or once after an event."""

    form: Key
    title: str | None = None
    source: str | None = Field(None, description="这一条的出处；不写则同全文的 source")
    every: SpanText | None = None
    at_least: QuotaText | None = None
    at_months: tuple[int, ...] = ()
    schedule: Key | None = Field(None, description="按哪张剂次表（definition 的 schedule）")
    window: str | None = Field(None, pattern=WINDOW, description="如 6..13+6 weeks，从 from 起算")
    from_: str | None = Field(None, alias="from", description="从哪天起算：日期字段，或表单.字段")
    by_: Expression | None = Field(None, alias="by", description="最晚哪天")
    until: Expression | None = Field(None, description="到哪天为止：得出日期，或从 from 起的天数")
    minimum: SpanText | None = Field(None, description="与上一次至少隔多久")
    early: SpanText | None = Field(None, description="提前多久可以做")
    late: SpanText | None = Field(None, description="到期后多久内仍算按期")
    when: Expression | None = None
    while_: tuple[Key, ...] = Field((), alias="while", description="只在这些状态下")
    pause: Expression | None = Field(None, description="成立时暂停")
    met_by: Expression | None = Field(None, description="什么成立就算做过了")
    as_: Literal["calendar"] | None = Field(None, alias="as", description="calendar：每一期各算各的，过了就是漏了，不能补（事项里用）")
    missed: tuple[Action, ...] = Field((), description="一期没有按时做时办什么（事项里用）")

    _lists = field_validator("while_", mode="before")(listed)

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if not (self.every or self.at_least or self.at_months or self.window or self.by_ or self.schedule):
            raise ValueError("due 要写 every、at_least、at_months、window、by 或 schedule")
        return self

    @property
    def quota(self) -> int:
        """How many a year; 0 when no number is promised."""
        return int(self.at_least.split()[0]) if self.at_least else 0


class Rule(Model):
    """When it holds, its actions follow."""

    title: str | None = None
    source: str | None = Field(None, description="这一条的出处；不写则同全文的 source")
    when: Expression
    do: tuple[Action, ...] = Field(min_length=1)


class Work(Model):
    """What programmes, procedures and registers may all say. Every part is optional."""

    states: Mapping[Key, Title] = Field(default_factory=dict, description="状态到中文名，按先后")
    moves: Mapping[Key, Move] = Field(default_factory=dict)
    clocks: Mapping[Key, Clock] = Field(default_factory=dict)
    parts: Mapping[Key, Part] = Field(default_factory=dict)
    due: Mapping[Key, Due] = Field(default_factory=dict)
    derive: Mapping[Key, DecisionTable | Taken | Value | Expression] = Field(default_factory=dict)
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
    def ends(self) -> frozenset[str]:
        """States no move leads out of, save those that take up again what had ended."""
        left = {state for move in self.all_moves().values() if not move.reopens for state in move.from_}
        left |= {state for clock in self.clocks.values() for late in clock.late if late.to for state in self.running(clock)}
        return frozenset(self.states) - left

    def running(self, clock: Clock) -> frozenset[str]:
        """The states in which a clock that starts in a state may run out: that state itself."""
        return frozenset({clock.from_} & set(self.states))

    def all_moves(self) -> Mapping[str, Move]:
        """The moves as written; a procedure adds those of its reviews."""
        return self.moves
