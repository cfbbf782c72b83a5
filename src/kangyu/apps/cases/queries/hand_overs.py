"""Which open cases an institution holds in a party that people hand over."""

from dataclasses import dataclass

from django.db import connection

from kangyu.apps.cases.case_access import scope
from kangyu.apps.cases.rules import rules
from kangyu.apps.governance.access import Viewer
from kangyu.engines.cases.moves import handable

MOST = 500
HELD = """
SELECT c.id, cp.party, c.procedure, coalesce(p.name, ''), c.heading FROM case_party cp JOIN case_file c ON c.id = cp.case_id
LEFT JOIN person p ON p.pid = c.pid
WHERE cp.org = %s AND NOT cp.ended AND c.merged_into = '' AND (cp.procedure, cp.party) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
AND (%s::bigint IS NULL OR c.pid = %s) AND ({scope}) ORDER BY c.procedure, c.opened, c.id LIMIT %s
"""


@dataclass(frozen=True)
class Held:
    """One open case and the party in which the institution holds it."""

    case: str
    party: str
    procedure: str
    name: str
    heading: str


def held_by(viewer: Viewer, org: str, *, pid: int | None = None) -> list[Held]:
    """The open cases of an institution (of one person, if given) within the viewer's reach, at most ``MOST``."""
    declared = rules()
    known = [(key, party) for key in declared.content.procedures for party in handable(declared.procedure(key))]
    if not org or not known:
        return []
    condition, parameters = scope(viewer)
    with connection.cursor() as cursor:
        given = [org, [key for key, _ in known], [party for _, party in known], pid, pid, *parameters, MOST]
        cursor.execute(HELD.format(scope=condition), given)
        return [Held(*row) for row in cursor.fetchall()]
