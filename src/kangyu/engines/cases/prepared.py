"""A programme made ready to run: its expressions compiled into two programs, one about the person and one about a visit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from kangyu.engines.content import Content
from kangyu.engines.content.checker import derived_types, visit_table
from kangyu.engines.content.kinds import Form, Programme
from kangyu.engines.content.kinds.definition import DecisionTable, Value
from kangyu.engines.content.kinds.programme import Action as Declared
from kangyu.engines.content.kinds.schedule import DoseSchedule
from kangyu.engines.content.vocabulary import event_tables, schema_for, visit_form
from kangyu.engines.language import Schema, Type, Typed, check
from kangyu.engines.language.actions import Action, read_actions
from kangyu.engines.language.decision import read_table
from kangyu.engines.language.python_target import Program, compile_python

from .wording import Words


@dataclass(frozen=True)
class PreparedProgramme:
    """``person`` yields ``belongs``, ``find.<key>``, ``high_risk.<key>``, ``due.<key>``, ``episode.among``; ``visit`` each derived value,
    ``row.<table>.<row>`` and ``act.<key>``; ``counts`` says of a row of a form whether it is a visit that counts.
    ``actions`` are those of each rule, ``otherwise`` those when none holds; ``series`` names the series of each schedule of doses,
    ``anchors`` the tables of the forms that windows count from."""

    programme: Programme
    form: Form | None
    forms: Mapping[str, Form]
    person: Program
    visit: Program
    counts: Mapping[str, Program]
    typed: Mapping[str, Typed]
    actions: Mapping[str, tuple[Action, ...]]
    otherwise: tuple[Action, ...]
    words: Words
    advice: Mapping[str, str]
    schedules: Mapping[str, DoseSchedule] = field(default_factory=dict)
    series: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    anchors: Mapping[str, str] = field(default_factory=dict)

    @property
    def needs_enrolment(self) -> bool:
        """Whether anything is due only to those enrolled: then one who merely belongs is not under care yet."""
        return any(due.when and "enrolled(" in due.when for due in self.programme.due.values())


def prepare(content: Content, programme: Programme) -> PreparedProgramme:
    """Compiles a programme against the content it belongs to. Raises ``ExpressionError`` where an expression does not hold."""
    types, _ = derived_types(content)
    tables = event_tables(content, {visit_table(content, key): found for key, found in types.items()})
    form = visit_form(content, programme)
    about_person = schema_for(content, programme.subject, tables)
    about_visit = schema_for(content, programme.subject, tables, form=form, derived=types.get(programme.key, {}))
    person = {name: check(text, about_person, Type.BOOLEAN) for name, text in _person_texts(programme).items()}
    visit = _visit(programme, about_visit)
    forms = {key: found for key, due in programme.due.items() if (found := content.form_of(programme.key, due.form))}
    named = {due.schedule: content.definitions[due.schedule].schedule for due in programme.due.values() if due.schedule}
    schedules = {key: one for key, one in named.items() if one}
    dated = {due.from_.rpartition(".")[0] for due in programme.due.values() if due.from_ and "." in due.from_}
    anchors = {key: found.name for key in dated if (found := content.form_of(programme.key, key))}
    counts = {}
    for counted in forms.values():
        if counted.counts_as_visit:
            schema = schema_for(content, counted.about, tables, form=counted)
            counts[counted.name] = compile_python({"visit": check(counted.counts_as_visit, schema, Type.BOOLEAN)})
    return PreparedProgramme(
        programme=programme,
        form=form,
        forms=MappingProxyType(forms),
        person=compile_python(person),
        visit=compile_python(visit),
        counts=MappingProxyType(counts),
        typed=MappingProxyType({**person, **visit}),
        actions=MappingProxyType({key: _actions(rule.do) for key, rule in programme.act.items()}),
        otherwise=_actions(programme.otherwise),
        words=words_of(content, programme, form),
        advice=_titles(content, "advice"),
        anchors=MappingProxyType(anchors),
        schedules=MappingProxyType(schedules),
        series=MappingProxyType({key: {name: series.title for name, series in one.series.items()} for key, one in schedules.items()}),
    )


def _person_texts(programme: Programme) -> dict[str, str]:
    texts = {"belongs": programme.belongs}
    if programme.episode:
        texts["episode.among"] = programme.episode.among or "true"
    for group in ("find", "high_risk"):
        for key, flag in getattr(programme, group).items():
            texts[f"{group}.{key}"] = f"({flag.among}) and ({flag.when})" if flag.among else flag.when
    for key, due in programme.due.items():
        said = {f"due.{key}": due.when, f"pause.{key}": due.pause, f"met.{key}": due.met_by}
        texts |= {name: text for name, text in said.items() if text}
    return texts


def _visit(programme: Programme, schema: Schema) -> dict[str, Typed]:
    """Derived values, the rows of decision tables (to say which held and which were unknown) and the rules."""
    typed = {}
    for key, item in programme.derive.items():
        if isinstance(item, DecisionTable):
            decision = read_table(item.table, schema, hit=item.hit, unknown=item.unknown, order=item.order, gives=item.points)
            typed[key] = decision.value
            typed |= {f"row.{key}.{row.key}": row.when for row in decision.rows}
        else:
            typed[key] = check(item.gives if isinstance(item, Value) else item, schema)
    for key, part in programme.parts.items():
        typed[f"part.{key}"] = check(part.when or "true", schema, Type.BOOLEAN)
        typed |= {f"carry.{key}.{name}": check(text, schema) for name, text in part.carry.items()}
    for key, rule in programme.act.items():
        typed[f"act.{key}"] = check(rule.when, schema, Type.BOOLEAN)
    return typed


def _actions(do: tuple[Declared, ...]) -> tuple[Action, ...]:
    return read_actions([action.model_dump(exclude_none=True) for action in do])


def words_of(content: Content, programme: Programme, form: Form | None) -> Words:
    """Names of the form's fields, of derived values and of what is measured, and of the codes they hold."""
    titles: dict[str, str] = {}
    codes: dict[str, Mapping[str, str]] = {}
    for definition in content.definitions.values():
        if definition.observation:
            titles |= {key: part.title for key, part in definition.observation.parts.items()}
    for key, asked in form.fields.items() if form else ():
        titles[key] = asked.title
        if asked.set:
            codes[key] = _titles(content, asked.set)
        if asked.type == "boolean":
            codes[key] = {str(value): asked.truth(value) for value in (True, False)}
    for key, item in programme.derive.items():
        if not isinstance(item, str):
            titles[key] = item.title or key
            if isinstance(item, DecisionTable) and item.set:
                codes[key] = _titles(content, item.set)
    return Words(MappingProxyType(titles), MappingProxyType(codes))


def _titles(content: Content, value_set: str) -> Mapping[str, str]:
    found = content.value_sets.get(value_set)
    return MappingProxyType({code: content.title_of(value_set, code) for code in found.codes} if found else {})
