"""How a thing stands today: what is due on it, what about it wants looking at, which moves are open to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kangyu.engines.language.subject import Subject
from kangyu.engines.schedules import DueItem, Membership, due_item

from .prepared import PreparedRegister
from .things import Facts, ended


@dataclass(frozen=True)
class Standing:
    """``items`` are the due items (none for a thing that is no longer there), ``flags`` the keys of ``find`` that hold."""

    items: tuple[DueItem, ...]
    flags: tuple[str, ...]
    last: Mapping[str, Any]

    @property
    def next(self) -> DueItem | None:
        """What comes first and is not done."""
        waiting = [item for item in self.items if item.state != "done" and item.due_on]
        return min(waiting, key=lambda item: item.due_on or date.max, default=None)


def subject_of(prepared: PreparedRegister, facts: Facts, tables: Mapping[str, Sequence[Mapping[str, Any]]], today: date) -> Subject:
    """A thing as expressions see it: ``it.<field>``, its state and where it lies, with its rows."""
    fields = {**facts.all_values(prepared.register), "state": facts.state or None, "org": facts.org or None, "area": facts.area or None}
    return Subject(fields=fields, tables=tables, today=today)


def stand(prepared: PreparedRegister, facts: Facts, subject: Subject) -> Standing:
    """Where a thing stands on ``subject.today``."""
    truths = prepared.thing(subject)
    flags = tuple(key for key in prepared.register.find if truths[f"find.{key}"] is True)
    if ended(prepared.register, facts.state):
        return Standing((), flags, last_row(prepared, subject))
    since = facts.since or date(subject.today.year, 1, 1)
    items = []
    for key, due in prepared.register.due.items():
        if key not in prepared.forms or (due.while_ and facts.state not in due.while_):
            continue
        if truths.get(f"due.{key}", True) is not True or truths.get(f"pause.{key}") is True:
            continue
        form = prepared.forms[key]
        done = [row["on"] for row in subject.tables.get(form.name, ()) if row.get("on")]
        items.append(due_item(key, due.title or form.title, due, done=done, membership=Membership(since), today=subject.today))
    return Standing(tuple(items), flags, last_row(prepared, subject))


def last_row(prepared: PreparedRegister, subject: Subject) -> Mapping[str, Any]:
    """The newest row of the form the register judges by; empty where there is none."""
    form = prepared.rules.form
    rows = [row for row in subject.tables.get(form.name, ()) if row.get("on") and row["on"] <= subject.today] if form else []
    return max(rows, key=lambda row: (row["on"], str(row.get("id"))), default={})


def open_moves(prepared: PreparedRegister, state: str) -> list[str]:
    """The moves that lead out of a state by a person's hand."""
    return [key for key, move in prepared.register.moves.items() if state in move.from_ and move.by]
