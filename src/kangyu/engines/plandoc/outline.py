"""The heading tree: which passages are headings, at what depth, and under which headings every passage stands."""

import re
from collections import Counter
from dataclasses import dataclass, field, replace

from kangyu.engines.plandoc.layout import Passage, mark_of
from kangyu.engines.plandoc.model import Heading, Place, Source
from kangyu.engines.plandoc.quantities import number_of
from kangyu.engines.plandoc.tables import Table
from kangyu.engines.plandoc.vocabulary import BACKGROUND, BOX, BULLET, CAPTION, CJK_NUMBER, GOALS, MARKS, ORDINAL_POINT, PRINCIPLES

DIGIT = next(rank for rank, (name, _) in enumerate(MARKS) if name == "digit")
CJK_BRACKET = next(rank for rank, (name, _) in enumerate(MARKS) if name == "cjk_bracket")
BULLET_RANK, POINT_RANK = DIGIT - 0.5, DIGIT + 0.5
BOX_RANK = 20.0
LONGEST_HEADING = 60
INLINE_ITEM = re.compile(r"(?P<mark>[（(](?P<number>\d{1,2})[）)])(?P<text>[^，。；：、,;:（）()]{2,30})")
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
BOX_ITEM = re.compile(r"^(?:\d{1,2}\s*[．.、]\s*|[（(][\d一二三四五六七八九十]+[）)]\s*|\*)?(?P<name>[^，。；：:]{2,40})[：:。](?=.|$)")


@dataclass
class Node:
    """A heading while the tree is being built. ``rank`` is its place in the order of numbering marks."""

    rank: float
    kind: str
    text: str
    place: Place
    number: int | None = None
    level: int = 0
    passage: int = -1
    children: list["Node"] = field(default_factory=list)

    def freeze(self) -> Heading:
        return Heading(self.level, self.kind, self.text, self.place, self.number, tuple(child.freeze() for child in self.children))


@dataclass(frozen=True)
class Located:
    """A passage of the body with the headings above it (outermost first). ``body`` is where the text begins after its own heading."""

    passage: Passage
    path: tuple[Node, ...]
    body: int
    item: str = ""

    @property
    def heading(self) -> str:
        """The nearest numbered heading or box: what a reader would call the section."""
        return next((node.text for node in reversed(self.path) if node.kind in NUMBERED), "")

    @property
    def box(self) -> Node | None:
        return next((node for node in self.path if node.kind == "box"), None)

    @property
    def background(self) -> bool:
        """Whether the passage looks back (achievements, problems): the innermost heading that tells decides."""
        for node in reversed(self.path):
            if node.kind in STRUCTURAL and GOALS.search(node.text):
                return False
            if node.kind in STRUCTURAL and BACKGROUND.search(node.text):
                return True
        return False

    @property
    def principles(self) -> bool:
        """Whether the passage lays down guiding ideas; again the innermost heading that tells decides."""
        for node in reversed(self.path):
            if node.kind in NUMBERED and PRINCIPLES.search(node.text):
                return True
            if node.kind in NUMBERED and GOALS.search(node.text):
                return False
        return False


STRUCTURAL = {"part", "chapter", "section", "subsection"}
NUMBERED = {"part", "chapter", "section", "subsection", "item", "point", "task", "box"}


@dataclass(frozen=True)
class Outline:
    roots: tuple[Heading, ...]
    located: tuple[Located, ...]
    nodes: tuple[Node, ...]


def build_outline(source: Source, texts: list[Passage], captions: set[int], title_line: int) -> Outline:
    """Find the headings among the passages after the title line and put every passage under them; ``captions`` are lines of table captions."""
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
        add_run_ins(self)
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
            fits = (
                mark[0] >= CJK_BRACKET and number == self.last_box_item + 1 and not (mark[0] == DIGIT and number == self.last_task + 1 > 1)
            )
            if mark[0] == CJK_BRACKET and not passage.boxed and self.section_number() == number - 1:
                fits = False
            if not fits:
                self.close_boxes()
                return None
            self.last_box_item = number
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


def one_space(text: str) -> str:
    return re.sub(r"[\s　]+", " ", text).strip()


def name_kinds(nodes: list[Node], roots: list[Node]) -> None:
    """Name the numbered headings by depth; digits are tasks when they count on across sections, points under a —— heading, else items."""
    tasks = task_nodes(nodes)
    parents = {id(child): node for node in nodes for child in node.children}
    for node in nodes:
        if node.kind == "digit":
            parent = parents.get(id(node))
            node.kind = "task" if id(node) in tasks else "point" if parent is not None and parent.rank == BULLET_RANK else "item"
        elif node.kind in {"part", "chapter", "section", "cjk", "cjk_bracket", "styled"}:
            node.kind = {1: "chapter", 2: "section"}.get(node.level, "subsection")
        elif node.kind in {"digit_bracket", "circle"}:
            node.kind = "item"


def task_nodes(nodes: list[Node]) -> set[int]:
    """Digit headings of one run 1, 2, 3 … that goes on over at least two sections."""
    best: list[Node] = []
    runs: list[list[Node]] = []
    for node in (node for node in nodes if node.kind == "digit"):
        run = next(
            (
                run
                for run in reversed(runs)
                if run[-1].number is not None and node.number is not None and 0 < node.number - run[-1].number <= 3
            ),
            None,
        )
        if node.number == 1 or run is None:
            runs.append([node])
        elif run is runs[-1]:
            run.append(node)
    parents = {id(child): id(node) for node in nodes for child in node.children}
    for run in runs:
        if len({parents.get(id(node)) for node in run}) >= 2 and len(run) > max(2, len(best)):
            best = run
    return {id(node) for node in best}


RUN_IN = re.compile(r"^(?P<text>[^。；：:（(]{4,26})。(?=.{15})")


def add_run_ins(builder: Builder) -> None:
    """Paragraphs of a section that all begin with a short sentence have that sentence as their heading (bold type is lost in the text)."""
    if sum(node.kind == "bullet" and not ORDINAL_POINT.match(node.text) for node in builder.nodes) >= 3:
        return
    groups: dict[int, list[int]] = {}
    owners: dict[int, Node] = {}
    for at, located in enumerate(builder.located):
        if not located.path or located.box or located.passage.line == located.path[-1].place.line:
            continue
        owner = located.path[-1]
        if owner.kind in {"bullet", "inline_item", "box_item", "task"}:
            continue
        groups.setdefault(id(owner), []).append(at)
        owners[id(owner)] = owner
    for key, members in groups.items():
        owner = owners[key]
        if any(child.kind not in {"table", "inline_item"} and child.rank < 90 for child in owner.children):
            continue
        hits = [at for at in members if run_in(builder.located[at].passage.text)]
        if len(hits) >= 2 and len(hits) >= (len([at for at in members if len(builder.located[at].passage.text) > 25]) - 1) * 0.8:
            for at in hits:
                insert_run_in(builder, owner, builder.located[at])


def run_in(text: str) -> bool:
    match = RUN_IN.match(text)
    return bool(match) and not re.search(r"\d|“十[一二三四五]五", match["text"]) if match else False


def insert_run_in(builder: Builder, owner: Node, located: Located) -> None:
    match = RUN_IN.match(located.passage.text)
    assert match is not None
    place = located.passage.place(builder.source, 0, match.end("text"))
    node = Node(98, "run_in", one_space(match["text"]), place, level=owner.level + 1)
    at = next((at for at, child in enumerate(owner.children) if child.place.start > place.start), len(owner.children))
    owner.children.insert(at, node)
    builder.nodes.append(node)


def add_missing(siblings: list[Node]) -> None:
    """A gap in the numbers of chapters or sections becomes a node ``section_missing``, so that the tree shows what the copy lost."""
    at = 1
    while at < len(siblings):
        before, after = siblings[at - 1], siblings[at]
        same = before.rank == after.rank and before.number and after.number and before.rank <= CJK_BRACKET
        if same and before.number is not None and after.number is not None and 1 < after.number - before.number <= 3:
            mark = re.sub(CJK_NUMBER, cjk_number(before.number + 1), after.text.split(" ")[0], count=1)
            mark = next((match[0] for _, pattern in MARKS if (match := pattern.match(mark))), mark)
            place = replace(after.place, end=after.place.start, quote="")
            siblings.insert(at, Node(before.rank, "section_missing", mark, place, before.number + 1, before.level))
        at += 1
    for node in siblings:
        add_missing(node.children)


def cjk_number(number: int) -> str:
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else digits[tens] + "十") + (digits[ones] if ones or not tens else "")


def repeated_numbers(nodes: list[Node]) -> list[tuple[Node, Node]]:
    """Neighbouring headings of one parent that carry the same number."""
    pairs = []
    for siblings in [node.children for node in nodes] + [[node for node in nodes if node.level == 1]]:
        counted = Counter((node.rank, node.number) for node in siblings if node.number and node.rank <= DIGIT)
        for (rank, number), count in counted.items():
            if count > 1:
                same = [node for node in siblings if (node.rank, node.number) == (rank, number)]
                pairs.append((same[0], same[1]))
    return pairs


def captions_without_table(texts: list[Passage], tables: list[Table]) -> list[Passage]:
    """Lines that read like the caption of an indicator table with no table after them."""
    used = {table.caption for table in tables}
    return [
        text for text in texts
        if text.line - 1 not in used and len(text.text) <= 40 and CAPTION.match(text.text) and not mark_of(text.text)
    ]  # fmt: skip
