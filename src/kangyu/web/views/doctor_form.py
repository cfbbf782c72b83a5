"""A declared form as it is drawn: fields under headings, what was answered last, what is wrong beside each field, what the rules say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kangyu.engines.content.kinds.form import Field, Form
from kangyu.engines.forms import Finding
from kangyu.flows.visits import Judged, Visit
from kangyu.web import care_words as words


@dataclass(frozen=True)
class Option:
    """One choice: its code, its name, whether it is chosen."""

    code: str
    title: str
    chosen: bool


@dataclass(frozen=True)
class Asked:
    """One question as it is drawn."""

    key: str
    title: str
    type: str
    unit: str
    help: str
    required: bool
    value: str
    options: list[Option]
    low: str
    high: str
    usual_low: str
    usual_high: str
    decimals: int
    wrong: bool

    @property
    def choice(self) -> bool:
        return self.type in ("code", "codes", "boolean")

    @property
    def none_of_these(self) -> bool:
        return self.type == "codes"


@dataclass(frozen=True)
class Note:
    """One finding as it is shown: the tone, the words, what would mend it, the reasons that let it pass."""

    key: str
    hard: bool
    message: str
    fix: dict[str, str]
    fix_title: str
    reasons: list[Option]


@dataclass(frozen=True)
class Group:
    """One question, or two that are answered side by side; with its notes."""

    key: str
    title: str
    fields: list[Asked]
    last: str
    wide: bool
    shown: bool
    notes: list[Note] = field(default_factory=list)

    @property
    def tone(self) -> str:
        return "hard" if any(note.hard for note in self.notes) else "soft" if self.notes else ""

    @property
    def single(self) -> Asked:
        return self.fields[0]


@dataclass(frozen=True)
class Part:
    """A heading with its questions."""

    title: str
    groups: list[Group]


def parts(judged: Judged, given: Mapping[str, Any] | None = None, *, strict: bool = False) -> list[Part]:
    """The form's sections. ``given`` are the raw answers to show; ``strict`` shows what is missing too, as after a refused save."""
    visit = judged.visit
    form = visit.form
    sections = [(one.title, one.fields) for one in form.sections] or [("", tuple(form.fields))]
    notes = _notes(judged, strict)
    return [Part(title, [_group(visit, judged, keys, given, notes) for keys in _grouped(form, fields)]) for title, fields in sections]


def _grouped(form: Form, keys: Iterable[str]) -> list[list[str]]:
    """Neighbours that are parts of one observation stand side by side."""
    found: list[list[str]] = []
    for key in keys:
        table, _, part = (form.fields[key].becomes or "").partition(".")
        if part and found and (form.fields[found[-1][-1]].becomes or "").startswith(f"{table}."):
            found[-1].append(key)
        else:
            found.append([key])
    return found


def _group(visit: Visit, judged: Judged, keys: list[str], given: Mapping[str, Any] | None, notes: Mapping[str, list[Note]]) -> Group:
    form = visit.form
    title = form.fields[keys[0]].title
    if len(keys) > 1:
        table = (form.fields[keys[0]].becomes or "").partition(".")[0]
        title = visit.prepared.observation_titles.get(table, title)
    asked = [_asked(visit, judged, key, given) for key in keys]
    wide = form.fields[keys[0]].type in ("codes", "text") and len(keys) == 1
    own = [note for key in keys for note in notes.get(key, [])]
    return Group(keys[0], title, asked, _last(visit, keys), wide, all(key in judged.result.shown for key in keys), own)


def _asked(visit: Visit, judged: Judged, key: str, given: Mapping[str, Any] | None) -> Asked:
    asked = visit.form.fields[key]
    value = given.get(key) if given is not None else visit.values.get(key)
    hard = {name for finding in judged.result.hard if finding.cause != "missing" for name in finding.fields}
    possible, usual = asked.possible_range, asked.usual_range
    return Asked(
        key=key,
        title=asked.title,
        type=asked.type,
        unit=asked.shown_unit if asked.unit else "",
        help=asked.help or "",
        required=bool(asked.required),
        value=_text(asked, value),
        options=_options(visit, asked, value),
        low=f"{possible.low:g}" if possible else "",
        high=f"{possible.high:g}" if possible else "",
        usual_low=f"{usual.low:g}" if usual else "",
        usual_high=f"{usual.high:g}" if usual else "",
        decimals=asked.decimals or 0,
        wrong=key in hard,
    )


def _text(asked: Field, value: Any) -> str:
    if value is None or isinstance(value, list):
        return ""
    if isinstance(value, date):
        return value.isoformat()
    return _number(asked, value) if isinstance(value, float | int) and not isinstance(value, bool) else str(value)


def _number(asked: Field, value: float) -> str:
    """A number with the decimals of its field; one that was measured finer keeps its own."""
    fixed = f"{value:.{asked.decimals or 0}f}"
    return fixed if float(fixed) == value else f"{value:g}"


def _options(visit: Visit, asked: Field, value: Any) -> list[Option]:
    if asked.type == "boolean":
        chosen = {True: "yes", False: "no"}.get(value, str(value)) if value is not None else ""
        return [Option("no", "无", chosen == "no"), Option("yes", "有", chosen == "yes")]
    if not asked.set:
        return []
    chosen = set(value) if isinstance(value, list | tuple) else {str(value)}
    options = [Option(code, coding.title, code in chosen) for code, coding in visit.prepared.codes[asked.set].items()]
    if asked.type == "codes":
        none = isinstance(value, list | tuple) and not any(value)
        options.insert(0, Option("", "都没有", none))
    return options


def _last(visit: Visit, keys: list[str]) -> str:
    """``上次 148/92，3 个月前``; nothing where nothing is known."""
    known = [(key, visit.last[key]) for key in keys if key in visit.last]
    if len(known) < len(keys):
        return ""
    newest = max(last.on for _, last in known)
    shown = "/".join(_said(visit, key, last.value) for key, last in known)
    return f"上次 {shown[:16]}{'…' if len(shown) > 16 else ''}，{words.ago(newest, visit.on)}"


def _said(visit: Visit, key: str, value: Any) -> str:
    asked = visit.form.fields[key]
    if isinstance(value, list | tuple):
        return "、".join(_said(visit, key, one) for one in value) or "都没有"
    if asked.set:
        coding = visit.prepared.codes[asked.set].get(str(value))
        return coding.title if coding else str(value)
    if isinstance(value, bool):
        return "有" if value else "无"
    return _text(asked, value)


def _notes(judged: Judged, strict: bool) -> dict[str, list[Note]]:
    """The findings by the field they stand under; what is merely not yet filled in stays silent while typing."""
    found: dict[str, list[Note]] = {}
    for finding in judged.result.findings:
        if finding.cause == "missing" and not strict:
            continue
        found.setdefault(finding.fields[0], []).append(_note(judged, finding))
    return found


def _note(judged: Judged, finding: Finding) -> Note:
    fields = judged.visit.form.fields
    fix = {key: _text(fields[key], value) for key, value in (finding.fix or {}).items()}
    reasons = [Option(code, title, code == finding.reason) for code, title in (finding.reasons or {}).items()]
    return Note(finding.key, finding.hard, finding.message, fix, finding.fix_title, reasons)


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
    """How far the form is: answered of asked; what stops it (title, key); what is still empty."""

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
        found = {}
        for one in findings:
            key = one.fields[0]
            found.setdefault(key, fields[key].title if key in fields else key)
        return [(title, key) for key, title in found.items()]

    return Standing(
        answered,
        len(needed),
        named(one for one in judged.result.hard if one.cause != "missing"),
        named(one for one in judged.result.hard if one.cause == "missing"),
        named(judged.result.unexplained),
    )
