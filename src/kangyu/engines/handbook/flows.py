"""The flow of a declaration as a graph: states and moves of a procedure or register, what is due and what follows in a programme."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kangyu.engines.cases.clocks import limit_words
from kangyu.engines.content import Content
from kangyu.engines.content.kinds import Procedure, Programme, Register, Signal, Statement
from kangyu.engines.content.kinds.definition import DecisionTable
from kangyu.engines.content.kinds.work import START, Clock, Move, Part
from kangyu.engines.content.vocabulary import visit_form
from kangyu.engines.flowchart import Box, Graph, Line, Link
from kangyu.engines.language import parse
from kangyu.engines.language.words import spaced

from .speaking import Speech
from .wording import (
    actions_words,
    actors_words,
    due_words,
    form_words,
    parties_of,
    role_words,
    span_words,
)

NEEDED = {"all": "全部办结才能结案", "any": "办结一件才能结案", "none": ""}


def of_states(content: Content, work: Procedure | Register, speech: Speech) -> Graph:
    """States in their order, a box of words on each move, dashed lines for what clocks do by themselves and for parts."""
    return _States(content, work, speech).graph()


class _States:
    def __init__(self, content: Content, work: "Procedure | Register | _Sheet", speech: Speech):
        self.content, self.work, self.speech = content, work, speech
        self.moves = dict(work.all_moves())
        last = len(work.states)
        self.order = {START: -1, **{key: place + (last if key in work.ends else 0) for place, key in enumerate(work.states)}}
        self.on_arrows: set[str] = set()

    def graph(self) -> Graph:
        links: list[Link] = []
        moves: list[Box] = []
        for key, move in self.moves.items():
            for box, found in self.move(key, move):
                moves.append(box)
                links += found
        for key, clock in self.work.clocks.items():
            for box, found in self.late(key, clock):
                moves.append(box)
                links += found
        parts = list(self.parts(links))
        started = any(START in move.from_ for move in self.moves.values())
        begin = [Box(START, "start", (Line("立案" if isinstance(self.work, Procedure) else "登记"),))] if started else []
        return Graph((*begin, *self.states(), *moves, *parts), tuple(links))

    def states(self) -> Iterator[Box]:
        for key, title in self.work.states.items():
            lines = [Line(title, "title")]
            lines += [Line(f"可{move.title}", "dim") for move in self.moves.values() if key in move.from_ and move.to == key]
            for name, clock in self.work.clocks.items():
                if clock.from_ == key and name not in self.on_arrows:
                    lines.append(Line(self.limit(clock), "clock"))
            yield Box(key, "end" if key in self.work.ends else "state", tuple(lines))

    def move(self, key: str, move: Move) -> Iterator[tuple[Box, list[Link]]]:
        """One box for the sources above the target and one for those below; a move that stays in its state is said in the state's box."""
        target = self.order[move.to]
        for back in (False, True):
            sources = [one for one in move.from_ if one != move.to and (self.order[one] > target) is back]
            if sources:
                box = Box(f"move.{key}{'.back' if back else ''}", "move", tuple(self.said(move, sources)))
                yield box, self.linked(box.key, sources, move.to, back, "plain")

    def linked(self, box: str, sources: Sequence[str], target: str, back: bool, look: str) -> list[Link]:
        into = [Link(source, box, back, look, arrow=False) for source in sources]  # type: ignore[arg-type]
        return [*into, Link(box, target, back, look)]  # type: ignore[arg-type]

    def said(self, move: Move, sources: Sequence[str]) -> Iterator[Line]:
        yield Line(move.title, "plain")
        if move.by:
            yield Line(actors_words(self.content, move.by, parties_of(self.work)), "dim")
        else:
            yield Line("条件成立时自动", "dim")
        for name, clock in self.work.clocks.items():
            if not move.aside and clock.from_ in sources and move.to in clock.until:
                self.on_arrows.add(name)
                yield Line(self.limit(clock), "clock")

    def limit(self, clock: Clock) -> str:
        return spaced(f"{clock.title}限{limit_words(clock)}")

    def late(self, key: str, clock: Clock) -> Iterator[tuple[Box, list[Link]]]:
        """The arrow of a clock that moves the case by itself."""
        for place, entry in enumerate(clock.late):
            if entry.to and clock.from_ in self.order and entry.to != clock.from_:
                over = spaced(f"{clock.title}超过{limit_words(clock)}")
                more = f"再过 {span_words(entry.after)}，自动" if entry.after else "自动"
                box = Box(f"late.{key}.{place}", "move", (Line(over, "clock"), Line(more, "clock")))
                back = self.order[entry.to] < self.order[clock.from_]
                yield box, self.linked(box.key, [clock.from_], entry.to, back, "late")

    def parts(self, links: list[Link]) -> Iterator[Box]:
        for key, part in self.work.parts.items():
            lines = [Line(f"子事项：{part.title}", "plain")]
            if part.to:
                lines.append(Line(f"交给{actors_words(self.content, [part.to], parties_of(self.work))}", "dim"))
            if NEEDED[part.needed]:
                lines.append(Line(NEEDED[part.needed], "dim"))
            source = part.after or next(iter(self.work.states), START)
            links.append(Link(source, f"part.{key}", look="part"))
            yield Box(f"part.{key}", "part", tuple(lines))


def of_programme(content: Content, programme: Programme, subject: Speech, visit: Speech) -> Graph:
    """Whom it is for, what is due, what is judged from a visit, and what follows."""
    belongs = subject.say(programme.belongs)
    boxes = [
        Box("who", "state", (Line(programme.title, "title"), *(Line(part, "dim") for part in (belongs.parts or (belongs.words,)))), 260)
    ]
    links: list[Link] = []
    form = visit_form(content, programme)
    judged_after = "who"
    for key, due in programme.due.items():
        title = due.title or form_words(content, programme.key, due.form)
        boxes.append(Box(f"due.{key}", "form", (Line(title, "title"), Line(due_words(due, subject), "dim"))))
        links.append(Link("who", f"due.{key}"))
        if form and content.form_of(programme.key, due.form) is form:
            judged_after = f"due.{key}"
    tables = {key: item for key, item in programme.derive.items() if isinstance(item, DecisionTable)}
    for key, item in tables.items():
        rows = [content.title_of(item.set, row) for row in item.table]
        boxes.append(Box(f"derive.{key}", "rule", (Line(item.title or key, "title"), *(Line(row, "plain") for row in rows))))
        links.append(Link(judged_after, f"derive.{key}"))
    for key, rule in programme.act.items():
        said = actions_words(content, rule.do, visit)
        boxes.append(Box(f"act.{key}", "result", (Line(rule.title or key, "title"), *(Line(one, "plain") for one in said)), 132))
        names = parse(rule.when).names
        read = [name for name in tables if name in names or f"prev.{name}" in names]
        links += [Link(f"derive.{name}", f"act.{key}") for name in read] or [Link(judged_after, f"act.{key}")]
    if programme.otherwise:
        said = actions_words(content, programme.otherwise, visit)
        boxes.append(Box("act.else", "result", (Line("都不成立", "title"), *(Line(one, "plain") for one in said)), 132))
        links += [Link(f"derive.{name}", "act.else") for name in tables] or [Link(judged_after, "act.else")]
    return Graph(tuple(boxes), tuple(links))


def of_signal(content: Content, signal: Signal, detectors: Sequence[tuple[str, str]]) -> Graph:
    """What is counted, each way of finding an alarm (title, words), the grade, and the case that opens."""
    boxes = [
        Box(
            "counts",
            "state",
            (Line(signal.title, "title"), Line("每天重算，" + ("按居住地" if signal.where_of == "residence" else "按就诊机构"), "dim")),
        )
    ]
    links: list[Link] = []
    after = "graded" if signal.grades else "opens"
    for place, (title, words) in enumerate(detectors):
        boxes.append(Box(f"detect.{place}", "rule", (Line(title, "plain"), Line(words, "dim"))))
        links += [Link("counts", f"detect.{place}"), Link(f"detect.{place}", after)]
    if signal.grades:
        boxes.append(Box("graded", "rule", (Line("初判级别", "title"), Line("、".join(signal.grades.values()), "plain"))))
        links.append(Link("graded", "opens"))
    opened = content.procedures.get(signal.opens or "")
    lines = [Line(f"开一件“{opened.title}”" if opened else "只提示，不立案", "title"), Line(f"{span_words(signal.verify)}内核实", "clock")]
    boxes.append(Box("opens", "end", tuple(lines)))
    if signal.silent:
        quiet = f"停报超过 {span_words(signal.silent.after)}"
        who = " 或 ".join(role_words(content, actor.partition(" at ")[0]) for actor in signal.silent.tell.split(" or "))
        boxes.append(Box("silent", "part", (Line(quiet, "plain"), Line(f"提醒{who}", "dim"))))
        links.append(Link("counts", "silent", look="part"))
    return Graph(tuple(boxes), tuple(links))


def of_columns(content: Content, statement: Statement) -> Graph:
    """Which column is worked out from which, the pool they share, the lines after it."""
    columns = {**statement.columns, **statement.lines}
    boxes, links = [], []
    for key, column in columns.items():
        how = f"{len(column.items)} 项相加" if column.items else "数记录" if column.counts else ""
        boxes.append(Box(key, "form", (Line(column.title, "title"), *([Line(how, "dim")] if how else []))))
        read = parse(column.gives).names if column.gives else frozenset()
        links += [Link(name, key) for name in columns if name in read and name != key]
        links += [Link("share", key)] if "share" in read and statement.pool else []
    if statement.pool:
        boxes.append(Box("share", "rule", (Line(statement.pool.title, "title"), Line("分尽为止", "dim"))))
        links += [Link(name, "share") for name in parse(statement.pool.by).names if name in columns]
    return Graph(tuple(boxes), tuple(links))


@dataclass(frozen=True)
class _Sheet:
    """The states of a statement as those of any work."""

    states: Mapping[str, str]
    moves: Mapping[str, Move]
    ends: frozenset[str]
    clocks: Mapping[str, Clock] = field(default_factory=dict)
    parts: Mapping[str, Part] = field(default_factory=dict)

    def all_moves(self) -> Mapping[str, Move]:
        return self.moves


def of_signatures(content: Content, statement: Statement, speech: Speech) -> Graph:
    """Who signs, what follows when nobody objects, who pays."""
    moves: dict[str, Move] = {}
    at = statement.signatures.from_
    for place, stage in enumerate(statement.signatures.chain, 1):
        moves[f"sign_{place}"] = Move.model_validate({"title": stage.title, "from": at, "to": stage.to, "by": stage.by})
        at = stage.to
    for key, move in statement.moves.items():
        who = {"by": move.by} if move.by else {"when": move.when}
        moves[key] = Move.model_validate({"title": move.title, "from": move.from_, "to": move.to, **who})
    ends = frozenset(statement.states) - {state for move in moves.values() for state in move.from_}
    return _States(content, _Sheet(statement.states, moves, ends), speech).graph()
