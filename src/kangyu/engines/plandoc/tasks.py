"""Numbered tasks and safeguards with the departments that answer for them."""

import re
from collections.abc import Iterator
from dataclasses import replace

from kangyu.engines.plandoc.headings import CJK_BRACKET, Located, Node, Outline
from kangyu.engines.plandoc.model import Source, Task
from kangyu.engines.plandoc.vocabulary import MARKS, SAFEGUARD

LEAD = r"(?:牵头|责任|主要责任|负责|主办|牵头责任)(?:部门|单位|处室|科室)?"
RESPONSIBILITY = re.compile(
    rf"[（(\[【](?:{LEAD}[：:][^（）()]*(?:[（(][^（）()]*[）)][^（）()]*)*|[^（）()。；]{{2,200}}(?:分别负责|按职责分工负责|按职责负责|按照?职责分工.{{0,6}}|分工负责|牵头[^（）()]{{0,80}}|负责))[）)\]】]"
    rf"|(?:^|(?<=[。\s])){LEAD}[：:][^。]{{2,300}}"
)
PART = re.compile(r"(?P<role>[^：:；;。，,、（）()]{2,8}?)[：:](?P<names>[^：:；;]+)")
PARTICIPATE = re.compile(r"参与|配合|协助|协办|参加")
SEPARATOR = re.compile(r"[、，,；;\s]+")
ENDING = re.compile(
    r"(?:等?(?:按照?)?(?:各自)?职责(?:分工)?(?:分别|共同)?负责|分别负责|共同负责|分工负责|负责|牵头|配合|参与|参加|等部门|等单位|等)+$"
)
CLAUSE = re.compile(r"[^。；;！]+")
DATED = re.compile(r"(?:到|至|截至)?\s*(20\d\d)\s*年|[“\"]?(十[三四五]五)[”\"]?(?:期间|末|时期末)")
HEAD_MARK = re.compile("|".join(f"(?:{pattern.pattern})" for _, pattern in MARKS))


def read_tasks(source: Source, outline: Outline, period: tuple[int, int]) -> list[Task]:
    """Headings that count on through the document, and every heading whose text ends with a responsibility clause."""
    result: list[Task] = []
    safeguards = 0
    for node, located, members in task_headings(outline):
        text = "\n".join(member.passage.text[member.body :] for member in members)
        responsibility = last_responsibility(text)
        safeguard = node.rank == CJK_BRACKET and any(SAFEGUARD.search(up.text) for up in located.path)
        if node.kind != "task" and not responsibility:
            continue
        if safeguard:
            safeguards += 1
        lead, others = departments(responsibility)
        clauses = deadline_clauses(text, period)
        last = members[-1].passage
        result.append(
            Task(
                f"S{safeguards}" if safeguard else str(node.number or len(result) + 1), "safeguard" if safeguard else "task",
                HEAD_MARK.sub("", node.text, count=1).strip(), section_of(located, node), lead, others,
                max(year for year, _ in clauses) if clauses else None, tuple(clause for _, clause in clauses), responsibility,
                source.place(node.place.start, last.origin[-1] + 1),
            )
        )  # fmt: skip
    return numbered_apart(result)


def numbered_apart(tasks: list[Task]) -> list[Task]:
    """Where the printed numbers start again in every section, tasks are numbered through the document instead."""
    printed = [task.no for task in tasks if task.kind == "task"]
    if len(set(printed)) == len(printed):
        return tasks
    running = iter(range(1, len(printed) + 1))
    return [replace(task, no=str(next(running))) if task.kind == "task" else task for task in tasks]


def task_headings(outline: Outline) -> Iterator[tuple[Node, Located, list[Located]]]:
    """Each heading that may be a task with the passages directly under it (boxes and deeper tasks left out)."""
    for node in outline.nodes:
        bracket = node.rank == CJK_BRACKET
        if node.kind not in {"task", "item"} and not bracket:
            continue
        members = [located for located in outline.located if located.path and node in located.path and not located.box]
        own = next((located for located in members if located.passage.line == node.place.line), None)
        if own is None or own.background:
            continue
        if bracket and any(child.kind in {"task", "item"} for child in node.children):
            continue
        yield node, own, members


def section_of(located: Located, node: Node) -> str:
    above = [up for up in located.path if up is not node and up.kind in {"chapter", "section", "subsection"}]
    return above[-1].text if above else ""


def last_responsibility(text: str) -> str:
    found = list(RESPONSIBILITY.finditer(text))
    return found[-1][0].strip() if found else ""


def departments(clause: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Leading and participating departments of a responsibility clause; without roles all are leading."""
    inner = clause.strip("（）()[]【】。 ")
    lead: list[str] = []
    others: list[str] = []
    parts = list(PART.finditer(inner))
    if parts:
        for part in parts:
            (others if PARTICIPATE.search(part["role"]) else lead).extend(names(part["names"]))
    elif "牵头" in inner and not inner.endswith("牵头"):
        first, rest = inner.split("牵头", 1)
        lead, others = names(first), names(rest)
    else:
        lead = names(inner)
    return tuple(lead), tuple(name for name in others if name not in lead)


def names(text: str) -> list[str]:
    found = []
    for part in SEPARATOR.split(text.strip()):
        name = ENDING.sub("", part.strip("（）()。 "))
        if name and name not in found:
            found.append(name)
    return found


def deadline_clauses(text: str, period: tuple[int, int]) -> list[tuple[int, str]]:
    """The clauses (cut at 。 and ；) that set a year of the plan or later, or the end of the plan."""
    text = RESPONSIBILITY.sub("", text)
    result = []
    for match in CLAUSE.finditer(text):
        clause = re.sub(r"\s+", "", match[0])
        years = [
            int(hit[1]) if hit[1] else period[1] for hit in DATED.finditer(clause) if not hit[2] or hit[2] in PLAN_NAMES.get(period[1], ())
        ]
        years = [year for year in years if year >= period[0]]
        if years:
            result.append((max(years), clause))
    return result


PLAN_NAMES = {2025: ("十四五",), 2030: ("十五五",), 2020: ("十三五",)}
