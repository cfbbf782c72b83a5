"""Building the heading tree: which passages are headings, and at what depth."""

import re

from kangyu.engines.plandoc.heading_kinds import add_missing, add_run_ins, name_kinds
from kangyu.engines.plandoc.headings import (
    BOX_ITEM,
    BOX_RANK,
    BULLET_RANK,
    CIRCLED,
    CJK_BRACKET,
    DIGIT,
    INLINE_ITEM,
    LONGEST_HEADING,
    POINT_RANK,
    Located,
    Node,
    Outline,
    one_space,
)
from kangyu.engines.plandoc.layout import Passage, mark_of
from kangyu.engines.plandoc.model import Source
from kangyu.engines.plandoc.quantities import number_of
from kangyu.engines.plandoc.vocabulary import BOX, BULLET, MARKS, ORDINAL_POINT


def build_outline(source: Source, texts: list[Passage], captions: set[int], title_line: int) -> Outline:
    """Find the headings among the passages after the title line and put every passage under them (``captions``: lines of captions)."""
    builder = Builder(source, [text for text in texts if text.line > title_line and text.line - 1 not in captions], captions)
    return builder.build()


class Builder:
    """Walks the passages once, keeping the stack of open headings."""

    def __init__(self, source: Source, texts: list[Passage], captions: set[int]):
        self.source, self.texts, self.captions = source, texts, captions
        self.roots: list[Node] = []
        self.stack: list[Node] = []
        self.nodes: list[Node] = []
        self.located: list[Located] = []
        self.last_box_item = 0
        self.last_task = 0

    def build(self) -> Outline:
        for index, passage in enumerate(self.texts):
            self.take(index, passage)
        for table_line in sorted(self.captions):
            self.attach_table(table_line)
        name_kinds(self.nodes, self.roots)
        add_run_ins(self.source, self.nodes, self.located)
        add_missing(self.roots)
        roots = tuple(node.freeze() for node in self.roots)
        return Outline(roots, tuple(self.located), tuple(self.nodes))

    def take(self, index: int, passage: Passage) -> None:
        body = self.heading(index, passage)
        item = ""
        if self.stack and self.stack[-1].kind == "box_item":
            item = self.stack[-1].text
        self.located.append(Located(passage, tuple(self.stack), body, item))

    def heading(self, index: int, passage: Passage) -> int:
        """Open the headings a passage begins with; returns where its body starts."""
        text = passage.text
        box = BOX.match(text)
        if box and len(text) <= LONGEST_HEADING and not text.endswith("。"):
            self.close(DIGIT + 1 if self.open_task() else BOX_RANK)
            self.close_boxes()
            self.open(BOX_RANK, "box", one_space(text), passage, index, 0, len(text))
            self.last_box_item = 0
            return len(text)
        if self.in_box():
            inside = self.box_item(index, passage)
            if inside is not None:
                return inside
        mark = mark_of(text)
        if mark:
            return self.marked(index, passage, mark)
        if passage.level and len(text) <= LONGEST_HEADING:
            self.close_boxes()
            self.close(passage.level - 1)
            self.open(passage.level - 1, "styled", one_space(text), passage, index, 0, len(text))
            return len(text)
        return self.bullet(index, passage)

    def in_box(self) -> bool:
        return any(node.kind == "box" for node in self.stack)

    def box_item(self, index: int, passage: Passage) -> int | None:
        """Inside a box a line is an item (名称：…) unless a numbering mark outside the box's own order begins."""
        mark = mark_of(passage.text)
        if mark:
            number = number_of(mark[1][1]) if mark[1][1] not in CIRCLED else self.last_box_item + 1
            labelled = BOX_ITEM.match(passage.text)
            next_task = (
                mark[0] == DIGIT and number == self.last_task + 1 > 1 and not (labelled and passage.text[labelled.end() - 1] in "：:")
            )
            fits = mark[0] > DIGIT or (mark[0] >= CJK_BRACKET and number == self.last_box_item + 1 and not next_task)
            if mark[0] == CJK_BRACKET and not passage.boxed and self.section_number() == number - 1:
                fits = False
            if not fits:
                self.close_boxes()
                return None
            self.last_box_item = number if mark[0] <= DIGIT else self.last_box_item
        item = BOX_ITEM.match(passage.text)
        if item is None and passage.gap and not passage.boxed and "：" not in passage.text and len(passage.text) > 40:
            self.close_boxes()
            return None
        while self.stack and self.stack[-1].kind != "box":
            self.stack.pop()
        if item is None:
            return 0
        self.open(BOX_RANK + 1, "box_item", one_space(item["name"]), passage, index, item.start("name"), item.end("name"))
        return item.end("name") + 1

    def section_number(self) -> int:
        return next((node.number or 0 for node in reversed(self.stack) if node.rank == CJK_BRACKET), 0)

    def marked(self, index: int, passage: Passage, mark: tuple[int, re.Match[str]]) -> int:
        rank, match = mark
        text = passage.text
        end = re.compile(r"[。；!?！？]").search(text, match.end())
        stop = end.start() if end else len(text)
        colon = re.compile(r"[：:]").search(text, match.end())
        if colon and colon.start() < stop and (rank >= DIGIT or stop > LONGEST_HEADING):
            stop = colon.start()
        if stop - match.end() > LONGEST_HEADING or stop == match.end() or (rank == DIGIT and re.match(r"\d", text[match.end() :])):
            return 0
        if rank > DIGIT and not self.stack:
            return 0
        self.close_boxes()
        self.close(rank)
        number = number_of(match[1]) if match[1] not in CIRCLED else CIRCLED.index(match[1]) + 1
        node = self.open(rank, MARKS[rank][0], one_space(text[:stop]), passage, index, 0, stop)
        node.number = number
        if rank == DIGIT and number == self.last_task + 1:
            self.last_task = number
        rest = min(len(text), stop + 1)
        self.inline_items(index, passage, rest)
        return rest

    def bullet(self, index: int, passage: Passage) -> int:
        text = passage.text
        mark = BULLET.match(text) if not text.startswith("*") else None
        point = ORDINAL_POINT.match(text)
        if (mark or point) and self.stack:
            start = mark.end() if mark else 0
            stop = next((at for at in (text.find("。"), text.find("：")) if at > 0), len(text))
            short = mark and stop == len(text)
            if stop - start <= 40:
                self.close(BULLET_RANK if short else POINT_RANK)
                kind = "subsection" if short else "bullet"
                self.open(BULLET_RANK if short else POINT_RANK, kind, one_space(text[start:stop]), passage, index, start, stop)
                return min(len(text), stop + 1)
        if self.stack and self.stack[-1].kind == "bullet":
            self.stack.pop()
        self.inline_items(index, passage, 0)
        return 0

    def inline_items(self, index: int, passage: Passage, start: int) -> None:
        """（1）…（2）… inside a paragraph are its items when they count up from one."""
        expected = 1
        for match in INLINE_ITEM.finditer(passage.text, start):
            if int(match["number"]) != expected or not self.stack or match.start() == 0:
                continue
            expected += 1
            node = self.open(99, "inline_item", f"{match['mark']}{match['text']}", passage, index, match.start(), match.end())
            node.number = int(match["number"])
            self.stack.pop()

    def open_task(self) -> bool:
        return any(node.rank == DIGIT for node in self.stack)

    def close(self, rank: float) -> None:
        while self.stack and self.stack[-1].rank >= rank:
            self.stack.pop()

    def close_boxes(self) -> None:
        while self.in_box():
            self.stack.pop()

    def open(self, rank: float, kind: str, text: str, passage: Passage, index: int, start: int, stop: int) -> Node:
        if kind == "box":
            while self.stack and self.stack[-1].rank >= DIGIT - 0.9:
                self.stack.pop()
        node = Node(rank, kind, text.strip(" 　。：:"), passage.place(self.source, start, stop), passage=index)
        self.add(node)
        self.stack.append(node)
        return node

    def add(self, node: Node) -> None:
        parent = self.stack[-1] if self.stack else None
        node.level = parent.level + 1 if parent else 1
        (parent.children if parent else self.roots).append(node)
        self.nodes.append(node)

    def attach_table(self, line: int) -> None:
        """Put the caption of a table under the heading it stands in."""
        above = [node for node in self.nodes if node.place.line <= line and node.kind not in {"bullet", "inline_item", "box_item", "box"}]
        text = self.source.lines[line].text
        start = self.source.starts[line]
        parent = above[-1] if above else None
        node = Node(90, "table", one_space(text), self.source.place(start, start + len(text)), level=parent.level + 1 if parent else 1)
        siblings = parent.children if parent else self.roots
        at = next((at for at, child in enumerate(siblings) if child.place.line > line + 1), len(siblings))
        siblings.insert(at, node)
        self.nodes.append(node)
