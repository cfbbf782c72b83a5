"""What expires soon or has expired: used up in time or scrapped, many lots in one posting."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kangyu.apps.governance import clock
from kangyu.apps.ledgers import names, queries
from kangyu.apps.ledgers.actions.postings import Entry, post
from kangyu.apps.ledgers.queries import Stand
from kangyu.engines.content.kinds import Ledger
from kangyu.gateways import content
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission
from kangyu.web.decorators import allow
from kangyu.web.views.ledgers import opened, quantity_of, row_of

USE, SCRAP = "take", "move"
"""The verbs by which a lot leaves: used up, or moved to where scrapped stock is kept."""


@allow(Permission.LEDGER_POST)
def rotation(request: HttpRequest, key: str) -> HttpResponse:
    """The lots that expire within the ledger's warning time, each with what may be done with it; sent, all of it or none."""
    ledger, book, own = opened(request.viewer, key)
    if not ledger.expires:
        raise Http404("这本台账不按效期管理")
    today = clock.today()
    lots = [one for one in queries.expiring(key, on=today, among=own) if one.free > 0]
    if request.method == "POST":
        try:
            done = _post(request, ledger, lots, today)
            messages.success(request, f"已记账：{done}。每一批的来龙去脉里都写了原因。")
            return redirect("ledger_rotation", key=key)
        except UserError as error:
            messages.error(request, str(error))
    named = names.of(key, [one.account for one in lots])
    chosen = request.GET.get("lot", "")
    rows = [
        {
            **row_of(book, one, named, today),
            "expired": one.expired(today),
            "way": request.POST.get(f"way.{one.id}", SCRAP if str(one.id) == chosen and one.expired(today) else ""),
            "asked": request.POST.get(f"quantity.{one.id}", f"{one.free.normalize():f}"),
            "chosen": str(one.id) == chosen,
        }
        for one in lots
    ]
    rows.sort(key=lambda row: not row["chosen"])
    shown = {
        "ledger": ledger, "rows": rows, "ways": (USE, SCRAP), "scrap": _scrap_words(ledger), "key": str(uuid.uuid4()),
        "expired": sum(row["expired"] for row in rows), "reason": request.POST.get("reason", ""),
    }  # fmt: skip
    return render(request, "ledgers/rotation.html", shown)


def _scrap_words(ledger: Ledger) -> str:
    """Where scrapped stock goes, in the words of its value set; empty where the ledger scraps nothing."""
    now = content.current()
    return "、".join(now.title_of(ledger.accounts[name].of, value) for name, value in ledger.scrap.items())


def _post(request: HttpRequest, ledger: Ledger, lots: Sequence[Stand], today: date) -> str:
    """Carry out what was asked for; returns it in words. Raises ``UserError`` naming the lot that does not fit."""
    reason = request.POST.get("reason", "").strip()
    entries, counted = [], {USE: 0, SCRAP: 0}
    for one in lots:
        way = request.POST.get(f"way.{one.id}", "")
        if way not in counted:
            continue
        entries.append(_entry(ledger, one, way, request.POST, today))
        counted[way] += 1
    if not entries:
        raise UserError("还没有选哪一批怎么办。请在要办的那一行选“轮换用掉”或“报废”。")
    if not reason:
        raise UserError("请写明交给谁用，或报废的批准文号和原因。")
    post(ledger.key, entries, key=request.POST.get("key") or str(uuid.uuid4()), by=request.viewer, reason=reason)
    said = ((USE, "轮换用掉"), (SCRAP, "报废"))
    return "，".join(f"{words} {counted[way]} 批" for way, words in said if counted[way])


def _entry(ledger: Ledger, one: Stand, way: str, sent: Mapping[str, Any], today: date) -> Entry:
    quantity = quantity_of(str(sent.get(f"quantity.{one.id}", "")))
    at = {name: value for name, value in one.account.items() if value or name == ledger.expires}
    if way == SCRAP:
        if not ledger.scrap:
            raise UserError(f"{ledger.title}没有报废的去处，请联系管理员在规则里写明。")
        return Entry("move", quantity, at, dict(ledger.scrap))
    if one.expired(today):
        raise UserError(f"批号 {one.account.get('lot', '')} 已过期，不能再用，只能报废。")
    return Entry("take", quantity, at)
