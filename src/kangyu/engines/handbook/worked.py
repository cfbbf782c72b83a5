"""Worked examples in words: who, what was before, what was answered, what must come out; read aloud they are the rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kangyu.engines.cases.examples import Outcome
from kangyu.engines.content import Content
from kangyu.engines.content.kinds import Form, Programme, Register
from kangyu.engines.content.kinds.examples import Example
from kangyu.engines.content.vocabulary import CODED_COLUMNS
from kangyu.engines.forms import said_of

ROWS_SHOWN = 3
PLAIN_TABLES = ("residents",)
"""Tables that only say somebody lives here: no news to a reader."""
YES_NO = {True: "是", False: "否"}
URGENCY = {"routine": "一般", "urgent": "紧急"}


@dataclass(frozen=True)
class Told:
    """One example as the page says it."""

    title: str
    on: date
    who: str
    before: list[str]
    answers: str
    expected: list[str]
    differences: list[str]


def told(content: Content, programme: Programme | Register, form: Form | None, example: Example, outcome: Outcome) -> Told:
    """The example of a programme or a register in words; ``form`` is the one that is answered."""
    return Told(
        title=example.title,
        on=example.on,
        who=_thing(content, programme, example) if isinstance(programme, Register) else _who(example),
        before=_before(content, example),
        answers=_answers(content, form, example.answers) if example.answers is not None else "",
        expected=_expected(content, programme, form, example),
        differences=list(outcome.differences),
    )


def _who(example: Example) -> str:
    person = example.person
    born = f"{person.birth_date} 生" if person.birth_date else "不知道出生日期"
    age = born if person.age is None else f"{person.age} 岁"
    return f"{'男' if person.sex == 'male' else '女'}，{age}"


def _thing(content: Content, register: Register, example: Example) -> str:
    """A thing by its state and the fields an example gives."""
    said = [said_value(content, register.fields[key].set, value) for key, value in example.it.items() if key in register.fields]
    state = example.state or register.first_state
    return "，".join([*said, *([register.states.get(state, state)] if state else [])]) or register.singular


def _before(content: Content, example: Example) -> list[str]:
    said = []
    for table, rows in example.before.items():
        if table in PLAIN_TABLES:
            continue
        form, view = content.forms.get(table), content.tables.get(table)
        title = form.title if form else view.title if view else table
        lines = [f"{row['on']} {_row(content, table, form, row)}".strip() for row in rows[-ROWS_SHOWN:]]
        more = f"（共 {len(rows)} 条）" if len(rows) > ROWS_SHOWN else ""
        said.append(f"{title}{more}：{'；'.join(lines)}")
    return said


def _row(content: Content, table: str, form: Form | None, row: Mapping[str, Any]) -> str:
    parts = []
    for key, value in row.items():
        if key == "on" or value is None:
            continue
        if key == "to":
            parts.append(f"至 {value}")
        elif form and key in form.fields:
            parts.append(f"{form.fields[key].title} {said_value(content, form.fields[key].set, value)}")
        elif key == "code":
            parts.append(f"{value} {content.title_of('icd10_category', str(value)[:3])}")
        else:
            parts.append(said_value(content, CODED_COLUMNS.get(f"{table}.{key}") or key, value))
    return "，".join(parts)


def _answers(content: Content, form: Form | None, answers: Mapping[str, Any]) -> str:
    fields = form.fields if form else {}
    said = []
    for key, value in answers.items():
        field = fields.get(key)
        words = said_of(field, value, content.title_of) if field else said_value(content, None, value)
        said.append(f"{field.title if field else key} {words}")
    return "；".join(said)


def _expected(content: Content, programme: Programme | Register, form: Form | None, example: Example) -> list[str]:
    wanted = example.expect
    said = []
    if wanted.belongs is not None:
        said.append("属于对象" if wanted.belongs else "不属于对象")
    for key, value in wanted.values.items():
        derived = programme.derive.get(key)
        title, of = getattr(derived, "title", None) or key, getattr(derived, "set", None)
        said.append(f"{title}：{'不判' if value is None else said_value(content, of, value)}")
    first = programme.high_risk if isinstance(programme, Programme) else {}
    for title, keys, flags in (("要找", wanted.find, programme.find), ("先看", wanted.high_risk, first)):
        said += [f"{title}：{flags[key].title if key in flags else key}" for key in keys or ()] or (
            [f"{title}：没有"] if keys == () else []
        )
    if wanted.fired is not None:
        rules = [_rule(programme, key) for key in wanted.fired]
        said.append(f"规则：{'、'.join(rules)}" if rules else "没有规则成立")
    if wanted.advice:
        said.append(f"建议：{'、'.join(content.title_of('advice', key) for key in wanted.advice)}")
    if wanted.urgency:
        said.append(f"缓急：{URGENCY[wanted.urgency]}")
    if wanted.moves is not None:
        said.append("能办：" + ("、".join(programme.moves[key].title for key in wanted.moves if key in programme.moves) or "没有"))
    if wanted.revisit:
        said.append(f"{wanted.revisit} 回访")
    said += [f"{_due(content, programme, key)}：{on} 前" for key, on in wanted.due.items()]
    fields = form.fields if form else {}
    for words, keys in (("缺", wanted.missing), ("不能提交", wanted.problems), ("要问一句", wanted.warnings)):
        said += [f"{words}：{_named(fields, form, key)}" for key in keys or ()]
    return said if said or wanted.problems is None else ["填得没有不对的，可以提交"]


def _rule(programme: Programme | Register, key: str) -> str:
    rule = programme.act.get(key)
    return (rule.title if rule else None) or ("都不成立" if key == "else" else key)


def _due(content: Content, programme: Programme | Register, key: str) -> str:
    due = programme.due.get(key)
    form = content.form_of(programme.key, due.form) if due else None
    return (due.title if due else None) or (form.title if form else key)


def _named(fields: Mapping[str, Any], form: Form | None, key: str) -> str:
    """A field by its title, a check by what it says."""
    if key in fields:
        return str(fields[key].title)
    check = form.checks.get(key) if form else None
    return check.says if check else key


def said_value(content: Content, value_set: str | None, value: Any) -> str:
    if isinstance(value, bool):
        return YES_NO[value]
    if isinstance(value, list | tuple):
        return "、".join(content.title_of(value_set, one) for one in value) or "都没有"
    return compact(value) if isinstance(value, int | float) else content.title_of(value_set, value)


def compact(value: float) -> str:
    """A number as short as it is exact."""
    return f"{float(value):,.10g}".replace(",", "\u00a0").replace("-", "−")
