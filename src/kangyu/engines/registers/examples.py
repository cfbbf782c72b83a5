"""The worked examples of a register: a thing as it stands on a day, what is written about it, what must come out."""

from collections.abc import Iterator
from dataclasses import replace

from kangyu.engines import forms
from kangyu.engines.cases.assessment import judge
from kangyu.engines.cases.examples import differs, in_order, judged_otherwise, reached
from kangyu.engines.content.kinds.examples import Example
from kangyu.engines.forms import PreparedForm
from kangyu.engines.language.subject import Subject

from .prepared import PreparedRegister
from .standing import open_moves, stand, subject_of
from .things import Facts


def run_example(prepared: PreparedRegister, asked: PreparedForm | None, example: Example, touched: set[str]) -> Iterator[str]:
    """Where one example does not come out as written, a sentence each; the branches it reaches are added to ``touched``."""
    register, expect = prepared.register, example.expect
    facts = _facts(prepared, example)
    if wrong := [key for key in example.it if key not in register.fields]:
        yield f"it：登记册没有字段 {'、'.join(wrong)}"
    if facts.state and facts.state not in register.states:
        yield f"state：登记册没有状态 {facts.state}"
    subject = thing_of(prepared, example)
    standing = stand(prepared, facts, subject)
    moves = open_moves(prepared, facts.state)
    touched |= {*(f"find.{key}" for key in standing.flags), *(f"move.{key}" for key in moves)}
    yield from differs("find", in_order(expect.find), sorted(standing.flags))
    yield from differs("moves", in_order(expect.moves), sorted(moves))
    dates = {item.key: item.due_on for item in standing.items}
    for key, on in expect.due.items():
        yield from differs(f"due.{key}", on, dates.get(key))
    if example.answers is None or asked is None:
        yield from judged_otherwise(expect, None)
        return
    checked = forms.check_answers(asked, example.answers, subject=subject)
    touched |= set(forms.reached(asked.form, checked))
    yield from differs("problems", in_order(expect.problems), sorted(found.key for found in checked.hard))
    yield from differs("warnings", in_order(expect.warnings), sorted(found.key for found in checked.soft))
    ruled = prepared.rules.form is not None and asked.form.name == prepared.rules.form.name
    judgement = judge(prepared.rules, replace(subject, form=checked.cleaned)) if ruled else None
    if judgement is not None:
        touched |= set(reached(judgement))
    yield from judged_otherwise(expect, judgement)


def thing_of(prepared: PreparedRegister, example: Example) -> Subject:
    """The thing of an example on its day, with the rows that were written before."""
    tables = {name: [{"id": f"{name}-{place}", **row} for place, row in enumerate(rows)] for name, rows in example.before.items()}
    return subject_of(prepared, _facts(prepared, example), tables, example.on)


def _facts(prepared: PreparedRegister, example: Example) -> Facts:
    register = prepared.register
    named = {register.number, register.name, register.area}
    return Facts(
        number=str(example.it.get(register.number, "1")),
        name=str(example.it.get(register.name, example.title)),
        state=example.state or register.first_state,
        org=str(example.it.get("org", "")),
        since=example.since,
        values={key: value for key, value in example.it.items() if key not in named},
    )
