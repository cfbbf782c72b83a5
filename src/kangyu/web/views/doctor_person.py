"""One resident on a page: who, what is due, what happened, who looked."""

from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kangyu.apps.cases import queries
from kangyu.apps.cases.queries import NotWithinReach, Resident, files
from kangyu.apps.cases.rules import goal_of, rules
from kangyu.apps.cases.timeline import KINDS, Event
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import SYSTEM, Viewer
from kangyu.apps.governance.actions import audit
from kangyu.engines.content import Content
from kangyu.flows.case_load import wall_now
from kangyu.gateways import content
from kangyu.kernel.permission import Permission
from kangyu.web import care_tags, episode_words
from kangyu.web import care_words as words
from kangyu.web.charts.blood_pressure import Reading, blood_pressure_chart
from kangyu.web.decorators import allow
from kangyu.web.dose_words import doses_of_person
from kangyu.web.episode_actions import episode_actions
from kangyu.web.errors import page as error_page
from kangyu.web.views import cases
from kangyu.web.views.case_list import owing_about
from kangyu.web.views.doctor import visit_address
from kangyu.web.wording_of_audit import action_words

YEARS_OPEN = 2
EVENTS_OPEN = 20
CHART_YEARS = 2


@allow(Permission.PERSON_VIEW)
def person(request: HttpRequest, pid: int) -> HttpResponse:
    """The page of one resident within reach; opening it is audited, an attempt out of reach as well."""
    try:
        resident = queries.one(request.viewer, pid)
    except NotWithinReach as error:
        return error_page(request, 404, title="不能打开这位居民", says=str(error))
    audit.record("person.view", by=request.viewer, pids=[pid], target="person", purpose="日常服务")
    on, declared = clock.today(), content.current()
    kind = request.GET.get("kind", "")
    episodes = episode_words.episodes_of(pid, declared, on)
    events = _with_stages(resident.events, episode_words.stages_by_visit(episodes))
    due = [line for status in resident.care for line in due_lines(status, declared, request.viewer, on)]
    shown = {
        "resident": resident,
        "person": resident.person,
        "on": on,
        **header(resident.person, declared, resident, on),
        "due": due,
        "begin": beginning(resident, due, request.viewer),
        "acts": episode_actions(request.viewer, resident, rules(), on),
        "cases": cases.rows(files.of_person(request.viewer, pid, 8), wall_now()) if request.viewer.may(Permission.CASE_VIEW) else [],
        "openable": [one for one in cases.openable(rules(), request.viewer) if one["about"] == "person"],
        "owed": owing_about(request.viewer, pid),
        "programmes": programmes(resident, declared),
        "doses": doses_of_person(pid, on),
        "alarms": alarms(resident, declared),
        "chart": chart(resident, on),
        "episodes": episodes,
        "family": episode_words.family_of(request.viewer, pid, declared, on),
        "legend": care_tags.legend(declared) if episodes else [],
        "kinds": kinds(events),
        "kind": kind,
        "years": years([event for event in events if not kind or event.kind == kind], bool(request.GET.get("all"))),
        "looks": [
            {"look": look, "who": who_looked(look), "words": action_words(look.action), "mine": look.account == request.viewer.username}
            for look in resident.looks
        ],
    }
    return render(request, "doctor/person.html", shown)


def who_looked(look: Any) -> str:
    """The name of who looked; what the platform did by itself says so."""
    return SYSTEM.display_name if look.account == SYSTEM.username else look.name or look.account


def _with_stages(events: list[Event], stages: dict[str, str]) -> list[Event]:
    """The events, those of a stretch of care with the week they fell in."""
    return [replace(one, title=f"{one.title}（{stages[one.response]}）") if one.response in stages else one for one in events]


def header(person: Any, declared: Content, resident: Resident, on: date) -> dict[str, Any]:
    """What the person header says."""
    care = [status for status in resident.care if status.state != "ended"]
    beside = care_tags.beside(declared, [(one.programme, one.last or {}) for one in care], on)
    return {
        "who": f"{words.SEX.get(person.sex, '')}，{_years(person.birth_date, on)}",
        "number": words.number(person.identity_number),
        "phone": words.phone(person.phone),
        "place": "".join(resident.places[1:]) or "住址不详",
        "tags": [words.programme_title(declared, status.programme) for status in care if status.state != "missing"],
        "beside": beside,
        "risks": [f"{words.programme_title(declared, one.programme)}高危" for one in care if one.risk and not (one.last or {}).get("tags")],
        "missing": [words.programme_title(declared, status.programme) for status in care if status.state == "missing"],
        "household": [{"pid": pid, "name": name, "who": words.who(sex, born, on)} for pid, name, sex, born in resident.household],
    }


def _years(born: date | None, on: date) -> str:
    spoken = words.age(born, on)
    return f"{spoken} 岁" if spoken.isdigit() else spoken or "年龄不详"


def due_lines(status: Any, declared: Content, viewer: Viewer, on: date) -> list[dict[str, Any]]:
    """What is due in one programme, each with its clock and where to begin."""
    if status.state not in ("enrolled", "expected"):
        return []
    lines = []
    for item in status.items:
        due = date.fromisoformat(item["due"]) if item.get("due") else None
        done = item.get("needed") and item["done"] >= item["needed"]
        found = declared.programmes[status.programme].due.get(item["key"]) if status.programme in declared.programmes else None
        own = bool(found and (found.window or found.schedule))  # done once, or dose by dose: the title says which, there is no count
        title = words.item_title(item)
        lines.append(
            {
                "title": title if own else f"{words.programme_title(declared, status.programme)}{title}",
                "verb": "开始接种" if found and found.schedule else "",
                "count": item.get("why") or "" if own else counted_words(item),
                "met": bool(found and found.window and item.get("met")),
                "done": bool(done) and (due is None or due.year > on.year),
                "clock": words.next_words(due, on) if due else None,
                "due": due,
                "href": visit_address(status.pid, item.get("programme") or status.programme, item.get("form", ""))
                if viewer.may(Permission.VISIT_RECORD)
                else "",
            }
        )
    return lines


def counted_words(item: dict[str, Any]) -> str:
    """How often it was done this year, of how often it should be."""
    return f"今年 {item['done']}／{item['needed']} 次" if item.get("needed") else f"今年 {item['done']} 次"


def alarms(resident: Resident, declared: Content) -> list[dict[str, str]]:
    """What must be said first: the reasons of high risk."""
    return [
        {"title": words.programme_title(declared, status.programme), "says": "；".join(status.reasons)}
        for status in resident.care
        if status.reasons and status.state in ("enrolled", "expected")
    ]


def chart(resident: Resident, on: date) -> dict[str, Any]:
    """The blood pressures of the last two years with this person's goal, and the same as a table."""
    since = on.replace(year=on.year - CHART_YEARS, day=min(on.day, 28))
    recent = [Reading(*one) for one in resident.pressures if one[0] >= since]
    shown = recent or [Reading(*one) for one in resident.pressures[-12:]]
    goal = goal_of(resident.person.birth_date, on)
    return {
        "count": len(shown),
        "svg": blood_pressure_chart(shown, goal=goal) if shown else "",
        "goal": f"{goal[0]:g}/{goal[1]:g}",
        "readings": list(reversed(shown)),
        "recent": bool(recent),
    }


def kinds(events: list[Event]) -> list[dict[str, Any]]:
    """The filters of the timeline with their counts."""
    counted = Counter(event.kind for event in events)
    every = [{"key": "", "title": "全部", "count": len(events)}]
    return every + [{"key": key, "title": title, "count": counted[key]} for key, title in KINDS.items() if counted[key]]


def years(events: list[Event], everything: bool) -> list[dict[str, Any]]:
    """The events by year; only the newest years are spelled out until somebody asks for the rest."""
    made: list[dict[str, Any]] = []
    shown = 0
    for position, (year, grouped) in enumerate(groupby(events, key=lambda event: event.year)):
        group = list(grouped)
        opened = everything or position < YEARS_OPEN or shown < EVENTS_OPEN
        made.append({"year": year, "count": len(group), "events": group if opened else []})
        shown += len(group)
    return made


STATES = {"enrolled": ("ok", "在管"), "expected": ("ok", "在管"), "missing": ("warn", "该管未管"), "ended": ("none", "已结束")}


def programmes(resident: Resident, declared: Content) -> list[dict[str, Any]]:
    """Where the person stands in each programme."""
    return [
        {
            "title": words.programme_title(declared, one.programme),
            "since": f"{one.enrolled_on} 起" if one.enrolled_on else "按年龄" if one.state == "expected" else "",
            "status": STATES[one.state][0],
            "words": STATES[one.state][1] + (f"（{one.ended_on}）" if one.ended_on else ""),
        }
        for one in resident.care
    ]


def beginning(resident: Resident, due: list[dict[str, Any]], viewer: Viewer) -> dict[str, str]:
    """What the page's one button does: the form most pressing, or the enrolment of somebody who ought to be in a programme."""
    if not viewer.may(Permission.VISIT_RECORD):
        return {}
    missing = next((one.programme for one in resident.care if one.state == "missing"), "")
    if missing and content.current().form_of(missing, "enrolment"):
        return {"href": visit_address(resident.person.pid, missing, "enrolment"), "words": "建档"}
    waiting = sorted((line for line in due if line["href"] and line["due"] and not line["done"]), key=lambda line: line["due"])
    return {"href": waiting[0]["href"], "words": waiting[0]["verb"] or begin_words(waiting[0]["title"])} if waiting else {}


def begin_words(title: str) -> str:
    """``开始高血压随访``; a space before a figure: ``开始 2 型糖尿病随访``."""
    return f"开始{' ' if title[:1].isascii() else ''}{title}"
