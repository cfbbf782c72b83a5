"""Bulk import of FHIR NDJSON by COPY: everything in a folder of files, or nothing.

Two processes parse, validate and extract while the connection streams rows into PostgreSQL. The whole import is one transaction:
a broken line, an unknown person, a second import or a kill leaves the record as it was. Only one import runs at a time.
"""

import contextlib
import multiprocessing.pool
import os
import signal
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from django.db import connection, transaction
from django.utils import timezone
from psycopg.types.json import Json

from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.record.actions import bulk_patients, bulk_rows, bulk_store
from kangyu.apps.record.errors import InvalidError
from kangyu.kernel.child_process import ENDING, become_pool_process
from kangyu.kernel.errors import Problem, UserError
from kangyu.kernel.permission import Permission

LOCK = 7_202_001
SAID_BUSY = "另一个导入正在进行。请等它结束后再导入；两个导入同时进行会互相覆盖。"
SHOWN_PROBLEMS = 100
CHUNK_BYTES = 4_000_000
AHEAD = 3
"""Pieces under way for each process: enough to keep it busy, few enough to bound memory when PostgreSQL is the slower side."""

Progress = Callable[[str, int], None]
Piece = tuple[str, int, bytes]
Done = TypeVar("Done")


@dataclass
class Outcome:
    """What an import did: lines read, resources stored, by type."""

    read: int = 0
    stored: int = 0
    by_type: dict[str, int] = field(default_factory=dict)


class UnderWayError(UserError):
    """Another import is running; nothing was begun."""


def files_of(paths: list[Path]) -> list[Path]:
    """The NDJSON files named or lying in the folders named; ``UserError`` when there are none."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(path.glob("*.ndjson"))
        elif path.is_file():
            found.append(path)
        else:
            raise UserError(f"没有找到 {path}，请检查路径。")
    if not found:
        raise UserError("没有找到 .ndjson 文件：请给出文件，或含有这类文件的文件夹。")
    return found


def pieces(files: list[Path]) -> Iterator[Piece]:
    """The pieces of several files, one file after another."""
    return (piece for file in files for piece in chunks(file))


def chunks(file: Path) -> Iterator[Piece]:
    """Pieces of a file that end at a line's end: (file name, number of the first line, bytes)."""
    first, rest = 1, b""
    with file.open("rb") as source:
        while block := source.read(CHUNK_BYTES):
            block = rest + block
            cut = block.rfind(b"\n") + 1
            piece, rest = block[:cut], block[cut:]
            if piece:
                yield file.name, first, piece
                first += piece.count(b"\n")
    if rest.strip():
        yield file.name, first, rest


def run(paths: list[Path], *, by: Viewer, progress: Progress = lambda what, done: None, processes: int | None = None) -> Outcome:
    """Import all files, or none of them.

    Raises ``InvalidError`` with the first hundred problems (file, line, what, remedy), or ``UnderWayError`` when another import is running.
    """
    by.require(Permission.RECORDS_IMPORT)
    files = files_of(paths)
    job = _open_job(", ".join(path.name for path in paths), by)
    try:
        return _import(files, by, progress, processes or min(4, os.cpu_count() or 1), job)
    except BaseException as error:
        problems = error.problems[:SHOWN_PROBLEMS] if isinstance(error, InvalidError) else []
        state = "refused" if isinstance(error, UserError) else "interrupted"
        _close_job(job, state, Outcome(), problems, str(error)[:400] if isinstance(error, UserError) else type(error).__name__)
        raise


def under_way() -> bool:
    """Whether an import is running at this moment, here or in another process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return not cursor.fetchone()[0]


@transaction.atomic
def _import(files: list[Path], by: Viewer, progress: Progress, processes: int, job: int) -> Outcome:
    """The transaction: what it stored and the word that it is done are there together, or neither is."""
    outcome, at = Outcome(), timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL client_connection_check_interval = '1s'")  # a killed import frees its lock, also in a long statement
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise UnderWayError(SAID_BUSY)
        patients = [file for file in files if bulk_rows.type_of(file) == "Patient"]
        others = [file for file in files if file not in patients]
        known = _people(cursor, patients, progress, processes)
        bulk_rows.prepare(known, by.username, at)
        with bulk_store.rows_into_record(cursor, lambda what, _done: progress(what, outcome.stored)) as copy:
            named = _stream(cursor, copy, pieces(patients + others), progress, processes, outcome)
        bulk_store.check_institutions(cursor, named)
        cursor.execute("INSERT INTO outbox (rtype, id, vid) VALUES ('*', 'import', 0)")
    audit.record("record.import", by=by, target=f"{outcome.stored} resources")
    _close_job(job, "done", outcome, [], "")
    return outcome


def _people(cursor, files: list[Path], progress: Progress, processes: int) -> dict[str, int]:
    if not files:
        return bulk_patients.take(cursor, None, progress)
    with _workers(processes) as pool:
        return bulk_patients.take(cursor, _spread(pool, processes, bulk_patients.rows_of, bulk_patients.numbered(pieces(files))), progress)


def _stream(cursor, statement: str, work: Iterator[Piece], progress: Progress, processes: int, outcome: Outcome) -> dict[str, str]:
    """Feed the pieces to worker processes and their rows to COPY; gather problems and refuse when there are any.

    Returns the institutions named, each with the place of its first mention.
    """
    problems: list[Problem] = []
    named: dict[str, str] = {}
    by_type: Counter[str] = Counter()
    with _workers(processes) as pool, cursor.copy(statement) as copy:
        for done in _spread(pool, processes, bulk_rows.rows_of, work):
            problems += done.faults
            outcome.read += done.counts.total() + len(done.faults)
            if len(problems) >= SHOWN_PROBLEMS:
                break
            if not problems:
                copy.write(done.rows)
                by_type += done.counts
                named = done.named | named
                outcome.stored = by_type.total()
                progress("导入", outcome.stored)
        if problems:
            raise InvalidError(problems[:SHOWN_PROBLEMS])
    outcome.by_type = dict(by_type)
    return named


def _spread(pool: multiprocessing.pool.Pool, processes: int, task: Callable[[Piece], Done], work: Iterator[Piece]) -> Iterator[Done]:
    """The answers to all pieces, in order; no more than a few pieces are in memory at a time."""
    waiting: deque = deque()
    for piece in work:
        waiting.append(pool.apply_async(task, (piece,)))
        if len(waiting) >= AHEAD * processes:
            yield waiting.popleft().get()
    while waiting:
        yield waiting.popleft().get()


@contextlib.contextmanager
def _workers(processes: int) -> Iterator[multiprocessing.pool.Pool]:
    """A pool whose processes end when they are told to.

    A forked process inherits the handlers of `kangyu serve` and of the background process. Those run between two steps of Python, which
    a process waiting for work may never take: the pool would wait for it for ever. So signals stay blocked until each has plain ones.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        pool = multiprocessing.get_context("fork").Pool(processes, initializer=become_pool_process)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    with pool:
        yield pool


def _open_job(source: str, by: Viewer) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE import_job SET state = 'interrupted', ended = now(), note = '导入进程中途结束，没有写入任何记录' "
            "WHERE state = 'running' AND NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE pid = backend AND backend_start < started)"
        )
        cursor.execute(
            "INSERT INTO import_job (source, account, state) VALUES (%s, %s, 'running') RETURNING id", [source[:400], by.username]
        )
        return cursor.fetchone()[0]


def _close_job(job: int, state: str, outcome: Outcome, problems: list[Problem], note: str) -> None:
    rows = [{"place": one.place, "key": one.key, "message": one.message, "remedy": one.remedy} for one in problems]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE import_job SET state = %s, ended = %s, read = %s, stored = %s, problems = %s, note = %s WHERE id = %s",
            [state, datetime.now().astimezone(), outcome.read, outcome.stored, Json(rows), note, job],
        )
