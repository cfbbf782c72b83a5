"""Checking the answers of a form: what stops (hard), what asks for a reason (soft), and the values as they will be kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from kangyu.engines.content.kinds.form import Field
from kangyu.engines.language.subject import Subject

from .prepared import PreparedForm
from .reading import UnreadableError, read_value

Cause = Literal["missing", "unreadable", "impossible", "unusual", "check", "unknown_field"]


@dataclass(frozen=True)
class Finding:
    """One thing about the answers. ``fix`` maps fields to values that would mend it; ``reasons`` are those that let a soft one pass."""

    key: str
    fields: tuple[str, ...]
    cause: Cause
    hard: bool
    message: str
    fix: Mapping[str, Any] | None = None
    fix_title: str = ""
    reasons: Mapping[str, str] | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Result:
    """``cleaned`` holds every field of the form, unanswered and hidden ones as ``None``. ``shown`` are the fields asked."""

    findings: tuple[Finding, ...]
    cleaned: Mapping[str, Any]
    shown: frozenset[str]
    counts_as_visit: bool

    @property
    def hard(self) -> tuple[Finding, ...]:
        """What must be mended before the form can be saved."""
        return tuple(finding for finding in self.findings if finding.hard)

    @property
    def soft(self) -> tuple[Finding, ...]:
        """What is unusual, explained or not."""
        return tuple(finding for finding in self.findings if not finding.hard)

    @property
    def unexplained(self) -> tuple[Finding, ...]:
        """What is unusual and still lacks a reason."""
        return tuple(finding for finding in self.soft if not finding.reason)

    @property
    def ok(self) -> bool:
        """Whether the form can be saved now."""
        return not self.hard and not self.unexplained


def check_answers(
    prepared: PreparedForm, answers: Mapping[str, Any], *, subject: Subject, reasons: Mapping[str, str] | None = None
) -> Result:
    """Reads and checks answers of one visit.

    ``subject`` is the person on the day of the visit (``today``), with history in ``tables`` and the visit before in ``previous``;
    its own ``form`` is not read. ``reasons`` gives, for a field or a check, why an unusual answer stands; a
    field's reason also explains the soft checks that concern it.
    A field whose ``show_when`` is not true is not asked: its answer is dropped.
    """
    form = prepared.form
    values, findings = _read(prepared, answers)
    shown, values, truths = _settle(prepared, values, subject)
    findings = [finding for finding in findings if finding.fields[0] in shown or finding.cause == "unknown_field"]
    unread = {key for finding in findings for key in finding.fields}
    for key in form.fields:
        if key in shown and key not in unread:
            findings += _field(prepared, key, values[key], truths, subject)
    ranged = {key for finding in findings if finding.hard for key in finding.fields}
    for key, item in form.checks.items():
        if truths[f"check.{key}"] is False and not ranged & set(item.fields):
            findings.append(_check(prepared, key, values))
    explained = tuple(_with_reason(finding, reasons or {}) for finding in findings)
    return Result(explained, values, shown, truths.get("visit") is True)


def _read(prepared: PreparedForm, answers: Mapping[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
    values: dict[str, Any] = dict.fromkeys(prepared.form.fields)
    findings = []
    for key in answers:
        if key not in prepared.form.fields:
            findings.append(Finding(key, (key,), "unknown_field", True, f"表单“{prepared.form.title}”没有 {key} 这一项。"))
    for key, field in prepared.form.fields.items():
        try:
            values[key] = read_value(field, answers.get(key), prepared.codes.get(field.set or "", {}))
        except UnreadableError as error:
            findings.append(Finding(key, (key,), "unreadable", True, str(error)))
    return values, findings


def _settle(prepared: PreparedForm, values: dict[str, Any], subject: Subject) -> tuple[frozenset[str], dict[str, Any], dict[str, Any]]:
    """Hides what is not asked until nothing more changes: a hidden answer may have been what another field waited for."""
    while True:
        truths = prepared.conditions(replace(subject, form=values))
        hidden = {key for key, field in prepared.form.fields.items() if field.show_when and truths[f"show.{key}"] is not True}
        if all(values[key] is None for key in hidden):
            return frozenset(prepared.form.fields) - hidden, values, truths
        values = {key: None if key in hidden else value for key, value in values.items()}


def _field(prepared: PreparedForm, key: str, value: Any, truths: Mapping[str, Any], subject: Subject) -> Iterable[Finding]:
    field = prepared.form.fields[key]
    if value is None:
        needed = truths[f"need.{key}"] is True if isinstance(field.required, str) else field.required
        if needed:
            yield Finding(key, (key,), "missing", True, f"{field.title}还没有填。")
        return
    possible, usual = field.possible_range, field.usual_range
    if possible and not possible.holds(value):
        message = f"{written(value)} 不可能。{field.title}应在 {possible.text} 之间。"
        better = _slip(field, value, (subject.previous or {}).get(key))
        if better is None:
            yield Finding(key, (key,), "impossible", True, message)
        else:
            yield Finding(key, (key,), "impossible", True, message, {key: better}, f"改为 {written(better)}")
    elif usual and not usual.holds(value):
        message = f"{field.title} {written(value)} 少见（常见 {usual.text}），可以提交，请选原因。"
        yield Finding(key, (key,), "unusual", False, message, reasons=prepared.reasons.get(field.reasons or "", {"confirmed": "核对无误"}))


def _slip(field: Field, value: float, last: Any) -> float | int | None:
    """The value probably meant when a decimal point was missed or misplaced: ten or a hundred times off, and usual; nearest to the last."""
    within = field.usual_range or field.possible_range
    if within is None:
        return None
    candidates = [round(value * factor, field.decimals if field.decimals is not None else 2) for factor in (0.1, 0.01, 10)]
    likely = [candidate for candidate in candidates if within.holds(candidate)]
    if not likely:
        return None
    best = min(likely, key=lambda candidate: abs(candidate - last)) if isinstance(last, int | float) else likely[0]
    return int(best) if field.type == "integer" else best


def _check(prepared: PreparedForm, key: str, values: Mapping[str, Any]) -> Finding:
    item = prepared.form.checks[key]
    hard = item.severity == "hard"
    shown = "、".join(f"{prepared.title(name)} {written(values[name])}" for name in item.fields if values[name] is not None)
    message = f"{item.says}（{shown}）。" if shown else f"{item.says}。"
    fix, fix_title = None, ""
    if item.swap and len(item.fields) == 2:
        first, second = item.fields
        fix, fix_title = {first: values[second], second: values[first]}, "两栏对调"
    reasons = None if hard else prepared.reasons.get(item.reasons or "", {"confirmed": "核对无误"})
    return Finding(key, item.fields, "check", hard, message, fix, fix_title, reasons)


def _with_reason(finding: Finding, reasons: Mapping[str, str]) -> Finding:
    given = next((reasons[key] for key in (finding.key, *finding.fields) if key in reasons), None)
    return replace(finding, reason=given) if not finding.hard and finding.reasons and given in finding.reasons else finding


def written(value: Any) -> str:
    """A value as people write it: no needless zeros, yes and no as 有 and 无."""
    if isinstance(value, bool):
        return "有" if value else "无"
    if isinstance(value, float | int):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return str(value)
