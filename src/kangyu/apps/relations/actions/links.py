"""Keeps the table of links in line with the record: in the writer's own transaction, and all of it anew when asked."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection, transaction

from kangyu.apps.record.pipeline import Passage
from kangyu.engines.cases.links import KINDS, Link, read_links

HOLDING = ("RelatedPerson", "Basic", "Group")
COLUMNS = (
    "resource", "type", "from_kind", "from_id", "to_kind", "to_id", "from_pid", "to_pid", "since", "until", "case_id", "synthetic",
)  # fmt: skip
PEOPLE = """
SELECT rtype || '/' || id, pid FROM resource
WHERE pid IS NOT NULL AND (rtype, id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
"""


def after_write(passage: Passage) -> None:
    """The record's projector: the links of every resource written that can hold any."""
    touched = [draft for draft in passage.drafts if draft.rtype in HOLDING]
    if touched:
        _replace({f"{one.rtype}/{one.id}": {} if one.method == "delete" else one.resource for one in touched})


def rebuild() -> int:
    """All links anew from the record; returns how many there are."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM relation")
        for rtype in HOLDING:
            cursor.execute("SELECT id, body::text FROM resource WHERE rtype = %s ORDER BY id", [rtype])
            _insert({f"{rtype}/{id}": json.loads(text) for id, text in cursor.fetchall()})
        cursor.execute("SELECT count(*) FROM relation")
        return int(cursor.fetchone()[0])


def _replace(bodies: Mapping[str, Mapping[str, Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM relation WHERE resource = ANY(%s)", [list(bodies)])
    _insert(bodies)


def _insert(bodies: Mapping[str, Mapping[str, Any]]) -> None:
    links = [(name, link) for name, body in bodies.items() for link in read_links(body)]
    if not links:
        return
    pids = _pids({end for _, link in links for end in (link.from_, link.to)})
    rows = [_row(name, link, pids) for name, link in links]
    quoted = ", ".join(f'"{column}"' for column in COLUMNS)
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO relation ({quoted}) VALUES ({', '.join(['%s'] * len(COLUMNS))})", rows)


def _row(name: str, link: Link, pids: Mapping[str, int]) -> tuple[Any, ...]:
    ends = [(*_end(reference, pids), pids.get(reference)) for reference in (link.from_, link.to)]
    (from_kind, from_id, from_pid), (to_kind, to_id, to_pid) = ends
    return (name, link.type, from_kind, from_id, to_kind, to_id, from_pid, to_pid, link.since, link.until, link.case, link.synthetic)


def _end(reference: str, pids: Mapping[str, int]) -> tuple[str, str]:
    """Kind and id of a subject by its reference; a person goes by the number."""
    rtype, _, id = reference.rpartition("/")
    kind = KINDS.get(rtype, rtype)
    return kind, str(pids.get(reference, "")) if kind == "person" else id


def _pids(references: Iterable[str]) -> dict[str, int]:
    """Whom the resources at the ends are about."""
    split = [one.rpartition("/") for one in references]
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, [[one[0] for one in split], [one[2] for one in split]])
        return dict(cursor.fetchall())
