"""A table that expressions speak of, drawn from FHIR resources: its subject, its columns and the FHIRPath of each."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from .base import Declaration, Key, Model, Title

ColumnType = Literal["number", "text", "boolean", "date", "list"]


class Column(Model):
    """One column; ``path`` starts at the resource, or at each item of ``for_each``."""

    type: ColumnType
    path: str
    title: Title | None = None


class View(Declaration):
    """One table of ``docs/record-shapes.md``. How paths become SQL is the business of ``engines.fhir.views``."""

    kind: Literal["view"]
    subject: Literal["person", "institution", "area"]
    interval: bool = False
    resource: str
    code: str | None = None
    where: tuple[str, ...] = ()
    for_each: str | None = None
    row: Title | None = Field(None, description="一行叫什么，如“诊断”；不写则同 title")
    active: Title | None = Field(None, description="还没结束的一行怎么说，如“在诊”")
    named_by: Key | None = Field(None, description="哪一列的名称就是这一行的名称，如诊断的 code")
    columns: Mapping[Key, Column] = Field(min_length=1)

    @model_validator(mode="after")
    def _has_its_dates(self) -> Self:
        needed = {"on", *(["to"] if self.interval else []), *([self.subject] if self.subject != "person" else [])}
        for name in sorted(needed - self.columns.keys()):
            raise ValueError(f"columns 缺少列 {name}")
        return self
