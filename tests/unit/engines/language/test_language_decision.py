"""Decision tables: what true, false and unknown rows allow one to conclude (rule 11)."""

from datetime import date
from itertools import product
from typing import Any

import ibis
import pyarrow as pa
import pytest

from kangyu.engines.language import Schema, Subject, Table, Type, check, compile_python
from kangyu.engines.language.decision import Decision, read_table
from kangyu.engines.language.population import population
from kangyu.kernel.errors import ProblemsError

ROWS = ("a", "b", "c")
SCHEMA = Schema(
    subject={"birth_date": Type.DATE},
    tables={"bp": Table("bp", {"systolic": Type.NUMBER})},
    fields={
        "a": Type.BOOLEAN,
        "b": Type.BOOLEAN,
        "c": Type.BOOLEAN,
        "systolic": Type.NUMBER,
        "diastolic": Type.NUMBER,
        "goal": Type.NUMBER,
    },
)
TABLE = {"a": "a", "b": "b", "c": "c", "rest": "else"}
POINTS = {"a": 1, "b": 2, "c": 4}
LEVELS = {"a": "yellow", "b": "red", "c": "yellow", "rest": "green"}
TODAY = date(2025, 11, 21)


def first(truths: dict[str, Any], lenient: bool) -> Any:
    for key in ROWS:
        if truths[key] is True:
            return key
        if truths[key] is None and not lenient:
            return None
    return "rest" if all(value is False for value in truths.values()) else None


def highest(truths: dict[str, Any]) -> Any:
    levels = {LEVELS[key] for key in ROWS if truths[key] is True}
    for level in ("red", "yellow"):
        if level in levels:
            return level
    return "green" if all(value is False for value in truths.values()) else None


def total(truths: dict[str, Any], lenient: bool) -> Any:
    if None in truths.values() and not lenient:
        return None
    return sum(POINTS[key] for key in ROWS if truths[key])


def every(truths: dict[str, Any]) -> Any:
    held = [key for key in ROWS if truths[key]]
    if held:
        return held
    return None if None in truths.values() else ["rest"]


SUMMED = {key: TABLE[key] for key in ROWS}
DECISIONS: dict[str, tuple[Decision, Any]] = {
    "first": (read_table(TABLE, SCHEMA), lambda truths: first(truths, False)),
    "first_skip": (read_table(TABLE, SCHEMA, unknown="skip"), lambda truths: first(truths, True)),
    "highest": (read_table(TABLE, SCHEMA, hit="highest", order=["green", "yellow", "red"], gives=LEVELS), highest),
    "sum": (read_table(SUMMED, SCHEMA, hit="sum", gives=POINTS), lambda truths: total(truths, False)),
    "sum_zero": (read_table(SUMMED, SCHEMA, hit="sum", gives=POINTS, unknown="zero"), lambda truths: total(truths, True)),
    "all": (read_table(TABLE, SCHEMA, hit="all"), every),
    "all_skip": (read_table(TABLE, SCHEMA, hit="all", unknown="skip"), lambda truths: [k for k in ROWS if truths[k]] or ["rest"]),
}
TRUTHS = [dict(zip(ROWS, values, strict=True)) for values in product([True, False, None], repeat=3)]


@pytest.mark.parametrize("name", DECISIONS)
def test_every_combination_of_truths_gives_what_the_rule_says(name: str) -> None:
    decision, expected = DECISIONS[name]
    program = compile_python({"value": decision.value})
    for truths in TRUTHS:
        assert program(Subject({}, {}, TODAY, form=truths))["value"] == expected(truths), truths


def test_duckdb_gives_the_same_for_every_combination() -> None:
    connection = ibis.duckdb.connect()
    rows = [{"pid": index, **{f"this.{key}": value for key, value in truths.items()}} for index, truths in enumerate(TRUTHS)]
    schema = pa.schema([("pid", pa.int64()), *((f"this.{key}", pa.bool_()) for key in ROWS)])
    connection.con.register("visits", pa.Table.from_pylist(rows, schema))
    values = {name: decision.value for name, (decision, _) in DECISIONS.items()}
    incomplete = {f"{name}?": decision.incomplete for name, (decision, _) in DECISIONS.items()}
    result = connection.to_pyarrow(population({**values, **incomplete}, {}, connection.table("visits"), today=TODAY)).to_pylist()
    python = compile_python(incomplete)
    for row in result:
        truths = TRUTHS[row["pid"]]
        assert {name: row[name] for name in values} == {name: expected(truths) for name, (_, expected) in DECISIONS.items()}, truths
        assert {name: row[name] for name in incomplete} == python(Subject({}, {}, TODAY, form=truths)), truths


def test_highest_is_incomplete_only_if_an_unknown_row_stands_above() -> None:
    assess = DECISIONS["highest"][0].assessor()
    unknown_red = assess(Subject({}, {}, TODAY, form={"a": True, "b": None, "c": False}))
    unknown_yellow = assess(Subject({}, {}, TODAY, form={"a": None, "b": True, "c": False}))
    assert (unknown_red.value, unknown_red.incomplete, unknown_red.missing) == ("yellow", True, ("b",))
    assert (unknown_yellow.value, unknown_yellow.incomplete) == ("red", False)


def test_assessment_names_the_missing_fields_behind_derived_values() -> None:
    decision = read_table(
        {"high": "systolic >= goal or diastolic >= 90", "was_high": "last(bp.systolic) >= 140", "fine": "else"},
        SCHEMA,
    )
    assess = decision.assessor({"goal": check("case when age() is null then null when age() >= 65 then 150 else 140 end", SCHEMA)})
    assessment = assess(Subject({"birth_date": None}, {}, TODAY, form={"systolic": 130, "diastolic": 80}))
    assert assessment.value is None
    assert assessment.missing == ("it.birth_date", "last(bp.systolic)")
    known = assess(Subject({"birth_date": date(1960, 1, 1)}, {}, TODAY, form={"systolic": 150, "diastolic": None}))
    assert (known.value, known.hits, known.missing) == ("high", ("high",), ("last(bp.systolic)",))


def test_sum_takes_numbers_as_rows() -> None:
    decision = read_table({"points": "systolic * 2", "b": "b"}, SCHEMA, hit="sum", gives={"b": 10})
    program = compile_python({"score": decision.value})
    assert program(Subject({}, {}, TODAY, form={"systolic": 3, "b": True})) == {"score": 16}
    assert program(Subject({}, {}, TODAY, form={"systolic": None, "b": True})) == {"score": None}


def test_a_long_table_compiles() -> None:
    schema = Schema(fields={"x": Type.NUMBER})
    decision = read_table({**{f"row_{number}": f"x = {number}" for number in range(150)}, "other": "else"}, schema)
    program = compile_python({"value": decision.value})
    assert program(Subject({}, {}, TODAY, form={"x": 149})) == {"value": "row_149"}
    assert program(Subject({}, {}, TODAY, form={"x": -1})) == {"value": "other"}


@pytest.mark.parametrize(
    ("table", "options", "key"),
    [
        ({"x": "else", "a": "a"}, {}, "x"),
        ({"a": "aa", "b": "systolic"}, {}, "a"),
        ({"rest": "else"}, {}, "table"),
        ({"a": "a"}, {"hit": "last"}, "hit"),
        ({"a": "a"}, {"unknown": "zero"}, "unknown"),
        ({"a": "a"}, {"hit": "highest", "order": ["b"]}, "order"),
        ({"a": "a", "rest": "else"}, {"hit": "sum"}, "table"),
        ({"a": "a", "b": "b"}, {"gives": {"a": 3}}, "table"),
    ],
)
def test_a_wrong_table_is_refused_at_its_row(table: dict[str, str], options: dict[str, Any], key: str) -> None:
    with pytest.raises(ProblemsError) as caught:
        read_table(table, SCHEMA, **options)
    assert caught.value.problems[0].key == key
