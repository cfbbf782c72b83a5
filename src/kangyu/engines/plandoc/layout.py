"""From lines to passages: the paragraphs of the running text, put together over page breaks, each character knowing where it came from."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kangyu.engines.plandoc.model import Place, Source
from kangyu.engines.plandoc.vocabulary import BOX, BULLET, CAPTION, MARKS

FURNITURE = re.compile(
    r"[（(）)]|[-—–－·\s]*\d{0,3}[-—–－·\s]*|标签[:：]?|当前位置[:：].*|.{0,4}打印.{0,4}|.*(?:分享到|扫一扫|上一篇|下一篇|关闭窗口|字体[:：]).*"
)
CONTENTS_LINE = re.compile(r".{2,60}?(?:[.…·．]{3,}|\t)\s*[-—]?\s*\d{1,3}\s*[-—]?$")
CLOSED = re.compile(r"[。！？；：:;!?…][”’）)]?$")


@dataclass(frozen=True)
class Passage:
    """A paragraph. ``origin[i]`` is where ``text[i]`` stands in the whole text."""

    text: str
    origin: tuple[int, ...]
    line: int
    level: int | None = None
    boxed: bool = False
    gap: bool = False

    def place(self, source: Source, start: int = 0, end: int | None = None) -> Place:
        """The place of ``text[start:end]``; the quote is cut from the whole text, so it is verbatim."""
        end = len(self.text) if end is None else end
        if start >= end:
            return source.place(self.origin[0], self.origin[0])
        return source.place(self.origin[start], self.origin[end - 1] + 1)


def passages(source: Source, tables: Iterable[tuple[int, int]]) -> list[Passage]:
    """The paragraphs outside tables (given as half-open ranges of line indexes), page marks and the table of contents left out."""
    skip = {index for first, last in tables for index in range(first, last)} | contents_lines(source)
    merged: list[Passage] = []
    for passage in raw_passages(source, skip):
        if merged and continues(merged[-1], passage):
            before = merged.pop()
            passage = Passage(
                before.text + passage.text, before.origin + passage.origin, before.line, before.level, before.boxed, before.gap
            )
        merged.append(passage)
    return merged


def raw_passages(source: Source, skip: set[int]) -> Iterator[Passage]:
    gap = True
    for index, line in enumerate(source.lines):
        if index in skip:
            gap = True
            continue
        text = line.text.strip()
        if not text:
            gap = True
            continue
        if FURNITURE.fullmatch(text):
            continue
        start = source.starts[index] + len(line.text) - len(line.text.lstrip())
        yield Passage(text, tuple(range(start, start + len(text))), index + 1, line.level, line.boxed, gap)
        gap = False


def continues(before: Passage, after: Passage) -> bool:
    """Whether a paragraph was cut in two: prose that is not closed, followed by a line that does not begin anything."""
    if before.level or after.level or before.boxed != after.boxed or CLOSED.search(before.text) or "。" not in before.text:
        return False
    return not (mark_of(after.text) or BOX.match(after.text) or BULLET.match(after.text) or CAPTION.match(after.text))


def mark_of(text: str) -> tuple[int, re.Match[str]] | None:
    """The numbering mark a text begins with: its rank in ``MARKS`` and the match."""
    for rank, (_, pattern) in enumerate(MARKS):
        match = pattern.match(text)
        if match:
            return rank, match
    return None


def contents_lines(source: Source) -> set[int]:
    """The lines of a table of contents: with page numbers, or after 目录 with headings that come again below."""
    found = {
        index
        for index, line in enumerate(source.lines)
        if not line.cells and CONTENTS_LINE.fullmatch(line.text.strip()) and mark_of(line.text.strip())
    }
    texts = [re.sub(r"[\s　.…]|\d+$", "", line.text) for line in source.lines]
    for index, text in enumerate(texts[:80]):
        if text in {"目录", "目次"}:
            found.add(index)
            for later in range(index + 1, min(len(texts), index + 200)):
                if texts[later] and texts[later] not in texts[later + 1 :]:
                    break
                found.add(later)
    return found
