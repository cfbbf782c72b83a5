"""Answers that remember how they were given: a quantity in the unit it was read off, a reference with its name, a file with its kind.

A ``Measured`` is the number in the field's unit and a ``Named`` the id of what it names, so that expressions see plain values.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kangyu.engines.content.kinds.field import Field

REFERENCE_TYPES: Mapping[str, str] = {"person": "Patient", "institution": "Organization", "area": "Location"}


class Measured(float):
    """A number in the unit of its field, with the number and the unit as they were entered."""

    entered: float
    unit: str

    def __new__(cls, value: float, entered: float, unit: str) -> "Measured":
        made = super().__new__(cls, value)
        made.entered, made.unit = entered, unit
        return made

    def __getnewargs__(self) -> tuple[float, float, str]:  # type: ignore[override]
        return float(self), self.entered, self.unit


class Named(str):
    """The id of a person, institution, area (its code) or thing, with the resource type and the name people know it by."""

    rtype: str
    display: str

    def __new__(cls, id: str, rtype: str, display: str) -> "Named":
        made = super().__new__(cls, id)
        made.rtype, made.display = rtype, display
        return made

    def __getnewargs__(self) -> tuple[str, str, str]:  # type: ignore[override]
        return str(self), self.rtype, self.display


@dataclass(frozen=True)
class Attached:
    """A signature, photo or file. ``data`` are the bytes on their way in; what is stored has ``binary``, the id of its Binary.

    ``title`` is the file's name, for a signature who signed; ``at`` when it was signed or taken in.
    """

    content_type: str
    title: str = ""
    at: datetime | None = None
    data: bytes | None = field(default=None, repr=False)
    binary: str = ""
    size: int = 0

    def stored_as(self, binary: str) -> "Attached":
        """The same once its bytes are kept elsewhere."""
        return Attached(self.content_type, self.title, self.at, None, binary, len(self.data or b"") or self.size)

    def digest(self) -> str:
        """A short name for the bytes."""
        return hashlib.sha256(self.data or b"").hexdigest()[:16]


def split_path(path: str) -> tuple[str, str, str]:
    """``contacts.2.name`` as (table, row, column); of a plain field the last two are empty."""
    key, _, rest = path.partition(".")
    row, _, column = rest.partition(".")
    return key, row, column


def field_at(fields: Mapping[str, Field], path: str) -> Field | None:
    """The field an answer's path means, also within a table."""
    key, _, column = split_path(path)
    found = fields.get(key)
    return found.fields.get(column) if found is not None and column else found


def answer_at(answers: Mapping[str, Any], path: str) -> Any:
    """The answer at a path; ``None`` where there is none."""
    key, row, column = split_path(path)
    if not row:
        return answers.get(key)
    found = next((one for one in answers.get(key) or () if str(one.get("id")) == row), None)
    return found.get(column) if found and column else found
