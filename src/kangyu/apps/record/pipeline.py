"""The one door, step by step: each step is a plain function over the drafts of one transaction, in the order of ``STEPS``.

parse and validate (R4 structure, our own bounds) → resolve references → identify the person → authorise → store → project → announce.
Everything happens in the caller's transaction: all or nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.utils import timezone

from kangyu.apps.governance.access import SYSTEM, Permission, Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.identity.actions import persons
from kangyu.apps.record import bounds
from kangyu.apps.record.columns import organisation_of, person_reference
from kangyu.apps.record.errors import ConflictError, GoneError, InvalidError
from kangyu.engines.fhir import extract, validate
from kangyu.kernel.errors import DeniedError, Problem


@dataclass
class Draft:
    """One change on its way in. ``method`` is ``create``, ``update`` or ``delete``; ``expected`` is the version the caller last saw."""

    method: str
    rtype: str
    id: str
    resource: dict
    expected: int | None = None
    pid: int | None = None
    vid: int = 0
    previous: dict | None = None
    previous_pid: int | None = None


@dataclass
class Passage:
    """The drafts of one transaction and who brings them; ``warrant`` is what entitles them beyond their own reach (a case they work on)."""

    drafts: list[Draft]
    by: Viewer
    purpose: str = ""
    at: datetime = field(default_factory=timezone.now)
    warrant: str = ""


REPORTS = {"MeasureReport", "QuestionnaireResponse"}
Projector = Callable[[Passage], None]
PROJECTORS: list[Projector] = []


def check(passage: Passage) -> None:
    """Refuse what is not valid R4 or cannot be true."""
    problems: list[Problem] = []
    for draft in passage.drafts:
        if draft.method == "delete":
            continue
        draft.resource["id"] = draft.id
        place = f"{draft.rtype}/{draft.id}"
        problems += [
            Problem(place, issue.path, issue.message, issue.remedy) for issue in validate(draft.resource) if issue.severity == "error"
        ]
        if not problems:
            problems += bounds.faults(draft.resource)
            problems += persons.faults(draft.resource) if draft.rtype == "Patient" else []
    if problems:
        raise InvalidError(problems)


def meet_the_stored(passage: Passage) -> None:
    """Lock what is already there, and refuse a change based on a version that is no longer the newest."""
    named = [[draft.rtype for draft in passage.drafts], [draft.id for draft in passage.drafts]]
    with connection.cursor() as cursor:
        cursor.execute(LOCKED, named)
        stored = {row[:2]: row[2:] for row in cursor.fetchall()}
        cursor.execute(LAST_VERSIONS, named)
        last = {row[:2]: row[2] for row in cursor.fetchall()}
    for draft in passage.drafts:
        key = (draft.rtype, draft.id)
        if key in stored:
            draft.vid, draft.previous, draft.previous_pid = stored[key][0] + 1, stored[key][1], stored[key][2]
        elif draft.method == "delete":
            raise GoneError(f"{draft.rtype}/{draft.id} 不存在或已删除。")
        else:
            draft.vid = last.get(key, 0) + 1
        if draft.expected is not None and draft.expected != draft.vid - 1:
            raise ConflictError(f"{draft.rtype}/{draft.id} 已被别人改过（现为第 {draft.vid - 1} 版），请刷新后再改。")


LOCKED = """
SELECT rtype, id, vid, body, pid FROM resource WHERE (rtype, id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
ORDER BY rtype, id FOR UPDATE
"""
LAST_VERSIONS = """
SELECT rtype, id, max(vid) FROM resource_version WHERE (rtype, id) IN (SELECT * FROM unnest(%s::text[], %s::text[])) GROUP BY rtype, id
"""


def identify(passage: Passage) -> None:
    """Tie every draft to its person: Patients by matching, everything else through the Patient it names."""
    patients = [draft for draft in passage.drafts if draft.rtype == "Patient"]
    for draft in patients:
        draft.pid = draft.previous_pid if draft.method == "delete" else persons.identify(draft.resource, draft.previous_pid)
    fresh = {draft.id: draft.pid for draft in patients if draft.method != "delete"}
    named = {person_reference(draft.resource) for draft in passage.drafts if draft.method != "delete"}
    known = {**_pids_of_patients({one for one in named if one} - fresh.keys()), **fresh}
    missing: list[Problem] = []
    for draft in passage.drafts:
        if draft.rtype == "Patient":
            continue
        if draft.method == "delete":
            draft.pid = draft.previous_pid
            continue
        about = person_reference(draft.resource)
        if about is None:
            continue
        draft.pid = known.get(about)
        if draft.pid is None:
            message = f"引用的 Patient/{about} 不存在"
            missing.append(Problem(f"{draft.rtype}/{draft.id}", "subject", message, "请先登记这位居民，或改正引用。"))
    if missing:
        raise InvalidError(missing)


def _pids_of_patients(ids: set[str]) -> dict[str, int | None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, pid FROM resource WHERE rtype = 'Patient' AND id = ANY(%s)", [sorted(ids)])
        return dict(cursor.fetchall())


def _reports_figures(passage: Passage) -> bool:
    """Whether this is a report of figures by somebody who may report: a MeasureReport with its form, about no person."""
    about_nobody = all(draft.pid is None and draft.previous_pid is None for draft in passage.drafts)
    return about_nobody and passage.by.may(Permission.INDICATOR_REPORT) and {draft.rtype for draft in passage.drafts} <= REPORTS


def authorise(passage: Passage) -> None:
    """The writer needs the right to write, and every person touched must be within the writer's reach, before and after the change."""
    by = passage.by
    if by is SYSTEM or passage.warrant or _reports_figures(passage):
        return
    if not (by.may(Permission.VISIT_RECORD) or by.may(Permission.RECORD_EXCHANGE)):
        by.require(Permission.VISIT_RECORD)
    touched = {pid for draft in passage.drafts for pid in (draft.pid, draft.previous_pid) if pid is not None}
    if not by.may(Permission.RECORD_EXCHANGE) and any(draft.pid is None for draft in passage.drafts):
        raise DeniedError("您的角色只能写居民的记录，不能改机构、人员等目录。")
    if not touched:
        return
    condition, parameters = by.people()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM person WHERE pid = ANY(%s) AND ({condition})", [list(touched), *parameters])
        if cursor.fetchone()[0] != len(touched):
            raise DeniedError("这位居民不在您的管辖范围内，不能写入。")


STORE = """
INSERT INTO resource (rtype, id, vid, pid, org, code, d_lo, d_hi, updated, author, tokens, body)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (rtype, id) DO UPDATE SET vid = excluded.vid, pid = excluded.pid, org = excluded.org, code = excluded.code,
    d_lo = excluded.d_lo, d_hi = excluded.d_hi, updated = excluded.updated, author = excluded.author,
    tokens = excluded.tokens, body = excluded.body
"""
SUPERSEDE = """
INSERT INTO resource_version (rtype, id, vid, pid, updated, author, body)
SELECT rtype, id, vid, pid, updated, author, body FROM resource WHERE rtype = %s AND id = %s
"""
TOMBSTONE = "INSERT INTO resource_version (rtype, id, vid, pid, updated, author, deleted) VALUES (%s, %s, %s, %s, %s, %s, true)"


def store(passage: Passage) -> None:
    """Write the new versions; what they replace moves to the version table."""
    from psycopg.types.json import Jsonb

    with connection.cursor() as cursor:
        for draft in passage.drafts:
            if draft.previous is not None:
                cursor.execute(SUPERSEDE, [draft.rtype, draft.id])
            if draft.method == "delete":
                cursor.execute("DELETE FROM resource WHERE rtype = %s AND id = %s", [draft.rtype, draft.id])
                cursor.execute(TOMBSTONE, [draft.rtype, draft.id, draft.vid, draft.pid, passage.at, passage.by.username])
                continue
            meta = draft.resource.setdefault("meta", {})
            meta["versionId"], meta["lastUpdated"] = str(draft.vid), passage.at.isoformat(timespec="milliseconds")
            entry = extract(draft.resource)
            cursor.execute(
                STORE,
                [draft.rtype, draft.id, draft.vid, draft.pid, organisation_of(draft.resource), entry.code, entry.d_lo, entry.d_hi,
                 passage.at, passage.by.username, list(entry.tokens), Jsonb(draft.resource)],
            )  # fmt: skip


def project(passage: Passage) -> None:
    """Bring the person index and every registered projection into line, in the same transaction."""
    for draft in passage.drafts:
        if draft.rtype == "Patient" and draft.method != "delete":
            persons.restate(draft.resource, draft.pid)
    for projector in PROJECTORS:
        projector(passage)


def announce(passage: Passage) -> None:
    """Put the changes into the outbox, and into the audit trail."""
    rows = [(draft.rtype, draft.id, draft.vid, draft.pid) for draft in passage.drafts]
    moved = [
        ("Person", str(draft.previous_pid), 0, draft.previous_pid)
        for draft in passage.drafts
        if draft.previous_pid not in (None, draft.pid)
    ]
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO outbox (rtype, id, vid, pid) VALUES (%s, %s, %s, %s)", rows + moved)
    pids = sorted({draft.pid for draft in passage.drafts if draft.pid is not None})
    target = ", ".join(f"{draft.rtype}/{draft.id}/{draft.vid}" for draft in passage.drafts[:4])
    audit.record("record.write", by=passage.by, pids=pids, target=target, purpose=passage.purpose)


STEPS = (check, meet_the_stored, identify, authorise, store, project, announce)
