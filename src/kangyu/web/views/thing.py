"""One thing: how it stands, what is due on it, what was written about it; its card, its forms and its moves."""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from kangyu.apps.cases.models import CaseFile
from kangyu.apps.cases.rules import rules
from kangyu.apps.directory import queries as directory
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import Viewer
from kangyu.apps.registers import access, declared, queries
from kangyu.apps.registers.actions import forms, things
from kangyu.apps.registers.actions.forms import FormRefused
from kangyu.apps.registers.actions.things import Card, NotAcceptable
from kangyu.apps.registers.models import Thing
from kangyu.engines.content.kinds import Register
from kangyu.engines.content.kinds.form import Form
from kangyu.engines.registers import PreparedRegister, open_moves
from kangyu.flows import thing_work
from kangyu.gateways import content
from kangyu.kernel.errors import ProblemsError, UserError
from kangyu.kernel.permission import Permission
from kangyu.web import case_words
from kangyu.web import things as words
from kangyu.web.decorators import allow
from kangyu.web.forms import draw, look_up, read
from kangyu.web.thing_history import history_of

SHOWN = 12


def _thing(viewer: Viewer, key: str, id: str) -> tuple[Thing, PreparedRegister]:
    found = access.find(viewer, id)
    if found.register != key:
        raise Http404("没有这一件")
    return found, declared.prepared(key)


@allow(Permission.REGISTER_VIEW)
def page(request: HttpRequest, key: str, id: str) -> HttpResponse:
    """The thing as it stands."""
    viewer = request.viewer
    one, ready = _thing(viewer, key, id)
    register = ready.register
    values = queries.named(register, [one])[0]
    able = {name: register.moves[name] for name in open_moves(ready, one.state)}
    moves = [(name, found) for name, found in able.items() if access.is_one_of(viewer, found.by, one.org)]
    may_fill = forms.may_fill(viewer, key, one.org)
    procedures, cases = _procedures(viewer, key), _cases(viewer, one)
    shown = {
        "thing": one, "register": register, "status": words.status_of(register, one), "words": words.standing_words(register, one),
        "facts": [(f.title, words.value_words(f, values.get(name))) for name, f in register.fields.items() if name != register.name],
        "org": directory.institution_names([one.org]).get(one.org, ""), "trail": [area.name for area in directory.trail(one.area)],
        "items": [{**item, "tone": words.STANDS.get(item["state"], "none"), "href": _form_href(one, register, item)} for item in one.items],
        "may_fill": may_fill, "moves": moves, "keeps": access.is_keeper(viewer, register), "procedures": procedures,
        "forms": [_answers(one, register, form) for form in _forms(register)], "history": history_of(one, register),
        "cases": cases, "open_cases": [one for one in cases if not one["case"].ended],
        "map": words.map_of(register, [one], viewer), "here": _here(viewer, one),
        "others": [(form, reverse("thing_form", args=[key, id, form.key])) for form in _forms(register)],
    }  # fmt: skip
    return render(request, "things/thing.html", shown)


def _here(viewer: Viewer, one: Thing) -> list[dict[str, Any]]:
    """The things that name this one, as its page lists them."""
    known = declared.registers()
    return [
        {"thing": other, "register": known[other.register], "status": words.status_of(known[other.register], other),
         "words": words.standing_words(known[other.register], other)}
        for other in queries.referring(viewer, one)
    ]  # fmt: skip


def _form_href(one: Thing, register: Register, item: Mapping[str, Any]) -> str:
    return reverse("thing_form", args=[register.key, one.id, register.due[item["key"]].form]) if item["key"] in register.due else ""


def _forms(register: Register) -> list[Form]:
    """The forms that are a register's own."""
    return [form for name, form in content.current().forms.items() if name.startswith(f"{register.key}_") and form.about == register.key]


def _answers(one: Thing, register: Register, form: Form) -> dict[str, Any]:
    """The last answers of a form: on which day, what was derived, and the fields that are worth a line."""
    titled = {key: title for key, item in register.derive.items() if (title := getattr(item, "title", None))}
    derived = titled if _judges(register, form) else {}
    lines = []
    for row in queries.answers(one, form.name)[:SHOWN]:
        said = [(title, _derived_words(register, key, row.get(key))) for key, title in derived.items()]
        named = {code for key in derived for code in (row.get(key) if isinstance(row.get(key), list) else ())}
        told = [
            (asked.title, words.value_words(asked, row.get(key)), _stands_out(key, named))
            for key, asked in form.fields.items()
            if row.get(key) not in (None, [])
        ]
        lines.append({"on": row["on"], "said": [pair for pair in said if pair[1]], "told": told})
    return {"form": form, "lines": lines}


def _stands_out(field: str, named: set[str]) -> bool:
    """Whether what was judged names a field: a list's codes are the keys of fields, or begin with one (``residual_low``)."""
    return any(code == field or code.startswith(f"{field}_") for code in named)


def _judges(register: Register, form: Form) -> bool:
    return bool(register.derive) and form.key == (register.derive_on or "follow_up")


def _derived_words(register: Register, key: str, value: Any) -> str:
    item = register.derive[key]
    value_set = getattr(item, "set", None)
    if value in (None, []):
        return ""
    if isinstance(value, list):
        return "、".join(content.current().title_of(value_set, one) for one in value)
    return content.current().title_of(value_set, value) if value_set else f"{value:g}" if isinstance(value, float) else str(value)


def _cases(viewer: Viewer, one: Thing) -> list[dict[str, Any]]:
    if not viewer.may(Permission.CASE_VIEW):
        return []
    found = CaseFile.objects.filter(subject_kind=one.register, subject_id=one.id).order_by("ended", "-opened")[:8]
    known = rules().content.procedures
    return [
        {
            "case": case,
            "title": known[case.procedure].title + (f"：{case.heading}" if case.heading not in ("", one.name) else ""),
            "state": known[case.procedure].states.get(case.state, case.state),
            "clock": _clock(case),
        }
        for case in found
        if case.procedure in known
    ]


def _clock(case: CaseFile) -> dict[str, str]:
    due = timezone.localtime(case.due) if case.due else None
    return case_words.due_words(rules().procedure(case.procedure), case.due_clock, due, timezone.localtime(case.since), clock.now())


def _procedures(viewer: Viewer, key: str) -> list[Any]:
    """The procedures about such things that the viewer may open."""
    if not viewer.may(Permission.CASE_WORK):
        return []
    found = []
    for procedure in content.current().procedures.values():
        starts = [move for move in procedure.all_moves().values() if "start" in move.from_ and move.by and move.form]
        if procedure.about == key and any(access.is_one_of(viewer, move.by) for move in starts):
            found.append(procedure)
    return found


@require_POST
@allow(Permission.REGISTER_KEEP)
def move(request: HttpRequest, key: str, id: str, move: str) -> HttpResponse:
    """A move to another state."""
    _thing(request.viewer, key, id)
    try:
        things.move(id, move, by=request.viewer, reason=request.POST.get("reason", ""))
        messages.success(request, f"已办：{declared.registers()[key].moves[move].title}。")
    except UserError as error:
        messages.error(request, str(error))
    return redirect("thing", key=key, id=id)


@allow(Permission.REGISTER_KEEP)
def form(request: HttpRequest, key: str, id: str, form: str) -> HttpResponse:
    """A form about the thing: shown, judged while it is typed, saved once."""
    viewer = request.viewer
    one, _ = _thing(viewer, key, id)
    on = _day(request.POST.get("on") or request.GET.get("on"))
    opened = forms.open_form(viewer, id, form, on=on)
    given, reasons = read(opened.prepared, request.POST, request.FILES, look=look_up(viewer)) if request.method == "POST" else ({}, {})
    judged = forms.judge(opened, given, reasons)
    if request.htmx and request.method == "POST":
        drawn = draw(opened.prepared, given, result=judged.result)
        return render(request, "things/judged.html", {"parts": drawn.parts, "live": True, "judged": judged})
    strict = False
    if request.method == "POST":
        try:
            done = thing_work.save_form(viewer, id, form, given, key=request.POST.get("key") or str(uuid.uuid4()), on=on, reasons=reasons)
            messages.success(request, f"已存：{opened.prepared.form.title}。" + ("按规则立案了整改，见下面的事项。" if done.cases else ""))
            return redirect("thing", key=key, id=id)
        except FormRefused:
            strict = True
    drawn = draw(opened.prepared, given, result=judged.result, strict=strict, today=clock.today())
    shown = {
        "thing": one, "register": opened.ready.register, "form": opened.prepared.form, "parts": drawn.parts, "judged": judged,
        "key": request.POST.get("key") or str(uuid.uuid4()), "on": opened.on, "today": clock.today(), "strict": strict,
        "wrong": [opened.prepared.title(found.fields[0]) for found in (*judged.result.hard, *judged.result.unexplained)] if strict else [],
    }  # fmt: skip
    return render(request, "things/form.html", shown)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UserError(f"“{text}”不是日期，请写成 2025-11-21 这样。") from None


@allow(Permission.REGISTER_KEEP)
def card(request: HttpRequest, key: str, id: str = "") -> HttpResponse:
    """The card of a thing: a new one (no ``id``), or what is known of it changed."""
    viewer = request.viewer
    if key not in access.registers_of(viewer):
        raise Http404("没有这个登记册")
    ready = declared.prepared(key)
    one = _thing(viewer, key, id)[0] if id else None
    before = things.card_of(one) if one else Card({}, viewer.org)
    if request.method != "POST":
        return _card(request, ready, one, before, None)
    answers, _ = read(ready.card, request.POST, request.FILES, look=look_up(viewer), stored=before.answers)
    try:
        given = _given(request, before, answers)
        if one is None:
            made = things.register(key, given, by=viewer, id=_new_id(request))
            messages.success(request, f"已登记：{made.name}。")
            return redirect("thing", key=key, id=made.id)
        things.change(one.id, given, by=viewer, expected=int(request.POST.get("version") or 0) or None)
        messages.success(request, "已保存，原来的一版留在沿革里。")
        return redirect("thing", key=key, id=one.id)
    except NotAcceptable as error:
        return _card(request, ready, one, Card(answers, before.org), error)
    except ProblemsError:
        raise
    except UserError as error:
        messages.error(request, str(error))
        return _card(request, ready, one, Card(answers, before.org), None)


def _new_id(request: HttpRequest) -> str:
    """The page's own key, so that a card sent twice registers once."""
    try:
        return str(uuid.UUID(request.POST.get("key", "")))
    except ValueError:
        return str(uuid.uuid4())


def _given(request: HttpRequest, before: Card, answers: Mapping[str, Any]) -> Card:
    sent = request.POST
    return Card(
        answers={**before.answers, **answers},
        org=sent.get("org", "") or before.org,
        area=before.area,
        longitude=_degrees(sent.get("longitude")),
        latitude=_degrees(sent.get("latitude")),
        since=_day(sent.get("since")) or before.since,
        state=before.state,
    )


def _degrees(text: str | None) -> float | None:
    try:
        return float(text) if text and text.strip() else None
    except ValueError:
        raise UserError(f"“{text}”不是经纬度，请写成 116.4012 这样。") from None


def _card(request: HttpRequest, ready: PreparedRegister, one: Thing | None, card: Card, error: NotAcceptable | None) -> HttpResponse:
    viewer, sent = request.viewer, request.POST
    kinds = ready.register.kinds
    within = [one for one in directory.institutions_within(viewer.area) if not kinds or one.kind in kinds]
    drawn = draw(ready.card, card.answers, result=error.result if error else None, strict=bool(error))
    since = sent.get("since") or (card.since.isoformat() if card.since else "")
    shown = {
        "register": ready.register, "thing": one, "parts": drawn.parts, "problems": error.problems if error else (),
        "key": sent.get("key") or str(uuid.uuid4()), "org": sent.get("org", card.org), "institutions": within, "since": since,
        "longitude": sent.get("longitude", card.longitude if card.longitude is not None else ""),
        "latitude": sent.get("latitude", card.latitude if card.latitude is not None else ""),
        "own": viewer.within == "institution",
    }  # fmt: skip
    return render(request, "things/card.html", shown)
