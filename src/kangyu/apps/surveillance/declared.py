"""The signals in force, with what they count ready to run for one person and for a population. Follows the declared content."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from kangyu.engines.content import Content
from kangyu.engines.content.checker import derived_types, visit_table
from kangyu.engines.content.kinds import Signal
from kangyu.engines.content.kinds.signal import Count
from kangyu.engines.content.signals import row_schema
from kangyu.engines.content.vocabulary import EventTable, event_tables
from kangyu.engines.detection import Method, grading
from kangyu.engines.detection.declared import days_of, method_of
from kangyu.engines.language import Type, Typed, check, compile_python
from kangyu.engines.language.python_target import Program
from kangyu.gateways import content

CASES, OUT_OF = 0, 1
RESIDENTS = "residents"


@dataclass(frozen=True)
class Side:
    """One thing a signal counts: rows of ``table`` for which ``where`` holds (all of them without one).

    ``side`` says whether it adds to the cases or to what these are a share of; several may add to one side.
    """

    signal: str
    side: int
    table: str
    where: Typed | None
    distinct: bool

    @cached_property
    def program(self) -> Program | None:
        """The condition as a Python function, compiled at its first use."""
        return compile_python({"counts": self.where}) if self.where else None

    @property
    def columns(self) -> set[str]:
        """The columns of its table that the condition reads."""
        return set(self.where.fields) if self.where else set()


@dataclass(frozen=True)
class Watched:
    """A signal and how it runs."""

    signal: Signal
    sides: tuple[Side, ...]

    @property
    def methods(self) -> list[Method]:
        """Its methods in the order of writing."""
        return [method_of(detector) for detector in self.signal.detect]

    def of(self, side: int) -> list[Side]:
        """What adds to the cases, or to what these are a share of."""
        return [one for one in self.sides if one.side == side]

    @property
    def once(self) -> int:
        """Days in which a person's records of the cases count once; 0 counts each."""
        return days_of(self.signal.once) if self.signal.once else 0

    @property
    def quiet(self) -> int:
        """Days in which another alarm of the same place joins the case that is open."""
        return days_of(self.signal.quiet)

    @cached_property
    def grade(self) -> Callable[[Mapping[str, Any], date], str | None]:
        """The grade of an alarm from its figures."""
        table = self.signal.grade
        if table is None:
            return lambda figures, day: None
        return grading.grader(grading.read(table.table, hit=table.hit, unknown=table.unknown, order=table.order))


class _Held:
    """What was worked out for one state of the content."""

    def __init__(self, of: Content):
        self.content = of
        derived, _ = derived_types(of)
        self.tables = event_tables(of, {visit_table(of, key): types for key, types in derived.items()})
        self.watched = {key: Watched(of.signals[key], tuple(_sides(of, of.signals[key], self.tables))) for key in sorted(of.signals)}
        self.digest = _digest(self.watched)


current = content.kept(_Held)
"""Everything about the signals in force."""


def watched() -> Mapping[str, Watched]:
    """The signals in force by key."""
    return current().watched


def _sides(of: Content, signal: Signal, tables: Mapping[str, EventTable]) -> list[Side]:
    found = [*((CASES, count) for count in signal.counts), *([(OUT_OF, signal.out_of)] if signal.out_of else [])]
    return [Side(signal.key, side, count.table, _where(of, count, tables), count.distinct) for side, count in found]


def _where(of: Content, count: Count, tables: Mapping[str, EventTable]) -> Typed | None:
    return check(count.where, row_schema(of, count.table, tables), Type.BOOLEAN) if count.where else None


def _digest(found: Mapping[str, Watched]) -> str:
    """Changes when something is counted differently; new thresholds alone do not recount anything."""
    mark = hashlib.sha256()
    for key, one in found.items():
        counted = one.signal.model_dump_json(include={"counts", "once", "out_of", "by", "where_of"})
        mark.update(f"{key}={counted}".encode())
    for name in sorted(content.current().value_sets):
        mark.update(f"{name}={sorted(content.current().value_sets[name].codes)}".encode())
    return mark.hexdigest()
