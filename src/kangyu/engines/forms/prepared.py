"""A form made ready to run: its conditions compiled once, its codes and Chinese names at hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kangyu.engines.content import Content
from kangyu.engines.content.checker import derived_types, visit_table
from kangyu.engines.content.kinds import Form
from kangyu.engines.content.kinds.definition import Observation
from kangyu.engines.content.vocabulary import event_tables, schema_for
from kangyu.engines.language import Type, Typed, check
from kangyu.engines.language.python_target import Program, compile_python


@dataclass(frozen=True)
class Coding:
    """One code an answer may be."""

    system: str
    code: str
    title: str


@dataclass(frozen=True)
class PreparedForm:
    """``conditions`` yields ``show.<field>``, ``need.<field>``, ``check.<key>``, ``make.<n>`` and ``visit`` for a subject with answers."""

    form: Form
    codes: Mapping[str, Mapping[str, Coding]]
    reasons: Mapping[str, Mapping[str, str]]
    observations: Mapping[str, Observation]
    observation_titles: Mapping[str, str]
    conditions: Program
    typed: Mapping[str, Typed]

    def title(self, key: str) -> str:
        """The Chinese name of a field."""
        return self.form.fields[key].title


def prepare(content: Content, form: Form) -> PreparedForm:
    """Compiles a form's conditions against the content it belongs to. Raises ``ExpressionError`` where one does not hold."""
    types, _ = derived_types(content)
    tables = event_tables(content, {visit_table(content, key): found for key, found in types.items()})
    schema = schema_for(content, form.about, tables, form=form)
    typed = {name: check(text, schema, Type.BOOLEAN) for name, text in _conditions(form).items()}
    sets = {field.set for field in form.fields.values() if field.set}
    asked = {f.reasons for f in form.fields.values() if f.reasons} | {c.reasons for c in form.checks.values() if c.reasons}
    return PreparedForm(
        form=form,
        codes=MappingProxyType({name: codings(content, name) for name in sets}),
        reasons=MappingProxyType({name: {code: coding.title for code, coding in codings(content, name).items()} for name in asked}),
        observations=MappingProxyType({key: d.observation for key, d in content.definitions.items() if d.observation}),
        observation_titles=MappingProxyType({key: d.title for key, d in content.definitions.items() if d.observation}),
        conditions=compile_python(typed),
        typed=MappingProxyType(typed),
    )


def codings(content: Content, value_set: str) -> Mapping[str, Coding]:
    """The codes of a value set in its order, with system and Chinese name."""
    found = content.value_sets[value_set]
    system = found.system or f"urn:kangyu:cs:{value_set}"
    return MappingProxyType({code: Coding(system, code, content.title_of(value_set, code)) for code in found.codes})


def _conditions(form: Form) -> dict[str, str]:
    found = {f"show.{key}": field.show_when for key, field in form.fields.items() if field.show_when}
    found |= {f"need.{key}": field.required for key, field in form.fields.items() if isinstance(field.required, str)}
    found |= {f"check.{key}": item.true_when for key, item in form.checks.items()}
    for place, made in enumerate(form.makes):
        part = made.condition or made.episode
        if part is not None and part.when:
            found[f"make.{place}"] = part.when
    if form.counts_as_visit:
        found["visit"] = form.counts_as_visit
    return found
