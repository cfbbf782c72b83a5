"""From what a move says to a ledger to the entries that are posted: one, or one for each row of a form's table."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from kangyu.apps.governance import clock
from kangyu.apps.ledgers.actions.postings import Entry, after
from kangyu.engines.cases.advance import ToDo
from kangyu.engines.cases.case import Case
from kangyu.engines.content.kinds.base import Span
from kangyu.gateways import content

QUANTITY = "quantity"


def entries_of(todo: ToDo, case: Case) -> Iterator[Entry]:
    """The entries of one ``post``. A hold, and what is taken or freed after it, go by the case's own hold."""
    post = todo.action.post
    assert post is not None
    dimensions = content.current().ledgers[post.ledger].accounts
    at, to = _side(todo, "at"), _side(todo, "to")
    until = after(clock.now(), Span.parse(post.for_)) if post.for_ and post.verb == "hold" else None
    hold = case.id if post.verb in ("hold", "free", "take", "move") else ""
    for row in _rows(case, post.rows):
        here = {key: str(row[key]) for key in dimensions if row.get(key) is not None}
        there = {**to} if to else {}
        yield Entry(post.verb, _quantity(todo, row), {**here, **at}, there, hold, until)  # type: ignore[arg-type]


def _side(todo: ToDo, side: str) -> dict[str, str]:
    prefix = f"post.{side}."
    found = {key.removeprefix(prefix): value for key, value in todo.values.items() if key.startswith(prefix)}
    return {key: value.isoformat() if hasattr(value, "isoformat") else str(value) for key, value in found.items() if value is not None}


def _rows(case: Case, named: str | None) -> list[Mapping[str, Any]]:
    """The rows a posting is made of: of ``form.field``, of a bare field of whichever form was answered last, or a single one."""
    if named is None:
        return [{}]
    form, _, field = named.rpartition(".")
    if form:
        return list(case.answers.get(form, {}).get(field) or ())
    newest = [answers[field] for answers in case.answers.values() if answers.get(field)]
    return list(newest[-1]) if newest else []


def _quantity(todo: ToDo, row: Mapping[str, Any]) -> Decimal | None:
    post = todo.action.post
    assert post is not None
    amount = getattr(post, post.verb)
    value = row.get(QUANTITY) if row else todo.values.get(f"post.{post.verb}", amount)
    if value is None:
        return None
    return Decimal(int(value)) if float(value).is_integer() else Decimal(str(value))
