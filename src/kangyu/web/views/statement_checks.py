"""Checks behind a statement: the draw of a period, the list to ask after, what came of it; every step can be recomputed."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from kangyu.apps.directory import queries as directory
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.identity.models import Person
from kangyu.apps.statements.models import SampleDraw, Sheet
from kangyu.engines.content.kinds import Statement
from kangyu.engines.statements import period_before, period_of, period_words
from kangyu.flows import statement_checks
from kangyu.gateways import content
from kangyu.kernel.errors import DeniedError, ProblemsError, UserError
from kangyu.kernel.permission import Permission
from kangyu.web import care_words
from kangyu.web.decorators import allow
from kangyu.web.views.statement_row import discreet, people_within

BACK = 2
"""The running period and how many before it may be drawn for."""


@allow(Permission.STATEMENT_VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """Every draw with how far it is asked after, and the periods that have none yet."""
    viewer = _checker(request.viewer)
    rows = []
    for found in SampleDraw.objects.filter(area__startswith=viewer.area[:6]).order_by("-period_start", "key"):
        told = statement_checks.answered(found)
        rows.append({"draw": found, "label": _label(found), "told": len(told), "true": sum(one.found_true for one in told.values()),
                     "left": len(found.units) - len(told), "closed": statement_checks.closed(found)})  # fmt: skip
    return render(request, "statements/checks.html", {"rows": rows, "periods": _to_draw(viewer)})


def _checker(viewer: Viewer) -> Viewer:
    """The viewer, who must be one of those that check. Raises ``DeniedError``."""
    if not statement_checks.is_checker(viewer):
        raise DeniedError("抽查名单只给做抽查的人看。如工作需要，请联系管理员调整角色。")
    return viewer


def _statement(found: SampleDraw) -> Statement | None:
    return content.current().statements.get(found.key)


def _label(found: SampleDraw) -> str:
    statement = _statement(found)
    return period_words(statement.period, period_of(statement.period, found.period_start)) if statement else str(found.period_start)


def _to_draw(viewer: Viewer) -> list[dict[str, Any]]:
    """The running period and the one before, where nothing was drawn and nothing is signed."""
    county, found = directory.county(), []
    for key, statement in content.current().statements.items():
        if statement.checks is None or county is None:
            continue
        period = period_of(statement.period, clock.today())
        for _ in range(BACK):
            taken = SampleDraw.objects.filter(key=key, area=county.code, period_start=period.start).exists()
            sheet = Sheet.objects.filter(key=key, area=county.code, period_start=period.start).first()
            if not taken and (sheet is None or (not sheet.frozen and sheet.state == statement.first)):
                label = period_words(statement.period, period)
                found.append({"statement": statement, "period": period, "label": label, "running": period.end >= clock.today()})
            period = period_before(statement.period, period)
    return found


@require_POST
@allow(Permission.STATEMENT_VIEW)
def draw(request: HttpRequest) -> HttpResponse:
    """Draw the records of a period."""
    _checker(request.viewer)
    statement, _ = statement_checks.declared(request.POST.get("key", ""))
    try:
        period = period_of(statement.period, date.fromisoformat(request.POST.get("start", "")))
    except ValueError as error:
        raise UserError("没有说明抽哪一期。请从列表里选。") from error
    id = statement_checks.draw(request.viewer, statement.key, period)
    messages.success(request, "已抽出名单。名单不能重抽，按名单逐份核实。")
    return redirect("statement_check", id=id)


@allow(Permission.STATEMENT_VIEW)
def one(request: HttpRequest, id: int) -> HttpResponse:
    """One draw: the records institution by institution, whom to ask, what came of it, and how to draw it again."""
    viewer = _checker(request.viewer)
    found = _draw(viewer, id)
    told, left = statement_checks.answered(found), "left" in request.GET
    people = people_within(viewer, [unit["pid"] for unit in found.units])
    audit.record("statement.checks", by=viewer, pids=sorted(people), target=f"draw/{id}", purpose=_label(found))
    names = directory.institution_names(sorted({unit["org"] for unit in found.units} | {unit["row"] for unit in found.units}))
    groups: dict[str, dict[str, Any]] = {}
    for unit in found.units:
        group = groups.setdefault(unit["row"], {"name": names.get(unit["row"], unit["row"]), "of": found.population.get(unit["row"], 0),
                                                "units": [], "told": 0, "true": 0, "drawn": 0})  # fmt: skip
        said = told.get(unit["record"])
        if said is None or not left:
            group["units"].append({**_unit(unit, people.get(unit["pid"]), names), "said": said, "way": _way(said)})
        group["drawn"] += 1
        group["told"] += said is not None
        group["true"] += bool(said and said.found_true)
    shown = {
        "draw": found, "label": _label(found), "groups": list(groups.values()), "total": len(found.units), "told": len(told),
        "true": sum(one.found_true for one in told.values()), "closed": statement_checks.closed(found), "ways": _ways(),
        "left": left, "missing": len(found.units) - len(told), "listed": sum(found.population.values()),
        "moment": timezone.localtime(found.at).isoformat(timespec="seconds"),
    }  # fmt: skip
    return render(request, "statements/check.html", shown)


def _draw(viewer: Viewer, id: int) -> SampleDraw:
    found = SampleDraw.objects.filter(pk=id, area__startswith=viewer.area[:6]).first()
    if found is None:
        raise Http404("没有这份抽查名单")
    return found


def _unit(unit: dict[str, Any], person: Person | None, names: dict[str, str]) -> dict[str, Any]:
    form = content.current().forms.get(unit["form"])
    hidden = discreet(unit["form"])
    return {
        "record": unit["record"], "on": date.fromisoformat(unit["on"]), "service": form.title if form else unit["form"],
        "org": names.get(unit["org"], unit["org"]), "pid": person.pid if person else None,
        "name": "" if person is None else "名单不显示姓名" if hidden else person.name,
        "who": care_words.who(person.sex, person.birth_date, clock.today()) if person else "",
        "phone": person.phone if person and not hidden else "",
    }  # fmt: skip


def _ways() -> list[tuple[str, str]]:
    found = content.current().value_sets.get("check_way")
    return [(code, content.current().title_of("check_way", code)) for code in found.codes] if found else []


def _way(said: statement_checks.Answered | None) -> str:
    return content.current().title_of("check_way", said.way) if said and said.way else ""


@require_POST
@allow(Permission.STATEMENT_VIEW)
def answer(request: HttpRequest, id: int, record: str) -> HttpResponse:
    """What came of asking after one record."""
    viewer = _checker(request.viewer)
    _draw(viewer, id)
    sent = request.POST
    given = {"way": sent.get("way") or None, "remark": sent.get("remark", "").strip() or None,
             "found_true": {"yes": True, "no": False}.get(sent.get("found", ""))}  # fmt: skip
    try:
        statement_checks.answer(viewer, id, record, given)
        messages.success(request, "已记下核实结果。")
    except ProblemsError as error:
        messages.error(request, "还没有记下：" + "；".join(f"{one.key} {one.message}" for one in error.problems))
    return redirect(f"{request.path.rsplit('/', 2)[0]}/#r-{record}")
