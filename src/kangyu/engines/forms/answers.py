"""Checking the answers of a form: what stops (hard), what asks for a reason (soft), and the values as they will be kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from kangyu.engines.content.kinds.field import Check, Field
from kangyu.engines.language.subject import Subject

from .prepared import PreparedForm
from .reading import UnreadableError, read_value
from .saying import said, written
from .settling import Settled, settle
from .values import answer_at

CONFIRMED: Mapping[str, str] = {"confirmed": "核对无误"}
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
    hidden_cells: frozenset[str] = frozenset()
    """Cells of tables that are not asked in their row, by path."""

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
    """Reads and checks the answers of one form.

    ``subject`` is the person (or thing, institution, area) on the day of the form (``today``), with history in ``tables`` and the form
    before in ``previous``; its own ``form`` is not read. A repeating table's answer is a list of rows, each a mapping with its ``id``.
    ``reasons`` gives, for a field or a check, why an unusual answer stands; a field's reason also explains the soft checks that concern it.
    A field whose ``show_when`` is not true is not asked: its answer is dropped. A field that ``gives`` is computed, whatever was sent.
    """
    values, findings = _read(prepared, answers)
    settled = settle(prepared, values, subject)
    findings = [finding for finding in findings if finding.fields[0] in settled.shown or finding.cause == "unknown_field"]
    unread = {path for finding in findings for path in finding.fields}
    for key, field in prepared.form.fields.items():
        if key not in settled.shown or key in unread:
            continue
        findings += _field(prepared, key, settled.values[key], settled.truths.get(f"need.{key}"), subject)
        if field.type == "table":
            findings += _table(prepared, key, settled, subject, unread)
    wrong = {path for finding in findings if finding.hard for path in finding.fields}
    for key, item in prepared.form.checks.items():
        if settled.truths[f"check.{key}"] is False and not wrong & set(item.fields):
            findings.append(_check(prepared, key, item, item.fields, settled.values))
    explained = tuple(_with_reason(finding, reasons or {}) for finding in findings)
    return Result(explained, settled.values, settled.shown, settled.truths.get("visit") is True, settled.hidden_cells)


def _read(prepared: PreparedForm, answers: Mapping[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
    form, values, findings = prepared.form, dict[str, Any](), list[Finding]()
    for key in answers:
        if key not in form.fields:
            findings.append(Finding(key, (key,), "unknown_field", True, f"表单“{form.title}”没有 {key} 这一项。"))
    for key, field in form.fields.items():
        values[key] = _rows(prepared, key, answers.get(key), findings) if field.type == "table" else None
        if field.asked and field.type != "table":
            values[key] = _value(prepared, key, field, answers.get(key), findings)
    return values, findings


def _value(prepared: PreparedForm, path: str, field: Field, given: Any, findings: list[Finding]) -> Any:
    try:
        return read_value(field, given, prepared.codes.get(field.set or "", {}), prepared.conversion(field))
    except UnreadableError as error:
        findings.append(Finding(path, (path,), "unreadable", True, str(error)))
        return None


def _rows(prepared: PreparedForm, key: str, given: Any, findings: list[Finding]) -> list[dict[str, Any]] | None:
    """The rows that hold anything, in their order; ``None`` when the table was not asked about. A row without an id gets the next free."""
    if given is None:
        return None
    fields = prepared.form.fields[key].fields
    rows: list[dict[str, Any]] = []
    for place, one in enumerate(given, 1):
        id = str(one.get("id") or place)
        row: dict[str, Any] = {"id": id}
        unread = len(findings)
        for column, field in fields.items():
            row[column] = _value(prepared, f"{key}.{id}.{column}", field, one.get(column), findings) if field.asked else None
        if len(findings) > unread or any(value not in (None, []) for column, value in row.items() if column != "id"):
            rows.append(row)
    return rows


def _field(prepared: PreparedForm, path: str, value: Any, need: Any, subject: Subject) -> Iterable[Finding]:
    field = prepared.field(path)
    if field.type == "table":
        yield from _count(path, field, len(value or ()), need)
        return
    if value is None:
        if field.asked and (need is True if isinstance(field.required, str) else field.required):
            yield Finding(path, (path,), "missing", True, f"{field.title}还没有填。")
        return
    possible, usual = field.possible_range, field.usual_range
    if possible and not possible.holds(value):
        message = f"{written(value)} 不可能。{field.title}应在 {possible.text} 之间。"
        better = _slip(field, value, (subject.previous or {}).get(path)) if field.asked else None
        if better is None:
            yield Finding(path, (path,), "impossible", True, message)
        else:
            yield Finding(path, (path,), "impossible", True, message, {path: better}, f"改为 {written(better)}")
    elif usual and not usual.holds(value):
        message = f"{field.title} {written(value)} 少见（常见 {usual.text}），可以提交，请选原因。"
        yield Finding(path, (path,), "unusual", False, message, reasons=prepared.reasons.get(field.reasons or "", CONFIRMED))


def _count(path: str, field: Field, rows: int, need: Any) -> Iterable[Finding]:
    """Whether a table has as many rows as it should; ``required`` asks for one."""
    wanted = max(field.min_rows, 1 if (need is True if isinstance(field.required, str) else field.required) else 0)
    if rows < wanted:
        yield Finding(path, (path,), "missing", True, f"{field.title}至少要填 {wanted} 行" + (f"，现在有 {rows} 行。" if rows else "。"))
    elif rows > field.max_rows:
        yield Finding(path, (path,), "impossible", True, f"{field.title}最多 {field.max_rows} 行，现在有 {rows} 行。请分开填。")


def _table(prepared: PreparedForm, key: str, settled: Settled, subject: Subject, unread: set[str]) -> Iterable[Finding]:
    table = prepared.form.fields[key]
    for row in settled.values[key] or ():
        truths, at = settled.rows[key][row["id"]], f"{key}.{row['id']}."
        found: list[Finding] = []
        for column in table.fields:
            if truths.get(f"show.{column}", True) is True and at + column not in unread:
                found += _field(prepared, at + column, row[column], truths.get(f"need.{column}"), subject)
        wrong = unread | {path for finding in found if finding.hard for path in finding.fields}
        yield from found
        for name, item in table.checks.items():
            paths = tuple(at + column for column in item.fields)
            if truths[f"check.{name}"] is False and not wrong & set(paths):
                yield _check(prepared, at + name, item, paths, settled.values)


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


def _check(prepared: PreparedForm, key: str, item: Check, paths: tuple[str, ...], values: Mapping[str, Any]) -> Finding:
    hard = item.severity == "hard"
    found = {path: answer_at(values, path) for path in paths}
    told = {path: value for path, value in found.items() if value is not None and not isinstance(value, list)}
    named = [f"{prepared.title(path)} {said(prepared, path, value)}" for path, value in told.items()]
    message = f"{item.says}（{'、'.join(named)}）。" if named else f"{item.says}。"
    fix, fix_title = None, ""
    if item.swap and len(paths) == 2:
        first, second = paths
        fix, fix_title = {first: found[second], second: found[first]}, "两栏对调"
    reasons = None if hard else prepared.reasons.get(item.reasons or "", CONFIRMED)
    return Finding(key, paths, "check", hard, message, fix, fix_title, reasons)


def _with_reason(finding: Finding, reasons: Mapping[str, str]) -> Finding:
    given = next((reasons[key] for key in (finding.key, *finding.fields) if key in reasons), None)
    return replace(finding, reason=given) if not finding.hard and finding.reasons and given in finding.reasons else finding
