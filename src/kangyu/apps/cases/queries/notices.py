"""What a role has been told: the newest notices for this viewer, and how many are still unseen."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from kangyu.apps.governance.access import Viewer


@dataclass(frozen=True)
class NoticeRow:
    """One notice. ``href`` leads to what it is about where that is no case; ``name`` is the resident's where it is about one."""

    id: int
    case_id: str
    says: str
    href: str
    at: datetime
    seen: bool
    name: str = ""


def _mine(viewer: Viewer) -> tuple[str, list]:
    if viewer.within in ("county", "township") and viewer.area:
        return "role = %s AND (org = %s AND org <> '' OR org = '' AND area LIKE %s)", [viewer.role, viewer.org, f"{viewer.area}%"]
    return "role = %s AND org = %s AND org <> ''", [viewer.role, viewer.org]


def notices(viewer: Viewer, limit: int = 20) -> list[NoticeRow]:
    """The newest, unseen ones first."""
    condition, parameters = _mine(viewer)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.id, n.case_id, n.says, n.href, n.at, n.seen_at IS NOT NULL, coalesce(p.name, '') FROM "
            f"(SELECT * FROM notice WHERE {condition} ORDER BY seen_at IS NOT NULL, at DESC, id DESC LIMIT %s) n "
            "LEFT JOIN case_file c ON c.id = n.case_id LEFT JOIN person p ON p.pid = c.pid "
            "ORDER BY n.seen_at IS NOT NULL, n.at DESC, n.id DESC",
            [*parameters, limit],
        )
        return [NoticeRow(*row) for row in cursor.fetchall()]


def unseen(viewer: Viewer) -> int:
    """How many were not looked at yet, up to a hundred."""
    condition, parameters = _mine(viewer)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM (SELECT 1 FROM notice WHERE {condition} AND seen_at IS NULL LIMIT 100) n", parameters)
        return cursor.fetchone()[0]
