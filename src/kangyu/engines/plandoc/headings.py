"""The parts of a heading tree: nodes while it is built, and passages with the headings they stand under."""

import re
from collections import Counter
from dataclasses import dataclass, field

from kangyu.engines.plandoc.layout import Passage, mark_of
from kangyu.engines.plandoc.model import Heading, Place
from kangyu.engines.plandoc.tables import Table
from kangyu.engines.plandoc.vocabulary import BACKGROUND, CAPTION, GOALS, MARKS, PRINCIPLES

DIGIT = next(rank for rank, (name, _) in enumerate(MARKS) if name == "digit")
CJK_BRACKET = next(rank for rank, (name, _) in enumerate(MARKS) if name == "cjk_bracket")
BULLET_RANK, POINT_RANK = DIGIT - 0.5, DIGIT + 0.5
BOX_RANK = 20.0
LONGEST_HEADING = 60
INLINE_ITEM = re.compile(r"(?P<mark>[（(](?P<number>\d{1,2})[）)])(?P<text>[^，。；：、,;:（）()]{2,30})")
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
BOX_ITEM = re.compile(r"^(?:\d{1,2}\s*[．.、]\s*|[（(][\d一二三四五六七八九十]+[）)]\s*|\*)?(?P<name>[^，。；：:]{2,40})[：:。](?=.|$)")


@dataclass(eq=False)
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


def one_space(text: str) -> str:
    return re.sub(r"[\s　]+", " ", text).strip()


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
