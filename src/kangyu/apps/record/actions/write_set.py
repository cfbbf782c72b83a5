"""Many resources changed alike and together: the steps of the one door, each in a few statements for all of them."""

from collections.abc import Sequence

from django.db import connection, transaction

from kangyu.apps.governance.access import Viewer
from kangyu.apps.identity.actions import persons
from kangyu.apps.record import pipeline
from kangyu.apps.record.columns import organisation_of
from kangyu.apps.record.errors import GoneError
from kangyu.apps.record.pipeline import Draft, Passage
from kangyu.engines.fhir import extract

COLUMNS = "rtype, id, vid, pid, org, code, d_lo, d_hi, updated, author, tokens, body"
STAGE = (
    "CREATE TEMP TABLE IF NOT EXISTS incoming_set (LIKE resource) ON COMMIT DROP",
    "TRUNCATE incoming_set",
)
SUPERSEDE = """
INSERT INTO resource_version (rtype, id, vid, pid, updated, author, body)
SELECT r.rtype, r.id, r.vid, r.pid, r.updated, r.author, r.body FROM resource r JOIN incoming_set i USING (rtype, id)
"""
REPLACE = """
UPDATE resource r SET vid = i.vid, org = i.org, code = i.code, d_lo = i.d_lo, d_hi = i.d_hi, updated = i.updated, author = i.author,
    tokens = i.tokens, body = i.body
FROM incoming_set i WHERE r.rtype = i.rtype AND r.id = i.id
"""


@transaction.atomic
def write_set(bodies: Sequence[dict], *, by: Viewer, purpose: str, warrant: str = "") -> list[Draft]:
    """Store the next version of every one of these resources, or of none; each stays with the person it is about.

    They are in the record already (``GoneError`` otherwise). ``warrant`` and the other errors are as in ``write``.
    """
    passage = Passage([Draft("update", one["resourceType"], one["id"], one) for one in bodies], by, purpose, warrant=warrant)
    for step in (pipeline.check, pipeline.meet_the_stored, _same_persons, pipeline.authorise, _store, _project, pipeline.announce):
        step(passage)
    return passage.drafts


def _same_persons(passage: Passage) -> None:
    for draft in passage.drafts:
        if draft.previous is None:
            raise GoneError(f"{draft.rtype}/{draft.id} 不存在或已删除。")
        draft.pid = draft.previous_pid


def _store(passage: Passage) -> None:
    from psycopg.types.json import Jsonb

    with connection.cursor() as cursor:
        for statement in STAGE:
            cursor.execute(statement)
        with cursor.copy(f"COPY incoming_set ({COLUMNS}) FROM STDIN") as copy:
            for draft in passage.drafts:
                meta = draft.resource.setdefault("meta", {})
                meta["versionId"], meta["lastUpdated"] = str(draft.vid), passage.at.isoformat(timespec="milliseconds")
                entry = extract(draft.resource)
                copy.write_row([
                    draft.rtype, draft.id, draft.vid, draft.pid, organisation_of(draft.resource), entry.code, entry.d_lo, entry.d_hi,
                    passage.at, passage.by.username, list(entry.tokens), Jsonb(draft.resource),
                ])  # fmt: skip
        cursor.execute(SUPERSEDE)
        cursor.execute(REPLACE)


def _project(passage: Passage) -> None:
    persons.restate_all([(draft.resource, draft.pid) for draft in passage.drafts if draft.rtype == "Patient" and draft.pid is not None])
    for projector in pipeline.PROJECTORS:
        projector(passage)
