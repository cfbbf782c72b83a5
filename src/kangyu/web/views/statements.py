"""Statements: what waits for whom, one sheet as the official table, its signatures and moves, its workbook."""

from datetime import date
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from kangyu.apps.governance import clock
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.statements import queries
from kangyu.apps.statements.models import Sheet, SheetRow
from kangyu.apps.statements.queries import Opened, SheetNotWithinReach
from kangyu.engines.content.kinds import Statement
from kangyu.engines.content.kinds.action import Actor
from kangyu.engines.statements import period_before, period_of, period_words
from kangyu.flows import statement_appeals, statement_checks, statement_work
from kangyu.gateways import content
from kangyu.gateways.tables import write_sheet
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission
from kangyu.web import frame
from kangyu.web.decorators import allow
from kangyu.web.errors import page as error_page
from kangyu.web.statement_words import heads, short_moment, value_of, where

BACK = 4
"""How many past periods are looked at."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def waiting(viewer: Viewer) -> frame.Waiting | None:
    """What the top of every page says of sheets that wait for the viewer's signature."""
    if not viewer.may(Permission.STATEMENT_SIGN):
        return None
    return frame.Waiting("等我签字", sum(bool(_turn(viewer, one)) for one in queries.listed(viewer, 12)), reverse("statements"))


frame.WAITING.append(waiting)


@allow(Permission.STATEMENT_VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """What this role is to do now, then every sheet there is."""
    viewer = request.viewer
    found = queries.listed(viewer)
    rows = [_listed(viewer, one) for one in found]
    shown = {
        "rows": rows,
        "todo": [row for row in rows if row["turn"]],
        "due": _due(viewer, found) if viewer.may(Permission.STATEMENT_COMPUTE) else [],
        "own": bool(viewer.org) and viewer.within != "county",
        "checks": {"left": statement_checks.left_of(viewer)} if statement_checks.is_checker(viewer) else None,
    }
    return render(request, "statements/list.html", shown)


def _listed(viewer: Viewer, sheet: Sheet) -> dict[str, Any]:
    statement = content.current().statements.get(sheet.key)
    own = SheetRow.objects.filter(sheet=sheet, org=viewer.org).first() if viewer.org else None
    return {
        "sheet": sheet,
        "state": statement.states.get(sheet.state, sheet.state) if statement else sheet.state,
        "turn": _turn(viewer, sheet),
        "undecided": statement_work.undecided(sheet.pk) if sheet.frozen else 0,
        "own": own,
        "count": sheet.rows.count(),
        "total": sum((row.share or 0 for row in sheet.rows.all()), 0),
    }


def _turn(viewer: Viewer, sheet: Sheet) -> str:
    """What this viewer is asked for on a sheet, in a word; empty when nothing."""
    statement = content.current().statements.get(sheet.key)
    if statement is None or not viewer.may(Permission.STATEMENT_SIGN):
        return ""
    signature = statement_work.next_signature(statement, sheet.state)
    if signature and _is(viewer, signature.by) and not _has_signed(viewer, sheet):
        return signature.title
    return next((move.title for move in statement.moves.values() if move.by and move.from_ == sheet.state and _is(viewer, move.by)), "")


def _is(viewer: Viewer, actors: str) -> bool:
    return any(actor.role == viewer.role for actor in Actor.read(actors))


def _has_signed(viewer: Viewer, sheet: Sheet) -> bool:
    last = sheet.steps.filter(signed=True, account=viewer.username).order_by("-number").first()
    undone = sheet.steps.filter(move__in=("return", "compute")).order_by("-number").first()
    return last is not None and (undone is None or last.number > undone.number)


def _due(viewer: Viewer, found: list[Sheet]) -> list[dict[str, Any]]:
    """The periods since the first sheet that are over and have none, for each statement of this role; of a new one the last period."""
    wanted = []
    for statement in content.current().statements.values():
        if not _is(viewer, statement.computed_by):
            continue
        have = {one.period_start for one in found if one.key == statement.key}
        period = period_of(statement.period, clock.today())
        for number in range(BACK):
            period = period_before(statement.period, period)
            if period.start not in have and (number == 0 or any(start < period.start for start in have)):
                wanted.append({"statement": statement, "period": period, "label": period_words(statement.period, period)})
    return wanted


@require_POST
@allow(Permission.STATEMENT_COMPUTE)
def compute(request: HttpRequest) -> HttpResponse:
    """Compute a sheet, or an unsigned one anew."""
    statement = _declared(request.POST.get("key", ""))
    try:
        period = period_of(statement.period, date.fromisoformat(request.POST.get("start", "")))
    except ValueError as error:
        raise UserError("没有说明算哪一期。请从列表里选。") from error
    id = statement_work.compute(request.viewer, statement.key, period)
    messages.success(request, f"{period_words(statement.period, period)}已算好，请核对后签字。")
    return redirect("statement", id=id)


def _declared(key: str) -> Statement:
    found = content.current().statements.get(key)
    if found is None:
        raise UserError("没有这张结算表。")
    return found


@allow(Permission.STATEMENT_VIEW)
def sheet(request: HttpRequest, id: int) -> HttpResponse:
    """One sheet as the official table, where it stands, who signed, what was corrected and objected to."""
    viewer = request.viewer
    try:
        opened = queries.opened(viewer, id)
    except SheetNotWithinReach as error:
        return error_page(request, 404, title="不能打开这张表", says=str(error))
    audit.record("statement.view", by=viewer, target=f"statement/{id}", purpose=opened.sheet.title)
    columns = heads(opened.statement)
    shown = {
        **about(opened),
        "columns": columns,
        "rows": [_row(opened, row, columns, viewer) for row in opened.body["rows"]],
        "totals": [head.shown(opened.body["totals"][head.key]) if head.key in opened.body["totals"] else "" for head in columns],
        "corrections": [{"name": _name(opened, line.org), "line": line} for line in opened.lines],
        "corrected_total": sum((line.amount for line in opened.lines), 0),
        "objections": [_objection(opened, one) for one in statement_appeals.objections(id)],
        "signature": statement_work.next_signature(opened.statement, opened.sheet.state),
        "may_sign": statement_work.may_sign(viewer, opened),
        "may_return": _may_return(viewer, opened),
        "may_compute": opened.sheet.state == opened.statement.first
        and viewer.may(Permission.STATEMENT_COMPUTE)
        and _is(viewer, opened.statement.computed_by),
        "moves": [
            {"key": key, "title": move.title}
            for key, move in opened.statement.moves.items()
            if move.by and move.from_ == opened.sheet.state and viewer.may(Permission.STATEMENT_SIGN) and _is(viewer, move.by)
        ],
    }
    return render(request, "statements/sheet.html", shown)


def about(opened: Opened) -> dict[str, Any]:
    """What every page of a sheet says at its head."""
    sheet = opened.sheet
    return {
        "opened": opened,
        "sheet": sheet,
        "statement": opened.statement,
        "label": opened.body["about"]["label"],
        "place": opened.body["about"]["place"],
        "state": opened.statement.states[sheet.state],
        "steps": where(opened),
        "pool": opened.body["pool"],
        "corrects": bool(opened.statement.corrected),
        "signed": [{"title": step.title, "name": step.name, "role": step.role, "at": short_moment(step.at)} for step in opened.signed],
        "appealing": opened.statement.appeal is not None and sheet.state == opened.statement.appeal.in_,
    }


def _row(opened: Opened, row: dict[str, Any], columns: list[Any], viewer: Viewer) -> dict[str, Any]:
    corrections = opened.corrections(row["id"])
    return {
        "id": row["id"],
        "name": row["name"],
        "mine": row["id"] == viewer.org,
        "cells": [{"head": head, "value": head.shown(value_of(row, head.key))} for head in columns],
        "bound": {"floor": "保底", "cap": "封顶"}.get(row["bound"], ""),
        "corrections": corrections,
    }


def _name(opened: Opened, org: str) -> str:
    return next((row["name"] for row in opened.body["rows"] if row["id"] == org), org)


def _objection(opened: Opened, one: statement_appeals.Objection) -> dict[str, Any]:
    procedure = content.current().procedures.get(opened.statement.appeal.opens if opened.statement.appeal else "")
    state = procedure.states.get(one.state, one.state) if procedure else one.state
    return {
        "name": _name(opened, one.org),
        "state": state,
        "ended": one.ended,
        "case": one.case,
        "at": short_moment(one.opened),
        "org": one.org,
    }


def _may_return(viewer: Viewer, opened: Opened) -> bool:
    return (
        not opened.sheet.frozen
        and opened.sheet.state != opened.statement.first
        and viewer.may(Permission.STATEMENT_SIGN)
        and any(_is(viewer, one.by) for one in opened.statement.signatures.chain)
    )


@require_POST
@allow(Permission.STATEMENT_SIGN)
def sign(request: HttpRequest, id: int) -> HttpResponse:
    """A signature under what was seen."""
    statement_work.sign(request.viewer, id, digest=request.POST.get("digest", ""))
    messages.success(request, "已签字。")
    return redirect("statement", id=id)


@require_POST
@allow(Permission.STATEMENT_SIGN)
def send_back(request: HttpRequest, id: int) -> HttpResponse:
    """Return a sheet that is not shown yet."""
    statement_work.send_back(request.viewer, id, reason=request.POST.get("reason", ""))
    messages.success(request, "已退回，先前的签字作废，可以重算。")
    return redirect("statement", id=id)


@require_POST
@allow(Permission.STATEMENT_SIGN)
def do(request: HttpRequest, id: int, move: str) -> HttpResponse:
    """A move of the sheet: paying it."""
    statement_work.carry_out(request.viewer, id, move)
    messages.success(request, "已办。")
    return redirect("statement", id=id)


@allow(Permission.STATEMENT_VIEW)
def workbook(request: HttpRequest, id: int) -> HttpResponse:
    """The sheet as a workbook, numbers as numbers, with the total line, the signatures and the seal."""
    opened = queries.opened(request.viewer, id)
    audit.record("statement.export", by=request.viewer, target=f"statement/{id}", purpose=opened.sheet.title)
    columns = heads(opened.statement)
    header = ["机构", *(f"{head.title}（{head.unit}）" if head.unit else head.title for head in columns), "更正（元）"]
    lines: list[list[Any]] = [
        [row["name"], *(_number(value_of(row, head.key)) for head in columns), float(opened.corrections(row["id"]))]
        for row in opened.body["rows"]
    ]
    totals = opened.body["totals"]
    lines.append(["合计", *(_number(totals.get(head.key)) for head in columns), float(sum((line.amount for line in opened.lines), 0))])
    lines += [[f"{step.title}：{step.name}（{step.role}）{short_moment(step.at)}"] + [None] * (len(header) - 1) for step in opened.signed]
    lines.append([f"封存校验值 {opened.sheet.digest}"] + [None] * (len(header) - 1))
    response = HttpResponse(write_sheet(opened.body["about"]["label"], header, lines), content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(opened.sheet.title)}.xlsx"
    return response


def _number(value: str | None) -> float | None:
    return None if value is None else float(value)
