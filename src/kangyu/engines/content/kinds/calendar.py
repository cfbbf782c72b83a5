"""Working days and hours: what clocks in working time count by. Public holidays and exchanged working days are written year by year."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from .base import Declaration, Model, Title

Hours = Annotated[str, StringConstraints(pattern=r"^\d{2}:\d{2}\.\.\d{2}:\d{2}$")]


class Holiday(Model):
    """One public holiday: its days, and the weekend days worked in exchange."""

    title: Title
    off: tuple[date, ...] = ()
    worked: tuple[date, ...] = ()


class Calendar(Declaration):
    """``weekdays`` are worked days, Monday is 1; ``hours`` are the spans of each of them."""

    kind: Literal["calendar"]
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5)
    hours: tuple[Hours, ...] = Field(min_length=1)
    holidays: Mapping[int, tuple[Holiday, ...]] = Field(default_factory=dict, description="年份到当年节假日")
