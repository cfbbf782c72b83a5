"""A plain connection to the run's private PostgreSQL, and an empty table of resources that vanishes with it."""

import json
from decimal import Decimal

import psycopg
import pytest


@pytest.fixture(scope="module")
def connection(pytestconfig):
    address = getattr(pytestconfig, "kangyu_database", None) or pytestconfig.workerinput["database"]
    with psycopg.connect(address, autocommit=True) as one:
        yield one


class Resources:
    """The table that views are run on."""

    def __init__(self, connection):
        self._connection = connection
        connection.execute("DROP TABLE IF EXISTS resources")
        connection.execute("CREATE TEMP TABLE resources (rtype text, id text, pid bigint, body jsonb)")

    def hold(self, resources):
        self._connection.execute("TRUNCATE resources")
        rows = [(one["resourceType"], one.get("id"), json.dumps(one)) for one in resources]
        self._connection.cursor().executemany("INSERT INTO resources (rtype, id, body) VALUES (%s, %s, %s)", rows)

    def rows(self, sql):
        cursor = self._connection.execute(sql)
        names = [column.name for column in cursor.description]
        return [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in cursor.fetchall()]

    def columns(self, sql):
        return [column.name for column in self._connection.execute(sql).description]


def _plain(value):
    """JSON has one kind of number; SQL has several."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return float(value) if isinstance(value, Decimal) else value


@pytest.fixture
def resources(connection):
    return Resources(connection)
