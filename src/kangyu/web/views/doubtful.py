"""For those who oversee institutions: which visits may not have been made, why it looks so, and the way to the records."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from kangyu.apps.cases.queries import doubtful
from kangyu.apps.cases.rules import rules
from kangyu.apps.governance import clock
from kangyu.apps.governance.actions import audit
from kangyu.engines.cases.plausibility import Sign
from kangyu.flows import doubtful_visits
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission
from kangyu.web.decorators import allow

MOST = 200
TONES = {"new": "bad", "explained": "warn", "looked": "warn", "asked": "none", "confirmed": "bad", "cleared": "ok"}
TITLES = {
    "digits": "血压末位数偏向 0 和 5",
    "density": "一天随访的人太多",
    "clones": "许多人的答案一模一样",
    "after_death": "人已去世，还有随访",
}


@allow(Permission.RECORDS_REVIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """The signs as a work list: what asks for the viewer first, with what became of each."""
    on, chosen = clock.today(), request.GET.get("state", "")
    items = doubtful_visits.work_list(request.viewer, on)
    counts = Counter(item.state for item in items)
    named = doubtful.performers([item.sign.performer for item in items if item.sign.performer])
    shown = [_item(item, named) for item in items if not chosen or item.state == chosen]
    limits = doubtful.limits()
    states = {doubtful_visits.NEW: "没看过", **_states()}
    return render(
        request,
        "doubtful.html",
        {
            "items": shown[:MOST],
            "more": max(0, len(shown) - MOST),
            "chips": [{"key": key, "title": states.get(key, key), "count": counts[key]} for key in doubtful_visits.ORDER if counts[key]],
            "chosen": chosen,
            "total": len(items),
            "to_check": sum(counts[key] for key in ("explained", doubtful_visits.NEW, "looked")),
            "on": on,
            "limits": limits,
            "rounded": f"{limits.rounded:.0%}",
            "may_work": request.viewer.may(Permission.CASE_WORK),
        },
    )


def _states() -> Mapping[str, str]:
    """The states of the procedure by their names."""
    return rules().procedure(doubtful_visits.PROCEDURE).procedure.states


def _item(item: doubtful_visits.Item, named: Mapping[str, str]) -> dict[str, Any]:
    """One sign as the list shows it."""
    standing = item.standing
    return {
        **said(item.sign),
        "key": item.sign.key,
        "org": item.sign.org,
        "name": item.name,
        "performer": named.get(item.sign.performer, ""),
        "state": item.state,
        "state_title": _states().get(item.state, "没看过"),
        "tone": TONES.get(item.state, "none"),
        "case": item.case if standing else "",
        "by": standing.by if standing else "",
        "at": standing.at if standing else None,
        "reason": standing.reason if standing else "",
        "ended": bool(standing and standing.ended),
    }


@require_POST
@allow(Permission.RECORDS_REVIEW)
def take_up(request: HttpRequest) -> HttpResponse:
    """Somebody has looked at a sign, or asks the institution to explain it."""
    on, key = clock.today(), request.POST.get("sign", "")
    sign = next((item.sign for item in doubtful_visits.work_list(request.viewer, on) if item.sign.key == key), None)
    move = "ask_at_once" if request.POST.get("move") == "ask_at_once" else "look"
    words = said(sign) if sign else {"title": "", "what": ""}
    doubtful_visits.take_up(request.viewer, on, key, move=move, said=words)
    messages.success(request, "已请机构说明，5 个工作日内答复会回到这里。" if move == "ask_at_once" else "已记下看过，核实后请写结论。")
    return redirect("doubtful")


@allow(Permission.RECORDS_REVIEW)
def one(request: HttpRequest, org: str) -> HttpResponse:
    """One institution: each sign with its figures and the records behind it."""
    on = clock.today()
    found = next((one for one in doubtful.doubts(request.viewer, on) if one.org == org), None)
    if found is None:
        raise UserError("这个机构近一年没有可疑随访，或不在您督导的范围内。请回到可疑随访的名单。")
    records = {one.response: one for one in doubtful.behind(request.viewer, sorted(found.responses))}
    audit.record("person.list", by=request.viewer, pids=[one.pid for one in records.values()], target=f"doubtful/{org}")
    shown = []
    for sign in found.signs:
        of_sign = set(sign.responses)
        own = [record for response, record in records.items() if response in of_sign]
        shown.append({**said(sign), "records": own[:40], "more": max(0, len(sign.responses) - 40)})
    loads = doubtful.loads_of(request.viewer, org, on)
    named = doubtful.performers([one.performer for one in loads])
    people = [{"name": named.get(one.performer) or "姓名不详", "load": one, "mean": one.people / one.days} for one in loads]
    limit = doubtful.limits().visits_a_day_of_one
    return render(request, "doubtful_one.html", {"doubt": found, "signs": shown, "on": on, "people": people, "limit": limit})


def said(sign: Sign) -> dict[str, Any]:
    """A sign in words: what was found and how unlikely it is."""
    figures, when = sign.figures, f"{sign.on.isoformat()}，" if sign.on else ""
    if sign.kind == "digits":
        chance = "不到百万分之一" if figures["chance"] < 1e-6 else f"约 {figures['chance']:.1g}"
        what = f"{figures['readings']:.0f} 次血压里，末位是 0 或 5 的占 {figures['share']:.0%}，"
        what += f"碰巧这样的可能{chance}（卡方 {figures['statistic']:.0f}）"
    elif sign.kind == "density":
        who = "一位医生" if sign.performer else "全机构"
        what = f"{when}{who}当面随访 {figures['people']:.0f} 人，超过一天 {figures['limit']:.0f} 人"
    elif sign.kind == "clones":
        what = f"{when}{figures['people']:.0f} 人的全部答案和数值完全相同"
    else:
        what = f"{figures['visits']:.0f} 次随访在本人去世之后，最晚的晚 {figures['days']:.0f} 天"
    return {"kind": sign.kind, "title": TITLES[sign.kind], "what": what, "count": len(sign.responses)}
