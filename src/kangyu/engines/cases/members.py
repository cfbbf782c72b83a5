"""Cases gathered under one about a group: what is known of each, whether a threshold is reached, who else may belong."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from kangyu.engines.content import Content
from kangyu.engines.content.kinds import Procedure
from kangyu.engines.content.kinds.procedure import Members, Threshold
from kangyu.engines.language import Schema, Type, check
from kangyu.engines.language.python_target import Program, compile_python
from kangyu.engines.language.subject import Subject

from .vocabulary import Names, member_choices, member_columns, member_names

GROUP = "group."
"""What a proposal of members says of the group stands after this."""
COLUMN = "column."
Row = Mapping[str, Any]


@dataclass(frozen=True)
class PreparedMembers:
    """``columns`` over a member's own case; ``judged`` over the columns: ``when.<threshold>``, ``count.<threshold>``, ``suggest``."""

    declared: Members
    columns: Program
    judged: Program


@dataclass(frozen=True)
class Reached:
    """A threshold that the cases of one place reach: which, how many cases it counted, and which they are."""

    key: str
    threshold: Threshold
    cases: tuple[str, ...]


def prepare_members(content: Content, procedure: Procedure, names: Names) -> PreparedMembers:
    """What the members of a group are read by, compiled. Raises ``ExpressionError`` where an expression does not hold."""
    members = procedure.members
    assert members is not None
    about = member_names(content, members.of).schema
    own = {f"{COLUMN}{key}": check(text, about) for key, text in members.texts.items()}
    judged = {name: check(text, schema, Type.BOOLEAN) for _, name, text, schema in member_texts(content, procedure, names)}
    return PreparedMembers(members, compile_python(own), compile_python(judged))


def member_texts(content: Content, procedure: Procedure, names: Names) -> Iterator[tuple[tuple[str | int, ...], str, str, Schema]]:
    """The conditions on members: where each stands in the file, its name, the text, what it may speak of."""
    members = procedure.members
    if members is None:
        return
    columns = {**member_columns(content, procedure), "state": Type.TEXT}
    choices = {**names.schema.choices, **member_choices(content, procedure)}
    known = {key: value for key, value in names.schema.settings.items() if key not in columns}
    about = Schema(fields=columns, value_sets=names.schema.value_sets, settings=known, choices=choices)
    for key, one in members.thresholds.items():
        yield ("members", "thresholds", key, "when"), f"when.{key}", one.when, about
        if one.count:
            yield ("members", "thresholds", key, "count"), f"count.{key}", one.count, about
    if members.suggest:
        group = {f"{GROUP}{key}": kind for key, kind in names.schema.fields.items()}
        grouped = MappingProxyType({**columns, **group})
        wider = Schema(fields=grouped, value_sets=about.value_sets, settings=about.settings, choices=choices)
        yield ("members", "suggest"), "suggest", members.suggest, wider


def row_of(prepared: PreparedMembers, subject: Subject, case: str, state: str) -> dict[str, Any]:
    """One member as the table ``members`` holds it; ``subject`` is its case as its own expressions see it."""
    found = {key.removeprefix(COLUMN): value for key, value in prepared.columns(subject).items()}
    day = found.get(prepared.declared.on)
    return {"id": case, "state": state, **found, "on": day}


def belongs_with(prepared: PreparedMembers, one: Row, other: Row) -> bool:
    """Whether two cases belong together: equal, and known, in every column of ``same``."""
    return all(one.get(name) is not None and one.get(name) == other.get(name) for name in prepared.declared.same)


def reached(prepared: PreparedMembers, newest: Row, others: Iterable[Row], today: date) -> Reached | None:
    """The first threshold that the newest case reaches together with the others of its place; none while it is undated."""
    day = newest.get("on")
    if day is None:
        return None
    rows = [newest, *(row for row in others if row["id"] != newest["id"] and belongs_with(prepared, newest, row))]
    said = _judged(prepared, newest, today)
    for key, threshold in prepared.declared.thresholds.items():
        if said.get(f"when.{key}") is not True:
            continue
        near = [row for row in rows if row.get("on") is not None]
        counted = [row for row in near if not threshold.count or _judged(prepared, row, today).get(f"count.{key}") is True]
        together = most_within(counted, threshold.days, day)
        if len(together) >= threshold.at_least:
            return Reached(key, threshold, tuple(str(row["id"]) for row in together))
    return None


def most_within(rows: Sequence[Row], days: int, day: date) -> list[Row]:
    """The most rows that fall within so many days (both ends counted) among the windows that hold ``day``."""
    best: list[Row] = []
    for back in range(days):
        first = day - timedelta(days=back)
        found = [row for row in rows if first <= row["on"] < first + timedelta(days=days)]
        best = found if len(found) > len(best) else best
    return best


def suggested(prepared: PreparedMembers, row: Row, group: Mapping[str, Any], today: date) -> bool:
    """Whether a case may belong to a group: in the same place, or as ``suggest`` says."""
    if prepared.declared.suggest is None:
        return all(row.get(name) is not None and row.get(name) == group.get(name) for name in prepared.declared.same)
    form = {**row, **{f"{GROUP}{key}": value for key, value in group.items()}}
    return prepared.judged(Subject(fields={}, tables={}, today=today, form=form)).get("suggest") is True


def _judged(prepared: PreparedMembers, row: Row, today: date) -> Mapping[str, Any]:
    return prepared.judged(Subject(fields={}, tables={}, today=today, form=dict(row)))
