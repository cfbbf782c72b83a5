"""Signals: what waits to be verified, what is being done, one signal opened down to the cases behind it."""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kangyu.apps.cases.queries import files
from kangyu.apps.directory import queries as directory
from kangyu.apps.directory.models import Area
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import Viewer
from kangyu.apps.surveillance import queries, series
from kangyu.apps.surveillance.declared import Watched, watched
from kangyu.apps.surveillance.models import Alarm, SeriesState, SilentSource
from kangyu.apps.surveillance.queries import Group
from kangyu.engines.detection.declared import days_of
from kangyu.flows import case_work
from kangyu.flows.case_load import local
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission
from kangyu.web import care_words, case_words, signal_words
from kangyu.web.charts import choropleth
from kangyu.web.decorators import allow
from kangyu.web.opening import own_place
from kangyu.web.signal_cards import answering, by_hand, card_of, chips, ended, lanes
from kangyu.web.views import case_page
from kangyu.web.views.plan import area_of

SILENT = 8


@allow(Permission.SIGNAL_VIEW)
def board(request: HttpRequest) -> HttpResponse:
    """Every signal in hand by where it stands; below, every watched series as it is now, alarm or not."""
    viewer, today = request.viewer, clock.today()
    found = [card_of(group, viewer) for group in queries.groups(viewer, today=today)]
    found += by_hand(viewer, [card["case"] for card in found])
    chosen = request.GET.get("show", "")
    kept = [card for card in found if chosen in ("", card["grade"], card["signal"]) or (chosen == "mine" and card["mine"])]
    open_ = [card for card in kept if not card["ended"]]
    state = SeriesState.objects.first()
    shown = {
        "lanes": lanes(open_),
        "ended": ended(kept),
        "chips": chips(found, chosen),
        "total": len([card for card in found if not card["ended"]]),
        "late": sum(card["tone"] == "late" for card in open_),
        "mine": sum(card["mine"] for card in open_),
        "state": state,
        "today": today,
        "map": _map(viewer, found, today),
        "silent": _silent(viewer, today),
        "watches": _watches(viewer),
        "may_tune": viewer.may(Permission.SIGNAL_TUNE),
        "open_href": _open_href(viewer),
        "all_href": reverse("case_board", args=[procedure.key]) if (procedure := answering()) and viewer.may(Permission.CASE_VIEW) else "",
    }
    return render(request, "signals/board.html", shown)


def _open_href(viewer: Viewer) -> str:
    """Where a signal that nobody counted is reported by hand."""
    procedure, area = answering(), own_place(viewer)
    if procedure is None or not viewer.may(Permission.CASE_WORK) or not area:
        return ""
    return reverse("case_open", args=[procedure.key, "area", area])


def _map(viewer: Viewer, cards: Sequence[Mapping[str, Any]], today: date) -> dict[str, Any]:
    """Townships by how many signals are in hand there, with the links to look further."""
    areas = [area for area in directory.areas_within(area_of(viewer)[:6], "township") if area.boundary]
    if not areas:
        return {"drawing": "", "rows": []}
    open_ = [card for card in cards if not card["ended"]]
    counts = {area.code: sum(_inside(card["code"], area.code) for card in open_) for area in areas}
    words = {code: f"{count} 个在办" if count else "没有在办的信号" for code, count in counts.items()}
    drawn = [_map_area(area, counts[area.code], words[area.code]) for area in areas]
    rows = sorted(((area.name, counts[area.code]) for area in areas if counts[area.code]), key=lambda row: -row[1])
    return {
        "drawing": choropleth.choropleth(drawn, title="各乡镇在办的信号", width=288, height=300),
        "rows": rows,
        "legend": choropleth.legend([float(count) for _, count in rows], 0),
    }


def _map_area(area: Area, count: int, says: str) -> choropleth.MapArea:
    return choropleth.MapArea(area.code, area.name, json.loads(area.boundary), float(count) or None, says)


def _inside(place: str, township: str) -> bool:
    if place.startswith("org-") or not place.isdigit():
        found = directory.institution(place)
        place = found.area if found else ""
    return place.startswith(township)


def _silent(viewer: Viewer, today: date) -> dict[str, Any]:
    found: list[SilentSource] = queries.silent_sources(viewer)
    names = directory.institution_names([one.org for one in found])
    rows = [{"name": names.get(one.org, one.org), "days": (today - one.last_on).days, "last": one.last_on} for one in found]
    return {"count": len(rows), "rows": rows[:SILENT], "more": max(len(rows) - SILENT, 0)}


def _watches(viewer: Viewer) -> list[dict[str, Any]]:
    """Every method of every signal at its coarsest level in reach: why there is, or is not, an alarm."""
    rows, found, nearest = [], queries.standings(viewer), {}
    for key, one in watched().items():
        for number, detector in enumerate(one.signal.detect):
            level = next((at for at in reversed(queries.LEVELS) if at in one.signal.by and detector.serves(at) and at in found), "")
            if not level:
                continue
            standing = found[level].get((key, number), [])
            rows.append({
                "key": key, "title": one.signal.title, "method": detector.title or signal_words.METHOD_WORDS[detector.method],
                "says": signal_words.method_words(detector), "level": signal_words.LEVEL_WORDS[level], "places": len(standing),
                "top": signal_words.watch(max(standing, key=signal_words.nearness), one) if standing else None,
                "near": max(map(signal_words.nearness, standing), default=-1.0),
                "over": sum(at.alarm for at in standing), "unknown": sum(at.upper is None or at.value is None for at in standing),
            })  # fmt: skip
            nearest.setdefault(level, set()).update([rows[-1]["top"]["place"]] if standing else [])
    names = {place: name for level, places in nearest.items() for place, name in _names(level, sorted(places)).items()}
    for row in rows:
        if row["top"]:
            row["top"]["name"] = names.get(row["top"]["place"], row["top"]["place"])
    return sorted(rows, key=lambda row: (-row["over"], -row["near"]))


def _names(level: str, places: list[str]) -> dict[str, str]:
    if level == "institution":
        return directory.institution_names(places)
    return {one.code: one.name for code in places if (one := directory.area(code))}


@allow(Permission.SIGNAL_VIEW)
def signal(request: HttpRequest, id: int) -> HttpResponse:
    """One signal: where it stands and what can be done, its curve, the cases behind it, what was learnt since."""
    viewer = request.viewer
    group = queries.group(viewer, id)
    if group is None:
        raise Http404
    one = watched().get(group.root.signal)
    shown = {"group": group, "card": card_of(group, viewer), "declared": one.signal if one else None, **_handling(viewer, group.root)}
    shown |= _evidence(viewer, group, one) if one else {}
    shown["alarms"] = [_alarm_line(alarm, one) for alarm in reversed(group.alarms)]
    return render(request, "signals/signal.html", shown)


def _handling(viewer: Viewer, root: Alarm) -> dict[str, Any]:
    """The case that answers it, as far as the viewer may see: its steps, what happened, what they can do now."""
    if not root.case or files.by_id(viewer, root.case) is None or not viewer.may(Permission.CASE_VIEW):
        return {"case": None}
    try:
        view = case_work.view(viewer, root.case)
    except UserError:  # out of reach, or no longer declared: the signal itself can still be read
        return {"case": None}
    names = case_page.names_for(view, viewer)
    mine = [choice for choice in view.choices if choice.mine and viewer.may(Permission.CASE_WORK)]
    return {
        "case": view,
        "line": case_words.line(view, names),
        "happened": case_words.happened(view, names)[:6],
        "buttons": case_page.buttons(view, mine),
        "answers": case_page.answers_of(view),
        "key": str(uuid.uuid4()),
    }


def _evidence(viewer: Viewer, group: Group, one: Watched) -> dict[str, Any]:
    """The curve with its bound, the townships, ages and cases."""
    last, today = group.last, clock.today()
    number = last.detector if last.detector < len(one.methods) else 0
    found = series.read(one, last.level, [last.place], until=today)
    complete = queries.late_records(last.signal)
    partial = next((days for days, share in enumerate(complete) if share >= 0.95), 0) if complete else 0
    drawn, bars = signal_words.drawn_curve(found, 0, one.methods[number], today, last.place_name, partial)
    lines = queries.cases(viewer, last)
    names = directory.institution_names(list({line.org for line in lines if line.org}))
    villages = _names("village", list({line.village for line in lines if line.village}))
    ages = [(title, count) for title, count in queries.ages(last) if count]
    return {
        "curve": drawn, "bars": bars, "complete": complete[:4] if complete else None, "partial": partial,
        "methods": [signal_words.method_words(detector) for detector in one.signal.detect if detector.serves(last.level)],
        "ages": ages, "ages_most": max((count for _, count in ages), default=0), "map": _case_map(viewer, last, today),
        "lines": [_case_line(line, names, villages, today) for line in lines[:40]], "lines_total": len(lines),
        "with_org": any(line.org for line in lines),
        "hidden": sum(line.pid is None for line in lines), "incubation": days_of(one.signal.incubation) if one.signal.incubation else None,
    }  # fmt: skip


def _case_line(line: queries.CaseLine, names: Mapping[str, str], villages: Mapping[str, str], today: date) -> dict[str, Any]:
    return {
        "on": line.on, "village": villages.get(line.village, line.village), "org": names.get(line.org, line.org), "pid": line.pid,
        "name": line.name, "who": care_words.who(line.sex, line.birth_date, today) if line.pid else "",
    }  # fmt: skip


def _case_map(viewer: Viewer, alarm: Alarm, today: date) -> dict[str, Any]:
    """Cases of the last seven days by township."""
    areas = [area for area in directory.areas_within(area_of(viewer)[:6], "township") if area.boundary]
    counts = queries.by_township(alarm.signal, alarm.day - timedelta(days=6), alarm.day)
    if not areas:
        return {"drawing": "", "rows": []}
    drawn = [_map_area(area, counts.get(area.code, 0), f"{counts.get(area.code, 0)} 例") for area in areas]
    rows = sorted(((area.name, counts[area.code]) for area in areas if counts.get(area.code)), key=lambda row: -row[1])[:4]
    selected = alarm.place[:9] if alarm.level in ("township", "village") else ""
    return {
        "drawing": choropleth.choropleth(drawn, title="近 7 天病例，按乡镇", width=300, height=320, selected=selected),
        "rows": rows,
        "legend": choropleth.legend([float(count) for count in counts.values() if count], 0),
    }


def _alarm_line(alarm: Alarm, one: Watched | None) -> dict[str, Any]:
    figures = signal_words.shown(alarm, one)
    share = signal_words.share_of(one, alarm.method, alarm.rule) if one else False
    unit = one.signal.unit if one else "例"
    was = signal_words.figure(alarm.value, share, unit)
    now = signal_words.figure(alarm.now_value, share, unit)
    if not alarm.now_alarm:
        since = f"按现在的记录是 {now}，不会报警（补报或订正后）"
    else:
        since = f"现在 {now}" if alarm.now_value != alarm.value else ""
    return {
        "day": alarm.day, "place": alarm.place_name, "level": signal_words.LEVEL_WORDS.get(alarm.level, ""), "value": was,
        "upper": figures.upper, "expected": figures.expected,
        "method": alarm.rule.get("title") or signal_words.METHOD_WORDS.get(alarm.method, ""),
        "raised": local(alarm.raised_at), "since": since, "changed": not alarm.now_alarm,
    }  # fmt: skip
