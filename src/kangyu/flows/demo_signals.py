"""Signals for the demo county in every state: alarms of the last weeks and what was done about them, and what was reported by hand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from kangyu.apps.cases.actions.case_tables import aware
from kangyu.apps.cases.rules import rules
from kangyu.apps.directory import queries as directory
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import SYSTEM, Viewer, viewer_of
from kangyu.apps.governance.models import Account
from kangyu.apps.record.actions.write import write
from kangyu.apps.surveillance.actions import judge, recount
from kangyu.apps.surveillance.declared import watched
from kangyu.apps.surveillance.models import Alarm
from kangyu.engines.cases.advance import Made
from kangyu.engines.cases.case import SubjectRef, Who
from kangyu.flows import surveillance
from kangyu.flows.case_happen import case_id, fresh
from kangyu.flows.case_load import WARRANT, wall_now
from kangyu.flows.demo_cases import Played

PROCEDURE = "health_signal"
EARLIER = (42, 28, 14)
"""Days back from which the weeks before are judged as they would have been; each judgement looks back two weeks."""
RECENT = timedelta(days=4)
Line = tuple[float, str, str, Mapping[str, Any] | None, str]
"""Hours after the line before, who (``epi``, ``sentinel``), move, answers, reason."""


@dataclass(frozen=True)
class Happened:
    """What a case is about, for the answers of its forms: cases, the place, the first and the last day of falling ill, incubation."""

    what: str
    cases: int
    place: str
    first: date
    last: date
    incubation: int = 7


def seed(progress: Callable[[str, int], None] = lambda what, done: None) -> int:
    """Count and judge every series as of now and some weeks before; play what was done; open what is new. Returns how many were played."""
    today = clock.today()
    recount.recount(as_of=today, by=SYSTEM, progress=progress)
    for back in EARLIER:
        judge.judge(today=today - timedelta(days=back), by=SYSTEM)
    judge.judge(today=today, by=SYSTEM)
    played = _played()
    surveillance.judge_all()
    return played


def _played() -> int:
    found = {account.role: viewer_of(account) for account in Account.objects.filter(synthetic=True, is_active=True).order_by("-id")}
    if PROCEDURE not in rules().content.procedures or any(role not in found for role in ("epidemiologist", "sentinel_duty")):
        return 0
    cast = {"epi": found["epidemiologist"], "sentinel": found["sentinel_duty"]}
    played = [*_alarms(cast), *_by_hand(cast)]
    drafts = [draft for one in played for draft in one.stored()]
    with transaction.atomic():
        write(drafts, by=SYSTEM, purpose="演示", warrant=WARRANT)
    return len(played)


# what the series raised


def _alarms(cast: Mapping[str, Viewer]) -> list[Played]:
    """Older alarms were closed one way or another; of the new ones some are being looked into, the last is left for whoever signs in."""
    now, declared = wall_now(), watched()
    roots = Alarm.objects.filter(root__isnull=True, case="").order_by("day", "pk")
    counted: dict[bool, int] = {}
    played = []
    for alarm in roots:
        if alarm.signal not in declared or declared[alarm.signal].signal.opens != PROCEDURE:
            continue
        begun = _noticed(alarm.day, now)
        recent = now - begun < RECENT
        place = counted[recent] = counted.get(recent, -1) + 1
        script = _recent(alarm, place) if recent else _ended(alarm, place)
        if script is None:
            continue
        played.append(_play_alarm(alarm, begun, script, cast))
    for alarm in Alarm.objects.all():
        Alarm.objects.filter(pk=alarm.pk).update(raised_at=aware(_noticed(alarm.day, now)))
    return played


def _noticed(day: date, now: datetime) -> datetime:
    """When the records of a day had come in and were judged: that evening, or an hour ago."""
    return min(datetime.combine(day, datetime.min.time()) + timedelta(hours=18, minutes=20), now - timedelta(hours=1))


def _of(alarm: Alarm) -> Happened:
    signal = watched()[alarm.signal].signal
    incubation = surveillance.carried(alarm, signal)["incubation_days"]
    return Happened(signal.title, alarm.cases, alarm.place_name, alarm.day - timedelta(days=3), alarm.day, int(str(incubation or 7)))


def _recent(alarm: Alarm, place: int) -> Sequence[Line] | None:
    """Cholera is being responded to; the next is being assessed; the others wait, one of them with somebody on it."""
    if alarm.signal == "cholera":
        return [*_verified(_of(alarm), 0.6), *_confirmed(_of(alarm), 2), *_progress(_of(alarm), 20)]
    return {0: _verified(_of(alarm), 0.5), 1: None, 2: [(0.2, "epi", "take", None, "")]}.get(place % 4)


def _ended(alarm: Alarm, place: int) -> Sequence[Line]:
    happened = _of(alarm)
    if place % 3 == 1:
        return [(3, "epi", "exclude", None, "一家卫生院把上一周的门诊集中到这天上传，按就诊日期重算后不超过上限")]
    if place % 3 == 2:
        scattered = {"grade": "none", "spread": "low", "harm": "low", "basis": "各户互不接触，没有共同的班级或单位"}
        return [*_verified(happened, 5, clustered=False), (14, "epi", "scattered", scattered, "")]
    return _handled(happened)


def _play_alarm(alarm: Alarm, begun: datetime, script: Sequence[Line], cast: Mapping[str, Viewer]) -> Played:
    signal = watched()[alarm.signal].signal
    subject, parties = surveillance.subject_of(alarm)
    key = f"alarm:{alarm.pk}"
    played = _fresh(subject, key, parties, surveillance.carried(alarm, signal), begun)
    played.advance(Made("alarm", Who(SYSTEM.username, "", ""), key=key, by_itself=True))
    _tell(played, script, cast)
    Alarm.objects.filter(pk=alarm.pk).update(case=played.case.id)
    return played


# what people reported


def _by_hand(cast: Mapping[str, Viewer]) -> list[Played]:
    """Reports that no series would have given: from schools, a hospital, a care home."""
    today, now = clock.today(), wall_now()
    townships = directory.areas_within(directory.county().code, "township")
    stories: Sequence[tuple[str, int, str, str, float, Callable[[Happened], Sequence[Line]]]] = (
        ("发热伴咳嗽聚集", 7, "中心小学三年级一班", "sentinel", 3, lambda it: [(0.4, "epi", "take", None, "")]),
        ("呕吐腹泻聚集", 5, "敬老院二楼", "epi", 1.5, lambda it: []),
        ("水痘聚集", 6, "中心幼儿园大班", "epi", 26 * 24, lambda it: _handled(it)[:-1]),
        ("流行性腮腺炎聚集", 4, "初级中学七年级", "sentinel", 50 * 24, _handled),
    )  # fmt: skip
    played = []
    for number, (what, cases, where, who, hours, script) in enumerate(stories):
        area = townships[(3 * number + 1) % len(townships)]
        begun = now - timedelta(hours=hours)
        happened = Happened(what, cases, f"{area.name}{where}", begun.date() - timedelta(days=3), min(begun.date(), today), 14)
        subject = SubjectRef("area", area.code)
        parties = {"source": cast["sentinel"].org}
        one = _fresh(subject, f"demo-signal-{number}", parties, {}, begun)
        told = {"what": what, "cases": cases, "grade": "general", "where_found": f"{happened.place}，{cases} 例，三天内先后发病"}
        _tell(one, [(0, who, "raise", told, ""), *script(happened)], cast)
        played.append(one)
    return played


# what is done about one


def _handled(it: Happened) -> list[Line]:
    """From the first call to the closing report."""
    return [*_verified(it, 4), *_confirmed(it, 3), *_progress(it, 20), *_over(it)]


def _verified(it: Happened, hours: float, clustered: bool = True) -> list[Line]:
    finding = f"{it.place}现场核实 {it.cases} 例，" + ("有共同接触，已采样" if clustered else "分散在各户")
    said = {"how": "visit", "true_cases": it.cases, "clustered": clustered and it.cases > 1, "severe": False, "finding": finding}
    return [(hours, "epi", "take", None, ""), (1.2, "epi", "verify", said, "")]


def _confirmed(it: Happened, hours: float) -> list[Line]:
    grade = {"grade": "general", "spread": "low", "harm": "medium", "warns": ["notice"], "basis": f"{it.place}一周内 {it.cases} 例"}
    report = {
        "event": f"{it.place}{it.what}", "cases": it.cases, "first_onset": it.first.isoformat(), "place": it.place,
        "measures": ["isolation", "contacts", "disinfection"], "reported_to": "县政府、市疾控",
    }  # fmt: skip
    return [(hours, "epi", "confirm", grade, ""), (1, "epi", "report", report, "")]


def _progress(it: Happened, hours: float) -> list[Line]:
    done = {"new_cases": 0, "last_onset": it.last.isoformat(), "sampled": 6, "positive": 1, "measures": ["sampling", "disinfection"]}
    return [(hours, "epi", "progress", done, "")]


def _over(it: Happened) -> list[Line]:
    ending = {"final_onset": it.last.isoformat(), "incubation_days": it.incubation, "contacts_cleared": True}
    closing = {"total_cases": it.cases, "deaths": 0, "cause": it.what, "source_found": "同班、同户接触传播，未发现外来传入"}
    return [(24 * (it.incubation + 3), "epi", "end", ending, ""), (70, "epi", "close", closing, "")]


def _fresh(subject: SubjectRef, key: str, parties: Mapping[str, str], carry: Mapping[str, Any], begun: datetime) -> Played:
    work = fresh(SYSTEM, rules().procedure(PROCEDURE), subject, case_id(PROCEDURE, subject, key), parties=parties, carry=carry)
    marked = replace(work.subject, synthetic=True)
    return Played(work.declared, work.prepared, work.case, marked, SYSTEM, begun).with_subject()


def _tell(played: Played, script: Sequence[Line], cast: Mapping[str, Viewer]) -> None:
    """Play a story up to now; what lies ahead has not happened."""
    now = wall_now()
    for wait, who, move, answers, reason in script:
        moment = played.now + timedelta(hours=wait)
        if moment > now:
            break
        played.wait_until(moment)
        played.do(cast[who], move, answers, reason)
    played.wait_until(now)
