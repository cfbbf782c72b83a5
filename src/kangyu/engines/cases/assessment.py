"""What a programme says for one person today: belongs, flags, what a visit comes to, what follows, and why in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kangyu.engines.content.kinds.base import Span
from kangyu.engines.content.kinds.definition import DecisionTable
from kangyu.engines.content.kinds.programme import Action, Flag
from kangyu.engines.language import nodes
from kangyu.engines.language.calendar import shift
from kangyu.engines.language.nodes import Scope
from kangyu.engines.language.subject import Subject

from .prepared import PreparedProgramme
from .wording import because, with_values

STRENGTH = {"urgent": 2, "routine": 1, None: 0}


@dataclass(frozen=True)
class Raised:
    """A flag that holds for the person."""

    key: str
    title: str
    because: tuple[str, ...]


@dataclass(frozen=True)
class DerivedValue:
    """A value worked out from the visit. ``value`` is ``None`` while ``missing`` fields keep it from being known."""

    key: str
    title: str
    value: Any
    words: str
    because: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Fired:
    """A rule that holds, why, and what it asks for."""

    key: str
    title: str
    because: tuple[str, ...]
    actions: tuple[Action, ...]


@dataclass(frozen=True)
class Advice:
    """What to do: ``code`` of the value set ``advice``, by which rule, how urgent (``urgent``, ``routine`` or ``None``)."""

    code: str
    title: str
    urgency: str | None
    rule: str


@dataclass(frozen=True)
class Revisit:
    """By when the person is to be seen again; ``within`` says that sooner is fine."""

    by: date
    within: bool
    words: str
    rule: str


@dataclass(frozen=True)
class Judgement:
    """What one visit comes to. ``undecided`` are rules that cannot be judged yet; ``missing`` the unanswered fields that would help."""

    derived: Mapping[str, DerivedValue]
    fired: tuple[Fired, ...]
    undecided: tuple[str, ...]
    advice: tuple[Advice, ...]
    revisit: Revisit | None
    missing: tuple[str, ...]

    @property
    def settled(self) -> bool:
        """Whether everything derived is known."""
        return all(value.value is not None for value in self.derived.values())


@dataclass(frozen=True)
class Assessment:
    """``belongs`` is ``None`` when it cannot be known (no birth date). ``judgement`` is there when a visit was given."""

    belongs: bool | None
    find: tuple[Raised, ...]
    high_risk: tuple[Raised, ...]
    judgement: Judgement | None


def assess(prepared: PreparedProgramme, subject: Subject) -> Assessment:
    """The person on ``subject.today``; with answers in ``subject.form`` the visit too, half-filled or whole."""
    truths = prepared.person(subject)
    return Assessment(
        belongs=truths["belongs"],
        find=_raised(prepared, "find", prepared.programme.find, truths, subject),
        high_risk=_raised(prepared, "high_risk", prepared.programme.high_risk, truths, subject),
        judgement=judge(prepared, subject) if subject.form else None,
    )


def _raised(
    prepared: PreparedProgramme, group: str, flags: Mapping[str, Flag], truths: Mapping[str, Any], subject: Subject
) -> tuple[Raised, ...]:
    held = [(key, flag) for key, flag in flags.items() if truths[f"{group}.{key}"] is True]
    return tuple(Raised(key, flag.title, because(prepared.typed[f"{group}.{key}"], subject, prepared.words)) for key, flag in held)


def judge(prepared: PreparedProgramme, subject: Subject) -> Judgement:
    """What the visit in ``subject.form`` comes to (language rules 11 and 12).

    ``else`` fires when no rule did, but waits while a derived value is unknown: a half-filled form is never "all well".
    """
    values = prepared.visit(subject)
    seen = with_values(subject, {key: values[key] for key in prepared.programme.derive})
    derived = {key: _derived(prepared, key, values, seen) for key in prepared.programme.derive}
    fired = [
        Fired(key, rule.title or key, because(prepared.typed[f"act.{key}"], seen, prepared.words), rule.do)
        for key, rule in prepared.programme.act.items()
        if values[f"act.{key}"] is True
    ]
    known = all(values[key] is not None for key in prepared.programme.derive)
    if not fired and known and prepared.programme.otherwise:
        fired = [Fired("else", "以上都不是", (), prepared.programme.otherwise)]
    undecided = tuple(key for key in prepared.programme.act if values[f"act.{key}"] is None)
    missing = dict.fromkeys(name for value in derived.values() for name in value.missing)
    return Judgement(derived, tuple(fired), undecided, _advice(prepared, fired), earliest_revisit(fired, subject.today), tuple(missing))


def _derived(prepared: PreparedProgramme, key: str, values: Mapping[str, Any], seen: Subject) -> DerivedValue:
    item, value = prepared.programme.derive[key], values[key]
    title = prepared.words.titles.get(key, key)
    if value is None:
        return DerivedValue(key, title, None, "还不能判", (), _missing(prepared, key, values, seen))
    reasons: tuple[str, ...] = ()
    if isinstance(item, DecisionTable) and f"row.{key}.{value}" in prepared.typed:
        reasons = because(prepared.typed[f"row.{key}.{value}"], seen, prepared.words)
    return DerivedValue(key, title, value, prepared.words.value(key, value), reasons, ())


def _missing(prepared: PreparedProgramme, key: str, values: Mapping[str, Any], seen: Subject) -> tuple[str, ...]:
    """The unanswered fields behind an unknown value: of a table, those of its unknown rows; through other derived values too."""
    item = prepared.programme.derive[key]
    names = [key]
    if isinstance(item, DecisionTable):
        names = [f"row.{key}.{row}" for row in item.table if values.get(f"row.{key}.{row}", True) is None]
    found: dict[str, None] = {}
    for name in names:
        for field in _fields(prepared, name):
            if field in prepared.programme.derive and field != key and values[field] is None:
                found |= dict.fromkeys(_missing(prepared, field, values, seen))
            elif field not in prepared.programme.derive and seen.form.get(field) is None:
                found[field] = None
    return tuple(found)


def _fields(prepared: PreparedProgramme, name: str) -> tuple[str, ...]:
    """The form's fields an expression reads, in the order they stand in it."""
    refs = (node for node in nodes.walk(prepared.typed[name].tree) if isinstance(node, nodes.Ref) and node.scope is Scope.FORM)
    return tuple(dict.fromkeys(ref.name for ref in refs))


def _advice(prepared: PreparedProgramme, fired: list[Fired]) -> tuple[Advice, ...]:
    """Of all that is advised the most pressing (language rule 12); several of one strength stand together."""
    given = [
        Advice(action.advise, prepared.advice.get(action.advise, action.advise), action.urgency, rule.key)
        for rule in fired
        for action in rule.actions
        if action.advise
    ]
    strongest = max((STRENGTH[advice.urgency] for advice in given), default=0)
    kept: dict[str, Advice] = {}
    for advice in given:
        if STRENGTH[advice.urgency] == strongest:
            kept.setdefault(advice.code, advice)
    return tuple(kept.values())


def earliest_revisit(fired: list[Fired] | tuple[Fired, ...], on: date) -> Revisit | None:
    """The earliest date asked for; of a combined visit pass the rules of all its programmes together."""
    found = []
    for rule in fired:
        for action in rule.actions:
            if action.revisit:
                span, within = Span.parse(action.revisit), action.revisit.startswith("within")
                by = shift(on, span.count, span.unit)
                if by is not None:
                    words = f"{span.words()}内回访" if within else f"{span.words()}后随访"
                    found.append(Revisit(by, within, words, rule.key))
    return min(found, key=lambda revisit: revisit.by, default=None)
