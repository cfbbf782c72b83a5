"""How a combined visit is said: what each programme comes to, what all of them ask for, how far the form is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kangyu.flows.combined_visit import Combined, Together, Wishes
from kangyu.flows.visits import Judged, Outcome
from kangyu.gateways import content
from kangyu.web import care_words as words
from kangyu.web.views import doctor_form
from kangyu.web.views.doctor_form import Line, Next, Standing

URGENT = ("urgent", "emergency")


@dataclass(frozen=True)
class Section:
    """What one programme says: its form's title, its lines, where it opens alone."""

    title: str
    lines: list[Line]
    response: str = ""


def title(combined: Combined) -> str:
    """``高血压患者随访、2 型糖尿病患者随访``."""
    return "、".join(dict.fromkeys(one.form.title for one in combined.visits))


def section(judged: Judged, lines: list[Line]) -> Section:
    """The lines of one form; what all of them ask for stands apart."""
    return Section(judged.visit.form.title, [line for line in lines if not line.alarm], judged.visit.corrects)


def sections(judged: Together) -> list[Section]:
    """One for each form."""
    return [section(one, doctor_form.lines(one, None)) for one in judged.judged]


def _named(rules: Sequence[str]) -> str:
    declared = content.current()
    return "、".join(words.programme_title(declared, key) for key in Wishes.programmes(rules))


def alarms(judged: Sequence[Judged], wanted: Wishes) -> list[Line]:
    """A referral that stands after all wishes were brought together, with the reasons of every programme that asked for it."""
    found = []
    for one in wanted.advice:
        if one.code != "refer":
            continue
        urgent = one.urgency in URGENT
        why = "；".join(dict.fromkeys(_because(judged, one.rules)))
        when = f"，{wanted.revisit.words}" if wanted.revisit else ""
        remark = f"{_named(one.rules)}{'：先处理再转' if urgent else '：建议转诊'}{when}"
        found.append(Line("bad", "要紧急转诊" if urgent else "建议转诊", why, remark, alarm=True))
    return found


def _because(judged: Sequence[Judged], rules: Sequence[str]) -> list[str]:
    found = []
    for one in judged:
        said = one.assessment.judgement if one.assessment else None
        own = {rule.partition(".")[2] for rule in rules if rule.startswith(f"{one.visit.programme_key}.")}
        found += [phrase for rule in (said.fired if said else ()) if rule.key in own for phrase in rule.because]
    return found


def after_saving(judged: Sequence[Judged], wanted: Wishes, *, ok: bool) -> list[Next]:
    """The advice that stands and the earliest return; of a form that is not whole yet only what is urgent counts."""
    if not ok and not any(one.urgency in URGENT for one in wanted.advice):
        return []
    several = len(judged) > 1
    found = [
        Next("紧急" if one.urgency in URGENT else "", one.title + (f"（{_named(one.rules)}）" if several else "")) for one in wanted.advice
    ]
    if wanted.revisit:
        by = wanted.revisit.by
        when = f"{by.month} 月 {by.day} 日{'前' if wanted.revisit.within else ''}"
        found.append(Next(when, f"{wanted.revisit.words}（{_named(wanted.revisit.rules)}定的，取最早）"))
    return found


def standing(judged: Together) -> Standing:
    """How far the whole form is; a shared question counts once, where it is asked."""
    combined = judged.combined
    required: dict[tuple[str, str], bool] = {}
    lists: dict[str, dict[str, str]] = {"wrong": {}, "missing": {}, "unexplained": {}}
    for one in judged.judged:
        name, whole = one.visit.form.name, doctor_form.standing(one)
        for key in one.result.shown:
            if one.visit.form.fields[key].required:
                place = combined.once.get((name, key), (name, key))
                required[place] = required.get(place, True) and one.result.cleaned.get(key) is not None
        for kind in lists:
            for field_title, key in getattr(whole, kind):
                form, asked_key = combined.once.get((name, key), (name, key))
                lists[kind].setdefault(f"{form}-{asked_key}", field_title)
    listed = {kind: [(field_title, address) for address, field_title in found.items()] for kind, found in lists.items()}
    return Standing(sum(required.values()), len(required), listed["wrong"], listed["missing"], listed["unexplained"])


def due(told: Sequence[Outcome], on: date) -> list[dict[str, Any]]:
    """When each programme expects the person again, the earliest first."""
    found = {}
    for one in told:
        for item in one.expected.items if one.expected else ():
            if item.due_on:
                found[item.title] = {"title": item.title, "on": item.due_on, "why": item.why_date, "clock": words.clock_of(item.due_on, on)}
    return sorted(found.values(), key=lambda row: row["on"])
