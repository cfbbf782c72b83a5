"""One case on a page: where it stands, whose turn it is, what the viewer can do now, everything that happened."""

import uuid
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from kangyu.apps.cases.case_access import CaseNotWithinReach
from kangyu.apps.cases.queries import files
from kangyu.apps.cases.queries.files import CaseRow
from kangyu.apps.cases.queries.find_cases import number_of
from kangyu.apps.cases.queries.summary import summary
from kangyu.apps.directory import queries as directory
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.models import Account
from kangyu.apps.identity.models import Person
from kangyu.apps.surveillance import queries as signals
from kangyu.engines.cases.case import PERSON
from kangyu.engines.cases.clocks import SECONDS, nearest
from kangyu.engines.cases.moves import Choice
from kangyu.engines.content.kinds.action import Limit
from kangyu.flows import case_hand_over, case_work
from kangyu.flows.case_view import CaseView
from kangyu.gateways import content
from kangyu.kernel.permission import Permission
from kangyu.web import care_words, case_words
from kangyu.web.case_things import thing_of
from kangyu.web.decorators import allow
from kangyu.web.errors import page as error_page
from kangyu.web.views.case_hand_over import offer_of
from kangyu.web.views.cases import case_row, rows

KEYS = "abdefghilmopqrtuvwxyz"


@allow(Permission.CASE_VIEW)
def case(request: HttpRequest, id: str) -> HttpResponse:
    """The page of one case within reach; opening it is audited, an attempt out of reach as well."""
    try:
        view = case_work.view(request.viewer, id)
    except CaseNotWithinReach as error:
        return error_page(request, 404, title="不能打开这件事", says=str(error))
    return render(request, "cases/case.html", page_of(request.viewer, view))


def names_for(view: CaseView, viewer: Viewer) -> case_words.Names:
    """The names that a case's page needs."""
    orgs = {
        *view.case.parties.values(),
        *(step.org for step in view.case.steps),
        *(told.org for step in view.case.steps for told in step.told),
    }
    orgs |= {org for step in view.case.steps for key, change in step.handed.items() if key != PERSON for org in change}
    orgs |= {turn.org for turn in view.facts.turns} | {viewer.org}
    people = Account.objects.filter(
        username__in={step.by for step in view.case.steps} | {one for step in view.case.steps for one in step.handed.get(PERSON, ())}
    ).values_list("username", "display_name")
    return case_words.Names(directory.institution_names([org for org in orgs if org]), dict(people), viewer.org)


def page_of(viewer: Viewer, view: CaseView) -> dict[str, Any]:
    """Everything the page shows."""
    prepared, names = view.prepared, names_for(view, viewer)
    clocks = [case_words.clock_line(prepared, state, view.now) for state in view.clocks]
    first = nearest(view.clocks)
    others = [row for row in _others(viewer, view) if row.id != view.id]
    same = alike(viewer, view) if not view.facts.merged_into else []
    mine = [choice for choice in view.choices if choice.mine and viewer.may(Permission.CASE_WORK)]
    return {
        "view": view,
        "case": view.case,
        "procedure": prepared.procedure,
        "title": titled(view),
        "signal": _signal(view, viewer),
        "number": number_of(view.id),
        "state": prepared.state(view.case.state),
        "merged": view.facts.merged_into,
        "turn": case_words.turn_words(prepared, view.facts.turns, names, viewer.role),
        "mine": any(choice.may and not choice.move.aside for choice in mine),
        "buttons": buttons(view, mine),
        "waits": "、".join(choice.move.title for choice in mine if choice.may) or _waits(view),
        "between": " → ".join(dict.fromkeys(one["org"] for one in case_words.party_lines(view, names)[:2])),
        "first": next((one for one in clocks if first and one.key == first.key), None),
        "clocks": clocks,
        "unsure": any(state.standing == "running" and not state.surely for state in view.clocks),
        "line": case_words.line(view, names),
        "happened": case_words.happened(view, names),
        "answers": answers_of(view),
        "papers": papers_of(view),
        "parties": case_words.party_lines(view, names),
        "handler": names.person(view.case.handler) if view.case.handler else "",
        "offer": offer_of(view, viewer),
        "may_hand_over": not view.ended and viewer.may(Permission.CASE_WORK) and case_hand_over.may(viewer, view),
        "person": person_of(view, viewer),
        "thing": thing_of(viewer, view),
        "summary": _summary(view),
        "parts": rows(files.parts_of(viewer, view.id), view.now),
        "parent": _parent(viewer, view),
        "others": rows(others, view.now),
        "alike": rows(same, view.now),
        "key": str(uuid.uuid4()),
        "opened": case_words.moment(view.case.opened, view.now) if view.case.opened else "",
    }


def titled(view: CaseView) -> str:
    """What it is, whom or what it is about, its line in lists; nothing twice."""
    procedure, subject, said = view.prepared.procedure.title, view.subject.title, view.heading
    if said in ("", procedure, subject):
        return f"{procedure}：{subject}"
    return f"{procedure}：{said}" if subject in said else f"{procedure}：{subject}，{said}"


def _signal(view: CaseView, viewer: Viewer) -> str:
    """Where the curve and the people behind a signal are, for a case that one opened and who may see it."""
    id = signals.of_case(viewer, view.id) if viewer.may(Permission.SIGNAL_VIEW) else None
    return reverse("signal", args=[id]) if id else ""


def papers_of(view: CaseView) -> list[dict[str, str]]:
    """The forms answered in a case that are printed on a paper of their own and that the viewer may read."""
    forms = view.prepared.forms.items()
    return [{"key": key, "title": form.title} for key, form in forms if form.print_ and view.case.rows.get(key) and view.may_read(key)]


def buttons(view: CaseView, mine: list[Choice]) -> list[dict[str, Any]]:
    """What the viewer can do now, the main thing first; what they cannot do yet is shown with the reason."""
    ordered = sorted(mine, key=lambda choice: (choice.move.aside, choice.move.needs_reason, not choice.may))
    keys = iter(KEYS)
    made = []
    for place, choice in enumerate(ordered):
        move = choice.move
        kind = (
            "form" if move.form and not (choice.signed and move.form in view.case.answers) else "reason" if move.needs_reason else "plain"
        )
        made.append(
            {
                "key": choice.key,
                "title": move.title,
                "kind": kind,
                "primary": place == 0 and choice.may and not move.aside,
                "danger": move.needs_reason,
                "aside": move.aside,
                "why": choice.why,
                "signed": f"已签 {choice.signed}／{choice.signers}" if choice.signers > 1 else "",
                "shortcut": next(keys) if kind == "form" and choice.may else "",
            }
        )
    return made


def alike(viewer: Viewer, view: CaseView) -> list[CaseRow]:
    """Other cases that may be this one, no further away than the procedure says."""
    same = view.prepared.procedure.same
    if same is None:
        return []
    limit = Limit.read(same.within)
    hours = view.values.get("same.within") if limit is None else limit.count * SECONDS.get(limit.unit, 30 * 86_400) / 3600
    own = view.values.get(f"column.{same.at}") if same.at else None
    return files.alike(viewer, view.facts.same, view.id, column=same.at or "", on=own or _opened(view), hours=hours)


def _opened(view: CaseView) -> date | None:
    return view.case.opened.date() if view.case.opened else None


def _waits(view: CaseView) -> str:
    """What others are expected to do, where it is not the viewer's turn."""
    titles = [choice.move.title for choice in view.choices if not choice.move.aside and not choice.move.needs_reason]
    return "、".join(titles[:3])


def answers_of(view: CaseView) -> list[dict[str, Any]]:
    """What the case was opened with, then the latest answers of each form, the first asked first."""
    carried = case_words.carried(view)
    found: list[dict[str, Any]] = [{"title": "立案时的内容", "lines": carried, "at": "", "times": 1}] if carried else []
    for form, held in view.case.rows.items():
        if not held or not view.may_read(form):
            continue
        lines = case_words.answered(view, form, held[-1])
        if lines:
            title = view.prepared.forms[form].title
            at = held[-1].get("at")
            files = [(asked, reverse("form_file", args=[held[-1]["id"], path])) for asked, path in case_words.files(view, form, held[-1])]
            when = case_words.moment(at, view.now) if at else ""
            found.append({"title": title, "lines": lines, "files": files, "at": when, "times": len(held)})
    return found


def person_of(view: CaseView, viewer: Viewer) -> dict[str, Any] | None:
    """The person header, where the case is about one; the way to their page only for who may open it."""
    if view.subject.pid is None:
        return None
    person = Person.objects.get(pid=view.subject.pid)
    condition, parameters = viewer.people("person")
    open_ = (
        viewer.may(Permission.PERSON_VIEW) and Person.objects.extra(where=[condition], params=parameters).filter(pid=person.pid).exists()
    )
    return {
        "name": person.name,
        "who": care_words.who(person.sex, person.birth_date, view.now.date()),
        "number": care_words.number(person.identity_number),
        "phone": care_words.phone(person.phone),
        "area": "".join(area.name for area in directory.trail(person.area)[1:]),
        "href": reverse("person", args=[person.pid]) if open_ else "",
        "deceased": person.deceased_on,
    }


def _summary(view: CaseView) -> Any:
    """What travels with the person, for who may read the case's contents."""
    if view.subject.pid is None or view.seen_forms is not None:
        return None
    return summary(view.subject.pid, content.current())


def _others(viewer: Viewer, view: CaseView) -> list[files.CaseRow]:
    if view.subject.pid is not None:
        return files.of_person(viewer, view.subject.pid, 6)
    return files.of_subject(viewer, view.case.subject.kind, view.case.subject.id, 6)


def _parent(viewer: Viewer, view: CaseView) -> dict[str, Any] | None:
    if not view.case.parent:
        return None
    found = files.by_id(viewer, view.case.parent)
    return case_row(found, {}, view.now) if found else None


@require_POST
@allow(Permission.CASE_WORK)
def same(request: HttpRequest, id: str) -> HttpResponse:
    """A person decides whether another case is the same one."""
    other, decided = request.POST.get("other", ""), request.POST.get("same") == "yes"
    key = request.POST.get("key") or str(uuid.uuid4())
    case_work.decide_same(request.viewer, id, other, same=decided, reason=request.POST.get("reason", ""), key=f"same/{key}")
    messages.success(request, "已并入那一件，可以随时分开。" if decided else "已记下：不是同一件。")
    return redirect("case", id=other if decided else id)
