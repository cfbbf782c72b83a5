"""Why a number is what it is: one institution's row, every item opened to its records."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kangyu.apps.cases.rules import rules
from kangyu.apps.directory import queries as directory
from kangyu.apps.governance import clock
from kangyu.apps.governance.actions import audit
from kangyu.apps.identity.models import Person
from kangyu.apps.statements import queries
from kangyu.apps.statements.queries import Opened, SheetNotWithinReach
from kangyu.engines.content.kinds.statement import Column, Item
from kangyu.flows import statement_appeals, statement_work
from kangyu.kernel.permission import Permission
from kangyu.web import care_words, wording
from kangyu.web.decorators import allow
from kangyu.web.errors import page as error_page
from kangyu.web.statement_words import SHARE, SHARE_TITLE, Formulas, head_of, heads, value_of
from kangyu.web.views.statements import about

PAGE = 60


@allow(Permission.STATEMENT_VIEW)
def row(request: HttpRequest, id: int, org: str) -> HttpResponse:
    """One institution: from records counted to points, from points to its share, from the share to what is paid."""
    viewer = request.viewer
    try:
        opened = queries.opened(viewer, id)
        found = opened.row(org)
    except SheetNotWithinReach as error:
        return error_page(request, 404, title="不能打开这一行", says=str(error))
    audit.record("statement.view", by=viewer, target=f"statement/{id}/{org}", purpose=opened.sheet.title)
    formulas = Formulas(opened)
    corrected = opened.statement.corrected or SHARE
    corrections = opened.corrections(org)
    names = [one["id"] for one in opened.body["rows"]]
    at = names.index(org)
    shown = {
        **about(opened),
        "row": found,
        "own": viewer.org == org,
        "columns": [_column(opened, found, key, column, formulas) for key, column in opened.statement.columns.items()],
        "lines": [_line(found, key, column, formulas) for key, column in opened.statement.lines.items()],
        "share": _share(opened, found, formulas),
        "final": wording.figure(float(Decimal(value_of(found, corrected) or 0) + corrections), 2),
        "final_title": next(head.title for head in heads(opened.statement) if head.key == corrected),
        "corrections": [line for line in opened.lines if line.org == org],
        "objections": [one for one in statement_appeals.objections(id) if one.org == org],
        "may_appeal": statement_appeals.may_appeal(viewer, opened, org),
        "before": opened.body["rows"][at - 1] if at else None,
        "after": opened.body["rows"][at + 1] if at + 1 < len(names) else None,
    }
    return render(request, "statements/row.html", shown)


def _column(opened: Opened, found: dict[str, Any], key: str, column: Column, formulas: Formulas) -> dict[str, Any]:
    head = head_of(key, column)
    items = [_item(opened, key, name, item, column, found["points"][key][name], formulas) for name, item in column.items.items()]
    return {
        "key": key,
        "title": column.title,
        "unit": column.unit,
        "value": head.shown(found["values"].get(key)),
        "source": column.source,
        "full": column.full,
        "how": formulas.say(column.gives) if column.gives else "",
        "items": items,
        "scored": any(item["scored"] for item in items),
        "opens": key if column.counts else "",
        "left_out": [item["title"] for item in items if item["points"] is None],
    }


def _item(
    opened: Opened, column: str, name: str, item: Item, declared: Column, points: dict[str, Any], formulas: Formulas
) -> dict[str, Any]:
    most = max((_points(row, column, name) for row in opened.body["rows"]), default=0.0)
    mine = None if points["points"] is None else float(points["points"])
    return {
        "item": f"{column}.{name}",
        "title": item.title,
        "unit": item.unit,
        "source": _source(opened, item),
        "scored": item.indicator is not None,
        "indicator": item.indicator,
        "count": points.get("count"),
        "value": points.get("value"),
        "parts": f"{points['top']:.0f} ／ {points['bottom']:.0f}" if item.indicator else "",
        "how": formulas.say(item.gives) if item.gives else "",
        "score": points.get("score"),
        "weight": wording.compact(float(points["weight"])),
        "points": None if mine is None else wording.figure(mine, declared.decimals),
        "raw": mine or 0.0,
        "most": most,
    }


def _points(row: dict[str, Any], column: str, name: str) -> float:
    return float(row["points"][column][name]["points"] or 0)


def _source(opened: Opened, item: Item) -> str:
    setting = opened.body["settings"].get(item.weight.strip())
    return item.source or (setting or {}).get("source") or ""


def _line(found: dict[str, Any], key: str, column: Column, formulas: Formulas) -> dict[str, Any]:
    return {
        "title": column.title,
        "unit": column.unit,
        "value": head_of(key, column).shown(found["values"].get(key)),
        "how": formulas.say(column.gives) if column.gives else "",
    }


def _share(opened: Opened, found: dict[str, Any], formulas: Formulas) -> dict[str, Any]:
    """How the pool came to this row."""
    pool, declared = opened.body["pool"], opened.statement.pool
    if declared is None or found["share"] is None:
        return {}
    every = sum(Decimal(row["weight"]) for row in opened.body["rows"])
    weight = Decimal(found["weight"])
    return {
        "title": declared.title,
        "amount": wording.figure(float(pool["amount"]), 2),
        "by": formulas.say(declared.by),
        "weight": wording.figure(float(weight), 2),
        "every": wording.figure(float(every), 2),
        "part": wording.figure(float(weight / every * 100), 2) if every else wording.DASH,
        "rate": wording.figure(float(pool["rate"]), 4) if pool["rate"] else "",
        "average": wording.figure(float(pool["average"]), 2),
        "share": wording.figure(float(found["share"]), 2),
        "times": wording.figure(float(Decimal(found["share"]) / Decimal(pool["average"])), 2) if float(pool["average"]) else "",
        "bound": _held(found["bound"], declared.floor, declared.cap),
        "bounds": _bounds(declared.floor, declared.cap),
        "word": SHARE_TITLE,
    }


def _held(bound: str, floor: float | None, cap: float | None) -> str:
    """Which bound holds a row, in words."""
    return {"floor": f"按保底给：平均额的 {floor or 0:.0%}", "cap": f"到封顶：平均额的 {cap or 0:g} 倍"}.get(bound, "")


def _bounds(floor: float | None, cap: float | None) -> str:
    said = ([f"保底 {floor:g}"] if floor is not None else []) + ([f"封顶 {cap:g}"] if cap is not None else [])
    return "、".join(said) + " 倍平均额" if said else ""


@allow(Permission.STATEMENT_VIEW)
def records(request: HttpRequest, id: int, org: str, item: str) -> HttpResponse:
    """The records behind one cell, as they stood when the sheet was computed; people beyond the viewer's reach are counted, not named."""
    viewer = request.viewer
    try:
        opened = queries.opened(viewer, id)
        found = opened.row(org)
    except SheetNotWithinReach as error:
        return error_page(request, 404, title="不能打开这些记录", says=str(error))
    column, _, name = item.partition(".")
    declared = opened.statement.columns.get(column)
    part = declared.items.get(name) if declared and name else None
    if declared is None or (name and part is None) or not (name or declared.counts):
        return error_page(request, 404, title="没有这一项", says="这张表没有这一项，请从机构的那一页点进来。")
    offset = int(request.GET["from"]) if request.GET.get("from", "").isdigit() else 0
    behind = statement_work.records_behind(opened, item, org, limit=PAGE, offset=offset)
    within = people_within(viewer, [one["pid"] for one in behind.page])
    audit.record("statement.records", by=viewer, pids=sorted(within), target=f"statement/{id}/{org}/{item}", purpose=opened.sheet.title)
    counts = part.counts if part else declared.counts
    shown = {
        **about(opened),
        "row": found,
        "item": part,
        "column": declared,
        "title": part.title if part else declared.title,
        "behind": behind,
        "points": found["points"][column][name] if part else None,
        "value": head_of(column, declared).shown(found["values"][column]) if not part else "",
        "people": _people(behind.page, within, unnamed=discreet(counts.table if counts else str(part.indicator if part else ""))),
        "hidden": sum(1 for one in behind.page if one["pid"] not in within),
        "offset": offset,
        "last": min(offset + PAGE, behind.records),
        "next": offset + PAGE if offset + PAGE < behind.records else 0,
    }
    return render(request, "statements/records.html", shown)


def people_within(viewer: Any, pids: list[int]) -> dict[int, Person]:
    """Those of the persons whom the viewer may see."""
    condition, parameters = viewer.people("person")
    known = Person.objects.raw(f"SELECT person.* FROM person WHERE pid = ANY(%s) AND ({condition})", [pids, *parameters])
    return {person.pid: person for person in known}


def discreet(name: str) -> bool:
    """Whether a list of this does not show names."""
    return any(name.startswith(key) for key in rules().discreet)


def _people(page: list[dict[str, Any]], within: dict[int, Person], *, unnamed: bool) -> list[dict[str, Any]]:
    names = directory.institution_names(sorted({one["org"] for one in page if one["org"]}))
    today, found = clock.today(), []
    for one in page:
        person = within.get(one["pid"])
        found.append(
            {
                "pid": one["pid"] if person else None,
                "name": "" if person is None or unnamed else person.name,
                "who": care_words.who(person.sex, person.birth_date, today) if person else "",
                "discreet": unnamed and person is not None,
                "on": one["on"],
                "record": one["record"],
                "org": names.get(one["org"], one["org"]),
                "counted": one["top"] > 0,
                "top": one["top"],
            }
        )
    return found
