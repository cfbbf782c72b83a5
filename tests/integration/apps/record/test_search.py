"""Searches by code: through the column and its index, and still by every code that a resource carries."""

import pytest
from django.db import connection

from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.record import queries, search_sql
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.engines.fhir import parse_search
from world import care

pytestmark = pytest.mark.django_db
MANY = """
INSERT INTO resource (rtype, id, vid, pid, org, code, d_lo, d_hi, updated, author, tokens, body)
SELECT 'Observation', 'o' || n, 1, NULL, NULL, 'c' || n % 50, date '2024-01-01' + n % 300, date '2024-01-01' + n % 300, now(), 'x',
       ARRAY['code|c' || n % 50, 'code|urn:s|c' || n % 50, 'status|final'], '{}' FROM generate_series(1, 20000) n
"""


def found(*asked: tuple[str, str]) -> set[str]:
    return {one.id for one in queries.search(parse_search("Observation", [*asked, ("_count", "1000")]), scope=None)}


def plan_of(*asked: tuple[str, str]) -> str:
    """The plan of counting what a search finds, in a record of 20,000 more observations."""
    sql, parameters = search_sql.count(parse_search("Observation", asked), None)
    with connection.cursor() as cursor:
        cursor.execute(MANY)
        cursor.execute("ANALYZE resource")
        cursor.execute(f"EXPLAIN {sql}", parameters)
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize("code", ["c7", "urn:s|c7", "c7,c8"])
def test_search_by_code_goes_through_the_index_of_the_column(code):
    assert "resource_code" in plan_of(("code", code))


@pytest.mark.parametrize("asked", [[("code:not", "c7")], [("status", "final")]])
def test_what_the_column_cannot_tell_does_not(asked):
    assert "resource_code" not in plan_of(*asked)


def test_search_finds_first_and_further_codes_and_keeps_to_the_system(qinghe):
    care.li_is_treated()
    local = {"resourceType": "Observation", "id": "local", "status": "final", "subject": {"reference": "Patient/li"},
             "effectiveDateTime": "2025-01-02", "valueString": "x",
             "code": {"coding": [{"system": "urn:local", "code": "BP"}, {"system": "http://loinc.org", "code": "85354-9"}]}}  # fmt: skip
    write([Draft("create", "Observation", "local", local)], by=SYSTEM)
    measured = {"li-v1-blood-pressure", "li-v2-blood-pressure", "li-v3-blood-pressure"}
    assert found(("code", "85354-9")) == found(("code", "http://loinc.org|85354-9")) == measured | {"local"}
    assert found(("code", "BP")) == found(("code", "urn:local|BP")) == {"local"}
    assert found(("code", "urn:local|85354-9")) == found(("code", "http://loinc.org|BP")) == set()
    assert found(("code:not", "85354-9")) == set()


def test_resources_stored_before_are_marked_by_the_migration(qinghe):
    from importlib import import_module

    test_search_finds_first_and_further_codes_and_keeps_to_the_system(qinghe)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE resource SET tokens = array_remove(tokens, 'code:more')")
        cursor.execute("SELECT count(*) FROM resource WHERE 'code:more' = ANY(tokens)")
        assert cursor.fetchone()[0] == 0
    assert "local" not in found(("code", "85354-9"))
    migration = import_module("kangyu.apps.record.migrations.0003_several_codes")
    with connection.schema_editor() as editor:
        migration.mark(None, editor)
        migration.mark(None, editor)
    assert "local" in found(("code", "85354-9"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, cardinality(array_positions(tokens, 'code:more')) FROM resource WHERE 'code:more' = ANY(tokens)")
        assert cursor.fetchall() == [("local", 1)]
