"""Judging the last days of every series: new alarms are stored, known ones learn what today's data would say, silence is noticed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection, transaction

from kangyu.apps.directory.models import Area, Institution
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.surveillance import series
from kangyu.apps.surveillance.actions import standing
from kangyu.apps.surveillance.actions.follow import Cell
from kangyu.apps.surveillance.actions.recount import place_of
from kangyu.apps.surveillance.declared import Watched, watched
from kangyu.apps.surveillance.models import LEVELS, Alarm, SeriesCount, SeriesState, SilentSource
from kangyu.engines.detection.alarms import silence
from kangyu.engines.detection.declared import days_of

LOCK = 7_202_062
LOOK_BACK = 14
"""How many days back a late record may still raise an alarm."""
SAME_CASES = 0.5
FIVE_YEARS = 1827


@dataclass(frozen=True)
class Finding:
    """One threshold exceeded: by which of the signal's methods, at which place, on which day."""

    watched: Watched
    detector: int
    level: str
    place: str
    day: date
    value: float
    expected: float | None
    upper: float | None
    cases: int

    @property
    def key(self) -> tuple[str, str, str, date, int]:
        """What makes an alarm the same one."""
        return self.watched.signal.key, self.level, self.place, self.day, self.detector


@transaction.atomic
def judge(*, today: date, by: Viewer, cells: Iterable[Cell] | None = None, now: datetime | None = None) -> list[Alarm]:
    """Judge the last ``LOOK_BACK`` days, of all places or only of those of ``cells``; returns the alarms raised.

    An alarm once raised stays as it was; what the data of now would give is kept beside it.
    """
    with connection.cursor() as cursor:  # one at a time: a judgement of all and one of some places write the same rows
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    touched = None if cells is None else {cell[:3] for cell in cells}
    if touched is None:
        standing.forget()
    raised: list[Alarm] = []
    for one in watched().values():
        findings: list[Finding] = []
        for level in sorted(one.signal.by, key=LEVELS.index):
            places = None if touched is None else sorted(place for key, at, place in touched if (key, at) == (one.signal.key, level))
            if places != []:
                findings += _level(one, level, places, today, now or clock.now())
        raised += _raise(one, findings, now or clock.now())
    if cells is None:
        SeriesState.objects.update(judged_on=today)
    for alarm in raised:
        audit.record("signal.alarm", by=by, target=f"alarm/{alarm.pk} {alarm.signal}/{alarm.place}"[:160])
    return raised


def _level(one: Watched, level: str, places: list[str] | None, today: date, now: datetime) -> list[Finding]:
    """What exceeds its threshold at a level of place; known alarms of these places are compared on the way."""
    found = series.read(one, level, places, until=today)
    since, findings, judgements = today - timedelta(days=LOOK_BACK - 1), [], {}
    for number, (detector, method) in enumerate(zip(one.signal.detect, one.methods, strict=True)):
        if not detector.serves(level) or not found.places:
            continue
        judged = judgements[number] = found.judged(method)
        _compare(one, number, found, judged, since, now)
        first = judged.position(since)
        for row, later in zip(*np.nonzero(judged.found.alarm[:, first:]), strict=True):
            findings.append(_finding(one, number, found, judged, int(row), first + int(later)))
    standing.keep(found, judgements, today)
    return findings


def _finding(one: Watched, number: int, found: series.Series, judged: series.Judgement, row: int, position: int) -> Finding:
    at, cases = judged.found.at(row, position), judged.cases_of(row, position, one.methods[number])
    day = judged.day(position)
    return Finding(one, number, found.level, found.places[row], day, at.value or 0.0, at.expected, at.upper, cases)


def _compare(one: Watched, number: int, found: series.Series, judged: series.Judgement, since: date, now: datetime) -> None:
    """Write beside the alarms of these places what the data of now give for their day."""
    rows = {place: row for row, place in enumerate(found.places)}
    for alarm in Alarm.objects.filter(signal=one.signal.key, level=found.level, detector=number, place__in=found.places, day__gte=since):
        position = judged.position(alarm.day)
        if alarm.method != one.methods[number].name or position >= judged.found.alarm.shape[1]:
            continue
        finding, stands = _finding(one, number, found, judged, rows[alarm.place], position), judged.found.alarm[rows[alarm.place], position]
        if (finding.value, finding.cases, bool(stands)) != (alarm.now_value, alarm.now_cases, alarm.now_alarm):
            Alarm.objects.filter(pk=alarm.pk).update(
                now_value=finding.value, now_upper=finding.upper, now_cases=finding.cases, now_alarm=bool(stands), now_at=now,
                now_grade=one.grade(figures(finding), finding.day) or "",
            )  # fmt: skip


def _raise(one: Watched, findings: list[Finding], now: datetime) -> list[Alarm]:
    known = set(
        Alarm.objects.filter(signal=one.signal.key, day__gte=min((f.day for f in findings), default=date.max)).values_list(
            "signal", "level", "place", "day", "detector"
        )
    )
    raised = []
    names = _names(findings)
    for finding in sorted(findings, key=lambda f: (LEVELS.index(f.level), f.day, f.detector, f.place)):
        if finding.key not in known:
            raised.append(_store(finding, names.get(finding.place, finding.place), now))
    return raised


def _store(finding: Finding, name: str, now: datetime) -> Alarm:
    one = finding.watched
    detector, grade = one.signal.detect[finding.detector], one.grade(figures(finding), finding.day) or ""
    rule = {"title": detector.title, **detector.model_dump(exclude_defaults=True, mode="json")}
    return Alarm.objects.create(
        signal=one.signal.key, level=finding.level, place=finding.place, place_name=name, day=finding.day, detector=finding.detector,
        method=detector.method, rule=rule, cases=finding.cases, value=finding.value, expected=finding.expected, upper=finding.upper,
        grade=grade, raised_at=now, root=_root(finding), now_value=finding.value, now_upper=finding.upper, now_cases=finding.cases,
        now_grade=grade, now_at=now,
    )  # fmt: skip


def figures(finding: Finding) -> dict[str, Any]:
    """What the grade may look at."""
    key, level, place, day = finding.watched.signal.key, finding.level, finding.place, finding.day
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT coalesce(sum(cases) FILTER (WHERE "on" > %(day)s - 7), 0), coalesce(sum(cases) FILTER (WHERE "on" > %(day)s - 14), 0), '
            'coalesce(sum(cases) FILTER (WHERE "on" > %(day)s - 30), 0), coalesce(sum(cases) FILTER (WHERE "on" <= %(day)s - 30), 0) '
            "FROM series_count WHERE signal = %(key)s AND level = %(level)s AND place = %(place)s "
            'AND "on" <= %(day)s AND "on" > %(day)s - %(years)s',
            {"day": day, "key": key, "level": level, "place": place, "years": FIVE_YEARS},
        )
        week, fortnight, month, earlier = (int(value) for value in cursor.fetchone())
        cursor.execute(
            'SELECT count(DISTINCT left(area, 9)) FROM series_event WHERE signal = %s AND side = 0 AND "on" > %s::date - 7 AND "on" <= %s',
            [key, day, day],
        )
        townships = cursor.fetchone()[0]
    times = finding.value / finding.expected if finding.expected else None
    return {
        "cases": finding.cases, "cases_7": week, "cases_14": fortnight, "cases_30": month, "expected": finding.expected,
        "upper": finding.upper, "times": times, "townships_7": townships, "place": level, "first_in_5_years": earlier == 0,
    }  # fmt: skip


def _root(finding: Finding) -> Alarm | None:
    """The alarm whose case this one belongs to: of the same place within the quiet time, or of a finer place with half of the cases."""
    one, quiet = finding.watched, timedelta(days=finding.watched.quiet)
    near = Alarm.objects.filter(signal=one.signal.key, day__gt=finding.day - quiet, day__lt=finding.day + quiet).select_related("root")
    same = near.filter(level=finding.level, place=finding.place).order_by("-day", "pk").first()
    if same is not None:
        return same.root or same
    finer = LEVELS[: LEVELS.index(finding.level)]
    for alarm in near.filter(root__isnull=True, level__in=finer).order_by("pk"):
        if _shared(finding, alarm) >= SAME_CASES:
            return alarm
    return None


def _shared(finding: Finding, alarm: Alarm) -> float:
    """The share of a finding's cases of the last days that lie in the place of an alarm."""
    inside, there = place_of(finding.level), place_of(alarm.level)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FILTER (WHERE {there} = %s)::float / nullif(count(*), 0) FROM series_event "
            f'WHERE signal = %s AND side = 0 AND {inside} = %s AND "on" > %s::date - 7 AND "on" <= %s',
            [alarm.place, alarm.signal, finding.place, finding.day, finding.day],
        )
        return float(cursor.fetchone()[0] or 0.0)


def _names(findings: list[Finding]) -> Mapping[str, str]:
    places = {finding.place for finding in findings}
    names = dict(Area.objects.filter(code__in=places).values_list("code", "name"))
    return names | dict(Institution.objects.filter(id__in=places).values_list("id", "name"))


@transaction.atomic
def notice_silence(*, today: date, by: Viewer, now: datetime | None = None) -> list[SilentSource]:
    """Institutions that stopped reporting, by each signal that asks; those heard of again are marked so. Returns those newly silent."""
    found: list[SilentSource] = []
    for one in watched().values():
        if one.signal.silent is None or one.signal.out_of is None:
            continue
        history = series.read(one, "institution", None, until=today, since=today - timedelta(days=89))
        if not history.places or history.totals is None:
            continue
        lengths = silence(history.totals, days_of(one.signal.silent.after))
        silent = {place: today - timedelta(days=int(days)) for place, days in zip(history.places, lengths, strict=True) if days}
        for source in SilentSource.objects.filter(signal=one.signal.key, heard_on__isnull=True).exclude(org__in=silent):
            heard = SeriesCount.objects.filter(
                signal=source.signal, level="institution", place=source.org, on__gt=source.last_on, total__gt=0
            )
            SilentSource.objects.filter(pk=source.pk).update(heard_on=heard.order_by("on").values_list("on", flat=True).first() or today)
        for org, last in silent.items():
            source, new = SilentSource.objects.get_or_create(
                signal=one.signal.key, org=org, last_on=last, defaults={"noticed_at": now or clock.now()}
            )
            found += [source] if new else []
    for source in found:
        audit.record("signal.silent", by=by, target=f"{source.signal}/{source.org}")
    return found
