"""FHIRPath operators in SQL. Three-valued logic is the same in both: SQL's NULL is FHIRPath's empty."""

from kangyu.engines.fhir.fhirpath import PathError
from kangyu.engines.fhir.views.values import DATES, Many, One, Value, item_of, kind_of, native, scalar, truth

_LOGIC = {"and": "AND", "or": "OR"}
_ORDER = ("<", ">", "<=", ">=")


def apply(operator: str, left: Value, right: Value) -> One:
    """The value of ``left operator right``."""
    if operator in ("and", "or", "xor", "implies"):
        return _logic(operator, left, right)
    if operator in ("=", "!="):
        return _equality(operator, left, right)
    if operator in _ORDER:
        return _inequality(operator, left, right)
    if operator == "&":
        return native(f"(coalesce({scalar(left, 'text')}, '') || coalesce({scalar(right, 'text')}, ''))", "text", "string")
    if operator in ("+", "-", "*", "/", "div", "mod"):
        return _arithmetic(operator, left, right)
    raise PathError(f"视图不支持 FHIRPath 运算符 {operator}。请改用 = != < > <= >= and or 或四则运算。")


def _logic(operator: str, left: Value, right: Value) -> One:
    for side in (left, right):
        if kind_of(item_of(side)) not in ("boolean", ""):
            raise PathError(f"FHIRPath 中 {operator} 的两边都应为是或否。请写成比较或 exists()。")
    a, b = scalar(left, "boolean"), scalar(right, "boolean")
    if operator == "xor":
        return truth(f"({a} <> {b})")
    if operator == "implies":
        return truth(f"(NOT {a} OR {b})")
    return truth(f"({a} {_LOGIC[operator]} {b})")


def _common_kind(left: Value, right: Value) -> str:
    """How two values are compared: as the kind one of them is known to be."""
    a, b = kind_of(item_of(left)), kind_of(item_of(right))
    if a and b and a != b:
        return "jsonb"
    return a or b or "jsonb"


def _guarded(value: One, kind: str) -> str:
    """A value of unknown type counts as a number or a truth only where it is one."""
    wanted = {"numeric": "number", "boolean": "boolean"}.get(kind)
    if wanted is None or kind_of(value):
        return scalar(value, kind)
    return f"CASE WHEN jsonb_typeof({value.sql}) = '{wanted}' THEN {scalar(value, kind)} END"


def _equality(operator: str, left: Value, right: Value) -> One:
    kind = _common_kind(left, right)
    if isinstance(right, Many) and not isinstance(left, Many):
        left, right = right, left
    sign = "=" if operator == "=" else "<>"
    if isinstance(left, Many) and isinstance(right, Many):
        a, b = (f"(SELECT jsonb_agg({side.item.sql}) {side.rows})" for side in (left, right))
        return truth(f"({a} {sign} {b})")
    if isinstance(left, Many):
        other = "false" if operator == "=" else "true"
        same = f"bool_and({_guarded(left.item, kind)} {sign} {scalar(right, kind)})"
        return truth(f"(SELECT CASE count(*) WHEN 0 THEN NULL WHEN 1 THEN {same} ELSE {other} END {left.rows})")
    if isinstance(right, One):
        a, b = _guarded(left, kind), _guarded(right, kind)
        return truth(_to_common_precision(a, b, f"{a} {sign} {b}") if {left.type, right.type} & DATES else f"({a} {sign} {b})")
    raise PathError("FHIRPath 比较的两边无法比较。请核对表达式。")


def _inequality(operator: str, left: Value, right: Value) -> One:
    kind = _common_kind(left, right)
    if kind not in ("text", "numeric"):
        raise PathError(f"FHIRPath 中 {operator} 只能比较数字、日期或文本。请用 ofType 选定类型。")
    a, b = scalar(left, kind), scalar(right, kind)
    if kind == "numeric":
        return truth(f"({a} {operator} {b})")
    if {item_of(left).type, item_of(right).type} & DATES:
        return truth(_to_common_precision(a, b, f'{a} {operator} {b} COLLATE "C"'))
    return truth(f'({a} {operator} {b} COLLATE "C")')


def _to_common_precision(a: str, b: str, comparison: str) -> str:
    """Dates are compared to the precision both have: where they agree so far and one goes on, the answer is not known."""
    size = f"least(length({a}), length({b}))"
    undecided = f"length({a}) <> length({b}) AND left({a}, {size}) = left({b}, {size})"
    return f"CASE WHEN {undecided} THEN NULL ELSE {comparison} END"


def _arithmetic(operator: str, left: Value, right: Value) -> One:
    if operator == "+" and "text" in (kind_of(item_of(left)), kind_of(item_of(right))):
        return native(f"({scalar(left, 'text')} || {scalar(right, 'text')})", "text", "string")
    a, b = scalar(left, "numeric"), scalar(right, "numeric")
    whole = {item_of(left).type, item_of(right).type} <= {"integer"} and operator in ("+", "-", "*")
    forms = {"/": f"({a} / nullif({b}, 0))", "div": f"trunc({a} / nullif({b}, 0))", "mod": f"mod({a}, nullif({b}, 0))"}
    sql = forms.get(operator, f"({a} {operator} {b})")
    return native(sql, "numeric", "integer" if whole or operator == "div" else "decimal")
