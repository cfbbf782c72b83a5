"""Code systems (the codes there are) and value sets (the codes meant), both in files of kind ``terminology``."""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from .base import Declaration, Key, Model, Title


class Concept(Model):
    """One code's Chinese name."""

    title: Title
    note: str | None = None
    parent: str | None = None


class CodeSystem(Model):
    """Codes of ours under ``urn:kangyu:cs:<key>``, or of another system under its own address."""

    title: Title
    system: str | None = None
    codes: Mapping[str, Concept]

    @field_validator("codes", mode="before")
    @classmethod
    def _titles_may_stand_alone(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {str(code): {"title": item} if isinstance(item, str) else item for code, item in value.items()}


class ValueSet(Model):
    """Codes of one system: all of it, a list, or prefixes (``C*``: every code that begins with C)."""

    title: Title
    system: str | None = None
    of: Key | None = Field(None, description="取自哪个代码系统")
    source: str | None = Field(default=None, description="这个值集的出处；不写则同全文的 source")
    codes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_codes(self) -> Self:
        if not self.codes and not self.of:
            raise ValueError("值集要写 codes（代码，可带前缀 C*）或 of（整个代码系统）")
        return self

    def holds(self, code: str) -> bool:
        """Whether a code belongs, by its prefixes. A set of a whole system is expanded by the loader first."""
        return any(code.startswith(entry[:-1]) if entry.endswith("*") else code == entry for entry in self.codes)


class Terminology(Declaration):
    """Some code systems and value sets that belong together."""

    kind: Literal["terminology"]
    code_systems: Mapping[Key, CodeSystem] = Field(default_factory=dict)
    value_sets: Mapping[Key, ValueSet] = Field(default_factory=dict)
