"""A statement: a frozen, signed sheet of rows and columns, a pool shared exactly, and appeal lines."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from .base import Declaration, Expression, Key, Model, Title
from .work import LimitText, Work


class Item(Model):
    """One counted or scored thing of a column: an expression over the row's records, in points or equivalents."""

    title: Title
    gives: Expression
    weight: float = 1
    cap: float | None = None
    source: str | None = None


class Column(Model):
    """One column: an expression over the row and the columns before it, or the weighted sum of ``items``."""

    title: Title
    gives: Expression | None = None
    items: Mapping[Key, Item] = Field(default_factory=dict)
    decimals: int = Field(2, ge=0, le=6)
    unit: str = ""
    opens: Key | None = Field(None, description="点开看哪张表的记录")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.gives is None) == (not self.items):
            raise ValueError("一列写 gives 或 items，二者其一")
        return self


class Pool(Model):
    """A sum shared by ``by``, exactly: the shares add up to the amount to the last ``round``."""

    title: Title
    amount: Expression
    by: Expression
    floor: float | None = Field(None, description="每行至少得平均额的几成")
    cap: float | None = Field(None, description="每行至多得平均额的几倍")
    round: float = Field(0.01, gt=0)


class Appeal(Model):
    """Who may object, for how long, and which procedure opens."""

    by: str
    within: LimitText
    opens: Key


class Statement(Declaration, Work):
    """``rows`` is ``institution`` or ``area`` (or a register's key), kept to those for which ``among`` holds."""

    kind: Literal["statement"]
    rows: Key
    among: Expression | None = None
    period: Literal["month", "quarter", "half_year", "year"]
    columns: Mapping[Key, Column] = Field(min_length=1)
    pool: Pool | None = None
    lines: Mapping[Key, Column] = Field(default_factory=dict, description="分配之后的列，可用 share")
    appeal: Appeal | None = None
    totals: tuple[Key, ...] = ()
