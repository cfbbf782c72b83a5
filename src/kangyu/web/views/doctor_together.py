"""One visit for several programmes: opened from one row of the list, judged while typed, saved once."""

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from kangyu.apps.cases import queries
from kangyu.apps.cases.models import CareStatus
from kangyu.apps.cases.queries import NotWithinReach
from kangyu.apps.governance import clock
from kangyu.apps.governance.actions import audit
from kangyu.flows import combined_visit, visits
from kangyu.flows.combined_visit import Combined, NotAcceptable, Together
from kangyu.gateways import content
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission
from kangyu.web import care_words as words
from kangyu.web import together_words as said
from kangyu.web.decorators import allow
from kangyu.web.errors import page as error_page
from kangyu.web.forms import drafts, draw, look_up, read
from kangyu.web.forms.shapes import Part
from kangyu.web.views import doctor_form
from kangyu.web.views.doctor import following_of, together_address
from kangyu.web.views.doctor_correction import correction_address
from kangyu.web.views.doctor_visit import day_asked

By = Mapping[str, dict[str, Any]]


def _asked(request: HttpRequest) -> list[tuple[str, str]]:
    """Which forms: ``?of=hypertension.follow_up,diabetes.follow_up``."""
    found = [tuple(one.split(".", 1)) for one in request.GET.get("of", "").split(",") if one.count(".") == 1]
    if len(found) < 2:
        raise UserError("合并随访要有两张以上的表单，请从今日待办打开。")
    return [(programme, form) for programme, form in found]


def _corrects(request: HttpRequest, asked: list[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The stored responses to be corrected, in the order of the forms: ``?corrects=a,b``."""
    named = [one for one in request.GET.get("corrects", "").split(",") if one]
    if named and len(named) != len(asked):
        raise UserError("要更正的随访和表单对不上，请从居民页面重新打开这次随访。")
    return dict(zip(asked, named, strict=True)) if named else {}


def _given(request: HttpRequest, combined: Combined, sent: QueryDict | None = None) -> tuple[By, Mapping[str, dict[str, str]]]:
    answers, reasons = {}, {}
    for visit in combined.visits:
        name = visit.form.name
        answers[name], reasons[name] = read(
            visit.prepared, sent or request.POST, request.FILES, prefix=f"{name}.", look=look_up(request.viewer),
            stored=visit.values if visit.corrects else {},
        )  # fmt: skip
    return answers, reasons


@allow(Permission.VISIT_RECORD)
def visit(request: HttpRequest, pid: int) -> HttpResponse:
    """The combined form; posting it saves all of it or nothing."""
    asked = _asked(request)
    corrects = _corrects(request, asked)
    try:
        combined = combined_visit.open_together(request.viewer, pid, asked, on=day_asked(request), corrects=corrects)
    except NotWithinReach as error:
        return error_page(request, 404, title="不能打开这位居民", says=str(error))
    place = drafts.place_of(f"visit/{pid}", "+".join(".".join(one) for one in asked), "+".join(corrects.values()))
    if request.method == "POST":
        return _save(request, combined, asked, place)
    target = "form/" + "+".join(one.form.name for one in combined.visits)
    audit.record("person.view", by=request.viewer, pids=[pid], target=target, purpose="合并随访")
    draft = drafts.taken_up(request, place)
    stored = {one.form.name: one.values for one in combined.visits}, {one.form.name: one.reasons for one in combined.visits}
    answers, reasons = _given(request, combined, draft) if draft else stored
    shown = _shown(request, combined_visit.judge_together(combined, answers, reasons), answers, asked, key=str(uuid.uuid4()))
    return render(
        request, "doctor/together.html", {**shown, "place": place, "draft": drafts.offered(request, place), "taken_up": bool(draft)}
    )


def _save(request: HttpRequest, combined: Combined, asked: list[tuple[str, str]], place: str) -> HttpResponse:
    answers, reasons = _given(request, combined)
    key, pid = request.POST.get("key") or str(uuid.uuid4()), combined.first.person.pid
    try:
        saved = combined_visit.save_together(
            request.viewer, pid, asked, answers, key=key, on=day_asked(request), reasons=reasons,
            corrects=_corrects(request, asked), versions=_versions(request),
        )  # fmt: skip
    except NotAcceptable as refused:
        drafts.keep_sent(request, place)
        shown = _shown(request, refused.together, answers, asked, key=key, strict=True)
        return render(request, "doctor/together.html", {**shown, "place": place}, status=422)
    drafts.saved(request, place)
    return redirect(reverse("together_done", args=[pid]) + "?" + urlencode({"r": list(saved.responses.values())}, doseq=True))


def _versions(request: HttpRequest) -> dict[str, int]:
    """The versions of the responses that the writer saw."""
    named = {key.removeprefix("version."): value for key, value in request.POST.items() if key.startswith("version.")}
    return {key: int(value) for key, value in named.items() if value.isdigit()}


@require_POST
@allow(Permission.VISIT_RECORD)
def judge(request: HttpRequest, pid: int) -> HttpResponse:
    """What the rules of all programmes say of the form as it stands."""
    asked = _asked(request)
    combined = combined_visit.open_together(request.viewer, pid, asked, on=day_asked(request), corrects=_corrects(request, asked))
    answers, reasons = _given(request, combined)
    judged = combined_visit.judge_together(combined, answers, reasons)
    return render(request, "doctor/together_judged.html", {**_shown(request, judged, answers, asked), "live": True})


def _shown(
    request: HttpRequest, judged: Together, answers: By, asked: list[tuple[str, str]], *, key: str = "", strict: bool = False
) -> dict[str, Any]:
    combined, person = judged.combined, judged.combined.first.person
    corrected = [one for one in combined.visits if one.corrects]
    given = {"of": ",".join(".".join(one) for one in asked), "corrects": ",".join(one.corrects for one in corrected)}
    query = "?" + urlencode({name: value for name, value in given.items() if value})
    return {
        "combined": combined,
        "visit": combined.first,
        "person": person,
        "who": words.who(person.sex, person.birth_date, combined.first.on),
        "title": said.title(combined),
        "parts": _parts(judged, answers, strict),
        "sections": said.sections(judged),
        "lines": said.alarms(judged.judged, judged.wishes),
        "nexts": said.after_saving(judged.judged, judged.wishes, ok=judged.ok),
        "standing": said.standing(judged),
        "choices": [] if corrected else _choices(person.pid, asked),
        "corrected": corrected,
        "strict": strict,
        "key": key,
        "judge_address": reverse("together_judge", args=[person.pid]) + query,
        "action": reverse("together", args=[person.pid]) + query,
    }


def _parts(judged: Together, answers: By, strict: bool) -> list[Part]:
    """The shared questions first, then each form's own under its name."""
    combined, once = judged.combined, []
    given = combined_visit.spread(combined, answers)
    asked: dict[str, list[str]] = {}
    for shared in combined.shared:
        asked.setdefault(shared.asked[0], []).append(shared.asked[1])
    own = []
    for one in judged.judged:
        form, name = one.visit.form, one.visit.form.name
        more = {"result": one.result, "last": one.visit.last, "prefix": f"{name}.", "strict": strict, "today": one.visit.on}
        if name in asked:
            drawn = draw(one.visit.prepared, given[name], problems=judged.findings(name), only=asked[name], **more)
            once += [group for part in drawn.parts for group in part.groups]
        drawn = draw(one.visit.prepared, given[name], only=combined.own(one.visit), **more)
        own.append(Part(form.title, [group for part in drawn.parts for group in part.groups]))
    return [Part("共同的问题，只问一次", once), *(part for part in own if part.groups)]


def _choices(pid: int, asked: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """What else could be done now, and what can be left for another time."""
    waiting = CareStatus.objects.filter(pid=pid, state__in=("enrolled", "expected"), next_due_from__lte=clock.today()).order_by("next_due")
    declared, found = content.current(), []
    open_now = list(asked)
    for status in waiting:
        item = next((one for one in status.items if one["key"] == status.due_item), {})
        if item.get("form"):
            open_now.append((item.get("programme") or status.programme, item["form"]))
    for one in dict.fromkeys(open_now):
        form = declared.form_of(*one)
        chosen = one in asked
        rest = [other for other in asked if other != one] if chosen else [*asked, one]
        if form and rest:
            found.append({"title": form.title, "chosen": chosen, "href": together_address(pid, rest)})
    return found


@allow(Permission.VISIT_RECORD)
def done(request: HttpRequest, pid: int) -> HttpResponse:
    """What the stored visit came to in each programme, and what follows from all of them."""
    try:
        told = [visits.outcome(request.viewer, pid, response) for response in request.GET.getlist("r")[:8]]
    except NotWithinReach as error:
        return error_page(request, 404, title="不能打开这位居民", says=str(error))
    if not told:
        raise UserError("没有写明是哪次随访，请回到居民页面。")
    return render(request, "doctor/done.html", told_together(request, told))


def told_together(request: HttpRequest, told: list[visits.Outcome]) -> dict[str, Any]:
    """What the page after saving shows of several forms that were filled in together."""
    judged = [one.judged for one in told]
    wanted = combined_visit.wishes(judged)
    person, on, first = told[0].visit.person, clock.today(), told[0].visit
    corrected = max(one.visit.version for one in told)
    return {
        "person": person,
        "who": words.who(person.sex, person.birth_date, on),
        "heading": f"{len(told)} 个项目一起",
        "day": first.on,
        "version": corrected,
        "sections": [said.section(one, doctor_form.lines(one, None)) for one in judged],
        "alarms": said.alarms(judged, wanted),
        "nexts": said.after_saving(judged, wanted, ok=True),
        "due": said.due(told, on),
        "following": following_of(request, queries.next_in_line(request.viewer, on, beside=person.pid), on),
        "correct": correction_address(person.pid, first.corrects) if request.viewer.may(Permission.VISIT_CORRECT) else "",
    }
