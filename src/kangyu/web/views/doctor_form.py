"""What stands beside the form of a visit: what the rules say, what saving will bring about, how far the form is."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kangyu.engines.forms import Finding
from kangyu.flows.visits import Judged


@dataclass(frozen=True)
class Line:
    """One thing the rules say: tone (``bad``, ``warn``, ``ok``, ``none``), a title, why, and a grey remark; an ``alarm`` stands out."""

    tone: str
    title: str
    why: str = ""
    remark: str = ""
    alarm: bool = False


OUTCOME_TONES = {"controlled": "ok", "uncontrolled": "bad", "reaction": "bad", "complication": "bad"}


def lines(judged: Judged, count: tuple[int, int] | None) -> list[Line]:
    """What stands beside the form, the most pressing first. ``count`` is (done this year before this visit, needed)."""
    said = judged.assessment.judgement if judged.assessment else None
    found: list[Line] = []
    if said:
        rules = {one.key: one for one in said.fired}
        for advice in said.advice:
            if advice.code != "refer":
                continue
            causes = [rules[key] for key in advice.rules if key in rules]
            urgent = advice.urgency in ("urgent", "emergency")
            why = "；".join(phrase for one in causes for phrase in one.because)
            titles = "、".join(f"“{one.title}”" for one in causes)
            remark = f"规则{titles}，{'先处理再转' if urgent else '建议转诊'}" + (f"，{said.revisit.words}" if said.revisit else "")
            found.append(Line("bad", "要紧急转诊" if urgent else "建议转诊", why, remark, alarm=True))
        for value in said.derived.values():
            found += _derived_line(judged, value)
    if judged.result.counts_as_visit:
        done, needed = count or (0, 0)
        found.append(Line("ok", "这次算一次有效随访", f"今年第 {done + 1} 次" + (f"，应做 {needed} 次。" if needed else "。")))
    elif judged.visit.form.counts_as_visit and said:
        found.append(Line("none", "还不算有效随访", "当面量到血压（或该测的指标）才算一次。"))
    return found


def _derived_line(judged: Judged, value: Any) -> list[Line]:
    """A classification as a line; a goal or an index only as a remark of it."""
    if value.key.startswith("goal_"):
        return []
    if value.value is None:
        names = "、".join(judged.visit.form.fields[key].title for key in value.missing if key in judged.visit.form.fields)
        return [Line("none", f"{value.title}：还不能判", f"还要填：{names}。" if names else "")]
    tone = OUTCOME_TONES.get(str(value.value), "none")
    return [Line(tone, f"{value.title}：{value.words}", "，".join(value.because))]


@dataclass(frozen=True)
class Next:
    """What saving will bring about, in order."""

    when: str
    what: str


def after_saving(judged: Judged) -> list[Next]:
    """Advice and the date of the next visit, as numbered lines; of a form that is not whole yet only what is urgent counts."""
    said = judged.assessment.judgement if judged.assessment else None
    urgent = said is not None and any(one.urgency in ("urgent", "emergency") for one in said.advice)
    if said is None or not (urgent or judged.ok):
        return []
    found = [Next("紧急" if one.urgency in ("urgent", "emergency") else "", one.title) for one in said.advice]
    if said.revisit:
        by = said.revisit.by
        found.append(Next(f"{by.month} 月 {by.day} 日{'前' if said.revisit.within else ''}", f"{said.revisit.words}，会进今日待办"))
    return found


@dataclass(frozen=True)
class Standing:
    """How far the form is: answered of asked; what stops it (title, address on the page); what is still empty."""

    answered: int
    asked: int
    wrong: list[tuple[str, str]]
    missing: list[tuple[str, str]]
    unexplained: list[tuple[str, str]]


def standing(judged: Judged) -> Standing:
    """Counts for the head of the panel and the list of what stops saving."""
    fields = judged.visit.form.fields
    needed = [key for key in judged.result.shown if fields[key].required]
    answered = sum(1 for key in needed if judged.result.cleaned.get(key) is not None)

    def named(findings: Iterable[Finding]) -> list[tuple[str, str]]:
        paths = dict.fromkeys(one.fields[0] for one in findings)
        return [(judged.visit.prepared.title(path), path.replace(".", "-")) for path in paths]

    return Standing(
        answered,
        len(needed),
        named(one for one in judged.result.hard if one.cause != "missing"),
        named(one for one in judged.result.hard if one.cause == "missing"),
        named(judged.result.unexplained),
    )
