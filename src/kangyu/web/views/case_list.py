"""The cases of a procedure as a list to pick from, who ought to be a case and is not, and a case on paper."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kangyu.apps.cases.case_access import CaseNotWithinReach
from kangyu.apps.cases.queries.listing import Listing, Picked, listing
from kangyu.apps.cases.queries.missing import Owing, owing, owing_of
from kangyu.apps.cases.rules import Rules, rules
from kangyu.apps.directory import queries as directory
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.engines.cases.procedure import PreparedProcedure
from kangyu.engines.content.kinds import Procedure
from kangyu.flows import printing
from kangyu.flows.case_load import wall_now
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission
from kangyu.web import care_words
from kangyu.web.decorators import allow
from kangyu.web.errors import page as error_page
from kangyu.web.views.cases import rows, starters_of
from kangyu.web.views.forms import pdf_answer

MOST_CHIPS = 12


@allow(Permission.CASE_VIEW)
def case_list(request: HttpRequest, procedure: str) -> HttpResponse:
    """The list; htmx asks for its next page. What is picked stands in the address, so that it can be sent to a colleague."""
    viewer, prepared, given = request.viewer, rules().procedure(procedure), request.GET
    declared = prepared.procedure
    picked = Picked(
        values={key: given[key] for key, column in declared.columns.items() if column.filter and given.get(key)},
        state=given.get("state", ""),
        area=given.get("area", "")[:12],
        since=day_of(given.get("since", "")),
        until=day_of(given.get("until", "")),
        alike=bool(given.get("alike")),
    )
    after = given.get("after", "")
    found = listing(viewer, declared, picked, after=after)
    audit.record("case.list", by=viewer, pids=[row.pid for row in found.rows if row.pid is not None], target=f"list/{procedure}")
    shown: dict[str, Any] = {"procedure": declared, "found": found, "rows": _rows(prepared, found), "heads": _heads(declared)}
    if request.htmx and after:
        return render(request, "cases/list_rows.html", shown)
    day = next((column.title for column in declared.columns.values() if column.day), "立案日期")
    owed = len(owing(viewer, wall_now(), procedure=procedure)) if declared.missing and viewer.may(Permission.CASE_WORK) else 0
    shown |= {"filters": _filters(prepared, found, picked), "picked": picked, "day": day, "owed": owed}
    return render(request, "cases/list.html", shown)


def _heads(procedure: Procedure) -> list[str]:
    return [column.title for column in _shown(procedure).values()]


def _shown(procedure: Procedure) -> dict[str, Any]:
    """The columns a list has room for: the days and the coded ones."""
    dated = procedure.same.at if procedure.same else None
    wanted = {key: column for key, column in procedure.columns.items() if column.day or column.set or key == dated}
    return dict(list(wanted.items())[:6])


def _rows(prepared: PreparedProcedure, found: Listing) -> list[dict[str, Any]]:
    now, shown = wall_now(), _shown(prepared.procedure)
    plain = {one["id"]: one for one in rows(found.rows, now)}
    return [
        {**plain[row.id], "cells": [said(prepared, key, row.columns.get(key)) for key in shown], "doubled": row.id in found.doubled}
        for row in found.rows
    ]


def said(prepared: PreparedProcedure, key: str, value: Any) -> str:
    """A column's value in words: a code by its name, a day as it is."""
    column = prepared.procedure.columns[key]
    if value is None:
        return ""
    return rules().content.title_of(column.set, value) if column.set else str(value)


def _filters(prepared: PreparedProcedure, found: Listing, picked: Picked) -> list[dict[str, Any]]:
    """What the list can be narrowed to, with how many each would show."""
    procedure = prepared.procedure
    areas = {area.code: area.name for code in list(found.counts["area"])[:1] for area in directory.areas_within(code[:6], "township")}
    filtered = {key: column for key, column in procedure.columns.items() if column.filter}
    names: dict[str, tuple[str, Callable[[str], str]]] = {key: (one.title, partial(said, prepared, key)) for key, one in filtered.items()}
    names |= {"state": ("状态", prepared.state), "area": ("乡镇街道", lambda code: areas.get(code, code))}
    chosen = {**picked.values, "state": picked.state, "area": picked.area}
    return [
        {
            "key": key,
            "title": title,
            "chosen": chosen.get(key, ""),
            "options": [{"key": code, "title": name(code), "count": count} for code, count in found.counts[key].items()],
        }
        for key, (title, name) in names.items()
    ]


def day_of(text: str) -> date | None:
    """A day as an address holds it, none for anything else."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


# who ought to be a case


@allow(Permission.CASE_WORK)
def missing(request: HttpRequest, procedure: str) -> HttpResponse:
    """People who ought to be a case and are not, the newest first: open one now, or say why not."""
    viewer, prepared = request.viewer, rules().procedure(procedure)
    if not prepared.procedure.missing:
        raise UserError(f"“{prepared.procedure.title}”没有写哪些人应当立案。")
    found = owing(viewer, wall_now(), procedure=procedure)
    audit.record("case.list", by=viewer, pids=[one.pid for one in found], target=f"missing/{procedure}")
    shown = {
        "procedure": prepared.procedure,
        "rows": [owing_row(one, rules(), viewer) for one in found],
        "late": sum(one.late for one in found),
        "back": next(iter(prepared.procedure.missing.values())).back.split()[0],
    }
    return render(request, "cases/missing.html", shown)


def owing_row(one: Owing, declared: Rules, viewer: Viewer) -> dict[str, Any]:
    """One row of the list, with the addresses of what can be done about it."""
    procedure = declared.content.procedures[one.procedure]
    table = declared.content.definitions[procedure.missing[one.rule].lookup].lookup
    carry = {one.answer: one.value, **{key: value for key, value in one.carry.items() if value}}
    mine = starters_of(procedure, viewer.role)
    return {
        "name": one.name,
        "who": care_words.who(one.sex, one.birth_date, wall_now().date()),
        "title": one.title,
        "what": declared.content.title_of(table.of if table else None, one.value),
        "code": one.code,
        "on": one.on,
        "org": directory.institution_names([one.org]).get(one.org, ""),
        "hours": f"{one.hours:g} 小时内报" if one.hours else "",
        "late": one.late,
        "report": _open_address(one, one.report, carry) if one.report in mine else "",
        "dismiss": _open_address(one, one.dismiss, carry) if one.dismiss in mine else "",
        "procedure": procedure.title,
    }


def _open_address(one: Owing, start: str, carry: dict[str, Any]) -> str:
    return f"{reverse('case_open', args=[one.procedure, 'person', one.pid])}?{urlencode({'start': start, **carry})}"


def owing_about(viewer: Viewer, pid: int) -> list[dict[str, Any]]:
    """What the page of a resident says ought to be opened, for who may open it."""
    if not viewer.may(Permission.CASE_WORK):
        return []
    return [row for one in owing_of(pid, wall_now()) if (row := owing_row(one, rules(), viewer))["report"]]


# on paper


@allow(Permission.CASE_VIEW)
def printed(request: HttpRequest, id: str, form: str) -> HttpResponse:
    """A form of a case on the official paper as PDF."""
    try:
        return pdf_answer(printing.case(request.viewer, id, form))
    except CaseNotWithinReach as error:
        return error_page(request, 404, title="不能打开这件事", says=str(error))
