"""What a programme says for one person today: belongs, flags, what a visit comes to, what follows, and why in plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kangyu.engines.content.kinds.base import Span
from kangyu.engines.content.kinds.definition import DecisionTable
from kangyu.engines.content.kinds.programme import Flag
from kangyu.engines.language import nodes
from kangyu.engines.language.actions import Firing, firings
from kangyu.engines.language.nodes import Scope
from kangyu.engines.language.subject import Subject

from .prepared import PreparedProgramme
from .wording import because, with_values


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
    """A rule that holds, and why."""

    key: str
    title: str
    because: tuple[str, ...]


@dataclass(frozen=True)
class Advice:
    """What to do: ``code`` of the value set ``advice``, how urgent (``advised``, ``routine``, ``urgent``), by which rules."""

    code: str
    title: str
    urgency: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Revisit:
    """By when the person is to be seen again; ``within`` says that sooner is fine."""

    by: date
    within: bool
    words: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Judgement:
    """What one visit comes to. ``undecided`` are rules that cannot be judged yet; ``missing`` the unanswered fields that would help.

    ``firings`` are the settled actions; those of several programmes are brought together with ``language.actions.together``.
    """

    derived: Mapping[str, DerivedValue]
    fired: tuple[Fired, ...]
    undecided: tuple[str, ...]
    firings: tuple[Firing, ...]
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
    values, held, settled = follow(prepared, subject)
    seen = with_values(subject, {key: values[key] for key in prepared.programme.derive})
    derived = {key: _derived(prepared, key, values, seen) for key in prepared.programme.derive}
    missing = dict.fromkeys(name for value in derived.values() for name in value.missing)
    return Judgement(
        derived=derived,
        fired=tuple(_fired(prepared, key, seen) for key in held),
        undecided=tuple(key for key in prepared.programme.act if values[f"act.{key}"] is None),
        firings=tuple(settled),
        advice=advice_of(prepared, settled),
        revisit=revisit_of(settled),
        missing=tuple(missing),
    )


def follow(prepared: PreparedProgramme, subject: Subject) -> tuple[Mapping[str, Any], tuple[str, ...], list[Firing]]:
    """The values of a visit, the rules that hold (``else`` for none) and the settled actions; without words, for work on many."""
    values = prepared.visit(subject)
    truths = {key: values[f"act.{key}"] for key in prepared.programme.act}
    held = tuple(key for key, truth in truths.items() if truth is True)
    known = all(values[key] is not None for key in prepared.programme.derive)
    otherwise = prepared.otherwise if known and not held else ()
    settled = firings(prepared.actions, truths, today=subject.today, otherwise=otherwise)
    return values, held or (("else",) if otherwise else ()), settled


def _fired(prepared: PreparedProgramme, key: str, seen: Subject) -> Fired:
    if key == "else":
        return Fired("else", "以上都不是", ())
    return Fired(key, prepared.programme.act[key].title or key, because(prepared.typed[f"act.{key}"], seen, prepared.words))


def advice_of(prepared: PreparedProgramme, settled: Sequence[Firing]) -> tuple[Advice, ...]:
    """What is advised, with Chinese names."""
    return tuple(
        Advice(item.action.target, prepared.advice.get(item.action.target, item.action.target), item.action.urgency, item.rules)
        for item in settled
        if item.action.verb == "advise"
    )


def revisit_of(settled: Sequence[Firing]) -> Revisit | None:
    """The date asked for, in words: ``2 周内回访``."""
    for item in settled:
        if item.action.verb == "revisit" and item.due is not None:
            span = Span.parse(str(item.action.target)).words()
            return Revisit(item.due, item.within, f"{span}内回访" if item.within else f"{span}后随访", item.rules)
    return None


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
