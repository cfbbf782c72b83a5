"""The Python target, the Ibis target on DuckDB and the slow evaluator give the same values, on random texts and on all awkward dates."""

import dataclasses
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from language_worlds import (
    DATE_SCHEMA,
    DATE_TEXTS,
    EDGE_DAYS,
    PAIRS,
    SCHEMA,
    World,
    checked,
    differences,
    draw_period,
    draw_records,
    draw_texts,
    event_rows,
    spine_rows,
)

from kangyu.engines.language import (
    Subject,
    Typed,
    calendar,
    check,
    compile_python,
    desugar,
    python_target,
)
from kangyu.engines.language import nodes as n
from kangyu.engines.language.oracle import evaluate_all
from kangyu.engines.language.population import population

CHECKS = settings(
    deadline=None,
    derandomize=bool(os.environ.get("CI")) or "KANGYU_RANDOM_TESTS" not in os.environ,
    suppress_health_check=list(HealthCheck),
)


def in_duckdb(expressions: Mapping[str, Typed], subjects: Sequence[Subject], *, own_today: bool) -> list[dict[str, Any]]:
    """The values of all ``subjects``, computed as one population."""
    connection = ibis.duckdb.connect()
    tables = {}
    for name in SCHEMA.tables:
        tables[name] = registered(connection, name, event_rows(name, subjects))
    spine = registered(connection, "spine", spine_rows(subjects, own_today))
    first = subjects[0]
    result = population(expressions, tables, spine, today=None if own_today else first.today, period=first.period)
    found = connection.to_pyarrow(result).to_pylist()
    connection.disconnect()
    return sorted(found, key=lambda row: row["pid"])


def registered(connection: Any, name: str, rows: pa.Table) -> Any:
    """An Arrow table under a fixed name (Ibis would draw a random one, which Hypothesis makes repeat)."""
    connection.con.register(name, rows)
    return connection.table(name)


@given(st.randoms(use_true_random=False))
@settings(CHECKS, max_examples=60)
def test_python_agrees_with_the_slow_evaluator(random: Random) -> None:
    expressions = checked(draw_texts(random, 4, 3))
    world = World(random, random.choice(EDGE_DAYS), draw_period(random))
    program = compile_python(expressions)
    for _ in range(6):
        subject = world.subject()
        for name, typed in expressions.items():
            note(f"{name}: {typed.text}")
        assert differences(evaluate_all(expressions, subject), program(subject)) == []


@given(st.integers(0, 2**32), st.booleans())
@settings(CHECKS, max_examples=20, phases=[Phase.explicit, Phase.generate])
def test_duckdb_agrees_with_the_slow_evaluator(seed: int, own_today: bool) -> None:
    """Drawn from a seed and not shrunk: a dozen subjects are more than Hypothesis draws at once, and each try is a query."""
    random = Random(seed)
    expressions = checked(draw_texts(random, 8, 3) if seed % 2 else draw_records(random, 12))
    period, common = draw_period(random), random.choice(EDGE_DAYS)
    subjects = [World(random, random.choice(EDGE_DAYS) if own_today else common, period).subject() for _ in range(12)]
    if not expressions:
        return
    for name, typed in expressions.items():
        note(f"{name}: {typed.text}")
    found = in_duckdb(expressions, subjects, own_today=own_today)
    for subject, values in zip(subjects, found, strict=True):
        assert differences(evaluate_all(expressions, subject), values) == []


# all awkward dates


def test_every_pair_of_awkward_dates_agrees_in_all_three() -> None:
    expressions = {name: check(text, DATE_SCHEMA) for name, text in DATE_TEXTS.items()}
    connection = ibis.duckdb.connect()
    rows = [{"pid": pid, "a": start, "b": end} for pid, (start, end) in enumerate(PAIRS)]
    schema = pa.schema([("pid", pa.int64()), ("a", pa.date32()), ("b", pa.date32())])
    spine = registered(connection, "pairs", pa.Table.from_pylist(rows, schema))
    found = {row.pop("pid"): row for row in connection.to_pyarrow(population(expressions, {}, spine, today=date(2025, 1, 1))).to_pylist()}
    program = compile_python(expressions)
    for pid, (start, end) in enumerate(PAIRS):
        subject = Subject({"a": start, "b": end}, {}, date(2025, 1, 1))
        expected = evaluate_all(expressions, subject)
        assert program(subject) == expected, (start, end)
        assert found[pid] == expected, (start, end)


@pytest.mark.parametrize("unit", ["day", "week", "month", "year"])
def test_elapsed_is_the_largest_count_that_does_not_pass_the_end(unit: str) -> None:
    for start, end in PAIRS:
        count = calendar.elapsed(unit, start, end)
        assert calendar.shift(start, count, unit) <= end < calendar.shift(start, count + 1, unit), (start, end)


# is the test sharp?


def _patched_window(kind: type, *operators: str) -> Callable[[pytest.MonkeyPatch], None]:
    """A mistake in one window: its comparisons get other operators."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        right = desugar._WINDOWS[kind]

        def wrong(window: Any) -> tuple[n.Node, ...]:
            items = list(right(window))
            for index, operator in enumerate(operators):
                if operator and isinstance(items[index], n.Compare):
                    items[index] = dataclasses.replace(items[index], op=operator)
                elif operator:
                    inner = items[index].items[-1]
                    items[index] = n.Or((*items[index].items[:-1], dataclasses.replace(inner, op=operator)))
            return tuple(items)

        monkeypatch.setitem(desugar._WINDOWS, kind, wrong)

    return patch


def _sees_before_today_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desugar, "_visible", lambda own: (n.Compare("<", desugar.ON, desugar.TODAY),))


def _sees_the_own_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desugar, "_visible", lambda own: (n.Compare("<=", desugar.ON, desugar.TODAY),))


def _ignores_ties(monkeypatch: pytest.MonkeyPatch) -> None:
    def by_day(rows: Any) -> Any:
        return sorted((row for row in rows if row["on"] is not None), key=lambda row: row["on"])

    monkeypatch.setitem(python_target._GLOBALS, "in_order", by_day)


def _forgets_month_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    def elapsed(unit: str, start: date, end: date) -> int:
        if unit in ("day", "week"):
            return calendar.elapsed(unit, start, end)
        months = (end.year - start.year) * 12 + end.month - start.month - (start.day > end.day)
        return months // (12 if unit == "year" else 1)

    monkeypatch.setitem(python_target._GLOBALS, "elapsed", elapsed)


def _spills_into_the_next_month(monkeypatch: pytest.MonkeyPatch) -> None:
    def shift(start: date, count: int, unit: str) -> Any:
        if unit in ("day", "week"):
            return calendar.shift(start, count, unit)
        first = calendar.shift(start.replace(day=1), count, unit)
        return first + timedelta(days=start.day - 1)

    monkeypatch.setitem(python_target._GLOBALS, "shift", shift)


def _loses_null_in_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def negated(writer: Any, node: n.Not, block: Any) -> Any:
        return python_target._Truth(f"(not {writer.truth(node.operand, block).true})")

    monkeypatch.setitem(python_target._TRUTHS, n.Not, negated)


def _takes_the_row_null_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    right = python_target._Writer.aggregate

    def wrong(self: Any, record: n.Record, condition: n.Node, block: Any, afterwards: list[str]) -> None:
        if record.function == "last" and record.column is not None:
            self.certain.add(self.value(record.column, block))
        right(self, record, condition, block, afterwards)

    monkeypatch.setattr(python_target._Writer, "aggregate", wrong)


def _rounds_to_even(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(python_target._GLOBALS, "rounded", round)


MISTAKES: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "within includes its far end": _patched_window(n.Within, ">="),
    "within leaves out its near end": _patched_window(n.Within, "", "<"),
    "during is open at the start": _patched_window(n.During, ">"),
    "during is open at the end": _patched_window(n.During, "", "<"),
    "since leaves out its day": _patched_window(n.Since, ">"),
    "before includes its day": _patched_window(n.Before, "<="),
    "an interval's last day is lost at a day": _patched_window(n.ActiveAt, "", ">"),
    "an interval's last day is lost during": _patched_window(n.ActiveDuring, "", ">"),
    "today is not seen": _sees_before_today_only,
    "the own row is seen": _sees_the_own_row,
    "ties go by row order": _ignores_ties,
    "month ends are short": _forgets_month_ends,
    "months spill over": _spills_into_the_next_month,
    "not forgets null": _loses_null_in_not,
    "last takes a null": _takes_the_row_null_or_not,
    "halves go to even": _rounds_to_even,
}


@cache
def corpus() -> list[tuple[dict[str, Typed], list[tuple[Subject, dict[str, Any]]]]]:
    """A frozen corpus: 300 batches of expressions with four subjects each and the right values."""
    random = Random(20251121)
    found = []
    for index in range(300):
        expressions = checked(draw_records(random, 6) if index % 2 else draw_texts(random, 4, 2))
        world = World(random, random.choice(EDGE_DAYS), draw_period(random))
        subjects = [world.subject() for _ in range(4)]
        found.append((expressions, [(subject, evaluate_all(expressions, subject)) for subject in subjects]))
    return found


def disagreements(limit: int) -> int:
    """How many values of the corpus the Python target gets wrong, counted up to ``limit``."""
    wrong = 0
    for expressions, cases in corpus():
        fresh = {name: dataclasses.replace(typed) for name, typed in expressions.items()}
        program = compile_python(fresh)
        for subject, expected in cases:
            wrong += len(differences(expected, program(subject)))
            if wrong >= limit:
                return wrong
    return wrong


def test_the_frozen_corpus_agrees() -> None:
    assert disagreements(1) == 0
    assert sum(len(expressions) * len(cases) for expressions, cases in corpus()) > 5_800, "too many drawn texts were refused"


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_seeded_mistake_is_caught(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MISTAKES[mistake](monkeypatch)
    try:
        assert disagreements(1) > 0, f"no expression of the corpus notices: {mistake}"
    except TypeError as error:
        assert "NoneType" in str(error), error
