"""A readable page as plain values: sections of paragraphs, facts, tables and drawings. How it becomes HTML is the business of ``html``."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from .speaking import Said


@dataclass(frozen=True)
class Ref:
    """A link to another page of the handbook."""

    kind: str
    name: str
    title: str


@dataclass(frozen=True)
class Code:
    """Text as it stands in a file."""

    text: str


@dataclass(frozen=True)
class Tag:
    """A word apart; ``ok`` and ``bad`` say how an example came out."""

    text: str
    look: Literal["plain", "ok", "bad", "dim"] = "plain"


@dataclass(frozen=True)
class Lines:
    """Several things under one another."""

    items: tuple["Inline", ...]


Inline = str | Said | Ref | Code | Tag | Lines


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    item: Inline


@dataclass(frozen=True)
class Facts:
    """Names and what they are."""

    rows: tuple[tuple[str, Inline], ...]


@dataclass(frozen=True)
class Table:
    """``head`` names the columns; the first column of each row leads. ``anchors`` give rows an address on the page."""

    head: tuple[str, ...]
    rows: tuple[tuple[Inline, ...], ...]
    anchors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drawing:
    """An SVG of ours, with what it shows for those who do not see it."""

    svg: str
    words: str


Block = Text | Facts | Table | Drawing


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it. ``key`` is its anchor."""

    key: str
    title: str
    blocks: tuple[Block, ...]
    note: str = ""


@dataclass(frozen=True)
class Page:
    """One declaration. ``lede`` says in one sentence what it is; ``file`` and ``lines`` are where and how it is written."""

    kind: str
    kind_title: str
    name: str
    title: str
    source: str
    lede: str
    sections: tuple[Section, ...]
    file: str = ""
    lines: tuple[str, ...] = ()
    note: str = ""
    failed: int = 0


@dataclass
class Draft:
    """A page being gathered: sections without blocks are left out."""

    sections: list[Section] = field(default_factory=list)

    def add(self, key: str, title: str, *blocks: Block | None, note: str = "") -> None:
        """One section, if anything stands in it."""
        kept = tuple(block for block in blocks if block is not None and not (isinstance(block, Table | Facts) and not block.rows))
        if kept:
            self.sections.append(Section(key, title, kept, note))


def lines(items: Iterable[Inline]) -> Inline:
    """One thing as it is, several under one another, none as a dash."""
    kept = [item for item in items if item != ""]
    return "—" if not kept else kept[0] if len(kept) == 1 else Lines(tuple(kept))


def said_of(page: Page) -> list[Said]:
    """Every expression on a page, in order."""
    found: list[Said] = []
    for section in page.sections:
        for block in section.blocks:
            for item in _inlines(block):
                found += _said(item)
    return found


def _inlines(block: Block) -> list[Inline]:
    if isinstance(block, Text):
        return [block.item]
    if isinstance(block, Facts):
        return [item for _, item in block.rows]
    return [item for row in block.rows for item in row] if isinstance(block, Table) else []


def _said(item: Inline) -> list[Said]:
    if isinstance(item, Lines):
        return [one for inner in item.items for one in _said(inner)]
    return [item] if isinstance(item, Said) else []
