"""Relations: the types of dated links between subjects (mother, guardian, contact, made from)."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from .base import Declaration, Key, Model, Title


class Relation(Model):
    """``from`` is ``title`` of ``to`` (the mother of the newborn); the other way round it is called ``inverse``."""

    title: Title
    inverse: Title
    from_: Key = Field(alias="from")
    to: Key
    one: bool = Field(False, description="to 的一方同时只能有一个")
    code: str | None = Field(None, description="HL7 v3 RoleCode，如 MTH")
    acyclic: bool = False


class Relations(Declaration):
    """A file of relation types."""

    kind: Literal["relations"]
    types: Mapping[Key, Relation]
