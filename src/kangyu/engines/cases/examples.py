"""Running the worked examples of programmes and registers, and saying which branches of their rules no example reaches."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kangyu.engines import forms
from kangyu.engines.content import Content
from kangyu.engines.content.kinds import Register
from kangyu.engines.content.kinds.definition import DecisionTable
from kangyu.engines.content.kinds.examples import Example, Examples, Expected, Someone
from kangyu.engines.forms import PreparedForm
from kangyu.engines.language.calendar import shift
from kangyu.engines.language.subject import Subject
from kangyu.engines.schedules import dose_rules

from .assessment import Assessment, Judgement, assess
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
    """Runs every example of every programme, procedure and register, or of those named in ``only``."""
    run = ExampleRun()
    for key in content.registers:
        if (only is None or key in only) and (missing := thing_branches(content, content.registers[key])):
            run.untouched[key] = missing
    touched: dict[str, set[str]] = {key: set() for key in content.programmes if only is None or key in only}
    for group in content.examples:
        if only is not None and group.of not in only:
            continue
        if group.timelines and group.of in content.procedures:
            _run_timelines(content, group, run)
            continue
        if group.of in content.registers:
            _run_things(content, group, run)
            continue
        if group.of not in content.programmes:
            run.outcomes.append(Outcome(group.of, "", content.document(group).place(("of",)), (f"没有项目、流程或登记册 {group.of}",)))
            continue
        prepared = prepare(content, content.programmes[group.of])
        for place, example in enumerate(group.examples):
            name = example.form or group.form
            form = content.form_of(group.of, name) if name else prepared.form
            asked = forms.prepare(content, form) if form else None
            differences = tuple(_run(prepared, asked, example, touched[group.of]))
            where = content.document(group).place(("examples", place))
            run.outcomes.append(Outcome(group.of, example.title, where, differences))
    for key, reached in touched.items():
        missing = [branch for branch in branches(content, prepare(content, content.programmes[key])) if branch not in reached]
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


def checks_of(content: Content, work: str) -> list[str]:
    """The checks of a work's own forms, as branches."""
    return [branch for name, form in content.forms.items() if name.startswith(f"{work}_") for branch in forms.branches(form)]


def thing_branches(content: Content, register: Register) -> list[str]:
    """Every branch the examples of a register ought to reach: rows of its tables, rules, flags, and each state somebody leads it out of.

    What is judged of a thing is asked for by its forms, so a row that nobody can know is no branch of its own.
    """
    found = [f"{key}={row}" for key, item in register.derive.items() if isinstance(item, DecisionTable) for row in item.table]
    found += [f"act.{key}" for key in register.act] + [f"find.{key}" for key in register.find]
    return found + [f"move.{key}" for key, move in register.moves.items() if move.by] + checks_of(content, register.key)


def _run_things(content: Content, group: Examples, run: ExampleRun) -> None:
    """The examples of one register."""
    from kangyu.engines.registers import prepare as prepare_register  # registers judge as cases do, so they are known here only when asked
    from kangyu.engines.registers.examples import run_example

    prepared, touched = prepare_register(content, content.registers[group.of]), set[str]()
    for place, example in enumerate(group.examples):
        name = example.form or group.form
        form = content.form_of(group.of, name) if name else prepared.rules.form
        asked = forms.prepare(content, form) if form else None
        differences = (*run_example(prepared, asked, example, touched),)
        where = content.document(group).place(("examples", place))
        run.outcomes.append(Outcome(group.of, example.title, where, differences))
    missing = [branch for branch in run.untouched.pop(group.of, ()) if branch not in touched]
    run.untouched |= {group.of: missing} if missing else {}


def branches(content: Content, prepared: PreparedProgramme) -> list[str]:
    """Every branch the examples ought to reach: rows of tables and their unknown, rules and ``else``, flags, checks of the forms."""
    found = checks_of(content, prepared.programme.key)
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
        touched |= set(forms.reached(asked.form, checked))
        yield from differs("problems", in_order(example.expect.problems), sorted(finding.key for finding in checked.hard))
        yield from differs("warnings", in_order(example.expect.warnings), sorted(finding.key for finding in checked.soft))
        subject = Subject(subject.fields, subject.tables, subject.today, form=checked.cleaned, previous=subject.previous)
    assessment = assess(prepared, subject)
    touched |= set(_touched(assessment))
    yield from _compare(example, assessment)
    yield from _doses(prepared, subject, example, touched)
    if example.expect.due:
        dates = {item.key: item.due_on for item in due_items(prepared, subject).items}
        for key, on in example.expect.due.items():
            yield from differs(f"due.{key}", on, dates.get(key))


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
        yield from differs("next_visit.on", visit.on, plan.visit.on if plan.visit else None)
        together = sorted(f"{dose.series} {dose.number}" for dose in plan.visit.doses) if plan.visit else []
        yield from differs("next_visit.doses", sorted(visit.doses), together)


def _touched(assessment: Assessment) -> Iterator[str]:
    yield from (f"find.{flag.key}" for flag in assessment.find)
    yield from (f"high_risk.{flag.key}" for flag in assessment.high_risk)
    if assessment.judgement:
        yield from reached(assessment.judgement)


def reached(judgement: Judgement) -> Iterator[str]:
    """The rules that held and the rows of tables that were met."""
    yield from (f"act.{rule.key}" for rule in judgement.fired)
    for key, one in judgement.derived.items():
        for value in one.value if isinstance(one.value, list | tuple) else (one.value,):
            yield f"{key}={'null' if value is None else value}"


def _compare(example: Example, assessment: Assessment) -> Iterator[str]:
    expect = example.expect
    yield from differs("belongs", expect.belongs, assessment.belongs)
    yield from differs("find", in_order(expect.find), sorted(flag.key for flag in assessment.find))
    yield from differs("high_risk", in_order(expect.high_risk), sorted(flag.key for flag in assessment.high_risk))
    yield from judged_otherwise(expect, assessment.judgement)


def judged_otherwise(expect: Expected, judgement: Judgement | None) -> Iterator[str]:
    """Where what was judged is not what an example expects, a sentence each."""
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
    yield from differs("fired", in_order(expect.fired), sorted(rule.key for rule in judgement.fired))
    yield from differs("advice", in_order(expect.advice), sorted(advice.code for advice in judgement.advice))
    yield from differs("urgency", expect.urgency, judgement.advice[0].urgency if judgement.advice else None)
    yield from differs("revisit", expect.revisit, judgement.revisit.by if judgement.revisit else None)
    yield from differs("missing", in_order(expect.missing), sorted(judgement.missing))


def in_order(keys: tuple[str, ...] | None) -> list[str] | None:
    return None if keys is None else sorted(keys)


def differs(what: str, wanted: Any, found: Any) -> Iterator[str]:
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
