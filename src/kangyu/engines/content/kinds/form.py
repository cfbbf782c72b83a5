"""A form: what is asked, in which unit, what is possible, what is usual, and what each answer becomes."""

from collections.abc import Mapping
from functools import cached_property
from typing import Literal, Self

from pydantic import Field as Described
from pydantic import model_validator

from .base import Declaration, Expression, Key, Model, Range, RangeText, Title

FieldType = Literal["decimal", "integer", "boolean", "date", "code", "codes", "text"]


class Field(Model):
    """One question. Ranges hold for numbers, ``set`` (a value set's key) for ``code`` and ``codes``."""

    title: Title
    type: FieldType
    unit: str | None = Described(None, description="UCUM 单位，如 mm[Hg]")
    unit_title: str | None = Described(None, description="界面上写的单位，如 次/分；不写则同 unit")
    decimals: int | None = Described(None, ge=0, le=4)
    possible: RangeText | None = Described(None, description="不可能超出的范围：超出则不能提交")
    usual: RangeText | None = Described(None, description="少见的范围：超出可提交，但要说明原因")
    reasons: Key | None = Described(None, description="超出常见范围时可选的原因（值集）")
    set: Key | None = None
    required: bool | Expression = False
    show_when: Expression | None = None
    from_last: Literal["show", "fill", "no"] = "show"
    becomes: str | None = Described(None, pattern=r"^[a-z_]+(\.[a-z_]+)?$", description="答案成为的观测，如 blood_pressure.systolic")
    help: str | None = None

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        numeric = self.type in ("decimal", "integer")
        if (self.type in ("code", "codes")) != (self.set is not None):
            raise ValueError("code 和 codes 类型要写 set（值集），其他类型不写")
        if not numeric and (self.possible or self.usual or self.unit):
            raise ValueError("只有 decimal 和 integer 有 unit、possible、usual")
        hard, soft = self.possible_range, self.usual_range
        for bounds, name in ((hard, "possible"), (soft, "usual")):
            if bounds and bounds.low > bounds.high:
                raise ValueError(f"{name} 的下限大于上限")
        if hard and soft and not (hard.low <= soft.low and soft.high <= hard.high):
            raise ValueError("usual 应在 possible 之内")
        return self

    @cached_property
    def possible_range(self) -> Range | None:
        return Range.parse(self.possible) if self.possible else None

    @cached_property
    def usual_range(self) -> Range | None:
        return Range.parse(self.usual) if self.usual else None

    @property
    def shown_unit(self) -> str:
        return self.unit_title or SHOWN_UNITS.get(self.unit or "", self.unit or "")


SHOWN_UNITS: Mapping[str, str] = {"mm[Hg]": "mmHg", "/min": "次/分", "a": "岁", "mo": "月", "wk": "周", "d": "天", "{times}": "次"}


class Check(Model):
    """What must (``hard``) or should (``soft``) hold between answers; unknown answers leave it silent."""

    true_when: Expression
    says: Title
    fields: tuple[Key, ...] = Described(min_length=1)
    severity: Literal["hard", "soft"] = "hard"
    reasons: Key | None = None
    swap: bool = Described(False, description="可建议把两栏对调")


class MakesCondition(Model):
    """A diagnosis the form establishes; ``onset`` names a date field."""

    code: str
    title: Title
    onset: Key | None = None
    when: Expression | None = None


class MakesEpisode(Model):
    """Membership of a programme, from the form's date."""

    programme: Key
    when: Expression | None = None


class MakesReport(Model):
    """A reported figure: which fields hold indicator, value, period and source."""

    indicator: Key
    value: Key
    period_start: Key
    period_end: Key
    source: Key | None = None
    area: Key | None = None


class Makes(Model):
    """One thing a form makes besides its answers."""

    condition: MakesCondition | None = None
    episode: MakesEpisode | None = None
    report: MakesReport | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("makes 的每一条只写一样：condition、episode 或 report")
        return self


class Section(Model):
    """A heading over some of the fields."""

    title: Title
    fields: tuple[Key, ...]


class Form(Declaration):
    """Key within its programme's folder; the table its answers fill is ``table``."""

    kind: Literal["form"]
    about: Key = "person"
    fields: Mapping[Key, Field]
    sections: tuple[Section, ...] = ()
    checks: Mapping[Key, Check] = Described(default_factory=dict)
    makes: tuple[Makes, ...] = ()
    table: Key | None = Described(None, description="答案所成的表；项目里的表单默认是 <项目>_<表单>")
    counts_as_visit: Expression | None = Described(None, description="什么时候算一次有效随访")

    @model_validator(mode="after")
    def _names_its_own_fields(self) -> Self:
        named = [key for section in self.sections for key in section.fields]
        named += [key for check in self.checks.values() for key in check.fields]
        for key in named:
            if key not in self.fields:
                raise ValueError(f"没有字段 {key}")
        if self.sections and len({key for s in self.sections for key in s.fields}) < len(self.fields):
            missing = sorted(set(self.fields) - {key for s in self.sections for key in s.fields})
            raise ValueError(f"sections 漏了字段：{'、'.join(missing)}")
        return self

    @property
    def name(self) -> str:
        """The table's name, by which forms are known outside their folder."""
        return self.table or self.key
