"""Residents handed from one team to another at once, when a doctor leaves or two clinics are joined: all of them or none, and back again.

survey(viewer, Team("clinic-a"))                                  # how many residents, running cases, due items
id = hand_over(viewer, Team("clinic-a"), Team("clinic-b", "post-7"), reason="…", key="…")
give_back(viewer, id, reason="…", key="…")                        # those who are still there

Programmes and due lists go with the resident in the same transaction; cases whose party is the resident's team are looked at at once and
follow by themselves, as when one resident moves.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from kangyu.apps.cases.actions import notices
from kangyu.apps.directory import queries as directory
from kangyu.apps.directory.models import Institution
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.identity.models import ResidentHandOver
from kangyu.apps.record.actions.write_set import write_set
from kangyu.kernel.errors import DeniedError, UserError
from kangyu.kernel.permission import Permission

KINDS = ("village_clinic", "township_hospital", "community_centre")
"""What kinds of institution have residents of their own."""
WARRANT = "hand-over of residents"
TEAMS = "SELECT p.org, p.practitioner, count(*) FROM person p WHERE p.deceased_on IS NULL AND p.org <> '' AND ({scope}) GROUP BY 1, 2"
THEIRS = "p.org = %s AND (%s = '' OR p.practitioner = %s)"
SURVEY = """
WITH theirs AS MATERIALIZED (SELECT p.pid, p.deceased_on FROM person p WHERE {whose}),
care AS (SELECT c.* FROM care_status c JOIN theirs USING (pid) WHERE c.state IN ('enrolled', 'expected'))
SELECT (SELECT count(*) FROM theirs WHERE deceased_on IS NULL), (SELECT count(*) FROM theirs),
  (SELECT count(*) FROM case_file f JOIN theirs USING (pid) WHERE NOT f.ended AND f.merged_into = ''),
  (SELECT count(*) FROM care WHERE next_due < %s), (SELECT count(*) FROM care WHERE next_due >= %s AND next_due_from <= %s),
  (SELECT count(DISTINCT pid) FROM care WHERE risk > 0)
"""
PROGRAMMES = """
SELECT c.programme, count(*) FROM care_status c JOIN person p USING (pid) WHERE {whose} AND c.state IN ('enrolled', 'expected')
AND p.deceased_on IS NULL GROUP BY 1 ORDER BY 2 DESC
"""
LOCKED = "SELECT p.pid, p.practitioner FROM person p WHERE {whose} ORDER BY p.pid FOR UPDATE"
PATIENTS = "SELECT body::text FROM resource WHERE rtype = 'Patient' AND pid = ANY(%s) ORDER BY id"


@dataclass(frozen=True)
class Team:
    """An institution's residents, or those of one of its doctors (``practitioner``, the id of a PractitionerRole)."""

    org: str
    practitioner: str = ""

    @property
    def whose(self) -> tuple[str, str, str]:
        """The parameters of ``THEIRS``."""
        return self.org, self.practitioner, self.practitioner


@dataclass(frozen=True)
class Survey:
    """What goes along: residents alive and in all, running cases, due items late and open now, high-risk residents, programmes by size."""

    residents: int
    files: int
    cases: int
    late: int
    open: int
    high_risk: int
    programmes: Sequence[tuple[str, int]]

    @property
    def gone(self) -> int:
        """Those who died: their files go along."""
        return self.files - self.residents


def teams(viewer: Viewer) -> dict[Team, int]:
    """Every team within the viewer's reach that has residents, by doctor, with how many are alive."""
    viewer.require(Permission.RESIDENTS_HAND_OVER)
    scope, parameters = viewer.people("p")
    with connection.cursor() as cursor:
        cursor.execute(TEAMS.format(scope=scope), parameters)
        return {Team(org, practitioner): number for org, practitioner, number in cursor.fetchall()}


def receivers(viewer: Viewer) -> list[Institution]:
    """The open institutions within the viewer's reach that may have residents."""
    return [one for one in directory.institutions_within(viewer.area) if one.kind in KINDS]


def survey(viewer: Viewer, team: Team) -> Survey:
    """What would go along. Raises ``DeniedError`` for a team out of reach."""
    viewer.require(Permission.RESIDENTS_HAND_OVER)
    _require_reach(viewer, team.org)
    today = clock.today()
    with connection.cursor() as cursor:
        cursor.execute(SURVEY.format(whose=THEIRS), [*team.whose, today, today, today])
        counts = cursor.fetchone()
        cursor.execute(PROGRAMMES.format(whose=THEIRS), team.whose)
        return Survey(*counts, programmes=cursor.fetchall())


def hand_over(viewer: Viewer, team: Team, to: Team, *, reason: str, key: str) -> int:
    """Everybody of one team is another's from now on; returns the hand-over's id. The same ``key`` hands over once.

    Raises ``DeniedError`` out of reach, ``UserError`` for a receiver that cannot have residents, or nobody to hand over.
    """
    viewer.require(Permission.RESIDENTS_HAND_OVER)
    if not reason.strip():
        raise UserError("交接要写明原因，接手的团队会看到。")
    _require_right(viewer, team, to)
    with transaction.atomic():
        done = _once(key)
        if done is None:
            with connection.cursor() as cursor:
                cursor.execute(LOCKED.format(whose=THEIRS), team.whose)
                theirs = cursor.fetchall()
            if not theirs:
                raise UserError("这个团队名下没有居民，不用交接。")
            done = _move(viewer, team, to, {pid: to.practitioner for pid, _ in theirs}, dict(theirs), reason, key)
    return done.pk


def give_back(viewer: Viewer, id: int, *, reason: str, key: str) -> int:
    """Take a hand-over back: those who are still with the receiver are again whose they were. Returns the new hand-over's id.

    Raises ``UserError`` when it was given back already or everybody has moved on since, ``DeniedError`` out of reach.
    """
    viewer.require(Permission.RESIDENTS_HAND_OVER)
    found = one(viewer, id)
    if not reason.strip():
        raise UserError("交回也要写明原因。")
    team, to = Team(found.to_org, found.to_practitioner), Team(found.from_org, found.from_practitioner)
    with transaction.atomic():
        done = _once(key)
        if done is not None:
            return done.pk
        if ResidentHandOver.objects.filter(gives_back=found).exists():
            raise UserError("这次交接已经交回过了。")
        with connection.cursor() as cursor:
            cursor.execute(LOCKED.format(whose=f"p.pid = ANY(%s) AND {THEIRS}"), [found.pids, *team.whose])
            still = dict(cursor.fetchall())
        if not still:
            raise UserError("当时交接的居民后来都换了团队，没有可交回的。")
        before = {pid: whose for pid, whose in zip(found.pids, found.practitioners, strict=True) if pid in still}
        return _move(viewer, team, to, before, still, reason, key, gives_back=found).pk


def listed(viewer: Viewer, limit: int = 30) -> list[ResidentHandOver]:
    """The hand-overs within the viewer's reach, the latest first."""
    viewer.require(Permission.RESIDENTS_HAND_OVER)
    found = ResidentHandOver.objects.filter(area__startswith=viewer.area).select_related("gives_back", "given_back")
    return list(found.order_by("-at", "-id")[:limit])


def one(viewer: Viewer, id: int) -> ResidentHandOver:
    """One hand-over within reach. Raises ``UserError``."""
    found = ResidentHandOver.objects.filter(pk=id, area__startswith=viewer.area).first()
    if found is None or viewer.within not in ("county", "township"):
        raise UserError("没有这次交接，或不在您的管辖范围内。")
    return found


def _require_right(viewer: Viewer, team: Team, to: Team) -> None:
    _require_reach(viewer, team.org)
    receiver = _require_reach(viewer, to.org)
    if receiver.kind not in KINDS or receiver.closed_on is not None:
        raise UserError(f"{receiver.name}不能接手居民：要选开着的村卫生室、卫生院或社区卫生服务中心。")
    if to.practitioner and to.practitioner not in dict(directory.doctors_of(to.org, clock.today())):
        raise UserError(f"选的医生现在不在{receiver.name}执业，请另选。")
    if team == to or (team.org == to.org and not to.practitioner):
        raise UserError("接手的和现在的是同一个团队。请选另一家机构，或同一机构的另一位医生。")


def _require_reach(viewer: Viewer, org: str) -> Institution:
    """The institution, which must lie in a place that the viewer answers for."""
    found = directory.institution(org)
    if found is None or viewer.within not in ("county", "township") or not viewer.area or not found.area.startswith(viewer.area):
        raise DeniedError("这家机构不在您的管辖范围内，不能交接它的居民。")
    return found


def _once(key: str) -> ResidentHandOver | None:
    """What the same request did before; two at once wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 11))", [f"residents/{key}"])
    return ResidentHandOver.objects.filter(key=key).first()


def _move(
    viewer: Viewer, team: Team, to: Team, wanted: dict[int, str], before: dict[int, str], reason: str, key: str,
    gives_back: ResidentHandOver | None = None,
) -> ResidentHandOver:  # fmt: skip
    """Everybody in ``wanted`` is of ``to`` from now on, each with the doctor named; ``before`` says whose they were."""
    pids = sorted(wanted)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid, patient_id FROM person WHERE pid = ANY(%s)", [pids])
        patients = {patient: wanted[pid] for pid, patient in cursor.fetchall()}
        cursor.execute(PATIENTS, [pids])
        bodies = [json.loads(text) for (text,) in cursor.fetchall()]
    write_set(
        [_with(body, to.org, patients[body["id"]]) for body in bodies if body["id"] in patients],
        by=viewer, purpose=f"整体交接：{reason}"[:200], warrant=WARRANT,
    )  # fmt: skip
    sender = directory.institution(team.org)
    made = ResidentHandOver.objects.create(
        key=key, from_org=team.org, from_practitioner=team.practitioner, to_org=to.org, to_practitioner=to.practitioner,
        area=sender.area if sender else viewer.area, pids=pids, practitioners=[before[pid] for pid in pids], reason=reason[:300],
        account=viewer.username, name=viewer.display_name, at=clock.now(), gives_back=gives_back,
    )  # fmt: skip
    audit.record("residents.hand_over", by=viewer, pids=pids, target=f"residents/{made.pk}", purpose=reason[:200])
    says = f"{sender.name if sender else ''}的 {len(pids)} 位居民{'交回' if gives_back else '交接'}给贵机构：{reason}"
    notices.tell(role="family_doctor", org=to.org, says=says, source=f"residents/{made.pk}", href="/people/")
    return made


def _with(patient: dict[str, Any], org: str, practitioner: str) -> dict[str, Any]:
    """The Patient with another team; without a doctor it has none of its own."""
    changed = {**patient, "managingOrganization": {"reference": f"Organization/{org}"}}
    changed.pop("generalPractitioner", None)
    if practitioner:
        changed["generalPractitioner"] = [{"reference": f"PractitionerRole/{practitioner}"}]
    return changed
