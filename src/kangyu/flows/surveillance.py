"""Watching: new records are counted and judged within seconds, everything is judged anew each day, what an alarm asks for is opened."""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db import connection, transaction

from kangyu.apps.cases.actions import notices
from kangyu.apps.directory import queries as directory
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import SYSTEM, Viewer
from kangyu.apps.surveillance.actions import follow, judge, recount
from kangyu.apps.surveillance.actions.recount import place_of
from kangyu.apps.surveillance.declared import watched
from kangyu.apps.surveillance.models import Alarm, SeriesState, SilentSource
from kangyu.engines.cases.case import SubjectRef
from kangyu.engines.content.kinds import Signal
from kangyu.engines.detection.declared import days_of, hours_of
from kangyu.flows.case_happen import begin
from kangyu.gateways import content
from kangyu.kernel.errors import UserError

logger = logging.getLogger("kangyu.surveillance")
Progress = Callable[[str, int], None]
UNOPENED = 30
"""Days for which an alarm whose case could not be opened is tried again."""


def recount_due() -> bool:
    """Whether everything must be counted from the whole record."""
    return follow.recount_due()


def recount_all(*, by: Viewer = SYSTEM, progress: Progress = lambda what, done: None) -> list[Alarm]:
    """Count every signal from the whole record and judge it; returns the alarms raised."""
    recount.recount(as_of=clock.today(), by=by, progress=progress)
    return judge_all()


def follow_changes(stopping: Callable[[], bool] = lambda: False) -> list[Alarm]:
    """Count the persons changed since, judge the places touched, and once a day all of them; returns the alarms raised."""
    state = SeriesState.objects.first()
    if state is None or not state.seen or stopping():
        return []
    today = clock.today()
    cells = follow.follow(today=today)
    if state.judged_on != today:
        return judge_all()
    raised = judge.judge(today=today, by=SYSTEM, cells=cells) if cells else []
    open_cases()
    return raised


def judge_all() -> list[Alarm]:
    """Judge every series as of today, notice who fell silent, open what the alarms ask for; returns the alarms raised."""
    today = clock.today()
    for source in judge.notice_silence(today=today, by=SYSTEM):
        _tell_of_silence(source)
    raised = judge.judge(today=today, by=SYSTEM)
    open_cases()
    return raised


def open_cases() -> list[str]:
    """Open the case of every alarm that asks for one and has none yet; ids of the cases. What was cut short is done the next time."""
    declared, opened = watched(), []
    since = clock.today() - timedelta(days=UNOPENED)
    for alarm in Alarm.objects.filter(root__isnull=True, case="", day__gte=since).order_by("pk"):
        if alarm.signal in declared and (procedure := declared[alarm.signal].signal.opens):
            try:
                opened.append(_open(alarm, declared[alarm.signal].signal, procedure))
            except UserError as error:  # no such institution, say: the alarm stands on the board, and is tried again
                logger.info("alarm %s has no case yet: %s", alarm.pk, error)
    return opened


@transaction.atomic
def _open(alarm: Alarm, signal: Signal, procedure: str) -> str:
    """The case and the alarm's note of it, together or not at all."""
    subject, parties = subject_of(alarm)
    case = begin(procedure, subject, key=f"alarm:{alarm.pk}", parties=parties, carry=carried(alarm, signal))
    Alarm.objects.filter(pk=alarm.pk).update(case=case)
    return case


def subject_of(alarm: Alarm) -> tuple[SubjectRef, dict[str, str]]:
    """The area an alarm's case is about, and who takes part in it besides whoever covers that area: the institution that reported."""
    institution = directory.institution(alarm.place) if alarm.level == "institution" else None
    source = institution.id if institution else _reporter(alarm)
    return SubjectRef("area", institution.area if institution else alarm.place), {"source": source} if source else {}


def carried(alarm: Alarm, signal: Signal) -> dict[str, object]:
    """What the case is told of the alarm."""
    return {
        "what": f"{signal.title}，{alarm.place_name}，{alarm.cases} 例"[:200],
        "alarm": str(alarm.pk),
        "grade": alarm.grade or None,
        "cases": alarm.cases,
        "verify_hours": hours_of(signal.verify),
        "incubation_days": days_of(signal.incubation) if signal.incubation else None,
    }


def _reporter(alarm: Alarm) -> str:
    """The institution that saw most of the cases, "" where none is named."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT org FROM series_event WHERE signal = %s AND side = 0 AND {place_of(alarm.level)} = %s AND org <> '' "
            'AND "on" > %s::date - 7 AND "on" <= %s GROUP BY org ORDER BY count(*) DESC, org LIMIT 1',
            [alarm.signal, alarm.place, alarm.day, alarm.day],
        )
        found = cursor.fetchone()
    return found[0] if found else ""


def _tell_of_silence(source: SilentSource) -> None:
    """Ask the silent institution itself."""
    silent = watched()[source.signal].signal.silent
    names = directory.institution_names([source.org])
    for actor in (silent.tell if silent else "").split(" or "):
        role = actor.partition(" at ")[0]
        if role in content.current().roles:
            says = f"{names.get(source.org, source.org)}自 {source.last_on:%m-%d} 之后没有报数。没有病人也要报零，请看是否断网或漏传。"
            notices.tell(role=role, says=says, org=source.org, source=f"silent:{source.pk}")
