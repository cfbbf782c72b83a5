"""Finishing the heading tree: names of the kinds, headings that run into their paragraph, headings the copy lost."""

import re
from dataclasses import replace

from kangyu.engines.plandoc.headings import BULLET_RANK, CJK_BRACKET, Located, Node, one_space
from kangyu.engines.plandoc.model import Source
from kangyu.engines.plandoc.vocabulary import CJK_NUMBER, MARKS, ORDINAL_POINT


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


def add_run_ins(source: Source, nodes: list[Node], located_all: list[Located]) -> None:
    """Paragraphs of a section that all begin with a short sentence have that sentence as their heading (bold type is lost in the text)."""
    if sum(node.kind == "bullet" and not ORDINAL_POINT.match(node.text) for node in nodes) >= 3:
        return
    groups: dict[int, list[int]] = {}
    owners: dict[int, Node] = {}
    for at, located in enumerate(located_all):
        if not located.path or located.box or located.passage.line == located.path[-1].place.line:
            continue
        owner = located.path[-1]
        if owner.kind in {"bullet", "inline_item", "box_item", "task"}:
            continue
        groups.setdefault(id(owner), []).append(at)
        owners[id(owner)] = owner
    parents = {id(child): node for node in nodes for child in node.children}
    for key, members in groups.items():
        owner = owners[key]
        if any(child.kind not in {"table", "inline_item"} and child.rank < 90 for child in owner.children):
            continue
        hits = [at for at in members if run_in(located_all[at].passage.text)]
        if len(hits) >= 2 and len(hits) >= (len([at for at in members if len(located_all[at].passage.text) > 25]) - 1) * 0.8:
            holder = parents.get(id(owner), owner) if owner.rank == BULLET_RANK else owner
            for at in hits:
                insert_run_in(source, nodes, holder, located_all[at])


def run_in(text: str) -> bool:
    match = RUN_IN.match(text)
    return bool(match) and not re.search(r"\d|“十[一二三四五]五", match["text"]) if match else False


def insert_run_in(source: Source, nodes: list[Node], owner: Node, located: Located) -> None:
    match = RUN_IN.match(located.passage.text)
    assert match is not None
    place = located.passage.place(source, 0, match.end("text"))
    node = Node(98, "run_in", one_space(match["text"]), place, level=owner.level + 1)
    at = next((at for at, child in enumerate(owner.children) if child.place.start > place.start), len(owner.children))
    owner.children.insert(at, node)
    nodes.append(node)


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
