"""Tells a role something, once for each source; and marks as seen what was opened."""

from django.db import connection

from kangyu.apps.governance import clock
from kangyu.apps.governance.access import Viewer

TELL = """
INSERT INTO notice (source, case_id, role, org, area, says, href, at, seen_by) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, '')
ON CONFLICT (source) DO NOTHING
"""


def tell(*, role: str, says: str, source: str, org: str = "", area: str = "", case: str = "", href: str = "") -> None:
    """Put a notice into the box of a role at an institution, or (no ``org``) wherever the role reaches ``area``.

    ``source`` names what tells it; told twice it stands once. What a case tells is part of its steps, and needs no call.
    """
    with connection.cursor() as cursor:
        cursor.execute(TELL, [source[:160], case, role, org, area, says[:300], href, clock.now()])


def seen(*, by: Viewer, case: str = "", notice: int = 0) -> None:
    """What the viewer's role was told of a case (or one notice) has been looked at."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notice SET seen_at = now(), seen_by = %s WHERE seen_at IS NULL AND role = %s AND (org = %s OR org = '') "
            "AND (case_id = %s AND %s <> '' OR id = %s)",
            [by.username, by.role, by.org, case, case, notice],
        )
