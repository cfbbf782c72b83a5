"""Doing something in a case: the form of a move, the form that opens a case; shown with what is known, saved once."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from kangyu.apps.cases import case_access
from kangyu.apps.cases.case_access import CaseNotWithinReach
from kangyu.apps.cases.queries import NotWithinReach, files
from kangyu.apps.cases.rules import rules
from kangyu.apps.governance.access import Viewer
from kangyu.engines.cases.moves import RefusedError
from kangyu.engines.cases.procedure import PreparedProcedure
from kangyu.engines.cases.vocabulary import AMEND
from kangyu.engines.content.kinds.work import START
from kangyu.engines.content.parts import owners_of_parts
from kangyu.engines.forms import PreparedForm, Result
from kangyu.engines.ledger import Refused
from kangyu.flows import case_subjects, case_work
from kangyu.flows.case_happen import fresh
from kangyu.flows.case_load import AnswersRefused, Work, load, wall_now
from kangyu.flows.case_view import CaseView
from kangyu.flows.case_work import SubjectRef
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission
from kangyu.web import care_words
from kangyu.web.decorators import allow
from kangyu.web.errors import page as error_page
from kangyu.web.forms import drafts, draw, look_up, read
from kangyu.web.opening import AREA, parties_asked, places_asked, way_back
from kangyu.web.room import room_of
from kangyu.web.views.case_page import answers_of, person_of
from kangyu.web.views.cases import rows

NO_PLACE = ("地点", "place")
"""What an opening about a place lacks where none was chosen: the question's title and its field."""


@allow(Permission.CASE_WORK)
def move(request: HttpRequest, id: str, move: str) -> HttpResponse:
    """A move with a form: shown with what is known; posting it makes the move. Other moves are posted from the case's page."""
    try:
        if request.method == "POST":
            return _make(request, id, move)
        view = case_work.view(request.viewer, id)
    except CaseNotWithinReach as error:
        return error_page(request, 404, title="不能打开这件事", says=str(error))
    choice = next((one for one in view.choices if one.key == move), None)
    if choice is None or not choice.may or choice.move.form is None:
        messages.warning(request, choice.why if choice and choice.why else "这一步现在不能办，请看这件事现在的状态。")
        return redirect("case", id=id)
    work = load(request.viewer, id, form_of=move)
    asked = rules().form(view.prepared.forms[choice.move.form])
    place = drafts.place_of(f"case/{id}", f"{move}", "")
    draft = drafts.taken_up(request, place)
    given = read(asked, draft, look=look_up(request.viewer))[0] if draft else prefilled(work, choice.move.form)
    shown = _form(request, view, move, asked, given, work.checked(asked, given), key=str(uuid.uuid4()))
    return render(
        request, "cases/move.html", {**shown, "draft": drafts.offered(request, place), "taken_up": draft is not None, "place": place}
    )


def prefilled(work: Work, form: str) -> dict[str, Any]:
    """What stands in a form when it opens: its own latest answers, else what the case was opened with or other forms said."""
    before = work.case.answers.get(form)
    if before is not None:
        return dict(before)
    fields = work.prepared.forms[form].fields
    known: dict[str, Any] = dict(work.case.carried)
    for answers in work.case.answers.values():
        known |= {key: value for key, value in answers.items() if value is not None}
    return {key: known[key] for key, asked in fields.items() if key in known and asked.from_last == "fill"} | {
        key: value for key, value in work.case.carried.items() if key in fields
    }


def _make(request: HttpRequest, id: str, move: str) -> HttpResponse:
    viewer, key = request.viewer, request.POST.get("key") or str(uuid.uuid4())
    case_access.require(viewer, id)
    work = load(viewer, id, form_of=move)
    declared = work.prepared.moves.get(move)
    answers: Mapping[str, Any] | None = None
    reasons: Mapping[str, str] = {}
    if declared is not None and declared.form and request.POST.get("answers") == "yes":
        asked = work.declared.form(work.prepared.forms[declared.form])
        answers, reasons = read(asked, request.POST, request.FILES, look=look_up(viewer), stored=work.case.answers.get(declared.form, {}))
    place = drafts.place_of(f"case/{id}", move, "")
    try:
        view = case_work.make_move(viewer, id, move, answers=answers, reason=request.POST.get("reason", ""), reasons=reasons, key=key)
    except AnswersRefused as refused:
        drafts.keep_sent(request, place)
        view = case_work.view(viewer, id)
        shown = _form(request, view, move, refused.form, dict(refused.answers), refused.result, key=key, strict=True)
        return render(request, "cases/move.html", {**shown, "place": place}, status=422)
    except (RefusedError, Refused) as refused:
        if answers is not None:
            drafts.keep_sent(request, place)
        messages.error(request, str(refused))
        return redirect("case", id=id)
    drafts.saved(request, place)
    last = next((step for step in reversed(view.case.steps) if step.key == key), None)
    pending = last is not None and last.kind == "sign"
    messages.success(
        request, f"{work.title_of(move)}：{'已签，还要等别的人' if pending else '已办'}。现在是“{view.prepared.state(view.case.state)}”。"
    )
    return redirect("case", id=id)


def _form(
    request: HttpRequest, view: CaseView, move: str, asked: PreparedForm, given: Mapping[str, Any], result: Result, *,
    key: str, strict: bool = False,
) -> dict[str, Any]:  # fmt: skip
    drawn = draw(asked, given, result=result, strict=strict, today=view.now.date())
    return {
        "view": view,
        "move": view.prepared.moves[move],
        "title": f"{view.prepared.procedure.title}：{view.subject.title}",
        "form": asked.form,
        "parts": drawn.parts,
        "strict": strict,
        "wrong": _wrong(asked, result),
        "key": key,
        "action": reverse("case_move", args=[view.id, move]),
        "judge_address": reverse("case_judge", args=[view.id, move]),
        "answers": answers_of(view),
        "person": person_of(view, request.viewer),
        "back": reverse("case", args=[view.id]),
        "back_title": f"{view.prepared.procedure.title}：{view.subject.title}",
        "amends": move == AMEND,
        "room": room_of(view, move),
    }


def _wrong(asked: PreparedForm, result: Result) -> list[tuple[str, str]]:
    """What stops the answers: (title, field), each once."""
    pending = (*result.hard, *result.unexplained)
    return list(dict.fromkeys((asked.title(one.fields[0]), one.fields[0]) for one in pending))


@require_POST
@allow(Permission.CASE_WORK)
def judge(request: HttpRequest, id: str, move: str) -> HttpResponse:
    """What the form says of the answers as they stand."""
    try:
        case_access.require(request.viewer, id)
    except CaseNotWithinReach as error:
        return error_page(request, 404, title="不能打开这件事", says=str(error))
    work = load(request.viewer, id, form_of=move)
    declared = work.prepared.moves.get(move)
    if declared is None or declared.form is None:
        raise Http404
    return _judged(request, work.declared.form(work.prepared.forms[declared.form]), work)


def _judged(request: HttpRequest, asked: PreparedForm, work: Work) -> HttpResponse:
    answers, reasons = read(asked, request.POST, request.FILES, look=look_up(request.viewer))
    drawn = draw(asked, answers, result=work.checked(asked, answers, reasons), today=work.now.date())
    return render(request, "components/form/judged.html", {"parts": drawn.parts, "live": True})


# opening a case


@allow(Permission.CASE_WORK)
def open_case(request: HttpRequest, procedure: str, kind: str, id: str) -> HttpResponse:
    """The form that opens a case about one subject; it can be sent at once or kept as a draft, as the procedure's first moves say."""
    viewer = request.viewer
    prepared = rules().procedure(procedure)
    subject = SubjectRef(kind, id)
    if owner := owners_of_parts(rules().content).get(procedure):
        raise UserError(f"“{prepared.procedure.title}”是“{owner}”的一部分，由它自动立案，不能单独开。")
    starts = _starts(prepared, viewer, request.GET.get("start") or request.POST.get("start") or "")
    if not starts:
        raise UserError(f"您的角色不能开“{prepared.procedure.title}”。由谁办见“规则内容”。")
    form, place = prepared.moves[starts[0]].form, _place(prepared, subject)
    try:
        if kind == AREA and request.POST.get("place"):
            subject = SubjectRef(AREA, request.POST["place"])
        work = fresh(viewer, prepared, subject, "new", parties={}, carry={}, form=form)
        case_work.require_reach(viewer, prepared, subject)
        if request.method == "POST":
            return _open(request, work, starts, form, place)
    except NotWithinReach as error:
        return error_page(request, 404, title="不能为他立案", says=str(error))
    asked = rules().form(prepared.forms[form]) if form else None
    draft = drafts.taken_up(request, place)
    given = read(asked, draft, look=look_up(viewer))[0] if draft and asked else prefilled_from(request, asked, work)
    shown = _opening(request, work, starts, asked, given, work.checked(asked, given) if asked else None, key=str(uuid.uuid4()))
    return render(
        request, "cases/open.html", {**shown, "draft": drafts.offered(request, place), "taken_up": draft is not None, "place": place}
    )


def _place(prepared: PreparedProcedure, subject: SubjectRef) -> str:
    return drafts.place_of(f"case/new/{prepared.procedure.key}/{subject.kind}/{subject.id}", "open", "")


def prefilled_from(request: HttpRequest, asked: PreparedForm | None, work: Work) -> dict[str, Any]:
    """Answers that the way here brought along in the address (a visit that advised a referral), and what the record knows already."""
    if asked is None:
        return {}
    wanted = {key: field.from_subject for key, field in asked.form.fields.items() if field.from_subject}
    known = case_subjects.from_record(work.subject) if wanted else {}
    found = {key: known[name] for key, name in wanted.items() if name in known}
    given = read(asked, request.GET, look=look_up(request.viewer))[0]
    return found | {key: value for key, value in given.items() if key in request.GET}


def _starts(prepared: PreparedProcedure, viewer: Viewer, chosen: str = "") -> list[str]:
    """The moves by which the viewer may open a case, those with one form together: that of the ``chosen`` move, else of the first."""
    found = [
        key
        for key, move in prepared.moves.items()
        if START in move.from_ and any(part.split(" at ")[0] == viewer.role for line in move.by for part in line.split(" or "))
    ]
    asking = [key for key in found if prepared.moves[key].form] or found  # a start that asks nothing is for what brings its content along
    first = chosen if chosen in found else next(iter(asking), "")
    return sorted((key for key in found if prepared.moves[key].form == prepared.moves[first].form), key=lambda key: key != first)


def _open(request: HttpRequest, work: Work, starts: list[str], form: str | None, place: str) -> HttpResponse:
    viewer, prepared, subject = request.viewer, work.prepared, work.case.subject
    key = request.POST.get("key") or str(uuid.uuid4())
    move = request.POST.get("move") if request.POST.get("move") in starts else starts[0]
    asked = rules().form(prepared.forms[form]) if form else None
    answers, reasons = read(asked, request.POST, request.FILES, look=look_up(viewer)) if asked else (None, {})
    parties = {name: request.POST[f"party.{name}"] for name in prepared.procedure.parties if request.POST.get(f"party.{name}")}
    if request.POST.get("place") == "":
        given = dict(answers or {})
        shown = _opening(request, work, starts, asked, given, work.checked(asked, given) if asked else None, key=key, strict=True)
        return render(request, "cases/open.html", {**shown, "wrong": [*shown["wrong"], NO_PLACE], "place": place}, status=422)
    try:
        id = case_work.open_case(
            viewer, prepared.procedure.key, subject, move=str(move), answers=answers, reasons=reasons, parties=parties, key=key
        )
    except AnswersRefused as refused:
        drafts.keep_sent(request, place)
        shown = _opening(request, work, starts, refused.form, dict(refused.answers), refused.result, key=key, strict=True)
        return render(request, "cases/open.html", {**shown, "place": place}, status=422)
    drafts.saved(request, place)
    messages.success(request, f"{prepared.moves[str(move)].title}：已办。")
    return redirect("case", id=id)


def _opening(
    request: HttpRequest, work: Work, starts: list[str], asked: PreparedForm | None, given: Mapping[str, Any], result: Result | None, *,
    key: str, strict: bool = False,
) -> dict[str, Any]:  # fmt: skip
    prepared, subject = work.prepared, work.case.subject
    procedure = prepared.procedure
    asks_place = subject.kind == AREA
    return {
        "procedure": procedure,
        "subject": work.subject,
        "title": prepared.moves[starts[0]].title if asks_place else f"{procedure.title}：{work.subject.title}",
        "places": places_asked(request.viewer, request.POST.get("place", subject.id)) if asks_place else {},
        "parts": draw(asked, given, result=result, strict=strict, today=wall_now().date()).parts if asked else [],
        "strict": strict,
        "wrong": _wrong(asked, result) if asked and result else [],
        "starts": [{"key": one, "title": prepared.moves[one].title} for one in starts],
        "key": key,
        "parties": parties_asked(prepared, starts[0], request.viewer),
        "action": reverse("case_open", args=[procedure.key, subject.kind, subject.id]),
        "start": starts[0],
        "judge_address": f"{reverse('case_open_judge', args=[procedure.key, subject.kind, subject.id])}?start={starts[0]}",
        **way_back(request.viewer, work),
        "alike": rows(files.of_subject(request.viewer, subject.kind, subject.id, 5), work.now),
        "who": _who(work),
    }


def _who(work: Work) -> str:
    fields = work.subject.fields
    return care_words.who(str(fields.get("sex") or ""), fields.get("birth_date"), work.now.date()) if work.subject.pid is not None else ""


@require_POST
@allow(Permission.CASE_WORK)
def judge_opening(request: HttpRequest, procedure: str, kind: str, id: str) -> HttpResponse:
    """What the opening form says of the answers as they stand."""
    prepared, subject = rules().procedure(procedure), SubjectRef(kind, id)
    start = next(iter(_starts(prepared, request.viewer, request.GET.get("start", ""))), "")
    form = prepared.moves[start].form if start else None
    if form is None:
        raise Http404
    try:
        case_work.require_reach(request.viewer, prepared, subject)
        work = fresh(request.viewer, prepared, subject, "new", parties={}, carry={}, form=form)
    except NotWithinReach as error:
        return error_page(request, 404, title="不能为他立案", says=str(error))
    return _judged(request, rules().form(prepared.forms[form]), work)
