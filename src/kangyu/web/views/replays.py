"""新规则试算: change the text of a programme or an indicator and see what last year would have been."""

from datetime import date

from django.contrib import messages
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kangyu.apps.directory import queries as directory
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.flows import replays
from kangyu.gateways import content
from kangyu.kernel.errors import ProblemsError, UserError
from kangyu.kernel.period import Period
from kangyu.kernel.permission import Permission
from kangyu.web import declared
from kangyu.web.decorators import allow

SHOWN = 100


@allow(Permission.CONTENT_VIEW)
def new(request: HttpRequest, kind: str, name: str) -> HttpResponse:
    """The declaration's text to change, and the period to run it over."""
    if kind not in replays.KINDS:
        raise Http404
    replays.require_reach(request.viewer)
    current = content.current()
    item = next((one for one in declared.listed(current, kind) if one.name == name), None)
    if item is None:
        raise Http404
    year = clock.today().year - 1
    shown = {
        "item": item,
        "text": "\n".join(declared.source_lines(current, item.file)),
        "start": date(year, 1, 1).isoformat(),
        "end": date(year, 12, 31).isoformat(),
        "earlier": [one for one in replays.requests() if (one.kind, one.key) == (kind, name)],
    }
    if request.method == "POST":
        shown |= {key: request.POST.get(key, shown[key]) for key in ("text", "start", "end")}
        try:
            period = Period(date.fromisoformat(shown["start"]), date.fromisoformat(shown["end"]))
            return redirect("replay", replays.ask(kind, name, shown["text"].replace("\r\n", "\n"), period, by=request.viewer).id)
        except ProblemsError as error:
            shown["problems"] = error.problems
        except UserError as error:
            messages.error(request, str(error), extra_tags="bad")
        except ValueError:
            messages.error(request, "时间段写得不对，请选两个日期。", extra_tags="bad")
    return render(request, "replay_new.html", shown)


@allow(Permission.CONTENT_VIEW)
def one(request: HttpRequest, id: str) -> HttpResponse:
    """How far a replay is (asked again every second by htmx), then what it found."""
    asked = replays.request(id)
    if asked is None or request.viewer.within != "county":
        raise Http404
    if request.htmx:
        reply = render(request, "components/replay_progress.html", {"asked": asked})
        if asked.over:
            reply["HX-Refresh"] = "true"
        return reply
    return render(request, "replay.html", {"asked": asked, **(_found(request.viewer, asked) if asked.outcome else {})})


def _found(viewer: Viewer, asked: replays.Request) -> dict:
    outcome = asked.outcome or {}
    names = directory.institution_names([line[0] for line in outcome["institutions"]])
    most = max((line[2] for line in outcome["institutions"]), default=0)
    people = _people(viewer, outcome["examples"][:SHOWN])
    if people:
        audit.record("content.replay.people", by=viewer, pids=sorted({row["pid"] for row in people}), target=f"{asked.kind}/{asked.key}")
    return {
        "outcome": outcome,
        "institutions": [
            {"name": names.get(org, "没有写机构"), "visits": visits, "changed": changed, "people": who, "most": most}
            for org, visits, changed, who in outcome["institutions"]
        ],
        "people": people,
        "may_see_people": viewer.may(Permission.INDICATOR_PERSONS),
        "difference": None if outcome["after"] is None or outcome["before"] is None else outcome["after"] - outcome["before"],
    }


def _people(viewer: Viewer, examples: list) -> list[dict]:
    """The people of the examples whom the viewer may see, in the order given."""
    if not viewer.may(Permission.INDICATOR_PERSONS) or not examples:
        return []
    scope, given = viewer.people("p")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT p.pid, p.name FROM person p WHERE p.pid = ANY(%s) AND ({scope})", [[row[0] for row in examples], *given])
        names = dict(cursor.fetchall())
    orgs = directory.institution_names(sorted({row[2] for row in examples}))
    return [
        {"pid": pid, "name": names[pid], "on": on, "institution": orgs.get(org, ""), "words": words}
        for pid, on, org, words in examples
        if pid in names
    ]
