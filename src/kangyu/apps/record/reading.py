"""The door for reads: what a viewer may see of the record, each read written to the audit trail."""

from collections.abc import Callable

from django.db import connection

from kangyu.apps.governance.access import SYSTEM, Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.record import queries
from kangyu.apps.record.errors import GoneError
from kangyu.apps.record.queries import Found, Stored
from kangyu.apps.record.search_sql import Scope
from kangyu.engines.fhir import SearchQuery
from kangyu.kernel.permission import Permission

WAYS: list[Callable[[Viewer, str, str], bool]] = []
"""Other ways to be allowed to read one resource (viewer, type, id), which upper apps know of: being a party of a case."""


BOUND = frozenset({"Group", "Task"})
"""Types that tell of people without being about one person: only another way lets anybody read one, being nobody's is not enough."""


def scope_of(viewer: Viewer) -> Scope:
    """The condition on ``person`` that keeps what the viewer may see, None for everything; ``DeniedError`` for who may see nothing."""
    if viewer is SYSTEM:
        return None
    if not viewer.may(Permission.RECORD_EXCHANGE):
        viewer.require(Permission.PERSON_VIEW)
    return viewer.people("person")


def visible(pid: int | None, viewer: Viewer) -> bool:
    """Whether a viewer may see the records of a person (or, with None, the directory)."""
    if viewer is SYSTEM:
        return True
    if pid is None:
        return viewer.may(Permission.RECORD_EXCHANGE) or viewer.may(Permission.PERSON_VIEW)
    condition, parameters = viewer.people("person")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM person WHERE pid = %s AND ({condition})", [pid, *parameters])
        return cursor.fetchone() is not None


def read(rtype: str, id: str, *, viewer: Viewer, vid: int | None = None, purpose: str = "") -> Stored:
    """One version of one resource (the newest when ``vid`` is None).

    Raises ``GoneError`` when there is none or it is out of reach: an outsider cannot tell the two apart. The attempt is audited.
    """
    found = queries.current(rtype, id) if vid is None else queries.version(rtype, id, vid)
    target = f"{rtype}/{id}" + (f"/{vid}" if vid else "")
    if found is None:
        tombs = queries.history(rtype, id, 1)
        if tombs and visible(tombs[0].pid, viewer):
            return tombs[0]
        raise GoneError(f"{target} 不存在，或不在您的管辖范围内。")
    pids = [found.pid] if found.pid is not None else []
    if not _open_to(found.rtype, found.pid, viewer) and not any(way(viewer, rtype, id) for way in WAYS):
        audit.record("record.read", by=viewer, pids=pids, target=target, purpose=purpose, outcome="denied")
        raise GoneError(f"{target} 不存在，或不在您的管辖范围内。")
    if pids:
        audit.record("record.read", by=viewer, pids=pids, target=target, purpose=purpose)
    return found


def _open_to(rtype: str, pid: int | None, viewer: Viewer) -> bool:
    """Whether a viewer may see a resource by its person alone."""
    if pid is None and rtype in BOUND and viewer is not SYSTEM:
        return viewer.may(Permission.RECORD_EXCHANGE)
    return visible(pid, viewer)


def history(rtype: str, id: str, *, viewer: Viewer) -> list[Stored]:
    """All versions of one resource, newest first; ``GoneError`` as for ``read``."""
    versions = queries.history(rtype, id)
    if not versions or not all(_open_to(rtype, pid, viewer) for pid in {one.pid for one in versions}):
        raise GoneError(f"{rtype}/{id} 不存在，或不在您的管辖范围内。")
    audit.record("record.history", by=viewer, pids=[one.pid for one in versions[:1] if one.pid], target=f"{rtype}/{id}")
    return versions


def _scope(query: SearchQuery, viewer: Viewer) -> Scope:
    """The scope of a search: of bound types only what is about people within it."""
    scope = scope_of(viewer)
    if scope is None or query.resource_type not in BOUND or viewer.may(Permission.RECORD_EXCHANGE):
        return scope
    return (scope[0], scope[1], True)


def search(query: SearchQuery, *, viewer: Viewer) -> list[Found]:
    """One page of a search within the viewer's reach, plus one more row when there is a next page."""
    found = queries.search(query, scope=_scope(query, viewer))
    pids = sorted({one.pid for one in found if one.pid is not None})
    if pids:
        audit.record("record.search", by=viewer, pids=pids, target=query.resource_type)
    return found


def count(query: SearchQuery, *, viewer: Viewer) -> int:
    """How many resources within the viewer's reach a search finds."""
    return queries.count(query, scope=_scope(query, viewer))
