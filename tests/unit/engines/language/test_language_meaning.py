"""The numbered meaning of the language, one rule at a time: the Python target, the slow evaluator and DuckDB on the same small cases."""

from datetime import date, datetime
from typing import Any

import ibis
import pyarrow as pa
import pytest

from kangyu.engines.language import Period, Schema, Subject, Table, Type, check, compile_python
from kangyu.engines.language.oracle import evaluate
from kangyu.engines.language.population import population
from kangyu.kernel.errors import UserError

TODAY = date(2025, 11, 21)
SCHEMA = Schema(
    subject={"birth_date": Type.DATE, "code": Type.TEXT, "leap": Type.DATE},
    tables={
        "bp": Table("bp", {"systolic": Type.NUMBER, "taken_at": Type.DATETIME}),
        "stays": Table("stays", {"ward": Type.TEXT, "birth_date": Type.DATE}, interval=True),
        "episodes": Table("episodes", {"programme": Type.TEXT}, interval=True),
        "visits": Table("visits", {"systolic": Type.NUMBER, "symptoms": Type.LIST}),
    },
    value_sets={"heart": frozenset({"I10", "I2*"}), "empty": frozenset()},
    fields={"x": Type.NUMBER, "flag": Type.BOOLEAN, "many": Type.LIST, "none": Type.NUMBER, "unknown": Type.BOOLEAN},
    previous={"x": Type.NUMBER},
    own="visits",
)
BP = [
    {"id": "b3", "on": date(2025, 8, 21), "systolic": 150, "taken_at": datetime(2025, 8, 21, 8, 0)},
    {"id": "b2", "on": date(2025, 8, 21), "systolic": 140, "taken_at": datetime(2025, 8, 21, 9, 59)},
    {"id": "b1", "on": date(2025, 8, 22), "systolic": None, "taken_at": None},
    {"id": "b4", "on": TODAY, "systolic": 120, "taken_at": None},
    {"id": "b5", "on": date(2025, 11, 22), "systolic": 200, "taken_at": None},
    {"id": "b6", "on": None, "systolic": 210, "taken_at": None},
]
STAYS = [
    {"id": "s1", "on": date(2025, 1, 1), "to": date(2025, 6, 30), "ward": "a", "birth_date": date(2000, 2, 29)},
    {"id": "s2", "on": date(2025, 7, 1), "to": None, "ward": "b", "birth_date": None},
]
EPISODES = [{"id": "e1", "on": date(2024, 12, 31), "to": date(2025, 1, 1), "programme": "tb"}]
VISITS = [
    {"id": "v1", "on": date(2025, 11, 1), "systolic": 1, "symptoms": []},
    {"id": "v2", "on": TODAY, "systolic": 2, "symptoms": ["a"]},
    {"id": "v3", "on": TODAY, "systolic": 3, "symptoms": None},
]
SUBJECT = Subject(
    fields={"birth_date": date(1960, 2, 29), "code": "I21.9", "leap": date(2024, 2, 29)},
    tables={"bp": BP, "stays": STAYS, "episodes": EPISODES, "visits": VISITS},
    today=TODAY,
    period=Period(date(2025, 1, 1), date(2025, 6, 30)),
    form={"x": 7, "flag": False, "many": ["a", "bb"], "none": None, "unknown": None},
    previous={"x": 6},
    row_id="v3",
)

CASES: list[tuple[str, str, Any]] = [
    # rule 1: nothing after today, no row without a day
    ("today_is_seen", "count(bp)", 4),
    ("future_is_not", "max(bp.systolic)", 150),
    # rule 2: clamping and whole units
    ("month_clamps", "date '2025-01-31' + 1 month", date(2025, 2, 28)),
    ("year_clamps", "it.leap + 1 year", date(2025, 2, 28)),
    ("leap_birthday", "years(from it.leap to date '2025-02-28')", 1),
    ("day_before_leap_birthday", "years(from it.leap to date '2025-02-27')", 0),
    ("month_end", "months(from date '2025-01-31' to date '2025-02-28')", 1),
    ("before_birth", "age(months at it.birth_date - 1 day)", -1),
    ("weeks", "weeks(from date '2025-01-01' to date '2025-01-14')", 1),
    ("age", "age()", 65),
    ("age_in_months", "age(months at date '1960-04-28')", 1),
    # rule 3: windows
    ("within_leaves_out_the_far_end", "count(bp within 3 months)", 2),
    ("within_of", "count(bp within 1 day of date '2025-08-22')", 1),
    ("during_is_closed", "count(stays during period)", 1),
    ("quarter", "count(bp during quarter)", 1),
    ("since_includes", "count(bp since date '2025-08-22')", 2),
    ("before_excludes", "count(bp before date '2025-08-22')", 2),
    ("windows_combine", "count(bp since date '2025-08-22' before today)", 1),
    ("null_bound_selects_nothing", "count(bp since it.leap - 1 day) + count(bp since case when unknown then today end)", 4),
    ("active_on_the_last_day", "count(stays active at date '2025-06-30')", 1),
    ("active_the_day_after", "last(stays.ward active at date '2025-07-01')", "b"),
    ("open_end", "exists(stays where ward = 'b' active at today)", True),
    ("active_during", "count(stays active during period)", 1),
    # rule 5 and 6: order, nulls, nothing
    ("last_takes_the_greater_id_of_a_day", "last(bp.systolic before date '2025-08-22')", 150),
    ("first_takes_the_smaller_id", "first(bp.systolic)", 140),
    ("last_passes_over_null", "last(bp.systolic before today)", 150),
    ("count_of_a_column", "count(bp.systolic)", 3),
    ("days_counted_once", "count(distinct bp.on)", 3),
    ("exists_is_never_null", "exists(bp where systolic > 500)", False),
    ("sum_of_nothing", "sum(bp.systolic where systolic > 500)", 0),
    ("max_of_nothing", "max(bp.systolic where systolic > 500)", None),
    # rule 7: names in where, age at the event
    ("this_in_where", "count(visits where systolic < this.x)", 2),
    ("age_at_the_event", "count(bp where age() = 65)", 4),
    ("age_by_the_rows_own_birth_date", "count(stays where age() = 24)", 1),
    # rule 8: the own form strictly before the row, the previous row
    ("own_form_before_this_row", "max(visits.systolic)", 2),
    ("previous", "prev.x", 6),
    # rule 9: three-valued logic
    ("null_or_true", "none > 3 or x = 7", True),
    ("null_and_true", "none > 3 and x = 7", None),
    ("not_null", "not (none > 3)", None),
    ("not_a_null_is_null", "(not unknown) is null", True),
    ("when_needs_true", "case when none > 3 then 1 else 2 end", 2),
    ("division_by_zero", "x / (x - 7)", None),
    ("least_with_null", "least(x, none)", None),
    ("half_away_from_zero", "round(0.5) + round(-2.5) * 10", -29),
    ("round_to_digits", "round(x / 3, 2)", 2.33),
    ("ln_out_of_domain", "ln(0)", None),
    ("power_out_of_domain", "power(0 - 8, 0.5)", None),
    ("in_needs_a_value", "not (case when unknown then it.code end in 'empty')", None),
    # rule 10: multi-choice
    ("has_any", "many has any ('b', 'bb')", True),
    ("has_all", "many has all ('a', 'b')", False),
    ("nothing_ticked", "first(visits.symptoms) is empty", True),
    ("not_asked", "last(visits.symptoms where symptoms is null) is empty", None),
    # value sets with prefixes
    ("prefix", "it.code in 'heart'", True),
    ("prefix_itself", "'I2' in 'heart'", True),
    ("longer_than_exact", "'I10.1' in 'heart'", False),
    # rule 15: enrolled
    ("any_overlap", "enrolled('tb' active during period)", True),
    ("stock", "enrolled('tb' active at period.end)", False),
    ("newly", "enrolled('tb' during period)", False),
    # hours need a time
    ("hours", "hours(from first(bp.taken_at) to last(bp.taken_at))", -2),
    ("the day of a moment", "date_of(first(bp.taken_at)) = date '2025-08-21'", True),
    ("the day of no moment", "date_of(last(bp.taken_at where systolic > 500))", None),
    ("minutes", "minutes(from last(bp.taken_at) to first(bp.taken_at))", 119),
    ("two_hours_later", "last(bp.taken_at) + 2 hours >= first(bp.taken_at)", True),
]
ARROW = {
    Type.NUMBER: pa.float64(),
    Type.TEXT: pa.string(),
    Type.BOOLEAN: pa.bool_(),
    Type.DATE: pa.date32(),
    Type.DATETIME: pa.timestamp("us"),
    Type.LIST: pa.list_(pa.string()),
}


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_python_and_slow_evaluator_follow_the_rule(text: str, expected: Any) -> None:
    typed = check(text, SCHEMA)
    assert evaluate(typed, SUBJECT) == expected
    assert compile_python({"it": typed})(SUBJECT) == {"it": expected}


def test_duckdb_follows_every_rule() -> None:
    connection = ibis.duckdb.connect()
    tables = {}
    for table in SCHEMA.tables.values():
        schema = pa.schema([("pid", pa.string()), *((name, ARROW[kind]) for name, kind in table.all_columns.items())])
        rows = pa.Table.from_pylist([{"pid": "p", **row} for row in SUBJECT.tables[table.name]], schema)
        connection.con.register(table.name, rows)
        tables[table.name] = connection.table(table.name)
    spine = {"pid": "p", "row_id": SUBJECT.row_id, **SUBJECT.fields, "prev.x": 6.0, **{f"this.{k}": v for k, v in SUBJECT.form.items()}}
    types = [("pid", pa.string()), ("row_id", pa.string()), ("prev.x", pa.float64())]
    types += [(name, ARROW[kind]) for name, kind in SCHEMA.subject.items()]
    types += [(f"this.{name}", ARROW[kind]) for name, kind in SCHEMA.fields.items()]
    connection.con.register("spine", pa.Table.from_pylist([spine], pa.schema(types)))
    expressions = {name: check(text, SCHEMA) for name, text, _ in CASES}
    result = population(expressions, tables, connection.table("spine"), today=TODAY, period=SUBJECT.period)
    [found] = connection.to_pyarrow(result).to_pylist()
    assert {name: found[name] for name, _, _ in CASES} == {name: expected for name, _, expected in CASES}


def test_expressions_use_one_another_in_any_order() -> None:
    schema = Schema(tables=SCHEMA.tables, fields={"last_high": Type.DATE, "since_then": Type.NUMBER, "often": Type.BOOLEAN})
    texts = {
        "often": "since_then >= 2",
        "since_then": "count(bp since last_high)",
        "last_high": "last(bp.on where systolic >= 150)",
    }
    values = compile_python({name: check(text, schema) for name, text in texts.items()})(SUBJECT)
    assert values == {"often": True, "since_then": 4, "last_high": date(2025, 8, 21)}


def test_expressions_in_a_circle_are_refused_by_name() -> None:
    schema = Schema(fields={"a": Type.NUMBER, "b": Type.NUMBER})
    with pytest.raises(UserError, match="a → b → a"):
        compile_python({"a": check("b + 1", schema), "b": check("a + 1", schema)})


def test_absent_columns_tables_period_and_previous_are_null() -> None:
    bare = Subject(fields={}, tables={"bp": [{"id": "1", "on": TODAY}]}, today=TODAY)
    texts = {"a": "last(bp.systolic)", "b": "count(stays)", "c": "count(bp during period)", "d": "prev.x", "e": "age()"}
    program = compile_python({name: check(text, SCHEMA) for name, text in texts.items()})
    assert program(bare) == {"a": None, "b": 0, "c": 0, "d": None, "e": None}


def test_quotes_in_texts_stay_data() -> None:
    typed = check("x = 1 and 'it''s \\' = 'it''s \\'", SCHEMA)
    assert compile_python({"it's": typed})(Subject({}, {}, TODAY, form={"x": 1})) == {"it's": True}


def test_population_of_visits_keeps_rows_apart() -> None:
    connection = ibis.duckdb.connect()
    connection.raw_sql("create table bp as from (values ('p', 'b1', date '2025-01-01', 130)) t(pid, id, \"on\", systolic)")
    connection.raw_sql(
        "create table visits as from (values ('p', 1, date '2024-12-31', 'x'), ('p', 2, date '2025-01-01', 'y'),"
        " ('q', 3, date '2025-01-01', 'z')) t(pid, visit, today, township)"
    )
    expressions = {"n": check("count(bp where systolic > 100)", SCHEMA)}
    tables = {"bp": connection.table("bp")}
    result = population(expressions, tables, connection.table("visits"), row="visit", keep=["township"])
    rows = sorted(connection.to_pyarrow(result).to_pylist(), key=lambda row: row["visit"])
    assert [(row["pid"], row["visit"], row["township"], row["n"]) for row in rows] == [("p", 1, "x", 0), ("p", 2, "y", 1), ("q", 3, "z", 0)]


def test_population_says_which_column_or_table_is_missing() -> None:
    connection = ibis.duckdb.connect()
    connection.raw_sql("create table people as select 1 as pid")
    people = connection.table("people")
    with pytest.raises(UserError, match="birth_date"):
        population({"a": check("age()", SCHEMA)}, {}, people, today=TODAY)
    with pytest.raises(UserError, match="bp"):
        population({"a": check("count(bp)", SCHEMA)}, {}, people, today=TODAY)
    with pytest.raises(UserError, match="today"):
        population({"a": check("1", SCHEMA)}, {}, people)
