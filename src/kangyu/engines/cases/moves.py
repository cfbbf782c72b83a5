"""Who may make which move now, and in words why not; whose turn it is; who has signed and who has still to sign."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kangyu.engines.content.kinds.action import Actor
from kangyu.engines.content.kinds.work import START, Move
from kangyu.kernel.errors import UserError

from .case import Case, Step, Who
from .parts import waiting_for
from .procedure import PreparedProcedure, Values
from .vocabulary import AMEND


class RefusedError(UserError):
    """A move that cannot be made now, with the reason in words."""


@dataclass(frozen=True)
class Choice:
    """One move out of the present state, for one person. ``mine``: their role is asked for it. ``why`` says why not, empty if they may."""

    key: str
    move: Move
    mine: bool
    why: str
    signed: int = 0
    signers: int = 1

    @property
    def may(self) -> bool:
        return self.mine and not self.why


@dataclass(frozen=True)
class Turn:
    """A role at an institution (empty: wherever the role reaches the case) that some move waits for."""

    role: str
    org: str
    party: str


def choices(prepared: PreparedProcedure, case: Case, who: Who, values: Values) -> list[Choice]:
    """The moves people make out of the present state, in the order of writing."""
    return [_choice(prepared, case, who, values, key, move) for key, move in prepared.moves.items() if case.state in move.from_ and move.by]


def _choice(prepared: PreparedProcedure, case: Case, who: Who, values: Values, key: str, move: Move) -> Choice:
    signed = signatures(case, key)
    mine = may_act(move, signed, who, case)
    why = refusal(prepared, case, key, who, values)
    return Choice(key, move, mine, why, len(signed), len(move.by))


def refusal(prepared: PreparedProcedure, case: Case, key: str, who: Who, values: Values) -> str:
    """Why somebody may not make a move now; empty when they may. A reason to be given is not asked for here."""
    move = prepared.moves.get(key)
    if move is None or not move.by:
        return f"“{prepared.procedure.title}”没有“{key}”这一步。"
    if case.state not in move.from_:
        return _elsewhere(prepared, case, move)
    signed = signatures(case, key)
    if any(step.by == who.username for step in signed):
        return "您已经签过，还要等别的人签。"
    if not may_act(move, signed, who, case):
        return f"这一步由{_actors(prepared, move)}办。"
    if _own_work(prepared, case, key, who):
        return "这是您自己报的，要由别人审。"
    return _unmet(prepared, case, key, move, values)


def _elsewhere(prepared: PreparedProcedure, case: Case, move: Move) -> str:
    last = next((step for step in reversed(case.steps) if step.changes), None)
    if case.state == START or last is None:
        return f"还没有立案，不能“{move.title}”。"
    return f"这件事现在是“{prepared.state(case.state)}”（{last.at:%m-%d %H:%M} 起），不能再“{move.title}”。请刷新后再看。"


def _unmet(prepared: PreparedProcedure, case: Case, key: str, move: Move, values: Values) -> str:
    if move.needs and not move.needs_reason and values.get(f"needs.{key}") is not True:
        return move.unless or "条件还不满足：" + "；".join(_condition_words(prepared, key)) + "。"
    if move.to in prepared.procedure.ends and not move.needs_reason:
        return waiting_for(prepared, case)
    return ""


def _condition_words(prepared: PreparedProcedure, key: str) -> Iterator[str]:
    typed = prepared.typed[f"needs.{key}"]
    named = [prepared.words.titles.get(name, "") for name in sorted(typed.fields)]
    yield "、".join(title for title in named if title) or typed.text


def _own_work(prepared: PreparedProcedure, case: Case, key: str, who: Who) -> bool:
    """Whether a reviewer would pass or return what they themselves sent into review or passed the stage before."""
    if not key.startswith(("pass_", "return_")) or prepared.procedure.reviews is None:
        return False
    last = next((step for step in reversed(case.steps) if step.changes), None)
    return last is not None and last.by == who.username


def _actors(prepared: PreparedProcedure, move: Move) -> str:
    groups = ["或".join(prepared.actor(actor) for actor in Actor.read(text)) for text in move.by]
    return "和".join(groups)


def fits(text: str, who: Who, case: Case) -> bool:
    """Whether somebody is one of the actors ``text`` names: the role, and at its party, or within reach where it names none."""
    return any(
        actor.role == who.role and (case.parties.get(actor.party) == who.org != "" if actor.party else who.reaches)
        for actor in Actor.read(text)
    )


def signatures(case: Case, key: str) -> list[Step]:
    """Who has signed a move since the case came to its present state."""
    found: list[Step] = []
    for step in reversed(case.steps):
        if step.changes:
            break
        if step.kind == "sign" and step.move == key:
            found.append(step)
    return found[::-1]


def may_act(move: Move, signed: Sequence[Step], who: Who, case: Case) -> bool:
    """Whether one more person can be fitted in: everybody who signed and this one each stand for a different line of ``by``."""
    people = [Who(step.by, step.role, step.org, True) for step in signed]
    return _placed(list(move.by), [*people, who], case)


def _placed(lines: list[str], people: Sequence[Who], case: Case) -> bool:
    if not people:
        return True
    first, *rest = people
    return any(fits(line, first, case) and _placed([*lines[:at], *lines[at + 1 :]], rest, case) for at, line in enumerate(lines))


def complete(move: Move, signed: int) -> bool:
    """Whether with ``signed`` signatures, the present one included, the move is made."""
    return signed >= len(move.by)


def turns(prepared: PreparedProcedure, case: Case) -> tuple[Turn, ...]:
    """Whom the case waits for: those asked for by moves that are not merely possible, who have not signed yet."""
    found: dict[Turn, None] = {}
    for key, move in prepared.moves.items():
        if case.state not in move.from_ or not move.by or move.aside or key == AMEND:
            continue
        signed = [Who(step.by, step.role, step.org, True) for step in signatures(case, key)]
        for line in _unsigned(list(move.by), signed, case):
            for actor in Actor.read(line):
                org = case.parties.get(actor.party, "") if actor.party else ""
                if org or not actor.party:
                    found[Turn(actor.role, org, actor.party)] = None
    for key, (_, org) in (case.offer.handed if case.offer else {}).items():
        found |= {Turn(role, org, key): None for role in offering_roles(prepared, case)}
    return tuple(found)


def offering_roles(prepared: PreparedProcedure, case: Case) -> tuple[str, ...]:
    """The roles that may hand the case over, and at the receiver answer for it: as declared, else the one that offered it."""
    declared = prepared.procedure.hand_over
    named = tuple(dict.fromkeys(actor.role for line in (declared.by if declared else ()) for actor in Actor.read(line)))
    return named or ((case.offer.role,) if case.offer and case.offer.role else ())


def may_hand_over(prepared: PreparedProcedure, case: Case, who: Who, *, oversees: bool) -> str:
    """Why somebody may not hand the case over; empty when they may: who is named, else the responsible party, or who ``oversees`` it."""
    declared, responsible = prepared.procedure.hand_over, case.parties.get(prepared.procedure.responsible, "")
    if case.state in prepared.procedure.ends:
        return "这件事已经办结，不用再交接。"
    if oversees or (declared is not None and any(fits(line, who, case) for line in declared.by)):
        return ""
    if not (declared and declared.by) and who.org and who.org == responsible:
        return ""
    return "只有现在负责的机构或上级主管可以交接。"


def handable(prepared: PreparedProcedure) -> tuple[str, ...]:
    """The parties that people may hand over: as declared, else those that are not worked out."""
    declared = prepared.procedure.hand_over
    return declared.parties if declared else tuple(key for key, party in prepared.procedure.parties.items() if not party.is_)


def _unsigned(lines: list[str], people: Sequence[Who], case: Case) -> list[str]:
    """The lines of ``by`` nobody stands for yet."""
    for person in people:
        taken = next((line for line in lines if fits(line, person, case)), None)
        if taken is not None:
            lines.remove(taken)
    return lines
