"""The family doctor's lists: the day's work and the residents of the team."""

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kangyu.apps.cases import queries
from kangyu.apps.cases.queries import Filter, Today, WorkRow
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.engines.content import Content
from kangyu.gateways import content
from kangyu.kernel.permission import Permission
from kangyu.web import care_tags, frame
from kangyu.web import care_words as words
from kangyu.web.decorators import allow
from kangyu.web.views.search import SOURCES, Found

DUE_NOW = 2
"""Up to this section of the list (``apps.cases.queries.today.SECTIONS``) a programme's form belongs to today's visit."""
SHOWN = (
    ("all", "全部"), ("high", "高危"), ("late", "已逾期"), ("very_late", "逾期 30 天以上"), ("week", "一周内到期"),
    ("nearly", "再做一次就够"), ("together", "可一次办完"), ("later", "可以提前做"),
)  # fmt: skip


@allow(Permission.WORKLIST_VIEW)
def today(request: HttpRequest) -> HttpResponse:
    """Who needs the team now; htmx asks for the next page of the same list."""
    chosen = Filter(request.GET.get("show") or "all", request.GET.get("programme", ""))
    on, declared = clock.today(), content.current()
    found = queries.today(request.viewer, on, chosen, request.GET.get("after", ""))
    audit.record("person.list", by=request.viewer, pids=[row.pid for row in found.rows], target="today")
    shown = {
        "on": on,
        "today": found,
        "chosen": chosen,
        "heading": words.day_words(on),
        "days_left": (on.replace(month=12, day=31) - on).days,
        "chips": [{"key": key, "title": title, "count": found.counts[key]} for key, title in SHOWN],
        "programmes": [
            {"key": key, "title": words.programme_title(declared, key), "count": count}
            for key, count in sorted(found.programmes.items(), key=lambda item: -item[1])
        ],
        "sections": sections(found, declared, request.viewer),
        "route": route(found),
        "progress": progress(found, declared),
        "first_page": not request.GET.get("after"),
    }
    return render(request, "doctor/today_rows.html" if request.htmx and request.GET.get("after") else "doctor/today.html", shown)


def sections(found: Today, declared: Content, viewer: Viewer) -> list[dict[str, Any]]:
    """The rows under their headings, in the order of the list."""
    made = []
    for key, rows in groupby(found.rows, key=lambda row: row.section):
        shown = [work_row(row, declared, found, viewer) for row in rows]
        together = sum(1 for one in shown if one["at_home"] > 1)
        made.append({"key": key, "title": words.SECTION_WORDS[key], "rows": shown, "together": together})
    return made


def work_row(row: WorkRow, declared: Content, found: Today, viewer: Viewer) -> dict[str, Any]:
    """One person as the list shows them."""
    figure, small = words.last_figure(row.parts, found.on)
    may_record = viewer.may(Permission.VISIT_RECORD)
    return {
        "pid": row.pid,
        "name": row.name,
        "who": words.who(row.sex, row.birth_date, found.on),
        "place": row.area_name,
        "at_home": row.at_home,
        "discreet": row.discreet,
        "tags": [words.programme_title(declared, part["programme"]) for part in row.parts],
        "risk": row.risk > 0,
        "beside": {} if row.discreet else care_tags.beside(declared, [(part["programme"], part["last"]) for part in row.parts], found.on),
        "what": words.what(row),
        "why": "姓名只在打开后显示，打开会留下记录" if row.discreet else words.why(row, declared, found.on),
        "figure": figure,
        "small": small,
        "clock": words.clock_of(row.next_due, found.on),
        "href": start_of(row) if may_record and not row.discreet else reverse("person", args=[row.pid]),
        "verb": "打开" if row.discreet or not may_record else _verb(row, declared),
    }


def _verb(row: WorkRow, declared: Content) -> str:
    """What beginning is called: vaccines are given, people are followed up."""
    programme, item = declared.programmes.get(row.programme), row.parts[0]["due_item"]
    return "开始接种" if programme and item in programme.due and programme.due[item].schedule else "开始随访"


def start_of(row: WorkRow) -> str:
    """Where the work on a row begins: one form, or the forms of all programmes that are due, on one page."""
    asked = []
    for part in row.parts:
        item = next((item for item in part["items"] if item["key"] == part["due_item"]), {})
        if part["bucket"] <= DUE_NOW or part is row.parts[0]:
            asked.append((item.get("programme") or part["programme"], item.get("form", "")))
    return together_address(row.pid, asked)


def together_address(pid: int, asked: list[tuple[str, str]]) -> str:
    """The page of one form or of several; a form that two programmes want is asked once."""
    declared = content.current()
    named = {}
    for programme, form in asked:
        usual = (declared.programmes[programme].derive_on if programme in declared.programmes else None) or "follow_up"
        found = declared.form_of(programme, form or usual)
        if found is not None:
            named.setdefault(found.name, (programme, form or usual))
    if len(named) < 2:
        return visit_address(pid, *next(iter(named.values()), asked[0]))
    return reverse("together", args=[pid]) + "?" + urlencode({"of": ",".join(".".join(one) for one in named.values())}, safe=",")


def following_of(request: HttpRequest, row: WorkRow | None, on: date) -> dict[str, Any] | None:
    """Whom to see next, as the pages after saving show them."""
    if row is None:
        return None
    found = queries.Today(on=on, rows=[row], counts={}, programmes={}, seen_today=0, households=0)
    return {**work_row(row, content.current(), found, request.viewer), "start": start_of(row)}


def visit_address(pid: int, programme: str, form: str = "") -> str:
    """The address of a form; the programme's usual one needs no naming."""
    declared = content.current().programmes.get(programme)
    usual = (declared.derive_on if declared else None) or "follow_up"
    return reverse("visit", args=[pid, programme]) + (f"?form={form}" if form and form != usual else "")


def route(found: Today) -> list[dict[str, Any]]:
    """Village by village, whom this page of the list would see there; only where there is more than one village."""
    stops: dict[str, list[WorkRow]] = {}
    for row in found.rows:
        if row.section != "later":
            stops.setdefault(row.area_name or "住址不详", []).append(row)
    if len(stops) < 2:
        return []
    ordered = sorted(stops.items(), key=lambda stop: (not any(row.risk for row in stop[1]), -len(stop[1])))
    return [
        {
            "place": place,
            "names": "、".join(row.name for row in rows[:4] if row.name) + (f" 等 {len(rows)} 人" if len(rows) > 4 else ""),
            "remark": "高危在先" if any(row.risk for row in rows) else (f"同户 {rows[0].at_home} 人" if rows[0].at_home > 1 else ""),
        }
        for place, rows in ordered[:8]
    ]


def progress(found: Today, declared: Content) -> list[dict[str, Any]]:
    """This year's work by programme: how many people have had all that was due to them."""
    return [
        {"title": words.programme_title(declared, key), "done": done, "of": of, "percent": 100 * done / of}
        for key, done, of in found.progress
    ]


@allow(Permission.PERSON_VIEW)
def people(request: HttpRequest) -> HttpResponse:
    """The residents within reach, searched by name, pinyin, number or phone."""
    given = request.GET
    on, declared = clock.today(), content.current()
    sought, programme, state = given.get("q", "").strip(), given.get("programme", ""), given.get("state", "")
    after = int(given["after"]) if given.get("after", "").isdigit() else 0
    found = queries.roll(request.viewer, on, words=sought, programme=programme, state=state, after=after)
    beside = care_tags.beside_names(declared, [row.pid for row in found.rows], on)
    audit.record("person.find" if sought else "person.list", by=request.viewer, pids=[row.pid for row in found.rows], target="people")
    shown = {
        "on": on,
        "roll": found,
        "rows": [_resident_row(row, declared, on, beside.get(row.pid, {})) for row in found.rows],
        "sought": sought,
        "programme": programme,
        "state": state,
        "programmes": [
            {"key": key, "title": words.programme_title(declared, key), "count": found.counts[key]}
            for key in declared.programmes
            if found.counts.get(key)
        ],
        "states": [
            {"key": key, "title": title, "count": found.counts.get(f"#{key}", 0)}
            for key, title in (("high", "高危"), ("late", "有逾期"), ("missing", "该管未管"))
        ],
    }
    partial = request.htmx and (given.get("after") or request.htmx.target == "roll")
    return render(request, "doctor/people_rows.html" if partial else "doctor/people.html", {**shown, "more_only": bool(given.get("after"))})


def _resident_row(row: queries.RollRow, declared: Content, on: date, beside: Mapping[str, Any]) -> dict[str, Any]:
    soonest = min((due for _, due, _, state in row.programmes if due and state != "missing"), default=None)
    return {
        "pid": row.pid,
        "beside": beside,
        "name": row.name,
        "who": words.who(row.sex, row.birth_date, on),
        "number": words.number(row.identity_number),
        "phone": words.phone(row.phone),
        "place": row.area_name,
        "tags": [
            {"title": words.programme_title(declared, programme), "missing": state == "missing"}
            for programme, _, _, state in row.programmes
        ],
        "risk": any(risk for _, _, risk, _ in row.programmes),
        "last": words.short_day(row.last_on, on),
        "clock": words.next_words(soonest, on) if soonest else None,
    }


def found_people(viewer: Viewer, sought: str) -> Iterable[Found]:
    """People for the search box."""
    if not viewer.may(Permission.PERSON_FIND):
        return
    on = clock.today()
    for row in queries.find(viewer, sought):
        yield Found("居民", row.name, reverse("person", args=[row.pid]), f"{words.who(row.sex, row.birth_date, on)} {row.area_name}")


def waiting(viewer: Viewer) -> frame.Waiting | None:
    """How many people wait for this team today, for the top of every page."""
    if not viewer.may(Permission.VISIT_RECORD):
        return None
    return frame.Waiting("今天随访", queries.waiting(viewer, clock.today()), reverse("today"))


SOURCES.insert(0, found_people)
frame.WAITING.append(waiting)
