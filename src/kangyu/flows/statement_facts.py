"""What a sheet is computed from: records counted and indicators evaluated in the warehouse at one snapshot, and ledger lines."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings

from kangyu.apps.directory.models import Institution
from kangyu.apps.indicators import tables
from kangyu.apps.indicators.actions.recompute import connect
from kangyu.apps.indicators.periods import twelve_months
from kangyu.apps.ledgers import event_rows
from kangyu.engines.content.check_statements import counts_of
from kangyu.engines.indicators.contributions import Measures
from kangyu.engines.indicators.evaluate import Sum, finish
from kangyu.engines.statements import Figured, PreparedStatement, RowFacts, rows_among
from kangyu.gateways import content
from kangyu.gateways.warehouse import sheet_records
from kangyu.gateways.warehouse.aggregate import evaluate
from kangyu.gateways.warehouse.export import export, snapshot
from kangyu.gateways.warehouse.sheet_records import Count
from kangyu.kernel.errors import UserError
from kangyu.kernel.period import Period

YEAR = "year"
"""The key of the twelve months that indicators are taken over."""


@dataclass(frozen=True)
class Gathered:
    """The rows' facts, which institution counts for which row, and the digest of the file with the records behind them."""

    facts: list[RowFacts]
    whose: Mapping[str, str]
    records: str


@contextmanager
def exported(prepared: PreparedStatement) -> Iterator[Path]:
    """The tables a statement reads, taken out of the record at one moment; several periods may be reckoned from them."""
    apart = Path(tempfile.mkdtemp(prefix="statement-", dir=settings.DATA))
    found = subset(tables.measures(), set(_figures(prepared).values()))
    try:
        with snapshot(connect) as moment:
            export(moment, tables.sources_of(content.current(), _used(_counts(prepared), found)), apart / "run")
        yield apart / "run"
    finally:
        shutil.rmtree(apart, ignore_errors=True)


def gather(prepared: PreparedStatement, period: Period, area: str, *, today: date, file: Path, run: Path | None = None) -> Gathered:
    """Everything a sheet needs, and the records behind it in ``file``. Indicators are taken over the twelve months to the period's end.

    ``run`` is what ``exported`` has taken out already; without it the tables are taken out now.
    """
    if run is None:
        with exported(prepared) as folder:
            return gather(prepared, period, area, today=today, file=file, run=folder)
    institutions = list(Institution.objects.filter(area__startswith=area).order_by("area", "id"))
    candidates = [_row(one) for one in institutions if one.closed_on is None or one.closed_on > period.end]
    rows = rows_among(prepared, candidates, period)
    whose = counting_for(institutions, {one.id for one in rows}, below=prepared.statement.below)
    counts, figures = _counts(prepared), _figures(prepared)
    found = subset(tables.measures(), set(figures.values()))
    sources = tables.sources_of(content.current(), _used(counts, found))
    year = (twelve_months(period.end), min(period.end, today))
    sums = evaluate(run, sources, found, {YEAR: year}, open_periods=(YEAR,)) if found.indicators else None
    records = sheet_records.collect(run, sources, counts, period, whose, figures=figures, file=file)
    tally = sheet_records.tally(file)
    values = _values(found, sums.cells if sums else (), whose)
    lines = _own_tables(prepared, whose)
    facts = [
        replace(
            one,
            counts={count.item: tally.get((count.item, one.id), 0) for count in counts},
            figures={item: values.get((indicator, one.id), Figured(None, 0.0, 0.0)) for item, indicator in figures.items()},
            tables={name: lines[name].get(one.id, []) for name in lines},
        )
        for one in rows
    ]
    return Gathered(facts, whose, records)


def subset(found: Measures, keys: set[str]) -> Measures:
    """Only some of the indicators."""
    kept = {
        about: {name: typed for name, typed in texts.items() if name.rpartition("__")[0] in keys}
        for about, texts in found.expressions.items()
    }
    return replace(
        found,
        indicators={key: one for key, one in found.indicators.items() if key in keys},
        sides=tuple(side for side in found.sides if side.indicator in keys),
        expressions={about: texts for about, texts in kept.items() if texts},
        digest=f"{found.digest}/{','.join(sorted(keys))}",
        _programs={},
    )


def _row(one: Institution) -> RowFacts:
    fields = {"kind": one.kind, "level": one.level, "public": None, "area": one.area}
    return RowFacts(one.id, one.name, fields)


def counting_for(institutions: Iterable[Institution], rows: set[str], *, below: bool) -> dict[str, str]:
    """Institution → the row its records count for: itself, or the nearest one above it."""
    above = {one.id: one.parent for one in institutions}
    found: dict[str, str] = {}
    for id in above:
        at, seen = id, set[str]()
        while below and at not in rows and at in above and at not in seen:
            seen.add(at)
            at = above[at]
        if at in rows:
            found[id] = at
    return found


def _counts(prepared: PreparedStatement) -> list[Count]:
    found = []
    for path, counted in counts_of(prepared.statement):
        parts = [str(part) for part in path]
        item = parts[1] if len(parts) == 3 else f"{parts[1]}.{parts[3]}"
        where = prepared.conditions.get(".".join([*parts, "where"]))
        found.append(Count(item, counted.table, where, counted.org, counted.once))
    return found


def _figures(prepared: PreparedStatement) -> dict[str, str]:
    return {
        f"{key}.{name}": item.indicator
        for key, column in prepared.statement.columns.items()
        for name, item in column.items.items()
        if item.indicator
    }


def _used(counts: Sequence[Count], found: Measures) -> dict[str, set[str]]:
    """The tables to export and the columns that are read of them."""
    used: dict[str, set[str]] = {"residents": set()}
    for about in ("person", "institution"):
        for table, columns in found.columns(about).items():
            used.setdefault(table, set()).update(columns)
    for one in counts:
        used.setdefault(one.table, set()).add(one.org)
        if one.where:
            used[one.table] |= set(one.where.fields)
            for table, columns in one.where.columns.items():
                used.setdefault(table, set()).update(columns)
    return used


def _values(found: Measures, cells: Iterable[Any], whose: Mapping[str, str]) -> dict[tuple[str, str], Figured]:
    """Each indicator's value for each row, from the sums of the institutions that count for it."""
    sums: dict[tuple[str, str], dict[int, Sum]] = {}
    for _, indicator, _, org, stratum, top, bottom in cells:
        if org in whose:
            strata = sums.setdefault((indicator, whose[org]), {})
            strata[stratum] = strata.get(stratum, Sum()) + Sum(top, bottom)
    done = {place: finish(found.indicators[place[0]], strata) for place, strata in sums.items()}
    return {place: Figured(one.value, one.top, one.bottom) for place, one in done.items()}


def _own_tables(prepared: PreparedStatement, whose: Mapping[str, str]) -> dict[str, dict[str, list[Mapping[str, Any]]]]:
    """The tables that expressions read of a row itself, by row: so far the lines of ledgers kept by institution."""
    found = {}
    for name in {table for reads in prepared.reads.values() for table in reads}:
        ledger = event_rows.ledger_of(name)
        dimension = next((key for key, one in ledger.accounts.items() if one.of == "institution"), None) if ledger else None
        if ledger is None or dimension is None or name != ledger.key:
            raise UserError(f"结算表“{prepared.statement.title}”的算式用到 {name}：这里只能用按机构记的台账。请改用 counts 数记录。")
        by_row: dict[str, list[Mapping[str, Any]]] = {}
        for line in event_rows.lines(ledger, dimension, list(whose)):
            by_row.setdefault(whose[str(line[dimension])], []).append(line)
        found[name] = by_row
    return found
