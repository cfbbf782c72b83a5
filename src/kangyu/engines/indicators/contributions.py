"""What each subject adds to each indicator. The expressions are checked here once; a person alone and a whole county use the same ones."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from kangyu.engines.content import Content
from kangyu.engines.content.checker import derived_types, visit_table
from kangyu.engines.content.kinds import Indicator
from kangyu.engines.content.texts import indicator_texts
from kangyu.engines.content.vocabulary import event_tables, settings_of
from kangyu.engines.language import Typed, check
from kangyu.engines.language.python_target import Program, compile_python
from kangyu.engines.language.subject import Subject
from kangyu.kernel.period import Period

from .evaluate import WHOLE, Sum, band_of

Contributions = dict[tuple[str, int], Sum]


@dataclass(frozen=True)
class Side:
    """One side of an indicator for one kind of subject.

    ``value`` is the expression that is added up; ``condition`` (a share's ``among``) must be true first; ``age`` puts it into a band.
    ``counts_bottom`` and ``counts_top`` say where it is added.
    """

    indicator: str
    about: str
    top: str | None = None
    bottom: str | None = None
    among: str | None = None
    age: str | None = None


@dataclass(frozen=True)
class Measures:
    """Every computed indicator, ready to evaluate. ``expressions`` holds, for each kind of subject, the checked texts by column name."""

    indicators: Mapping[str, Indicator]
    sides: tuple[Side, ...]
    expressions: Mapping[str, Mapping[str, Typed]]
    digest: str
    _programs: dict[str, Program] = field(default_factory=dict, compare=False, repr=False)

    def of(self, about: str) -> list[Side]:
        """The sides that count a kind of subject."""
        return [side for side in self.sides if side.about == about]

    def tables(self, about: str) -> set[str]:
        """The event tables that the expressions about a kind of subject read."""
        return set(self.columns(about))

    def columns(self, about: str) -> dict[str, set[str]]:
        """The columns they read of each table, besides ``id``, ``on`` and ``to``."""
        found: dict[str, set[str]] = {}
        for typed in self.expressions.get(about, {}).values():
            for table, columns in typed.columns.items():
                found.setdefault(table, set()).update(columns)
        return found

    def program(self, about: str) -> Program:
        """The Python function for one subject, compiled at its first use."""
        if about not in self._programs:
            self._programs[about] = compile_python(self.expressions.get(about, {}))
        return self._programs[about]

    @cached_property
    def closed_above(self) -> Mapping[str, int]:
        """The first age beyond the last band, for indicators whose ages end."""
        found = {}
        for key, indicator in self.indicators.items():
            if indicator.ages and len(indicator.strata) > 1:
                found[key] = 2 * indicator.strata[-1] - indicator.strata[-2]
        return found

    def contributions(self, about: str, values: Mapping[str, Any]) -> Contributions:
        """What one subject adds, from the values of its expressions; what adds nothing is left out."""
        found: Contributions = {}
        for side in self.of(about):
            for stratum, added in self._added(side, values):
                found[side.indicator, stratum] = found.get((side.indicator, stratum), Sum()) + added
        return found

    def _added(self, side: Side, values: Mapping[str, Any]) -> Iterator[tuple[int, Sum]]:
        if side.among is not None:
            if values[side.among] is True:
                yield WHOLE, Sum(1.0 if values[str(side.top)] is True else 0.0, 1.0)
            return
        top = float(values[side.top] or 0) if side.top else 0.0
        bottom = float(values[side.bottom] or 0) if side.bottom else 0.0
        stratum = self.stratum(side, values[side.age]) if side.age else WHOLE
        if (top or bottom) and stratum is not None:
            yield stratum, Sum(top, bottom)

    def stratum(self, side: Side, age: float | None) -> int | None:
        """The band of an age; None where the age is unknown or outside the indicator's bands."""
        if age is None or age >= self.closed_above.get(side.indicator, 1000):
            return None
        return band_of(self.indicators[side.indicator].strata, int(age))


def measures(content: Content) -> Measures:
    """All computed indicators of the content in force. Raises ``ExpressionError`` where one does not check."""
    indicators = {key: indicator for key, indicator in content.indicators.items() if not indicator.reported}
    derived, _ = derived_types(content)
    tables = event_tables(content, {visit_table(content, key): types for key, types in derived.items()})
    expressions: dict[str, dict[str, Typed]] = {}
    mark, named = hashlib.sha256(), set[str]()
    for key, indicator in sorted(indicators.items()):
        mark.update(indicator.model_dump_json().encode())
        for text in indicator_texts(content, indicator, tables):
            part = str(text.path[0])
            named.update(re.findall(r"\w+", text.text))
            about = _about(indicator, part)
            expressions.setdefault(about, {})[f"{key}__{part}"] = check(text.text, text.schema, text.expect)
    for name, value_set in sorted(content.value_sets.items()):
        mark.update(f"{name}={sorted(value_set.codes)}".encode())
    mark.update(repr(sorted((key, value) for key, value in settings_of(content).items() if key in named)).encode())
    sides = tuple(side for key, indicator in sorted(indicators.items()) for side in _sides(key, indicator))
    return Measures(indicators, sides, expressions, mark.hexdigest())


def _about(indicator: Indicator, part: str) -> str:
    side = {"top": indicator.top_about, "bottom": indicator.bottom_about}.get(part.split("_")[0])
    return side or indicator.about


def _sides(key: str, indicator: Indicator) -> list[Side]:
    if indicator.shape == "share":
        return [Side(key, indicator.about, top=f"{key}__true_when", among=f"{key}__among")]
    banded = indicator.method is not None
    sides = [Side(key, _about(indicator, "top"), top=f"{key}__top", age=f"{key}__top_age" if banded else None)]
    if indicator.bottom is not None:
        sides.append(Side(key, _about(indicator, "bottom"), bottom=f"{key}__bottom", age=f"{key}__bottom_age" if banded else None))
    return sides


def opens_to_people(indicator: Indicator) -> str:
    """Which persons an indicator's value can be opened to: ``all`` in its denominator, only those ``counted``, or ``none``.

    A rate's denominator is everybody (or every birth); only its events are worth a list.
    """
    if indicator.shape == "share":
        return "all" if indicator.about == "person" else "none"
    if (indicator.top_about or indicator.about) != "person":
        return "none"
    both = (indicator.bottom_about or indicator.about) == "person" and indicator.bottom is not None
    return "all" if both and indicator.per == 100 and not indicator.method else "counted"


def evaluate_person(
    found: Measures, rows: Mapping[str, list[Mapping[str, Any]]], periods: Mapping[str, tuple[Period, date]]
) -> dict[str, Contributions]:
    """What one person adds in each period (key → period and its ``today``), from the rows of the tables."""
    program, fields = found.program("person"), subject_fields(rows)
    return {key: found.contributions("person", program(Subject(fields, rows, today, period))) for key, (period, today) in periods.items()}


def subject_fields(rows: Mapping[str, list[Mapping[str, Any]]]) -> dict[str, Any]:
    """The person's own fields: from the latest row of ``residents`` (by day, then id); empty where there is none."""
    residents = rows.get("residents")
    return dict(sorted(residents, key=latest)[-1]) if residents else {}


def latest(row: Mapping[str, Any]) -> tuple[date, str]:
    """How rows of a table are put in order: a row without a day comes first."""
    return row.get("on") or date.min, row.get("id") or ""
