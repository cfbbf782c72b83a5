"""A register made ready to run: its fields as a form, its conditions about a thing, and the rules of the form it judges by."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast

from kangyu.engines.cases.prepared import PreparedProgramme, words_of
from kangyu.engines.content import Content
from kangyu.engines.content.checker import derived_types, visit_table
from kangyu.engines.content.kinds import Form, Programme, Register
from kangyu.engines.content.kinds.action import Opening
from kangyu.engines.content.kinds.definition import DecisionTable, Value
from kangyu.engines.content.vocabulary import event_tables, schema_for, visit_form
from kangyu.engines.forms import PreparedForm
from kangyu.engines.forms import prepare as prepare_form
from kangyu.engines.language import Schema, Type, Typed, check
from kangyu.engines.language.actions import Action, read_actions
from kangyu.engines.language.decision import read_table
from kangyu.engines.language.python_target import Program, compile_python


@dataclass(frozen=True)
class PreparedRegister:
    """``thing`` yields ``find.<key>``, ``due.<key>``, ``pause.<key>``, ``met.<key>``, ``by.<key>``, ``until.<key>`` and
    ``needs.<move>`` for a thing; ``rules`` judges its form (as a programme's would); ``card`` are the fields as a form to fill in."""

    register: Register
    card: PreparedForm
    forms: Mapping[str, Form]
    thing: Program
    rules: PreparedProgramme
    typed: Mapping[str, Typed]

    @property
    def tables(self) -> frozenset[str]:
        """The tables its conditions read, and those of the forms that are due."""
        read = {table for typed in self.typed.values() for table in typed.columns}
        read |= {table for typed in self.rules.typed.values() for table in typed.columns}
        own = {self.rules.form.name} if self.rules.form else set()
        return frozenset(read | own | {form.name for form in self.forms.values()})


def card_of(register: Register) -> Form:
    """The fields of a register as the form by which a thing is registered and changed."""
    return Form.model_validate(
        {
            "key": register.key, "kind": "form", "title": register.title, "about": register.key,
            "fields": {key: field.model_copy(update={"from_last": "no"}) for key, field in register.fields.items()},
        }
    )  # fmt: skip


def prepare(content: Content, register: Register) -> PreparedRegister:
    """Compiles a register against the content it belongs to. Raises ``ExpressionError`` where an expression does not hold."""
    types, _ = derived_types(content)
    tables = event_tables(content, {visit_table(content, key): found for key, found in types.items()})
    about = schema_for(content, register.key, tables)
    typed = {name: check(text, about, kind) for name, (text, kind) in _texts(register).items()}
    form = visit_form(content, register)
    on_form = schema_for(content, register.key, tables, form=form, derived=types.get(register.key, {}))
    rules = _rules(content, register, form, on_form)
    forms = {key: found for key, due in register.due.items() if (found := content.form_of(register.key, due.form))}
    return PreparedRegister(
        register=register,
        card=prepare_form(content, card_of(register)),
        forms=MappingProxyType(forms),
        thing=compile_python(typed),
        rules=rules,
        typed=MappingProxyType(typed),
    )


def _texts(register: Register) -> dict[str, tuple[str, Type]]:
    found: dict[str, tuple[str, Type]] = {}
    for key, flag in register.find.items():
        found[f"find.{key}"] = (f"({flag.among}) and ({flag.when})" if flag.among else flag.when, Type.BOOLEAN)
    for key, due in register.due.items():
        for name, text in (("due", due.when), ("pause", due.pause), ("met", due.met_by)):
            if text:
                found[f"{name}.{key}"] = (text, Type.BOOLEAN)
        for name, text in (("by", due.by_), ("until", due.until)):
            if text:
                found[f"{name}.{key}"] = (text, Type.DATE)
    for key, move in register.moves.items():
        if move.needs and not move.needs_reason:
            found[f"needs.{key}"] = (move.needs, Type.BOOLEAN)
    return found


def _rules(content: Content, register: Register, form: Form | None, schema: Schema) -> PreparedProgramme:
    typed: dict[str, Typed] = {}
    for key, item in register.derive.items():
        if isinstance(item, DecisionTable):
            decision = read_table(item.table, schema, hit=item.hit, unknown=item.unknown, order=item.order, gives=item.points)
            typed[key] = decision.value
            typed |= {f"row.{key}.{row.key}": row.when for row in decision.rows}
        else:
            typed[key] = check(item.gives if isinstance(item, Value) else item, schema)
    typed |= {f"act.{key}": check(rule.when, schema, Type.BOOLEAN) for key, rule in register.act.items()}
    for rule in register.act.values():
        for action in rule.do:
            if isinstance(action.open, Opening):
                typed |= {f"carry.{action.open.procedure}.{key}": check(text, schema) for key, text in action.open.carry.items()}
    advice = content.value_sets.get("advice")
    judged = cast(Programme, register)  # judging reads only what programmes and registers share: derive, act and their titles
    return PreparedProgramme(
        programme=judged,
        form=form,
        forms=MappingProxyType({}),
        person=compile_python({}),
        visit=compile_python(typed),
        counts=MappingProxyType({}),
        typed=MappingProxyType(typed),
        actions=MappingProxyType({key: _actions(rule.do) for key, rule in register.act.items()}),
        otherwise=_actions(register.otherwise),
        words=words_of(content, judged, form),
        advice=MappingProxyType({code: content.title_of("advice", code) for code in advice.codes} if advice else {}),
    )


def _actions(do: tuple[object, ...]) -> tuple[Action, ...]:
    return read_actions([action.model_dump(exclude_none=True, by_alias=True) for action in do])  # type: ignore[attr-defined]
