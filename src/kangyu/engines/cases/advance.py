"""``advance``: a case, something that happened, the moment; what the case then is and what must be done. No clock, no store.

Somebody's move, a timer, a change elsewhere, a hand-over: each leads to steps, then moves that make themselves follow until nothing
more changes. Timers and parts are worked out from what the case then is, so that they can neither be lost nor doubled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from kangyu.engines.content.kinds.action import Action, Actor, Late
from kangyu.engines.content.kinds.work import START
from kangyu.engines.language.actions import VERBS
from kangyu.kernel.errors import UserError

from .case import PERSON, SYSTEM, Case, Step, StepKind, Timer, Told, Who, handing, stepped
from .moves import RefusedError, complete, offering_roles, refusal, signatures, turns
from .parts import PartOpening, openings
from .procedure import PreparedProcedure, Values, action_name, values
from .timers import timers
from .vocabulary import AMEND

MOST_BY_ITSELF = 20
"""Moves that may follow one another by themselves before the declaration is taken to go in circles."""
URGENCY = {"": 0, "routine": 1, "urgent": 2}


@dataclass(frozen=True)
class Made:
    """Somebody makes a move. ``answers`` are those of its form, checked and cleaned; ``response`` names where they are stored.

    ``by_itself`` opens a case because another one asked for it: nobody's role is asked for, and its form may be filled in later.
    """

    move: str
    who: Who
    answers: Mapping[str, Any] | None = None
    response: str = ""
    reason: str = ""
    key: str = ""
    by_itself: bool = False


@dataclass(frozen=True)
class Fired:
    """A timer ran out."""

    timer: Timer


@dataclass(frozen=True)
class Looked:
    """Something the case may depend on changed: its subject's records, a part, the day."""


@dataclass(frozen=True)
class HandedOver:
    """Another institution takes a party's place: the subject moved, or somebody reassigned the case; or ``person`` (an account) takes it.

    With ``ask`` the receiver is asked first and nothing changes until ``Answered``.
    """

    parties: Mapping[str, str]
    reason: str
    by: str = SYSTEM
    role: str = ""
    org: str = ""
    key: str = ""
    person: str = ""
    ask: bool = False


@dataclass(frozen=True)
class Answered:
    """The receiver takes on what was offered to them, or does not."""

    yes: bool
    who: Who
    reason: str = ""
    key: str = ""


@dataclass(frozen=True)
class Noted:
    """Something worth a line that changes no state: a duplicate decided on, a remark."""

    kind: StepKind
    what: str
    who: Who
    reason: str = ""
    key: str = ""


Fact = Made | Fired | Looked | HandedOver | Answered | Noted


@dataclass(frozen=True)
class ToDo:
    """One action to carry out, with the values its expressions gave, keyed as in the file (``post.take``, ``post.at.item``).

    ``key`` is unique within the case: carried out twice it must have effect once.
    """

    verb: str
    action: Action | Late
    values: Mapping[str, Any]
    key: str


@dataclass(frozen=True)
class Outcome:
    """What came of it. ``case.timers`` are all that must be set now; ``set`` and ``cancelled`` how they differ from before."""

    case: Case
    steps: tuple[Step, ...]
    actions: tuple[ToDo, ...]
    parts: tuple[PartOpening, ...]
    set: tuple[Timer, ...]
    cancelled: tuple[Timer, ...]
    values: Values = field(repr=False)


def advance(prepared: PreparedProcedure, case: Case, fact: Fact, now: datetime) -> Outcome:
    """What ``fact`` makes of the case at ``now``. Raises ``RefusedError`` for a move that may not be made, with the reason."""
    run = _Run(prepared, case, now)
    run.take(fact)
    run.settle()
    run.judge(answered=isinstance(fact, Made) and fact.answers is not None)
    return run.outcome(case)


@dataclass
class _Run:
    prepared: PreparedProcedure
    case: Case
    now: datetime
    steps: list[Step] = field(default_factory=list)
    actions: list[ToDo] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.since = self.case
        self.before = values(self.prepared, self.case, self.now)
        self.values: Values = self.before

    # facts

    def take(self, fact: Fact) -> None:
        if isinstance(fact, Made) and self.case.state == START:
            self.case = replace(self.case, opener=fact.who.org)
            self.values = values(self.prepared, self.case, self.now)
        self.assign()
        if isinstance(fact, Made):
            self.made(fact)
        elif isinstance(fact, Fired):
            self.fired(fact.timer)
        elif isinstance(fact, HandedOver):
            self.handed_over(fact)
        elif isinstance(fact, Answered):
            self.answered(fact)
        elif isinstance(fact, Noted):
            here = {"by": fact.who.username, "role": fact.who.role, "org": fact.who.org}
            self.step(fact.kind, fact.what, self.case.state, reason=fact.reason, key=fact.key, **here)

    def made(self, fact: Made) -> None:
        """A person's move: refused, signed by one of several, or made."""
        move, who = self.prepared.moves.get(fact.move), fact.who
        why = "" if fact.by_itself else refusal(self.prepared, self.case, fact.move, who, self._foreseen(fact))
        if why or move is None:
            raise RefusedError(why)
        if move.needs_reason and not fact.reason.strip():
            raise RefusedError(f"“{move.title}”要写明原因。")
        if move.form and fact.answers is None and not fact.by_itself and not signatures(self.case, fact.move):
            raise RefusedError(f"“{move.title}”要先填“{self.prepared.forms[move.form].title}”。")
        if move.form and fact.answers is not None:
            self.case = self.case.answered(move.form, fact.answers, self.now, fact.response)
            self.values = values(self.prepared, self.case, self.now)
            self.assign()
        given = {"by": who.username, "role": who.role, "org": who.org, "reason": fact.reason, "response": fact.response, "key": fact.key}
        if not fact.by_itself and not complete(move, len(signatures(self.case, fact.move)) + 1):
            self.step("sign", fact.move, self.case.state, **given)
            return
        self.step("amend" if fact.move == AMEND else "move", fact.move, move.to, **given)
        self.follow(("moves", fact.move, "do"), move.do)

    def _foreseen(self, fact: Made) -> Values:
        """Conditions of a move may speak of the answers given with it."""
        move = self.prepared.moves.get(fact.move)
        if move is None or not move.form or fact.answers is None:
            return self.values
        return values(self.prepared, self.case.answered(move.form, fact.answers, self.now, fact.response), self.now)

    def fired(self, timer: Timer) -> None:
        """A clock's warning or one line of its ``late``; a timer that no longer stands does nothing."""
        if timer.kind == "look" or timer not in timers(self.prepared, self.case, self.values, self.now):
            return
        clock = self.prepared.clocks[timer.clock]
        given = {"entry": timer.entry, "begun": timer.begun}
        if timer.kind == "warn":
            says = f"{clock.title}快到时限：{self.heading()}"
            told = tuple(Told(turn.role, turn.org, says) for turn in turns(self.prepared, self.case))
            self.step("warn", timer.clock, self.case.state, told=told, **given)
            return
        late = clock.late[timer.entry]
        self.step("late", timer.clock, late.to or self.case.state, **given)
        if late.to is None:
            self.follow(("clocks", timer.clock, "late"), (late,), timer.entry)

    def assign(self) -> None:
        """Parties that are worked out follow what they are worked out from; a change of one that was there is a hand-over."""
        wanted = {key: str(org) for key in self.prepared.procedure.parties if (org := self.values.get(f"party.{key}"))}
        kept = self.case.kept
        changed = {
            key: org
            for key, org in wanted.items()
            if self.case.parties.get(key) != org and kept.get(key) != (org, self.case.parties.get(key))
        }
        moved = {key: org for key, org in changed.items() if self.case.parties.get(key)}
        self.case = replace(self.case, parties={**self.case.parties, **{key: org for key, org in changed.items() if key not in moved}})
        if moved and self.case.state != START:
            self.handed_over(HandedOver(moved, "按内容重新确定"))
        if changed:
            self.values = values(self.prepared, self.case, self.now)

    def handed_over(self, fact: HandedOver) -> None:
        """Parties change places, or the receiver is asked to agree; the case stays where it is, and who is responsible now is told."""
        held = self.case.parties
        changes = {key: (held.get(key, ""), org) for key, org in fact.parties.items() if held.get(key) != org}
        if fact.person and fact.person != self.case.handler:
            changes[PERSON] = (self.case.handler, fact.person)
        if not changes:
            return
        given = {"by": fact.by, "role": fact.role, "org": fact.org, "reason": fact.reason, "key": fact.key}
        if not fact.ask:
            self.case = replace(self.case, parties={**held, **{key: org for key, org in fact.parties.items() if key in changes}})
        self.step("offer" if fact.ask else "hand_over", handing(changes), self.case.state, **given)
        receivers = {org for key, (_, org) in changes.items() if key != PERSON}
        says = f"{'请接手' if fact.ask else '交接过来'}：{self.heading()}"
        self.told([Told(turn.role, turn.org, says) for turn in turns(self.prepared, self.case) if turn.org in receivers])

    def answered(self, fact: Answered) -> None:
        """What was offered is taken on, or is not; whoever offered it is told."""
        offer, who = self.case.offer, fact.who
        if offer is None:
            raise RefusedError("现在没有等着接手的交接，可能已经有人答复过。请刷新后再看。")
        if who.org not in {org for _, org in offer.handed.values()} or who.role not in offering_roles(self.prepared, self.case):
            raise RefusedError("是否接手由接手的机构答复。")
        if not fact.yes and not fact.reason.strip():
            raise RefusedError("不接手要写明原因。")
        if fact.yes:
            changed = {key: org for key, (_, org) in offer.handed.items()}
            self.case = replace(self.case, parties={**self.case.parties, **changed})
        given = {"by": who.username, "role": who.role, "org": who.org, "reason": fact.reason, "key": fact.key}
        self.step("hand_over" if fact.yes else "decline", offer.move, self.case.state, **given)
        self.told([Told(offer.role, offer.org, f"{'已接手' if fact.yes else '不接手'}：{self.heading()}")] if offer.role else [])

    def told(self, some: Sequence[Told]) -> None:
        """People informed by the last step."""
        last = self.case.steps[-1]
        fresh = replace(last, told=(*last.told, *(one for one in some if one not in last.told)))
        self.case = replace(self.case, steps=(*self.case.steps[:-1], fresh))
        self.steps[-1] = fresh

    # steps

    def step(self, kind: StepKind, move: str, to: str, **given: Any) -> None:
        step = Step(self.case.number + 1, kind, move, self.case.state, to, self.now, **given)
        self.case = stepped(self.case, step)
        self.steps.append(step)
        self.values = values(self.prepared, self.case, self.now)

    def settle(self) -> None:
        """Moves that make themselves, one after another, until none holds."""
        if self.case.state == START:
            return
        for _ in range(MOST_BY_ITSELF):
            key = self._by_itself()
            if key is None:
                return
            move = self.prepared.moves[key]
            self.step("move", key, move.to)
            self.follow(("moves", key, "do"), move.do)
        raise UserError(f"“{self.prepared.procedure.title}”的自动转移转个不停，请检查各个 when。")

    def _by_itself(self) -> str | None:
        return next(
            (
                key
                for key, move in self.prepared.moves.items()
                if move.when is not None and self.case.state in move.from_ and self.values.get(f"when.{key}") is True
            ),
            None,
        )

    # what follows

    def judge(self, *, answered: bool) -> None:
        """The rules of ``act`` that hold now and did not before; ``else`` when answers were given and no rule holds."""
        procedure = self.prepared.procedure
        if not self.steps:
            return
        held = [key for key in procedure.act if self.values.get(f"act.{key}") is True]
        fresh = [key for key in held if not self.held_before(key)]
        wishes: list[tuple[tuple[str, ...], int, Action]] = [
            (("act", key, "do"), place, action) for key in fresh for place, action in enumerate(procedure.act[key].do)
        ]
        if answered and not held:
            wishes += [(("act", "else"), place, action) for place, action in enumerate(procedure.otherwise)]
        top = max((URGENCY[action.urgency or ""] for _, _, action in wishes if action.advise), default=0)
        for path, place, action in wishes:
            if not action.advise or URGENCY[action.urgency or ""] == top:
                self.follow(path, (action,), place)

    def held_before(self, key: str) -> bool:
        """Whether a rule held before this: now already, and not only because time has passed since the last step."""
        if self.before.get(f"act.{key}") is not True:
            return False
        last = self.since.steps[-1].at if self.since.steps else None
        if last is None or last >= self.now:
            return True
        return values(self.prepared, self.since, last).get(f"act.{key}") is True

    def follow(self, path: tuple[str, ...], actions: Sequence[Action], first: int = 0) -> None:
        """Actions of the last step: who is told goes into the step itself, the rest is left to be carried out."""
        for place, action in enumerate(actions, first):
            if action.tell:
                self.tell(action)
                continue
            name = action_name((*path, place))
            found = {key.removeprefix(f"{name}."): value for key, value in self.values.items() if key.startswith(f"{name}.")}
            if (action.post and action.post.when and found.get("post.when") is not True) or (
                action.make and action.make.when and found.get("make.when") is not True
            ):
                continue
            number = f"{self.case.number}.{'.'.join(path)}.{place}"
            self.actions.append(ToDo(verb_of(action), action, found, number))

    def tell(self, action: Action) -> None:
        assert action.tell is not None
        says = action.says or f"{self._what(self.case.steps[-1])}：{self.heading()}"
        self.told(
            [
                Told(actor.role, self.case.parties.get(actor.party, "") if actor.party else "", says)
                for actor in Actor.read(action.tell)
                if not actor.party or self.case.parties.get(actor.party)
            ]
        )

    def _what(self, step: Step) -> str:
        if step.kind == "late":
            title = self.prepared.clocks[step.move].title
            return f"{title}{'漏做' if step.move.startswith('due_') else '超时'}"
        move = self.prepared.moves.get(step.move)
        return move.title if move else self.prepared.procedure.title

    def heading(self) -> str:
        """The case in one line."""
        return heading(self.prepared, self.values)

    def outcome(self, before: Case) -> Outcome:
        now_set = timers(self.prepared, self.case, self.values, self.now)
        parts = openings(self.prepared, self.case, self.values, self.now, before.number) if self.case.state != START else []
        case = replace(self.case, timers=now_set)
        fresh = tuple(timer for timer in now_set if timer not in before.timers)
        gone = tuple(timer for timer in before.timers if timer not in now_set)
        return Outcome(case, tuple(self.steps), tuple(self.actions), tuple(parts), fresh, gone, self.values)


def verb_of(action: Action) -> str:
    """The verb an action is written with."""
    return next(verb for verb in VERBS if getattr(action, verb))


def heading(prepared: PreparedProcedure, said: Values) -> str:
    """The case in one line, as declared; else the procedure's name."""
    return str(said.get("heading") or prepared.procedure.title)
