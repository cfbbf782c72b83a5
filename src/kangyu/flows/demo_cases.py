"""Referrals for the demo county, in every state there is: played by the engine on a simulated clock up to now, written in batches."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from django.db import connection, transaction

from kangyu.apps.cases.actions.case_tables import aware
from kangyu.apps.cases.rules import Rules, rules
from kangyu.apps.directory.models import Institution
from kangyu.apps.governance.access import SYSTEM, Viewer, viewer_of
from kangyu.apps.governance.models import Account
from kangyu.apps.ledgers.actions.postings import Entry, post
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.engines.cases.advance import Fact, Fired, Looked, Made, Outcome, advance
from kangyu.engines.cases.case import Case, SubjectRef, Who
from kangyu.engines.cases.parts import PartOpening
from kangyu.engines.cases.task import task
from kangyu.engines.forms import Named
from kangyu.flows.case_happen import case_id, open_part
from kangyu.flows.case_load import WARRANT, Work, wall_now
from kangyu.flows.case_subjects import SubjectFacts

PROCEDURE = "referral"
SEED = 7
BATCH = 120
BEDS: Mapping[str, int] = {"internal": 14, "surgery": 8, "obstetrics": 5, "paediatrics": 6, "geriatrics": 6}
REASONS = (
    ("高血压三次未控", "连续三次随访未达标，调药后仍高", "internal"),
    ("2 型糖尿病血糖控制不住", "两次空腹血糖高于 10 mmol/L，需调整方案", "internal"),
    ("胸闷待查", "活动后胸闷两周，心电图有改变", "internal"),
    ("腹痛待查", "右下腹痛一天，发热", "surgery"),
    ("骨关节痛行走困难", "双膝疼痛加重，需要影像检查", "geriatrics"),
    ("慢性咳嗽待查", "咳嗽三周，抗感染无效", "internal"),
)
MEDICINES = ("氨氯地平 5 mg，每日一次", "二甲双胍 0.5 g，每日两次", "阿司匹林 100 mg，每晚一次")
PEOPLE = """
SELECT c.pid, p.patient_id, p.name, p.sex, p.birth_date, p.area, p.org, p.synthetic FROM care_status c JOIN person p ON p.pid = c.pid
WHERE c.programme IN ('hypertension', 'diabetes') AND c.state = 'enrolled' AND p.deceased_on IS NULL
ORDER BY (c.org = %s) DESC, c.risk DESC, md5(c.pid::text) LIMIT %s
"""


@dataclass(frozen=True)
class Cast:
    """Who plays: the hospital and its people, by role; the doctor of the demo clinic. Others have no account."""

    hospital: Institution
    second: Institution
    township: Institution | None
    desk: Viewer
    reception: Viewer
    physician: Viewer
    doctor: Viewer


class Played(Work):
    """A case that is played, not yet stored: its steps happen at simulated moments. ``owed`` are parts to open once it is."""

    owed: tuple[PartOpening, ...] = ()

    def advance(self, fact: Fact) -> Outcome:
        outcome = advance(self.prepared, self.case, fact, self.now)
        self.case, self.owed = outcome.case, outcome.parts
        self.facts = self.facts_now(outcome.values)
        return outcome

    def wait_until(self, moment: datetime) -> None:
        """Let time pass; what runs out on the way fires."""
        while self.case.timers and self.case.timers[0].at <= moment:
            timer = self.case.timers[0]
            self.now = max(self.now, timer.at)
            self.advance(Looked() if timer.kind == "look" else Fired(timer))
        self.now = moment

    def do(self, viewer: Viewer, move: str, answers: Mapping[str, Any] | None = None, reason: str = "") -> None:
        """Somebody makes a move at the simulated moment."""
        self.viewer = viewer
        who = Who(viewer.username, viewer.role, viewer.org, True)
        made = Made(move, who, reason=reason, key=f"demo-{self.case.number}")
        self.advance(self.with_answers(made, answers))

    def stored(self) -> list[Draft]:
        """Everything to be written of it."""
        assert self.facts is not None
        return [Draft("update", "Task", self.case.id, task(self.prepared, self.case, self.facts)), *self.drafts]


def seed(residents: int) -> int:
    """Beds, and referrals in every state; about one for every 150 residents, most of them ended. Returns how many."""
    cast = _cast()
    if cast is None or PROCEDURE not in rules().content.procedures:
        return 0
    _beds(cast)
    wanted = max(60, min(residents // 150, 130))
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, [cast.doctor.org, wanted])
        people = cursor.fetchall()
    random, declared = np.random.default_rng(SEED), rules()
    played = [_play(declared, cast, row, place, random) for place, row in enumerate(people)]
    drafts = [draft for one in played for draft in one.stored()]
    with transaction.atomic():
        for start in range(0, len(drafts), BATCH):
            write(drafts[start : start + BATCH], by=SYSTEM, purpose="演示", warrant=WARRANT)
    for one in played:
        for opening in one.owed:
            one.viewer = SYSTEM
            open_part(one, opening)
        if one.case.state == "accepted" and one.case.answers["acceptance"]["keeps_bed"]:
            _hold(one)
    looked_at(wall_now() - timedelta(days=2))
    return len(played)


def looked_at(until: datetime) -> None:
    """What was told long ago has been looked at."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE notice SET seen_at = at WHERE at < %s AND seen_at IS NULL", [aware(until)])


def _cast() -> Cast | None:
    kinds = ("general_hospital", "tcm_hospital")
    hospitals = list(Institution.objects.filter(kind__in=kinds, closed_on__isnull=True).order_by("-level", "id"))
    found = {account.role: viewer_of(account) for account in Account.objects.filter(synthetic=True, is_active=True).order_by("-id")}
    needed = ("referral_desk", "reception", "doctor", "family_doctor")
    if len(hospitals) < 2 or any(role not in found for role in needed):
        return None
    own = next(one for one in hospitals if one.id == found["referral_desk"].org)
    second = next(one for one in hospitals if one.id != own.id)
    return Cast(own, second, _township(found["family_doctor"]), *(found[role] for role in needed))


def _township(doctor: Viewer) -> Institution | None:
    """The hospital of the township in which a village doctor works."""
    clinic = Institution.objects.filter(id=doctor.org).first()
    near = Institution.objects.filter(kind__in=("township_hospital", "community_centre"), closed_on__isnull=True)
    return near.filter(area__startswith=clinic.area[:9]).order_by("id").first() if clinic else None


def _beds(cast: Cast) -> None:
    """What the hospitals offer for referrals."""
    entries = [
        Entry("put", Decimal(count if hospital is cast.hospital else count // 2), {"hospital": hospital.id, "department": department})
        for hospital in (cast.hospital, cast.second)
        for department, count in BEDS.items()
    ]
    post("referral_beds", entries, key="demo-beds", by=SYSTEM, reason="放出转诊床位", source="demo")


def _hold(one: Played) -> None:
    department = str(one.case.answers["acceptance"]["department"])
    where = {"hospital": one.case.parties["taker"], "department": department}
    entry = Entry("hold", Decimal(1), where, hold=one.case.id)
    post("referral_beds", [entry], key=f"demo/{one.case.id}", by=SYSTEM, source=f"Task/{one.case.id}")


# stories: how far each case comes, and how long ago it began

STORIES: tuple[tuple[str, int], ...] = (
    ("sent", 7), ("late", 2), ("township", 3), ("urgent", 1), ("draft", 2), ("accepted", 6), ("arrived", 5), ("passed_on", 2),
    ("returned", 7),
    ("refused", 3), ("expired", 2), ("missed", 2), ("withdrawn", 2),
)  # fmt: skip
LATEST = [story for story, count in STORIES for _ in range(count)]


def _play(declared: Rules, cast: Cast, row: tuple[Any, ...], place: int, random: np.random.Generator) -> Played:
    story = LATEST[place] if place < len(LATEST) else "closed"
    pid, patient, name, sex, born, area, org, synthetic = row
    subject = SubjectRef("person", str(pid))
    fields = {"birth_date": born, "sex": sex or None, "org": org or None, "area": area, "township": area[:9], "county": area[:6]}
    facts = SubjectFacts(subject, name, {"reference": f"Patient/{patient}"}, fields, {}, pid, area, org, synthetic)
    giver = cast.doctor if org == cast.doctor.org else replace(cast.doctor, username="", practitioner_role="", org=org)
    taker = cast.hospital if place % 5 or story != "closed" else cast.second
    if story == "township":
        taker = cast.township or cast.hospital
    case = Case(case_id(PROCEDURE, subject, f"demo-{place}"), subject, opener=org)
    for begun in _begun(story, place, random):
        played = Played(declared, declared.procedure(PROCEDURE), case, facts, giver, begun).with_subject()
        _tell(played, story, cast, giver, taker, random)
        if story != "late" or _is_late(played):
            break
    return played


def _is_late(played: Played) -> bool:
    """Whether the answer is owed since some time, and may still come."""
    clocks = played.facts.clocks if played.facts else ()
    return played.case.state == "sent" and any(one.key == "answer" and one.due is not None and one.due < played.now for one in clocks)


def _begun(story: str, place: int, random: np.random.Generator) -> Iterator[datetime]:
    """When the case began, so that it stands where the story leaves it now; of a late one several moments, the latest first."""
    now = wall_now()
    if story == "late":
        yield from (_by_day(now - timedelta(hours=5 + hours, minutes=place % 7), -1) for hours in range(70))
        return
    hours = {"sent": 1.2, "township": 1.6, "urgent": 0.2, "draft": 3, "accepted": 20, "arrived": 60, "passed_on": 80, "returned": 170}
    hours |= {"refused": 30, "expired": 90, "missed": 260, "withdrawn": 50}
    if story in hours:
        moment = now - timedelta(hours=hours[story] * (0.7 + 0.5 * float(random.random())), minutes=place % 7)
        yield _by_day(moment, -1) if hours[story] > 6 else moment
        return
    day = now.date() - timedelta(days=int(random.integers(25, 330)))
    yield datetime.combine(day, datetime.min.time()) + timedelta(hours=8 + 9 * float(random.random()))


def _by_day(moment: datetime, towards: int = 1) -> datetime:
    """Desks work by day: what would fall into the night happens the next morning, or (``towards`` -1) the evening before."""
    if 8 <= moment.hour < 18:
        return moment
    day = moment.date() + timedelta(days=(moment.hour >= 18) if towards > 0 else -(moment.hour < 8))
    return datetime.combine(day, datetime.min.time()).replace(hour=8 if towards > 0 else 17, minute=moment.minute)


def _tell(played: Played, story: str, cast: Cast, giver: Viewer, taker: Institution, random: np.random.Generator) -> None:
    """Play the story up to now."""
    now = wall_now()
    for wait, viewer, move, answers, reason in _script(played, story, cast, giver, taker, random):
        moment = _by_day(played.now + timedelta(hours=wait)) if wait else played.now
        if moment > now:
            break
        played.wait_until(moment)
        if move not in _may(played):
            break
        played.do(viewer, move, answers, reason)
    played.wait_until(now)


def _may(played: Played) -> set[str]:
    return {key for key, move in played.prepared.moves.items() if played.case.state in move.from_}


Line = tuple[float, Viewer, str, dict[str, Any] | None, str]


def _script(played: Played, story: str, cast: Cast, giver: Viewer, taker: Institution, random: np.random.Generator) -> Iterator[Line]:
    """What happens, each line so many hours after the one before; days are counted from where the case has come to."""
    impression, why, department = REASONS[int(random.integers(len(REASONS)))]
    desk, reception, physician = (_at(one, taker) for one in (cast.desk, cast.reception, cast.physician))
    systolic = int(random.integers(138, 186))
    sheet = {
        "direction": "up", "target": Named(taker.id, "Organization", taker.name), "department": department, "consent": "agreed",
        "urgency": "urgent" if story == "urgent" else "routine", "impression": impression, "why": why, "systolic": systolic,
        "diastolic": systolic - int(random.integers(48, 70)),
    }  # fmt: skip
    yield 0, giver, "draft" if story == "draft" else "send_at_once", sheet, ""
    if story in ("sent", "late", "township", "urgent", "draft", "expired"):
        return
    if story == "withdrawn":
        yield 1, giver, "withdraw", None, "家属已自行前往就诊"
        return
    if story == "refused":
        yield 2, desk, "refuse", None, "本科室今天没有空床，建议联系县中医院"
        return
    answered = 0.3 + 2.5 * float(random.random()) if random.random() < 0.85 else 9.0
    come = (played.now + timedelta(days=2)).date()
    acceptance = {"department": department, "keeps_bed": bool(random.random() < 0.6), "come_by": come, "prepare": "带身份证、医保卡"}
    yield answered, desk, "accept", acceptance, ""
    if story in ("accepted", "missed"):
        return
    yield 2 + 18 * float(random.random()), reception, "arrive", None, ""
    if story == "arrived":
        return
    if story == "passed_on":
        upper = Named(cast.second.id, "Organization", cast.second.name)
        yield 20, physician, "pass_on", {"upper": upper, "urgency": "routine", "impression": impression, "why": "需要专科检查"}, ""
        return
    stay = 20 + 90 * float(random.random())
    yield stay, physician, "give_back", _plan(impression, (played.now + timedelta(hours=stay, days=9)).date(), random), ""
    yield 60 + 200 * float(random.random()), giver, "close", _follow_up(random), ""


def _at(viewer: Viewer, institution: Institution) -> Viewer:
    """The same job at an institution; without an account where it is another one."""
    return viewer if viewer.org == institution.id else replace(viewer, org=institution.id, username="", practitioner_role="")


def _plan(impression: str, see_again: date, random: np.random.Generator) -> dict[str, Any]:
    return {
        "diagnosis": impression.removesuffix("待查"),
        "findings": "血常规、心电图、肝肾功能未见明显异常",
        "treatment": "对症治疗后平稳",
        "medicines": MEDICINES[int(random.integers(len(MEDICINES)))],
        "advice": "低盐饮食，按时服药，每周测量一次",
        "see_again": see_again,
        "back_to_hospital": "胸痛、头晕加重，或血压高于 180/110",
    }


def _follow_up(random: np.random.Generator) -> dict[str, Any]:
    if random.random() < 0.1:
        return {"seen": False, "condition": "lost"}
    condition = ("better", "stable", "stable", "worse")[int(random.integers(4))]
    return {"seen": True, "takes_medicines": "regular", "systolic": 136, "diastolic": 82, "condition": condition}
