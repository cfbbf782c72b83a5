"""Parts: child cases that a case owns. Which must be open by now, and which the case still waits for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from kangyu.engines.content.kinds.action import Actor

from .case import Case
from .procedure import HERE, PreparedProcedure, Values, part_values, seen


@dataclass(frozen=True)
class PartOpening:
    """A child case to be opened. ``about`` is ``it``, or the subject's id as the declaration works it out; ``org`` is where it goes.

    ``finding`` says by what somebody is looked for among the residents, where the declaration asks for that.
    """

    part: str
    number: int
    procedure: str
    about: str
    org: str
    carry: Mapping[str, Any]
    finding: Mapping[str, Any] | None = None


def openings(prepared: PreparedProcedure, case: Case, values: Values, now: datetime, before: int = 0) -> list[PartOpening]:
    """The child cases that ought to be open and are not: a function of the case, so that each is opened once.

    A case that has ended opens none, save those of a state it came through on its way there, in the steps after number ``before``.
    """
    ended = case.state in prepared.procedure.ends
    there = {(part.part, part.number) for part in case.parts}
    subject = seen(prepared, case, now)
    subject = replace(subject, form={**subject.form, **{key: values.get(key) for key in prepared.procedure.derive}})
    found = []
    for key, part in prepared.procedure.parts.items():
        if part.after and case.entered(part.after) is None:
            continue
        if ended and not (part.after and any(step.number > before and step.changes and step.to == part.after for step in case.steps)):
            continue
        for number, row in _rows(case, part.each):
            if (key, number) in there:
                continue
            said = part_values(prepared, key, subject, row)
            if said.get("when", True) is not True:
                continue
            finding = {name.removeprefix("find."): value for name, value in said.items() if name.startswith("find.")}
            about = part.about if part.about in HERE else str(said.get("about") or "")
            carry = {name: said[f"carry.{name}"] for name in part.carry}
            opening = PartOpening(key, number, part.of, str(about), _org(case, part.to), carry, finding or None)
            found.append(opening)
    return found


def _rows(case: Case, each: str | None) -> Iterator[tuple[int, Mapping[str, Any] | None]]:
    """The rows a part is opened for, numbered from 1; a single part has number 0 and no row."""
    if each is None:
        yield 0, None
        return
    form, _, field = each.partition(".")
    yield from enumerate(case.answers.get(form, {}).get(field) or (), 1)


def _org(case: Case, to: str | None) -> str:
    return next((case.parties.get(actor.party, "") for actor in Actor.read(to) if actor.party), "") if to else ""


def waiting_for(prepared: PreparedProcedure, case: Case) -> str:
    """What keeps the case from its end, in words; empty when nothing does."""
    for key, part in prepared.procedure.parts.items():
        own = [one for one in case.parts if one.part == key]
        open_ = [one for one in own if not one.ended]
        if part.needed == "all" and open_:
            return f"还有 {len(open_)} 件“{part.title}”没有办完。"
        if part.needed == "any" and own and len(open_) == len(own):
            return f"“{part.title}”还没有一件办完。"
    return ""
