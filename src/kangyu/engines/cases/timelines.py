"""Running timelines: a case on a simulated clock, with people, answers and waiting, and which branches of its procedure were reached."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from kangyu.engines import forms
from kangyu.engines.content import Content
from kangyu.engines.content.kinds.base import Span
from kangyu.engines.content.kinds.definition import DecisionTable
from kangyu.engines.content.kinds.field import REFERRING, Field
from kangyu.engines.content.kinds.timeline import Left, Timeline, Turn
from kangyu.engines.content.kinds.work import START
from kangyu.engines.forms.values import REFERENCE_TYPES, Named
from kangyu.engines.language import Subject
from kangyu.kernel.errors import UserError

from .advance import Fact, Fired, HandedOver, Looked, Made, Outcome, advance
from .case import Case, PartCase, SubjectRef, Who
from .clocks import moved
from .moves import refusal, turns
from .procedure import PreparedProcedure, values
from .timers import all_clocks


def branches(prepared: PreparedProcedure) -> list[str]:
    """Every branch the timelines ought to reach: moves and their refusals, clocks, rules, parts, rows of tables and their unknown."""
    found = [f"move.{key}" for key in prepared.moves]
    found += [f"needs.{key}" for key, move in prepared.moves.items() if move.needs and not move.needs_reason]
    for key, clock in prepared.procedure.clocks.items():
        found += [f"clock.{key}.warn"] if clock.warn else []
        found += [f"clock.{key}.late.{entry}" for entry in range(len(clock.late))]
    found += [f"clock.due_{key}.late.{entry}" for key, due in prepared.procedure.due.items() for entry in range(len(due.missed))]
    found += [f"part.{key}" for key in prepared.procedure.parts]
    for key, item in prepared.procedure.derive.items():
        if isinstance(item, DecisionTable):
            found += [f"{key}={row}" for row in item.table] + [f"{key}=null"]
    found += [f"act.{key}" for key in prepared.procedure.act]
    found += [branch for form in prepared.forms.values() for branch in forms.branches(form)]
    return found + (["act.else"] if prepared.procedure.otherwise else [])


def run_timeline(content: Content, prepared: PreparedProcedure, timeline: Timeline, touched: set[str]) -> list[str]:
    """What came out otherwise than written, as sentences; ``touched`` gathers the branches reached."""
    return list(_Simulation(content, prepared, timeline, touched).run())


@dataclass
class _Simulation:
    content: Content
    prepared: PreparedProcedure
    timeline: Timeline
    touched: set[str]
    told: list[str] = field(default_factory=list)
    verbs: list[str] = field(default_factory=list)
    written: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.now = self.timeline.at
        about = SubjectRef(self.prepared.procedure.about, "1")
        tables = {name: [{"id": f"{name}-{place}", **row} for place, row in enumerate(rows)] for name, rows in self.timeline.before.items()}
        fields = {"birth_date": self.timeline.birth_date, **self.timeline.it}
        parties = {key: name for key, name in self.timeline.parties.items() if not self.prepared.procedure.parties[key].is_}
        self.case = Case(
            "example",
            about,
            parties=parties,
            carried=dict(self.timeline.carry),
            fields=fields,
            tables=tables,
            opener_kind=self.timeline.opener_kind,
            opener_upper=self.timeline.opener_upper,
        )

    def run(self) -> Iterator[str]:
        for place, turn in enumerate(self.timeline.steps, 1):
            for difference in self.step(turn):
                yield f"第 {place} 步：{difference}"

    def step(self, turn: Turn) -> Iterator[str]:
        if turn.do:
            yield from self.do(turn)
        elif turn.begin:
            self.happens(Made(turn.begin, self.who(turn), by_itself=True))
        elif turn.cannot:
            yield from self.cannot(turn)
        elif turn.wait:
            span = Span.parse(turn.wait)
            self.wait_until(moved(self.now, span.count, span.unit))
        elif turn.until:
            self.wait_until(turn.until)
        elif turn.part and turn.state:
            yield from self.part(turn.part, turn.number, turn.state)
        elif turn.hand_over:
            self.happens(HandedOver({key: self.org(org) for key, org in turn.hand_over.items()}, "例子里的交接"))
        elif turn.expect:
            yield from self.compare(turn.expect)

    # what happens

    def happens(self, fact: Fact) -> Outcome:
        outcome = advance(self.prepared, self.case, fact, self.now)
        self.case = outcome.case
        self.note(outcome)
        if outcome.parts:
            fresh = tuple(PartCase(one.part, one.number, f"{one.part}-{one.number}", START, False, self.now) for one in outcome.parts)
            self.touched |= {f"part.{one.part}" for one in fresh}
            self.case = replace(self.case, parts=(*self.case.parts, *fresh))
        return outcome

    def note(self, outcome: Outcome) -> None:
        for step in outcome.steps:
            if step.kind in ("move", "amend"):
                self.touched.add(f"move.{step.move}")
            elif step.kind == "warn":
                self.touched.add(f"clock.{step.move}.warn")
            elif step.kind == "late":
                self.touched.add(f"clock.{step.move}.late.{step.entry}")
            self.told += [self.actor(told.role, told.org) for told in step.told]
        self.verbs += [todo.verb for todo in outcome.actions]
        procedure = self.prepared.procedure
        held = [key for key in procedure.act if outcome.values.get(f"act.{key}") is True]
        self.touched |= {f"act.{key}" for key in held} or {"act.else"}
        for key, item in procedure.derive.items():
            if isinstance(item, DecisionTable):
                value = outcome.values.get(key)
                self.touched |= {f"{key}={one}" for one in (value if isinstance(value, list) else ["null" if value is None else value])}

    def wait_until(self, moment: datetime) -> None:
        while self.case.timers and self.case.timers[0].at <= moment:
            timer = self.case.timers[0]
            self.now = max(self.now, timer.at)
            self.happens(Looked() if timer.kind == "look" else Fired(timer))
        self.now = moment

    def do(self, turn: Turn) -> Iterator[str]:
        made, wrong = self.made(turn)
        if wrong:
            yield from wrong
            return
        try:
            self.happens(made)
        except UserError as error:
            yield f"不能“{turn.do}”：{error}"

    def made(self, turn: Turn) -> tuple[Made, list[str]]:
        key = turn.do or turn.cannot or ""
        move, who = self.prepared.moves.get(key), self.who(turn)
        answers = None
        written = self.answers(turn, move.form) if move and move.form else None
        if move and move.form and written is not None:
            asked = forms.prepare(self.content, self.prepared.forms[move.form])
            subject = Subject(self.case.fields, self.case.tables, self.now.date())
            given = {name: self.answer(asked.form.fields.get(name), value) for name, value in written.items()}
            result = forms.check_answers(asked, given, subject=subject)
            self.touched |= set(forms.reached(asked.form, result))
            if result.hard:
                return Made(key, who), [finding.message for finding in result.hard]
            answers = result.cleaned
        return Made(key, who, answers, reason=turn.reason or ""), []

    def answers(self, turn: Turn, form: str) -> dict[str, Any] | None:
        """What a step writes into a form: all of it, or only what differs from what was written into it before."""
        if turn.answers is None and turn.changes is None:
            return None
        start = dict(turn.answers) if turn.answers is not None else self.written.get(form, {})
        found = {key: value for key, value in {**start, **(turn.changes or {})}.items() if value is not None}
        self.written[form] = found
        return found

    def cannot(self, turn: Turn) -> Iterator[str]:
        made, wrong = self.made(turn)
        said = wrong[0] if wrong else ""
        if not wrong:
            try:
                advance(self.prepared, self.case, made, self.now)
            except UserError as error:
                said = str(error)
        move = self.prepared.moves.get(turn.cannot or "")
        if not said:
            yield f"应当不能“{turn.cannot}”，却办成了"
        elif turn.because and turn.because not in said:
            yield f"不能“{turn.cannot}”的原因应有“{turn.because}”，实为“{said}”"
        if (
            move
            and move.needs
            and refusal(self.prepared, self.case, turn.cannot or "", made.who, values(self.prepared, self.case, self.now))
        ):
            self.touched.add(f"needs.{turn.cannot}")

    def part(self, part: str, number: int, state: str) -> Iterator[str]:
        of = self.content.procedures.get(self.prepared.procedure.parts[part].of)
        found = [one for one in self.case.parts if one.part == part and one.number == number]
        if not found or of is None:
            yield f"没有开出子事项 {part} {number or ''}"
            return
        fresh = replace(found[0], state=state, ended=state in of.ends)
        self.case = replace(self.case, parts=tuple(fresh if one is found[0] else one for one in self.case.parts))
        self.happens(Looked())

    # what is compared

    def compare(self, left: Left) -> Iterator[str]:
        said = values(self.prepared, self.case, self.now)
        states = {state.key: state for state in all_clocks(self.prepared, self.case, said, self.now)}
        yield from _differs("state", left.state, self.case.state)
        yield from _differs("ended", left.ended, self.case.state in self.prepared.procedure.ends)
        waiting = sorted({f"{turn.role} at {turn.party}" if turn.party else turn.role for turn in turns(self.prepared, self.case)})
        yield from _differs("turn", None if left.turn is None else sorted(left.turn), waiting)
        for key, due in left.due.items():
            state = states.get(key)
            runs = state.due if state and state.standing == "running" else None
            wanted = None if due == "none" else due
            if wanted != runs:
                yield f"due.{key}：应为 {wanted or '没有在走'}，实为 {runs or '没有在走'}"
        for key, value in left.values.items():
            if said.get(key) != value:
                yield f"values.{key}：应得 {value}，实得 {said.get(key)}"
        yield from _differs("told", None if left.told is None else sorted(set(left.told)), sorted(set(self.told)))
        yield from _differs("verbs", None if left.verbs is None else sorted(left.verbs), sorted(self.verbs))
        for key, count in left.parts.items():
            yield from _differs(f"parts.{key}", count, sum(one.part == key for one in self.case.parts))

    # names

    def who(self, turn: Turn) -> Who:
        text = turn.as_ or ""
        role, _, party = text.partition(" at ")
        return Who(turn.who or text, role, self.org(party), True)

    def org(self, party: str) -> str:
        """The institution that stands for a party: as the example names it, else the party's own key."""
        return self.timeline.parties.get(party) or self.case.parties.get(party) or party

    def answer(self, asked: Field | None, value: Any) -> Any:
        """What an example writes for an answer: for an institution, person or thing its name, for a party the one that stands for it."""
        if asked is not None and asked.type == "table" and isinstance(value, list | tuple):
            return [{key: self.answer(asked.fields.get(key), one) for key, one in row.items()} for row in value]
        if asked is not None and asked.type in REFERRING and isinstance(value, str):
            return Named(self.org(value), REFERENCE_TYPES.get(asked.type, "Basic"), value)
        return value

    def actor(self, role: str, org: str) -> str:
        party = next((key for key, held in self.case.parties.items() if held == org), org)
        return f"{role} at {party}" if party else role


def _differs(what: str, wanted: Any, found: Any) -> Iterator[str]:
    """Nothing where the example does not say (``None``) or says the same."""
    if wanted is not None and wanted != found:
        yield f"{what}：应为 {_said(wanted)}，实为 {_said(found)}"


def _said(value: Any) -> str:
    return "、".join(map(str, value)) or "没有" if isinstance(value, list | tuple) else str(value)
