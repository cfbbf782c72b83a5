"""A column of a view: its path as SQL of the type a table wants."""

import re
from collections.abc import Mapping
from typing import Any

from kangyu.engines.fhir.fhirpath import PathError
from kangyu.engines.fhir.views.values import DATES, NUMBERS, WHOLE_NUMBERS, Many, One, Value, item_of, kind_of, quoted, scalar

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}").fullmatch
LOCAL = "Asia/Shanghai"
"""Whose wall clock a column with a time shows, as dates do."""
_FHIR_TYPE = "http://hl7.org/fhirpath/System."
# What the tag ansi/type may ask for, and how FHIR text gets there.
_CASTS = {
    "BOOLEAN": "boolean", "INTEGER": "integer", "BIGINT": "bigint", "DECIMAL": "numeric", "NUMERIC": "numeric", "REAL": "real",
    "DOUBLE PRECISION": "double precision", "VARCHAR": "text", "CHARACTER VARYING": "text", "TEXT": "text",
}  # fmt: skip


def identifier(name: Any) -> str:
    """A column name, quoted. Raises PathError for what is not a plain name."""
    if not isinstance(name, str) or not _NAME(name):
        raise PathError(f"视图的列名 {str(name)[:64]} 不合规。列名应以字母开头，只含字母、数字和下划线。")
    return f'"{name}"'


def column_sql(value: Value, column: Mapping[str, Any]) -> str:
    """SQL of a column: ``collection`` columns are arrays, others hold one value and fail on more when the statement runs."""
    one = item_of(value)
    declared = str(column.get("type", "")).removeprefix(_FHIR_TYPE)
    fhir_type = one.type or (declared[:1].lower() + declared[1:])
    if column.get("collection"):
        return _list_sql(value, fhir_type)
    asked = next((tag.get("value", "") for tag in column.get("tag", ()) if tag.get("name") == "ansi/type"), "").upper()
    if asked == "DATE":
        return date_sql(scalar(value, "text"))
    if asked == "TIMESTAMP":
        return f"(({scalar(value, 'text')})::timestamptz AT TIME ZONE '{LOCAL}')"
    if asked:
        if asked not in _CASTS:
            raise PathError(f"视图不支持列类型 {asked[:40]}。可用：DATE、TIMESTAMP、{'、'.join(_CASTS)}。")
        return _cast(value, _CASTS[asked])
    kind = kind_of(one) if one.type or one.native else kind_of(One("", fhir_type))
    if kind == "numeric" and fhir_type in WHOLE_NUMBERS:
        return _cast(value, "integer")
    return scalar(value, kind or "jsonb")


def _cast(value: Value, sql_type: str) -> str:
    one = item_of(value)
    if one.native and isinstance(value, One):
        return f"({one.sql})::{sql_type}"
    return scalar(value, "text") if sql_type == "text" else f"({scalar(value, 'text')})::{sql_type}"


def date_sql(text: str) -> str:
    """The day of a FHIR date or instant; the first day of a month or a year."""
    return f"rpad({text}, 10, '-01-01')::date"


def _list_sql(value: Value, fhir_type: str) -> str:
    kind = kind_of(One("", fhir_type)) if fhir_type in NUMBERS | DATES or fhir_type else "jsonb"
    kind = kind if kind in ("text", "numeric", "boolean") else "jsonb"
    if isinstance(value, Many):
        return f"ARRAY(SELECT {scalar(value.item, kind)} {value.rows})"
    return f"array_remove(ARRAY[{scalar(value, kind)}], NULL)"


def constant(entry: Mapping[str, Any]) -> tuple[str, One]:
    """A constant of a view: its name and its value as SQL."""
    values = [(key, value) for key, value in entry.items() if key.startswith("value")]
    name = entry.get("name")
    if not isinstance(name, str) or len(values) != 1 or isinstance(values[0][1], dict | list):
        raise PathError(f"视图常量 {str(name)[:64]} 应有名称和唯一的 value[x]。请补全，例如 valueString。")
    key, value = values[0]
    fhir_type = key[5:6].lower() + key[6:]
    if isinstance(value, bool):
        return name, One("true" if value else "false", "boolean", "boolean")
    if isinstance(value, int | float):
        return name, One(str(value), fhir_type if fhir_type in NUMBERS else "decimal", "numeric")
    return name, One(f"{quoted(str(value))}::text", fhir_type, "text")
