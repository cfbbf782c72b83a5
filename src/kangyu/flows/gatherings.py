"""Outbreaks proposed: when a case makes a threshold be reached among those of its place, a group and its case are opened, once."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import connection

from kangyu.apps.cases.models import CaseFile
from kangyu.apps.cases.rules import rules
from kangyu.apps.directory import queries as directory
from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.apps.relations.models import Relation
from kangyu.engines.cases.case import SubjectRef
from kangyu.engines.cases.members import Reached, reached
from kangyu.engines.cases.procedure import PreparedProcedure
from kangyu.flows.case_load import SYNTHETIC_TAG, WARRANT, Work
from kangyu.flows.group_members import Member, alike, read_members

IDS = uuid.UUID("3d1c4a68-4d0b-4c38-9a53-5f0b5b7f8d22")
GATHERING = "urn:kangyu:cs:gathering"
LEVELS = (12, 9, 6)
OPEN = """
SELECT c.id, c.ended, c.since FROM case_file c JOIN resource g ON g.rtype = 'Group' AND g.id = c.subject_id
WHERE c.procedure = %s AND c.subject_kind = 'group' AND g.body @> %s::jsonb ORDER BY c.ended, c.since DESC, c.id LIMIT 1
"""


def outbreaks_of(procedure: str) -> list[PreparedProcedure]:
    """The procedures that gather cases of this one and say from how many on."""
    declared = rules()
    every = declared.content.procedures.values()
    return [declared.procedure(one.key) for one in every if one.members and one.members.of == procedure and one.members.thresholds]


@dataclass(frozen=True)
class Proposal:
    """A group that is there and whose case is to be begun: by which procedure, with what."""

    procedure: str
    group: SubjectRef
    carry: Mapping[str, Any]


def propose(work: Work) -> list[Proposal]:
    """What this case makes be proposed, if anything; the caller begins the cases."""
    return [found for prepared in outbreaks_of(work.prepared.procedure.key) if (found := _look(work, prepared)) is not None]


def _look(work: Work, prepared: PreparedProcedure) -> Proposal | None:
    members = prepared.members
    assert members is not None
    if members.declared.counted and work.case.state not in members.declared.counted:
        return None
    newest = read_members(members, [work.case.id], work.now)
    if not newest or newest[0].row["on"] is None or _belongs_already(work.case.id):
        return None
    mark = mark_of(prepared, newest[0].row)
    standing = _standing(prepared, mark)
    if standing and not standing[1]:
        return None
    days = max(one.days for one in members.declared.thresholds.values())
    since = newest[0].row["on"] - timedelta(days=days)
    ids = alike(work.prepared, members, newest[0].row, since, work.subject.area[:6], [work.case.id])
    others = [one for one in read_members(members, ids, work.now) if _counts(prepared, one) and not _belongs_already(one.id)]
    if standing:
        others = [one for one in others if _opened(one.id) > standing[2]]
    found = reached(members, newest[0].row, [one.row for one in others], work.now.date())
    return _group(work, prepared, newest[0], [*newest, *others], found, mark) if found else None


def _counts(prepared: PreparedProcedure, one: Member) -> bool:
    counted = prepared.members.declared.counted if prepared.members else ()
    return not counted or one.state in counted


def _belongs_already(case: str) -> bool:
    return Relation.objects.filter(type="member", from_kind="case", from_id=case, until=None).exists()


def _opened(case: str) -> datetime:
    return CaseFile.objects.values_list("opened", flat=True).get(id=case)


def mark_of(prepared: PreparedProcedure, row: Any) -> str:
    """A short name that is equal for what belongs together."""
    assert prepared.members is not None
    same = [str(row.get(name)) for name in prepared.members.declared.same]
    return hashlib.sha256(orjson.dumps([prepared.procedure.key, *same])).hexdigest()[:32]


def _standing(prepared: PreparedProcedure, mark: str) -> tuple[str, bool, datetime] | None:
    """The case about the same place that is open, else the last one: its id, whether it ended, since when it stands so."""
    wanted = orjson.dumps({"identifier": [{"system": GATHERING, "value": mark}]}).decode()
    with connection.cursor() as cursor:
        cursor.execute(OPEN, [prepared.procedure.key, wanted])
        found: tuple[str, bool, datetime] | None = cursor.fetchone()
    return found


def _group(work: Work, prepared: PreparedProcedure, newest: Member, members: list[Member], found: Reached, mark: str) -> Proposal:
    """The group that is proposed, without members yet: a person confirms them."""
    area = around([one.area for one in members if one.id in found.cases] or [newest.area])
    id = str(uuid.uuid5(IDS, f"{mark}/{newest.id}"))
    name = f"{place_name(prepared, newest.row)}，{work.facts.heading if work.facts else work.prepared.procedure.title}"
    body = group_resource(id, name, mark, area, synthetic=work.subject.synthetic)
    write([Draft("update", "Group", id, body)], by=SYSTEM, purpose=prepared.procedure.title, warrant=WARRANT)
    known = {**newest.row, "name": name, "reached": found.threshold.title}
    return Proposal(prepared.procedure.key, SubjectRef("group", id), {key: known.get(key) for key in prepared.procedure.takes})


def group_resource(id: str, name: str, mark: str, area: str, *, synthetic: bool) -> dict[str, Any]:
    """A group of people as a case is about it."""
    body: dict[str, Any] = {
        "resourceType": "Group",
        "id": id,
        "identifier": [{"system": GATHERING, "value": mark}],
        "active": True,
        "type": "person",
        "actual": True,
        "name": name,
        "extension": [{"url": "urn:kangyu:ext:area", "valueCode": area}],
    }
    return {**body, "meta": {"tag": [SYNTHETIC_TAG]}} if synthetic else body


def place_name(prepared: PreparedProcedure, row: Any) -> str:
    """The place of a member in words: what was answered, or the name of the area whose code stands there."""
    column = prepared.members.declared.place if prepared.members else None
    value = str(row.get(column) or "") if column else ""
    if value.isdigit():
        return "".join(area.name for area in directory.trail(value)[1:]) or value
    return value


def around(areas: list[str]) -> str:
    """The smallest area that holds all of them, the county at most."""
    for length in LEVELS:
        shortened = {area[:length] for area in areas if len(area) >= length}
        if len(shortened) == 1 and len([one for one in areas if len(one) >= length]) == len(areas):
            return next(iter(shortened))
    return areas[0][:6]
