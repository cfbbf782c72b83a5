"""Everything one resident's page needs, within the viewer's reach."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import orjson
from django.db import connection

from kangyu.apps.cases import timeline
from kangyu.apps.cases.models import CareStatus
from kangyu.apps.cases.timeline import Event
from kangyu.apps.directory import queries as directory
from kangyu.apps.governance.access import Viewer, reached
from kangyu.apps.governance.actions import audit
from kangyu.apps.governance.models import Account
from kangyu.apps.identity.models import Person
from kangyu.gateways import content
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission


class NotWithinReach(UserError):
    """There is no such resident, or not for this viewer; which of the two is not said."""


@dataclass(frozen=True)
class Look:
    """Somebody opened or changed the record."""

    at: datetime
    account: str
    name: str
    action: str
    purpose: str


@dataclass(frozen=True)
class Resident:
    """One resident as the page shows them."""

    person: Person
    patient: dict[str, Any]
    places: list[str]
    clinic: str
    household: list[tuple[int, str, str, date | None]]
    care: list[CareStatus]
    problems: list[dict[str, Any]]
    events: list[Event]
    pressures: list[tuple[date, float, float]]
    looks: list[Look] = field(default_factory=list)
    more: bool = False


SHOWN = ["Patient", "Condition", "Encounter", "Observation", "Immunization", "QuestionnaireResponse", "EpisodeOfCare"]
NEWEST = 600
RESOURCES = """
SELECT rtype, vid, updated, author, body FROM resource WHERE pid = %s AND rtype = ANY(%s) ORDER BY d_lo DESC NULLS FIRST, id LIMIT %s
"""
LOOKS = """
SELECT at, account, coalesce((SELECT display_name FROM account a WHERE a.username = e.account), ''), action, purpose
FROM audit_event e
WHERE pids @> ARRAY[%s]::bigint[] AND at > now() - interval '30 days' AND action NOT IN ('person.list', 'person.find', 'case.list')
ORDER BY at DESC LIMIT 20
"""


def within_reach(viewer: Viewer, pid: int) -> Person:
    """The person, or ``NotWithinReach``. An attempt on somebody else's resident is left in the audit trail."""
    viewer.require(Permission.PERSON_VIEW)
    condition, parameters = reached(viewer, "person")
    found = Person.objects.extra(where=[condition], params=parameters).filter(pid=pid).first()  # the scope is SQL by design
    if found is None:
        if Person.objects.filter(pid=pid).exists():
            audit.record("person.view", by=viewer, pids=[pid], target="person", outcome="denied")
        raise NotWithinReach("没有这位居民，或不在您的管辖范围内。如需查看，请联系其责任机构。")
    return found


def one(viewer: Viewer, pid: int) -> Resident:
    """The resident's page in at most eight queries. Raises ``NotWithinReach``."""
    person = within_reach(viewer, pid)
    with connection.cursor() as cursor:
        cursor.execute(RESOURCES, [pid, SHOWN, NEWEST + 1])
        rows = cursor.fetchall()
        cursor.execute(LOOKS, [pid])
        looks = [Look(*row) for row in cursor.fetchall()]
    more, rows = len(rows) > NEWEST, rows[:NEWEST]
    stored = [timeline.Stored(*row[:4], orjson.loads(row[4])) for row in rows]
    authors = {one.author for one in stored}
    orgs = {person.org, *(timeline.organisation(one.body) for one in stored)} - {"", None}
    institutions = directory.institution_names(list(orgs))
    names = dict(Account.objects.filter(username__in=authors).values_list("username", "display_name"))
    return Resident(
        person=person,
        patient=next((one.body for one in stored if one.rtype == "Patient" and one.body["id"] == person.patient_id), {}),
        places=[area.name for area in directory.trail(person.area)],
        clinic=institutions.get(person.org, ""),
        household=_household(viewer, person),
        care=list(CareStatus.objects.filter(pid=pid).order_by("next_due", "programme")),
        problems=timeline.problems(stored, content.current()),
        events=timeline.events(stored, institutions, names, content.current()),
        pressures=timeline.pressures(stored),
        looks=looks,
        more=more,
    )


def _household(viewer: Viewer, person: Person) -> list[tuple[int, str, str, date | None]]:
    """The others under the same roof whom the viewer may see."""
    if not person.household:
        return []
    condition, parameters = viewer.people("person")
    others = Person.objects.extra(where=[condition], params=parameters).filter(household=person.household, deceased_on=None)
    return list(others.exclude(pid=person.pid).order_by("birth_date").values_list("pid", "name", "sex", "birth_date")[:12])
