"""Where the rows of an import go: straight into an empty record, without indexes until all rows are there, or beside a record in use."""

from collections.abc import Callable

from django.db import IntegrityError, transaction

from kangyu.apps.record.errors import InvalidError
from kangyu.kernel.errors import Problem

COLUMNS = "rtype, id, vid, pid, org, code, d_lo, d_hi, updated, author, tokens, body"
KEY = "ALTER TABLE resource ADD CONSTRAINT resource_pkey PRIMARY KEY (rtype, id)"
INDEXES = (
    "CREATE INDEX resource_person ON resource (pid, rtype, d_lo DESC)",
    "CREATE INDEX resource_code ON resource (rtype, code, d_lo DESC, id)",
    "CREATE INDEX resource_updated ON resource (rtype, updated, id)",
    "CREATE INDEX resource_tokens ON resource USING gin (tokens) WITH (fastupdate = off)",
)
SORTING_MEMORY = "1GB"
SHOWN = 20

Progress = Callable[[str, int], None]


def open_for(cursor) -> str:
    """Make ready for rows; returns the COPY statement that takes them.

    An empty record is truncated, so that PostgreSQL writes the rows once (to the table's new file, not to its log besides, where the
    server's ``wal_level`` is minimal) and marks them as seen by everybody at once instead of when they are first read.
    """
    cursor.execute("SELECT EXISTS (SELECT 1 FROM resource)")
    if cursor.fetchone()[0]:
        cursor.execute("CREATE TEMP TABLE incoming (LIKE resource) ON COMMIT DROP")
        return f"COPY incoming ({COLUMNS}) FROM STDIN"
    cursor.execute("TRUNCATE resource")
    for index in INDEXES:
        cursor.execute(f"DROP INDEX {index.split()[2]}")
    cursor.execute("ALTER TABLE resource DROP CONSTRAINT resource_pkey")
    return f"COPY resource ({COLUMNS}) FROM STDIN WITH (FREEZE)"


def close(cursor, copy: str, stored: int, progress: Progress) -> None:
    """Bring the rows into the record: keys and indexes over a record that was empty, else the staged rows merged into it."""
    if copy.startswith("COPY incoming"):
        progress("并入已有记录", stored)
        merge_incoming(cursor)
        return
    progress("建立索引", stored)
    cursor.execute(f"SET LOCAL maintenance_work_mem = '{SORTING_MEMORY}'")
    _key(cursor)
    for index in INDEXES:
        cursor.execute(index)
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
