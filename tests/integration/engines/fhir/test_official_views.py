"""The official SQL-on-FHIR v2 cases, run on PostgreSQL."""

import json
from pathlib import Path

import psycopg
import pytest

from kangyu.engines.fhir.views import compile_view
from kangyu.kernel.errors import UserError

CASES = Path(__file__).resolve().parents[4] / "../shared/data/sql-on-fhir"
# (file, title): why it is not supported. None at present.
NOT_SUPPORTED: dict[tuple[str, str], str] = {}

if not CASES.is_dir():
    pytest.skip("the official SQL-on-FHIR cases are not beside this checkout", allow_module_level=True)


def suites():
    for path in sorted(CASES.glob("*.json")):
        suite = json.loads(path.read_bytes())
        for case in suite["tests"] if "resources" in suite else ():
            yield pytest.param(suite["resources"], case, id=f"{path.stem}: {case['title']}")


def in_any_order(rows):
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def as_floats(value):
    if isinstance(value, dict):
        return {key: as_floats(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_floats(one) for one in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@pytest.mark.parametrize(("held", "case"), list(suites()))
def test_official_case_holds(resources, held, case, request):
    stem, _, title = request.node.callspec.id.partition(": ")
    if reason := NOT_SUPPORTED.get((stem, title)):
        pytest.skip(reason)
    resources.hold(held)
    if case.get("expectError"):
        with pytest.raises((UserError, psycopg.Error)):
            resources.rows(compile_view(case["view"], table="resources"))
        return
    sql = compile_view(case["view"], table="resources")
    rows = resources.rows(sql)
    if "expectCount" in case:
        assert len(rows) == case["expectCount"]
    else:
        assert in_any_order(as_floats(rows)) == in_any_order(as_floats(case["expect"]))
    if "expectColumns" in case:
        assert resources.columns(sql) == case["expectColumns"]
