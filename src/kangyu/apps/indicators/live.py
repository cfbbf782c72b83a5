"""Some persons' rows of the tables, read from the record as it stands in the caller's transaction."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from kangyu.apps.indicators import tables
from kangyu.gateways.warehouse.reader import Rows, gather


def rows_of(cursor: Any, pids: Sequence[int], names: Iterable[str] | None = None) -> Rows:
    """pid → table → rows, one query for each table; ``names`` leaves out the tables that are not needed."""
    found: Rows = {pid: {} for pid in pids}
    wanted = None if names is None else {*names, "residents"}
    for source in tables.sources():
        if source.of_people and (wanted is None or source.name in wanted):
            cursor.execute(source.select(only=True), [list(pids)])
            columns = [column.name for column in cursor.description]
            gather(found, source, columns, (tuple(map(_plain, row)) for row in cursor.fetchall()))
    return found


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
