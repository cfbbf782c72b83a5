"""A ledger's lines and days as tables of the warehouse, each row with the institution that it lies with, so that indicators count them."""

from collections.abc import Collection, Mapping
from datetime import datetime

from kangyu.apps.ledgers.models import LedgerPosting
from kangyu.engines.content import Content
from kangyu.engines.content.kinds import Ledger
from kangyu.engines.content.things import day_columns, days_table, line_columns
from kangyu.gateways.warehouse.sources import Source

KEY = "institution"
HEAD: Mapping[str, str] = {KEY: "text", "id": "text", "on": "date", "org": "text", "area": "text"}
LINES = """
SELECT w.*, w.institution AS org, i.area FROM (
  SELECT {place} AS institution, e.id::text AS id, p."on", e.verb, e.quantity::float8 AS change,
    CASE WHEN e.verb = 'put' THEN e.quantity ELSE 0 END::float8 AS put,
    CASE WHEN e.verb = 'take' THEN -e.quantity ELSE 0 END::float8 AS taken, e.held::float8 AS held{values}
  FROM ledger_entry e JOIN ledger_posting p ON p.id = e.posting_id JOIN ledger_balance b ON b.id = e.balance_id
  WHERE b.ledger = '{ledger}'
) w LEFT JOIN institution i ON i.id = w.institution
"""
DAYS = """
SELECT institution, institution AS org, area, institution || '/' || "on" AS id, "on", sum(put) AS put, sum(taken) AS taken
FROM ({lines}) l GROUP BY institution, area, "on" HAVING sum(put) <> 0 OR sum(taken) <> 0
"""


def source(of: Content, table: str, columns: Collection[str]) -> Source | None:
    """The named columns of a ledger's table; None for a table that no ledger fills."""
    ledger = next((one for one in of.ledgers.values() if table in (one.key, days_table(one))), None)
    if ledger is None:
        return None
    lines = LINES.format(place=_place(of, ledger), values=_values(ledger), ledger=ledger.key)
    whole, own = (lines, line_columns(ledger)) if table == ledger.key else (DAYS.format(lines=lines), day_columns())
    chosen = {name: kind.value for name, kind in own.items() if name in columns}
    return Source(table, KEY, {**{name: kind for name, kind in HEAD.items() if name in (KEY, "id", "on", *columns)}, **chosen}, whole)


def _place(of: Content, ledger: Ledger) -> str:
    """With which institution a line lies: one that its account names, else the one that keeps a thing that it names."""
    found = [f"nullif(b.account ->> '{key}', '')" for key, one in ledger.accounts.items() if one.of == "institution"]
    found += [
        f"(SELECT nullif(t.org, '') FROM thing t WHERE t.id = b.account ->> '{key}')"
        for key, one in ledger.accounts.items()
        if one.of in of.registers
    ]
    return f"coalesce({', '.join([*found, 'NULL'])})"


def _values(ledger: Ledger) -> str:
    """The dimensions of the account; one that is called like the column of the place gives way to it."""
    cells = {key: f"nullif(b.account ->> '{key}', '')" for key in ledger.accounts if key != KEY}
    return "".join(f', {cell}{"::date" if ledger.accounts[key].of == "date" else ""} AS "{key}"' for key, cell in cells.items())


def posted_since(of: Content, named: Collection[str], moment: datetime) -> bool:
    """Whether anything was posted since a moment to a ledger whose lines or days are among the ``named`` tables."""
    read = [one.key for one in of.ledgers.values() if {one.key, days_table(one)} & set(named)]
    return bool(read) and LedgerPosting.objects.filter(ledger__in=read, at__gte=moment).exists()
