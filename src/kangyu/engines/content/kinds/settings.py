"""Named numbers that rules and pages use; ``local: true`` ones may be overlaid by a region, signed and dated."""

from collections.abc import Mapping
from typing import Literal

from .base import Declaration, Key, Model, Title


class Setting(Model):
    """One number and what it is."""

    value: float | str
    title: Title
    unit: str | None = None
    local: bool = False
    source: str | None = None


class Settings(Declaration):
    """A file of settings."""

    kind: Literal["settings"]
    values: Mapping[Key, Setting]
