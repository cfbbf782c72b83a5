"""One standard for one subject: need against have, the further shares, and the way to the nearest thing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from kangyu.engines.content import Content
from kangyu.engines.content.check_things import about_of, standard_texts
from kangyu.engines.content.checker import derived_types, visit_table
from kangyu.engines.content.kinds import Standard
from kangyu.engines.content.vocabulary import event_tables
from kangyu.engines.geography import Covered, Place, coverage
from kangyu.engines.language import Typed, check
from kangyu.engines.language.python_target import Program, compile_python
from kangyu.engines.language.subject import Subject

Status = Literal["met", "short", "unknown"]


@dataclass(frozen=True)
class PreparedStandard:
    """``subject`` yields ``among``, ``need``, ``have``, ``share.<key>``, ``of.<key>`` and ``kilometres.<key>``; ``things`` says of a thing
    of a reach whether it counts (``where``). ``reads`` are the tables, by the kind of subject whose rows they are."""

    standard: Standard
    subject: Program
    things: Mapping[str, Program]
    reads: frozenset[str]
    reads_of_things: Mapping[str, frozenset[str]]

    @property
    def about(self) -> str:
        return about_of(self.standard.each)


@dataclass(frozen=True)
class Further:
    """A further promise: a share, its limits, whether it is kept (None where there is nothing to divide by)."""

    title: str
    part: float | None
    of: float | None
    share: float | None
    at_least: float | None
    at_most: float | None

    @property
    def status(self) -> Status:
        if self.share is None:
            return "unknown"
        low = self.at_least is not None and self.share < self.at_least
        high = self.at_most is not None and self.share > self.at_most
        return "short" if low or high else "met"


@dataclass(frozen=True)
class Reached:
    """How many of the people of a place live within ``kilometres`` of one of the things; ``wanted`` is the share that must."""

    title: str
    kilometres: float | None
    wanted: float
    covered: Covered | None

    @property
    def status(self) -> Status:
        if self.covered is None or self.covered.share is None:
            return "unknown"
        return "met" if self.covered.share >= self.wanted else "short"


@dataclass(frozen=True)
class Judged:
    """A standard for one subject. ``gap`` is what is missing, 0 where nothing is."""

    need: float | None
    have: float | None
    also: Mapping[str, Further]
    reach: Mapping[str, Reached]
    stated: bool

    @property
    def gap(self) -> float | None:
        return None if self.need is None or self.have is None else max(0.0, self.need - self.have)

    @property
    def status(self) -> Status:
        parts: list[Status] = [*(one.status for one in self.also.values()), *(one.status for one in self.reach.values())]
        if self.stated:
            parts.append("unknown" if self.gap is None else "short" if self.gap > 0 else "met")
        return "short" if "short" in parts else "unknown" if "unknown" in parts else "met"


def prepare(content: Content, standard: Standard) -> PreparedStandard:
    """Compiles a standard against the content it belongs to. Raises ``ExpressionError`` where an expression does not hold."""
    types, _ = derived_types(content)
    tables = event_tables(content, {visit_table(content, key): found for key, found in types.items()})
    own: dict[str, Typed] = {}
    things: dict[str, Typed] = {}
    for text in standard_texts(content, standard, tables):
        head, *rest = map(str, text.path)
        typed = check(text.text, text.schema, text.expect)
        if head == "reach" and rest[-1] == "where":
            things[rest[0]] = typed
        else:
            own[".".join([rest[1], rest[0]]) if rest else head] = typed
    return PreparedStandard(
        standard=standard,
        subject=compile_python(own),
        things=MappingProxyType({key: compile_python({"where": typed}) for key, typed in things.items()}),
        reads=frozenset(table for typed in own.values() for table in typed.columns),
        reads_of_things=MappingProxyType({key: frozenset(typed.columns) for key, typed in things.items()}),
    )


def within(prepared: PreparedStandard, key: str, thing: Subject) -> bool:
    """Whether a thing counts for a reach."""
    return key not in prepared.things or prepared.things[key](thing)["where"] is True


def judge(
    prepared: PreparedStandard, subject: Subject, *, places: Sequence[Place] = (), things: Mapping[str, Sequence[Place]] | None = None
) -> Judged | None:
    """The standard for one subject; None where it does not concern it (``among`` is not true).

    ``places`` are where its people live, ``things`` those that count for each reach.
    """
    values = prepared.subject(subject)
    if prepared.standard.among is not None and values["among"] is not True:
        return None
    need, have = _number(values.get("need")), _number(values.get("have"))
    also = {}
    for key, one in prepared.standard.also.items():
        part = _number(values[f"share.{key}"])
        of = have if one.of == "have" else _number(values.get(f"of.{key}"))
        share = part / of if part is not None and of else None
        also[key] = Further(one.title, part, of, share, one.at_least, one.at_most)
    reach = {}
    for key, wanted in prepared.standard.reach.items():
        limit = _number(values[f"kilometres.{key}"]) if isinstance(wanted.kilometres, str) else float(wanted.kilometres)
        covered = coverage(places, (things or {}).get(key, ()), limit) if limit is not None else None
        reach[key] = Reached(wanted.title, limit, wanted.share, covered)
    return Judged(need, have, also, reach, prepared.standard.need is not None)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
