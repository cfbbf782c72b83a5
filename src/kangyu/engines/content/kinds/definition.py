"""Named, typed values: decision tables, plain expressions, and observations (what a measured fact is called and coded)."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from .base import Declaration, Expression, Key, Model, RangeText, Title
from .schedule import DoseSchedule

Hit = Literal["first", "highest", "sum", "all"]


class DecisionTable(Model):
    """Rows ``key: condition`` in order; ``else`` as a condition holds when every other row is false."""

    table: Mapping[Key, Expression]
    hit: Hit = "first"
    order: tuple[Key, ...] = ()
    unknown: Literal["skip", "zero"] | None = None
    points: Mapping[Key, float] = Field(default_factory=dict)
    set: Key | None = Field(None, description="结果的中文名称取自这个值集")
    title: str | None = None
    source: str | None = Field(None, description="这一条的出处；不写则同全文的 source")
    sources: Mapping[Key, str] = Field(default_factory=dict, description="各行的出处；不写则同这张表的 source")

    @model_validator(mode="after")
    def _fits_its_hit(self) -> Self:
        rows = list(self.table)
        if not rows:
            raise ValueError("决策表至少一行")
        if self.hit == "highest" and sorted(self.order) != sorted(rows):
            raise ValueError("hit: highest 要用 order 写出全部行，从低到高")
        if self.hit == "sum" and sorted(self.points) != sorted(rows):
            raise ValueError("hit: sum 要用 points 写出每行的分")
        otherwise = [key for key, condition in self.table.items() if condition == "else"]
        if otherwise and otherwise != rows[-1:]:
            raise ValueError("else 只能是最后一行")
        strangers = [key for key in self.sources if key not in self.table]
        if strangers:
            raise ValueError(f"sources：表里没有 {'、'.join(strangers)} 这一行")
        return self


class Value(Model):
    """A derived value with a title and a unit, where a bare expression would not say enough."""

    gives: Expression
    title: str | None = None
    source: str | None = Field(None, description="这一条的出处；不写则同全文的 source")
    unit: str | None = None

    @field_validator("gives", mode="before")
    @classmethod
    def _a_number_is_an_expression(cls, value: object) -> object:
        return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


class LookupColumn(Model):
    """One thing a look-up says of its keys. Without ``set`` a text stands for itself; ``codes`` may end in ``*`` (every code so begun)."""

    title: Title
    type: Literal["number", "text", "codes"]
    set: Key | None = None
    unit: str | None = None


class Lookup(Model):
    """What is known of each code of a value set, one row a code: the table an official keeps. A cell left out is not known."""

    of: Key = Field(description="每一行是哪个值集的代码")
    columns: Mapping[Key, LookupColumn] = Field(min_length=1)
    rows: Mapping[str, Mapping[Key, float | str | tuple[str, ...]]] = Field(min_length=1)

    @model_validator(mode="after")
    def _cells_fit(self) -> Self:
        for key, row in self.rows.items():
            for name, cell in row.items():
                column = self.columns.get(name)
                if column is None:
                    raise ValueError(f"{key}：没有 {name} 这一列")
                wanted = {"number": float, "text": str, "codes": tuple}[column.type]
                if not isinstance(cell, wanted):
                    raise ValueError(f"{key}.{name} 要写{ {'number': '数字', 'text': '文字', 'codes': '一串代码'}[column.type] }")
        return self

    def found_by(self, column: str, code: str) -> str | None:
        """The row whose codes in ``column`` hold a code; the longest beginning wins."""
        cells = [(entry, key) for key, row in self.rows.items() for entry in row.get(column, ()) if isinstance(row[column], tuple)]  # type: ignore[union-attr]
        hits = [(len(entry), key) for entry, key in cells if (code.startswith(entry[:-1]) if entry.endswith("*") else code == entry)]
        return max(hits)[1] if hits else None


class Taken(Value):
    """A derived value looked up in a definition's table: its ``gives`` is written by the loader, which knows the table."""

    gives: Expression = "null"
    lookup: Key
    at: Expression
    take: Key = Field(description="取哪一列；title 是代码的中文名")

    @model_validator(mode="after")
    def _is_not_given_too(self) -> Self:
        if "gives" in self.model_fields_set:
            raise ValueError("查表（lookup）和 gives 只写一样")
        return self


Derived = DecisionTable | Taken | Value | Expression


class CodedPart(Model):
    """One measured number of an observation."""

    code: str
    title: Title
    unit: str | None = None
    possible: RangeText | None = Field(None, description="任何活人都不可能超出的范围：超出的观测不收")


class Observation(Model):
    """How a measured fact is coded: a LOINC code and either its own unit or its parts."""

    system: str = "http://loinc.org"
    code: str
    unit: str | None = None
    possible: RangeText | None = Field(None, description="任何活人都不可能超出的范围：超出的观测不收")
    parts: Mapping[Key, CodedPart] = Field(default_factory=dict)
    category: str = "vital-signs"

    @model_validator(mode="after")
    def _has_one_shape(self) -> Self:
        if bool(self.parts) == (self.unit is not None):
            raise ValueError("observation 要么写 unit，要么写 parts，二者其一")
        return self


class Convertible(Model):
    """A unit that may be entered instead: ``value × factor + offset`` is the value in the unit kept."""

    title: Title
    factor: float = Field(gt=0)
    offset: float = 0
    decimals: int = Field(1, ge=0, le=4, description="用这个单位录入时的小数位")


class Conversion(Model):
    """Units of one quantity: ``unit`` is kept, the others are converted into it."""

    unit: str
    decimals: int = Field(2, ge=0, le=6, description="换算后保留几位小数")
    others: Mapping[str, Convertible]


class Definition(Declaration):
    """One definition: exactly one of ``decides``, ``gives``, ``observation``, ``conversion``, ``schedule`` and ``lookup``."""

    kind: Literal["definition"]
    about: Key | None = None
    decides: DecisionTable | None = None
    gives: Expression | None = None
    observation: Observation | None = None
    conversion: Conversion | None = None
    schedule: DoseSchedule | None = None
    lookup: Lookup | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        parts = (self.decides, self.gives, self.observation, self.conversion, self.schedule, self.lookup)
        if sum(part is not None for part in parts) != 1:
            raise ValueError("definition 只写 decides、gives、observation、conversion、schedule、lookup 之一")
        return self
