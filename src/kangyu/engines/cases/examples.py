"""Running the worked examples of programmes, and saying which branches of their rules no example reaches."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kangyu.engines import forms
from kangyu.engines.content import Content
from kangyu.engines.content.kinds.definition import DecisionTable
from kangyu.engines.content.kinds.examples import Example, Examples, Someone
from kangyu.engines.forms import PreparedForm
from kangyu.engines.language.calendar import shift
from kangyu.engines.language.subject import Subject
from kangyu.engines.schedules import dose_rules

from .assessment import Assessment, assess
from .due import doses_of, due_items
from .prepared import PreparedProgramme, prepare
from .procedure import prepare_procedure
from .timelines import branches as branches_of_case
from .timelines import run_timeline


@dataclass(frozen=True)
class Outcome:
    """One example that was run; ``differences`` are sentences, none when it came out as written."""

    programme: str
    title: str
    place: str
    differences: tuple[str, ...]


@dataclass
class ExampleRun:
    """All examples that were run, and ``untouched``: branches (``outcome=controlled``, ``act.emergency``) no example reached."""

    outcomes: list[Outcome] = field(default_factory=list)
    untouched: dict[str, list[str]] = field(default_factory=dict)

    @property
    def failed(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.differences]


def run_examples(content: Content, only: Collection[str] | None = None) -> ExampleRun:
    """Runs every example of every programme, or of those named in ``only``."""
    run = ExampleRun()
    touched: dict[str, set[str]] = {key: set() for key in content.programmes if only is None or key in only}
    for group in content.examples:
        if only is not None and group.of not in only:
            continue
        if group.timelines and group.of in content.procedures:
            _run_timelines(content, group, run)
            continue
        if group.of not in content.programmes:
            run.outcomes.append(Outcome(group.of, "", content.document(group).place(("of",)), (f"没有项目 {group.of}",)))
            continue
        prepared = prepare(content, content.programmes[group.of])
        form = content.form_of(group.of, group.form) if group.form else prepared.form
        asked = forms.prepare(content, form) if form else None
        for place, example in enumerate(group.examples):
            differences = tuple(_run(prepared, asked, example, touched[group.of]))
            where = content.document(group).place(("examples", place))
            run.outcomes.append(Outcome(group.of, example.title, where, differences))
    for key, reached in touched.items():
        missing = [branch for branch in branches(prepare(content, content.programmes[key])) if branch not in reached]
        if missing:
            run.untouched[key] = missing
    return run


def _run_timelines(content: Content, group: Examples, run: ExampleRun) -> None:
    """The timelines of one procedure; files of the same procedure add up, so what is untouched is what none of them reached."""
    prepared, touched = prepare_procedure(content, content.procedures[group.of]), set[str]()
    for place, timeline in enumerate(group.timelines):
        differences = tuple(run_timeline(content, prepared, timeline, touched))
        where = content.document(group).place(("timelines", place))
        run.outcomes.append(Outcome(group.of, timeline.title, where, differences))
    missing = [branch for branch in run.untouched.get(group.of, branches_of_case(prepared)) if branch not in touched]
    run.untouched |= {group.of: missing}
    if not missing:
        del run.untouched[group.of]


def branches(prepared: PreparedProgramme) -> list[str]:
    """Every branch the examples ought to reach: rows of tables and their unknown, rules and ``else``, flags."""
    found = []
    for key, item in prepared.programme.derive.items():
        if isinstance(item, DecisionTable):
            found += [f"{key}={row}" for row in item.table] + [f"{key}=null"]
    found += [f"schedule.{rule}" for schedule in prepared.schedules.values() for rule in dose_rules(schedule)]
    found += [f"act.{key}" for key in prepared.programme.act] + (["act.else"] if prepared.otherwise else [])
    return found + [f"find.{key}" for key in prepared.programme.find] + [f"high_risk.{key}" for key in prepared.programme.high_risk]


def subject_of(example: Example, table: str) -> Subject:
    """The person of an example on its day; the row before is the last of the form's own ``table``."""
    tables = {name: [{"id": f"{name}-{place}", **row} for place, row in enumerate(rows)] for name, rows in example.before.items()}
    own = sorted((row for row in tables.get(table, ()) if row["on"] <= example.on), key=lambda row: row["on"])
    return Subject(
        fields={"birth_date": _birth_date(example.person, example.on), "sex": example.person.sex},
        tables=tables,
        today=example.on,
        form={},
        previous=own[-1] if own else None,
    )


def _birth_date(person: Someone, on: date) -> date | None:
    if person.birth_date or person.age is None:
        return person.birth_date
    return shift(on, -person.age, "year")


def _run(prepared: PreparedProgramme, asked: PreparedForm | None, example: Example, touched: set[str]) -> Iterator[str]:
    subject = subject_of(example, asked.form.name if asked else "")
    if example.answers is not None and asked is not None:
        checked = forms.check_answers(asked, example.answers, subject=subject)
        yield from _differs("problems", _sorted(example.expect.problems), sorted(finding.key for finding in checked.hard))
        yield from _differs("warnings", _sorted(example.expect.warnings), sorted(finding.key for finding in checked.soft))
        subject = Subject(subject.fields, subject.tables, subject.today, form=checked.cleaned, previous=subject.previous)
    assessment = assess(prepared, subject)
    touched |= set(_touched(assessment))
    yield from _compare(example, assessment)
    yield from _doses(prepared, subject, example, touched)
    if example.expect.due:
        dates = {item.key: item.due_on for item in due_items(prepared, subject).items}
        for key, on in example.expect.due.items():
            yield from _differs(f"due.{key}", on, dates.get(key))


def _doses(prepared: PreparedProgramme, subject: Subject, example: Example, touched: set[str]) -> Iterator[str]:
    """What the programme's schedule of doses comes to; an expected dose is one that agrees in all that is written."""
    wanted, visit = example.expect.doses, example.expect.next_visit
    schedule = next(iter(prepared.schedules.values()), None)
    plan = doses_of(schedule, subject) if schedule else None
    if plan is None:
        if wanted or visit:
            yield "doses：这个项目没有剂次表，或没有出生日期"
        return
    touched |= {f"schedule.{rule}" for rule in plan.rules}
    for one in wanted:
        series, _, number = one.dose.partition(" ")
        found = [dose for dose in plan.of(series) if dose.number == int(number)]
        said = {key: value for key, value in one.model_dump(exclude_none=True).items() if key != "dose"}
        if not any(all(getattr(dose, key) == value for key, value in said.items()) for dose in found):
            came = "；".join(_said({key: getattr(dose, key) for key in said}) for dose in found) or "没有这一剂"
            yield f"doses.{one.dose}：应得 {_said(said)}，实得 {came}"
    if visit:
        yield from _differs("next_visit.on", visit.on, plan.visit.on if plan.visit else None)
        together = sorted(f"{dose.series} {dose.number}" for dose in plan.visit.doses) if plan.visit else []
        yield from _differs("next_visit.doses", sorted(visit.doses), together)


def _touched(assessment: Assessment) -> Iterator[str]:
    yield from (f"find.{flag.key}" for flag in assessment.find)
    yield from (f"high_risk.{flag.key}" for flag in assessment.high_risk)
    if assessment.judgement:
        yield from (f"act.{rule.key}" for rule in assessment.judgement.fired)
        for key, value in assessment.judgement.derived.items():
            yield f"{key}={'null' if value.value is None else value.value}"


def _compare(example: Example, assessment: Assessment) -> Iterator[str]:
    expect = example.expect
    yield from _differs("belongs", expect.belongs, assessment.belongs)
    yield from _differs("find", _sorted(expect.find), sorted(flag.key for flag in assessment.find))
    yield from _differs("high_risk", _sorted(expect.high_risk), sorted(flag.key for flag in assessment.high_risk))
    judgement = assessment.judgement
    if judgement is None:
        if expect.values or expect.fired is not None:
            yield "例子没有写 answers，不能核对 values 和 fired"
        return
    for key, value in expect.values.items():
        found = judgement.derived.get(key)
        if found is None:
            yield f"values.{key}：没有这个派生值"
        elif found.value != value:
            yield f"values.{key}：应得 {_said(value)}，实得 {_said(found.value)}"
    yield from _differs("fired", _sorted(expect.fired), sorted(rule.key for rule in judgement.fired))
    yield from _differs("advice", _sorted(expect.advice), sorted(advice.code for advice in judgement.advice))
    yield from _differs("urgency", expect.urgency, judgement.advice[0].urgency if judgement.advice else None)
    yield from _differs("revisit", expect.revisit, judgement.revisit.by if judgement.revisit else None)
    yield from _differs("missing", _sorted(expect.missing), sorted(judgement.missing))


def _sorted(keys: tuple[str, ...] | None) -> list[str] | None:
    return None if keys is None else sorted(keys)


def _differs(what: str, wanted: Any, found: Any) -> Iterator[str]:
    """Nothing where the example does not say (``None``) or says the same."""
    if wanted is None or (list(wanted) if isinstance(wanted, tuple) else wanted) == found:
        return
    yield f"{what}：应得 {_said(wanted)}，实得 {_said(found)}"


def _said(value: Any) -> str:
    if value is None:
        return "未知"
    if isinstance(value, list | tuple):
        return "、".join(map(str, value)) or "没有"
    return ", ".join(f"{key}={item}" for key, item in value.items()) if isinstance(value, Mapping) else str(value)
