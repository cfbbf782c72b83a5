"""The same expressions on a Spark cluster (two worker processes) give what the slow evaluator gives."""

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any

import pyarrow as pa
import pytest
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

from kangyu.engines.language import Subject, check
from kangyu.engines.language.oracle import evaluate_all
from kangyu.engines.language.population import population
from kangyu.gateways.warehouse import cluster

SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
SMALL = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.extraJavaOptions": SHORT_LIVED,
    "spark.executor.extraJavaOptions": SHORT_LIVED,
}
"""For a few rows: classes are not generated for each expression, code is compiled once, quickly."""
pytestmark = pytest.mark.skipif(bool(cluster.missing()), reason=f"Spark: {cluster.missing()}")


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    with cluster.connect(**SMALL) as connection:
        yield connection


def registered(connection: Any, name: str, rows: pa.Table) -> Any:
    connection._session.createDataFrame(rows).createOrReplaceTempView(name)
    return connection.table(name)


@pytest.mark.parametrize("seed", range(4))
def test_spark_agrees_with_the_slow_evaluator(spark: Any, seed: int) -> None:
    random = Random(seed)
    own_today = seed % 3 == 0
    expressions = checked(draw_texts(random, 10, 3) if seed % 2 else draw_records(random, 16))
    period, common = draw_period(random), random.choice(EDGE_DAYS)
    subjects = [World(random, random.choice(EDGE_DAYS) if own_today else common, period).subject() for _ in range(24)]
    tables = {name: registered(spark, name, event_rows(name, subjects)) for name in SCHEMA.tables}
    spine = registered(spark, "spine", spine_rows(subjects, own_today))
    result = population(expressions, tables, spine, today=None if own_today else common, period=period)
    found = sorted(spark.to_pyarrow(result).to_pylist(), key=lambda row: row["pid"])
    for subject, values in zip(subjects, found, strict=True):
        assert differences(evaluate_all(expressions, subject), values) == [], {name: one.text for name, one in expressions.items()}


def test_every_pair_of_awkward_dates_agrees_on_spark(spark: Any) -> None:
    expressions = {name: check(text, DATE_SCHEMA) for name, text in DATE_TEXTS.items()}
    rows = [{"pid": pid, "a": start, "b": end} for pid, (start, end) in enumerate(PAIRS)]
    schema = pa.schema([("pid", pa.int64()), ("a", pa.date32()), ("b", pa.date32())])
    spine = registered(spark, "pairs", pa.Table.from_pylist(rows, schema))
    result = population(expressions, {}, spine, today=date(2025, 1, 1))
    found = {row.pop("pid"): row for row in spark.to_pyarrow(result).to_pylist()}
    for pid, (start, end) in enumerate(PAIRS):
        assert found[pid] == evaluate_all(expressions, Subject({"a": start, "b": end}, {}, date(2025, 1, 1))), (start, end)
