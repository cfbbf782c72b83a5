"""Worked examples: one visit each, with the person, what was there before, the answers, and what must come out. They run as tests."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import Field

from .base import Key, Model, Title

PlainRow = Mapping[str, Any]


class Someone(Model):
    """The person of an example: by birth date, or by age on the day (the birthday is then the day itself)."""

    birth_date: date | None = None
    age: int | None = Field(None, ge=0, le=120)
    sex: Literal["male", "female"] = "female"


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
    due: Mapping[Key, date] = Field(default_factory=dict)


class Example(Model):
    """One visit (``answers``), or one look at a person without a visit."""

    title: Title
    on: date
    person: Someone
    before: Mapping[Key, tuple[PlainRow, ...]] = Field(default_factory=dict, description="此前的记录：表名到各行，每行有 on")
    answers: Mapping[Key, Any] | None = None
    expect: Expected


class Examples(Model):
    """The examples of one programme."""

    kind: Literal["examples"]
    of: Key
    form: Key | None = None
    examples: tuple[Example, ...] = Field(min_length=1)
