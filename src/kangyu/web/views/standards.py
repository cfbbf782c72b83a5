"""Standards: what each place or thing needs, what it has, what is missing, in words, colour and on the map."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from kangyu.apps.governance.access import Viewer
from kangyu.apps.registers import access
from kangyu.engines.content.kinds import Standard
from kangyu.engines.handbook.speaking import Speeches
from kangyu.engines.standards import Judged
from kangyu.flows import standards
from kangyu.flows.standards import Overview, Standing
from kangyu.gateways import content
from kangyu.kernel.permission import Permission
from kangyu.web import things
from kangyu.web.charts.dots import Dot, dots
from kangyu.web.decorators import allow
from kangyu.web.wording import DASH

TONES = {"met": "ok", "short": "bad", "unknown": "none"}
WORDS = {"met": "达到", "short": "不足", "unknown": "无数据"}
EACH = {"county": "县", "township": "乡镇（街道）", "village": "村（社区）", "institution": "机构"}


@allow(Permission.INDICATOR_VIEW)
def overview(request: HttpRequest) -> HttpResponse:
    """Every standard with how many places keep it."""
    rows = []
    for key, standard in content.current().standards.items():
        found = standards.overview(key, viewer=request.viewer)
        short = next((one for one in found.standings if one.judged.status == "short"), None)
        rows.append({"standard": standard, "each": _each(standard.each), "total": len(found.standings), "met": found.count("met"),
                     "short": found.count("short"), "unknown": found.count("unknown"), "first": short,
                     "says": _says(short, standard.unit) if short else ""})  # fmt: skip
    return render(request, "standards/overview.html", {"rows": rows})


def _each(each: str) -> str:
    registers = content.current().registers
    return EACH.get(each) or (registers[each].singular if each in registers else each)


@allow(Permission.INDICATOR_VIEW)
def page(request: HttpRequest, key: str) -> HttpResponse:
    """One standard: each place or thing, and the map."""
    if key not in content.current().standards:
        raise Http404("没有这条标准")
    found = standards.overview(key, viewer=request.viewer)
    standard = found.prepared.standard
    shown = {
        "standard": standard, "each": _each(standard.each), "rows": [_row(one, standard.unit) for one in found.standings],
        "counts": [(TONES[status], said, found.count(status)) for status, said in WORDS.items()],
        "map": _map(found, request.viewer), "stated": standard.need is not None, "also": list(standard.also.values()),
        "reach": list(standard.reach.values()), "peopled": any(one.people is not None for one in found.standings), "how": _how(standard),
    }  # fmt: skip
    return render(request, "standards/standard.html", shown)


def _how(standard: Standard) -> list[tuple[str, str]]:
    """How need, stock and distance are worked out, in words."""
    speech = Speeches(content.current()).each(standard.each)
    said = [("要有", standard.need), ("现有", standard.have)]
    said += [(one.title, one.kilometres) for one in standard.reach.values() if isinstance(one.kilometres, str)]
    return [(title, speech.say(text).words) for title, text in said if text]


def _row(one: Standing, unit: str) -> dict[str, Any]:
    judged = one.judged
    return {
        "name": one.name, "people": _number(one.people),
        "need": _number(judged.need), "have": _number(judged.have), "gap": _number(judged.gap) if judged.gap else "",
        "tone": TONES[judged.status], "words": WORDS[judged.status], "says": _says(one, unit),
        "also": [{"share": _share(part.share), "tone": TONES[part.status], "limit": _limit(part)} for part in judged.also.values()],
        "reach": [{"share": _share(part.covered.share if part.covered else None), "kilometres": _number(part.kilometres),
                   "tone": TONES[part.status], "beyond": _beyond(part.covered)} for part in judged.reach.values()],
        "href": things.reverse("thing", args=[one.kind, one.id]) if one.kind in content.current().registers else "",
    }  # fmt: skip


def _number(value: float | None) -> str:
    return DASH if value is None else f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def _share(value: float | None) -> str:
    return DASH if value is None else f"{value * 100:.0f}%"


def _limit(part: Any) -> str:
    low = f"至少 {part.at_least * 100:.0f}%" if part.at_least is not None else ""
    return low or (f"至多 {part.at_most * 100:.0f}%" if part.at_most is not None else "")


def _beyond(covered: Any) -> str:
    """The places out of reach, the farthest first."""
    if covered is None or not covered.beyond:
        return ""
    from kangyu.apps.directory.models import Area

    names = dict(Area.objects.filter(code__in=[code for code, _, _ in covered.beyond[:3]]).values_list("code", "name"))
    said = [f"{names.get(code, code)}{f' {far:.1f} km' if far is not None else ''}" for code, _, far in covered.beyond[:3]]
    more = f" 等 {len(covered.beyond)} 处" if len(covered.beyond) > 3 else ""
    return "、".join(said) + more


def _says(one: Standing, unit: str) -> str:
    """What is missing, in words."""
    judged: Judged = one.judged
    said = []
    if judged.gap:
        said.append(f"{one.name}差 {_number(judged.gap)} {unit}")
    said += [f"{one.name}{part.title} {_share(part.share)}，{_limit(part)}" for part in judged.also.values() if part.status == "short"]
    for part in judged.reach.values():
        if part.status == "short" and part.covered:
            said.append(f"{one.name}有 {_share(1 - (part.covered.share or 0))} 的人在 {_number(part.kilometres)} km 以外")
    return "；".join(said)


def _dot(one: standards.Mark, viewer: Viewer) -> Dot:
    says = f"{one.name}：{one.says}" if one.says else one.name
    href = things.reverse("thing", args=[one.register, one.id]) if one.register in access.registers_of(viewer) else ""
    return Dot(one.longitude, one.latitude, "plain" if one.register else "bad", says, href)


def _map(found: Overview, viewer: Viewer) -> Any:
    """Townships by how they stand, the things that the standard is about, and the villages out of reach."""
    areas = things.outlines(viewer.area, says={one.id: _says(one, "") or WORDS[one.judged.status] for one in found.standings})
    if not areas:
        return ""
    standard = found.prepared.standard
    states = {one.id: TONES[one.judged.status] for one in found.standings} if standard.each == "township" else {}
    marks = [_dot(one, viewer) for one in standards.marks(found, viewer=viewer)]
    if not states and not marks:
        return ""
    return dots(areas, marks, title=f"{standard.title}的地图", states=states)
