"""Registers of things: what needs somebody now, the list with its filters and map, spreadsheets in and out."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from kangyu.apps.cases.models import CaseFile
from kangyu.apps.directory import queries as directory
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import Viewer
from kangyu.apps.registers import access, declared, queries
from kangyu.apps.registers.actions import sheets
from kangyu.apps.registers.models import Thing
from kangyu.apps.registers.queries import Filter
from kangyu.engines.content.kinds import Register
from kangyu.engines.registers.sheet import columns
from kangyu.gateways import content
from kangyu.kernel.errors import DeniedError, Problem, ProblemsError, UserError
from kangyu.kernel.permission import Permission
from kangyu.web import things
from kangyu.web.decorators import allow

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
URGENT = 60


@allow(Permission.REGISTER_VIEW)
def overview(request: HttpRequest) -> HttpResponse:
    """What waits for the viewer on all registers, and the registers themselves."""
    viewer, today = request.viewer, clock.today()
    known, counts = declared.registers(), queries.counts(request.viewer)
    rows: list[dict[str, Any]] = []
    listed = []
    for key in sorted(counts, key=list(known).index) if counts else ():
        register = known[key]
        waiting = [one for one in queries.every(viewer, key) if things.status_of(register, one) in ("bad", "warn")]
        listed.append({"register": register, "count": counts[key], "waiting": len(waiting), "keeps": access.is_keeper(viewer, register)})
        rows += [_row(register, one) for one in waiting]
    empty = [one for key, one in known.items() if key not in counts and access.is_keeper(viewer, one)]
    rows.sort(key=lambda row: (row["status"] != "bad", str(row["last"] or "9999"), row["thing"].number))
    _add_cases(viewer, rows[:URGENT])
    shown = {"rows": rows[:URGENT], "more": max(0, len(rows) - URGENT), "registers": listed, "empty": empty, "today": today}
    return render(request, "things/overview.html", shown)


def _row(register: Register, one: Thing) -> dict[str, Any]:
    due = next((item for item in one.items if item["state"] in ("overdue", "open", "today")), None)
    last = due and (due.get("late_on") or due["due_on"])
    return {
        "last": date.fromisoformat(str(last)) if last else None, "cases": [],
        "register": register, "thing": one, "status": things.status_of(register, one), "words": things.standing_words(register, one),
        "due": due, "state": register.states.get(one.state, one.state),
        "form": reverse("thing_form", args=[register.key, one.id, register.due[due["key"]].form]) if due else "",
    }  # fmt: skip


def _add_cases(viewer: Viewer, rows: list[dict[str, Any]]) -> None:
    """What is already being done about each thing: its open cases, for who may see them."""
    if not viewer.may(Permission.CASE_VIEW):
        return
    known = content.current().procedures
    wanted = {row["thing"].id: row for row in rows}
    for case in CaseFile.objects.filter(subject_id__in=wanted, ended=False, merged_into="").order_by("due", "id"):
        row = wanted[case.subject_id]
        if case.subject_kind == row["register"].key and case.procedure in known:
            found = known[case.procedure]
            row["cases"].append({"id": case.id, "title": found.title, "state": found.states.get(case.state, case.state)})


@allow(Permission.REGISTER_VIEW)
def listing(request: HttpRequest, key: str) -> HttpResponse:
    """One register: filters as chips with counts, the rows, the map beside them."""
    register, viewer, today = _register(request.viewer, key), request.viewer, clock.today()
    wanted = _filter(request, register)
    page = queries.page(viewer, key, wanted, today=today, after=request.GET.get("after", ""))
    rows = _rows(register, page.things)
    shown: dict[str, Any] = {"register": register, "rows": rows, "after": page.after, "columns": _columns(register)}
    shown["lie"] = register.area is None
    if request.htmx and request.GET.get("after"):
        return render(request, "things/rows.html", shown)
    chips = queries.chips(viewer, key, today=today)
    found = queries.every(viewer, key, wanted, today=today)
    names = {one.code: one.name for one in directory.areas_within(viewer.area[:6], "township")}
    shown |= {
        "chips": chips, "states": [(code, register.states.get(code, code), n) for code, n in chips.states.items() if code],
        "flags": [(code, register.find[code].title, n) for code, n in chips.flags.items() if code in register.find],
        "areas": sorted((code, names.get(code, code), n) for code, n in chips.areas.items() if code), "wanted": wanted,
        "map": things.map_of(register, found, viewer), "found": len(found),
        "keeps": access.is_keeper(viewer, register),
    }  # fmt: skip
    return render(request, "things/register.html", shown)


def _register(viewer: Viewer, key: str) -> Register:
    """A register that the viewer's role has to do with."""
    if key not in access.registers_of(viewer):
        raise Http404("没有这个登记册")
    return declared.registers()[key]


def _filter(request: HttpRequest, register: Register) -> Filter:
    asked = request.GET
    flag = asked.get("flag", "") if asked.get("flag", "") in register.find else ""
    state = asked.get("state", "") if asked.get("state", "") in register.states else ""
    return Filter(state, flag, asked.get("area", ""), asked.get("due", ""), asked.get("q", "").strip())


def _columns(register: Register) -> list[tuple[str, str, bool]]:
    """The columns chosen by the declaration: key, title, whether it holds numbers."""
    return [(key, register.fields[key].title, register.fields[key].type in ("decimal", "integer", "quantity")) for key in register.list]


def _rows(register: Register, found: Any) -> list[dict[str, Any]]:
    orgs = directory.institution_names([one.org for one in found])
    rows = []
    for one, values in zip(found, queries.named(register, found), strict=True):
        cells = [(title, things.value_words(register.fields[key], values.get(key)), number) for key, title, number in _columns(register)]
        rows.append({**_row(register, one), "cells": cells, "org": orgs.get(one.org, "")})
    return rows


@allow(Permission.REGISTER_VIEW)
def export(request: HttpRequest, key: str) -> HttpResponse:
    """What the list shows, as a workbook that can be changed and brought in again."""
    register = _register(request.viewer, key)
    chosen = queries.every(request.viewer, key, _filter(request, register), today=clock.today())
    return _workbook(sheets.workbook(request.viewer, key, chosen), f"{register.title}-{clock.today()}.xlsx")


@allow(Permission.REGISTER_KEEP)
def bring_in(request: HttpRequest, key: str) -> HttpResponse:
    """A workbook brought in: how many rows went in, what came back and why; with a template to fill in."""
    register, viewer = _register(request.viewer, key), request.viewer
    brought_in = [{"sheet": one, "at": clock.shown(one.at)} for one in queries.sheets(key, author=viewer.username)]
    shown: dict[str, Any] = {"register": register, "columns": columns(register), "sheets": brought_in, "problems": ()}
    if request.method == "POST":
        upload = request.FILES.get("file")
        if upload is None:
            messages.warning(request, "还没有选文件。请选一个 .xlsx 文件再上传。")
            return redirect("register_import", key=key)
        try:
            sheet = sheets.bring_in(key, upload.read(), file=upload.name or "", by=viewer)
            return redirect("register_sheet", key=key, id=sheet.id)
        except ProblemsError as error:
            shown["problems"] = error.problems
        except DeniedError:
            raise
        except UserError as error:
            shown["problems"] = [Problem("", upload.name or "", str(error))]
    return render(request, "things/import.html", shown)


@allow(Permission.REGISTER_KEEP)
def sheet(request: HttpRequest, key: str, id: int) -> HttpResponse:
    """What came of one spreadsheet; ``?file`` gives the rows that came back."""
    register, found = _register(request.viewer, key), _sheet(request.viewer, key, id)
    if "file" in request.GET:
        return _workbook(sheets.rejected_workbook(found), f"{register.title}-要改的行.xlsx")
    at = next((place for place, title in enumerate(found.header) if title == register.fields[register.number].title), 0)
    rejected = [{"line": line, "number": cells[at] if at < len(cells) else "", "says": says} for line, says, cells in found.rejected]
    shown = {"register": register, "sheet": found, "at": clock.shown(found.at), "rejected": rejected}
    return render(request, "things/sheet.html", shown)


def _sheet(viewer: Viewer, key: str, id: int) -> Any:
    """A spreadsheet is seen by who brought it in."""
    found = queries.sheet(id)
    if found is None or found.register != key or found.author != viewer.username:
        raise Http404("没有这份表")
    return found


@allow(Permission.REGISTER_KEEP)
def template(request: HttpRequest, key: str) -> HttpResponse:
    """An empty workbook with the right header."""
    return _workbook(sheets.workbook(request.viewer, key, []), f"{_register(request.viewer, key).title}-空表.xlsx")


def _workbook(data: bytes, name: str) -> HttpResponse:
    from django.utils.http import content_disposition_header

    return HttpResponse(data, content_type=XLSX, headers={"Content-Disposition": content_disposition_header(True, name) or ""})
