"""What has been written since a snapshot, as the outbox tells it. The outbox names the transaction, so nothing committed late is missed."""

from collections.abc import Callable, Sequence
from typing import Any

Execute = Callable[[str, Sequence[Any]], Any]

_SINCE = "txid >= pg_snapshot_xmin(%s::pg_snapshot) AND NOT pg_visible_in_snapshot(txid, %s::pg_snapshot)"
NOT_MEASURED = ("MeasureReport",)
"""Types of resource without a person that full figures do not depend on: reported values are read as they stand."""


def people_since(cursor: Any, snapshot: str) -> list[int]:
    """The persons changed since a snapshot."""
    cursor.execute(f"SELECT DISTINCT pid FROM outbox WHERE {_SINCE} AND pid IS NOT NULL ORDER BY pid", [snapshot, snapshot])
    return [row[0] for row in cursor.fetchall()]


def imported_since(cursor: Any, snapshot: str) -> bool:
    """Whether a bulk import came in: it does not list its persons."""
    cursor.execute(f"SELECT EXISTS (SELECT 1 FROM outbox WHERE {_SINCE} AND rtype = '*')", [snapshot, snapshot])
    return cursor.fetchone()[0]


def directory_since(cursor: Any, snapshot: str) -> bool:
    """Whether something that belongs to no person changed: an institution, staff, beds, an import."""
    cursor.execute(
        f"SELECT EXISTS (SELECT 1 FROM outbox WHERE {_SINCE} AND pid IS NULL AND NOT rtype = ANY(%s))",
        [snapshot, snapshot, list(NOT_MEASURED)],
    )
    return cursor.fetchone()[0]


def waiting(cursor: Any, run: int, seen: str, limit: int) -> list[int]:
    """Up to ``limit`` persons with changes that neither the run nor their own restatement has seen."""
    cursor.execute(
        "SELECT DISTINCT outbox.pid FROM outbox LEFT JOIN restated_person r ON r.run_id = %s AND r.pid = outbox.pid "
        f"WHERE {_SINCE.replace('txid', 'outbox.txid')} AND outbox.pid IS NOT NULL "
        "AND (r.pid IS NULL OR NOT pg_visible_in_snapshot(outbox.txid, r.seen::pg_snapshot)) LIMIT %s",
        [run, seen, seen, limit],
    )
    return [row[0] for row in cursor.fetchall()]
