"""One question of a form or one fact of a thing: its type, unit, ranges and value set; a repeating table has fields of its own."""

from collections.abc import Mapping
from functools import cached_property
from typing import Literal, Self

from pydantic import Field as Described
from pydantic import model_validator

from .base import Expression, Key, Model, Range, RangeText, Title

FieldType = Literal[
    "decimal", "integer", "quantity", "boolean", "date", "datetime", "time", "code", "codes", "text", "long_text", "table",
    "signature", "photo", "file", "person", "institution", "area", "thing",
]  # fmt: skip
NUMERIC = ("decimal", "integer", "quantity")
CODED = ("code", "codes")
ATTACHED = ("signature", "photo", "file")
REFERRING = ("person", "institution", "area", "thing")
LARGEST_KB: Mapping[str, int] = {"signature": 200, "photo": 4096, "file": 8192}
ACCEPTED: Mapping[str, tuple[str, ...]] = {
    "signature": ("image/png",),
    "photo": ("image/jpeg", "image/png"),
    "file": ("application/pdf", "image/jpeg", "image/png"),
}
SHOWN_UNITS: Mapping[str, str] = {
    "mm[Hg]": "mmHg", "/min": "次/分", "a": "岁", "mo": "月", "wk": "周", "d": "天", "{times}": "次", "Cel": "℃",
    "[degF]": "℉", "{jin}": "斤",
}  # fmt: skip


class Check(Model):
    """What must (``hard``) or should (``soft``) hold between answers; unknown answers leave it silent."""

    true_when: Expression
    says: Title
    fields: tuple[Key, ...] = Described(min_length=1)
    severity: Literal["hard", "soft"] = "hard"
    reasons: Key | None = None
    swap: bool = Described(False, description="可建议把两栏对调")


class Field(Model):
    """One question. Ranges hold for numbers, ``set`` (a value set's key) for ``code`` and ``codes``, ``fields`` for a table's columns.

    ``gives`` makes it computed: it is shown and stored, never asked. In a table it may read the other columns of its row and the
    answers beside the table. ``units`` names a conversion (a definition) whose units may be entered besides ``unit``.
    """

    title: Title
    type: FieldType
    unit: str | None = Described(None, description="UCUM 单位，如 mm[Hg]")
    unit_title: str | None = Described(None, description="界面上写的单位，如 次/分；不写则同 unit")
    units: Key | None = Described(None, description="还可以用哪些单位录入：一个换算定义（quantity）")
    decimals: int | None = Described(None, ge=0, le=4)
    possible: RangeText | None = Described(None, description="不可能超出的范围：超出则不能提交")
    usual: RangeText | None = Described(None, description="少见的范围：超出可提交，但要说明原因")
    reasons: Key | None = Described(None, description="超出常见范围时可选的原因（值集）")
    set: Key | None = None
    yes: Title = Described("是", description="选“是”时写什么，如 有（boolean）")
    no: Title = Described("否", description="选“否”时写什么，如 无（boolean）")
    required: bool | Expression = False
    show_when: Expression | None = None
    gives: Expression | None = Described(None, description="怎么算出来：边填边算，不用填")
    from_subject: Literal["phone", "address"] | None = Described(None, description="事项的表单打开时，从健康档案带来")
    from_last: Literal["show", "fill", "no"] = "show"
    becomes: str | None = Described(None, pattern=r"^[a-z_]+(\.[a-z_]+)?$", description="答案成为的观测，如 blood_pressure.systolic")
    help: str | None = None
    shared: bool | None = Described(None, description="几个项目一起随访时，同名同类的问题只问一次；不写则同一观测、或同名同值集的只问一次")
    fields: Mapping[Key, "Field"] = Described(default_factory=dict, description="表格的各列（table）")
    checks: Mapping[Key, Check] = Described(default_factory=dict, description="表格每一行各栏之间的核对")
    row: Title | None = Described(None, description="一行叫什么，如“接触者”（table）")
    min_rows: int = Described(0, ge=0)
    max_rows: int = Described(30, ge=1, le=200)
    register_: Key | None = Described(None, alias="register", description="选哪个登记簿里的物（thing）")
    kinds: tuple[Key, ...] = Described((), description="只选哪些类型的机构（institution）")
    max_kb: int | None = Described(None, ge=1, le=16384, description="照片、文件最大多少 KB")
    accepts: tuple[str, ...] = Described((), description="收哪些文件类型，如 application/pdf（file）")

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if (self.type in CODED) != (self.set is not None):
            raise ValueError("code 和 codes 类型要写 set（值集），其他类型不写")
        if self.type not in NUMERIC and (self.possible or self.usual or self.unit):
            raise ValueError("只有 decimal、integer 和 quantity 有 unit、possible、usual")
        if self.type == "quantity" and not self.unit:
            raise ValueError("quantity 要写 unit：存的是这个单位的数")
        if self.type != "boolean" and (self.yes, self.no) != ("是", "否"):
            raise ValueError("只有 boolean 写 yes、no（两个选择的说法）")
        if self.units and self.type != "quantity":
            raise ValueError("units 只写在 quantity 上")
        if (self.type == "table") != bool(self.fields):
            raise ValueError("table 要写 fields（各列），其他类型不写")
        if (self.type == "thing") != (self.register_ is not None):
            raise ValueError("thing 要写 register（哪个登记簿），其他类型不写")
        if self.gives and self.type in (*CODED[1:], *ATTACHED, *REFERRING, "table", "quantity"):
            raise ValueError("这种类型不能用 gives 算出来")
        return self

    @model_validator(mode="after")
    def _has_sound_ranges(self) -> Self:
        hard, soft = self.possible_range, self.usual_range
        for bounds, name in ((hard, "possible"), (soft, "usual")):
            if bounds and bounds.low > bounds.high:
                raise ValueError(f"{name} 的下限大于上限")
        if hard and soft and not (hard.low <= soft.low and soft.high <= hard.high):
            raise ValueError("usual 应在 possible 之内")
        if self.min_rows > self.max_rows:
            raise ValueError("min_rows 大于 max_rows")
        return self

    @model_validator(mode="after")
    def _has_sound_columns(self) -> Self:
        for key, column in self.fields.items():
            if key in ("id", "on", "to"):
                raise ValueError(f"表格的列不能叫 {key}：这个名字已有别的意思")
            if column.type == "table":
                raise ValueError(f"{key}：表格里不能再套表格")
            if column.becomes:
                raise ValueError(f"{key}：表格里的栏不能 becomes")
        for key in (name for check in self.checks.values() for name in check.fields):
            if key not in self.fields:
                raise ValueError(f"没有列 {key}")
        return self

    @cached_property
    def possible_range(self) -> Range | None:
        return Range.parse(self.possible) if self.possible else None

    @cached_property
    def usual_range(self) -> Range | None:
        return Range.parse(self.usual) if self.usual else None

    def truth(self, value: bool) -> str:
        """A yes or no in the words of the question."""
        return self.yes if value else self.no

    @property
    def shown_unit(self) -> str:
        return self.unit_title or shown_unit(self.unit or "")

    @property
    def asked(self) -> bool:
        """Whether somebody answers it; a computed field is worked out instead."""
        return self.gives is None

    @property
    def largest(self) -> int:
        """How many bytes an attachment may have."""
        return (self.max_kb or LARGEST_KB.get(self.type, 0)) * 1024

    @property
    def content_types(self) -> tuple[str, ...]:
        """The kinds of file that are taken."""
        return self.accepts or ACCEPTED.get(self.type, ())


def shown_unit(unit: str) -> str:
    """A unit as people write it."""
    return SHOWN_UNITS.get(unit, unit)
