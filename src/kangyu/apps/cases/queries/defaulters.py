"""Children who miss doses, and the children of a school with what they still lack; each with the last reminder."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from kangyu.apps.cases.timeline import answers
from kangyu.apps.governance.access import Viewer
from kangyu.kernel.permission import Permission

PAGE = 100
MISSING = """
SELECT c.pid, p.name, p.sex, p.birth_date, p.phone, c.area, (c.last ->> 'missed')::int, c.next_due_from,
       c.items -> 0 ->> 'title', c.last -> 'doses'
FROM care_status c JOIN person p USING (pid)
WHERE c.programme = %s AND c.state IN ('enrolled', 'expected') AND p.deceased_on IS NULL AND c.last ? 'doses' AND ({scope}) AND ({kept})
ORDER BY (c.last ->> 'missed')::int DESC, c.next_due_from, c.pid LIMIT %s
"""
VILLAGES = """
SELECT c.area, count(*) FROM care_status c JOIN person p USING (pid)
WHERE c.programme = %s AND c.state IN ('enrolled', 'expected') AND p.deceased_on IS NULL AND (c.last ->> 'missed')::int > 0 AND ({scope})
GROUP BY 1 ORDER BY 2 DESC, 1
"""
REMINDED = """
SELECT DISTINCT ON (pid) pid, body::text FROM resource
WHERE rtype = 'QuestionnaireResponse' AND pid = ANY(%s) AND body ->> 'questionnaire' = %s
ORDER BY pid, body ->> 'authored' DESC, updated DESC
"""
PUPILS = """
SELECT to_id, count(DISTINCT from_pid) FROM relation
WHERE type = %s AND to_kind = 'institution' AND since <= %s AND (until IS NULL OR until >= %s)
GROUP BY 1
"""


@dataclass(frozen=True)
class Child:
    """One child: how many doses are missed, what can be given next and since when, how many doses are owed at all, the last reminder."""

    pid: int
    name: str
    sex: str
    birth_date: date
    phone: str
    area: str
    missed: int
    since: date | None
    doses: str
    owed: int
    reminded: dict[str, Any]

    @property
    def complete(self) -> bool:
        """Nothing owed on this day."""
        return self.owed == 0


def defaulters(viewer: Viewer, programme: str, village: str = "", limit: int = PAGE) -> tuple[list[Child], list[tuple[str, int]]]:
    """The children within reach who miss doses, the most missed first, and how many by village. ``DeniedError`` without the right."""
    viewer.require(Permission.WORKLIST_VIEW)
    kept = "(c.last ->> 'missed')::int > 0" + (" AND c.area = %s" if village else "")
    scope, given = viewer.people("p")
    with connection.cursor() as cursor:
        cursor.execute(VILLAGES.format(scope=scope), [programme, *given])
        villages = cursor.fetchall()
    return _children(scope, given, kept, [village] if village else [], programme, limit), villages


def pupils(viewer: Viewer, programme: str, pids: Sequence[int]) -> list[Child]:
    """Those of some children who are within reach and belong to the programme, the ones who lack most first."""
    viewer.require(Permission.WORKLIST_VIEW)
    scope, given = viewer.people("p")
    return _children(scope, given, "c.pid = ANY(%s)", [list(pids)], programme, 2000)


def schools(type: str, on: date) -> dict[str, int]:
    """How many children go to each institution on a day."""
    with connection.cursor() as cursor:
        cursor.execute(PUPILS, [type, on, on])
        return dict(cursor.fetchall())


def _children(scope: str, given: list, kept: str, values: list, programme: str, limit: int) -> list[Child]:
    with connection.cursor() as cursor:
        cursor.execute(MISSING.format(scope=scope, kept=kept), [programme, *given, *values, limit])
        rows = cursor.fetchall()
        cursor.execute(REMINDED, [[row[0] for row in rows], f"urn:kangyu:form:{programme}_reminder"])
        reminded = {pid: json.loads(text) for pid, text in cursor.fetchall()}
    return [_child(row, reminded.get(row[0])) for row in rows]


def _child(row: tuple, body: dict[str, Any] | None) -> Child:
    *facts, doses = row
    counts = json.loads(doses) if isinstance(doses, str) else doses
    told = {"on": body["authored"][:10], **answers(body)} if body else {}
    return Child(*facts, owed=sum(one[1] for one in counts.values()), reminded=told)
