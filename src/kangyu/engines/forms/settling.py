"""Which fields of a form are asked, and what its computed fields come to: worked out together until nothing changes any more."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from kangyu.engines.content.kinds.field import Field
from kangyu.engines.language.subject import Subject

from .prepared import PreparedForm

ROUNDS = 12
"""More than any sensible chain of fields that wait for each other; a circle ends here with what it last came to."""


@dataclass(frozen=True)
class Settled:
    """``values`` hold every field, hidden ones as ``None``; ``truths`` the conditions, ``rows`` those of each table's rows by row id."""

    values: dict[str, Any]
    shown: frozenset[str]
    truths: Mapping[str, Any]
    rows: Mapping[str, Mapping[str, Mapping[str, Any]]]

    @property
    def hidden_cells(self) -> frozenset[str]:
        """The paths of cells that are not asked in their row."""
        cells = ((f"{table}.{id}.", truths) for table, found in self.rows.items() for id, truths in found.items())
        hidden = ((at, name) for at, truths in cells for name, truth in truths.items() if name.startswith("show.") and truth is not True)
        return frozenset(at + name.removeprefix("show.") for at, name in hidden)


def settle(prepared: PreparedForm, values: Mapping[str, Any], subject: Subject) -> Settled:
    """A hidden answer may have been what another field waited for, and a computed value too: so it is asked again until it stands."""
    fields, now = prepared.form.fields, dict(values)
    for _ in range(ROUNDS):
        rows = {key: _rows(prepared, key, now, subject) for key in prepared.form.tables if now[key] is not None}
        now |= {key: [row for row, _ in found] for key, found in rows.items()}
        truths = prepared.conditions(prepared.seen(subject, now))
        after = _after(fields, now, truths)
        if after == now:
            break
        now = after
    hidden = _hidden(fields, truths)
    judged = {key: {row["id"]: truth for row, truth in found} for key, found in rows.items()}
    return Settled(now, frozenset(fields) - hidden, truths, judged)


def _rows(prepared: PreparedForm, key: str, values: Mapping[str, Any], subject: Subject) -> list[tuple[dict[str, Any], Mapping[str, Any]]]:
    """Each row of a table settled by its own conditions, beside the form's other answers."""
    fields, program = prepared.form.fields[key].fields, prepared.rows[key]
    found: list[tuple[dict[str, Any], Mapping[str, Any]]] = []
    seen = prepared.seen(subject, values)
    for row in values[key]:
        now, truths = row, dict[str, Any]()
        for _ in range(ROUNDS):
            truths = program(replace(seen, form={**seen.form, **now}))
            after = {"id": row["id"], **_after(fields, now, truths)}
            if after == now:
                break
            now = after
        found.append((now, truths))
    return found


def _hidden(fields: Mapping[str, Field], truths: Mapping[str, Any]) -> set[str]:
    return {key for key in fields if truths.get(f"show.{key}", True) is not True}


def _after(fields: Mapping[str, Field], values: Mapping[str, Any], truths: Mapping[str, Any]) -> dict[str, Any]:
    hidden = _hidden(fields, truths)
    return {key: None if key in hidden else _kept(field, values[key], truths.get(f"gives.{key}")) for key, field in fields.items()}


def _kept(field: Field, value: Any, given: Any) -> Any:
    """An answer as it is; a computed number with the decimals of its field."""
    if field.asked:
        return value
    if given is None or isinstance(given, bool | str) or field.type not in ("decimal", "integer"):
        return given
    return round(given) if field.type == "integer" else round(float(given), 6 if field.decimals is None else field.decimals)
