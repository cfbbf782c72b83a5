"""Which questions of several forms are one question: what becomes the same observation, or bears the same name and value set."""

from collections.abc import Sequence
from dataclasses import dataclass

from kangyu.engines.content.kinds.field import CODED, Field

from .prepared import PreparedForm

Place = tuple[str, str]
"""A form's name and one of its fields."""


@dataclass(frozen=True)
class Shared:
    """One question of several forms: where it is asked, and where else its answer is stored."""

    asked: Place
    others: tuple[Place, ...]


def shared_questions(prepared: Sequence[PreparedForm]) -> tuple[Shared, ...]:
    """The questions that several of the forms ask, in the order of the first form that asks them.

    Of two such fields the stricter one is asked (a required one before an optional one); each form still checks its own copy.
    """
    found: dict[tuple[object, ...], list[tuple[Place, Field]]] = {}
    for form in prepared:
        for key, field in form.form.fields.items():
            mark = _mark(key, field)
            if mark is not None:
                found.setdefault(mark, []).append(((form.form.name, key), field))
    shared = []
    for places in found.values():
        if len({form for (form, _), _ in places}) < 2:
            continue
        ordered = sorted(places, key=lambda one: (one[1].required is False, one[1].show_when is not None))
        asked = ordered[0][0]
        shared.append(Shared(asked, tuple(place for place, _ in places if place != asked)))
    return tuple(shared)


def _mark(key: str, field: Field) -> tuple[object, ...] | None:
    """What makes two questions the same; ``None`` for one that is nobody else's."""
    if field.shared is False or not field.asked or field.type == "table":
        return None
    if field.becomes:
        return ("becomes", field.becomes)
    if field.type in CODED:
        return ("set", key, field.type, field.set)
    return ("named", key, field.type, field.unit) if field.shared else None
