"""What every declaration has (key, kind, title, source, validity), and the small written values: ranges, spans, expressions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

UNITS = ("minute", "hour", "day", "week", "month", "year")
_SPAN = rf"\d+ (?:{'|'.join(UNITS)})s?"
_NUMBER = r"-?\d+(?:\.\d+)?"

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$"), Field(description="小写英文、数字和下划线，字母开头")]
Expression = Annotated[str, StringConstraints(min_length=1), Field(description="一个表达式，见语言说明")]
Title = Annotated[str, StringConstraints(min_length=1), Field(description="中文名称")]
RangeText = Annotated[str, StringConstraints(pattern=rf"^{_NUMBER}\.\.{_NUMBER}$"), Field(description="范围，如 60..300，两端都算在内")]
SpanText = Annotated[str, StringConstraints(pattern=rf"^{_SPAN}$"), Field(description="如 3 months")]
QuotaText = Annotated[str, StringConstraints(pattern=r"^\d+ per year$"), Field(description="如 4 per year")]
RevisitText = Annotated[
    str,
    StringConstraints(pattern=rf"^(within|in) {_SPAN}$"),
    Field(description="如 within 2 weeks 或 in 3 months"),
]


class Model(BaseModel):
    """Frozen; a key it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, populate_by_name=True)


class Validity(Model):
    """From when (and to when, inclusive) a version is in force."""

    from_: date = Field(alias="from")
    to: date | None = None


class Declaration(Model):
    """The head of every file in ``content/``."""

    key: Key
    kind: Key
    title: Title
    source: str | None = Field(None, description="文件与条款，用自己的话写")
    valid: Validity | None = None
    note: str | None = None
    local: bool = Field(False, description="地区可以用自己的版本整份替换")

    def in_force(self, on: date) -> bool:
        """Whether this version is in force on a day; a declaration without ``valid`` always is."""
        return self.valid is None or (self.valid.from_ <= on and (self.valid.to is None or on <= self.valid.to))


@dataclass(frozen=True)
class Span:
    """A count of calendar units, as ``3 months``."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> "Span":
        found = re.search(rf"(\d+) ({'|'.join(UNITS)})s?$", text)
        if not found:
            raise ValueError(f"“{text}”不是时长，应写成“3 months”这样")
        return cls(int(found[1]), found[2])

    def words(self) -> str:
        """In Chinese: ``3 个月``."""
        return f"{self.count} {SPAN_WORDS[self.unit]}"


SPAN_WORDS: Mapping[str, str] = {"minute": "分钟", "hour": "小时", "day": "天", "week": "周", "month": "个月", "year": "年"}


@dataclass(frozen=True)
class Range:
    """A closed range of numbers."""

    low: float
    high: float
    text: str

    @classmethod
    def parse(cls, text: str) -> "Range":
        low, high = text.split("..")
        return cls(float(low), float(high), f"{low}–{high}")

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


def listed(value: Any) -> Any:
    """One value or a list of them, as a list: what a writer may shorten."""
    return value if isinstance(value, list | tuple) or value is None else [value]
