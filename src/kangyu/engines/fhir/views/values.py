"""What a path stands for in SQL: at most one value, or the rows of lateral functions; and how either becomes text, number or truth."""

import re
from dataclasses import dataclass, replace

NUMBERS = frozenset({"integer", "decimal", "positiveInt", "unsignedInt", "integer64"})
WHOLE_NUMBERS = NUMBERS - {"decimal"}
DATES = frozenset({"date", "dateTime", "instant"})
TEXTS = DATES | {
    "base64Binary", "canonical", "code", "id", "markdown", "oid", "string", "time", "uri", "url", "uuid", "xhtml",
}  # fmt: skip
_LAST_STEP = re.compile(r"->('(?:[^']|'')*'|\d+)$")


@dataclass(frozen=True, slots=True)
class One:
    """At most one value; SQL NULL is FHIRPath's empty.

    ``sql`` is a jsonb expression, or of the SQL type ``native`` (``text``, ``numeric``, ``boolean``). ``type`` is the FHIR type where it
    is known. ``twin`` is the jsonb that holds a primitive's extensions. ``choice`` lists (FHIR type, sql) of an element still to be
    narrowed by ofType.
    """

    sql: str
    type: str = ""
    native: str = ""
    twin: str = ""
    choice: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Many:
    """Any number of values: ``item`` for each row of ``sources`` (FROM items, each may use those before it) that meets ``conditions``.

    ``array`` is the jsonb array itself where the values are all its items, which spares a subquery for first() and [n]. ``heads`` are
    the values of its leading items (empty where they do not meet the conditions): what is wanted first mostly stands first.
    """

    sources: tuple[str, ...]
    item: One
    conditions: tuple[str, ...] = ()
    array: str = ""
    heads: tuple[One, ...] = ()

    @property
    def rows(self) -> str:
        """FROM and WHERE of the rows that hold a value."""
        conditions = [*self.conditions, f"{self.item.sql} IS NOT NULL"]
        return f"FROM {', '.join(self.sources)} WHERE {' AND '.join(conditions)}"

    def where(self, condition: str) -> "Many":
        """The values for which ``condition`` holds."""
        return replace(self, conditions=(*self.conditions, condition), array="", heads=())


Value = One | Many


def quoted(text: str) -> str:
    """An SQL string literal. It never holds a percent sign, so a statement may be run with or without parameters."""
    escaped = text.replace("'", "''")
    if "%" in escaped or "\\" in escaped:
        escaped = escaped.replace("\\", "\\\\").replace("%", "\\x25")
        return f"E'{escaped}'"
    return f"'{escaped}'"


def item_of(value: Value) -> One:
    """The value itself, or what one of many looks like."""
    return value.item if isinstance(value, Many) else value


def kind_of(one: One) -> str:
    """``text``, ``numeric``, ``boolean``, ``jsonb`` for a compound type, or the empty string where the type is not known."""
    if one.native:
        return one.native
    if not one.type:
        return ""
    return "numeric" if one.type in NUMBERS else "boolean" if one.type == "boolean" else "text" if one.type in TEXTS else "jsonb"


def scalar(value: Value, kind: str) -> str:
    """SQL of the one value as ``text``, ``numeric``, ``boolean`` or ``jsonb``; more than one value fails when the statement runs."""
    if isinstance(value, Many):
        return f"(SELECT {scalar(value.item, kind)} {value.rows})"
    if value.native:
        return value.sql if value.native == kind else f"to_jsonb({value.sql})" if kind == "jsonb" else f"({value.sql})::{kind}"
    if kind == "jsonb":
        return value.sql
    text = _LAST_STEP.sub(r"->>\1", value.sql)
    if text == value.sql:
        text = f"({value.sql} #>> '{{}}')"
    return text if kind == "text" else f"({text})::{kind}"


def exists(value: Value) -> str:
    """SQL that is true where there is a value."""
    return f"EXISTS (SELECT {value.rows})" if isinstance(value, Many) else f"({value.sql} IS NOT NULL)"


def native(sql: str, kind: str, fhir_type: str) -> One:
    """A value of an SQL type."""
    return One(sql, fhir_type, kind)


def truth(sql: str) -> One:
    """A boolean value."""
    return One(sql, "boolean", "boolean")
