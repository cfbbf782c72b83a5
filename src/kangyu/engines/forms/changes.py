"""What changed between two versions of a form's answers, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kangyu.engines.content.kinds.field import Field

from .prepared import PreparedForm
from .saying import said


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
