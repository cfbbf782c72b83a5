"""Answers in words, and what changed between two versions of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from kangyu.engines.content.kinds.field import Field

from .answers import written
from .prepared import PreparedForm
from .values import Attached, Measured

EMPTY = "没有填"


@dataclass(frozen=True)
class Change:
    """One answer that differs: the field's path and title, before and after in words."""

    path: str
    title: str
    before: str
    after: str


def differences(prepared: PreparedForm, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What changed from one version to the next, in the order of the form; rows of tables are told apart by their id."""
    found: list[Change] = []
    for key, field in prepared.form.fields.items():
        if field.type == "table":
            found += _rows(prepared, key, field, before.get(key) or [], after.get(key) or [])
        elif before.get(key) != after.get(key):
            found.append(Change(key, field.title, said(prepared, key, before.get(key)), said(prepared, key, after.get(key))))
    return found


def _rows(prepared: PreparedForm, key: str, field: Field, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[Change]:
    old, new = {row["id"]: row for row in before}, {row["id"]: row for row in after}
    found = []
    for id in dict.fromkeys((*old, *new)):
        title = f"{field.row or field.title} {id}"
        if id not in old or id not in new:
            row = new.get(id) or old[id]
            whole = "，".join(said(prepared, f"{key}.{id}.{name}", row[name]) for name in field.fields if row.get(name) not in (None, []))
            found.append(Change(f"{key}.{id}", title, "" if id in new else whole, whole if id in new else "删去"))
            continue
        for name in field.fields:
            path, was, now = f"{key}.{id}.{name}", old[id].get(name), new[id].get(name)
            if was != now:
                found.append(Change(path, prepared.title(path), said(prepared, path, was), said(prepared, path, now)))
    return found


def said(prepared: PreparedForm, path: str, value: Any) -> str:
    """An answer as people say it: a code by its Chinese name, a number with its unit, a file by its name."""
    field = prepared.field(path)
    if value is None:
        return EMPTY
    if field.type == "table":
        return f"{len(value)} 行"
    if field.type == "codes":
        return "、".join(_titled(prepared, field, code) for code in value) or "都没有"
    if field.type == "code":
        return _titled(prepared, field, value)
    if isinstance(value, Attached):
        return value.title or {"signature": "已签字", "photo": "有照片"}.get(field.type, "有文件")
    if isinstance(value, Measured) and value.unit != field.unit:
        return f"{_number(field, value)} {field.shown_unit}（录入 {written(value.entered)} {value.unit.strip('{}')}）"
    if isinstance(value, float | int) and not isinstance(value, bool):
        return f"{_number(field, value)} {field.shown_unit}".strip()
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return written(value)


def _number(field: Field, value: float) -> str:
    """A number with the decimals of its field; one that was measured finer keeps its own."""
    fixed = f"{value:.{field.decimals or 0}f}"
    return fixed if float(fixed) == float(value) else written(float(value))


def _titled(prepared: PreparedForm, field: Field, code: str) -> str:
    coding = prepared.codes.get(field.set or "", {}).get(code)
    return coding.title if coding else str(code)
