"""What waits for a role, sorted by its clocks; and the board of a procedure, a column for each state."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kangyu.apps.cases.queries import files
from kangyu.apps.cases.queries.files import CaseRow
from kangyu.apps.cases.queries.missing import owing
from kangyu.apps.cases.queries.notices import notices
from kangyu.apps.cases.rules import Rules, rules
from kangyu.apps.directory import queries as directory
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.engines.cases.procedure import PreparedProcedure
from kangyu.engines.content.kinds import Procedure
from kangyu.engines.content.kinds.work import START
from kangyu.engines.content.parts import owners_of_parts
from kangyu.flows.case_load import in_force, local, wall_now
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission
from kangyu.web import care_words, case_words, frame
from kangyu.web.decorators import allow

RECENT = timedelta(days=30)
NONE = (0, 0)


def waiting(viewer: Viewer) -> frame.Waiting | None:
    """What the top of every page says of cases that wait for the viewer."""
    if not viewer.may(Permission.CASE_WORK):
        return None
    return frame.Waiting("等我处理", files.waiting(viewer), reverse("cases"))


frame.WAITING.append(waiting)


@allow(Permission.CASE_VIEW)
def inbox(request: HttpRequest) -> HttpResponse:
    """Whose turn it is: the cases that wait for the viewer's role, the soonest to run out first; htmx asks for the next page."""
    viewer, now = request.viewer, wall_now()
    chosen, after = request.GET.get("procedure", ""), request.GET.get("after", "")
    found = files.inbox(viewer, clock.now(), procedure=chosen, after=after)
    audit.record("case.list", by=viewer, pids=[row.pid for row in found.rows if row.pid is not None], target="cases")
    declared = rules()
    shown = {
        "found": found,
        "rows": rows(found.rows, now),
        "chosen": chosen,
        "chips": [{"key": key, "title": _title(declared, key), "count": count} for key, count in sorted(found.counts.items())],
        "notices": [] if after else notices(viewer, 8),
        "now": now,
        "place": directory.institution(viewer.org).name if viewer.org and directory.institution(viewer.org) else "",
        "openable": openable(declared, viewer),
        "owed": [] if after else owed(declared, viewer, now),
    }
    return render(request, "cases/inbox_rows.html" if request.htmx and after else "cases/inbox.html", shown)


def owed(declared: Rules, viewer: Viewer, now: datetime) -> list[dict[str, Any]]:
    """How many people ought to be a case and are not, by procedure, for who may say why not."""
    found = []
    for key, procedure in declared.content.procedures.items():
        if any(one.dismiss in starters_of(procedure, viewer.role) for one in procedure.missing.values()):
            rows = owing(viewer, now, procedure=key)
            found.append({"key": key, "title": rows[0].title, "count": len(rows), "late": sum(one.late for one in rows)} if rows else {})
    return [one for one in found if one]


def openable(declared: Rules, viewer: Viewer) -> list[dict[str, str]]:
    """The procedures this role can open a case of, for the hint of an empty inbox; those that are parts of another open by themselves."""
    found, parts = [], owners_of_parts(declared.content)
    for key, procedure in declared.content.procedures.items():
        if key not in parts and starters_of(procedure, viewer.role):
            found.append({"key": key, "title": procedure.title, "about": procedure.about})
    return found


def starters_of(procedure: Procedure, role: str) -> list[str]:
    """The moves by which a role opens a case of a procedure."""
    return [
        key
        for key, move in procedure.moves.items()
        if START in move.from_ and any(line.split(" at ")[0] == role for by in move.by for line in by.split(" or "))
    ]


def rows(found: list[CaseRow], now: datetime) -> list[dict[str, Any]]:
    """Cases as lists show them."""
    names = directory.institution_names(list({org for row in found for org in (row.owner, *row.parties.values()) if org}))
    return [case_row(row, names, now) for row in found]


def case_row(row: CaseRow, names: dict[str, str], now: datetime) -> dict[str, Any]:
    """One case: whom it is about, where it stands, between whom, its clock."""
    prepared = _prepared(row)
    orgs = list(dict.fromkeys(names.get(org, org) for org in _parties_in_order(prepared, row) if org))
    opened = local(row.opened)
    return {
        "id": row.id,
        "name": row.name or row.heading,
        "who": care_words.who(row.sex, row.birth_date, now.date()) if row.name else "",
        "heading": row.heading if row.name else "",
        "procedure": prepared.procedure.title if prepared else row.procedure,
        "state": prepared.state(row.state) if prepared else row.state,
        "ended": row.ended,
        "between": " → ".join(orgs[:2]),
        "first": orgs[0] if orgs else "",
        "opened": case_words.moment(opened, now),
        "clock": case_words.due_words(prepared, row.due_clock, local(row.due) if row.due else None, local(row.since), now),
        "clock_title": prepared.clocks[row.due_clock].title if prepared and row.due_clock in prepared.clocks else "",
    }


def _parties_in_order(prepared: PreparedProcedure | None, row: CaseRow) -> list[str]:
    keys = list(prepared.procedure.parties) if prepared else list(row.parties)
    return [row.parties.get(key, "") for key in keys]


def _prepared(row: CaseRow) -> PreparedProcedure | None:
    """The procedure as the case goes by it; none where it is no longer declared."""
    try:
        return in_force(row.procedure, local(row.opened)).procedure(row.procedure)
    except UserError:
        return None


def _title(declared: Rules, key: str) -> str:
    found = declared.content.procedures.get(key)
    return found.title if found else key


@allow(Permission.CASE_VIEW)
def boards(request: HttpRequest) -> HttpResponse:
    """The procedures with cases in reach."""
    declared = rules()
    counted = files.procedures_in_reach(request.viewer)
    shown = [
        {
            "key": key,
            "title": procedure.title,
            "open": counted.get(key, (0, 0))[0],
            "all": counted.get(key, (0, 0))[1],
            "source": procedure.source,
        }
        for key, procedure in declared.content.procedures.items()
        if key in counted or any(one["key"] == key for one in openable(declared, request.viewer))
    ]
    return render(request, "cases/boards.html", {"boards": sorted(shown, key=lambda one: -one["open"])})


@allow(Permission.CASE_VIEW)
def board(request: HttpRequest, procedure: str) -> HttpResponse:
    """One procedure, a column for each state, the cards by their clocks; what ended stays for a month."""
    prepared, now = rules().procedure(procedure), wall_now()
    columns = files.board(request.viewer, procedure, list(prepared.procedure.states), since=clock.now() - RECENT)
    found = [row for one in columns for row in one.rows]
    audit.record("case.list", by=request.viewer, pids=[row.pid for row in found if row.pid is not None], target=f"board/{procedure}")
    cards = {one["id"]: one for one in rows(found, now)}
    shown = [
        {
            "title": prepared.state(one.state),
            "count": one.count,
            "rows": [cards[row.id] for row in one.rows],
            "more": one.count - len(one.rows),
            "end": one.state in prepared.procedure.ends,
        }
        for one in columns
    ]
    late = sum(1 for row in found if row.due and local(row.due) < now)
    shown = [one for one in shown if one["count"] or not one["end"]]
    counts = {"late": late, "open": sum(one["count"] for one in shown if not one["end"])}
    return render(request, "cases/board.html", {"procedure": prepared.procedure, "columns": shown, **counts})
