"""SQL-on-FHIR v2 ViewDefinitions compiled to one PostgreSQL SELECT over a table with a jsonb column.

Lists become lateral joins, everything else plain ``->`` and ``->>``: no jsonpath, so that a million rows stream.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kangyu.engines.fhir.definitions import definitions
from kangyu.engines.fhir.fhirpath import PathError
from kangyu.engines.fhir.views.columns import column_sql, constant, identifier
from kangyu.engines.fhir.views.expressions import KeyedList, Scope, compile_path, condition
from kangyu.engines.fhir.views.values import Many, One, Value, quoted, scalar

UNIQUE_KEY = "urn:kangyu:ext:unique-item-key"


@dataclass
class Fragment:
    """Columns, and the joins they need in front of them."""

    columns: list[tuple[str, str]] = field(default_factory=list)
    joins: list[str] = field(default_factory=list)

    def add(self, other: "Fragment") -> None:
        self.columns += other.columns
        self.joins += other.joins


def compile_view(
    view: Mapping[str, Any], *, table: str = "resource", body: str = "body", rtype: str | None = "rtype", keys: Sequence[str] = ()
) -> str:
    """The SELECT of a view. Raises PathError, in Chinese, for a view that is wrong or uses what is not supported.

    ``keys`` are columns of ``table`` passed through before the view's own. ``rtype`` is the column that holds the resource type (None
    reads it from the body). ``table`` may be a subquery in parentheses. The text takes no parameters and holds no percent sign.
    """
    resource = view.get("resource")
    if not isinstance(resource, str) or resource not in definitions().resource_types:
        raise PathError("视图缺少 resource，或不是 R4 的资源类型。请写明从哪种资源取数，例如 Patient。")
    unique = _unique(view)
    root = One("d.body" if unique else f"r.{body}", resource)
    scope = Scope(dict(constant(one) for one in _list(view, "constant")), root, unique)
    fragment = Fragment()
    for select in _list(view, "select") or [{}]:
        fragment.add(_select(select, root, scope))
    if not fragment.columns:
        raise PathError("视图没有任何列。请在 select 中写 column。")
    conditions = [f"r.{rtype} = '{resource}'" if rtype else f"r.{body}->>'resourceType' = '{resource}'"]
    conditions += [f"({condition(_path(one), root, scope)})" for one in _list(view, "where")]
    columns = [f"r.{key}" for key in keys] + [f"{sql} AS {identifier(name)}" for name, sql in fragment.columns]
    _refuse_twins([*keys, *(name for name, _ in fragment.columns)])
    joins = _unpacked_join(f"r.{body}") if unique else ""
    joins += "".join(_keyed_join(array, key, listed) for (array, key), listed in scope.lists.items()) + "".join(fragment.joins)
    return f"SELECT {', '.join(columns)} FROM {table} r{joins} WHERE {' AND '.join(conditions)}"


def _list(holder: Mapping[str, Any], key: str) -> list[Any]:
    found = holder.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise PathError(f"视图的 {key} 应为列表，每项是一个对象。请核对结构。")
    return found


def _path(holder: Mapping[str, Any]) -> str:
    path = holder.get("path")
    if not isinstance(path, str):
        raise PathError("视图的列或条件缺少 path。请写一个 FHIRPath 路径。")
    return path


def _unique(view: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(one["valueString"] for one in view.get("extension", ()) if one.get("url") == UNIQUE_KEY)


def _unpacked_join(body: str) -> str:
    """The body unpacked once for all columns: long bodies, as those of forms, are stored compressed."""
    return f" CROSS JOIN LATERAL (SELECT {body} || '{{}}'::jsonb OFFSET 0) AS d(body)"


def _keyed_join(array: str, key: str, listed: KeyedList) -> str:
    """The wanted items of a list, each in a column. OFFSET 0 keeps the planner from repeating the look-up wherever it is used."""
    name = listed.name
    rows = f"SELECT array_agg(e.v->>{quoted(key)}), array_agg(e.v) FROM (SELECT jsonb_array_elements({array})) AS e(v)"
    items = ", ".join(f"a.v[array_position(a.n, {quoted(wanted)})] AS c{number}" for wanted, number in listed.wanted.items())
    return f" CROSS JOIN LATERAL (SELECT {items} FROM ({rows}) AS a(n, v) OFFSET 0) AS {name}"


def _refuse_twins(names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise PathError(f"视图的列名重复：{'、'.join(twice)}。请改名。")


def _select(select: Mapping[str, Any], focus: One, scope: Scope) -> Fragment:
    given = [key for key in ("forEach", "forEachOrNull", "repeat") if key in select]
    if len(given) > 1:
        raise PathError(f"视图的同一层不能同时有 {'、'.join(given)}。请分成嵌套的 select。")
    if not given:
        return _body(select, focus, scope)
    name = scope.name("f")
    rows, fhir_type = _rows(given[0], select[given[0]], focus, scope, numbered="%rowIndex" in json.dumps(select, default=str))
    inner = _body(select, One(f"{name}.v", fhir_type), scope.under(f"{name}.n"))
    if given[0] != "forEachOrNull":
        return Fragment(inner.columns, [f" CROSS JOIN LATERAL {rows} AS {name}(v, n)", *inner.joins])
    return _or_null(inner, f" LEFT JOIN LATERAL {rows} AS {name}(v, n) ON true", f"{name}.v", scope)


def _rows(kind: str, given: Any, focus: One, scope: Scope, *, numbered: bool) -> tuple[str, str]:
    """The rows ``(v, n)`` that a forEach or repeat goes through, and the FHIR type of their ``v``."""
    if kind == "repeat":
        return _repeated(given, focus, scope)
    value = compile_path(given, focus, scope)
    number = "row_number() OVER () - 1" if numbered else "0"
    if isinstance(value, Many):
        return f"(SELECT {scalar(value.item, 'jsonb')}, {number} {value.rows})", value.item.type
    one = scalar(value, "jsonb")
    return f"(SELECT o.v, 0 FROM (SELECT {one}) AS o(v) WHERE o.v IS NOT NULL)", value.type


def _repeated(paths: Any, focus: One, scope: Scope) -> tuple[str, str]:
    """Everything that the paths reach, again and again from what they reached."""
    if not isinstance(paths, list) or not paths:
        raise PathError("视图的 repeat 应为路径列表。请写成 [item] 的形式。")
    first = _reached(paths, focus, scope)
    fhir_type = next((value.item.type if isinstance(value, Many) else value.type for value in first), focus.type)
    name = scope.name("t")
    further = _reached(paths, One(f"{name}.v", fhir_type), scope)
    if not first or not further:
        raise PathError("视图的 repeat 路径走不通。请核对路径。")
    start, again = (" UNION ALL ".join(_as_rows(value) for value in values) for values in (first, further))
    rows = f"SELECT s.v FROM ({start}) AS s(v) UNION ALL SELECT s.v FROM {name}, LATERAL ({again}) AS s(v)"
    return f"(WITH RECURSIVE {name}(v) AS ({rows}) SELECT {name}.v, row_number() OVER () - 1 FROM {name})", fhir_type


def _reached(paths: list[str], focus: One, scope: Scope) -> list[Value]:
    """The values of those paths that exist here: ``answer.item`` does not at the top of a response, but does below."""
    found: list[Value] = []
    for path in paths:
        try:
            found.append(compile_path(path, focus, scope))
        except PathError:
            continue
    return found


def _as_rows(value: Value) -> str:
    if isinstance(value, Many):
        return f"SELECT {scalar(value.item, 'jsonb')} {value.rows}"
    one = scalar(value, "jsonb")
    return f"SELECT {one} WHERE {one} IS NOT NULL"


def _or_null(inner: Fragment, join: str, item: str, scope: Scope) -> Fragment:
    """One row of nulls where there was no item, whatever the columns say of nothing."""
    if not inner.joins:
        return Fragment([(name, f"CASE WHEN {item} IS NOT NULL THEN {sql} END") for name, sql in inner.columns], [join])
    name = scope.name("s")
    names = ", ".join(identifier(column) for column, _ in inner.columns)
    some = f"SELECT {', '.join(sql for _, sql in inner.columns)} FROM (SELECT) AS o{''.join(inner.joins)} WHERE {item} IS NOT NULL"
    none = f"SELECT {', '.join('NULL' for _ in inner.columns)} WHERE {item} IS NULL"
    joined = f" CROSS JOIN LATERAL ({some} UNION ALL {none}) AS {name}({names})"
    return Fragment([(column, f"{name}.{identifier(column)}") for column, _ in inner.columns], [join, joined])


def _body(select: Mapping[str, Any], focus: One, scope: Scope) -> Fragment:
    """The columns, nested selects and union of one select, in the order the specification gives their columns."""
    fragment = Fragment()
    for column in _list(select, "column"):
        name = column.get("name")
        identifier(name)
        try:
            fragment.columns.append((str(name), column_sql(compile_path(_path(column), focus, scope), column)))
        except PathError as error:
            raise PathError(f"视图的列 {name}：{error}") from None
    for nested in _list(select, "select"):
        fragment.add(_select(nested, focus, scope))
    if branches := _list(select, "unionAll"):
        fragment.add(_union(branches, focus, scope))
    return fragment


def _union(branches: list[Mapping[str, Any]], focus: One, scope: Scope) -> Fragment:
    parts = [_select(branch, focus, scope) for branch in branches]
    names = [name for name, _ in parts[0].columns]
    if any([name for name, _ in part.columns] != names for part in parts):
        raise PathError("视图 unionAll 各分支的列应相同且顺序一致。请对齐列名。")
    selects = [f"SELECT {', '.join(sql for _, sql in part.columns)} FROM (SELECT) AS o{''.join(part.joins)}" for part in parts]
    name = scope.name("u")
    columns = ", ".join(identifier(column) for column in names)
    return Fragment(
        [(column, f"{name}.{identifier(column)}") for column in names],
        [f" CROSS JOIN LATERAL ({' UNION ALL '.join(selects)}) AS {name}({columns})"],
    )
