"""An answer as people say it: a code by its Chinese name, a number with its decimals and unit, yes and no in the words of the question."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from kangyu.engines.content.kinds.field import Field

from .prepared import PreparedForm
from .values import Attached, Measured

EMPTY = "没有填"
NONE_OF_THEM = "都没有"
NO_ROWS = "没有"
ATTACHED: Mapping[str, str] = {"signature": "已签字", "photo": "有照片"}
TitleOf = Callable[[str, str], str]
"""The Chinese name of a code in a value set."""


def said(prepared: PreparedForm, path: str, value: Any, *, unit: bool = True) -> str:
    """The answer at a path of a form (``weight``, ``contacts.2.name``) in words; ``unit=False`` leaves its unit out."""
    return said_of(prepared.field(path), value, lambda set, code: _titled(prepared, set, code), unit=unit)


def said_of(field: Field, value: Any, title_of: TitleOf, *, unit: bool = True) -> str:
    """The value of one field in words; a table by how many rows it has."""
    if value is None or value == "":
        return EMPTY
    if isinstance(value, list | tuple):
        if field.type == "table":
            return f"{len(value)} 行"
        return "、".join(said_of(field, one, title_of, unit=unit) for one in value) or NONE_OF_THEM
    if field.set:
        return title_of(field.set, str(value))
    if isinstance(value, bool):
        return field.truth(value)
    if isinstance(value, Attached):
        return value.title or ATTACHED.get(field.type, "有文件")
    if isinstance(value, float | int):
        return _measured(field, value, unit)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return written(value)


def said_rows(field: Field, rows: Iterable[Mapping[str, Any]], title_of: TitleOf) -> str:
    """The rows of a repeating table in one line: answered cells with commas, rows with semicolons."""
    told = (
        "，".join(said_of(of, row[name], title_of) for name, of in field.fields.items() if row.get(name) not in (None, "")) for row in rows
    )
    return "；".join(told) or NO_ROWS


def number_of(field: Field, value: float) -> str:
    """A number with the decimals of its field; one that was measured finer keeps its own, one of no stated decimals needs none."""
    fixed = f"{value:.{field.decimals or 0}f}"
    return fixed if float(fixed) == float(value) else written(float(value))


def written(value: Any) -> str:
    """A value of no known field as people write it: no needless zeros, a moment to the minute."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    return getattr(value, "display", None) or str(value)


def _measured(field: Field, value: float, unit: bool) -> str:
    own = number_of(field, value)
    if not unit:
        return own
    entered = ""
    if isinstance(value, Measured) and value.unit != field.unit:
        entered = f"（录入 {written(value.entered)} {value.unit.strip('{}')}）"
    return f"{own} {field.shown_unit}".strip() + entered


def _titled(prepared: PreparedForm, value_set: str, code: str) -> str:
    coding = prepared.codes.get(value_set, {}).get(code)
    return coding.title if coding else code
