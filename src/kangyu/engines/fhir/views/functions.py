"""FHIRPath functions in SQL: name, base value, arguments as trees, the outer focus and the scope in; a value out."""

from collections.abc import Callable
from dataclasses import replace

from kangyu.engines.fhir.fhirpath import Binary, Literal, Member, Node, PathError
from kangyu.engines.fhir.views import boundaries
from kangyu.engines.fhir.views.columns import date_sql
from kangyu.engines.fhir.views.expressions import Scope, compile_node, condition, of_type, step
from kangyu.engines.fhir.views.values import Many, One, Value, exists, item_of, kind_of, native, quoted, scalar, truth

# How many items of a list are tried in place before the list is gone through.
LEADING = 2

Arguments = tuple[Node, ...]
Function = Callable[[Value, Arguments, One, Scope], Value]


def _arity(name: str, arguments: Arguments, least: int, most: int) -> None:
    if not least <= len(arguments) <= most:
        raise PathError(f"FHIRPath 函数 {name}() 的参数个数不对。应有 {least}{'' if least == most else f'–{most}'} 个。")


def _type_name(name: str, arguments: Arguments) -> str:
    _arity(name, arguments, 1, 1)
    node = arguments[0]
    if isinstance(node, Member) and (node.base is None or isinstance(node.base, Member)):
        return node.name
    raise PathError(f"FHIRPath 函数 {name}() 的参数应为类型名。请写成 {name}(Quantity) 的形式。")


def _where(base: Value, arguments: Arguments, focus: One, scope: Scope) -> Value:
    _arity("where", arguments, 1, 1)
    if isinstance(base, One):
        return replace(base, sql=f"CASE WHEN {condition(arguments[0], base, scope)} THEN {base.sql} END", choice=())
    keyed = _keyed(base, arguments[0], scope)
    if keyed:
        return keyed
    some = base.where(condition(arguments[0], base.item, scope))
    return replace(some, heads=_heads(base, lambda item: condition(arguments[0], item, scope)))


def _heads(base: Many, criterion: Callable[[One], str]) -> tuple[One, ...]:
    """The leading items of a plain list, where they meet a criterion."""
    items = [One(f"{base.array}->{at}", base.item.type) for at in range(LEADING)] if base.array else []
    return tuple(One(f"(CASE WHEN {criterion(item)} THEN {item.sql} END)", item.type) for item in items)


def _keyed(base: Many, criterion: Node, scope: Scope) -> One | None:
    """``item.where(linkId = 'x')`` where the view says that link ids are unique: a look-up instead of a search."""
    match criterion:
        case Binary("=", Member(None, key), Literal(value, "string")) if base.array.startswith(scope.root.sql):
            name = base.array.rpartition("->'")[2].rstrip("'")
            if f"{name}.{key}" in scope.unique and base.array == f"{scope.root.sql}->{quoted(name)}":
                return One(scope.keyed(base.array, key, str(value)), base.item.type)
    return None


def _first(base: Value, arguments: Arguments, focus: One, scope: Scope) -> Value:
    _arity("first", arguments, 0, 0)
    if isinstance(base, One):
        return base
    if base.array:
        return One(f"{base.array}->0", base.item.type)
    rows = f"(SELECT {base.item.sql} {base.rows} LIMIT 1)"
    if base.heads:
        return One(f"coalesce({', '.join(head.sql for head in base.heads)}, {rows})", base.item.type)
    return One(rows, base.item.type, base.item.native)


def _exists(base: Value, arguments: Arguments, focus: One, scope: Scope) -> Value:
    _arity("exists", arguments, 0, 1)
    return truth(exists(_where(base, arguments, focus, scope) if arguments else base))


def _empty(base: Value, arguments: Arguments, focus: One, scope: Scope) -> Value:
    _arity("empty", arguments, 0, 0)
    return truth(f"(NOT {exists(base)})")


def _all(base: Value, arguments: Arguments, focus: One, scope: Scope) -> Value:
    _arity("all", arguments, 1, 1)
    failing = f"({condition(arguments[0], item_of(base), scope)}) IS NOT TRUE"
    if isinstance(base, Many):
        return truth(f"(NOT {exists(base.where(failing))})")
    return truth(f"({base.sql} IS NULL OR NOT ({failing}))")


def _not(base: Value, arguments: Arguments, focus: One, scope: Scope) -> Value:
    _arity("not", arguments, 0, 0)
    if kind_of(item_of(base)) not in ("boolean", ""):
        raise PathError("FHIRPath 中 not() 只能用于是或否。请写成比较或 exists()。")
    return truth(f"(NOT {scalar(base, 'boolean')})")


def _count(base: Value, arguments: Arguments, focus: One, scope: Scope) -> Value:
    _arity("count", arguments, 0, 0)
    sql = f"(SELECT count(*) {base.rows})" if isinstance(base, Many) else f"num_nonnulls({base.sql})"
    return native(sql, "numeric", "integer")


def _join(base: Value, arguments: Arguments, focus: One, scope: Scope) -> Value:
    _arity("join", arguments, 0, 1)
    separator = scalar(compile_node(arguments[0], focus, scope), "text") if arguments else "''"
    if isinstance(base, One):
        return native(f"coalesce({scalar(base, 'text')}, '')", "text", "string")
    return native(f"(SELECT coalesce(string_agg({scalar(base.item, 'text')}, {separator}), '') {base.rows})", "text", "string")


def _of_type(base: Value, arguments: Arguments, focus: One, scope: Scope) -> Value:
    return of_type(base, _type_name("ofType", arguments))


def _extension(base: Value, arguments: Arguments, focus: One, scope: Scope) -> Value:
    _arity("extension", arguments, 1, 1)
    url = scalar(compile_node(arguments[0], focus, scope), "text")
    extensions = step(base, "extension", scope)
    if isinstance(extensions, One):
        return extensions
    some = extensions.where(f"{extensions.item.sql}->>'url' = {url}")
    return replace(some, heads=_heads(extensions, lambda item: f"{item.sql}->>'url' = {url}"))


def _resource_key(base: Value, arguments: Arguments, focus: One, scope: Scope) -> Value:
    _arity("getResourceKey", arguments, 0, 0)
    return native(scalar(step(base, "id", scope), "text"), "text", "string")


def _reference_key(base: Value, arguments: Arguments, focus: One, scope: Scope) -> Value:
    wanted = _type_name("getReferenceKey", arguments) if arguments else ""
    reference = step(base, "reference", scope)
    text = scalar(item_of(reference), "text")
    ending = r"/([^/]+)(?:/_history/[^/]+)?$"
    if wanted:
        # The plain relative reference is all but universal and needs no regular expression.
        plain = f"starts_with({text}, {quoted(wanted + '/')})"
        key = f"CASE WHEN {plain} THEN split_part({text}, '/', 2) ELSE substring({text} FROM {quoted('/' + wanted + ending)}) END"
    else:
        absolute = f"substring({text} FROM {quoted(ending)})"
        key = f"CASE WHEN strpos({text}, ':/') > 0 THEN {absolute} ELSE nullif(split_part({text}, '/', 2), '') END"
    one = native(key, "text", "string")
    return Many(reference.sources, one, reference.conditions) if isinstance(reference, Many) else one


def _text_test(name: str, form: str) -> Function:
    def function(base: Value, arguments: Arguments, focus: One, scope: Scope) -> Value:
        _arity(name, arguments, 1, 1)
        other = scalar(compile_node(arguments[0], focus, scope), "text")
        return truth(form.format(a=scalar(base, "text"), b=other))

    return function


def _text_change(name: str, form: str, kind: str, fhir_type: str) -> Function:
    def function(base: Value, arguments: Arguments, focus: One, scope: Scope) -> Value:
        _arity(name, arguments, 0, 0)
        one = native(form.format(a=scalar(item_of(base), "text")), kind, fhir_type)
        return Many(base.sources, one, base.conditions) if isinstance(base, Many) else one

    return function


def _boundary(high: bool) -> Function:
    def function(base: Value, arguments: Arguments, focus: One, scope: Scope) -> Value:
        _arity("highBoundary" if high else "lowBoundary", arguments, 0, 0)
        one = item_of(base)
        text = scalar(base, "text")
        kind = "decimal" if kind_of(one) == "numeric" else one.type
        return native(boundaries.boundary(text, kind, high), "numeric" if kind == "decimal" else "text", kind)

    return function


def _iif(base: Value, arguments: Arguments, focus: One, scope: Scope) -> Value:
    _arity("iif", arguments, 2, 3)
    values = [compile_node(node, focus, scope) for node in arguments[1:]]
    kind, fhir_type = _common(values)
    otherwise = f" ELSE {scalar(values[1], kind)}" if len(values) > 1 else ""
    return One(f"CASE WHEN {condition(arguments[0], focus, scope)} THEN {scalar(values[0], kind)}{otherwise} END", fhir_type, _native(kind))


def _coalesce(base: Value, arguments: Arguments, focus: One, scope: Scope) -> Value:
    """The first argument that is not empty (FHIRPath 3)."""
    _arity("coalesce", arguments, 2, 20)
    values = [compile_node(node, focus, scope) for node in arguments]
    kind, fhir_type = _common(values)
    return One(f"coalesce({', '.join(scalar(value, kind) for value in values)})", fhir_type, _native(kind))


def _common(values: list[Value]) -> tuple[str, str]:
    """The SQL kind and the FHIR type that alternatives share; values of unlike kinds stay JSON."""
    known = [item_of(value) for value in values if item_of(value).sql != "NULL::jsonb"]
    kinds, types = {kind_of(one) for one in known}, {one.type for one in known}
    kind = kinds.pop() if len(kinds) == 1 else ""
    defaults = {"numeric": "decimal", "text": "string", "boolean": "boolean"}
    return kind or "jsonb", types.pop() if len(types) == 1 else defaults.get(kind, "")


def _native(kind: str) -> str:
    return "" if kind == "jsonb" else kind


def _substring(base: Value, arguments: Arguments, focus: One, scope: Scope) -> Value:
    _arity("substring", arguments, 1, 2)
    text = scalar(base, "text")
    start, *length = (f"({scalar(compile_node(node, focus, scope), 'numeric')})::int" for node in arguments)
    part = f"substr({text}, {start} + 1{f', {length[0]}' if length else ''})"
    return native(f"CASE WHEN {start} >= 0 AND {start} < length({text}) THEN {part} END", "text", "string")


def _days_to(base: Value, arguments: Arguments, focus: One, scope: Scope) -> Value:
    """Our own: whole days from this date to another, by their days alone."""
    _arity("daysTo", arguments, 1, 1)
    end = date_sql(scalar(compile_node(arguments[0], focus, scope), "text"))
    return native(f"({end} - {date_sql(scalar(base, 'text'))})", "numeric", "integer")


def _same(base: Value, arguments: Arguments, focus: One, scope: Scope) -> Value:
    return base


FUNCTIONS: dict[str, Function] = {
    "all": _all,
    "coalesce": _coalesce,
    "contains": _text_test("contains", "(strpos({a}, {b}) > 0)"),
    "count": _count,
    "daysTo": _days_to,
    "empty": _empty,
    "endsWith": _text_test("endsWith", "(right({a}, length({b})) = {b})"),
    "exists": _exists,
    "extension": _extension,
    "first": _first,
    "getReferenceKey": _reference_key,
    "getResourceKey": _resource_key,
    "highBoundary": _boundary(True),
    "iif": _iif,
    "join": _join,
    "length": _text_change("length", "length({a})", "numeric", "integer"),
    "lowBoundary": _boundary(False),
    "lower": _text_change("lower", "lower({a})", "text", "string"),
    "not": _not,
    "ofType": _of_type,
    "single": _same,
    "startsWith": _text_test("startsWith", "starts_with({a}, {b})"),
    "substring": _substring,
    "toString": _text_change("toString", "{a}", "text", "string"),
    "upper": _text_change("upper", "upper({a})", "text", "string"),
    "where": _where,
}
