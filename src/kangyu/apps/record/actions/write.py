"""Writes through the one door: a single change or several that stand or fall together."""

import uuid

from django.db import transaction

from kangyu.apps.governance.access import Viewer
from kangyu.apps.record.pipeline import STEPS, Draft, Passage


@transaction.atomic
def write(drafts: list[Draft], *, by: Viewer, purpose: str = "", warrant: str = "") -> list[Draft]:
    """Store all drafts, or none. Returns them with ``vid`` and ``pid`` filled in.

    ``warrant`` names what entitles the writer where their own reach does not: a case whose party they are, which the caller has settled.
    Raises ``InvalidError`` (with every problem found), ``ConflictError``, ``GoneError`` or ``DeniedError``.
    """
    passage = Passage(drafts, by, purpose, warrant=warrant)
    for step in STEPS:
        step(passage)
    return drafts


def create(resource: dict, *, by: Viewer, id: str | None = None, purpose: str = "") -> Draft:
    """Store a new resource under a new id (or the given one) and return its draft."""
    draft = Draft("create", resource["resourceType"], id or str(uuid.uuid4()), resource)
    return write([draft], by=by, purpose=purpose)[0]


def update(resource: dict, *, by: Viewer, expected: int | None = None, purpose: str = "") -> Draft:
    """Store the next version of a resource."""
    return write([Draft("update", resource["resourceType"], resource["id"], resource, expected)], by=by, purpose=purpose)[0]


def delete(rtype: str, id: str, *, by: Viewer, expected: int | None = None, purpose: str = "") -> Draft:
    """Take a resource out of the record; its versions stay."""
    return write([Draft("delete", rtype, id, {}, expected)], by=by, purpose=purpose)[0]
