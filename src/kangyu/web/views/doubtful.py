"""For those who oversee institutions: which visits may not have been made, why it looks so, and the way to the records."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kangyu.apps.cases.queries import doubtful
from kangyu.apps.governance import clock
from kangyu.apps.governance.actions import audit
from kangyu.engines.cases.plausibility import Sign
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission
from kangyu.web.decorators import allow

FEW = 6
TITLES = {
    "digits": "血压末位数偏向 0 和 5",
    "density": "一天随访的人太多",
    "clones": "许多人的答案一模一样",
    "after_death": "人已去世，还有随访",
}


@allow(Permission.RECORDS_REVIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """The institutions with signs, the strongest first."""
    on = clock.today()
    found = doubtful.doubts(request.viewer, on)
    shown = [
        {"org": one.org, "name": one.name, "records": len(one.responses), "signs": _few(one.signs), "more": max(0, len(one.signs) - FEW)}
        for one in found
    ]
    limits = doubtful.limits()
    return render(request, "doubtful.html", {"found": shown, "on": on, "limits": limits, "rounded": f"{limits.rounded:.0%}"})


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
    return render(request, "doubtful_one.html", {"doubt": found, "signs": shown, "on": on})


def _few(signs: list[Sign]) -> list[dict[str, Any]]:
    return [said(sign) for sign in signs[:FEW]]


def said(sign: Sign) -> dict[str, Any]:
    """A sign in words: what was found and how unlikely it is."""
    figures, when = sign.figures, f"{sign.on.isoformat()}，" if sign.on else ""
    if sign.kind == "digits":
        chance = "不到百万分之一" if figures["chance"] < 1e-6 else f"约 {figures['chance']:.1g}"
        what = f"{figures['readings']:.0f} 次血压里，末位是 0 或 5 的占 {figures['share']:.0%}，"
        what += f"碰巧这样的可能{chance}（卡方 {figures['statistic']:.0f}）"
    elif sign.kind == "density":
        what = f"{when}当面随访 {figures['people']:.0f} 人，超过一天 {figures['limit']:.0f} 人"
    elif sign.kind == "clones":
        what = f"{when}{figures['people']:.0f} 人的全部答案和数值完全相同"
    else:
        what = f"{figures['visits']:.0f} 次随访在本人去世之后，最晚的晚 {figures['days']:.0f} 天"
    return {"kind": sign.kind, "title": TITLES[sign.kind], "what": what, "count": len(sign.responses)}
