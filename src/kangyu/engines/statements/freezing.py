"""A sheet as one canonical text, whose digest people sign; and back to what it was computed from, to ask what would change."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from kangyu.engines.content.kinds import Statement
from kangyu.engines.content.kinds.statement import Column
from kangyu.kernel.period import Period

from .prepared import PreparedStatement
from .sheet import Figured, Points, RowFacts, Sheet, SheetRow


def frozen(prepared: PreparedStatement, sheet: Sheet, period: Period, about: Mapping[str, Any]) -> str:
    """Everything a reader of the sheet needs, as canonical JSON, amounts as texts. ``about`` says whose and when.

    The declaration is a text within it: the order of its columns and states means something.
    """
    body = {
        "declared": prepared.statement.model_dump_json(by_alias=True, exclude_defaults=True),
        "settings": {key: one.model_dump(mode="json", exclude_none=True) for key, one in prepared.settings.items()},
        "period": [period.start.isoformat(), period.end.isoformat()],
        "rows": [_row(row) for row in sheet.rows],
        "totals": {key: str(value) for key, value in sheet.totals.items()},
        "pool": {
            "amount": _text(sheet.amount),
            "rate": _text(sheet.rate and round(sheet.rate, 6)),
            "average": _text(sheet.average and round(sheet.average, 2)),
        },
        "about": dict(about),
    }
    return canonical(body)


def canonical(body: Mapping[str, Any]) -> str:
    """The one way a content is written down: keys sorted, no spaces."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(text: str) -> str:
    """SHA-256 of the text, in hexadecimal: what a signature stands for."""
    return hashlib.sha256(text.encode()).hexdigest()


def thaw(text: str, reads: Mapping[str, frozenset[str]]) -> tuple[Statement, Period, list[RowFacts]]:
    """The declaration, the period and the facts of a frozen sheet, to be computed again.

    Columns that read the institution's own tables (``reads`` of the prepared statement) are taken as they stood.
    """
    body = json.loads(text)
    statement = declared_in(body)
    period = Period(*(date.fromisoformat(one) for one in body["period"]))
    kept = {place.split(".")[1] for place, tables in reads.items() if tables and place.endswith("gives") and place.count(".") == 2}
    return statement, period, [_facts(row, statement.columns, kept) for row in body["rows"]]


def declared_in(body: Mapping[str, Any]) -> Statement:
    """The declaration a sheet was computed by."""
    return Statement.model_validate_json(body["declared"])


def _row(row: SheetRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "fields": {key: value for key, value in row.fields.items() if isinstance(value, str | int | bool)},
        "values": {key: _text(value) for key, value in row.values.items()},
        "points": {column: {name: _points(one) for name, one in items.items()} for column, items in row.points.items()},
        "weight": _text(row.weight),
        "share": _text(row.share),
        "bound": row.bound,
    }


def _points(one: Points) -> dict[str, Any]:
    found: dict[str, Any] = {"weight": _text(one.weight), "points": _text(one.points)}
    if one.count is not None:
        found["count"] = one.count
    if one.figure is not None:
        found |= {"value": one.figure.value, "top": one.figure.top, "bottom": one.figure.bottom, "score": _text(one.score)}
    return found


def _facts(row: Mapping[str, Any], columns: Mapping[str, Column], kept: set[str]) -> RowFacts:
    counts, figures = {}, {}
    for column, items in row["points"].items():
        for name, one in items.items():
            if "count" in one:
                counts[f"{column}.{name}"] = one["count"]
            else:
                figures[f"{column}.{name}"] = Figured(one["value"], one["top"], one["bottom"])
    counts |= {key: int(row["values"][key]) for key, column in columns.items() if column.counts}
    known = {key: None if (value := row["values"].get(key)) is None else Decimal(value) for key in kept}
    return RowFacts(row["id"], row["name"], row["fields"], counts, figures, known=known)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")
