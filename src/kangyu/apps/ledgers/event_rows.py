"""A ledger as the tables that expressions see: its lines, and for each day what came and what was used up."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection

from kangyu.engines.content.kinds import Ledger
from kangyu.engines.content.things import days_table
from kangyu.gateways import content

Row = dict[str, Any]
LINES = """
SELECT e.id::text, p."on", e.verb, e.quantity::float, e.held::float, b.account
FROM ledger_entry e JOIN ledger_posting p ON p.id = e.posting_id JOIN ledger_balance b ON b.id = e.balance_id
WHERE b.ledger = %s {among} ORDER BY p."on", e.id
"""
AMONG = "AND b.account ->> %s = ANY(%s)"


def of_things(table: str, register: str, ids: Sequence[str]) -> Mapping[str, list[Row]] | None:
    """The rows of a ledger's table by thing, for things that are a dimension of its accounts; None for any other table."""
    ledger = ledger_of(table)
    if ledger is None:
        return None
    dimension = next((key for key, one in ledger.accounts.items() if one.of == register), None)
    if dimension is None:
        return None
    found: dict[str, list[Row]] = {}
    for row in lines(ledger, dimension, ids):
        found.setdefault(str(row[dimension]), []).append(row)
    return {id: _days(rows) for id, rows in found.items()} if table != ledger.key else found


def ledger_of(table: str) -> Ledger | None:
    """The ledger whose lines or days a table holds."""
    return next((one for one in content.current().ledgers.values() if table in (one.key, days_table(one))), None)


def lines(ledger: Ledger, dimension: str = "", values: Sequence[str] | None = None) -> list[Row]:
    """Every line of a ledger, or those on accounts with one of these values; dates as dates, quantities as numbers."""
    chosen = bool(dimension) and values is not None
    with connection.cursor() as cursor:
        cursor.execute(LINES.format(among=AMONG if chosen else ""), [ledger.key, *([dimension, list(values or ())] if chosen else [])])
        return [_line(ledger, *row) for row in cursor.fetchall()]


def by_place(table: str, places: Mapping[str, str]) -> dict[str, list[Row]]:
    """A ledger's table by the place each line lies in: ``places`` maps the values of the dimensions that are things to their place."""
    ledger = ledger_of(table)
    found: dict[str, list[Row]] = {}
    for row in lines(ledger) if ledger else ():
        place = next((places[str(value)] for key, value in row.items() if isinstance(value, str) and value in places), None)
        if place is not None:
            found.setdefault(place, []).append(row)
    return {place: _days(rows) for place, rows in found.items()} if ledger and table != ledger.key else found


def _line(ledger: Ledger, id: str, on: date, verb: str, quantity: float, held: float, account: Any) -> Row:
    values = json.loads(account) if isinstance(account, str) else account
    row: Row = {key: _value(dimension.of, values.get(key)) for key, dimension in ledger.accounts.items()}
    put = quantity if verb == "put" else 0.0
    return {
        **row,
        "id": id,
        "on": on,
        "verb": verb,
        "change": quantity,
        "put": put,
        "taken": -quantity if verb == "take" else 0.0,
        "held": held,
    }


def _value(of: str, text: str | None) -> Any:
    if not text:
        return None
    return date.fromisoformat(text) if of == "date" else text


def _days(rows: Sequence[Row]) -> list[Row]:
    """One row for each day on which anything came or was used up."""
    days: dict[date, Row] = {}
    for row in rows:
        day = days.setdefault(row["on"], {"id": row["on"].isoformat(), "on": row["on"], "put": 0.0, "taken": 0.0})
        day["put"] += row["put"]
        day["taken"] += row["taken"]
    return [day for day in days.values() if day["put"] or day["taken"]]
