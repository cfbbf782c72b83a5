"""Which person each Patient of an import is: set-based matching by identity number, else by name, sex, birth date and phone."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext

import orjson

from kangyu.apps.identity import particulars
from kangyu.apps.identity.actions.persons import COLUMNS, values
from kangyu.apps.record.actions.bulk_rows import array, escaped, or_null
from kangyu.apps.record.actions.bulk_store import indexed_afterwards

STAGE = f"""
CREATE TEMP TABLE incoming_person ON COMMIT DROP AS
SELECT 0::bigint AS line, {", ".join(COLUMNS)}, NULL::bigint AS pid FROM person WHERE false;
"""
KNOWN = "UPDATE incoming_person i SET pid = r.pid FROM resource r WHERE r.rtype = 'Patient' AND r.id = i.patient_id"
BY_NUMBER = "UPDATE incoming_person i SET pid = p.pid FROM person p WHERE i.pid IS NULL AND p.identity_number = i.identity_number"
BY_DEMOGRAPHY = """
UPDATE incoming_person i SET pid = p.pid
FROM (SELECT demographic_key, min(pid) AS pid, min(identity_number) AS number FROM person WHERE demographic_key <> ''
      GROUP BY demographic_key HAVING count(*) = 1) p
WHERE i.pid IS NULL AND i.demographic_key <> '' AND p.demographic_key = i.demographic_key
  AND (i.identity_number IS NULL OR p.number IS NULL)
"""
# Within the import: a Patient without a number joins the one numbered Patient of the same name, sex, birth date and phone.
GROUPS = """
WITH fresh AS (SELECT * FROM incoming_person WHERE pid IS NULL),
twins AS (SELECT demographic_key, min(identity_number) AS number FROM fresh WHERE demographic_key <> ''
          GROUP BY demographic_key HAVING count(DISTINCT identity_number) <= 1),
keyed AS (SELECT f.line, coalesce(f.identity_number, t.number, nullif(f.demographic_key, ''), 'line ' || f.line) AS key
          FROM fresh f LEFT JOIN twins t USING (demographic_key)),
numbered AS (SELECT key, min(line) AS line FROM keyed GROUP BY key),
assigned AS (SELECT key, nextval(pg_get_serial_sequence('person', 'pid')) AS pid FROM (SELECT key FROM numbered ORDER BY line) o)
UPDATE incoming_person i SET pid = a.pid FROM keyed k JOIN assigned a USING (key) WHERE k.line = i.line
"""
INSERT = f"""
INSERT INTO person (pid, {", ".join(COLUMNS)})
SELECT DISTINCT ON (pid) pid, {", ".join(COLUMNS)} FROM incoming_person ORDER BY pid, (identity_number IS NULL), line
ON CONFLICT (pid) DO UPDATE SET {
    ", ".join(
        f"{column} = coalesce(excluded.{column}, person.{column})" if column == "identity_number" else f"{column} = excluded.{column}"
        for column in COLUMNS
    )
}
"""


def take(cursor, staged: Iterable[tuple[int, bytes]] | None, progress: Callable[[str, int], None]) -> dict[str, int]:
    """Match the Patients of an import, write their person rows, and return pid by Patient id (those already stored included).

    ``staged`` are the answers of ``rows_of`` for the ``numbered`` pieces of all Patient files, in order; None when there are no such files.
    """
    cursor.execute("SELECT id, pid FROM resource WHERE rtype = 'Patient' AND pid IS NOT NULL")
    known = dict(cursor.fetchall())
    if staged is None:
        return known
    cursor.execute(STAGE)
    done = 0
    with cursor.copy(f"COPY incoming_person (line, {', '.join(COLUMNS)}) FROM STDIN") as copy:
        for number, rows in staged:
            copy.write(rows)
            done += number
            progress("登记居民", done)
    cursor.execute("ANALYZE incoming_person")
    for step in (KNOWN, BY_NUMBER, BY_DEMOGRAPHY, GROUPS):
        cursor.execute(step)
    cursor.execute("SELECT EXISTS (SELECT 1 FROM person)")
    with nullcontext() if cursor.fetchone()[0] else indexed_afterwards(cursor, "person"):
        cursor.execute(INSERT)
    cursor.execute("ANALYZE person")
    cursor.execute("SELECT patient_id, pid FROM incoming_person")
    known.update(cursor.fetchall())
    return known


def numbered(pieces: Iterable[tuple[str, int, bytes]]) -> Iterator[tuple[str, int, bytes]]:
    """The same pieces, their lines numbered through all files."""
    first = 1
    for name, _first, data in pieces:
        yield name, first, data
        first += data.count(b"\n") + 1


def rows_of(piece: tuple[str, int, bytes]) -> tuple[int, bytes]:
    """The Patients in one piece of a file: how many, and their rows as COPY text.

    A Patient that cannot be read here is left out: the line-by-line check names it.
    """
    _name, first, data = piece
    rows = []
    for number, line in enumerate(data.split(b"\n"), first):
        if found := _row(line):
            rows.append("\t".join([str(number), *map(_text, found)]) + "\n")
    return len(rows), "".join(rows).encode()


def _text(value) -> str:
    if isinstance(value, list):
        return escaped(array(value))
    return escaped(value) if isinstance(value, str) else or_null(value)


def _row(text: bytes) -> list | None:
    try:
        patient = orjson.loads(text)
        return values(particulars.read(patient)) if patient.get("resourceType") == "Patient" else None
    except (orjson.JSONDecodeError, KeyError, AttributeError, TypeError, ValueError, IndexError):
        return None
