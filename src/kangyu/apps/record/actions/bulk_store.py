"""Where the rows of an import go: straight into an empty record, without indexes until all rows are there, or beside a record in use."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from kangyu.apps.record.errors import InvalidError
from kangyu.kernel.errors import Problem

COLUMNS = "rtype, id, vid, pid, org, code, d_lo, d_hi, updated, author, tokens, body"
KEY = "ALTER TABLE resource ADD CONSTRAINT resource_pkey PRIMARY KEY (rtype, id)"
PLAIN_INDEXES = """
SELECT n.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class n ON n.oid = i.indexrelid
WHERE i.indrelid = %s::regclass AND NOT i.indisunique ORDER BY n.relname
"""
SORTING_MEMORY = "1GB"
SHOWN = 20

Progress = Callable[[str, int], None]


@contextmanager
def indexed_afterwards(cursor, table: str) -> Iterator[None]:
    """Drop the indexes of an empty table that no constraint needs, and build them when its rows are there: sorting beats inserting."""
    cursor.execute(f"SET LOCAL maintenance_work_mem = '{SORTING_MEMORY}'")
    cursor.execute(PLAIN_INDEXES, [table])
    indexes = cursor.fetchall()
    for name, _definition in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _name, definition in indexes:
        cursor.execute(definition)


@contextmanager
def rows_into_record(cursor, progress: Progress) -> Iterator[str]:
    """Gives the COPY statement that takes the rows; when they are all there, brings them into the record.

    An empty record is truncated, so that PostgreSQL writes the rows once (to the table's new file, not to its log besides, where the
    server's ``wal_level`` is minimal) and marks them as seen by everybody at once instead of when they are first read. Beside a record
    in use the rows are staged, then merged.
    """
    cursor.execute("SELECT EXISTS (SELECT 1 FROM resource)")
    if cursor.fetchone()[0]:
        cursor.execute("CREATE TEMP TABLE incoming (LIKE resource) ON COMMIT DROP")
        yield f"COPY incoming ({COLUMNS}) FROM STDIN"
        progress("并入已有记录", 0)
        merge_incoming(cursor)
        return
    cursor.execute("TRUNCATE resource")
    cursor.execute("ALTER TABLE resource DROP CONSTRAINT resource_pkey")
    with indexed_afterwards(cursor, "resource"):
        yield f"COPY resource ({COLUMNS}) FROM STDIN WITH (FREEZE)"
        progress("建立索引", 0)
        _key(cursor)
    cursor.execute("ANALYZE resource")


def _key(cursor) -> None:
    try:
        with transaction.atomic():
            cursor.execute(KEY)
    except IntegrityError:
        _refuse_twins(cursor, "resource")
        raise


def _refuse_twins(cursor, table: str) -> None:
    cursor.execute(f"SELECT rtype, id FROM {table} GROUP BY rtype, id HAVING count(*) > 1 LIMIT {SHOWN}")
    if twice := cursor.fetchall():
        raise InvalidError([Problem(f"{rtype}/{id}", "id", "同一次导入里出现两次", "请只保留一份。") for rtype, id in twice])


def merge_incoming(cursor) -> None:
    """Bring the staged rows into the record: unchanged ones are left, changed ones supersede, new ones are added."""
    cursor.execute("ANALYZE incoming")  # else the planner may read a record of millions of rows for a handful of staged ones
    _refuse_twins(cursor, "incoming")
    same = "i.body #- '{meta}' = r.body #- '{meta}'"
    cursor.execute(f"DELETE FROM incoming i USING resource r WHERE r.rtype = i.rtype AND r.id = i.id AND {same}")
    cursor.execute(
        "INSERT INTO resource_version (rtype, id, vid, pid, updated, author, body) "
        "SELECT r.rtype, r.id, r.vid, r.pid, r.updated, r.author, r.body FROM resource r JOIN incoming i USING (rtype, id)"
    )
    cursor.execute(
        "UPDATE incoming i SET vid = v.vid + 1, body = jsonb_set(i.body, '{meta,versionId}', to_jsonb((v.vid + 1)::text)) FROM "
        "(SELECT o.rtype, o.id, max(o.vid) AS vid FROM resource_version o JOIN incoming n USING (rtype, id) GROUP BY o.rtype, o.id) v "
        "WHERE v.rtype = i.rtype AND v.id = i.id"
    )
    cursor.execute("DELETE FROM resource r USING incoming i WHERE r.rtype = i.rtype AND r.id = i.id")
    cursor.execute("INSERT INTO resource SELECT * FROM incoming")


def check_institutions(cursor, named: dict[str, str]) -> None:
    """Refuse an import that names institutions which are not in the record; ``named`` gives the place of the first mention of each."""
    cursor.execute("SELECT id FROM resource WHERE rtype = 'Organization' AND id = ANY(%s)", [list(named)])
    known = {row[0] for row in cursor.fetchall()}
    if lost := sorted(set(named) - known)[:SHOWN]:
        message = "引用的机构 Organization/{} 不存在"
        raise InvalidError([Problem(named[org], "机构", message.format(org), "请先导入机构目录。") for org in lost])
