"""What is drawn: boxes with lines of text, and links between them. Sizes are pixels of the drawing."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["start", "state", "end", "move", "part", "form", "rule", "result"]
Style = Literal["title", "plain", "dim", "clock"]
SIZES = {"title": 13.0, "plain": 12.0, "dim": 11.0, "clock": 11.0}
LINE_HEIGHT = 17.0
PADDING_X, PADDING_Y = 10.0, 7.0
OPENING = "（“《"
LATIN = 0.58
BROAD = 0.95
"""The width of a Latin letter in parts of a Chinese character; a little more than most fonts have, so that nothing sticks out."""


@dataclass(frozen=True)
class Line:
    """One line of text in a box, before it is broken."""

    text: str
    style: Style = "plain"


@dataclass(frozen=True)
class Box:
    """``lines`` are broken at ``widest`` pixels."""

    key: str
    kind: Kind
    lines: tuple[Line, ...]
    widest: float = 176.0

    @property
    def broken(self) -> tuple[Line, ...]:
        """The lines as they are drawn."""
        return tuple(Line(part, line.style) for line in self.lines for part in wrapped(line, self.widest))

    @property
    def width(self) -> float:
        return max((width_of(line) for line in self.broken), default=0.0) + 2 * PADDING_X

    @property
    def height(self) -> float:
        return len(self.broken) * LINE_HEIGHT + 2 * PADDING_Y


@dataclass(frozen=True)
class Link:
    """From one box to another. ``back`` leads against the order of the flow and is drawn upwards; ``late`` is what a clock does."""

    source: str
    target: str
    back: bool = False
    look: Literal["plain", "late", "part"] = "plain"
    arrow: bool = True

    @property
    def upper(self) -> str:
        """The box that stands higher."""
        return self.target if self.back else self.source

    @property
    def lower(self) -> str:
        return self.source if self.back else self.target


@dataclass(frozen=True)
class Graph:
    """Boxes in the order of reading. The links must not form a circle once those that go ``back`` are turned."""

    boxes: tuple[Box, ...]
    links: tuple[Link, ...] = field(default=())

    def box(self, key: str) -> Box:
        return next(box for box in self.boxes if box.key == key)


def letter_width(letter: str) -> float:
    """In parts of the type size."""
    if unicodedata.east_asian_width(letter) in ("W", "F", "A"):
        return 1.0
    return BROAD if letter in "mwMWG%@" else LATIN


def width_of(line: Line) -> float:
    """How wide a line of text is, at most."""
    return sum(map(letter_width, line.text)) * SIZES[line.style]


def wrapped(line: Line, widest: float) -> Sequence[str]:
    """The line broken into parts no wider than ``widest``; Latin words and figures stay whole, signs do not begin a line."""
    parts, now, width = [], "", 0.0
    for word in _words(line.text):
        wide = sum(map(letter_width, word)) * SIZES[line.style]
        if now and width + wide > widest and word[0] not in "，。；、）：”":
            parts.append(now.strip())
            now, width = "", 0.0
        now, width = now + word, width + wide
    return [*parts, now.strip()] if now.strip() else parts or [""]


def _words(text: str) -> Iterator[str]:
    """Characters, Latin words whole, an opening bracket together with what it opens."""
    word = ""
    for letter in text:
        if letter in OPENING:
            if word.strip(OPENING):
                yield word
                word = ""
            word += letter
        elif letter_width(letter) < 1.0 and letter != " ":
            word += letter
        elif word and not word.strip(OPENING):
            yield word + letter
            word = ""
        else:
            if word:
                yield word
            word = ""
            yield letter
    if word:
        yield word
