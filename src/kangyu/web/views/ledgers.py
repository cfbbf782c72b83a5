"""Ledgers: what is low and what expires first, the balances by account, the history of one, stock-taking, entries by hand."""

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from kangyu.apps.cases.models import CaseFile
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import SYSTEM, Viewer
from kangyu.apps.governance.queries import display_names
from kangyu.apps.ledgers import names, queries
from kangyu.apps.ledgers.actions.postings import Entry, book_of, post
from kangyu.apps.ledgers.queries import Stand
from kangyu.apps.registers import queries as things
from kangyu.apps.registers.models import Thing
from kangyu.engines.content.kinds import Ledger
from kangyu.engines.ledger import Book
from kangyu.flows import standards
from kangyu.gateways import content
from kangyu.kernel.errors import DeniedError, UserError
from kangyu.kernel.permission import Permission
from kangyu.web.decorators import allow

VERBS = {"put": "入库", "take": "领用", "move": "移动", "hold": "占用", "free": "放开", "count": "盘点"}
SHOWN = 30
EXPIRING = 6
MONTH = 30


@allow(Permission.LEDGER_VIEW)
def overview(request: HttpRequest) -> HttpResponse:
    """The ledgers; with a single one, that one."""
    known = content.current().ledgers
    mine = [key for key in known if _own(request.viewer, known[key]) is not None]
    if len(mine) == 1:
        return redirect("ledger", key=mine[0])
    return render(request, "ledgers/overview.html", {"ledgers": [known[key] for key in mine]})


def _own(viewer: Viewer, ledger: Ledger) -> dict[str, list[str]] | None:
    """The values of the accounts within the viewer's reach, by dimension; None when the ledger says nothing of where accounts lie."""
    found: dict[str, list[str]] = {}
    registers = content.current().registers
    for dimension, one in ledger.accounts.items():
        if one.of == "institution" and viewer.org and viewer.within in ("institution", "township"):
            found[dimension] = [viewer.org]
        elif one.of in registers and registers[one.of].position:
            found[dimension] = [thing.id for thing in things.every(viewer, one.of)]
    return found if found or viewer.within in ("county",) else None


def opened(viewer: Viewer, key: str) -> tuple[Ledger, Book, dict[str, list[str]]]:
    ledger = content.current().ledgers.get(key)
    own = _own(viewer, ledger) if ledger else None
    if ledger is None or own is None:
        raise Http404("没有这本台账")
    return ledger, book_of(key), own


@allow(Permission.LEDGER_VIEW)
def page(request: HttpRequest, key: str) -> HttpResponse:
    """One ledger: low and expiring first, then the balances, filtered by the values of its dimensions."""
    ledger, book, own = opened(request.viewer, key)
    today = clock.today()
    at = {name: request.GET[name] for name in ledger.accounts if request.GET.get(name)}
    every = queries.balances(key, among=own)
    gone = {name: value for name, value in ledger.scrap.items() if name not in at}
    found = [
        one for one in every
        if all(one.account.get(name) == value for name, value in at.items())
        and not (gone and all(one.account.get(name) == value for name, value in gone.items()))
    ]  # fmt: skip
    begin = int(request.GET["from"]) if request.GET.get("from", "").isdigit() else 0
    expiring = queries.expiring(key, on=today, among=own)
    named = names.of(key, [one.account for one in every])
    shown = {
        "ledger": ledger, "at": at, "chips": _chips(ledger, every, at, named),
        "rows": [row_of(book, one, named, today) for one in found[begin : begin + SHOWN]],
        "next": begin + SHOWN if len(found) > begin + SHOWN else 0, "titles": [ledger.accounts[name].title for name in book.dimensions],
        "expiring": [row_of(book, one, named, today) for one in expiring[:EXPIRING]], "expiring_total": len(expiring),
        "expired": sum(one.expired(today) for one in expiring), "low": _low(ledger, request.viewer),
        "says_low": _says_low(ledger, request.viewer),
        "may_post": request.viewer.may(Permission.LEDGER_POST),
        "total": len(found), "entry": _entry_choices(ledger, request.viewer, own), "key": str(uuid.uuid4()),
        "counted": _counted(ledger, own, named),
    }  # fmt: skip
    if request.htmx and begin:
        return render(request, "ledgers/rows.html", shown)
    return render(request, "ledgers/ledger.html", shown)


def _chips(ledger: Ledger, every: Sequence[Stand], at: Mapping[str, str], named: names.Names) -> list[dict[str, Any]]:
    """A row of chips for each dimension with few enough values, with how many accounts each has under the other filters."""
    found = []
    for dimension, one in ledger.accounts.items():
        if one.of in ("date", "text"):
            continue
        others = {name: value for name, value in at.items() if name != dimension}
        counts: dict[str, int] = {}
        for stand in every:
            if all(stand.account.get(name) == value for name, value in others.items()):
                value = stand.account.get(dimension, "")
                counts[value] = counts.get(value, 0) + 1
        chosen = at.get(dimension, "")
        if len(counts) < 2 and not chosen:
            continue
        choices = [{"href": "?" + urlencode(others), "title": "全部", "count": sum(counts.values()), "chosen": not chosen}]
        for value, number in sorted(counts.items(), key=lambda item: -item[1]):
            href = "?" + urlencode({**others, dimension: value})
            choices.append({"href": href, "title": named(dimension, value), "count": number, "chosen": value == chosen})
        found.append({"title": one.title, "choices": choices})
    return found


def row_of(book: Book, one: Stand, named: names.Names, today: Any) -> dict[str, Any]:
    cells = [(book.titles[name], _cell(book, name, one.account.get(name, ""), named)) for name in book.dimensions]
    days = (one.expires - today).days if one.expires else None
    words, tone = _expiry_words(days)
    return {"stand": one, "cells": cells, "days": days, "expiry": words, "tone": tone}


def _cell(book: Book, dimension: str, value: str, named: names.Names) -> str:
    if dimension == book.expires and not value:
        return "不过期"
    return named(dimension, value) if value else "—"


def _expiry_words(days: int | None) -> tuple[str, str]:
    if days is None:
        return "", ""
    if days < 0:
        return f"过期 {-days} 天", "bad"
    if days < 6 * MONTH:
        return f"还有 {days} 天", "warn" if days >= MONTH else "bad"
    return f"还有 {days // MONTH} 个月", ""


def _says_low(ledger: Ledger, viewer: Viewer) -> bool:
    """Whether it can be said what is too low: a standard speaks of the whole county, so only to who oversees it."""
    return ledger.low is not None and (not ledger.low.standard or viewer.within == "county")


def _low(ledger: Ledger, viewer: Viewer) -> list[dict[str, Any]]:
    """What is too low: by the ledger's standard, else by its own limit."""
    if ledger.low is None or not _says_low(ledger, viewer):
        return []
    if ledger.low.standard:
        found = standards.overview(ledger.low.standard, viewer=viewer)
        return [
            {"name": one.name, "have": one.judged.have, "need": one.judged.need, "gap": one.judged.gap, "id": one.id}
            for one in found.standings
            if one.judged.status == "short"
        ]
    below = Decimal(str(ledger.low.below or 0))
    totals = queries.sums(ledger.key, ledger.low.by, on=clock.today())
    named = names.of(ledger.key, [dict(zip(ledger.low.by, values, strict=True)) for values in totals])
    return [
        {"name": " · ".join(named(name, value) for name, value in zip(ledger.low.by, values, strict=True)), "have": total, "need": below,
         "gap": below - total, "id": ""}
        for values, total in totals.items()
        if total < below
    ]  # fmt: skip


def _entry_choices(ledger: Ledger, viewer: Viewer, own: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    """What may be chosen for each dimension when something is entered by hand."""
    registers, now = content.current().registers, content.current()
    found = []
    for dimension, one in ledger.accounts.items():
        choices: list[tuple[str, str]] = []
        if one.of in registers:
            listed = Thing.objects.filter(register=one.of, until=None).order_by("number")
            choices = [(thing.id, thing.name) for thing in listed if dimension not in own or thing.id in own[dimension]]
        elif one.of in now.value_sets:
            choices = [(code, now.title_of(one.of, code)) for code in now.value_sets[one.of].codes]
        found.append({"key": dimension, "title": one.title, "kind": "date" if one.of == "date" else "text", "choices": choices,
                      "optional": dimension == ledger.expires})  # fmt: skip
    return found


def _counted(ledger: Ledger, own: Mapping[str, list[str]], named: names.Names) -> list[tuple[str, Any]]:
    """When each store was last counted."""
    dimension = next(iter(own), "")
    if not dimension:
        return []
    last = queries.counted_on(ledger.key, dimension)
    return [(named(dimension, value), last.get(value)) for value in own[dimension]]


@allow(Permission.LEDGER_VIEW)
def account(request: HttpRequest, key: str, id: int) -> HttpResponse:
    """One account: how it stands, what is held on it, how it came to stand so."""
    ledger, book, own = opened(request.viewer, key)
    stand = _stand(key, id, own)
    named = names.of(key, [stand.account])
    before = request.GET.get("before", "")
    steps = queries.history(id, before=int(before) if before.isdigit() else None, limit=51)
    holds = queries.holds(id)
    cases = _cases(request.viewer, [step.source.removeprefix("Task/") for step in steps] + [one.key for one in holds])
    who = {**display_names(step.author for step in steps), SYSTEM.username: SYSTEM.display_name}
    lines = [
        {"step": step, "verb": VERBS.get(step.verb, step.verb), "who": who.get(step.author, step.author),
         "case": cases.get(step.source.removeprefix("Task/"))}
        for step in steps[:50]
    ]  # fmt: skip
    shown = {
        "ledger": ledger, "row": row_of(book, stand, named, clock.today()),
        "holds": [{"quantity": one.quantity, "until": one.until, "case": cases.get(one.key)} for one in holds],
        "steps": lines, "before": steps[49].id if len(steps) > 50 else "",
        "may_post": request.viewer.may(Permission.LEDGER_POST), "key": str(uuid.uuid4()), "expired": stand.expired(clock.today()),
        "rotates": stand.free > 0 and id in {one.id for one in queries.expiring(key, on=clock.today(), at=stand.account)},
    }  # fmt: skip
    return render(request, "ledgers/account.html", shown)


def _cases(viewer: Viewer, ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """The cases that postings follow from, in a line each; for who may see cases."""
    if not viewer.may(Permission.CASE_VIEW):
        return {}
    known = content.current().procedures
    return {
        one.id: {"id": one.id, "title": f"{known[one.procedure].title}：{one.heading}" if one.heading else known[one.procedure].title}
        for one in CaseFile.objects.filter(id__in=set(ids))
        if one.procedure in known
    }


def _stand(key: str, id: int, own: Mapping[str, list[str]]) -> Stand:
    found = queries.account(id)
    if found is None or found[0] != key or not _inside(found[1].account, own):
        raise UserError("没有找到这个账户，或不在您的管辖范围内。请回到台账。")
    return found[1]


def _inside(account: Mapping[str, str], own: Mapping[str, list[str]]) -> bool:
    return all(account.get(dimension, "") in values for dimension, values in own.items())


@require_POST
@allow(Permission.LEDGER_POST)
def count(request: HttpRequest, key: str, id: int) -> HttpResponse:
    """Stock-taking of one account."""
    _, _, own = opened(request.viewer, key)
    stand = _stand(key, id, own)
    try:
        entry = Entry("count", quantity_of(request.POST.get("quantity", ""), zero=True), dict(stand.account))
        posted = post(
            key, [entry], key=request.POST.get("key") or str(uuid.uuid4()), by=request.viewer, reason=request.POST.get("reason", "")
        )
        change = sum(line.quantity for line in posted.lines)
        messages.success(request, f"已盘点，{'账实相符' if not change else f'差额 {change:+.0f} 已记账'}。")
    except UserError as error:
        messages.error(request, str(error))
    return redirect("ledger_account", key=key, id=id)


@require_POST
@allow(Permission.LEDGER_POST)
def enter(request: HttpRequest, key: str) -> HttpResponse:
    """Something that came in or was used up, entered by hand."""
    ledger, book, own = opened(request.viewer, key)
    sent = request.POST
    verb = sent.get("verb", "")
    try:
        if verb not in ("put", "take"):
            raise UserError("请选入库或领用。")
        at = {name: sent[f"at.{name}"].strip() for name in book.dimensions if sent.get(f"at.{name}", "").strip()}
        if not all(at.get(dimension, "") in values for dimension, values in own.items()):
            raise DeniedError("这个库不在您的管辖范围内，不能记账。")
        entry = Entry(verb, quantity_of(sent.get("quantity", "")), at)  # type: ignore[arg-type]
        posted = post(key, [entry], key=sent.get("key") or str(uuid.uuid4()), by=request.viewer, reason=sent.get("reason", ""))
        lots = "、".join(f"{line.account.get('lot', '')} {abs(line.quantity):.0f}" for line in posted.lines)
        messages.success(request, f"已{VERBS[verb]}：{lots} {ledger.unit}。")
    except UserError as error:
        messages.error(request, str(error))
    return redirect("ledger", key=key)


def quantity_of(text: str, *, zero: bool = False) -> Decimal:
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        raise UserError(f"“{text}”不是数量，请填数字。") from None
    if not found.is_finite() or found < 0 or (found == 0 and not zero):
        raise UserError("数量要大于 0。")
    return found
