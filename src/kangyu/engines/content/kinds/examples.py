"""Worked examples: one visit each, or a timeline of a case on a simulated clock, and what must come out. They run as tests."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from .base import Key, Model, Title
from .timeline import Timeline

PlainRow = Mapping[str, Any]


class Someone(Model):
    """The person of an example: by birth date, or by age on the day (the birthday is then the day itself)."""

    birth_date: date | None = None
    age: int | None = Field(None, ge=0, le=120)
    sex: Literal["male", "female"] = "female"


class DoseExpected(Model):
    """One dose of a schedule: ``dose`` is the series and the number (``dtap 3``)."""

    dose: str = Field(pattern=r"^[a-z][a-z0-9_]* \d$")
    state: Literal["given", "uncounted", "due", "overdue", "later", "postponed", "forbidden", "past"]
    vaccine: Key | None = None
    starts: date | None = None
    ends: date | None = None
    timely: bool | None = None
    rule: str | None = None


class VisitExpected(Model):
    """The next visit and the doses given together on it."""

    on: date
    doses: tuple[str, ...]


class Expected(Model):
    """What must come out; only what is written is compared."""

    values: Mapping[Key, Any] = Field(default_factory=dict)
    fired: tuple[Key, ...] | None = None
    advice: tuple[Key, ...] | None = None
    urgency: Literal["routine", "urgent"] | None = None
    revisit: date | None = None
    missing: tuple[Key, ...] | None = None
    belongs: bool | None = None
    find: tuple[Key, ...] | None = None
    high_risk: tuple[Key, ...] | None = None
    problems: tuple[Key, ...] | None = None
    warnings: tuple[Key, ...] | None = None
    due: Mapping[Key, date | None] = Field(default_factory=dict, description="哪天到期；null：没有要做的")
    doses: tuple[DoseExpected, ...] = ()
    next_visit: VisitExpected | None = None
    moves: tuple[Key, ...] | None = Field(None, description="登记册的一件：此时可办哪些变动")


class Example(Model):
    """One visit or one form about a thing (``answers``), or one look without either. Whom it is about: ``person``, or a thing by ``it``."""

    title: Title
    form: Key | None = Field(None, description="填哪张表；不写则同整个文件的 form")
    on: date
    person: Someone = Someone(birth_date=None, age=None)
    it: Mapping[Key, Any] = Field(default_factory=dict, description="登记册的一件：它的字段，没写的未知")
    state: Key | None = Field(None, description="登记册的一件：它的状态，默认第一个")
    since: date | None = Field(None, description="登记册的一件：启用日期")
    before: Mapping[Key, tuple[PlainRow, ...]] = Field(default_factory=dict, description="此前的记录：表名到各行，每行有 on")
    answers: Mapping[Key, Any] | None = None
    expect: Expected


class Examples(Model):
    """The examples of one programme or register, or the timelines of one procedure."""

    kind: Literal["examples"]
    of: Key
    form: Key | None = None
    examples: tuple[Example, ...] = ()
    timelines: tuple[Timeline, ...] = ()

    @model_validator(mode="after")
    def _has_some(self) -> Self:
        if not self.examples and not self.timelines:
            raise ValueError("要写 examples（一次随访、一次填表）或 timelines（一件事的经过）")
        return self
