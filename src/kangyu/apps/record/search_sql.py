"""A parsed search as SQL over the ``resource`` table: short named steps, keyset paging, and the planner's traps avoided.

A selective token with ORDER BY and LIMIT must be materialised first (952 ms → 0.18 ms at a million rows).
"""

from kangyu.engines.fhir import Condition, SearchQuery
from kangyu.engines.fhir.search import more_codes

Scope = tuple[str, list] | tuple[str, list, bool] | None
"""A condition on ``person`` with its parameters; the third says that what is about no person is left out too."""
COLUMNS = "rtype, id, vid, pid, updated, body::text"
SORT_COLUMNS = {"_lastUpdated": ("updated", "timestamptz"), "date": ("coalesce(d_lo, date '0001-01-01')", "date")}
SELECTIVE = frozenset({"id", "person", "token", "reference", "text"})

# FHIR's prefixes on ranges: the stored range [lo, hi] against the first and last day of the value.
_RANGE = {
    "eq": ("{lo} >= %s AND {hi} <= %s", "first last"),
    "ne": ("NOT ({lo} >= %s AND {hi} <= %s)", "first last"),
    "gt": ("{hi} > %s", "last"),
    "lt": ("{lo} < %s", "first"),
    "ge": ("{hi} >= %s", "first"),
    "le": ("{lo} <= %s", "last"),
    "sa": ("{lo} > %s", "last"),
    "eb": ("{hi} < %s", "first"),
}


def _dates(condition: Condition, lo: str, hi: str) -> tuple[str, list]:
    parts, parameters = [], []
    for prefix, first, last in condition.values:
        text, wanted = _RANGE[prefix]
        parts.append(f"({text.format(lo=lo, hi=hi)})")
        parameters += [{"first": first, "last": last}[name] for name in wanted.split()]
    return f"({' OR '.join(parts)})", parameters


def _main_code(condition: Condition) -> tuple[str, list]:
    """The column has an index by code and true statistics; the tokens tell the code system, and the few with several codes.

    No part is common to both sides: PostgreSQL would take it out and go by the tokens alone.
    """
    values, more = list(condition.values), more_codes(condition.parameter)
    several = " OR ".join("tokens @> %s" for _ in values)
    bare = all(value.count("|") == 1 for value in values)
    first, parameters = ("code = ANY(%s)", [list(condition.codes)]) if bare else (
        "(code = ANY(%s) AND tokens && %s)", [list(condition.codes), values]
    )  # fmt: skip
    return f"({first} OR {several})", [*parameters, *([more, value] for value in values)]


def _where(condition: Condition) -> tuple[str, list]:
    """One condition as SQL."""
    values = list(condition.values)
    if condition.kind == "id":
        return "id = ANY(%s)", [values]
    if condition.kind == "updated":
        return _dates(condition, "updated::date", "updated::date")
    if condition.kind == "date":
        text, parameters = _dates(condition, "coalesce(d_lo, date '0001-01-01')", "coalesce(d_hi, date '9999-12-31')")
        return f"(d_lo IS NOT NULL OR d_hi IS NOT NULL) AND {text}", parameters
    if condition.kind == "person":
        named = [f"Patient/{one}" for one in values]
        people = "pid IN (SELECT p.pid FROM resource p WHERE p.rtype = 'Patient' AND p.id = ANY(%s))"
        return f"{people} AND body #>> %s = ANY(%s)", [values, [condition.parameter, "reference"], named]
    if condition.codes:
        return _main_code(condition)
    overlap = "tokens @> %s" if condition.kind == "text" else "tokens && %s"
    return f"NOT ({overlap})" if condition.negated else overlap, [values]


def _selection(query: SearchQuery, scope: Scope) -> tuple[str, list]:
    parts, parameters = ["rtype = %s"], [query.resource_type]
    for condition in query.conditions:
        text, values = _where(condition)
        parts.append(text)
        parameters += values
    if scope:
        anybodys = "" if len(scope) == 3 and scope[2] else "pid IS NULL OR "
        parts.append(f"({anybodys}EXISTS (SELECT FROM person WHERE person.pid = resource.pid AND ({scope[0]})))")
        parameters += scope[1]
    return " AND ".join(parts), parameters


def page(query: SearchQuery, scope: Scope) -> tuple[str, list]:
    """The rows of one page and one more; each row ends with the sort value that a cursor continues from."""
    where, parameters = _selection(query, scope)
    column, sql_type = SORT_COLUMNS[query.sort.removeprefix("-")]
    down = query.sort.startswith("-")
    after = ""
    if query.after:
        after = f"WHERE (sort, id) {'<' if down else '>'} (%s::{sql_type}, %s)"
        parameters += query.after
    direction = "DESC" if down else "ASC"
    selective = any(one.kind in SELECTIVE and not one.negated for one in query.conditions)
    materialised = "MATERIALIZED" if selective else "NOT MATERIALIZED"
    sql = (
        f"WITH matching AS {materialised} (SELECT resource.*, {column} AS sort FROM resource WHERE {where}) "
        f"SELECT {COLUMNS}, sort::text FROM matching {after} ORDER BY sort {direction}, id {direction} LIMIT {query.count + 1}"
    )
    return sql, parameters


def count(query: SearchQuery, scope: Scope) -> tuple[str, list]:
    """How many rows match."""
    where, parameters = _selection(query, scope)
    return f"SELECT count(*) FROM resource WHERE {where}", parameters
