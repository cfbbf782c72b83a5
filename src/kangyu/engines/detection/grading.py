"""The grade of an alarm by a decision table of the declaration, over a few named figures."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from kangyu.engines.language import Schema, Subject, Type, compile_python
from kangyu.engines.language.decision import Decision, read_table

FIELDS: Mapping[str, Type] = {
    "cases": Type.NUMBER,
    "cases_7": Type.NUMBER,
    "cases_14": Type.NUMBER,
    "cases_30": Type.NUMBER,
    "expected": Type.NUMBER,
    "upper": Type.NUMBER,
    "times": Type.NUMBER,
    "townships_7": Type.NUMBER,
    "place": Type.TEXT,
    "first_in_5_years": Type.BOOLEAN,
}
"""What a grade may look at: cases of the judged day (or week or window), of the last 7, 14 and 30 days at the place; expected and bound;
how many times the expected; in how many townships there were cases in the last 7 days; the level of the place; whether the place saw none
in the five years before."""
PLACES = frozenset({"institution", "village", "township", "county"})


def schema(value_sets: Mapping[str, frozenset[str]] | None = None) -> Schema:
    """What the table's conditions may name."""
    return Schema(subject={}, tables={}, value_sets=value_sets or {}, fields=FIELDS, choices={"place": PLACES})


def read(table: Mapping[str, str], *, hit: Any = "first", unknown: Any = None, order: tuple[str, ...] = ()) -> Decision:
    """The checked table. Raises ``ProblemsError`` with every row that does not check."""
    return read_table(table, schema(), hit=hit, unknown=unknown, order=order)


def grader(decision: Decision) -> Callable[[Mapping[str, Any], date], str | None]:
    """A function from figures and a day to the grade; None where a figure it needs is not known."""
    program = compile_python({"grade": decision.value})

    def grade(figures: Mapping[str, Any], day: date) -> str | None:
        result: str | None = program(Subject({}, {}, day, None, dict(figures)))["grade"]
        return result

    return grade
