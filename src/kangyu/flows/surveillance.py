"""Watching: new records are counted and judged within seconds, everything is judged anew each day, what an alarm asks for is opened."""

from collections.abc import Callable

from kangyu.apps.governance import clock
from kangyu.apps.governance.access import SYSTEM, Viewer
from kangyu.apps.surveillance.actions import follow, judge, recount
from kangyu.apps.surveillance.models import Alarm, SeriesState

Progress = Callable[[str, int], None]


def recount_due() -> bool:
    """Whether everything must be counted from the whole record."""
    return follow.recount_due()


def recount_all(*, by: Viewer = SYSTEM, progress: Progress = lambda what, done: None) -> list[Alarm]:
    """Count every signal from the whole record and judge it; returns the alarms raised."""
    today = clock.today()
    recount.recount(as_of=today, by=by, progress=progress)
    return _judge_all()


def follow_changes(stopping: Callable[[], bool] = lambda: False) -> list[Alarm]:
    """Count the persons changed since, judge the places touched, and once a day all of them; returns the alarms raised."""
    state = SeriesState.objects.first()
    if state is None or not state.seen or stopping():
        return []
    today = clock.today()
    cells = follow.follow(today=today)
    if state.judged_on != today:
        return _judge_all()
    return judge.judge(today=today, by=SYSTEM, cells=cells) if cells else []


def _judge_all() -> list[Alarm]:
    today = clock.today()
    judge.notice_silence(today=today, by=SYSTEM)
    return judge.judge(today=today, by=SYSTEM)
