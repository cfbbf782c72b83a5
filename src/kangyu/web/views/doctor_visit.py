"""The form of a visit: opened, judged while typed, saved once; then what follows and who is next."""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from kangyu.apps.cases import queries
from kangyu.apps.cases.models import CareStatus
from kangyu.apps.cases.queries import NotWithinReach
from kangyu.apps.cases.rules import rules
from kangyu.apps.cases.timeline import figures
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.engines.cases import due_items
from kangyu.engines.content.kinds import Form
from kangyu.flows import dose_rows, visit_versions, visits
from kangyu.flows.visits import Judged, NotAcceptable, Visit
from kangyu.gateways import content
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission
from kangyu.web import care_words as words
from kangyu.web.decorators import allow
from kangyu.web.errors import page as error_page
from kangyu.web.forms import Drawn, drafts, draw, look_up, read
from kangyu.web.forms.drawing import NEW_ROW
from kangyu.web.forms.shapes import Option
from kangyu.web.views import doctor_form, visit_after
from kangyu.web.views.doctor import following_of, visit_address
from kangyu.web.views.doctor_correction import correction_address


def _chosen(request: HttpRequest) -> dict[str, Any]:
    """Which form, which day, which stored visit: from the address, or from the hidden fields of the form itself."""
    given = request.POST if request.method == "POST" else request.GET
    return {"form": request.GET.get("form", ""), "on": day_asked(request), "corrects": given.get("corrects", "")}


def day_asked(request: HttpRequest) -> date | None:
    """The day of the visit, from the form or the address."""
    on = (request.POST if request.method == "POST" else request.GET).get("on", "")
    try:
        return date.fromisoformat(on) if on else None
    except ValueError as error:
        raise UserError(f"“{on}”不是日期，随访日期请写成 2025-11-21 这样。") from error


def _given(request: HttpRequest, form: Form, corrects: str, sent: QueryDict | None = None) -> tuple[dict[str, Any], dict[str, str]]:
    """The answers as they were sent, or as a draft has them, and the reasons; of a correction the files stay that the page keeps."""
    prepared = rules().form(form)
    stored = visits.stored_answers(prepared, corrects) if corrects else {}
    return read(prepared, sent or request.POST, request.FILES, look=look_up(request.viewer), stored=stored)


def _place(pid: int, form: Form, corrects: str) -> str:
    return drafts.place_of(f"visit/{pid}", form.name, corrects)


@allow(Permission.VISIT_RECORD)
def visit(request: HttpRequest, pid: int, programme: str) -> HttpResponse:
    """The form; posting it saves, and refuses with everything to mend beside its field."""
    chosen = _chosen(request)
    try:
        if request.method == "POST":
            return _save(request, pid, programme, chosen)
        opened = visits.open_form(request.viewer, pid, programme, **chosen)
        if opened.corrects and (together := correction_address(pid, opened.corrects)):
            return redirect(together)
    except NotWithinReach as error:
        return error_page(request, 404, title="不能打开这位居民", says=str(error))
    audit.record("person.view", by=request.viewer, pids=[pid], target=f"form/{opened.form.name}", purpose=opened.form.title)
    place = _place(pid, opened.form, opened.corrects)
    draft = drafts.taken_up(request, place)
    answers, reasons = _given(request, opened.form, opened.corrects, draft) if draft else (opened.values, opened.reasons)
    shown = _shown(visits.judge(opened, answers, reasons), org=request.viewer.org, key=str(uuid.uuid4()), given=answers)
    return render(request, "doctor/visit.html", {**shown, "draft": drafts.offered(request, place), "taken_up": draft is not None})


def _save(request: HttpRequest, pid: int, programme: str, chosen: dict[str, Any]) -> HttpResponse:
    form = visits.form_named(programme, chosen["form"])
    answers, reasons = _given(request, form, chosen["corrects"])
    place = _place(pid, form, chosen["corrects"])
    key = request.POST.get("key") or str(uuid.uuid4())
    try:
        saved = visits.save(
            request.viewer, pid, programme, chosen["form"], answers,
            key=key, on=chosen["on"], reasons=reasons, corrects=chosen["corrects"], version=int(request.POST.get("version") or 0),
        )  # fmt: skip
    except NotAcceptable as refused:
        drafts.keep_sent(request, place)
        shown = _shown(refused.judged, org=request.viewer.org, key=key, given=answers, strict=True)
        return render(request, "doctor/visit.html", shown, status=422)
    drafts.saved(request, place)
    return redirect("visit_done", pid=pid, response=saved.response)


@require_POST
@allow(Permission.VISIT_RECORD)
def judge(request: HttpRequest, pid: int, programme: str) -> HttpResponse:
    """What the rules say of the form as it stands; fills the panel beside it and the notes under the fields."""
    opened = visits.open_form(request.viewer, pid, programme, **_chosen(request))
    answers, reasons = _given(request, opened.form, opened.corrects)
    return render(
        request,
        "doctor/judged.html",
        {**_shown(visits.judge(opened, answers, reasons), org=request.viewer.org, given=answers), "live": True},
    )


def _shown(judged: Judged, *, org: str = "", key: str = "", given: dict[str, Any] | None = None, strict: bool = False) -> dict[str, Any]:
    opened = judged.visit
    counted = _count(opened)
    person = opened.person
    return {
        "visit": opened,
        "person": person,
        "who": words.who(person.sex, person.birth_date, opened.on),
        "parts": _drawn(judged, given, strict, org).parts,
        "place": _place(person.pid, opened.form, opened.corrects),
        "lines": doctor_form.lines(judged, counted),
        "nexts": doctor_form.after_saving(judged),
        "standing": doctor_form.standing(judged),
        "recent": _recent(opened),
        "strict": strict,
        "key": key,
        "judge_address": reverse("visit_judge", args=[person.pid, opened.programme_key]) + f"?form={_form_key(opened)}",
        "action": reverse("visit", args=[person.pid, opened.programme_key]) + f"?form={_form_key(opened)}",
        "enrol": _enrolment(opened),
        "coming": visit_after.doses_coming(judged),
    }


def _drawn(judged: Judged, given: dict[str, Any] | None, strict: bool, org: str = "") -> Drawn:
    opened = judged.visit
    values = opened.values if given is None else given
    files = reverse("form_file", args=[opened.corrects, "x"])[:-1] if opened.corrects else ""
    return draw(
        opened.prepared, values, result=judged.result, last=opened.last, strict=strict, today=opened.on, files=files,
        offers=lot_offers(opened, values, org),
    )  # fmt: skip


def lot_offers(opened: Visit, values: Mapping[str, Any], org: str) -> dict[str, list[Option]]:
    """The lots in stock for each row that gives a vaccine, of that vaccine where it is known; the first to expire first."""
    cells = dose_rows.cells_of_lots(opened)
    if cells is None:
        return {}
    table, vaccine, lot = cells
    stock = dose_rows.stock(opened, org or opened.person.org)
    title = opened.rules.content.title_of
    options = [
        (one.vaccine, Option(one.lot, f"{title('vaccine', one.vaccine)}　效期 {one.expires or '—'}　余 {float(one.free):g} 剂", False))
        for one in stock
    ]
    rows = {str(row["id"]): row.get(vaccine) for row in [{"id": "1"}, {"id": NEW_ROW}, *(values.get(table) or ())]}
    return {f"{table}.{id}.{lot}": [one for of, one in options if not wanted or of == wanted] for id, wanted in rows.items()}


def _form_key(opened: Visit) -> str:
    return opened.form.name.removeprefix(f"{opened.programme_key}_")


def _count(opened: Visit) -> tuple[int, int] | None:
    """How often this form was done this year without this visit, and how often it should be."""
    if opened.programme is None:
        return None
    expected = due_items(opened.programme, opened.held.subject(opened.today))
    item = next((one for one in expected.items if one.form and opened.programme.forms[one.key].name == opened.form.name), None)
    if item is None:
        return None
    return item.done_this_year - (1 if opened.corrects else 0), item.needed_this_year


def _enrolment(opened: Visit) -> str:
    """Where to enrol somebody whose visits would not count yet; empty when they are enrolled or the programme asks for none."""
    programme = opened.programme
    if programme is None or not programme.needs_enrolment or opened.rules.content.form_of(opened.programme_key, "enrolment") is None:
        return ""
    under_care = due_items(programme, opened.held.subject(opened.on)).membership is not None
    return "" if under_care else visit_address(opened.person.pid, opened.programme_key, "enrolment")


def _recent(opened: Visit) -> list[dict[str, Any]]:
    """The last visits, newest first: day, figures, outcome."""
    title = opened.programme.words.value if opened.programme else None
    return [
        {
            "on": words.short_day(row["on"], opened.on),
            "figures": figures(opened.form, row) or "—",
            "outcome": title("outcome", row["outcome"]) if title and row.get("outcome") else "",
            "tone": doctor_form.OUTCOME_TONES.get(str(row.get("outcome")), "none"),
        }
        for row in reversed(opened.recent)
    ]


@allow(Permission.VISIT_RECORD)
def done(request: HttpRequest, pid: int, response: str) -> HttpResponse:
    """What the stored visit came to, what follows, and the next person of the list."""
    try:
        told = visits.outcome(request.viewer, pid, response)
    except NotWithinReach as error:
        return error_page(request, 404, title="不能打开这位居民", says=str(error))
    on, declared = clock.today(), content.current()
    opened = told.visit
    following = queries.next_in_line(request.viewer, on, beside=pid)
    shown = {
        "person": opened.person,
        "who": words.who(opened.person.sex, opened.person.birth_date, on),
        "heading": opened.form.title,
        "day": opened.on,
        "version": opened.version,
        "alarms": doctor_form.lines(told.judged, _count(opened)),
        "alone": True,
        "nexts": doctor_form.after_saving(told.judged),
        "refer": referral_address(told.judged, declared, request.viewer),
        "due": [_due(item, on) for item in (told.expected.items if told.expected else ()) if item.due_on],
        "others": _others(pid, opened, declared, on),
        "following": following_of(request, following, on),
        "correct": _correction(request.viewer, opened),
        "print": opened.corrects if opened.form.print_ else "",
        "files": visit_after.files_of(request.viewer, opened),
        "given": visit_after.doses_given(opened),
        "coming": visit_after.doses_after(told),
    }
    return render(request, "doctor/done.html", shown)


def _correction(viewer: Viewer, opened: Visit) -> str:
    """Where a stored visit is corrected; empty for who may not."""
    if not viewer.may(Permission.VISIT_CORRECT):
        return ""
    address = visit_address(opened.person.pid, opened.programme_key, _form_key(opened))
    return f"{address}{'&' if '?' in address else '?'}{urlencode({'corrects': opened.corrects})}"


@allow(Permission.PERSON_VIEW)
def versions(request: HttpRequest, pid: int, response: str) -> HttpResponse:
    """What became of a visit: each version with what it changed."""
    try:
        told = visit_versions.story(request.viewer, pid, response)
    except NotWithinReach as error:
        return error_page(request, 404, title="不能打开这位居民", says=str(error))
    return render(request, "doctor/versions.html", {"story": told, "person": told.person})


def referral_address(judged: Judged, declared: Any, viewer: Viewer) -> str:
    """Where to open the referral that a visit advised, with what the visit already says; empty where none was or none can be opened."""
    said = judged.assessment.judgement if judged.assessment else None
    advice = next((one for one in said.advice if one.code == "refer"), None) if said else None
    if advice is None or "referral" not in declared.procedures or not viewer.may(Permission.CASE_WORK):
        return ""
    why = [f"{fired.title}：{'，'.join(fired.because)}" for fired in said.fired if fired.key in advice.rules]
    answers = judged.result.cleaned
    known = {key: f"{answers[key]:g}" for key in ("systolic", "diastolic") if answers.get(key) is not None}
    known |= {"direction": "up", "urgency": "urgent" if advice.urgency == "urgent" else "routine", "why": "；".join(why)}
    known["impression"] = words.programme_title(declared, judged.visit.programme_key)
    return reverse("case_open", args=["referral", "person", str(judged.visit.person.pid)]) + f"?{urlencode(known)}"


def _due(item: Any, on: date) -> dict[str, Any]:
    return {"title": item.title, "on": item.due_on, "why": item.why_date, "clock": words.clock_of(item.due_on, on)}


def _others(pid: int, opened: Visit, declared: Any, on: date) -> list[dict[str, Any]]:
    """What else could be done while the person is here: other programmes whose window is open."""
    waiting = CareStatus.objects.filter(pid=pid, state__in=("enrolled", "expected"), next_due_from__lte=on).exclude(
        programme=opened.programme_key
    )
    found = []
    for status in waiting.order_by("next_due"):
        item = next((one for one in status.items if one["key"] == status.due_item), {})
        found.append(
            {
                "title": f"{words.programme_title(declared, status.programme)}{words.item_title(item)}",
                "clock": words.clock_of(status.next_due, on),
                "href": visit_address(pid, item.get("programme") or status.programme, item.get("form", "")),
            }
        )
    return found
