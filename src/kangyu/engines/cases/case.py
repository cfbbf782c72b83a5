"""A case as the engine sees it: what happened to it so far, and what it may look at. Everything else follows from these.

Moments are wall-clock time of the deployment, without an offset, as people write them and as forms hold them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from kangyu.engines.content.kinds.work import START

StepKind = Literal["move", "sign", "amend", "warn", "late", "hand_over", "offer", "decline", "same", "note"]
CHANGING = frozenset({"move", "amend", "late"})
"""Kinds of step that lead to a state; of the others ``to`` is the state the case stays in."""
HANDING = frozenset({"hand_over", "offer", "decline"})
SYSTEM = "system"
PERSON = "person"
"""In a hand-over, the one who works on the case, in the place of a party."""


@dataclass(frozen=True)
class SubjectRef:
    """Whom or what a case is about. ``kind``: person (id: the pid), institution, area, group, case, statement_row, or a register's key."""

    kind: str
    id: str


@dataclass(frozen=True)
class Who:
    """Somebody at work: account, role, institution. ``reaches``: whether actors without a party include them for this case."""

    username: str
    role: str
    org: str = ""
    reaches: bool = False


@dataclass(frozen=True)
class Told:
    """Somebody informed by a step: a role at an institution (empty: wherever the role reaches the case), and the words."""

    role: str
    org: str
    says: str


@dataclass(frozen=True)
class Step:
    """One thing that happened. ``move`` is the move's key; of a clock's step it is the clock's key and ``entry`` the line of ``late``.

    ``number`` counts from 1 within the case; ``response`` names the answers given with it, ``key`` the request that made it.
    """

    number: int
    kind: StepKind
    move: str
    from_: str
    to: str
    at: datetime
    by: str = SYSTEM
    role: str = ""
    org: str = ""
    reason: str = ""
    response: str = ""
    entry: int = -1
    begun: datetime | None = None
    told: tuple[Told, ...] = ()
    key: str = ""

    @property
    def changes(self) -> bool:
        return self.kind in CHANGING

    @property
    def handed(self) -> Mapping[str, tuple[str, str]]:
        """What a hand-over, or the offer of one, changes: party (or ``person``) to who had it and who has it then."""
        if self.kind not in HANDING:
            return {}
        found = {}
        for part in self.move.split(","):
            key, _, change = part.partition(":")
            before, _, after = change.partition(">")
            found[key] = (before, after)
        return found


def handing(changes: Mapping[str, tuple[str, str]]) -> str:
    """A hand-over as its step holds it: ``keeper:a>b,person:>shen``; read by ``Step.handed``."""
    return ",".join(f"{key}:{before}>{after}" for key, (before, after) in sorted(changes.items()))


@dataclass(frozen=True)
class PartCase:
    """A child case as its parent sees it. ``part`` is the key of the part, ``number`` the place of its row (0 for a single one)."""

    part: str
    number: int
    id: str
    state: str
    ended: bool
    opened: datetime


@dataclass(frozen=True)
class Timer:
    """A moment at which the case must be looked at: a clock's warning, an entry of its ``late``, or a look at what moves by itself."""

    clock: str
    kind: Literal["warn", "late", "look"]
    entry: int
    at: datetime
    begun: datetime


@dataclass(frozen=True)
class Case:
    """One case. ``fields`` and ``tables`` are the subject's; ``answers`` the latest of each of its forms, by the form's key here;
    ``rows`` every version of them in order; ``carried`` what it was opened with."""

    id: str
    subject: SubjectRef
    state: str = START
    opened: datetime | None = None
    since: datetime | None = None
    opener: str = ""
    parties: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    parts: tuple[PartCase, ...] = ()
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    rows: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    carried: Mapping[str, Any] = field(default_factory=dict)
    timers: tuple[Timer, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    parent: str = ""
    opener_kind: str = ""
    opener_upper: str = ""

    @property
    def number(self) -> int:
        """The number of the last step."""
        return self.steps[-1].number if self.steps else 0

    @property
    def offer(self) -> Step | None:
        """The hand-over that waits for the receiver's answer."""
        last = next((step for step in reversed(self.steps) if step.kind in HANDING), None)
        return last if last is not None and last.kind == "offer" else None

    @property
    def handler(self) -> str:
        """The account the case was given to within its institution; nobody's once a party has changed since."""
        last = next((step for step in reversed(self.steps) if step.kind == "hand_over"), None)
        return last.handed[PERSON][1] if last is not None and PERSON in last.handed else ""

    @property
    def kept(self) -> Mapping[str, tuple[str, str]]:
        """Parties that people handed over: who would have it if nobody had, and who has it."""
        found: dict[str, tuple[str, str]] = {}
        for step in self.steps:
            if step.kind != "hand_over":
                continue
            for key, (before, after) in step.handed.items():
                if step.by == SYSTEM:
                    found.pop(key, None)
                else:
                    found[key] = (found.get(key, (before, ""))[0], after)
        return found

    def entered(self, state: str) -> datetime | None:
        """When the case last came into a state from another one; ``None`` if it never did."""
        return next((step.at for step in reversed(self.steps) if step.changes and step.to == state and step.from_ != state), None)

    def answered(self, form: str, answers: Mapping[str, Any], at: datetime, response: str) -> "Case":
        """The case with answers given: the latest of their form, and one more of its rows (or the same row corrected)."""
        row = {**answers, "id": response or f"{form}-{len(self.rows.get(form, ())) + 1}", "on": at.date(), "at": at}
        others = [one for one in self.rows.get(form, ()) if one["id"] != row["id"]]
        return replace(self, answers={**self.answers, form: answers}, rows={**self.rows, form: [*others, row]})


def stepped(case: Case, step: Step) -> Case:
    """The case after a step. The one way in which a state comes about, so that the steps alone tell it."""
    changed = step.changes and (step.to != step.from_ or case.since is None)
    return replace(
        case,
        state=step.to,
        since=step.at if changed else case.since,
        opened=case.opened or step.at,
        opener=case.opener or (step.org if not case.steps else ""),
        steps=(*case.steps, step),
    )


def replayed(case: Case) -> Case:
    """The case with its state worked out anew from its steps."""
    fresh = replace(case, state=START, since=None, opened=None, opener="", steps=())
    for step in case.steps:
        fresh = stepped(fresh, step)
    return fresh
