"""Streams the record's tables into Parquet, all of them as they stood at one snapshot, several at a time, in bounded memory.

The first export takes everything. A later one takes only the persons changed since the last whole export and keeps that export's files,
so that its cost follows the number of changes, not the size of the county.
"""

import io
import os
import queue
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as parquet

from kangyu.gateways.warehouse.sources import Source

ROW_GROUP = 50_000
MEMORY = "1GB"
STREAMS = 2
REPLACED = "replaced.parquet"

Connect = Callable[[], psycopg.Connection]


class _Blocks(io.RawIOBase):
    """The bytes of a COPY as a file to read."""

    def __init__(self, copy: psycopg.Copy):
        self._blocks = iter(copy)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        filled = 0
        while filled < len(buffer):
            if not self._rest:
                block = next(self._blocks, None)
                if block is None:
                    break
                self._rest = memoryview(block)
            size = min(len(buffer) - filled, len(self._rest))
            buffer[filled : filled + size] = self._rest[:size]
            self._rest = self._rest[size:]
            filled += size
        return filled


@dataclass
class Snapshot:
    """One moment of the database, shared by several read-only transactions; ``watermark`` is its ``pg_current_snapshot()``."""

    watermark: str
    connections: "queue.Queue[psycopg.Connection]"
    opened: list[psycopg.Connection] = field(default_factory=list)


@contextmanager
def snapshot(connect: Connect, streams: int = STREAMS) -> Iterator[Snapshot]:
    """Open ``streams`` REPEATABLE READ, read-only transactions that see exactly the same."""
    opened: list[psycopg.Connection] = []
    shared: queue.Queue[psycopg.Connection] = queue.Queue()
    try:
        first = _begin(connect, opened)
        watermark, exported = first.execute("SELECT pg_current_snapshot()::text, pg_export_snapshot()").fetchone()
        for _ in range(streams - 1):
            _begin(connect, opened).execute(f"SET TRANSACTION SNAPSHOT '{exported}'")
        for one in opened:
            shared.put(one)
        yield Snapshot(watermark, shared, opened)
    finally:
        for one in opened:
            one.close()


def _begin(connect: Connect, opened: list[psycopg.Connection]) -> psycopg.Connection:
    connection = connect()
    opened.append(connection)
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    return connection


def export(
    moment: Snapshot, sources: Sequence[Source], folder: Path, *, base: Path | None = None, changed: Sequence[int] = ()
) -> dict[str, int]:
    """Write every source under ``folder`` and return the rows written by table.

    With ``base`` (the folder of a whole export) tables written from people's records are linked from there, and only rows of the
    ``changed`` persons and of nobody are read; the pids in ``replaced.parquet`` say whose rows in the linked files no longer count.
    """
    folder.mkdir(parents=True)
    if base is not None:
        parquet.write_table(pa.table({"pid": pa.array(sorted(changed), pa.int64())}), folder / REPLACED)

    def one(source: Source) -> tuple[str, int]:
        target = folder / f"table={source.name}"
        target.mkdir()
        if base is None or not source.renewed:
            return source.name, _write(moment, source, target / "all.parquet", None)
        os.link(base / target.name / "all.parquet", target / "all.parquet")
        return source.name, _write(moment, source, target / "changed.parquet", list(changed))

    with ThreadPoolExecutor(len(moment.opened)) as pool:
        return dict(pool.map(one, sources))


def _write(moment: Snapshot, source: Source, file: Path, only: list[int] | None) -> int:
    connection = moment.connections.get()
    engine = duckdb.connect()
    try:
        engine.execute(f"SET memory_limit = '{MEMORY}'; SET temp_directory = '{file.parent / 'spill'}'; SET threads = 1")
        with connection.cursor().copy(source.copy(only is not None), [only] if only is not None else None) as copy:
            engine.register("incoming", pa.RecordBatchReader.from_batches(source.arrow, _batches(copy, source)))
            columns = ", ".join(_stored(name, kind) for name, kind in source.written.items())
            order = ", ".join(f'"{name}"' for name in (source.key, "on", "id") if name in source.columns)
            engine.execute(
                f"COPY (SELECT {columns} FROM incoming ORDER BY {order}) TO '{file}' "
                f"(FORMAT parquet, ROW_GROUP_SIZE {ROW_GROUP}, COMPRESSION zstd)"
            )
        return parquet.read_metadata(file).num_rows
    finally:
        engine.close()
        moment.connections.put(connection)


def _batches(copy: psycopg.Copy, source: Source) -> Iterator[pa.RecordBatch]:
    stream = io.BufferedReader(_Blocks(copy), 1 << 20)
    if not stream.peek(1):
        return
    convert = csv.ConvertOptions(
        column_types=source.arrow,
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        true_values=["t"],
        false_values=["f"],
    )
    reading = csv.ReadOptions(column_names=source.arrow.names, block_size=1 << 22)
    yield from csv.open_csv(stream, reading, csv.ParseOptions(newlines_in_values=True), convert)


def _stored(name: str, kind: str) -> str:
    return f"""from_json("{name}", '["VARCHAR"]') AS "{name}\"""" if kind == "list" else f'"{name}"'


def measured(rows: int, started: float) -> str:
    """Rows and their rate, for a progress line."""
    seconds = max(time.monotonic() - started, 1e-3)
    return f"{rows:,} 行，{rows / seconds:,.0f} 行/秒"
