"""What follows from rules that hold (rule 12): every rule that holds fires, and what they ask for is brought together.

Of ``advise`` only the most urgent stands; of the other verbs, each target once, with its greatest urgency; of all ``revisit`` the
earliest. ``together`` applies the same to the programmes of a combined visit.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from kangyu.kernel.errors import Problem, ProblemsError

from .calendar import shift
from .errors import nearest
from .parser import UNITS

VERBS = ("tell", "advise", "revisit", "open", "make", "relate", "post", "draw", "publish")
URGENCIES = ("advised", "routine", "urgent", "emergency")
"""From weakest to strongest; an action that names none is ``advised``."""

_REVISIT = re.compile(r"(within|in) (\d{1,4}) ([a-z]+)")


@dataclass(frozen=True)
class Action:
    """One entry of ``do``: ``{advise: refer, urgency: urgent}``. ``details`` are its further keys."""

    verb: str
    target: Any
    urgency: str = "advised"
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Firing:
    """An action that follows, with the rules that asked for it; ``due`` is set for ``revisit`` only, ``within`` if earlier will do."""

    action: Action
    rules: tuple[str, ...]
    due: date | None = None
    within: bool = False


def read_actions(do: Sequence[Mapping[str, Any]]) -> tuple[Action, ...]:
    """The actions of one ``do`` list. Raises ``ProblemsError`` for an unknown verb, urgency or time of return."""
    problems: list[Problem] = []
    actions = []
    for entry in do:
        verbs = [key for key in entry if key in VERBS]
        urgency = entry.get("urgency", "advised")
        if len(verbs) != 1:
            wrong = next((key for key in entry if key not in VERBS), "")
            problems.append(Problem("", "do", "每个动作要有且只有一个动词。", nearest(str(wrong), VERBS)))
        elif urgency not in URGENCIES:
            problems.append(Problem("", "urgency", f"没有叫 {urgency} 的紧急程度。", nearest(str(urgency), URGENCIES)))
        elif verbs[0] == "revisit" and _revisit(str(entry["revisit"])) is None:
            problems.append(Problem("", "revisit", f"看不懂“{entry['revisit']}”。", "写成 within 2 weeks 或 in 3 months。"))
        else:
            details = {key: value for key, value in entry.items() if key not in (verbs[0], "urgency")}
            actions.append(Action(verbs[0], entry[verbs[0]], urgency, details))
    if problems:
        raise ProblemsError(problems)
    return tuple(actions)


def firings(
    rules: Mapping[str, Sequence[Action]],
    values: Mapping[str, bool | None],
    *,
    today: date,
    otherwise: Sequence[Action] = (),
) -> list[Firing]:
    """What follows on ``today``: the actions of each rule whose value is true, or ``otherwise`` if there is none.

    ``values`` holds what each rule's ``when`` gave; null does not fire.
    """
    held = {name: actions for name, actions in rules.items() if values[name] is True} or {"else": otherwise}
    return together([_firing(action, name, today) for name, actions in held.items() for action in actions])


def together(found: Sequence[Firing]) -> list[Firing]:
    """The same wishes with duplicates and weaker ones settled, in the order first asked for."""
    settled: dict[tuple[str, str], Firing] = {}
    for firing in found:
        key = (firing.action.verb, "" if firing.action.verb == "revisit" else repr(firing.action.target))
        settled[key] = _stronger(settled[key], firing) if key in settled else firing
    top = max((_strength(firing) for firing in settled.values() if firing.action.verb == "advise"), default=0)
    return [firing for firing in settled.values() if firing.action.verb != "advise" or _strength(firing) == top]


def _firing(action: Action, rule: str, today: date) -> Firing:
    parsed = _revisit(str(action.target)) if action.verb == "revisit" else None
    if parsed is None:
        return Firing(action, (rule,))
    within, count, unit = parsed
    return Firing(action, (rule,), shift(today, count, unit), within)


def _revisit(text: str) -> tuple[bool, int, str] | None:
    match = _REVISIT.fullmatch(text)
    unit = UNITS.get(match[3]) if match else None
    return None if match is None or unit in (None, "minute", "hour") else (match[1] == "within", int(match[2]), str(unit))


def _strength(firing: Firing) -> int:
    return URGENCIES.index(firing.action.urgency)


def _stronger(one: Firing, other: Firing) -> Firing:
    """The one that stands of two for the same target, with the rules of both; the earlier one on a tie."""
    rules = tuple(dict.fromkeys((*one.rules, *other.rules)))
    if one.due is not None and other.due is not None:
        stands = min(one, other, key=lambda firing: (firing.due, not firing.within))
    else:
        stands = max(one, other, key=_strength)
    return replace(stands, rules=rules)
