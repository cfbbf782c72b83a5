"""A region's health plan as figures: indicator rows, tasks with departments, projects. No prose of the document."""

from typing import Literal

from pydantic import Field

from .base import Declaration, Key, Model, RangeText, Title

Comparator = Literal[
    "eq", "lt", "le", "gt", "ge", "approx", "increase_by", "decrease_by_per_year", "proportional", "improve", "keep", "none"
]


class Baseline(Model):
    """What the plan says was; ``raw`` as printed, ``value`` its number."""

    year: int
    raw: str | None = None
    value: float | None = None
    comparator: Comparator | None = None


class Target(Model):
    """What the plan says shall be; ``value`` reads by ``comparator`` (``increase_by`` with ``relative`` is in percent of the baseline)."""

    year: int
    raw: str | None = None
    comparator: Comparator
    value: float | None = None
    relative: bool = False


class Row(Model):
    """One row of the plan's indicator table."""

    seq: int
    category: str
    name: Title
    unit: str
    indicator: Key | None = Field(None, description="对应的指标；不写则按名称匹配")
    baseline: Baseline
    target: Target
    nature: Literal["binding", "expected"]
    note: str | None = None


class Task(Model):
    """A numbered task: its short title and who leads and takes part."""

    no: str
    title: Title
    section: str | None = None
    lead: tuple[str, ...] = ()
    with_: tuple[str, ...] = Field((), alias="with")
    deadline: int | None = None


class Project(Model):
    """A named project: what the plan states of it, nothing guessed."""

    name: Title
    kind: Literal["construction", "programme"]
    level: str | None = None
    floor_area: float | None = Field(None, description="建筑面积，平方米")
    beds: int | None = None
    investment: str | None = None
    completion: str | None = None
    status: str | None = None


class Fact(Model):
    """A figure the plan states of the past; ``year`` is a year or the name of a period."""

    subject: Title
    value: float
    unit: str
    year: int | str


class Commitment(Model):
    """A figure the body of the plan promises, outside its indicator table."""

    subject: Title
    comparator: Comparator | Literal["all"]
    value: float
    unit: str
    deadline: int | None = None


class Plan(Declaration):
    """A plan of one region for one period."""

    kind: Literal["plan"]
    region: Title
    region_code: str | None = None
    period: RangeText
    indicators: tuple[Row, ...] = ()
    tasks: tuple[Task, ...] = ()
    projects: tuple[Project, ...] = ()
    facts: tuple[Fact, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    missing: str | None = Field(None, description="原件里缺什么")
