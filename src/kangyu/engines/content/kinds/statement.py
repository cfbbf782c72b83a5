"""A statement: a frozen, signed sheet of rows and columns, a pool shared exactly, and appeal lines."""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from .action import ActorText, LimitText, Posting
from .base import Declaration, Expression, Key, Model, Title


class Counted(Model):
    """Records that are counted: rows of a table in the period for which a condition holds. ``org`` is the column that says whose row of
    the sheet they belong to; with ``once`` a person counts once a day, or once in the period."""

    table: Key
    where: Expression | None = None
    org: Key = "org"
    once: Literal["day", "period"] | None = Field(None, description="同一人同一天（同一期）只计一次")


class Item(Model):
    """One thing of a column, in points: records counted, each worth ``weight``; or an indicator's ``value`` scored by ``gives`` from 0 to 1
    and worth ``weight`` in full."""

    title: Title
    counts: Counted | None = None
    indicator: Key | None = None
    gives: Expression | None = Field(None, description="指标值 value 得几成，0 到 1")
    weight: Expression = Field("1", description="每件的当量，或满分；数字、设置名或算式")
    unit: str = Field("件", description="数的是什么")
    source: str | None = None

    @field_validator("weight", mode="before")
    @classmethod
    def _a_number_is_an_expression(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int | float) else value

    @model_validator(mode="after")
    def _counted_or_scored(self) -> Self:
        if (self.counts is None) == (self.indicator is None):
            raise ValueError("一项写 counts（数记录）或 indicator（按指标打分），二者其一")
        if (self.indicator is None) != (self.gives is None):
            raise ValueError("写了 indicator 就写 gives（值怎么变成得分），没有写就不写")
        return self


class Column(Model):
    """One column: an expression over the row, its own tables and the columns before it; records counted; or the sum of ``items``.

    With ``full`` the items are a score out of so many: what cannot be assessed for a row is left out and the rest is scaled up.
    """

    title: Title
    gives: Expression | None = None
    counts: Counted | None = None
    items: Mapping[Key, Item] = Field(default_factory=dict)
    full: float | None = Field(None, gt=0, description="满分；不涉及的项目不计入，其余按比例折算")
    decimals: int = Field(2, ge=0, le=6)
    unit: str = ""
    money: bool = Field(False, description="是钱：两位小数，千分位")
    source: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.gives is not None) + (self.counts is not None) + bool(self.items) != 1:
            raise ValueError("一列写 gives、counts 或 items，三者其一")
        if self.full is not None and not self.items:
            raise ValueError("full 只跟着 items")
        return self


class Pool(Model):
    """A sum shared by ``by``, exactly: the shares add up to the amount to the last ``round``."""

    title: Title
    amount: Expression
    by: Expression
    floor: float | None = Field(None, ge=0, description="每行至少得平均额的几成")
    cap: float | None = Field(None, ge=0, description="每行至多得平均额的几倍")
    round: float = Field(0.01, gt=0)
    source: str | None = None


class Appeal(Model):
    """Who may object, in which state of the sheet, for how long after it was entered, and which procedure opens about the row."""

    by: ActorText
    in_: Key = Field(alias="in")
    within: LimitText
    opens: Key


class Signed(Model):
    """One signature and the state it leads to."""

    to: Key
    by: ActorText
    title: Title


class Signatures(Model):
    """Who signs, one after the other; each of them may return the sheet with a reason, which voids the signatures before."""

    from_: Key = Field(alias="from")
    chain: tuple[Signed, ...] = Field(min_length=1)
    back_title: Title = "退回"


class SheetMove(Model):
    """From one state to the next: by a person, or ``when`` something holds (it may name ``appeal_over`` and ``appeals_open``).

    ``post`` is posted for every row; its expressions may name the columns, ``share``, the lines and ``corrections``.
    """

    title: Title
    from_: Key = Field(alias="from")
    to: Key
    by: ActorText | None = None
    when: Expression | None = None
    post: Posting | None = None

    @model_validator(mode="after")
    def _someone_or_something_moves(self) -> Self:
        if (self.by is None) == (self.when is None):
            raise ValueError("写 by（谁来办）或 when（什么成立时自动转），二者其一")
        return self


class Checks(Model):
    """Records drawn by lot to be asked after: ``each`` per row, from the forms ``of`` (form → code of its service in ``form.service``).

    ``form`` is about the person and has the fields provider, service, done_on, way, found_true, remark and record.
    """

    title: Title
    form: Key
    by: ActorText
    each: int = Field(ge=1, le=200)
    of: Mapping[Key, Key] = Field(min_length=1)
    source: str | None = None


class Statement(Declaration):
    """``rows`` are the institutions for which ``among`` holds; with ``below`` records of those under them count for them.

    The first state is the one in which the sheet may still be computed anew; ``signatures`` lead out of it.
    """

    kind: Literal["statement"]
    rows: Literal["institution"]
    among: Expression | None = None
    below: bool = Field(False, description="下级机构（如卫生院管的村卫生室）的记录归入本行")
    period: Literal["month", "quarter", "half_year", "year"]
    computed_by: ActorText
    columns: Mapping[Key, Column] = Field(min_length=1)
    pool: Pool | None = None
    lines: Mapping[Key, Column] = Field(default_factory=dict, description="分配之后的列，可用 share")
    states: Mapping[Key, Title] = Field(min_length=2)
    signatures: Signatures
    moves: Mapping[Key, SheetMove] = Field(default_factory=dict)
    appeal: Appeal | None = None
    corrected: Key | None = Field(None, description="更正行记在哪一列（钱）")
    totals: tuple[Key, ...] = ()
    checks: Checks | None = Field(None, description="抽查：每行抽几份、抽哪些表单、填哪张抽查表")

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        named = [self.signatures.from_, *(one.to for one in self.signatures.chain)]
        named += [state for move in self.moves.values() for state in (move.from_, move.to)] + ([self.appeal.in_] if self.appeal else [])
        for state in named:
            if state not in self.states:
                raise ValueError(f"没有状态 {state}")
        if self.signatures.from_ != self.first:
            raise ValueError("signatures 要从第一个状态开始")
        for key in (*self.totals, *([self.corrected] if self.corrected else [])):
            if key not in {**self.columns, **self.lines, "share": None}:
                raise ValueError(f"没有列 {key}")
        doubled = [key for key in self.lines if key in self.columns] + [key for key in (*self.columns, *self.lines) if key == "share"]
        if doubled:
            raise ValueError(f"列 {doubled[0]} 有两个")
        if any(column.items or column.counts for column in self.lines.values()):
            raise ValueError("lines 里只写 gives")
        return self

    @property
    def first(self) -> str:
        """The state of a sheet that is not yet signed."""
        return next(iter(self.states))
