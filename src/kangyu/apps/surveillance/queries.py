"""Reads of signals for the pages: alarms in groups, each within the viewer's reach; series and the cases behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection
from django.db.models import Q

from kangyu.apps.directory.models import Institution
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.surveillance.declared import watched
from kangyu.apps.surveillance.models import DIGITS, LEVELS, Alarm, SeriesDelay, SeriesStanding, SilentSource
from kangyu.engines.detection import delay
from kangyu.kernel.errors import DeniedError
from kangyu.kernel.permission import Permission

SHOWN_DAYS = 60


@dataclass(frozen=True)
class Group:
    """An alarm that opened a case, and those that joined it, in the order of days."""

    root: Alarm
    alarms: tuple[Alarm, ...]

    @property
    def last(self) -> Alarm:
        """The latest alarm of the place the group began at: what its card shows."""
        same = [one for one in self.alarms if (one.level, one.place) == (self.root.level, self.root.place)]
        return max(same, key=lambda one: (one.day, one.now_value or 0))

    @property
    def grade(self) -> str:
        """The heaviest grade of any of them, as raised or as the data of now give it."""
        declared = watched().get(self.root.signal)
        order = list(declared.signal.grades) if declared else []
        found = [grade for one in self.alarms for grade in (one.grade, one.now_grade if one.now_alarm else "") if grade in order]
        return min(found, key=order.index, default="")

    @property
    def stands(self) -> bool:
        """Whether any of them would be raised from the data of now."""
        return any(one.now_alarm for one in self.alarms)


def groups(viewer: Viewer, *, today: date, days: int = SHOWN_DAYS) -> list[Group]:
    """The groups with an alarm in the last days, newest first."""
    viewer.require(Permission.SIGNAL_VIEW)
    roots = Alarm.objects.filter(_reach(viewer), root__isnull=True).filter(
        Q(day__gt=today - timedelta(days=days)) | Q(joined__day__gt=today - timedelta(days=days))
    )
    return _grouped(list(roots.distinct().order_by("-day", "-pk")))


def group(viewer: Viewer, id: int) -> Group | None:
    """The group of one alarm, opened by any of its members; None when there is none within reach."""
    viewer.require(Permission.SIGNAL_VIEW)
    found = Alarm.objects.filter(pk=id).first()
    root = Alarm.objects.filter(_reach(viewer), pk=found.root_id or found.pk).first() if found else None
    return _grouped([root])[0] if root else None


def of_case(viewer: Viewer, case: str) -> int | None:
    """The alarm that opened a case, where the viewer may see it."""
    return Alarm.objects.filter(_reach(viewer), root__isnull=True, case=case).values_list("pk", flat=True).first()


def _grouped(roots: list[Alarm]) -> list[Group]:
    joined: dict[int, list[Alarm]] = {root.pk: [root] for root in roots}
    for alarm in Alarm.objects.filter(root__in=joined).order_by("day", "pk"):
        joined[alarm.root_id].append(alarm)
    return [Group(root, tuple(joined[root.pk])) for root in roots]


def _reach(viewer: Viewer) -> Q:
    """A county or township sees alarms of places inside it; an institution its own, and those of the area it stands in."""
    if viewer.within in ("county", "township") and viewer.area:
        inside = Institution.objects.filter(area__startswith=viewer.area).values("id")
        return Q(place__startswith=viewer.area) | Q(level="institution", place__in=inside)
    if viewer.within == "institution" and viewer.org:
        area = Institution.objects.filter(id=viewer.org).values_list("area", flat=True).first() or ""
        around = [area[:digits] for digits in (DIGITS["village"], DIGITS["township"]) if len(area) >= digits]
        return Q(place=viewer.org) | Q(place__in=around) | Q(pk__in=_seen_by(viewer.org))
    return Q(pk__in=[])


def _seen_by(org: str) -> list[int]:
    """Alarms of villages and townships with cases that an institution itself saw in the week before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT a.id FROM alarm a JOIN series_event e ON e.signal = a.signal AND e.side = 0 AND e.org = %s "
            "AND e.\"on\" > a.day - 7 AND e.\"on\" <= a.day WHERE a.level IN ('village', 'township') "
            "AND left(e.area, length(a.place)) = a.place",
            [org],
        )
        return [row[0] for row in cursor.fetchall()]


def places_within(viewer: Viewer, level: str) -> list[str] | None:
    """The places of a level whose series a viewer may look at; None is all of them."""
    if viewer.within == "county":
        return None
    if viewer.within == "township" and viewer.area:
        if level == "institution":
            return list(Institution.objects.filter(area__startswith=viewer.area).values_list("id", flat=True))
        judged = SeriesStanding.objects.filter(level=level, place__startswith=viewer.area)
        return list(judged.order_by("place").values_list("place", flat=True).distinct())
    if level == "institution":
        return [viewer.org] if viewer.org else []
    area = Institution.objects.filter(id=viewer.org).values_list("area", flat=True).first() or ""
    return [area[: DIGITS[level]]] if len(area) >= DIGITS[level] else []


def standings(viewer: Viewer) -> dict[str, dict[tuple[str, int], list[SeriesStanding]]]:
    """How every series stands that a viewer may look at: level → (signal, number of the method) → one row for each place.

    A level at which they may look at nothing is not there.
    """
    found: dict[str, dict[tuple[str, int], list[SeriesStanding]]] = {}
    for level in LEVELS:
        places = places_within(viewer, level)
        if places == []:
            continue
        found[level] = {}
        rows = SeriesStanding.objects.filter(level=level, **({} if places is None else {"place__in": places}))
        for row in rows.order_by("place"):
            found[level].setdefault((row.signal, row.detector), []).append(row)
    return found


@dataclass(frozen=True)
class CaseLine:
    """One record behind an alarm. ``pid`` and ``name`` are there only for people the viewer may see."""

    on: date
    village: str
    org: str
    pid: int | None = None
    name: str = ""
    sex: str = ""
    birth_date: date | None = None


def cases(viewer: Viewer, one: Alarm, *, days: int = 14, limit: int = 200) -> list[CaseLine]:
    """The records of an alarm's place in the days up to it, newest first; who they are only where the viewer's rights reach. Audited."""
    if not viewer.may(Permission.SIGNAL_VIEW):
        raise DeniedError("您的角色看不到预警背后的病例。")
    scope, parameters = viewer.people("p")
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT e."on", left(e.area, 12), e.org, CASE WHEN {scope} THEN p.pid END, p.name, p.sex, p.birth_date FROM series_event e '
            f"LEFT JOIN person p ON p.pid = e.pid WHERE e.signal = %s AND e.side = 0 AND {_place(one)} = %s "
            'AND e."on" > %s::date - %s AND e."on" <= %s::date + 7 ORDER BY e."on" DESC, e.event LIMIT %s',
            [*parameters, one.signal, one.place, one.day, days, one.day, limit],
        )
        rows = cursor.fetchall()
    found = [CaseLine(*row) if row[3] is not None else CaseLine(*row[:3]) for row in rows]
    pids = [line.pid for line in found if line.pid is not None]
    if pids:
        audit.record("signal.cases", by=viewer, pids=pids, target=f"alarm/{one.pk}")
    return found


def _place(one: Alarm) -> str:
    return "e.org" if one.level == "institution" else f"left(e.area, {DIGITS[one.level]})"


def by_township(signal: str, since: date, until: date) -> Mapping[str, int]:
    """Cases by township in some days."""
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT left(area, 9), count(*) FROM series_event WHERE signal = %s AND side = 0 AND "on" BETWEEN %s AND %s '
            "AND length(area) >= 9 GROUP BY 1",
            [signal, since, until],
        )
        return dict(cursor.fetchall())


def ages(one: Alarm, days: int = 14) -> Sequence[tuple[str, int]]:
    """Cases of an alarm by age group, of the days up to it."""
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT extract(year FROM age(e."on", p.birth_date))::int, count(*) FROM series_event e JOIN person p ON p.pid = e.pid '
            f"WHERE e.signal = %s AND e.side = 0 AND {_place(one)} = %s "
            'AND e."on" > %s::date - %s AND e."on" <= %s::date + 7 AND p.birth_date IS NOT NULL GROUP BY 1',
            [one.signal, one.place, one.day, days, one.day],
        )
        rows = cursor.fetchall()
    bands = ((0, 4, "0–4 岁"), (5, 14, "5–14 岁"), (15, 24, "15–24 岁"), (25, 59, "25–59 岁"), (60, 200, "60 岁及以上"))
    return [(title, sum(count for age, count in rows if low <= age <= high)) for low, high, title in bands]


def late_records(signal: str) -> list[float] | None:
    """How complete the last days are, 0, 1, 2 … days after; None while too few records have come in to say."""
    return delay.completeness(dict(SeriesDelay.objects.filter(signal=signal).values_list("days", "records")))


def silent_sources(viewer: Viewer) -> list[SilentSource]:
    """Institutions within reach that stopped reporting and were not heard of again, the longest first."""
    found = SilentSource.objects.filter(heard_on__isnull=True).order_by("last_on", "org")
    if viewer.within == "institution":
        found = found.filter(org=viewer.org)
    elif viewer.area:
        found = found.filter(org__in=Institution.objects.filter(area__startswith=viewer.area).values("id"))
    return list(found)


__all__ = [
    "LEVELS",
    "CaseLine",
    "Group",
    "ages",
    "by_township",
    "cases",
    "group",
    "groups",
    "late_records",
    "places_within",
    "silent_sources",
]
