"""A long document in parts: the first comes with the page, the others follow by themselves, so that no answer is long to wait for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kangyu.web.highlight import Paragraph
from kangyu.web.reviewing import Item

LARGEST = 100_000
"""Bytes of a part's lines and entries together, above which another begins."""
LINE, ENTRY = 90, 330
"""Bytes of markup around a line and around an entry."""
OPENS = (1, 2)
"""Heading levels before which a part may end early."""


@dataclass(frozen=True)
class Part:
    """Some lines of the document with the entries found in them. ``number`` counts from 1; ``following`` is the next one, 0 for none."""

    number: int
    lines: Sequence[Paragraph]
    items: Sequence[Item]
    following: int = 0
    next_line: int = 0


def parts(lines: Sequence[Paragraph], items: Sequence[Item]) -> list[Part]:
    """The whole document, cut before headings where that is not far off; an entry is in the part where it begins. Never empty."""
    entries: dict[int, list[Item]] = {}
    for item in items:
        entries.setdefault(item.line, []).append(item)
    slices = list(_slices(lines, entries)) or [[]]
    made = []
    for number, some in enumerate(slices, 1):
        following = number + 1 if number < len(slices) else 0
        found = [item for line in some for item in entries.get(line.number, ())]
        made.append(Part(number, some, found, following, slices[number][0].number if following else 0))
    return made


def _slices(lines: Sequence[Paragraph], entries: Mapping[int, Sequence[Item]]) -> Iterator[list[Paragraph]]:
    some: list[Paragraph] = []
    size = 0
    for line in lines:
        weight = LINE + _bytes(line.html) + sum(ENTRY + _bytes(item.title) + _bytes(item.says) for item in entries.get(line.number, ()))
        full = size + weight > LARGEST or (line.level in OPENS and size > LARGEST * 2 // 3)
        if some and full:
            yield some
            some, size = [], 0
        some.append(line)
        size += weight
    if some:
        yield some


def _bytes(text: str) -> int:
    return len(text.encode())
