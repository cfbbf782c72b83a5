"""Which procedures come about only as parts of something else: they are opened by what they belong to, never by hand.

A part that can also stand alone has a start that asks for a form; one whose starts ask for nothing has nothing to begin with but what its
owner gives it along.
"""

from collections.abc import Mapping

from .kinds import Procedure, Programme
from .kinds.work import START
from .loader import Content


def owners_of_parts(content: Content) -> Mapping[str, str]:
    """By procedure the title of the programme or other procedure that it is a part of."""
    found: dict[str, str] = {}
    works: list[Programme | Procedure] = [*content.programmes.values(), *content.procedures.values()]
    for work in works:
        for part in work.parts.values():
            procedure = content.procedures.get(part.of)
            alone = procedure is not None and any(move.form and move.by and START in move.from_ for move in procedure.moves.values())
            if part.of != work.key and not alone:
                found.setdefault(part.of, work.title)
    return found
