"""Which procedures come about only as parts of something else: they are opened by what they belong to, never by hand."""

from collections.abc import Mapping

from .loader import Content


def owners_of_parts(content: Content) -> Mapping[str, str]:
    """By procedure the title of the programme or other procedure that it is a part of."""
    found: dict[str, str] = {}
    for work in (*content.programmes.values(), *content.procedures.values()):
        for part in work.parts.values():
            if part.of != work.key:
                found.setdefault(part.of, work.title)
    return found
