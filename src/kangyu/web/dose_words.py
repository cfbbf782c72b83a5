"""A schedule of doses as a page shows it: one line per series, each dose with its state in word and shape."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from kangyu.apps.cases.rules import Rules, rules
from kangyu.apps.cases.subject_rows import held
from kangyu.engines.cases.due import doses_of
from kangyu.engines.content import Content
from kangyu.engines.content.kinds.schedule import DoseSchedule
from kangyu.engines.schedules import DosePlan, DoseResult

TONES: Mapping[str, tuple[str, str]] = {
    "given": ("ok", "已种"),
    "uncounted": ("none", "不计入"),
    "due": ("due", "应种"),
    "overdue": ("late", "漏种"),
    "later": ("later", "未到"),
    "postponed": ("none", "暂缓"),
    "forbidden": ("bad", "禁种"),
    "past": ("none", "不再种"),
}
"""The look of each state and its word; the shape goes with the look."""
SHAPES = {"ok": "●", "due": "◇", "late": "▲", "later": "○", "bad": "✕", "none": "–"}


def doses_of_person(pid: int, on: date) -> dict[str, Any]:
    """The whole schedule of one resident who belongs to a programme of doses; empty for everybody else."""
    declared = rules()
    found = next(((key, one) for key, one in declared.programmes.items() if one.schedules), None)
    if found is None:
        return {}
    _, prepared = found
    person = next(iter(held(declared, [pid])), None)
    if person is None or person.deceased_on or prepared.person(person.subject(on))["belongs"] is not True:
        return {}
    schedule = next(iter(prepared.schedules.values()))
    plan = doses_of(schedule, person.subject(on))
    return shown(plan, schedule, declared, on) if plan else {}


def shown(plan: DosePlan, schedule: DoseSchedule, declared: Rules, on: date) -> dict[str, Any]:
    """The lines of the table, the next visit in a sentence, and the counts."""
    content = declared.content
    series = [(one.title, [_dose(dose, schedule, content) for dose in plan.of(key)]) for key, one in schedule.series.items()]
    return {
        "series": [{"title": title, "doses": doses} for title, doses in series if doses],
        "given": sum(one.state == "given" for one in plan.doses),
        "due": sum(one.open for one in plan.doses),
        "missed": sum(one.state == "overdue" for one in plan.doses),
        "visit": _visit(plan, schedule, content, on),
        "legend": [
            (SHAPES[tone], words, tone) for tone, words in (TONES[key] for key in ("given", "due", "overdue", "later", "forbidden"))
        ],
    }


def _dose(one: DoseResult, schedule: DoseSchedule, content: Content) -> dict[str, str]:
    tone, words = TONES[one.state]
    if one.state == "given" and one.timely is False:
        words = "迟种"
    vaccine = content.title_of(schedule.vaccines, one.vaccine)
    when = one.on or (one.starts if one.state in ("due", "overdue", "later") else None)
    detail = f"{vaccine}第 {one.number} 剂：{words}"
    if one.ends and one.state in ("due", "overdue", "later"):
        detail += f"，推荐 {one.ends} 前完成"
    if one.says and one.state not in ("given",):
        detail += f"，{one.says}"
    return {
        "number": f"第 {one.number} 剂",
        "tone": tone,
        "shape": SHAPES[tone],
        "words": words,
        "on": when.isoformat() if when else "",
        "why": "" if one.state == "given" and one.rule != "early" else one.says,
        "says": detail,
    }


def next_doses(plan: DosePlan, schedule: DoseSchedule, content: Content) -> list[dict[str, Any]]:
    """The first dose still to come of each series, those that may be given today first: what, since or from when, and why."""
    found = []
    for key, series in schedule.series.items():
        first = next((one for one in plan.of(key) if one.state not in ("given", "uncounted")), None)
        if first and first.state != "past":
            dose = _dose(first, schedule, content)
            found.append({**dose, "title": f"{series.title}{dose['number']}", "open": first.open, "from": first.starts})
    return sorted(found, key=lambda one: (not one["open"], one["from"] is None, one["from"]))


def _visit(plan: DosePlan, schedule: DoseSchedule, content: Content, on: date) -> dict[str, Any]:
    """The next visit: when, and what is given together."""
    if plan.visit is None:
        return {}
    doses = [f"{content.title_of(schedule.vaccines, one.vaccine)}第 {one.number} 剂" for one in plan.visit.doses]
    return {"today": plan.visit.on <= on, "on": plan.visit.on, "doses": doses}
